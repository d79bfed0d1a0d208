"""Copy a file; where the file system shares blocks (btrfs, XFS, bcachefs), without reading it.

The standard library copies by reflink from Python 3.14 on (`pathlib.Path.copy`).
"""

import contextlib
import shutil
import sys
from pathlib import Path

FICLONE = 0x40049409  # linux/fs.h: _IOW(0x94, 9, int)


def clone_or_copy(source: Path, target: Path) -> None:
    """Copy the content of `source` to `target`, which gets a new modification time. Never a hard link."""
    if sys.platform == "linux":
        import fcntl

        with source.open("rb") as read, target.open("wb") as written, contextlib.suppress(OSError):
            fcntl.ioctl(written.fileno(), FICLONE, read.fileno())
            return
    shutil.copyfile(source, target)
