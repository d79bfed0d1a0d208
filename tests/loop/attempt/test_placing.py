"""Code without a word of where it goes."""

import pytest

from rusta.loop.attempt.edits.placing import placed
from rusta.loop.attempt.edits.text import DoesNotApply

RING = b"""//! A ring.

pub struct Ring<T> {
    cells: Vec<T>,
}

impl<T> Ring<T> {
    pub fn len(&self) -> usize {
        self.cells.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one() {}
}
"""


def test_each_item_has_its_place() -> None:
    code = """use std::fmt;
impl<T> Ring<T> {
    pub fn len(&self) -> usize { 7 }

    /// The newest.
    pub fn last(&self) -> Option<&T> {
        self.cells.last()
    }
}
impl<T> fmt::Display for Ring<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { Ok(()) }
}
#[test]
fn two() {}
"""
    now = placed(RING, code).decode()
    assert now.startswith("//! A ring.\n\nuse std::fmt;\n") and now.count("impl<T> Ring<T>") == 1
    assert "        self.cells.len()" in now, "a body that was not shown stays"
    assert "    /// The newest.\n    pub fn last" in now
    assert now.index("fn last") < now.index("Display for Ring") < now.index("mod tests") < now.index("    fn two() {}")


def test_a_method_alone_goes_to_its_type_and_a_first_test_gets_a_module() -> None:
    now = placed(b"pub struct A;\n", "pub fn f(&self) {}\n\n#[test]\nfn t() {}\n", "A").decode()
    assert (
        "impl A {\n    pub fn f(&self) {}\n}" in now
        and "#[cfg(test)]\nmod tests {\n    use super::*;\n\n    #[test]\n    fn t() {}\n}\n" in now
    )


def test_an_item_that_was_shown_is_replaced_and_line_ends_stay() -> None:
    now = placed(b"pub enum E {\r\n    A,\r\n}\r\n", "pub enum E {\n    A,\n    B,\n}\n")
    assert now == b"pub enum E {\r\n    A,\r\n    B,\r\n}\r\n"
    assert b"{ 7 }" in placed(RING, "impl<T> Ring<T> {\n    pub fn len(&self) -> usize { 7 }\n}\n", known=["len"])


@pytest.mark.parametrize(
    ("code", "why"),
    [
        ("impl<T> Ring<T> {\n    fn last(&self", "does not parse"),
        ("impl<T> Ring<T> {\n    // ... existing code ...\n}\n", "stands for code"),
        ("impl<T> Ring<T> {\n    fn last(&self) -> u8;\n}\n", "has no body"),
        ("#[test]\nfn one() { panic!() }\n", "nothing new"),
    ],
)
def test_what_is_no_whole_item_is_refused(code: str, why: str) -> None:
    with pytest.raises(DoesNotApply, match=why):
        placed(RING, code)
