"""Render Markdown while it streams: lines that can no longer change are printed once and stay.

Only the last few lines are redrawn, so scrollback holds the answer once and a long one does not flicker.
"""

import io
import time
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.live import Live
from rich.markdown import Markdown
from rich.text import Text

from rusta.core.output import visible

LOOSE = 6  # lines at the end that more text may still change
PERIOD = 0.08  # seconds between redraws


class Appearing:
    """A context manager; within it `show` is called with all of the text so far."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self.live = Live("", console=console, refresh_per_second=12, transient=False)
        self.settled, self.drawn = 0, 0.0

    def __enter__(self) -> Self:
        self.live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.live.stop()

    def show(self, text: str, last: bool = False) -> None:
        """Draw `text`. With `last`, the lines that could still change are printed for good, too."""
        if not last and time.monotonic() - self.drawn < PERIOD:
            return
        self.drawn = time.monotonic()
        lines = self._lines(text)
        stay = len(lines) if last else max(0, len(lines) - LOOSE)
        if stay > self.settled:
            self.live.console.print(Text.from_ansi("".join(lines[self.settled : stay]).removesuffix("\n")))
            self.settled = stay
        self.live.update(Text.from_ansi("".join(lines[self.settled :])), refresh=True)

    def _lines(self, text: str) -> list[str]:
        out = io.StringIO()
        Console(file=out, force_terminal=True, width=self.console.width, color_system="truecolor").print(
            Markdown(
                visible(text), code_theme="ansi_dark"
            )  # before rendering: afterwards control characters of the text cannot be told from Rich's
        )
        return out.getvalue().splitlines(keepends=True)
