"""Iterators that are fitting_items into what does not fit their items, and types that are told nowhere."""

from pathlib import Path

import pytest

from rusta.loop.think.strategies.conversions.collected import fitting_items
from rusta.loop.think.strategies.conversions.number_types import INTEGERS, NUMBERS, cast, lossless
from tests.loop.think.strategies.judged import CRATES, offered, reasons, repaired

CASES = {
    "timetable": "the whole is a `Result`: `sum` builds it",
    "log_filter": "the items are `&Entry`, and `Entry` is wanted",
    "lookups": "no item can fail here: what is collected is put into `Ok`",
    "borrowed": "the items are `&u8`, and `u32` is wanted: `copied().map(u32::from)`",
    "untold": "it is asked for: `sum::<f32>`, `parse::<u16>`",
}


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=() if name == "timetable" else pytest.mark.long) for name in CASES]
)
def test_what_is_gathered_fits_its_items(tmp_path: Path, name: str) -> None:
    done = repaired(tmp_path, (CRATES / f"collected/{name}.rs").read_text())
    assert done.why == "done" and CASES[name] in reasons(done)


def test_a_failure_is_not_left_out_without_saying_so(tmp_path: Path) -> None:
    crate = "pub fn f(t: &str) -> Vec<u8> {\n    t.lines().map(|l| l.parse::<u8>()).collect()\n}\n"
    (only,) = offered(tmp_path, fitting_items, crate)
    assert "left out" in only.trade_off


def test_lossless_is_what_std_converts_by_from() -> None:
    wide = {(of, to) for of in NUMBERS for to in NUMBERS if of != to and lossless(of, to)}
    assert {("u8", "usize"), ("u16", "usize"), ("i16", "isize"), ("u32", "f64"), ("i16", "f32"), ("f32", "f64")} <= wide
    assert not wide & {
        ("u32", "usize"),
        ("usize", "u64"),
        ("i8", "u16"),
        ("u32", "i32"),
        ("u64", "f64"),
        ("u32", "f32"),
    }
    assert cast("a + b", "u32", "u8") == "(a + b) as u8" and cast("a", "u8", "u32") == "u32::from(a)"
    assert all((kind, kind) not in wide for kind in INTEGERS)
