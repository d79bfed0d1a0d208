"""A TMPDIR for one command, gone with it; and after a kill -9 of Rusta, with the next one."""

import contextlib
import os
import shutil
import tempfile
import time
from functools import cache
from pathlib import Path

PREFIX = "rusta-sandbox-"
AGAIN = 0.05  # seconds: the last of its processes may still be ending


def private_tmp() -> Path:
    """A new one. The first of a process clears away those of processes that died before they could."""
    home = Path(tempfile.gettempdir()).resolve()
    clear(home)
    return Path(tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-", dir=home))


@cache
def clear(home: Path) -> None:
    """Remove what dead processes of this user left there."""
    for left in home.glob(f"{PREFIX}*"):
        pid = left.name.removeprefix(PREFIX).partition("-")[0]
        with contextlib.suppress(FileNotFoundError):
            if pid.isdigit() and not Path("/proc", pid).exists() and left.stat().st_uid == os.getuid():
                remove(left)


def remove(folder: Path) -> None:
    """Also what its owner inside made unreadable. Links are removed, never followed."""
    for _ in range(3):
        shutil.rmtree(folder, ignore_errors=True)
        if not folder.exists():
            return
        with contextlib.suppress(OSError):
            for path, _, _ in os.walk(folder):
                Path(path).chmod(0o700)
        time.sleep(AGAIN)
