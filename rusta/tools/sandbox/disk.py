"""What a command adds to the disk, without walking its folders more often than the disk says that something changed."""

import os
import time
from collections.abc import Iterable
from pathlib import Path

BLOCK = 4096  # what even an empty file takes, and a folder
RESERVE = 256 * 10**6  # bytes: a disk with less left is full for everybody else
LONGEST, SHARE = 5.0, 0.05  # seconds between walks at most; the share of the time that walking may take


class Growth:
    """Bytes in files that were made or changed since this was made, in `folders`."""

    def __init__(self, folders: Iterable[Path], limit: int) -> None:
        self.folders = tuple(folders)
        self.limit = limit
        # A file's time of change is the kernel's tick, which lags behind the clock.
        self.since = time.time() - 0.02
        self.free_at_first, self.room = self._free(), self._free(BLOCK)
        self.next = time.monotonic() + LONGEST
        self.last = 0.0

    def due(self) -> bool:
        """Whether it is time to walk: the disk has shrunk by a good part of what is allowed, or a while has passed."""
        now = time.monotonic()
        shrunk = any(before - room > self.limit / 8 for before, room in zip(self.room, self._free(BLOCK), strict=True))
        return now >= self.next or (shrunk and now >= self.last)

    def full(self) -> bool:
        """Whether the disk is about to be full, by whomever, having become fuller since the start."""
        pairs = zip(self.free_at_first, self._free(), strict=True)
        return any(free < RESERVE and first - free > BLOCK for first, free in pairs)

    def measure(self) -> int:
        """Walk. Sizes are those on disk, so that holes cost nothing; hard links count once."""
        begun = time.monotonic()
        self.room = self._free(BLOCK)
        total, seen, look = 0, set[tuple[int, int]](), [os.fspath(folder) for folder in self.folders]
        while look:
            try:
                entries = list(os.scandir(look.pop()))
            except OSError:  # gone, or shut by its owner inside, who has no other way to use it
                continue
            for entry in entries:
                try:
                    found = entry.stat(follow_symlinks=False)
                except OSError:
                    continue
                if entry.is_dir(follow_symlinks=False):
                    look.append(entry.path)
                if found.st_ctime >= self.since and (found.st_dev, found.st_ino) not in seen:
                    seen.add((found.st_dev, found.st_ino))
                    total += max(found.st_blocks * 512, BLOCK)
            if total > self.limit:
                break
        took = time.monotonic() - begun
        self.last = time.monotonic() + took / SHARE
        self.next = max(self.last, time.monotonic() + LONGEST)
        return total

    def _free(self, inode: int = 0) -> tuple[int, ...]:
        """Bytes left on the disk of each folder; empty files, too, use it up if an inode is said to be worth something."""
        found = [os.statvfs(folder) for folder in self.folders]
        return tuple(disk.f_bfree * disk.f_frsize + disk.f_ffree * inode for disk in found)
