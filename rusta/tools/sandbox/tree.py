"""Measure what all processes of a command use together, from /proc: rlimits are per process and do not bind root."""

import contextlib
import os
import re
import stat
from dataclasses import dataclass
from pathlib import Path

_KB = re.compile(rb"^(?:RssAnon|RssShmem|VmSwap):\s+(\d+)", re.MULTILINE)
_SHARED_KB = re.compile(rb"^(?:Pss_Anon|Pss_Shmem|SwapPss):\s+(\d+)", re.MULTILINE)
_WRITTEN = re.compile(rb"^write_bytes:\s+(\d+)", re.MULTILINE)
GONE = (FileNotFoundError, ProcessLookupError, PermissionError)  # it ended meanwhile


@dataclass(frozen=True)
class ProcessTree:
    """All descendants of a process, and the number of their threads."""

    pids: tuple[int, ...]
    threads: int

    @property
    def memory(self) -> int:
        """Resident and swapped bytes not backed by files. Shared pages count once per process: an upper bound."""
        return 1000 * sum(_sum(_KB, f"/proc/{pid}/status") for pid in self.pids)

    @property
    def memory_apart(self) -> int:
        """The same with shared pages counted once. Slow: the kernel walks every page."""
        return 1000 * sum(_sum(_SHARED_KB, f"/proc/{pid}/smaps_rollup") for pid in self.pids)

    @property
    def written(self) -> int:
        """Bytes written to disks by these processes and by those of their children that were waited for."""
        return sum(_sum(_WRITTEN, f"/proc/{pid}/io") for pid in self.pids)

    def nameless(self) -> int:
        """Return the bytes on disk in files that are open and have been unlinked."""
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
    """Return all descendants of `root`. Stops after about `enough` of them: more exceed the limit anyway."""
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
