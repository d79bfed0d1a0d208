"""Branches of different types, mended by the whole search."""

from pathlib import Path

import pytest

from rusta.loop.think.strategies.signatures.distinct_arms import distinct_arms
from tests.loop.think.strategies.judged import CRATES, offered, reasons, repaired

LONG = pytest.mark.long


@pytest.mark.parametrize("name", ["sorting", *(pytest.param(one, marks=LONG) for one in ("tariffs", "steps"))])
def test_branches_are_boxed(name: str, tmp_path: Path) -> None:
    done = repaired(tmp_path, (CRATES / f"distinct_arms/{name}.rs").read_text())
    assert done.why == "done"
    assert "each is boxed" in reasons(done)


def test_branches_with_a_wrong_value_are_not_boxed(tmp_path: Path) -> None:
    source = 'pub fn f(a: bool) -> u8 { let x = if a { 1u8 } else { "2" }; x }\n'
    assert offered(tmp_path, distinct_arms, source) == []
