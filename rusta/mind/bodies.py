"""Which body she has here, by a look that costs milliseconds and imports nothing heavy."""

import os
import shutil
import subprocess
from dataclasses import dataclass
from functools import cache


@dataclass(frozen=True)
class Body:
    """The machine she lives in: a name, and how many tokens of a phase it can read in reasonable time.

    `tokens=None` is no limit: then the phase decides.
    """

    name: str
    tokens: int | None = None


@dataclass(frozen=True)
class Gpu:
    """What nvidia-smi says of the first GPU."""

    name: str
    mib: int
    driver: str


@cache
def gpu() -> Gpu | None:
    """The first NVIDIA GPU, by running nvidia-smi (not by finding it), or None."""
    program = shutil.which("nvidia-smi")
    if not program:
        return None
    try:
        answer = subprocess.run(
            [program, "--query-gpu=name,memory.total,driver_version", "--format=csv,noheader,nounits"],
            capture_output=True, text=True, timeout=5,
        )  # fmt: skip
        name, mib, driver = (part.strip() for part in answer.stdout.splitlines()[0].split(","))
        return Gpu(name, int(mib), driver)
    except (OSError, subprocess.TimeoutExpired, IndexError, ValueError):
        return None


def memory_gib() -> float:
    """Physical memory in GiB."""
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30


def choose() -> tuple[str, str]:
    """The name of the body that fits this machine, and why."""
    found = gpu()
    if found is None:
        return "laptop", f"no NVIDIA GPU answers; {os.cpu_count()} cores, {memory_gib():.0f} GiB"
    what = f"{found.name}, {found.mib / 1024:.0f} GiB"
    if found.mib >= 70_000:
        return "h100", what
    if found.mib >= 22_000:
        return "rtx3090", what
    return "laptop", f"{what}: less than the 22 GiB that the 14B needs"
