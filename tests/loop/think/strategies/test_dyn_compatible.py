"""Traits that are used as `dyn`, mended by the whole search."""

from pathlib import Path

import pytest

from rusta.loop.think.strategies.signatures.dyn_compatible import dyn_compatible
from tests.loop.think.strategies.judged import CRATES, offered, reasons, repaired

LONG = pytest.mark.long


@pytest.mark.parametrize(
    "name", ["plugins", pytest.param("sprites", marks=LONG), "reports", pytest.param("shops", marks=LONG)]
)
def test_a_trait_can_be_used_as_dyn(name: str, tmp_path: Path) -> None:
    done = repaired(tmp_path, (CRATES / f"dyn_compatible/{name}.rs").read_text())
    assert done.why == "done"
    assert any(words in reasons(done) for words in ("as `dyn`", "can hold: a box"))


def test_an_associated_constant_is_nobodys_to_hide(tmp_path: Path) -> None:
    source = "pub trait Unit { const SIZE: usize; fn go(&self); }\npub fn all(_: &[Box<dyn Unit>]) {}\n"
    assert offered(tmp_path, dyn_compatible, source) == []
