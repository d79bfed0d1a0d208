"""Files on their way to the disk, all together: what must be there before the first file is swapped.

A journalling disk takes eight fsyncs side by side for little more than the price of one, and an edit has eight things to
put down: contents, trees and commits, the intent, and each new file beside its place.
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

# How a disk says that a file is missing, is none, or cannot be read any more.
UNREADABLE = {errno.ENOENT, errno.ELOOP, errno.EACCES, errno.EPERM, errno.ENXIO, errno.EIO, errno.EISDIR, errno.ENOTDIR}
TOGETHER = 64  # files open at once, far below what a process may have


class Durable:
    """Files that are written and not on disk yet. What is not settled when the block ends never gets its name."""

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
        """Take over an open file that is written whole: it is put on disk, and closed, when all are, or many."""
        self._open.append(descriptor)
        if len(self._open) == TOGETHER:
            self.settle()

    def has(self, path: Path, right: Callable[[bytes], bool], most: int) -> bool:
        """Whether a file that is there is right, by its bytes; if so it is put on disk with the others.

        What is damaged, longer than `most` bytes, a link, or no file is not right. Whoever wrote it may not have synced it.
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
        """Write a file that has its name once it is on disk, where nobody has it, or where it already is the same."""
        making = path.with_name(f"tmp_obj_{secrets.token_hex(8)}")  # git's prefix: its gc clears away what a crash left
        descriptor = os.open(making, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode)
        self._names.append((making, path))
        try:
            os.fchmod(descriptor, mode & ~persons_umask())  # in a repository of the person's it is theirs
            write(descriptor, data)
        except BaseException:
            os.close(descriptor)
            raise
        self.add(descriptor)

    def settle(self) -> None:
        """All of them on disk, then all of them by name."""
        sync(self._open)
        while self._open:
            os.close(self._open.pop())
        while self._names:
            making, path = self._names.pop()
            making.replace(path)


def _read(descriptor: int, most: int) -> bytes:
    """That many bytes, or all that there are."""
    parts = []
    while most > 0 and (part := os.read(descriptor, most)):
        parts.append(part)
        most -= len(part)
    return b"".join(parts)


def write(descriptor: int, data: bytes) -> None:
    """All of these bytes: a disk that fills up takes a part, and says so only when asked again."""
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]


def sync(descriptors: Sequence[int]) -> None:
    """Each of these on disk when this returns. Threads, because waiting is all that there is to do."""
    if len(descriptors) < 2:
        for descriptor in descriptors:
            os.fsync(descriptor)
    else:
        with ThreadPoolExecutor(min(8, len(descriptors))) as threads:
            list(threads.map(os.fsync, descriptors))
