"""What every sandbox answers to: the type that whoever runs a stranger's code holds."""

from typing import Protocol

from rusta.tools.sandbox.base import USUAL, Limits, Ran, SandboxCommand
from rusta.tools.sandbox.running import Running


class Sandbox(Protocol):
    """A place for strangers' code."""

    @property
    def name(self) -> str:
        """`bubblewrap`, `landlock` or `none`."""
        ...

    def run(self, command: SandboxCommand, limits: Limits = USUAL) -> Ran:
        """Run to the end, or to the first limit. Ctrl-C ends it too, and is reported in `stopped`."""
        ...

    def start(self, command: SandboxCommand, limits: Limits = USUAL) -> "Running":
        """Start a program to talk to, such as rust-analyzer. Whoever starts it watches it and stops it."""
        ...
