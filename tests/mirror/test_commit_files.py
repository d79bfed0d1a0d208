"""A commit's files, as far as they can be laid out on a disk; everything else is refused with why."""

from pathlib import Path

import pytest

from rusta.mirror import commit_files
from rusta.mirror.commit_files import LARGEST_FILE, DamagedRepository, ObjectReader, why_refused
from rusta.mirror.repository import MirrorRepository, opened_mirror
from tests.mirror.upstreams import blob, changed, hostile, tree, upstream
from tests.repositories import git


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return upstream(tmp_path / "up")


@pytest.mark.parametrize("path", [
    "../a", "a/../b", "/etc/passwd", "a//b", "./a", "", ".git/config", ".GIT/config", "a/.git/hooks/x", ".git", "git~1/x", ".git./x",
    ".git /x", ".g\u200cit/x", ".git::$INDEX_ALLOCATION/x", "a\\..\\b", "a\nb", "a\x1b[2Jb", "a\udcffb", "x" * 1001, "y" * 256,
])  # fmt: skip
def test_a_path_that_cannot_be_laid_out_is_refused(path: str) -> None:
    assert why_refused(path)


@pytest.mark.parametrize(
    "path", ["src/lib.rs", ".gitignore", ".github/x.yml", "git/x", "a.git/x", "ä/ö.rs", "a b.md", "..a/b"]
)
def test_other_paths_are_not(path: str) -> None:
    assert not why_refused(path)


def test_links_submodules_and_paths_that_lead_out_are_no_files_and_said(root: Path) -> None:
    evil = blob(root, b"evil")
    hostile(root, [
        ("120000", b"link", blob(root, b"/etc/passwd")), ("160000", b"module", git(root, "rev-parse", "HEAD")), ("100644", b"..", evil),
        ("40000", b".git", tree(root, ("100644", b"config", evil))), ("100644", b"\x1b[2J", evil), ("100755", b"run", evil),
    ])  # fmt: skip
    with opened_mirror(root) as repository:
        files = repository.files(git(root, "rev-parse", "HEAD"))
        assert set(files.paths()) == {"Cargo.toml", "src/lib.rs", "run"}
        assert files.read("link", 1000) is None and files.read("../up/Cargo.toml", 1000) is None
        refused = files.listing.refused
        assert refused["link"] == "it is a symlink" and refused["module"] == "it is a submodule"
        assert (
            "leads out" in refused[".."] and "git's own" in refused[".git/config"] and "control" in refused["\x1b[2J"]
        )


def test_rust_sources_are_read_through_links_within_the_tree_and_nothing_else(root: Path) -> None:
    (root / "facade").mkdir()
    for name, target in (
        ("core", "../src"),
        ("lib.rs", "../src/lib.rs"),
        ("out", "../../elsewhere"),
        ("top", "/src"),
        ("doc", "../Cargo.toml"),
    ):
        (root / "facade" / name).symlink_to(target)
    changed(root, "x")
    with opened_mirror(root) as repository:
        files = repository.files(git(root, "rev-parse", "HEAD"))
        assert set(files.below("facade").paths()) == {"core/lib.rs", "lib.rs"}
        assert files.below("facade").read("core/lib.rs", 100) == b"x" == files.read("facade/lib.rs", 100)
        assert repository.changed_paths("", git(root, "rev-parse", "HEAD"))[-1].path == "src/lib.rs"


def test_a_file_is_read_up_to_a_length_and_one_of_20_mb_never(root: Path) -> None:
    (root / "big.bin").write_bytes(b"\0" * (LARGEST_FILE + 1))
    changed(root, "x")
    with opened_mirror(root) as repository:
        files = repository.files(git(root, "rev-parse", "HEAD"))
        assert "big.bin" in files.paths() and files.read("big.bin", 1 << 30) is None
        assert (
            files.read("Cargo.toml", 5) is None
            and files.read("Cargo.toml", 1 << 20) == (root / "Cargo.toml").read_bytes()
        )
        assert files.read("nothing", 100) is None


def test_what_is_kept_in_memory_is_bounded(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(commit_files, "KEPT_BYTES", 1000)
    names = [blob(root, bytes([n]) * 100) for n in range(40)]
    with ObjectReader(root / ".git") as objects:
        assert [objects.read(oid, 100) for oid in names] == [bytes([n]) * 100 for n in range(40)]
        assert sum(map(len, objects._kept.values())) <= 1000
        assert objects.read(names[0], 99) is None and objects.read(names[0], 100) == b"\0" * 100
        assert objects.read(names[39], 99) is None


def test_an_object_that_is_missing_or_no_hash_is_damage_and_the_next_is_read(root: Path) -> None:
    with ObjectReader(root / ".git") as objects:
        for odd in ("1" * 40, "HEAD", "x\ny", ""):
            with pytest.raises(DamagedRepository):
                objects.read(odd, 10)
        assert objects.read(git(root, "rev-parse", "HEAD:Cargo.toml"), 1000)


def test_the_mark_of_a_file_is_another_one_where_its_content_is(root: Path) -> None:
    before, after = git(root, "rev-parse", "HEAD"), changed(root, "pub fn g() {}\n")
    with opened_mirror(root) as repository:
        old, new = repository.files(before).paths(), repository.files(after).paths()
        assert old["Cargo.toml"] == new["Cargo.toml"] and old["src/lib.rs"] != new["src/lib.rs"]


def test_a_commit_that_is_not_there_is_damage(root: Path) -> None:
    with pytest.raises(DamagedRepository):
        MirrorRepository(root).files("1" * 40)
