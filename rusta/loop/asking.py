"""A person at the terminal is asked, with the diff in front of them, and a "no" may say why."""

from rich.console import Console
from rich.markup import escape

from rusta.loop import lines
from rusta.loop.permissions import REMEMBERED, Deed, Said
from rusta.loop.waiting import Waiting


class Asking:
    """Puts questions on a terminal. Ctrl-C and Ctrl-D are a no."""

    def __init__(self, console: Console, waiting: Waiting) -> None:
        self.console, self.waiting = console, waiting

    def permission(self, deed: Deed, what: str, details: str) -> Said:
        """y, n, a(lways) where that is remembered; anything else is a no with its reason."""
        with self.waiting.away():
            return self._permission(deed, what, details)

    def yes(self, question: str) -> bool:
        """A plain question: only y or yes is a yes."""
        with self.waiting.away():
            words = f"[missing]{escape(question)}[/missing] [quiet]y/N[/quiet] "
            return self._line(words).lower() in ("y", "yes")

    def _permission(self, deed: Deed, what: str, details: str) -> Said:
        lines.diff(self.console, details)
        always = " · [bold]a[/bold]lways here" if deed in REMEMBERED else ""
        answer = self._line(
            f"[voice]May I {escape(what)}?[/voice] [quiet][bold]y[/bold]es · [bold]n[/bold]o{always} · or say why not[/quiet] "
        )
        word = answer.lower()
        if word in ("y", "yes"):
            return Said(True)
        if deed in REMEMBERED and word in ("a", "always"):
            return Said(True, always=True)
        return Said(False, why="" if word in ("", "n", "no") else answer)

    def _line(self, words: str) -> str:
        try:
            return self.console.input(words).strip()
        except (EOFError, KeyboardInterrupt):
            self.console.print()
            return ""
