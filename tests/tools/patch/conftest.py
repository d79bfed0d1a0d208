"""A small crate in a git repository of its own, or in a plain folder, and ways to see whether anything in it moved."""

import os
import stat
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from rusta.tools.patch import EditHistory

Seen = dict[str, tuple[int, bytes]]
LIB = b"//! A crate.\n\n" + b"".join(b"pub fn f%d() {}\n" % n for n in range(30))


def git(folder: Path, *words: str) -> str:
    world = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1", "GIT_OPTIONAL_LOCKS": "0"}
    who = ["-c", "user.name=A Person", "-c", "user.email=person@localhost", "-c", "protocol.file.allow=always"]
    ran = subprocess.run(["git", *who, *words], cwd=folder, env=os.environ | world, capture_output=True)
    assert ran.returncode == 0, ran.stderr
    return ran.stdout.decode()


def seen(root: Path) -> Seen:
    """Every file, link and folder beneath, with modes and bytes, git's own (also in `books`) left out."""
    found = {}
    for folder, folders, files in os.walk(root):
        folders[:] = [name for name in folders if name not in (".git", "books")]
        for name in [*folders, *files]:
            path = Path(folder, name)
            info = path.lstat()
            data = b""
            if stat.S_ISLNK(info.st_mode):
                data = os.fsencode(path.readlink())
            elif stat.S_ISREG(info.st_mode):
                data = path.read_bytes()
            found[str(path.relative_to(root))] = (info.st_mode, data)
    return found


def books(root: Path) -> dict[str, bytes]:
    """Every byte of `.git` but objects and her own refs."""
    own = root / ".git"
    kept = (path for path in own.rglob("*") if path.is_file())
    names = ((path, path.relative_to(own).parts) for path in kept)
    return {"/".join(n): p.read_bytes() for p, n in names if n[0] != "objects" and n[:2] != ("refs", "rusta")}


def crate(root: Path) -> Path:
    (root / "src").mkdir(parents=True)
    (root / "src" / "lib.rs").write_bytes(LIB)
    (root / "Cargo.toml").write_bytes(b'[package]\r\nname = "small"\r\nversion = "0.1.0"\r\n')
    (root / "run.sh").write_bytes(b"#!/bin/sh\n")
    (root / "run.sh").chmod(0o755)
    (root / "latin.txt").write_bytes(b"na\xefve\n")
    (root / "here").symlink_to("src/lib.rs")
    (root / "empty").mkdir()
    return root


@pytest.fixture(params=["git", "plain"])
def workspace(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    root = crate(tmp_path / "crate")
    if request.param == "git":
        git(root, "init", "-q", "-b", "main")
        git(root, "add", "-A")
        git(root, "commit", "-qm", "A crate")
    return root


@pytest.fixture
def plain(tmp_path: Path) -> Path:
    return crate(tmp_path / "crate")


@pytest.fixture
def repository(plain: Path) -> Path:
    git(plain, "init", "-q", "-b", "main")
    git(plain, "add", "-A")
    git(plain, "commit", "-qm", "A crate")
    return plain


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Callable[..., EditHistory]]:
    """Opens histories that keep their way back in one home, and lets go of them at the end."""
    histories = []

    def open_history(root: Path, session: str = "") -> EditHistory:
        histories.append(EditHistory.open(root, tmp_path / "home", session))
        return histories[-1]

    yield open_history
    for history in histories:
        history.close()
