"""Folders that a stranger's code has filled, gone through and removed by descriptor: no link is followed, no depth is too great.

A path is looked up anew at each use, and whoever may write to a folder on its way can lead it elsewhere in between. Here
each folder is opened once, relative to the one above it and never through a link, and what is in it is named relative to
that descriptor. Depth costs neither stack nor a path's length.
"""

import contextlib
import os
import stat
import time
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

AGAIN = 0.05  # seconds: the last of its processes may still be ending
DEEPEST = 256  # levels that are walked: each holds a descriptor, and no build needs half as many
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


def always(_: os.stat_result) -> bool:
    """For `unlock`, where nobody uses the folder any more."""
    return True


def opened(name: str | Path, above: int | None = None, unlock: Callable[[os.stat_result], bool] | None = None) -> int:
    """A descriptor of the folder `name`, in the folder `above`. Raises `OSError`, for a link too.

    `unlock` says whether a folder of this user that is shut to its owner is to be made 0700.
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
                os.chmod(f"/proc/self/fd/{place}", 0o700)  # noqa: PTH101  what is open, whatever its name is by now
        finally:
            os.close(place)
        return os.open(name, _FOLDER, dir_fd=above)
    if unlock is not None:
        found = os.fstat(at)
        if found.st_mode & 0o700 != 0o700 and found.st_uid == os.geteuid() and unlock(found):
            os.fchmod(at, 0o700)
    return at


def walked(top: Path, unlock: Callable[[os.stat_result], bool]) -> Iterator[list[os.DirEntry[str]] | None]:
    """What is in a folder and in each below it, outer ones first. None for one that cannot be listed, or lies too deep.

    An entry can be asked for its `stat` until the next list is asked for. What is gone in the meantime is left out.
    """
    stack: list[tuple[int, list[str]]] = []  # each open folder, and those in it that are still to come
    above, name = None, os.fspath(top)
    try:
        while True:
            try:
                stack.append((opened(name, above, unlock), []))
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
    """What was made or changed in a folder since then goes: files, folders that are left empty, all that lies too deep.

    `since` is a time of change (`st_ctime`). Never raises: what cannot be removed stays.
    """
    with contextlib.suppress(OSError):
        at = opened(top, unlock=always)
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
                inner = opened(name, at, unlock=always)
                try:
                    _remove_since(inner, since, deeper - 1)
                finally:
                    os.close(inner)
                if was.st_ctime >= since:
                    os.rmdir(name, dir_fd=at)  # which only takes an empty one


def remove(folder: Path) -> None:
    """All of it, also what its owner inside made unreadable, if it is this user's. A link is removed, never followed.

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
    """As `remove`, for `name` in the folder `above`. Raises `OSError` where something stays."""
    found = os.stat(name, dir_fd=above, follow_symlinks=False)
    if found.st_uid != os.geteuid():
        raise PermissionError(f"{name} is somebody else's")
    if not stat.S_ISDIR(found.st_mode):
        return os.unlink(name, dir_fd=above)
    top = opened(name, above, unlock=always)
    try:
        _empty(top)
    finally:
        os.close(top)
    os.rmdir(name, dir_fd=above)


def _empty(top: int) -> None:
    """What is in a folder goes. Folders in folders are first moved up into it, so that there is one level at any time."""
    os.fchmod(top, 0o700)
    waiting = _without_files(top)
    taken = set(waiting)
    free = (name for name in map(str, count()) if name not in taken)
    while waiting:
        name = waiting.pop()
        with contextlib.suppress(OSError):
            at = opened(name, top, unlock=always)
            try:
                os.fchmod(at, 0o700)
                for inner in _without_files(at):
                    with contextlib.suppress(OSError):
                        os.close(opened(inner, at, unlock=always))
                        waiting.append(_moved(inner, at, top, next(free)))
            finally:
                os.close(at)
            os.rmdir(name, dir_fd=top)


def _moved(name: str, at: int, top: int, to: str) -> str:
    """A folder changes place, for which it must be writable itself. Returns its new name."""
    try:
        os.rename(name, to, src_dir_fd=at, dst_dir_fd=top)
    except PermissionError:
        fd = opened(name, at)
        try:
            os.fchmod(fd, 0o700)
        finally:
            os.close(fd)
        os.rename(name, to, src_dir_fd=at, dst_dir_fd=top)
    return to


def _without_files(at: int) -> list[str]:
    """The names of the folders in a folder. All else is unlinked."""
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
