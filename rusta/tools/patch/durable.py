"""Write files and fsync them together, before the first file of an edit is swapped.

A journalling file system does eight concurrent fsyncs in little more than the time of one, and an edit has about eight
files: contents, trees and commits, the intent, and each new file staged beside the old one.
"""

import errno
import os
import secrets
import stat
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import TracebackType

from rusta.core.home import persons_umask

# Errors for a file that is missing, of another type, or unreadable.
UNREADABLE = {errno.ENOENT, errno.ELOOP, errno.EACCES, errno.EPERM, errno.ENXIO, errno.EIO, errno.EISDIR, errno.ENOTDIR}
TOGETHER = 64  # files open at once, far below the limit of a process


class Durable:
    """Files that are written but not fsynced yet. Those not settled when the `with` block ends are discarded."""

    def __init__(self) -> None:
        self._open: list[int] = []
        self._names: list[tuple[Path, Path]] = []

    def __enter__(self) -> "Durable":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for descriptor in self._open:
            os.close(descriptor)
        for making, _ in self._names:
            making.unlink(missing_ok=True)

    def add(self, descriptor: int) -> None:
        """Take over a completely written file, to be fsynced and closed by `settle`, or at `TOGETHER` files."""
        self._open.append(descriptor)
        if len(self._open) == TOGETHER:
            self.settle()

    def has(self, path: Path, right: Callable[[bytes], bool], most: int) -> bool:
        """Return whether an existing file's bytes satisfy `right`; if so it is fsynced with the others.

        A file that is damaged, longer than `most` bytes, a link, or not a regular file does not. It is fsynced because
        its writer may not have done so.
        """
        good = False
        try:
            descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        except OSError as error:
            if error.errno not in UNREADABLE:
                raise
            return False
        try:
            if stat.S_ISREG(os.fstat(descriptor).st_mode):
                good = right(_read(descriptor, most + 1))
        except OSError as error:
            if error.errno not in UNREADABLE:
                raise
        finally:
            if not good:
                os.close(descriptor)
        if good:
            self.add(descriptor)
        return good

    def place(self, path: Path, data: bytes, mode: int) -> None:
        """Write a file that gets its name after fsync; the name is free, or its file has the same contents."""
        making = path.with_name(f"tmp_obj_{secrets.token_hex(8)}")  # git's prefix: its gc removes what a crash left
        descriptor = os.open(making, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode)
        self._names.append((making, path))
        try:
            os.fchmod(descriptor, mode & ~persons_umask())  # in the user's repository it gets the user's permissions
            write_all(descriptor, data)
        except BaseException:
            os.close(descriptor)
            raise
        self.add(descriptor)

    def settle(self) -> None:
        """Fsync all files, then give them their names."""
        sync(self._open)
        while self._open:
            os.close(self._open.pop())
        while self._names:
            making, path = self._names.pop()
            making.replace(path)


def _read(descriptor: int, most: int) -> bytes:
    """Read `most` bytes, or all up to the end of the file."""
    parts = []
    while most > 0 and (part := os.read(descriptor, most)):
        parts.append(part)
        most -= len(part)
    return b"".join(parts)


def write_all(descriptor: int, data: bytes) -> None:
    """Write all bytes: when a disk fills up, write(2) writes only a part, and fails only when called again."""
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]


def sync(descriptors: Sequence[int]) -> None:
    """Fsync all descriptors, in threads because fsync only waits."""
    if len(descriptors) < 2:
        for descriptor in descriptors:
            os.fsync(descriptor)
    else:
        with ThreadPoolExecutor(min(8, len(descriptors))) as threads:
            list(threads.map(os.fsync, descriptors))
