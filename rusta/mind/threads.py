"""The number of threads an engine computes with, chosen by the load on the machine, and without long busy-waiting.

With as many threads as cores, one other busy process takes a core from one thread, and the other threads wait for that
one at every barrier, hundreds of times per token. OpenMP threads wait by spinning for milliseconds, on the very core
that the late thread needs. There are two measures against this, and both need no privileges:

- `briefly_spinning`: OpenMP is configured to spin for microseconds and then to sleep.
- `ThreadChoice`: the cores used by other processes are measured while an answer is generated, and the number of threads
  follows.

Not covered: other work inside the same container's quota (`/proc/stat` counts the whole machine), slower cores beside
faster ones, and two engines in one process (each counts the other's work as its own). Without `/proc/stat` (macOS,
Windows) the load average at loading time decides once.
"""

import math
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

LOOK_S = 0.1  # seconds of one measurement; /proc/stat counts in hundredths of a second
# Iterations of libgomp's waiting loop, 10 to 50 microseconds. Measured on two cores, in tokens a second on an idle
# machine and beside one busy process: 300: 17 and 13, 1000: 25 and 10, 3000: 24 and 9, 10000: 26 and 5, libgomp's
# default 300000: 26 and 0.5.
SPINS = 1000


@contextmanager
def briefly_spinning() -> Iterator[None]:
    """Load an OpenMP library inside this context so that its threads spin briefly and then sleep.

    Variables that the user has set are kept. libgomp reads its environment once, when it is loaded, so this has no
    effect on one that is loaded already. The environment is restored afterwards: subprocesses (cargo, rust-analyzer)
    inherit nothing.
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
    """Processor seconds up to time `at` on the cores this process may use: by all processes, and by this one."""

    at: float
    everyone: float
    own: float


def cores(cgroup: Path = Path("/sys/fs/cgroup")) -> int:
    """Return the number of cores this process may use.

    That is its CPU affinity, limited by a container's quota (cgroup 2 or 1) rounded to the nearest whole number.
    """
    allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    quota = _quota(cgroup)
    return allowed if quota is None else max(1, min(allowed, math.floor(quota + 0.5)))


def _quota(cgroup: Path) -> float | None:
    """Return the cores a container's CPU quota grants, or None. A container sees its own cgroup at the mount's root."""
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
    """Return the processor time used so far, or None where the system does not report it."""
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
    """Return how many cores other processes kept busy between two measurements."""
    passed = max(after.at - before.at, 1e-9)
    return max(0.0, ((after.everyone - before.everyone) - (after.own - before.own)) / passed)


def free_cores(cores: int, others: float) -> int:
    """Return the number of cores that others leave free, rounded to the nearest; at least one."""
    return max(1, min(cores, math.floor(cores - others + 0.5)))


@dataclass
class ThreadChoice:
    """The number of threads of one engine, from loading to its last answer. `insisted` above zero is used unchanged.

    An engine calls `first` when it loads, `begin` and `end` around each answer, and `next` before each answer.
    """

    insisted: int = 0
    cores: int = field(default_factory=cores)
    look: Callable[[], Usage | None] = usage
    current: int = 0
    others: float = 0.0  # cores kept busy by other processes, when last measured
    _began: Usage | None = None
    _wanted: int = 0  # the best number for the last answer, known only after it
    _regret_s: float = 0.0  # seconds of answers generated with a number other than `_wanted`

    def first(self) -> int:
        """Measure for `LOOK_S` seconds and choose. The engine itself must not be computing yet."""
        self.current = self.insisted or self._now()
        return self.current

    def begin(self) -> None:
        """Mark the beginning of an answer."""
        self._began = None if self.insisted else self.look()

    def end(self) -> None:
        """Mark the end of an answer, complete or not. One shorter than `LOOK_S` is not evaluated."""
        before, after = self._began, self.look() if self._began else None
        self._began = None
        if not before or not after or after.at - before.at < LOOK_S:
            return
        self.others = used_by_others(before, after)
        wanted = free_cores(self.cores, self.others)
        if wanted == self.current:
            self._regret_s = 0.0
        elif wanted != self._wanted:
            self._regret_s = after.at - before.at
        else:
            self._regret_s += after.at - before.at
        self._wanted = wanted

    def next(self, cost_s: float = 0.0) -> int:
        """Return the number of threads for the next answer.

        It changes only when answers of at least `cost_s` seconds in total (the cost of the change) would have been
        better with the new number, and a measurement now confirms it: what was busy during the answer may have ended
        since.
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
            return free_cores(self.cores, self.others)
        time.sleep(LOOK_S)
        if after := self.look():
            self.others = used_by_others(before, after)
        return free_cores(self.cores, self.others)
