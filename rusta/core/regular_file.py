"""Read regular files safely where the path may be an endless pipe, a device, a symlink out of a folder, or a huge file.

Not covered: a file that changes while it is read, and a file system that hangs.
"""

import errno
import os
import stat
from pathlib import Path

LARGEST_TEXT = 1 << 24  # largest source file, in bytes; anything larger is data


def read_file(file: Path, most: int = LARGEST_TEXT, within: Path | None = None) -> bytes:
    """Return the bytes of a regular file of at most `most` bytes that, symlinks resolved, lies in the folder `within`.

    Raises `OSError` otherwise: EFBIG for a longer file, EXDEV for a symlink out, EINVAL for a pipe, device or folder.
    """
    if within is not None and not Path(os.path.realpath(file)).is_relative_to(os.path.realpath(within)):
        raise OSError(errno.EXDEV, f"a link that leads out of {within}", str(file))
    descriptor = os.open(
        file, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC
    )  # O_NONBLOCK: opening a pipe would wait for a writer
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError(errno.EINVAL, "no regular file", str(file))
    with os.fdopen(descriptor, "rb") as opened:
        said = opened.read(most + 1)
    if len(said) > most:
        raise OSError(errno.EFBIG, f"more than {most} bytes", str(file))
    return said
