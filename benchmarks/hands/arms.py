"""Who may try to mend a broken crate, and the simplest who can: rustc's own machine-applicable suggestions."""

import os
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from rusta.data.mutation.judge import rust_files
from rusta.tools.cargo import Cargo
from rusta.tools.manifest import path_dependencies
from rusta.tools.sandbox.base import Limits, SandboxCommand
from rusta.tools.sandbox.protocol import Sandbox

ROUNDS = 8  # of `cargo fix`, which makes up to four of its own in each


@dataclass(frozen=True)
class Outcome:
    """What it took: steps (runs of cargo, and answers), and how many actions were asked of a mind and well formed."""

    steps: int = 0
    actions: int = 0
    wellformed: int = 0
    note: str = ""
    first_word: float | None = None  # seconds until it says what it is doing, where it says something


class Arm(Protocol):
    """One way to mend a crate. `target` is the build folder."""

    target: Path

    @property
    def name(self) -> str:
        """`rustfix`, `alone`, `rusta`."""
        ...

    @property
    def state(self) -> str:
        """A digest of what its results depend on: they are measured again when it changes."""
        ...

    def repair(self, crate: Path, seconds: float) -> Outcome:
        """Mend the crate where it lies, in at most about so many seconds."""
        ...


@dataclass
class Rustfix:
    """`cargo fix --broken-code` until it changes nothing more: what a person has for free."""

    sandbox: Sandbox
    target: Path
    name: str = "rustfix"
    state: str = "2"

    def repair(self, crate: Path, seconds: float) -> Outcome:
        """Apply every machine-applicable suggestion, again and again."""
        until = time.monotonic() + seconds
        cargo = Cargo(crate, self.sandbox, self.target, Limits(seconds=seconds))
        cargo.check()  # settles the lock file, which nothing inside the sandbox may write
        bin = cargo.installed
        # Not the crate itself: a sandbox lets nobody write to the root of what it shows.
        folders = {crate / path.relative_to(crate).parts[0] for path in rust_files(crate) if path.parent != crate}
        env = {"PATH": bin.path(), "CARGO_TARGET_DIR": os.fspath(self.target), "CARGO_NET_OFFLINE": "true"}
        words = (
            "fix",
            "--broken-code",
            "--allow-no-vcs",
            "--allow-dirty",
            "--allow-staged",
            "--all-targets",
            "--quiet",
        )
        self.target.mkdir(parents=True, exist_ok=True)
        for step in range(1, ROUNDS + 1):  # noqa: B007  how many it were is told
            before = {path: path.read_bytes() for path in rust_files(crate)}
            limits = Limits(seconds=max(1.0, until - time.monotonic()))
            command = SandboxCommand(
                (os.fspath(bin.bin / "cargo"), *words),
                crate,
                (self.target, *sorted(folders)),
                env,
                readable=path_dependencies(crate),
            )
            ran = self.sandbox.run(command, limits).heeding_ctrl_c()
            same = {path: path.read_bytes() for path in rust_files(crate)} == before
            if same or ran.stopped or time.monotonic() > until:
                break
        return Outcome(step, note="" if ran.stopped is None else f"stopped: {ran.stopped}")
