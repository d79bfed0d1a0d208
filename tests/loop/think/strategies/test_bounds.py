"""Bounds and derives that are missing, all of them at once."""

from pathlib import Path

import pytest

from rusta.loop.think.strategies.signatures.bounds import missing_bounds
from rusta.loop.think.strategies.signatures.derives import missing_derives
from tests.loop.think.strategies.judged import CRATES, offered, reasons, repaired

CASES = {
    "counter": "what is done with a type parameter has to be asked of it",
    "numbers": "what is done with a type parameter has to be asked of it",
    "generic_key": "restrict type parameter",  # rustc's own suggestions together are enough here
    "items": "`<I as Iterator>::Item: std::fmt::Display`",
    "derives": "what is done with these types has to be known of them",
    "copied": "`Move` derives",
    "texts": "`S: AsRef<str>`",
    "files": "`P: AsRef<Path>`",
    "octets": "`D: AsRef<[u8]>`",
}


@pytest.mark.parametrize(
    "name",
    [pytest.param(name, marks=() if name in ("counter", "copied", "files") else pytest.mark.long) for name in CASES],
)
def test_what_is_done_with_a_type_is_known_of_it(tmp_path: Path, name: str) -> None:
    done = repaired(tmp_path, (CRATES / f"bounds/{name}.rs").read_text())
    assert done.why == "done" and CASES[name] in reasons(done)


def test_a_bound_that_one_method_needs_is_put_on_this_method(tmp_path: Path) -> None:
    crate = """pub struct Shelf<T> { things: Vec<T> }
impl<T> Shelf<T> {
    pub fn size(&self) -> usize { self.things.len() }
    pub fn has(&self, thing: &T) -> bool { self.things.contains(thing) }
}
"""
    narrow, wide = offered(tmp_path, missing_bounds, crate)
    assert b"&T) -> bool\n    where\n        T: PartialEq,\n    {" in (narrow.changes["src/lib.rs"] or b"")
    assert b"impl<T: PartialEq> Shelf<T>" in (wide.changes["src/lib.rs"] or b"")


def test_floats_are_not_compared_by_a_derived_eq(tmp_path: Path) -> None:
    crate = """use std::collections::HashSet;
pub struct Point { x: f64 }
pub fn all() -> HashSet<Point> { [Point { x: 1.0 }].into_iter().collect() }
"""
    assert offered(tmp_path, missing_derives, crate) == []


def test_derives_that_are_there_and_those_written_by_hand_are_kept(tmp_path: Path) -> None:
    crate = """#[derive(Clone)]
pub struct Id { kind: Kind }
pub struct Kind(u8);
impl PartialEq for Kind { fn eq(&self, other: &Self) -> bool { self.0 == other.0 } }
pub fn same(one: &Id, other: &Id) -> bool { one == other }
"""
    (only,) = offered(tmp_path, missing_derives, crate)
    text = (only.changes["src/lib.rs"] or b"").decode()
    assert "#[derive(Clone, PartialEq)]\npub struct Id" in text and "#[derive(Clone)]\npub struct Kind(u8)" in text


def test_an_enum_of_names_that_is_moved_is_copied_and_one_that_holds_something_is_not(tmp_path: Path) -> None:
    crate = "pub enum Level { Low, High }\npub struct G { l: Level }\nimpl G { pub fn l(&self) -> Level { self.l } }\n"
    (only,) = offered(tmp_path, missing_derives, crate)
    assert b"#[derive(Clone, Copy)]\npub enum Level" in (only.changes["src/lib.rs"] or b"")
    assert offered(tmp_path / "again", missing_derives, crate.replace("Low,", "Low(u8),")) == []
