"""Check that a workspace may be edited, and lock it against other processes."""

import hashlib
import os
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rusta.core.derived_files import make_way
from rusta.tools.patch.refusals import Busy, EditRefused, explained
from rusta.tools.patch.tree import FileTree


@contextmanager
def entered(workspace: Path, home: Path) -> Iterator[tuple[FileTree, Path]]:
    """Yield a locked workspace, and the folder below `home` (RUSTA_HOME) with its undo data.

    Unlock it if the block raises.
    Raises `EditRefused` for a folder that may not be edited, `Busy` while another process has the lock.
    """
    root, home = Path(os.path.realpath(workspace)), Path(os.path.realpath(home))
    if not root.is_dir():
        raise EditRefused(f"workspace={workspace} is not a folder that is there. Name one: workspace=PATH")
    if root == Path(root.anchor) or root == home or Path(os.path.realpath(Path.home())).is_relative_to(root):
        raise EditRefused(
            f"workspace={workspace} holds much more than a crate: I don't edit in /, in a home folder, or in my own. "
            "Name the crate: workspace=PATH"
        )
    if any(part.casefold() == ".git" for part in root.parts):
        raise EditRefused(
            f"workspace={workspace} lies inside a .git folder, which is git's own. Name the crate: workspace=PATH"
        )
    with explained(f"open {workspace}"):
        tree = FileTree(root, private=[home])
    try:
        readable = re.sub(r"[^A-Za-z0-9_-]+", "-", root.name)[:40]
        folder = home / "undo" / f"{readable}-{hashlib.sha256(os.fsencode(root)).hexdigest()[:16]}"
        with explained(f"keep the way back in {folder}, so I don't edit"):
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            _lock(tree, folder / "holder")
            yield tree, folder
    except BaseException:
        tree.close()
        raise


def _lock(tree: FileTree, holder: Path) -> None:
    """Lock the workspace's folder with flock, which ends with the process and leaves no file behind."""
    try:
        import fcntl
    except ImportError:  # Windows
        return
    for patience in range(200, -1, -1):
        try:
            fcntl.flock(tree.descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            break
        except BlockingIOError:
            who = holder.read_text() if holder.is_file() else ""
            # A killed process may have been starting git, which inherits the lock until it executes.
            if patience and who.isdecimal() and not _lives(int(who)):
                time.sleep(0.05)
                continue
            raise Busy(
                f"Another rusta{f' (process {who})' if who else ''} is at work in {tree.root}, and two at once could undo "
                "each other's edits. Leave that one (Ctrl-D in it), then run this again."
            ) from None
    make_way(holder)
    holder.write_text(str(os.getpid()))


def _lives(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # it belongs to another user
        return True
    return True
