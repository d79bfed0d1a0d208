"""What she says of a repository is held against cargo's own exit codes, word for word."""

from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.hands.repositories import Own, Row, contradicted, figures, found, read
from rusta.core.errors import ConfigError

WELL = Own("cargo check", 0, "cargo test", 0, 12, 0, "")
LACKS = Own("cargo check", 101, "", None, 0, 0, "The system library `alsa` required by crate `alsa-sys` was not found.")
GOOD = "It builds. Its tests pass: 12 passed, 1 ignored."


def test_a_right_statement_is_right_and_each_way_to_be_wrong_is_told() -> None:
    assert not list(contradicted(GOOD, False, WELL))
    assert not list(contradicted("It does not build here: `alsa-sys` needs the C library `alsa`.", False, LACKS))
    assert not list(contradicted("It depends on ink, which is not on this machine.", True, LACKS))
    wrong = {
        "It does not build: E0308.": WELL,
        "It builds. Its tests do not all pass: 11 passed, 1 failed.": WELL,
        "It builds. Its tests pass: 11 passed.": WELL,
        "I do not know whether it builds.": WELL,
        "It does not build here: `alsa-sys` needs the C library `asound`.": LACKS,
        GOOD: replace(WELL, tested=101, failed=2),
    }
    for said, own in wrong.items():
        assert list(contradicted(said, False, own)), said


def test_a_repository_is_a_folder_of_checkouts_and_rows_survive_a_cut(tmp_path: Path) -> None:
    with pytest.raises(ConfigError):
        found(tmp_path)
    (tmp_path / "one/release").mkdir(parents=True)
    (tmp_path / "one/newest").mkdir()
    (tmp_path / "notes").mkdir()
    assert [(name, [one.state for one in those]) for name, those in found(tmp_path).items()] == [
        ("one", ["release", "newest"])
    ]
    row = Row("one", "release", "state", "d", "v", True, False, False, GOOD, "check 0", "", 1.5, 6)
    rows = tmp_path / "rows.jsonl"
    rows.write_text(f"{row.as_line()}\n{row.as_line()[:40]}", encoding="utf-8")
    assert read(rows) == [row]
    assert figures([row])["right"] == figures([row])["builds"] == figures([row])["workspaces_of_five"] == 1
