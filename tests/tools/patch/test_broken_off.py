"""An edit that is broken off, wherever, leaves the tree as before it or as after it."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from .conftest import git

HERE = Path(__file__).parent


def run(*words: object) -> str:
    ran = subprocess.run([sys.executable, *map(str, words)], capture_output=True, text=True, timeout=7200)
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


@pytest.mark.parametrize("stride", [15, pytest.param(1, marks=[pytest.mark.long, pytest.mark.timeout(0)])])
@pytest.mark.parametrize("how", ["die", "full", "interrupt"])
def test_an_operation_broken_off_at_any_touch_of_the_disk_is_before_or_after(
    workspace: Path, tmp_path: Path, how: str, stride: int
) -> None:
    tried = eval(run(HERE / "break_off.py", workspace, tmp_path / "home", how, stride))
    assert tried.keys() == {"edit", "undo", "redo"} and sum(tried.values()) > 100 / stride
    if (workspace / ".git").is_dir():
        git(workspace, "fsck", "--strict", "--no-dangling")


@pytest.mark.parametrize("times", [8, pytest.param(200, marks=[pytest.mark.long, pytest.mark.timeout(0)])])
def test_a_kill_at_any_moment_leaves_the_tree_before_or_after(workspace: Path, tmp_path: Path, times: int) -> None:
    halves = int(run(HERE / "break_off.py", workspace, tmp_path / "home", "random", times))
    assert halves or times < 200  # otherwise the kills have all missed what they were to hit


SMALL_DISK = """
import os, subprocess, sys
from pathlib import Path
from rusta.core.home import NoRoom
from rusta.tools.patch import EditHistory, EditRefused

disk, other, kind, full = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3], sys.argv[4]
subprocess.run(["mount", "-t", "tmpfs", "-o", "size=256k", "none", disk], check=True)
root, home = (disk, other) if full == "workspace" else (other, disk)
root = root / "crate"
root.mkdir()
if kind == "git":
    subprocess.run(["git", "init", "-q", "--template=", root], check=True)
(root / "a.rs").write_bytes(b"old")
(root / "b.rs").write_bytes(b"old")
def names(): return sorted((p.name, hash(p.read_bytes())) for p in root.iterdir() if p.is_file())
before = names()
with EditHistory.open(root, home) as history:
    try:
        history.apply({"a.rs": os.urandom(50000), "b.rs": os.urandom(300000), "new/c.rs": os.urandom(9)}, "too much")
        history.undo()
        print("it went in")
    except NoRoom as refusal:
        print("refused:", refusal)
    assert names() == before and not (root / "new").exists(), names()
    history.apply({"a.rs": b"small"}, "small")
    history.undo()
    assert names() == before
    subprocess.run(["mount", "-o", "remount,ro", disk], check=True)
    try:
        history.apply({"a.rs": b"small"}, "small")
    except EditRefused as refusal:
        print("refused:", refusal)
    assert names() == before
"""


@pytest.mark.skipif(not shutil.which("unshare"), reason="a small disk is mounted in a namespace of its own")
@pytest.mark.parametrize("full", ["workspace", "home"])
@pytest.mark.parametrize("kind", ["git", "plain"])
def test_a_full_or_read_only_disk_leaves_everything_as_it_was(kind: str, full: str, tmp_path: Path) -> None:
    for name in ("disk", "other"):
        (tmp_path / name).mkdir()
    unshare = ["unshare", "--user", "--map-root-user", "--mount"]
    if subprocess.run([*unshare, "true"], capture_output=True).returncode:
        pytest.skip("this kernel gives no namespaces")
    ran = subprocess.run(
        [*unshare, sys.executable, "-c", SMALL_DISK, tmp_path / "disk", tmp_path / "other", kind, full],
        capture_output=True, text=True,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    room, read_only = ran.stdout.splitlines()
    if (kind, full) != ("git", "home"):  # the contents lie with git, and an intent is small
        assert "no space left" in room
    assert "read-only file system" in read_only
