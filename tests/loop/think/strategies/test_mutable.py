"""From `&` to `&mut` along the way to what is changed, and `FnMut` for closures that change something."""

from pathlib import Path

import pytest

from rusta.loop.think.strategies.loans.mutable_walk import mutable_walk
from tests.loop.think.strategies.judged import CRATES, offered, reasons, repaired

CASES = {
    "walk": "all the way from its owner: `clear`, `reset`, `find`, `visit`, `find_in`",
    "counters": "all the way from its owner",
    "layers": "all the way from its owner",
    "closures": "runs closures that change what is around them, so it asks for `FnMut`",
}


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=() if name == "walk" else pytest.mark.long) for name in CASES]
)
def test_what_is_changed_is_borrowed_as_mutable_all_the_way(tmp_path: Path, name: str) -> None:
    done = repaired(tmp_path, (CRATES / f"mutable/{name}.rs").read_text())
    assert done.why == "done" and CASES[name] in reasons(done)


def test_a_method_of_a_foreign_trait_keeps_its_receiver(tmp_path: Path) -> None:
    crate = """pub struct Seen { times: u32 }
impl std::fmt::Display for Seen {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.times += 1;
        write!(f, "{}", self.times)
    }
}
"""
    assert offered(tmp_path, mutable_walk, crate) == []
