"""A TMPDIR for one command, removed with it; after a kill -9 of Rusta, by the next one.

They lie together in a folder that only this user can read. /tmp is shared: a name in it may be a link
that somebody made so that its target gets deleted.
"""

import contextlib
import os
import stat
import tempfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from rusta.tools.sandbox.folders import open_folder, remove

NAME = "sandbox-"
PREFIX = f"rusta-{os.getuid()}/{NAME}"  # below the system's folder for temporary files


def private_tmp() -> Path:
    """Make a TMPDIR. The first call in a process removes those of dead processes."""
    home = Path(tempfile.gettempdir()).resolve()
    clear(home)
    return Path(tempfile.mkdtemp(prefix=f"{NAME}{os.getpid()}-", dir=hers(home)))


@contextlib.contextmanager
def private_folder() -> Iterator[Path]:
    """A TMPDIR for a `with` block, of which untrusted code may fill a part. Leaving the block never raises."""
    folder = private_tmp()
    try:
        yield folder
    finally:
        remove(folder)


def hers(home: Path) -> Path:
    """Return this user's folder in `home`, made if missing, closed to all others.

    Where another user has taken its name, `home` itself: what mkdtemp makes there is private, too.
    """
    folder = home / f"rusta-{os.getuid()}"
    try:
        with contextlib.suppress(FileExistsError):
            folder.mkdir(mode=0o700)
        at = open_folder(folder)
    except OSError:
        return home
    try:
        found = os.fstat(at)
        if found.st_uid != os.geteuid():
            return home
        if stat.S_IMODE(found.st_mode) != 0o700:
            os.fchmod(at, 0o700)
    finally:
        os.close(at)
    return folder


@cache
def clear(home: Path) -> None:
    """Remove what dead processes of this user left there. Never raises, and never follows a link."""
    folder = hers(home)
    with contextlib.suppress(OSError):
        for left in [path.name for path in folder.iterdir()]:
            pid = left.removeprefix(NAME).partition("-")[0]
            if left.startswith(NAME) and pid.isdecimal() and not Path("/proc", str(int(pid))).exists():
                remove(folder / left)
