"""What a command's processes take together, asked of /proc: limits per process do not add up, and do not bind root."""

import contextlib
import os
import re
import stat
from dataclasses import dataclass
from pathlib import Path

_KB = re.compile(rb"^(?:RssAnon|RssShmem|VmSwap):\s+(\d+)", re.MULTILINE)
_SHARED_KB = re.compile(rb"^(?:Pss_Anon|Pss_Shmem|SwapPss):\s+(\d+)", re.MULTILINE)
_WRITTEN = re.compile(rb"^write_bytes:\s+(\d+)", re.MULTILINE)
GONE = (FileNotFoundError, ProcessLookupError, PermissionError)  # it ended while one looked


@dataclass(frozen=True)
class ProcessTree:
    """The processes below one, and the threads in them."""

    pids: tuple[int, ...]
    threads: int

    @property
    def memory(self) -> int:
        """Resident and swapped bytes that belong to no file. What processes share is counted in each: an upper bound."""
        return 1000 * sum(_sum(_KB, f"/proc/{pid}/status") for pid in self.pids)

    @property
    def memory_apart(self) -> int:
        """The same with shared pages counted once. Slow: the kernel walks every page."""
        return 1000 * sum(_sum(_SHARED_KB, f"/proc/{pid}/smaps_rollup") for pid in self.pids)

    @property
    def written(self) -> int:
        """Bytes that they have written to disks, and those that ended and were waited for."""
        return sum(_sum(_WRITTEN, f"/proc/{pid}/io") for pid in self.pids)

    def nameless(self) -> int:
        """Bytes on disk in files that are open and in no folder any more."""
        seen: dict[tuple[int, int], int] = {}
        for pid in self.pids:
            with contextlib.suppress(*GONE):
                for entry in os.scandir(f"/proc/{pid}/fd"):
                    with contextlib.suppress(OSError):
                        held = Path(entry.path).stat()
                        if held.st_nlink == 0 and stat.S_ISREG(held.st_mode):
                            seen[held.st_dev, held.st_ino] = held.st_blocks * 512
        return sum(seen.values())


def below(root: int, enough: int) -> ProcessTree:
    """All descendants of `root`. Looks no further than `enough` of them: more is too many already."""
    pids: list[int] = []
    threads = 0
    look = [root]
    while look and len(pids) <= enough:
        pid = look.pop()
        with contextlib.suppress(*GONE):
            for task in Path(f"/proc/{pid}/task").iterdir():
                threads += 1
                with contextlib.suppress(*GONE):
                    children = [int(word) for word in (task / "children").read_bytes().split()]
                    pids += children
                    look += children
    return ProcessTree(tuple(pids), threads)


def _sum(pattern: re.Pattern[bytes], path: str) -> int:
    try:
        return sum(int(found) for found in pattern.findall(Path(path).read_bytes()))
    except GONE:
        return 0
