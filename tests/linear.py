"""Limits that linear work misses by far, and that quadratic or endless work exceeds by far, on any machine."""

import resource
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

SECONDS = 6.0  # of this process alone, so that whatever else runs on the machine does not count
MEMORY = 2 << 30  # bytes more than the process has


class TooMuch(AssertionError):
    """The work took more than its processor time, or than its memory."""


@contextmanager
def soon(seconds: float = SECONDS) -> Iterator[None]:
    """Fail what takes more processor time, or memory. Regular expressions are interrupted, too: they look for signals as they go."""

    def over(number: int, frame: FrameType | None) -> None:
        raise TooMuch(f"more than {seconds} s of processor time: the work does not grow with the text")

    before, memory = signal.signal(signal.SIGPROF, over), resource.getrlimit(resource.RLIMIT_AS)
    taken = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (taken + MEMORY, memory[1]))
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    except MemoryError:
        raise TooMuch(f"more than {MEMORY >> 20} MB: the work does not grow with the text") from None
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)
        resource.setrlimit(resource.RLIMIT_AS, memory)
