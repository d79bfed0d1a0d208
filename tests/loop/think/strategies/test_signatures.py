"""Impls that differ from their trait or lack items, and struct expressions that lack fields."""

from pathlib import Path

import pytest

from rusta.loop.think.strategies.signatures.missing_fields import missing_fields
from rusta.loop.think.strategies.signatures.trait_signatures import as_the_trait_says
from tests.loop.think.strategies.judged import CRATES, offered, reasons, repaired

CASES = {
    "shapes": "its impls follow: `area`",
    "missing_items": "all other impls of the trait have `Food`, `told` word for word",
    "settings": "`Default` says what the fields are that are not named here",
}


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=() if name == "shapes" else pytest.mark.long) for name in CASES]
)
def test_what_is_declared_is_followed(tmp_path: Path, name: str) -> None:
    done = repaired(tmp_path, (CRATES / f"signatures/{name}.rs").read_text())
    assert done.why == "done" and CASES[name] in reasons(done)


def test_all_methods_that_differ_are_changed_together(tmp_path: Path) -> None:
    first, *_ = offered(tmp_path, as_the_trait_says, (CRATES / "signatures/shapes.rs").read_text())
    text = (first.changes["src/lib.rs"] or b"").decode()
    assert "fn area(&self, scale: &Scale, _precise: bool) -> f64 {" in text and "fn grow(&mut self, by: u32)" in text
    assert "fn area(&self, _scale: &Scale, _precise: bool) -> f64 {" in text and "fn grow(&mut self, _by: u32)" in text


def test_types_of_another_file_are_named_from_here(tmp_path: Path) -> None:
    files = {
        "src/lib.rs": "pub mod a;\npub struct S;\nimpl a::Send2<u8> for S {\n    fn send(&self) -> u8 { 1 }\n}\n",
        "src/a.rs": "pub struct Post;\npub trait Send2<T> {\n    fn send(&self, post: &Post, value: T) -> T;\n}\n",
    }
    (only,) = offered(tmp_path, as_the_trait_says, files)
    assert b"fn send(&self, _post: &crate::a::Post, _value: u8) -> u8 { 1 }" in (only.changes["src/lib.rs"] or b"")


def test_no_default_calls_itself(tmp_path: Path) -> None:
    crate = """pub struct A { x: u8, y: u8 }
impl A { pub fn new() -> A { A { x: 1 } } }
impl Default for A { fn default() -> A { A::new() } }
"""
    assert offered(tmp_path, missing_fields, crate) == []
