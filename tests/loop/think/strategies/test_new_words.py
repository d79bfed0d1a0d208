"""Packages of an older edition under a new one, mended by the whole search."""

from pathlib import Path

import pytest

from rusta.loop.think.strategies.modules.new_words import new_words
from tests.loop.think.strategies.judged import CRATES, offered, reasons, repaired

LONG = pytest.mark.long


@pytest.mark.parametrize("name", ["plants", *(pytest.param(one, marks=LONG) for one in ("chords", "quiet"))])
def test_a_package_moves_to_an_edition(name: str, tmp_path: Path) -> None:
    done = repaired(tmp_path, (CRATES / f"new_words/{name}.rs").read_text(), "2024")
    assert done.why == "done"
    assert any(words in reasons(done) for words in ("this edition has new words", "in `unsafe`"))


def test_every_unsafe_that_comes_is_explained(tmp_path: Path) -> None:
    source = (CRATES / "new_words/start.rs").read_text()
    for one in offered(tmp_path, new_words, source, "2024"):
        lines = (one.changes["src/lib.rs"] or b"").decode().splitlines()
        odd = [at for at, line in enumerate(lines) if "unsafe {" in line]
        assert all("SAFETY" in lines[at - 1] for at in odd)


def test_older_editions_have_their_words_too(tmp_path: Path) -> None:
    source = "pub struct Job { async: bool }\nimpl Job { pub fn get(&self) -> bool { self.async } }\n"
    changed = offered(tmp_path, new_words, source)[0].changes["src/lib.rs"] or b""
    assert changed.count(b"r#async") == 2
