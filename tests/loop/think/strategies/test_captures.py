"""Signatures that do not say what is borrowed, mended by the whole search."""

from pathlib import Path

import pytest

from rusta.loop.think.strategies.signatures.captures import captures
from tests.loop.think.strategies.judged import CRATES, offered, reasons, repaired

LONG = pytest.mark.long


@pytest.mark.parametrize("name", ["menu", *(pytest.param(one, marks=LONG) for one in ("pipes", "graph"))])
def test_a_signature_says_what_is_borrowed(name: str, tmp_path: Path) -> None:
    done = repaired(tmp_path, (CRATES / f"captures/{name}.rs").read_text())
    assert done.why == "done"
    assert "the signature says" in reasons(done)


def test_captures_that_are_listed_are_listed_once(tmp_path: Path) -> None:
    source = "pub fn f<T: Copy>(a: &[T]) -> impl Iterator<Item = T> + use<T> { a.iter().copied() }\n"
    assert b"+ use<'_, T> {" in (offered(tmp_path, captures, source)[0].changes["src/lib.rs"] or b"")
