"""The choice of a machine profile ("body") for this machine, in milliseconds and without heavy imports."""

import math
import os
import subprocess
from dataclasses import dataclass
from functools import cache

from rusta.core.errors import ConfigError
from rusta.core.programs import find_program

RAM_SHARE = 0.8  # the rest is for the system and other programs


@dataclass(frozen=True)
class Body:
    """A machine profile: its name, how many tokens of a phase it can train on in reasonable time, and its memory.

    `tokens=None` is no limit: then the phase decides. `memory_gb=None` is four fifths of this machine's RAM.
    """

    name: str  # of the machine
    tokens: int | None = None  # at most so many tokens of a phase are read on it; null is no bound
    memory_gb: float | None = None  # limit for training, of the accelerator's memory if there is one; in 10^9 bytes

    def __post_init__(self) -> None:
        if self.memory_gb is not None and not 0 < self.memory_gb < math.inf:
            raise ConfigError(
                f"body.memory_gb={self.memory_gb}: more than zero, or null for four fifths of this machine's."
            )
        if self.tokens is not None and self.tokens < 1:
            raise ConfigError(f"body.tokens={self.tokens}: at least one, or null for no bound.")

    @property
    def limit(self) -> int:
        """Bytes that training may take."""
        return round(self.memory_gb * 1e9) if self.memory_gb else round(RAM_SHARE * memory_gib() * 2**30)


@dataclass(frozen=True)
class Gpu:
    """The first GPU as nvidia-smi reports it."""

    name: str
    mib: int
    driver: str


@cache
def gpu() -> Gpu | None:
    """Return the first NVIDIA GPU, or None. It is queried by running nvidia-smi, whose mere presence proves nothing."""
    program = find_program("nvidia-smi")
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
    """Return the physical memory in GiB."""
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30


def choose_body() -> tuple[str, str]:
    """Return the name of the body that fits this machine, and the reason."""
    found = gpu()
    if found is None:
        return "laptop", f"no NVIDIA GPU answers; {os.cpu_count()} cores, {memory_gib():.0f} GiB"
    what = f"{found.name}, {found.mib / 1024:.0f} GiB"
    if found.mib >= 70_000:
        return "h100", what
    if found.mib >= 22_000:
        return "rtx3090", what
    return "laptop", f"{what}: less than the 22 GiB that the 14B needs"
