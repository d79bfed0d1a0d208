"""What the sandboxes have in common: what is run, how much it may take, and what came of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from rusta.core.errors import RustaError

if TYPE_CHECKING:
    pass


class NoSandbox(RustaError):
    """There is no way to run a stranger's code apart from the rest of this machine, and nobody said to do without."""


class BadView(RustaError):
    """A command asked to work in, or to write to, a place that a stranger's code must not have."""


class Broke(RustaError):
    """The sandbox could not be put up for this command, so the command was not run. `why` is the reason alone."""

    def __init__(self, told: str, why: str) -> None:
        super().__init__(told)
        self.why = why


@dataclass(frozen=True)
class Limits:
    """What one command may take, all its processes together. Generous for `cargo test` of a small crate.

    `seconds` is wall time, `memory_mb` resident memory, `disk_mb` what it may add to the places it can write to,
    `output_mb` stdout and stderr together. A MB is 10^6 bytes.
    """

    seconds: float = 120
    processes: int = 256
    memory_mb: int = 4096
    disk_mb: int = 2048
    output_mb: float = 16


USUAL = Limits()


@dataclass(frozen=True)
class SandboxCommand:
    """What to run, and the little it needs of the world. The private TMPDIR is always there.

    `cwd` is seen with its whole repository (or its Cargo workspace), read-only and without `.git`; `readable` adds
    places outside, such as a path dependency.
    """

    argv: tuple[str, ...]
    cwd: Path
    writable: tuple[Path, ...] = ()
    env: Mapping[str, str] = field(default_factory=dict)
    stdin: bytes = b""
    readable: tuple[Path, ...] = ()


class Stopped(StrEnum):
    """Why a command was not let finish."""

    time = "time"
    memory = "memory"
    disk = "disk"
    output = "output"
    processes = "processes"
    interrupted = "interrupted"


@dataclass(frozen=True)
class Denial:
    """One thing the sandbox refused, and why. `path` is absent where the message named none."""

    what: str
    why: str
    path: str | None = None

    def __str__(self) -> str:
        return f"The sandbox refused {self.what}: {self.why}"


@dataclass(frozen=True)
class Ran:
    """What came of a command. `code` is the exit status, or 128 + the signal that ended it, as a shell counts."""

    code: int
    stdout: bytes
    stderr: bytes
    seconds: float
    stopped: Stopped | None = None
    denials: tuple[Denial, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether it ended by itself and well."""
        return self.code == 0 and self.stopped is None

    def heeding_ctrl_c(self) -> "Ran":
        """Itself. Raises `KeyboardInterrupt` where a person ended it: they mean what they see, and not one command of it."""
        if self.stopped is Stopped.interrupted:
            raise KeyboardInterrupt
        return self
