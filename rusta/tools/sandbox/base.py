"""Types shared by the sandboxes: a command, its limits, and its result."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from rusta.core.errors import RustaError


class NoSandbox(RustaError):
    """No sandbox works on this machine, and the user has not agreed to do without one."""


class BadView(RustaError):
    """A command's folder, or one it would read or write, is one that untrusted code must not access."""


class Broke(RustaError):
    """The sandbox could not be set up, so the command was not run. `why` is the reason alone."""

    def __init__(self, told: str, why: str) -> None:
        super().__init__(told)
        self.why = why


@dataclass(frozen=True)
class Limits:
    """Limits for one command, over all its processes together. Generous for `cargo test` of a small crate.

    `seconds` is wall time, `memory_mb` resident memory, `disk_mb` what it may add to its writable folders,
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
    """A command to run, with what it may access. A private TMPDIR is always provided.

    The whole repository of `cwd` (or its Cargo workspace) is readable, without `.git`; `readable` adds
    paths outside, such as a path dependency.
    """

    argv: tuple[str, ...]
    cwd: Path
    writable: tuple[Path, ...] = ()
    env: Mapping[str, str] = field(default_factory=dict)
    stdin: bytes = b""
    readable: tuple[Path, ...] = ()


class Stopped(StrEnum):
    """The limit that stopped a command, or `interrupted` for Ctrl-C."""

    time = "time"
    memory = "memory"
    disk = "disk"
    output = "output"
    processes = "processes"
    interrupted = "interrupted"


@dataclass(frozen=True)
class Denial:
    """One thing the sandbox refused, and why. `path` is None where the message named none."""

    what: str
    why: str
    path: str | None = None

    def __str__(self) -> str:
        return f"The sandbox refused {self.what}: {self.why}"


@dataclass(frozen=True)
class Ran:
    """The result of a command. `code` is the exit status, or 128 + the signal that ended it, as in a shell."""

    code: int
    stdout: bytes
    stderr: bytes
    seconds: float
    stopped: Stopped | None = None
    denials: tuple[Denial, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether it ended by itself with exit status 0."""
        return self.code == 0 and self.stopped is None

    def heeding_ctrl_c(self) -> "Ran":
        """Return self. Raises `KeyboardInterrupt` where Ctrl-C ended the command, to end the whole operation."""
        if self.stopped is Stopped.interrupted:
            raise KeyboardInterrupt
        return self
