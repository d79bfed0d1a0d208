"""/undo, /redo, /diff and /history: the edit steps of a workspace, of this session or an earlier one.

Steps that were approved together are undone and redone together; a single step by its number. Lessons that were
written for them are marked accordingly.
"""

from collections.abc import Callable, Sequence
from datetime import datetime

from rich.console import Console
from rich.markup import escape

from rusta.core.errors import RustaError
from rusta.loop.read.turn_memory import TurnMemory
from rusta.tools.patch import EditHistory, EditStep
from rusta.ui.terminal import layout

COMMANDS = {
    "/undo": "take back what you approved last; /undo 3 for step 3 alone, /undo all",
    "/redo": "make again what was undone last; /redo 3, /redo all",
    "/diff": "what my standing edits changed; /diff 3 for that step",
    "/history": "every edit of mine here, with its reason",
}
INDENT = 9
MARKS = {"standing": "[good]●[/good]", "undone": "[missing]○[/missing]", "abandoned": "[quiet]·[/quiet]"}


class TakingBack:
    """The commands for one edit history."""

    def __init__(self, history: EditHistory, console: Console, memory: TurnMemory | None = None) -> None:
        self.history, self.console, self.memory = history, console, memory

    def command(self, name: str, words: list[str]) -> None:
        """Run one of `COMMANDS`. A refusal is printed, and nothing is changed."""
        try:
            if name == "/undo":
                self._turn("Taken back", words, self.history.undo, self.history.undo_approved)
            elif name == "/redo":
                self._turn("Made again", words, self.history.redo, self.history.redo_approved)
            elif name == "/diff":
                self._diff(words)
            else:
                self._list()
        except RustaError as refusal:  # not only `EditRefused`: a full disk raises `NoRoom`
            self.console.print(f"[missing]{escape(str(refusal))}[/missing]\n")

    def _turn(
        self,
        done: str,
        words: list[str],
        some: Callable[[str], list[EditStep]],
        approved: Callable[..., list[EditStep]],
    ) -> None:
        if words == ["all"]:
            steps = some("all")
        else:
            numbers = [self._number(word, also="all") for word in words]
            if None in numbers:
                return
            steps = approved(*numbers)
        for step in steps:
            what = f"{done}: step {step.number}, {', '.join(step.paths)} "
            layout.print_hanging(self.console, f"  {escape(what)}", f"({step.reason})", 2 + len(what), "quiet")
        for approval in dict.fromkeys(step.approval for step in steps):
            self._together(approval)
        self.console.print()

    def _together(self, approval: int) -> None:
        """Print which steps of an approval stand where only a part of them does, and mark its lessons."""
        parts = [step for step in self.history.steps() if step.approval == approval]
        standing = [str(step.number) for step in parts if step.state == "standing"]
        if standing and len(standing) < len(parts):
            numbers = ", ".join(str(step.number) for step in parts)
            self.console.print(
                f"  [missing]Of {numbers}, approved as one, there stands {', '.join(standing)}.[/missing]"
            )
        lessons = dict.fromkeys(lesson for step in parts for lesson in step.lessons)
        whole = len(standing) == len(parts)
        for path in self._marked(list(lessons), not whole):
            self.console.print(f"  [quiet]Marked as {'made again' if whole else 'taken back'}: {escape(path)}[/quiet]")

    def _marked(self, lessons: Sequence[str], yes: bool) -> list[str]:
        return [path for one in lessons for path in self.memory.taken_back(one, yes)] if self.memory else []

    def _diff(self, words: list[str]) -> None:
        number = self._number(words[0]) if words else None
        if words and number is None:
            return
        diff = self.history.diff(number)
        if diff.strip():
            layout.diff(self.console, diff)
        else:
            self.console.print("[quiet]No edit of mine stands here.[/quiet]")
        self.console.print()

    def _list(self) -> None:
        steps = self.history.steps()
        for step in steps:
            mark = f"  {MARKS[step.state]} {step.number:>3}"
            at = datetime.fromisoformat(step.at).astimezone().strftime("%Y-%m-%d %H:%M")
            layout.print_hanging(self.console, mark, f"{', '.join(step.paths)} · {at} · {step.state}", INDENT)
            layout.print_hanging(self.console, "", f"why: {step.reason}", INDENT)
            if step.trade_off:
                layout.print_hanging(self.console, "", f"price: {step.trade_off}", INDENT, "quiet")
            if others := [str(one.number) for one in steps if one.approval == step.approval and one != step]:
                layout.print_hanging(self.console, "", f"approved as one with {', '.join(others)}", INDENT, "quiet")
        if not steps:
            self.console.print("[quiet]I have changed nothing here yet.[/quiet]")
        self.console.print()

    def _number(self, word: str, also: str = "") -> int | None:
        if word.isdecimal() and int(word) > 0:
            return int(word)
        way = f"name a step by its own{f', or say {also}' if also else ''}. /history lists them."
        self.console.print(f"[missing]{escape(word)} is not a number: {way}[/missing]\n")
        return None
