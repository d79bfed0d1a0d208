"""A progress line while nothing else is printed: how long the agent has worked, and that Ctrl-C stops it.

A small model on a laptop reads a compiler message for a minute before its first token, and silence looks like a crash.
"""

import time
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field

from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from rusta.core.output import console
from rusta.loop.events import Event, LoopStep, Narrated, Said, Supposed, Tried


@dataclass
class ProgressLine:
    """Draws on a terminal, and nowhere else."""

    console: Console
    line: Progress | None = field(default=None, init=False)
    asked_s: float = field(default=0.0, init=False)  # seconds that the user took to answer questions

    def between(self, events: Iterable[Event]) -> Iterator[Event]:
        """Yield the same events, with the line shown while waiting for one. Streamed text needs none."""
        coming, last = iter(events), None
        while True:
            with nullcontext() if isinstance(last, Said) else self.moving(_doing(last)):
                last = next(coming, None)
            if last is None:
                return
            yield last

    @classmethod
    def on_stderr(cls) -> "ProgressLine":
        """Return a progress line on stderr."""
        return cls(console(stderr=True))

    @contextmanager
    def away(self) -> Iterator[None]:
        """Hide the line while the user is asked something."""
        line, began = self.line, time.monotonic()
        if line:
            line.stop()
        try:
            yield
        finally:
            self.asked_s += time.monotonic() - began
            if line:
                line.start()

    def moving(self, words: str, stopped: str = "stops me") -> AbstractContextManager[object]:
        """Show the line for one piece of work: what it is, how long it has taken, and what Ctrl-C does to it."""
        return self._drawn(words, stopped) if self.console.is_terminal else nullcontext()

    @contextmanager
    def _drawn(self, words: str, stopped: str) -> Iterator[None]:
        columns = (SpinnerColumn(), TextColumn("[quiet]{task.description}"), TimeElapsedColumn(),
                   TextColumn(f"[quiet]· Ctrl-C {stopped}"))  # fmt: skip
        self.line = Progress(*columns, console=self.console, transient=True, refresh_per_second=8)
        self.line.add_task(words, total=None)
        try:
            with self.line:
                yield
        finally:
            self.line = None


def _doing(last: Event | None) -> str:
    match last:
        case Supposed() | Narrated(step=LoopStep.TRY):
            return "cargo tries it"
        case Tried(left=0, tests=None):
            return "the tests run"
        case Narrated(step=LoopStep.READ):
            return "reading"
        case _:
            return "thinking"
