"""Walk and remove folders filled by untrusted code, by descriptor: no link is followed, and any depth is handled.

A path is looked up anew at each use, and whoever may write to a folder on it can redirect it in between. Here
each folder is opened once, relative to its parent and never through a link, and its entries are named relative to
that descriptor. Depth needs neither stack nor long paths.
"""

import contextlib
import os
import stat
import time
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

AGAIN = 0.05  # seconds before another attempt: the last process of the command may still be ending
DEEPEST = 256  # levels that are walked: each holds a descriptor, and no build needs half as many
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


def always(_: os.stat_result) -> bool:
    """Return True: as `unlock`, for folders that are no longer in use."""
    return True


def open_folder(
    name: str | Path, above: int | None = None, unlock: Callable[[os.stat_result], bool] | None = None
) -> int:
    """Open the folder `name` in the folder `above`, and return its descriptor. Raises `OSError`, also for a link.

    `unlock` decides whether a folder of this user, closed to its owner, is changed to mode 0700.
    """
    try:
        at = os.open(name, _FOLDER, dir_fd=above)
    except PermissionError:
        if unlock is None:
            raise
        place = os.open(name, os.O_PATH | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=above)
        try:
            found = os.fstat(place)
            if stat.S_ISDIR(found.st_mode) and found.st_uid == os.geteuid() and unlock(found):
                os.chmod(f"/proc/self/fd/{place}", 0o700)  # noqa: PTH101  the open folder, even if renamed
        finally:
            os.close(place)
        return os.open(name, _FOLDER, dir_fd=above)
    if unlock is not None:
        found = os.fstat(at)
        if found.st_mode & 0o700 != 0o700 and found.st_uid == os.geteuid() and unlock(found):
            os.fchmod(at, 0o700)
    return at


def walked(top: Path, unlock: Callable[[os.stat_result], bool]) -> Iterator[list[os.DirEntry[str]] | None]:
    """Yield the entries of a folder and of each below it, outer ones first.

    None stands for a folder that cannot be listed, or lies too deep. An entry can be asked for its `stat` until the
    next list is requested. Folders that vanish meanwhile are left out.
    """
    stack: list[tuple[int, list[str]]] = []  # each open folder, and its subfolders still to be visited
    above, name = None, os.fspath(top)
    try:
        while True:
            try:
                stack.append((open_folder(name, above, unlock), []))
                with os.scandir(stack[-1][0]) as found:
                    entries = list(found)
                yield entries
                stack[-1][1].extend(entry.name for entry in entries if entry.is_dir(follow_symlinks=False))
            except FileNotFoundError:
                pass
            except OSError:
                yield None
            if len(stack) == DEEPEST and stack[-1][1]:
                stack[-1][1].clear()
                yield None
            while stack and not stack[-1][1]:
                os.close(stack.pop()[0])
            if not stack:
                return
            above, name = stack[-1][0], stack[-1][1].pop()
    finally:
        for at, _ in stack:
            os.close(at)


def remove_since(top: Path, since: float) -> None:
    """Remove what was made or changed since then: files, folders left empty, and everything that lies too deep.

    `since` is compared with `st_ctime`. Never raises: what cannot be removed stays.
    """
    with contextlib.suppress(OSError):
        at = open_folder(top, unlock=always)
        try:
            _remove_since(at, since, DEEPEST)
        finally:
            os.close(at)


def _remove_since(at: int, since: float, deeper: int) -> None:
    with os.scandir(at) as entries:
        found = [(entry.name, entry.stat(follow_symlinks=False)) for entry in entries]
    for name, was in found:
        with contextlib.suppress(OSError):
            if not stat.S_ISDIR(was.st_mode):
                if was.st_ctime >= since:
                    os.unlink(name, dir_fd=at)
            elif not deeper:
                remove_in(at, name)
            else:
                inner = open_folder(name, at, unlock=always)
                try:
                    _remove_since(inner, since, deeper - 1)
                finally:
                    os.close(inner)
                if was.st_ctime >= since:
                    os.rmdir(name, dir_fd=at)  # removes empty folders only


def remove(folder: Path) -> None:
    """Remove a folder of this user, including parts made unreadable. A link is removed, never followed.

    Never raises: what cannot be removed stays.
    """
    for _ in range(3):
        with contextlib.suppress(OSError):
            above = os.open(folder.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
            try:
                remove_in(above, folder.name)
            finally:
                os.close(above)
        if not os.path.lexists(folder):
            return
        time.sleep(AGAIN)


def remove_in(above: int, name: str) -> None:
    """Remove `name` in the folder `above`, as `remove` does. Raises `OSError` where something stays."""
    found = os.stat(name, dir_fd=above, follow_symlinks=False)
    if found.st_uid != os.geteuid():
        raise PermissionError(f"{name} is somebody else's")
    if not stat.S_ISDIR(found.st_mode):
        return os.unlink(name, dir_fd=above)
    top = open_folder(name, above, unlock=always)
    try:
        _empty(top)
    finally:
        os.close(top)
    os.rmdir(name, dir_fd=above)


def _empty(top: int) -> None:
    """Empty a folder. Nested folders are first moved up into it, so that there is one level at any time."""
    os.fchmod(top, 0o700)
    waiting = _without_files(top)
    taken = set(waiting)
    free = (name for name in map(str, count()) if name not in taken)
    while waiting:
        name = waiting.pop()
        with contextlib.suppress(OSError):
            at = open_folder(name, top, unlock=always)
            try:
                os.fchmod(at, 0o700)
                for inner in _without_files(at):
                    with contextlib.suppress(OSError):
                        os.close(open_folder(inner, at, unlock=always))
                        waiting.append(_moved(inner, at, top, next(free)))
            finally:
                os.close(at)
            os.rmdir(name, dir_fd=top)


def _moved(name: str, at: int, top: int, to: str) -> str:
    """Move a folder, which must be writable itself for that. Return its new name."""
    try:
        os.rename(name, to, src_dir_fd=at, dst_dir_fd=top)
    except PermissionError:
        fd = open_folder(name, at)
        try:
            os.fchmod(fd, 0o700)
        finally:
            os.close(fd)
        os.rename(name, to, src_dir_fd=at, dst_dir_fd=top)
    return to


def _without_files(at: int) -> list[str]:
    """Return the names of a folder's subfolders, and unlink everything else in it."""
    folders: list[str] = []
    with os.scandir(at) as entries:
        found = list(entries)
    for entry in found:
        with contextlib.suppress(OSError):
            if entry.is_dir(follow_symlinks=False):
                folders.append(entry.name)
            else:
                os.unlink(entry.name, dir_fd=at)
    return folders
