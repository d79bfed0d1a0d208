"""What every sandbox promises: one command, run to its end within limits, and what was refused it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from rusta.tools.sandbox.none import Running


@dataclass(frozen=True)
class Limits:
    """What one command may take. Generous enough for `cargo test` of a small crate."""

    seconds: float = 120
    processes: int = 256
    memory_mb: int = 4096
    disk_mb: int = 2048
    output_mb: float = 16


@dataclass(frozen=True)
class Command:
    """A program, where it stands, and what it may write beyond its private TMPDIR."""

    argv: tuple[str, ...]
    cwd: Path
    writable: tuple[Path, ...] = ()
    env: Mapping[str, str] = field(default_factory=dict)  # added to a small allow-list of the caller's environment
    stdin: bytes = b""
    readable: tuple[Path, ...] = ()


class Stopped(StrEnum):
    """Which limit ended a command."""

    time = "time"
    memory = "memory"
    disk = "disk"
    output = "output"
    processes = "processes"
    interrupted = "interrupted"


@dataclass(frozen=True)
class Denial:
    """Something that was refused, and why."""

    what: str
    why: str

    def __str__(self) -> str:
        return f"{self.what}: {self.why}"


@dataclass(frozen=True)
class Ran:
    """How a command ended."""

    code: int
    stdout: bytes
    stderr: bytes
    seconds: float
    stopped: Stopped | None = None
    denials: tuple[Denial, ...] = ()


class Sandbox(Protocol):
    """Runs commands of strangers."""

    @property
    def name(self) -> str:
        """`bubblewrap`, `landlock` or `none`."""
        ...

    def run(self, command: Command, limits: Limits = ...) -> Ran:
        """Run it to its end or to its limit."""
        ...

    def start(self, command: Command, limits: Limits = ...) -> "Running":
        """Start a program to talk to."""
        ...
