"""Numbers of different types that meet, and steps of either sign from an unsigned place."""

from pathlib import Path

import pytest

from rusta.loop.think.strategies.conversions.number_borders import number_borders
from rusta.loop.think.strategies.conversions.signed_steps import signed_steps
from tests.loop.think.strategies.judged import CRATES, offered, reasons, repaired

CASES = {
    "robot": "where `checked_add_signed` finds no place",
    "waves": "where `checked_add_signed` finds no place",
    "rings": "`wrapping_add_signed` leads far outside then",
    "histogram": "numbers of different types meet",
    "signs": "numbers of different types meet",
    "prices": "numbers of different types meet",
}


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=() if name in ("robot", "histogram") else pytest.mark.long) for name in CASES]
)
def test_numbers_that_meet_are_of_one_type(tmp_path: Path, name: str) -> None:
    done = repaired(tmp_path, (CRATES / f"conversions/{name}.rs").read_text())
    assert done.why == "done" and CASES[name] in reasons(done)


def test_a_guard_that_does_something_else_than_go_on_is_kept(tmp_path: Path) -> None:
    crate = """pub fn f(x: usize, d: isize, hits: &mut usize) -> usize {
    let n = x + d;
    if n < 0 {
        *hits += 1;
    }
    n
}
"""
    (only,) = offered(tmp_path, signed_steps, crate)
    assert "wrapping" in only.reason and b"if n < 0" in (only.changes["src/lib.rs"] or b"")
    assert offered(tmp_path / "again", number_borders, crate) == []


def test_what_loses_nothing_is_also_offered_alone(tmp_path: Path) -> None:
    crate = "pub fn f(a: u8, b: u64) -> u32 { if a > 1 { a } else { b } }\n"
    both, kept = offered(tmp_path, number_borders, crate)
    assert "cut" in both.trade_off and "cut" not in kept.trade_off
    assert b"{ u32::from(a) } else { b as u32 }" in (both.changes["src/lib.rs"] or b"")
    assert b"{ u32::from(a) } else { b }" in (kept.changes["src/lib.rs"] or b"")


def test_conversions_in_one_another_are_nested(tmp_path: Path) -> None:
    crate = "pub fn f(a: u64, b: usize) -> u8 { a * 100 / b }\npub fn g(a: i32, b: usize) -> f64 { a / b }\n"
    first, *_ = offered(tmp_path, number_borders, crate)
    text = (first.changes["src/lib.rs"] or b"").decode()
    assert "{ (a * 100 / (b as u64)) as u8 }" in text and "{ f64::from(a) / (b as f64) }" in text


def test_a_map_is_asked_with_one_reference(tmp_path: Path) -> None:
    crate = """use std::collections::BTreeMap;
pub fn f(m: &BTreeMap<String, u8>, k: &str, all: &[&str]) -> Option<u8> {
    all.iter().find_map(|one| m.get(one)).or(m.get(&k)).copied()
}

#[test]
fn both_are_found() {
    let m = BTreeMap::from([("a".to_string(), 1)]);
    assert_eq!((f(&m, "a", &[]), f(&m, "", &["a"])), (Some(1), Some(1)));
}
"""
    done = repaired(tmp_path, crate)
    assert done.why == "done" and "one is left out" in reasons(done)
