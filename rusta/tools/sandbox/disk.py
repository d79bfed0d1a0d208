"""Measure what a command adds to the disk; folders are walked only when free space has changed, or after a while."""

import contextlib
import math
import os
import time
from collections.abc import Iterable
from pathlib import Path

from rusta.tools.sandbox.folders import always, remove_since, walked

BLOCK = 4096  # bytes that even an empty file takes, and a folder
RESERVE = 256 * 10**6  # bytes: a disk with less left counts as full
LONGEST, SHARE = 5.0, 0.05  # most seconds between walks; the share of time that walking may take


class Growth:
    """Bytes in files of `folders` that were made or changed since this object was made."""

    def __init__(self, folders: Iterable[Path], limit: int) -> None:
        self.folders = tuple(folders)
        self.limit = limit
        # A file's ctime is of the kernel's last tick, which lags behind the clock.
        self.since = time.time() - 0.02
        self.free_at_first, self.room = self._free(), self._free(BLOCK)
        self.next = time.monotonic() + LONGEST
        self.last = 0.0
        self.hiding = False  # whether a folder could not be listed in the last walk

    def due(self) -> bool:
        """Return whether to walk: free space has shrunk by an eighth of the limit, or a while has passed."""
        now, shrunk = time.monotonic(), self._shrunk()
        return now >= self.next or shrunk > self.limit or (shrunk > self.limit / 8 and now >= self.last)

    def full(self) -> bool:
        """Return whether the disk is nearly full, by whatever process, and has become fuller since the start."""
        pairs = zip(self.free_at_first, self._free(), strict=True)
        return any(free < RESERVE and first - free > BLOCK for first, free in pairs)

    def lost(self) -> int:
        """Return the bytes by which the disk has become fuller since the start, by whatever process."""
        return max(first - free for first, free in zip(self.free_at_first, self._free(), strict=True))

    def measure(self, ended: bool = False) -> int:
        """Walk the folders and return the bytes added.

        Sizes are those on disk, so holes are free; hard links count once.
        A folder that cannot be listed may hold anything, so it counts as over the limit: at once if the command has
        `ended`, else if there is one in two consecutive walks, so that a test may close a folder for a moment.
        """
        begun = time.monotonic()
        self.room = self._free(BLOCK)
        total, seen, hiding = 0, set[tuple[int, int]](), False
        for entries in (
            entries for folder in self.folders for entries in walked(folder, always if ended else self._old)
        ):
            hiding = hiding or entries is None
            for entry in entries or ():
                try:
                    found = entry.stat(follow_symlinks=False)
                except FileNotFoundError:
                    continue
                except OSError:  # in a folder that can be listed, but not searched
                    hiding = True
                    continue
                if found.st_ctime >= self.since and (found.st_dev, found.st_ino) not in seen:
                    seen.add((found.st_dev, found.st_ino))
                    total += max(found.st_blocks * 512, BLOCK)
            if total > self.limit:
                break
        if hiding and (self.hiding or ended):
            total = max(total, self.limit + 1)
        took = time.monotonic() - begun
        self.last = time.monotonic() + took / SHARE
        self.next = max(self.last, time.monotonic() + LONGEST) if not hiding else 0.0
        self.hiding = hiding
        return total

    def over(self) -> bool:
        """Return whether an ended command has exceeded the limit. Walks only where free space suggests it."""
        return (self.hiding or self._shrunk() > self.limit / 8) and self.measure(ended=True) > self.limit

    def discard(self) -> None:
        """Remove what was made or changed since the start, once nothing writes there any more. Never raises."""
        for folder in self.folders:
            remove_since(folder, self.since)

    def _old(self, found: os.stat_result) -> bool:
        """Return whether a folder was closed before the command began: it is not in use, so it may be opened."""
        return found.st_ctime < self.since

    def _shrunk(self) -> int:
        """Return the bytes by which the disk has become fuller since the last walk."""
        return max(before - room for before, room in zip(self.room, self._free(BLOCK), strict=True))

    def _free(self, inode: int = 0) -> tuple[int, ...]:
        """Return the bytes left on the disk of each folder, counting each free inode as `inode` bytes."""
        found = [os.statvfs(folder) for folder in self.folders]
        return tuple(disk.f_bfree * disk.f_frsize + disk.f_ffree * inode for disk in found)


def used(folder: Path) -> float:
    """Return the bytes on disk below a folder that is not being written to; infinity where a part cannot be listed."""
    total = 0
    for entries in walked(folder, always):
        if entries is None:
            return math.inf
        for entry in entries:
            with contextlib.suppress(FileNotFoundError):
                total += entry.stat(follow_symlinks=False).st_blocks * 512
    return total
