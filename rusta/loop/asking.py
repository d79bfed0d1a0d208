"""A person at the terminal is asked, with the diff in front of them, and a "no" may say why."""

from rich.console import Console
from rich.markup import escape

from rusta.loop import lines
from rusta.loop.permissions import REMEMBERED, Deed, Said
from rusta.loop.typed_ahead import TypedAhead
from rusta.loop.waiting import Waiting

SHOWN = 60  # characters of a draft


class Asking:
    """Puts questions on a terminal. Ctrl-C and Ctrl-D are a no; what was typed before a question was shown is no answer."""

    def __init__(self, console: Console, waiting: Waiting, ahead: TypedAhead | None = None) -> None:
        self.console, self.waiting, self.ahead = console, waiting, ahead or TypedAhead()

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
        self.ahead.gather()
        if draft := " ⏎ ".join(self.ahead.draft.split("\n")).strip(" ⏎"):
            said = (
                f"(typed before I asked, so it is no answer and waits: {draft[:SHOWN]}{' …' if draft[SHOWN:] else ''})"
            )
            self.console.print(f"[quiet]{escape(said)}[/quiet]")
        try:
            with self.ahead.asking():
                return self.console.input(words).strip()
        except (EOFError, KeyboardInterrupt):
            self.console.print()
            return ""
