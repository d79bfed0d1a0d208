"""/undo, /redo, /diff and /history: the steps of a workspace, as a person asks for them, in this session or a later one."""

from collections.abc import Callable
from datetime import datetime

from rich.console import Console
from rich.markup import escape

from rusta.errors import RustaError
from rusta.loop import lines
from rusta.tools.patch import History, Step

COMMANDS = {
    "/undo": "take my last edit back; /undo 3 or /undo all for more",
    "/redo": "make what was undone again; /redo 2, /redo all",
    "/diff": "what my standing edits changed; /diff 3 for that step",
    "/history": "every edit of mine here, with its reason",
}
INDENT = 9
MARKS = {"standing": "[good]●[/good]", "undone": "[missing]○[/missing]", "abandoned": "[quiet]·[/quiet]"}


class TakingBack:
    """The commands over one history."""

    def __init__(self, history: History, console: Console) -> None:
        self.history, self.console = history, console

    def command(self, name: str, words: list[str]) -> None:
        """Do one of `COMMANDS`. What cannot be done is said, and nothing is touched."""
        try:
            if name == "/undo":
                self._turn(self.history.undo, words, "Taken back", "There is nothing of mine to take back.")
            elif name == "/redo":
                self._turn(self.history.redo, words, "Made again", "There is nothing to make again.")
            elif name == "/diff":
                self._diff(words)
            else:
                self._list()
        except RustaError as refusal:  # a full disk is one that is no `Refused`
            self.console.print(f"[missing]{escape(str(refusal))}[/missing]\n")

    def _turn(self, turn: Callable[[int | str], list[Step]], words: list[str], done: str, nothing: str) -> None:
        number = self._number(words, also="all")
        if number is None:
            return
        steps = turn(number)
        if not steps:
            self.console.print(f"[quiet]{nothing}[/quiet]\n")
        for step in steps:
            what = f"{done}: step {step.number}, {', '.join(step.paths)} "
            lines.beside(self.console, f"  {escape(what)}", f"({step.reason})", 2 + len(what), "quiet")
        self.console.print()

    def _diff(self, words: list[str]) -> None:
        number = self._number(words) if words else None
        if words and number is None:
            return
        diff = self.history.diff(number if isinstance(number, int) else None)
        if diff.strip():
            lines.diff(self.console, diff)
        else:
            self.console.print("[quiet]No edit of mine stands here.[/quiet]")
        self.console.print()

    def _list(self) -> None:
        for step in self.history.steps():
            mark = f"  {MARKS[step.state]} {step.number:>3}"
            at = datetime.fromisoformat(step.at).astimezone().strftime("%Y-%m-%d %H:%M")
            lines.beside(self.console, mark, f"{', '.join(step.paths)} · {at} · {step.state}", INDENT)
            lines.beside(self.console, "", f"why: {step.reason}", INDENT)
            if step.trade_off:
                lines.beside(self.console, "", f"price: {step.trade_off}", INDENT, "quiet")
        if not self.history.steps():
            self.console.print("[quiet]I have changed nothing here yet.[/quiet]")
        self.console.print()

    def _number(self, words: list[str], also: str = "") -> int | str | None:
        word = words[0] if words else "1"
        if word.isdecimal() and int(word) > 0:
            return int(word)
        if also and word == also:
            return word
        self.console.print(f"[missing]{escape(word)}: a number of steps{f', or {also}' if also else ''}.[/missing]\n")
        return None
