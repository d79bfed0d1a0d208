"""What is private to a module and used from another one."""

from pathlib import Path

import pytest

from rusta.loop.think.strategies.modules.visibility import made_visible
from tests.loop.think.strategies.judged import CRATES, offered, reasons, repaired


@pytest.mark.parametrize(
    "name", ["bank", *(pytest.param(name, marks=pytest.mark.long) for name in ("wrapped", "imported"))]
)
def test_what_another_module_uses_is_visible_there(tmp_path: Path, name: str) -> None:
    done = repaired(tmp_path, (CRATES / f"private/{name}.rs").read_text())
    assert done.why == "done" and "what another module uses has to be visible there" in reasons(done)


def test_a_crate_shows_no_more_than_it_needs(tmp_path: Path) -> None:
    files = {
        "src/lib.rs": "pub mod a;\npub fn f() -> u8 { a::hidden() + a::Plain { x: 1, y: 2 }.x }\n",
        "src/a.rs": "pub struct Plain { x: u8, pub y: u8 }\n/// Says one.\n#[inline]\nfn hidden() -> u8 { 1 }\n",
    }
    (only,) = offered(tmp_path, made_visible, files)
    text = (only.changes["src/a.rs"] or b"").decode()
    assert text == (
        "pub struct Plain { pub(crate) x: u8, pub y: u8 }\n/// Says one.\n#[inline]\npub(crate) fn hidden() -> u8 { 1 }\n"
    )


def test_what_a_test_target_uses_is_public() -> None:
    from rusta.loop.think.strategies.modules.visibility import _same_crate

    files = ("src/lib.rs", "src/main.rs", "app/src/main.rs")
    assert _same_crate("src/a/b.rs", "src/lib.rs", files) and _same_crate("app/src/main.rs", "app/src/b.rs", files)
    assert not _same_crate("tests/a.rs", "src/lib.rs", files) and not _same_crate("src/main.rs", "src/a.rs", files)
    assert not _same_crate("app/src/a.rs", "core/src/a.rs", files)
