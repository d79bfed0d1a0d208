"""Limit the tasks (threads and processes) of a sandbox where RLIMIT_NPROC does not: the kernel exempts root.

Uses a cgroup with `pids.max`, where this user may make one; else, since Linux 6.14, `pid_max` of the sandbox's pid
namespace.

Not covered: root on an older kernel that may not make a cgroup, as in most containers. There only the measurements,
some 50 ms apart, enforce the limit.
"""

import contextlib
import os
import subprocess
import tempfile
import time
from functools import cache
from pathlib import Path

from rusta.core.programs import find_program

NAME = "rusta-sandbox-"
LEAST = 400  # the kernel accepts no pid_max below 301
GRACE = 1.0  # seconds to wait until the last task of a cgroup has ended, and it can be removed


def bound(pid: int, most: int) -> Path | None:
    """Limit a process and its descendants to `most` tasks by a cgroup.

    Return the cgroup, to be passed to `release`; None if none could be made.
    """
    above = _above() if os.geteuid() == 0 else None
    if above is None:
        return None
    cgroup = None
    try:
        cgroup = Path(tempfile.mkdtemp(prefix=f"{NAME}{os.getpid()}-", dir=above))
        (cgroup / "pids.max").write_text(str(most))
        (cgroup / "cgroup.procs").write_text(str(pid))
    except OSError:
        release(cgroup)
        return None
    return cgroup


def release(cgroup: Path | None) -> None:
    """Remove a cgroup once its tasks have ended. Never raises."""
    until = time.monotonic() + GRACE
    while cgroup is not None and time.monotonic() < until:
        try:
            return cgroup.rmdir()
        except FileNotFoundError:
            return
        except OSError:
            time.sleep(0.005)


def bound_in_its_namespace(pid: int, most: int) -> None:
    """Limit tasks by `pid_max` of a process's pid namespace, for root. Never raises."""
    if os.geteuid() == 0 and has_own_pid_max() and (nsenter := find_program("nsenter")):
        write = ("/bin/sh", "-c", f"echo {max(LEAST, most)} > /proc/sys/kernel/pid_max")
        with contextlib.suppress(OSError, subprocess.SubprocessError):
            subprocess.run((nsenter, f"--pid=/proc/{pid}/ns/pid", "--", *write), capture_output=True, timeout=5)


def has_own_pid_max() -> bool:
    """Return whether pid namespaces have their own `pid_max`; otherwise root would change it for the whole machine."""
    version = os.uname().release.split(".")
    return (int(version[0]), int(version[1].partition("-")[0])) >= (6, 14)


@cache
def _above() -> Path | None:
    """Return the cgroup to make others in: the nearest to this process's own that delegates `pids`.

    Cgroups left there by dead processes are removed.
    """
    place = next((place for place in _places() if os.access(place, os.W_OK)), None)
    with contextlib.suppress(OSError):
        for left in place.glob(f"{NAME}*") if place else ():
            pid = left.name.removeprefix(NAME).partition("-")[0]
            if pid.isdecimal() and not Path("/proc", pid).exists():
                with contextlib.suppress(OSError):
                    left.rmdir()
    return place


def _places() -> list[Path]:
    try:
        mounts = [line.split() for line in Path("/proc/self/mounts").read_text().splitlines()]
        own = [line.split(":", 2) for line in Path("/proc/self/cgroup").read_text().splitlines()]
    except OSError:
        return []
    found: list[Path] = []
    for _, at, kind, options, *_ in mounts:
        if kind == "cgroup" and "pids" in options.split(","):
            found += [Path(at + path) for _, which, path in own if "pids" in which.split(",")]
        elif kind == "cgroup2":
            for path in (Path(at + path) for _, which, path in own if not which):
                found += [above for above in (path, *path.parents) if above.is_relative_to(at) and _passes(above)]
    return found


def _passes(cgroup: Path) -> bool:
    with contextlib.suppress(OSError):
        return "pids" in (cgroup / "cgroup.subtree_control").read_text().split()
    return False
