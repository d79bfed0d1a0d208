"""Files that replace others inside the sandbox, kept in a folder of this process and removed when it exits.

Folders left by killed processes are removed by the next one.
"""

import atexit
import hashlib
import os
import stat
import tempfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from rusta.tools.sandbox.tmpdir import remove

PREFIX = "rusta-stand-ins-"


def stand_in_folder() -> Path:
    """Return the folder, which no other user can read. Raises `OSError`."""
    return _folder(os.getpid())


def stand_in_file(text: bytes) -> Path:
    """Return a file with these bytes. Raises `OSError`."""
    file = stand_in_folder() / hashlib.sha256(text).hexdigest()
    if not file.exists():
        file.write_bytes(text)
    return file


@cache
def _folder(pid: int) -> Path:
    home = Path(tempfile.gettempdir()).resolve()
    for left in _left(home):
        remove(left)
    folder = Path(tempfile.mkdtemp(prefix=f"{PREFIX}{pid}-", dir=home))
    atexit.register(_gone, pid, folder)
    return folder


def _left(home: Path) -> Iterator[Path]:
    for left in home.glob(f"{PREFIX}*"):
        pid = left.name.removeprefix(PREFIX).partition("-")[0]
        try:
            seen = left.lstat()
        except OSError:
            continue
        mine = stat.S_ISDIR(seen.st_mode) and seen.st_uid == os.getuid()
        if mine and pid.isdigit() and not Path("/proc", pid).exists():
            yield left


def _gone(pid: int, folder: Path) -> None:
    if os.getpid() == pid:  # not in a forked child
        remove(folder)
