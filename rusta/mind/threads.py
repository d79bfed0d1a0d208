"""How many threads an engine thinks with: as many as leave room for what else runs here, and none that wait by spinning.

With as many threads as cores, one other busy process takes a core from one of them, and the rest wait for it at every
barrier, hundreds of times a token. OpenMP's threads wait by spinning for milliseconds, on the very core that the late one
needs. Two measures, both from what can be read without privileges:

- `briefly_spinning`: OpenMP is told to spin for microseconds and then to sleep.
- `ThreadChoice`: the cores that other processes use are measured while an answer is made, and the number follows them.

Not covered: other work inside the same container's quota (`/proc/stat` counts the machine's), slower cores beside faster
ones, two engines in one process (each takes the other's work for its own). Without `/proc/stat` (macOS, Windows) the load
average at waking decides once.
"""

import math
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

LOOK_S = 0.1  # /proc/stat counts in hundredths of a second
# Turns of libgomp's waiting loop, 10 to 50 microseconds. Measured on two cores, tokens a second beside nothing and beside
# one busy process: 300: 17 and 13, 1000: 25 and 10, 3000: 24 and 9, 10000: 26 and 5, libgomp's own 300000: 26 and 0.5.
SPINS = 1000


@contextmanager
def briefly_spinning() -> Iterator[None]:
    """While a library is loaded that brings OpenMP: its threads spin briefly, then sleep. What the person set is kept.

    libgomp reads its environment once, when it is loaded, so this does nothing for one that already is. The environment is
    as before afterwards: what she starts (cargo, rust-analyzer) inherits nothing.
    """
    if "GOMP_SPINCOUNT" in os.environ or "OMP_WAIT_POLICY" in os.environ:
        yield
        return
    os.environ["GOMP_SPINCOUNT"] = str(SPINS)
    try:
        yield
    finally:
        del os.environ["GOMP_SPINCOUNT"]


@dataclass(frozen=True)
class Usage:
    """Seconds of processor time until `at`, on the cores that this process may use: by everyone, and by this process."""

    at: float
    everyone: float
    own: float


def cores(cgroup: Path = Path("/sys/fs/cgroup")) -> int:
    """Cores that this process may use: its affinity, and a container's quota (cgroup 2, or 1) rounded to the nearest."""
    allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    quota = _quota(cgroup)
    return allowed if quota is None else max(1, min(allowed, math.floor(quota + 0.5)))


def _quota(cgroup: Path) -> float | None:
    """Cores' worth of time that a container grants. A container sees its own group at the root of the mount."""
    try:
        granted, period = (cgroup / "cpu.max").read_text().split()
    except (OSError, ValueError):
        try:
            granted, period = ((cgroup / "cpu" / f"cpu.cfs_{name}_us").read_text() for name in ("quota", "period"))
        except OSError:
            return None
    try:
        return int(granted) / int(period) if int(granted) > 0 and int(period) > 0 else None
    except ValueError:  # cgroup 2 writes "max"
        return None


def usage(stat: Path = Path("/proc/stat")) -> Usage | None:
    """Until now. None where the system does not say."""
    if not hasattr(os, "sched_getaffinity"):
        return None
    mine, ticks = {f"cpu{n}" for n in os.sched_getaffinity(0)}, 0
    try:
        lines = [line.split() for line in stat.read_text().splitlines()]
    except OSError:
        return None
    for _name, *counts in (line for line in lines if line and line[0] in mine):
        user, nice, system, _idle, _waiting, interrupts, soft, stolen = (int(count) for count in counts[:8])
        ticks += user + nice + system + interrupts + soft + stolen
    own = os.times()
    return Usage(time.monotonic(), ticks / os.sysconf("SC_CLK_TCK"), own.user + own.system)


def used_by_others(before: Usage, after: Usage) -> float:
    """Cores' worth of work by other processes between two looks."""
    passed = max(after.at - before.at, 1e-9)
    return max(0.0, ((after.everyone - before.everyone) - (after.own - before.own)) / passed)


def choose(cores: int, others: float) -> int:
    """As many threads as there are cores that others leave free, to the nearest; at least one."""
    return max(1, min(cores, math.floor(cores - others + 0.5)))


@dataclass
class ThreadChoice:
    """The number for one engine, from waking to its last answer. `insisted` above zero is taken as it is.

    An engine asks `first` when it wakes, calls `begin` and `end` around each answer, and asks `next` before one.
    """

    insisted: int = 0
    cores: int = field(default_factory=cores)
    look: Callable[[], Usage | None] = usage
    current: int = 0
    others: float = 0.0  # cores' worth, when last measured
    _began: Usage | None = None
    _wanted: int = 0  # the number that the last answer would have been made with, had one known
    _regret_s: float = 0.0  # time spent answering with another number than that

    def first(self) -> int:
        """Look for `LOOK_S` and choose. Nothing of this engine's own runs yet."""
        self.current = self.insisted or self._now()
        return self.current

    def begin(self) -> None:
        """An answer begins."""
        self._began = None if self.insisted else self.look()

    def end(self) -> None:
        """An answer ended, or was left. One shorter than `LOOK_S` says nothing."""
        before, after = self._began, self.look() if self._began else None
        self._began = None
        if not before or not after or after.at - before.at < LOOK_S:
            return
        self.others = used_by_others(before, after)
        wanted = choose(self.cores, self.others)
        if wanted == self.current:
            self._regret_s = 0.0
        elif wanted != self._wanted:
            self._regret_s = after.at - before.at
        else:
            self._regret_s += after.at - before.at
        self._wanted = wanted

    def next(self, cost_s: float = 0.0) -> int:
        """The number for the next answer.

        It is another one when answers of at least `cost_s` together (what changing it takes) would have been made with
        that one, and a look now says so too: what was busy while she spoke may have ended since.
        """
        if self._wanted and self._wanted != self.current and self._regret_s >= cost_s and self._now() == self._wanted:
            self.current, self._regret_s = self._wanted, 0.0
        return self.current

    def _now(self) -> int:
        if self.cores == 1:
            return 1
        before = self.look()
        if not before:
            self.others = os.getloadavg()[0] if hasattr(os, "getloadavg") else 0.0
            return choose(self.cores, self.others)
        time.sleep(LOOK_S)
        if after := self.look():
            self.others = used_by_others(before, after)
        return choose(self.cores, self.others)
