"""Files of a folder, read as one state of a source tree."""

import os
from pathlib import Path

from rusta.library.source_files import FolderFiles, HeldFiles


def test_files_are_listed_with_a_mark_that_changes_with_them(tmp_path: Path) -> None:
    (tmp_path / "src").mkdir()
    (tmp_path / "target").mkdir()
    (tmp_path / "src" / "lib.rs").write_text("pub fn a() {}")
    (tmp_path / "target" / "built.rs").write_text("")
    before = FolderFiles(tmp_path).paths()
    assert list(before) == ["src/lib.rs"]
    (tmp_path / "src" / "lib.rs").write_text("pub fn longer() {}")
    assert FolderFiles(tmp_path).paths() != before
    assert list(FolderFiles(tmp_path).below("src").paths()) == ["lib.rs"]


def test_nothing_outside_of_the_folder_is_read(tmp_path: Path) -> None:
    crate = tmp_path / "crate"
    crate.mkdir()
    (tmp_path / "secret").write_text("no")
    (crate / "link").symlink_to(tmp_path / "secret")
    os.mkfifo(crate / "pipe")
    files = FolderFiles(crate)
    assert not files.paths()
    assert [files.read(one, 100) for one in ("link", "../secret", "/etc/passwd", "pipe", "none", "a\0b")] == [None] * 6


def test_what_is_longer_than_allowed_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"1234")
    assert FolderFiles(tmp_path).read("a", 3) is None
    assert FolderFiles(tmp_path).read("a", 4) == b"1234"


def test_held_files_are_read_like_those_of_a_folder() -> None:
    held = HeldFiles({"a/b.rs": b"one", "a/c.rs": b"two", "ab.rs": b"one"})
    below = held.below("a")
    assert sorted(below.paths()) == ["b.rs", "c.rs"]
    assert held.paths()["a/b.rs"] == held.paths()["ab.rs"] != held.paths()["a/c.rs"]
    assert (below.read("b.rs", 3), below.read("b.rs", 2), below.read("../ab.rs", 9)) == (b"one", None, None)
