"""An attribute macro that a trait and its impls have to share."""

import os
import subprocess
from pathlib import Path

import pytest

from tests.loop.think.strategies import judged
from tests.loop.think.strategies.judged import CRATES, reasons, repaired


@pytest.fixture
def macros(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Build the crate of macros, and hand it to every crate that is judged."""
    command = ["rustc", "--crate-type=proc-macro", "--extern=proc_macro", "--edition=2021"]
    subprocess.run(
        [*command, "--out-dir", tmp_path, CRATES / "same_macros.rs"], check=True, env=os.environ, timeout=120
    )
    plain = judged.Rustc._rustc
    known = f"--extern=same_macros={next(tmp_path.glob('*same_macros*.*'))}"
    monkeypatch.setattr(judged.Rustc, "_rustc", lambda self, *words: plain(self, known, *words))


@pytest.mark.parametrize(
    "name", ["lifetime", *(pytest.param(name, marks=pytest.mark.long) for name in ("parameter", "trait_side"))]
)
def test_a_trait_and_all_of_its_impls_have_the_attribute(tmp_path: Path, macros: None, name: str) -> None:
    done = repaired(tmp_path / "work", (CRATES / f"attribute_macros/{name}.rs").read_text())
    assert done.why == "done" and "its trait and all of its impls" in reasons(done)
    assert len(done.chain) == 1


def test_a_method_that_differs_by_itself_gets_no_attribute(tmp_path: Path) -> None:
    crate = "#[must_use]\npub struct A;\npub trait T { fn f(&self, a: u8); }\nimpl T for A { fn f(&self) {} }\n"
    from rusta.loop.think.strategies.signatures.attribute_macros import like_the_trait

    assert judged.offered(tmp_path, like_the_trait, crate) == []
