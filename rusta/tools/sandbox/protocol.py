"""The interface of every sandbox."""

from typing import Protocol

from rusta.tools.sandbox.base import USUAL, Limits, Ran, SandboxCommand
from rusta.tools.sandbox.running import Running


class Sandbox(Protocol):
    """A sandbox for untrusted code."""

    @property
    def name(self) -> str:
        """`bubblewrap`, `landlock` or `none`."""
        ...

    def run(self, command: SandboxCommand, limits: Limits = USUAL) -> Ran:
        """Run to the end, or to the first limit. Ctrl-C ends it too, and is reported in `stopped`."""
        ...

    def start(self, command: SandboxCommand, limits: Limits = USUAL) -> "Running":
        """Start an interactive program, such as rust-analyzer. The caller has to watch its limits and close it."""
        ...
