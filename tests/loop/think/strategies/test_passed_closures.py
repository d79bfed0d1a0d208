"""Closures that are passed on, with the bound of what they are passed to."""

from pathlib import Path

import pytest

from tests.loop.think.strategies.judged import CRATES, reasons, repaired


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=() if name == "matcher" else pytest.mark.long)
        for name in ("matcher", "retry", "pipeline")
    ],
)
def test_a_closure_that_is_passed_on_is_bounded_as_there(tmp_path: Path, name: str) -> None:
    done = repaired(tmp_path, (CRATES / f"passed_closures/{name}.rs").read_text())
    assert done.why == "done" and "bounded as by what it is passed to" in reasons(done)
