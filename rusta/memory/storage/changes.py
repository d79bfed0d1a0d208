"""Detect changed files: one stat per file, and reading only where stat cannot be trusted.

A folder whose own stamp is unchanged has the same names and is not listed again; each file in it is still checked for
size, times and inode. A file or folder that was read within `RACY_NS` of its last change could change again without
its stamp changing (file system clocks are coarse), so it stays unsettled and is read again the next time, as in
git. Symbolic links are not followed: their targets are not part of the journals.

Not covered: a network file system whose clock is more than `RACY_NS` ahead or behind, and a program that changes a
file and then sets its times back to the same nanosecond.
"""

import os
import stat
import time
from dataclasses import dataclass, field
from operator import attrgetter
from pathlib import Path

from rusta.memory.entries.entry import Journal
from rusta.memory.storage.store import is_text

RACY_NS = 2_000_000_000  # resolution: FAT 2 s; ext4 and APFS a kernel tick
FileStamp = tuple[int, int, int, int]
stamp = attrgetter("st_size", "st_mtime_ns", "st_ctime_ns", "st_ino")


@dataclass(slots=True)
class WatchedFolder:
    """The last known state of a folder: its stamp, its files with their stamps, and its subfolders."""

    stamp: FileStamp
    settled: bool
    files: dict[str, FileStamp] = field(default_factory=dict)
    folders: tuple[str, ...] = ()
    unsettled: set[str] = field(default_factory=set)  # files to read again whatever their stamp


@dataclass
class FolderChanges:
    """Result of a scan. Paths are relative to the root, with forward slashes."""

    look_into: list[str] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)
    folders: dict[str, WatchedFolder] = field(default_factory=dict)  # those that were listed again
    notes: list[str] = field(default_factory=list)


def settled(*times_ns: int, now_ns: int) -> bool:
    """Whether any change made after `now_ns` must be visible in these times."""
    return max(times_ns) < now_ns - RACY_NS


def since(root: Path, known: dict[str, WatchedFolder]) -> FolderChanges:
    """Compare the journals below `root` with the `known` state. Raises OSError if `root` cannot be read."""
    found = FolderChanges()
    reached: set[str] = set()
    todo = [""]
    while todo:
        rel = todo.pop()
        try:
            # The root itself may be a symbolic link: the user decides where the journals are kept.
            handle = os.open(root / rel, os.O_RDONLY | os.O_DIRECTORY | (os.O_NOFOLLOW if rel else 0))
        except OSError as error:
            if not rel:
                raise
            found.notes.append(f"{rel}/ cannot be opened ({error.strerror}): I go on with what I knew of it.")
            reached.update(path for path in known if path == rel or path.startswith(f"{rel}/"))
            continue
        try:
            folder = _folder(rel, handle, known.get(rel), found)
        finally:
            os.close(handle)
        reached.add(rel)
        todo.extend(_join(rel, name) for name in folder.folders)
    for rel in known.keys() - reached:
        found.gone.extend(_join(rel, name) for name in known[rel].files)
        found.folders[rel] = WatchedFolder((0, 0, 0, 0), False)
    return found


def _folder(rel: str, handle: int, known: WatchedFolder | None, found: FolderChanges) -> WatchedFolder:
    at = time.time_ns()
    mine = stamp(os.fstat(handle))  # before the listing, so that a file added meanwhile changes it
    prefix = f"{rel}/" if rel else ""
    if known and known.settled and known.stamp == mine:
        look, ask = os.stat, stamp  # local names: they are called a hundred thousand times
        try:
            odd = [
                name
                for name, was in known.files.items()
                if ask(look(name, dir_fd=handle, follow_symlinks=False)) != was
            ]
        except FileNotFoundError:
            pass  # a file was just removed: list the folder again
        else:
            found.look_into.extend(prefix + name for name in known.unsettled.union(odd))
            return known
    files: dict[str, FileStamp] = {}
    folders: list[str] = []
    before, doubted = (known.files, known.unsettled) if known else ({}, set())
    with os.scandir(handle) as entries:
        for entry in entries:
            name = entry.name
            if name.startswith("."):
                continue
            if not name.isascii() and not is_text(name):
                found.notes.append(f"{prefix}{name!a} has a name that is not UTF-8: rename it and I will read it.")
            elif entry.is_symlink():
                found.notes.append(f"{prefix}{name} is a symbolic link: not part of the journals, so I left it out.")
            elif entry.is_dir(follow_symlinks=False):
                if rel or name in set(Journal):
                    folders.append(name)
            elif rel and name.endswith(".md"):
                try:
                    status = entry.stat(follow_symlinks=False)
                except FileNotFoundError:
                    continue
                if stat.S_ISREG(status.st_mode):
                    files[name] = stamp(status)
    found.look_into.extend(prefix + name for name, now in files.items() if before.get(name) != now or name in doubted)
    found.gone.extend(prefix + name for name in before if name not in files)
    found.folders[rel] = WatchedFolder(mine, settled(mine[1], mine[2], now_ns=at), files, tuple(folders), doubted)
    return found.folders[rel]


def _join(rel: str, name: str) -> str:
    return f"{rel}/{name}" if rel else name
