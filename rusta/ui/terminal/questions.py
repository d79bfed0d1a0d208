"""A person at the terminal is asked, with the diff in front of them, and a "no" may say why."""

import sys

from rich.console import Console
from rich.markup import escape

from rusta.core.output import console
from rusta.loop.gates.permissions import REMEMBERED, Deed, PersonAnswer
from rusta.loop.gates.yes_no import ReplyMeaning, understood
from rusta.ui.terminal import layout
from rusta.ui.terminal.progress_line import ProgressLine
from rusta.ui.terminal.typed_ahead import TypedAhead

SHOWN = 60  # characters of a draft
SHORT = 2  # words, in which there is no reason


def at_a_terminal(waiting: ProgressLine) -> "TerminalQuestions | None":
    """Who asks the person there; None where a question would go into a file, and nobody is asked what they do not see."""
    return TerminalQuestions(console(stderr=True), waiting) if sys.stdin.isatty() and sys.stderr.isatty() else None


class TerminalQuestions:
    """Puts questions on a terminal. Ctrl-C and Ctrl-D are a no; what was typed before a question was shown is no answer."""

    def __init__(self, console: Console, waiting: ProgressLine, ahead: TypedAhead | None = None) -> None:
        self.console, self.waiting, self.ahead = console, waiting, ahead or TypedAhead.of(sys.stdin)
        self._draft = ""  # that was told

    def permission(self, deed: Deed, what: str, details: str) -> PersonAnswer:
        """Yes, no with or without its reason, or always where that is remembered. What is unclear is asked again."""
        with self.waiting.away():
            layout.diff(self.console, details)
            return self._permission(deed, what)

    def yes(self, question: str) -> bool:
        """A plain question; Enter alone is a no."""
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
                unclear = answer  # perhaps a reason: if a no follows, it is
            self._again()
        return PersonAnswer(False)

    def _again(self) -> None:
        self.console.print("[missing]I cannot tell whether that is a yes or a no, so I ask again.[/missing]")

    def _line(self, words: str) -> str | None:
        """What was answered; None on Ctrl-C and Ctrl-D."""
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
        """Say once that what was typed before is no answer."""
        if draft and draft != self._draft:
            shown = " ⏎ ".join(draft.split("\n"))
            shown = f"{shown[:SHOWN]}{' …' if shown[SHOWN:] else ''}"
            self.console.print(f"[quiet](typed before I asked, so it is no answer: {escape(shown)})[/quiet]")
        self._draft = draft
