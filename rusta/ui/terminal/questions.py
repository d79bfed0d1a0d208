"""Ask the user at the terminal, with the diff on screen; a "no" may include a reason."""

import sys

from rich.console import Console
from rich.markup import escape

from rusta.core.output import console
from rusta.loop.gates.permissions import REMEMBERED, Deed, PersonAnswer
from rusta.loop.gates.yes_no import ReplyMeaning, understood
from rusta.ui.terminal import layout
from rusta.ui.terminal.progress_line import ProgressLine
from rusta.ui.terminal.typed_ahead import TypedAhead

SHOWN = 60  # characters of a draft that are shown
SHORT = 2  # words; an answer of at most so many holds no reason


def at_a_terminal(waiting: ProgressLine) -> "TerminalQuestions | None":
    """Return what asks the user at the terminal; None where a question would not be seen (stdin or stderr is none)."""
    return TerminalQuestions(console(stderr=True), waiting) if sys.stdin.isatty() and sys.stderr.isatty() else None


class TerminalQuestions:
    """Asks questions on a terminal. Ctrl-C and Ctrl-D mean no; keys typed before a question was shown are no answer."""

    def __init__(self, console: Console, waiting: ProgressLine, ahead: TypedAhead | None = None) -> None:
        self.console, self.waiting, self.ahead = console, waiting, ahead or TypedAhead.of(sys.stdin)
        self._draft = ""  # that was reported

    def permission(self, deed: Deed, what: str, details: str) -> PersonAnswer:
        """Return yes, no with or without a reason, or always where that is remembered. Asks again if unclear."""
        with self.waiting.away():
            layout.diff(self.console, details)
            return self._permission(deed, what)

    def yes(self, question: str) -> bool:
        """Ask a yes/no question; Enter alone means no."""
        words = f"[missing]{escape(question)}[/missing] [quiet]y/N[/quiet] "
        with self.waiting.away():
            while (answer := self._line(words)) and (meaning := understood(answer).meaning) is ReplyMeaning.unclear:
                self._again()
            return bool(answer) and meaning is ReplyMeaning.yes

    def _permission(self, deed: Deed, what: str) -> PersonAnswer:
        remembered = deed in REMEMBERED
        always = " · [bold]a[/bold]lways here" if remembered else ""
        words = (
            f"[voice]May I {escape(what)}?[/voice] "
            f"[quiet][bold]y[/bold]es · [bold]n[/bold]o, and why if you like{always}[/quiet] "
        )
        unclear = ""
        while (answer := self._line(words)) is not None:
            taken = understood(answer, remembered)
            if taken.meaning is ReplyMeaning.no:
                return PersonAnswer(False, why=taken.why or unclear)
            if taken.meaning is not ReplyMeaning.unclear:
                return PersonAnswer(True, always=taken.meaning is ReplyMeaning.always)
            if len(answer.split()) > SHORT and not answer.endswith("?"):
                unclear = answer  # perhaps a reason: used as one if a no follows
            self._again()
        return PersonAnswer(False)

    def _again(self) -> None:
        self.console.print("[missing]I cannot tell whether that is a yes or a no, so I ask again.[/missing]")

    def _line(self, words: str) -> str | None:
        """Return the answer; None on Ctrl-C and Ctrl-D."""
        with self.ahead.held():
            self.ahead.gather()
            self._told(self.ahead.draft.strip())
            try:
                with self.ahead.asking():
                    return self.console.input(words).strip()
            except (EOFError, KeyboardInterrupt):
                self.console.print()
                return None

    def _told(self, draft: str) -> None:
        """Say once that text typed before the question is no answer."""
        if draft and draft != self._draft:
            shown = " ⏎ ".join(draft.split("\n"))
            shown = f"{shown[:SHOWN]}{' …' if shown[SHOWN:] else ''}"
            self.console.print(f"[quiet](typed before I asked, so it is no answer: {escape(shown)})[/quiet]")
        self._draft = draft
