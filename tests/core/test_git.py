"""Nothing that a stranger's repository names is run by git, and no other repository of the person's is written to."""

import os
import shutil
from contextlib import suppress
from pathlib import Path

import pytest

from rusta.loop.attempt.scratch_copy import Scratch
from rusta.memory.storage.devlogs import DevLogs
from rusta.memory.storage.git import HistoryWaits
from rusta.registry import run_card
from rusta.tools.patch import EditHistory
from tests.repositories import crate, fetches_lazily, git, make_trap, sprung


@pytest.fixture
def trap(tmp_path: Path) -> Path:
    return make_trap(tmp_path)


@pytest.fixture
def clone(tmp_path: Path, trap: Path) -> Path:
    """A crate of a plain `git clone`, whose path dependency is an embedded bare repository that fetches lazily."""
    theirs = tmp_path / "theirs"
    crate(theirs / "app", "app", '[dependencies]\ndep = { path = "../dep" }\n')
    dep = crate(theirs / "dep", "dep")
    git(tmp_path, "init", "-q", "--bare", str(dep))
    fetches_lazily(dep, ".", trap)
    (dep / "refs/keep").touch()
    (dep / "objects/keep").touch()
    git(theirs, "init", "-q")
    git(theirs, "add", "-A")
    git(theirs, "commit", "-qm", "one")
    git(tmp_path, "clone", "-q", str(theirs), "clone")
    return tmp_path / "clone/app"


def test_a_clone_with_a_bare_repository_in_it_runs_no_program_when_it_is_copied(
    clone: Path, tmp_path: Path, trap: Path
) -> None:
    copy = Scratch(clone, tmp_path / "home")
    copy.sync()
    assert not sprung(trap)
    assert (copy.root.parent / "dep/src/lib.rs").read_text() == "pub fn f() {}\n"


@pytest.mark.skipif(not shutil.which("cargo"), reason="cargo is not here")
def test_a_question_in_such_a_clone_runs_no_program(clone: Path, trap: Path, rusta) -> None:
    words = ("mode=chat", "body=tiny", "model=fake", "engine=fake", "approve=none")
    asked = rusta(*words, f"workspace={clone}", "prompt=What is this?")
    assert not sprung(trap)
    assert asked.returncode == 0, asked.stderr


@pytest.mark.skipif(os.getuid() != 0, reason="only root can give a folder to somebody else")
def test_edits_are_not_kept_in_a_repository_that_somebody_else_has_put_above(tmp_path: Path) -> None:
    shared = tmp_path / "shared"
    root = crate(shared / "app", "app")
    git(shared, "init", "-q")
    os.chown(shared / ".git", 65534, 65534)
    before = sorted((shared / ".git").rglob("*"))
    with EditHistory.open(root, tmp_path / "home") as history:
        history.apply({"src/lib.rs": b"pub fn g() {}\n"}, "g is its name")
        history.undo()
    assert sorted((shared / ".git").rglob("*")) == before
    assert (root / "src/lib.rs").read_text() == "pub fn f() {}\n"


def test_what_the_persons_own_git_passes_over_is_not_copied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = crate(tmp_path / "app", "app")
    git(root, "init", "-q")
    (root / "scribbles").touch()
    (tmp_path / "ignored").write_text("scribbles\n")
    (tmp_path / "config").write_text("[core]\nexcludesFile = ~/ignored\n")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "config"))
    copy = Scratch(root, tmp_path / "home")
    copy.sync()
    assert copy.read("src/lib.rs") and copy.read("scribbles") is None


def test_an_archive_with_a_repository_in_it_runs_no_program_when_it_is_copied(tmp_path: Path, trap: Path) -> None:
    root = crate(tmp_path / "app", "app")
    git(root, "init", "-q")
    git(root, "add", "-A")
    fetches_lazily(root / ".git", "..", trap)
    git(root, "config", "core.fsmonitor", str(trap))
    copy = Scratch(root, tmp_path / "home")
    copy.sync()
    assert not sprung(trap)
    assert copy.read("src/lib.rs") == b"pub fn f() {}\n"


def test_a_git_file_that_leads_to_a_folder_of_the_archive_runs_no_program(tmp_path: Path, trap: Path) -> None:
    root = crate(tmp_path / "app", "app")
    git(root, "init", "-q", "--separate-git-dir", str(root / "docs"))
    git(root, "add", "Cargo.toml", "src")
    fetches_lazily(root / "docs", "..", trap)
    (root / "docs/config").rename(root / "notes.txt")
    (root / "docs/config").write_text("[core]\nrepositoryFormatVersion = 1\n[extensions]\npartialClone = origin\n"
                                      "[include]\npath = ../notes.txt\n")  # fmt: skip
    (root / ".git").write_text("gitdir: docs\n")
    Scratch(root, tmp_path / "home").sync()
    assert not sprung(trap)


def test_a_program_named_git_in_the_strangers_folder_is_not_git(
    tmp_path: Path, trap: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = crate(tmp_path / "app", "app")
    trap.rename(root / "git")
    monkeypatch.setenv("PATH", f".{os.pathsep}{os.environ['PATH']}")
    Scratch(root, tmp_path / "home").sync()
    assert not (root / "sprung").exists() and not sprung(trap)


def test_the_commit_on_a_run_card_is_asked_for_without_running_a_program(
    tmp_path: Path, trap: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "clone/rusta/registry/run_card.py"
    file.parent.mkdir(parents=True)
    file.touch()
    clone = tmp_path / "clone"
    (clone / ".gitattributes").write_text("* filter=loud\n")
    git(clone, "init", "-q")
    git(clone, "add", "-A")
    git(clone, "commit", "-qm", "one")
    git(clone, "config", "filter.loud.clean", str(trap))
    git(clone, "config", "core.fsmonitor", str(trap))
    file.write_text("changed")
    monkeypatch.setattr(run_card, "__file__", str(file))
    found = run_card.origins()
    assert not sprung(trap)
    assert found["commit"] == git(clone, "rev-parse", "HEAD") and found["changed"]


def test_journals_from_elsewhere_run_no_program_when_they_are_recorded(tmp_path: Path, trap: Path) -> None:
    journals = DevLogs(tmp_path / "devlogs")
    path = journals.write("lab", "one", "text")
    books = journals.root / ".git"
    git(journals.root, "config", "filter.loud.clean", str(trap))
    (books / "info/attributes").write_text("* filter=loud\n")
    (journals.root / path).write_text("By hand.\n")
    journals.keep()
    assert not sprung(trap)
    assert git(journals.root, "-c", "filter.loud.clean=cat", "show", f"HEAD:{path}") == "By hand."


def test_journals_from_elsewhere_fetch_nothing(tmp_path: Path, trap: Path) -> None:
    journals = DevLogs(tmp_path / "devlogs")
    path = journals.write("lab", "one", "text")
    books = journals.root / ".git"
    blob = git(journals.root, "rev-parse", f"HEAD:{path}")
    (books / "objects" / blob[:2] / blob[2:]).unlink()
    for key, value in (("core.repositoryFormatVersion", "1"), ("extensions.partialClone", "origin"),
                       ("remote.origin.url", "."), ("remote.origin.uploadpack", f"{trap} #"),
                       ("protocol.file.allow", "always")):  # fmt: skip
        git(journals.root, "config", key, value)
    with suppress(HistoryWaits):
        journals.keep(path)
    assert not sprung(trap)


@pytest.mark.parametrize("shape", ["file", "link", "commondir", "objects", "refs"])
def test_edits_are_kept_in_no_other_repository_of_the_persons(tmp_path: Path, shape: str) -> None:
    theirs, root = tmp_path / "theirs", crate(tmp_path / "app", "app")
    git(tmp_path, "init", "-q", str(theirs))
    git(theirs, "commit", "-q", "--allow-empty", "-m", "one")
    own = root / ".git"
    if shape == "file":
        own.write_text(f"gitdir: {theirs / '.git'}\n")
    elif shape == "link":
        own.symlink_to(theirs / ".git")
    else:
        git(root, "init", "-q")
    if shape == "commondir":
        (own / "commondir").write_text(f"{theirs / '.git'}\n")
    elif shape in ("objects", "refs"):
        at = own / shape
        shutil.rmtree(at)
        at.symlink_to(theirs / ".git" / shape)
    before = sorted((theirs / ".git").rglob("*"))
    with EditHistory.open(root, tmp_path / "home") as history:
        history.apply({"src/lib.rs": b"pub fn g() {}\n"}, "g is its name")
        assert sorted((theirs / ".git").rglob("*")) == before
        history.undo()
    assert (root / "src/lib.rs").read_text() == "pub fn f() {}\n"
