"""Closures that run in parallel and change a variable around them; rayon's methods stand in the crates themselves."""

from pathlib import Path

import pytest

from rusta.loop.think.strategies.threads.parallel_closures import parallel_closures
from tests.loop.think.strategies.judged import CRATES, offered, reasons, repaired

CASES = {
    "letters": "computed by `count`, `sum`, `collect`",
    "extremes": "computed by `max`, `any`, `collect`, `count`",
    "groups": "computed by `Mutex`",
}


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=() if name == "letters" else pytest.mark.long) for name in CASES]
)
def test_what_threads_compute_together_is_the_iterators_own(tmp_path: Path, name: str) -> None:
    done = repaired(tmp_path, (CRATES / f"parallel/{name}.rs").read_text())
    assert done.why == "done" and CASES[name] in reasons(done)


def test_a_variable_that_is_used_in_between_gets_a_lock(tmp_path: Path) -> None:
    head, _, rest = (CRATES / "parallel/letters.rs").read_text().partition("let mut count = 0;\n")
    first, *_ = offered(tmp_path, parallel_closures, f"{head}let mut count = 0;\n    count += 1;\n{rest}")
    assert "Mutex" in first.reason and b"filter(|letter| letter.grams > limit)" not in (
        first.changes["src/lib.rs"] or b""
    )


def test_a_closure_that_is_not_run_in_parallel_is_left_alone(tmp_path: Path) -> None:
    crate = """pub fn each(f: impl Fn(u8)) { f(1) }
pub fn count() -> u8 {
    let mut n = 0;
    each(|one| n += one);
    n
}
"""
    assert offered(tmp_path, parallel_closures, crate) == []
