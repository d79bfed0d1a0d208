"""What is cleared away, and what never is: folders that strangers filled, and names that strangers took in /tmp."""

import os
import shutil
import stat
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest

from rusta.tools.sandbox import Sandbox, SandboxCommand
from rusta.tools.sandbox.tmpdir import PREFIX, clear, private_tmp

DEPTH = 1100  # more than the stack of an interpreter
DIG = f"chdir $ENV{{TMPDIR}}; for (1..{DEPTH}) {{ mkdir 'd'; chdir 'd' or die }} print 'dug'"
DEAD = 2**22 + 1  # no process has this number: the kernel's largest is 2**22
needs_perl = pytest.mark.skipif(shutil.which("perl") is None, reason="there is no perl to make a deep folder with")


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The system's folder for temporary files, of this test alone."""
    folder = tmp_path.resolve() / "tmp"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    clear.cache_clear()
    return folder


def failed(do: Callable[[], object]) -> str | None:
    """What was raised, in words."""
    try:
        do()
    except BaseException as error:
        return f"{type(error).__name__}: {error}"[:200]
    return None


def dig(folder: Path) -> None:
    folder.mkdir(parents=True)
    subprocess.run(["perl", "-e", DIG], env={"TMPDIR": str(folder)}, check=True, capture_output=True)


def dug(folder: Path) -> bool:
    """Whether a folder is still there; if so, it is taken away by other means, so that the next run starts clean."""
    if os.path.lexists(folder):
        subprocess.run(["rm", "-rf", str(folder)], check=False)
        return True
    return False


@pytest.mark.parametrize("name", [f"rusta-sandbox-{DEAD}-x", f"{PREFIX}{DEAD}-x"])
def test_a_link_left_in_tmp_leads_housekeeping_nowhere(home: Path, name: str) -> None:
    mine = home.parent / "mine"
    (mine / "inner").mkdir(parents=True)
    (mine / "inner" / "kept").write_text("kept")
    for folder in (mine, mine / "inner"):
        folder.chmod(0o755)
    (home / name).parent.mkdir(exist_ok=True)
    (home / name).symlink_to(mine)
    raised = failed(private_tmp)
    modes = [stat.S_IMODE(folder.stat().st_mode) for folder in (mine, mine / "inner")]
    assert (modes, raised) == ([0o755, 0o755], None)
    assert (mine / "inner" / "kept").read_text() == "kept"


@needs_perl
@pytest.mark.parametrize("name", [f"rusta-sandbox-{DEAD}-deep", f"{PREFIX}{DEAD}-deep"])
def test_a_deep_folder_of_a_dead_process_does_not_end_the_next_start(
    home: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if os.access("/dev/shm", os.W_OK):  # a thousand folders take seconds to remove from some disks
        home = Path(tempfile.mkdtemp(dir="/dev/shm"))
        monkeypatch.setattr(tempfile, "tempdir", str(home))
    dig(home / name)
    raised = failed(private_tmp)
    left = dug(home / name)
    shutil.rmtree(home, ignore_errors=True)
    assert raised is None
    assert not (left and name.startswith(PREFIX))


@needs_perl
def test_a_deep_folder_made_inside_is_gone_with_the_command(sandbox: Sandbox, home: Path, place: Path) -> None:
    said: list[bytes] = []
    raised = failed(lambda: said.append(sandbox.run(SandboxCommand(("perl", "-e", DIG), place)).stdout))
    left = [path.name for path in home.glob("rusta-*/*")] + [path.name for path in home.glob("rusta-sandbox-*")]
    subprocess.run(["rm", "-rf", str(home)], check=True)
    assert raised is None
    assert (said, left) == ([b"dug"], [])


def test_folders_that_their_owner_shut_are_removed_too(sandbox: Sandbox, home: Path, place: Path) -> None:
    script = "cd $TMPDIR; mkdir -p a/b/c d; : > a/b/f; chmod 0 a/b/c; chmod 0500 a/b; chmod 0300 a; chmod 0 d ."
    assert sandbox.run(SandboxCommand(("sh", "-c", script), place)).ok
    assert not list(home.glob("*/*"))


def test_links_inside_are_removed_and_not_followed(sandbox: Sandbox, home: Path, place: Path) -> None:
    (place / "kept").write_text("kept")
    assert sandbox.run(
        SandboxCommand(("sh", "-c", f"ln -s {place} $TMPDIR/l; mkdir $TMPDIR/d; ln -s .. $TMPDIR/d/l"), place)
    ).ok
    assert not list(home.glob("*/*"))
    assert (place / "kept").read_text() == "kept"


def test_the_folder_in_tmp_is_open_to_nobody_else(home: Path) -> None:
    made = private_tmp()
    assert stat.S_IMODE(made.parent.stat().st_mode) == stat.S_IMODE(made.stat().st_mode) == 0o700
    assert made.parent.parent == home
    made.parent.chmod(0o777)  # as an umask, or a person, might have left it
    private_tmp()
    assert stat.S_IMODE(made.parent.stat().st_mode) == 0o700


@pytest.mark.parametrize("taken", ["file", "link", "nowhere", "theirs"])
def test_a_name_that_somebody_took_does_not_keep_her_from_starting(home: Path, taken: str) -> None:
    name, other = home / f"rusta-{os.getuid()}", home.parent / "other"
    other.mkdir()
    if taken == "file":
        name.write_text("")
    elif taken == "theirs":
        if os.getuid():
            pytest.skip("only root can make somebody else's folder")
        name.mkdir()
        os.chown(name, 65534, 65534)
    else:
        name.symlink_to(other if taken == "link" else home / "nowhere")
    made = private_tmp()
    assert made.parent == home and stat.S_IMODE(made.stat().st_mode) == 0o700
    assert not list(other.iterdir())
    if taken == "theirs":
        assert name.stat().st_uid == 65534
