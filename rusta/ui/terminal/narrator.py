"""Print the agent's events in a terminal: a line for each step, diffs in colour. Not the answer itself.

Narration is a separate stream, on stderr wherever stdout carries something else. `quiet` keeps what the user has to
know (changes, refusals, questions), `normal` adds what the agent is doing, `full` every hypothesis and its result.
"""

from rich.console import Console
from rich.markup import escape

from rusta.loop import events
from rusta.loop.events import Event, LoopStep
from rusta.loop.narration import Narration
from rusta.tools.sandbox import sanitize
from rusta.ui.terminal import layout

INDENT = 10  # columns before a text, for the name of its step
COLOURS = {LoopStep.READ: "cyan", LoopStep.THINK: "magenta", LoopStep.TRY: "yellow", LoopStep.REFINE: "green"}


class Narrator:
    """Prints events as they come, except `Said`: the answer is rendered elsewhere."""

    def __init__(self, console: Console, narration: Narration) -> None:
        self.console, self.narration = console, narration
        self.recalled: list[events.Recalled] = []  # in this turn, for /why

    def show(self, event: Event) -> None:
        """Print one event, in as many lines as the narration level allows."""
        quiet, full = self.narration is Narration.quiet, self.narration is Narration.full
        match event:
            case events.Narrated():
                if full or not (quiet or event.detail):
                    self._step(event.step, event.text)
            case events.Recalled():
                self.recalled.append(event)
                self._step(
                    LoopStep.READ, f"from my journals, {event.age}: {event.path}{f' ({event.why})' if full else ''}"
                )
            case events.NoteCompared() | events.MirrorLookedUp():
                self._step(LoopStep.READ, f"{event.fact}{f' ({event.anchor})' if full else ''}")
            case events.Supposed():
                if not quiet:
                    self._step(LoopStep.THINK, f"{event.number}. {event.reason} ({event.source})")
                if full:
                    layout.diff(self.console, event.diff)
                    layout.print_hanging(self.console, "", f"price: {event.trade_off}", INDENT, "quiet")
            case events.Tried():
                if not quiet:
                    self._step(LoopStep.TRY, _outcome(event))
            case events.Called():
                if not quiet:
                    said = ", ".join(f"{key}={value}" for key, value in event.arguments.items() if value)
                    self._step(LoopStep.READ if event.ok else LoopStep.TRY, f"{event.name} {said}")
                if full:
                    self.console.print(f"[quiet]{escape(sanitize(event.result))}[/quiet]")
            case events.Asked():
                self.console.print(f"\n  [voice]○[/voice] I would change [bold]{escape(', '.join(event.paths))}[/bold]")
                self._reasons(event)
            case events.Changed():
                all_ = event.approved
                steps = f"step {event.step}, one of {all_[0]} to {all_[-1]}" if len(all_) > 1 else f"step {event.step}"
                undo = "/undo takes them all back" if len(all_) > 1 else "/undo takes it back"
                said = f"[bold]{escape(', '.join(event.paths))}[/bold] [quiet]{steps} · {undo}[/quiet]"
                self.console.print(f"\n  [good]●[/good] {said}")
                if not event.shown:  # where the user has just approved it, reason and trade-off were shown as well
                    layout.diff(self.console, event.diff)
                    self._reasons(event)
            case events.Proposed():
                kept = f" [quiet]· /apply {event.number} makes it[/quiet]" if event.number else ""
                self.console.print(f"\n  [missing]○ proposed, not made[/missing]{kept}")
                if not event.shown:
                    layout.diff(self.console, event.diff)
                    self._reasons(event)
            case events.Declined():
                layout.print_hanging(self.console, "", f"{event.gate}: {event.why}", 2, "missing")
            case events.Checked():
                mark = {True: "[good]✓[/good]", False: "[bad]✗[/bad]", None: "[quiet]·[/quiet]"}[event.ok]
                self.console.print(f"  {mark} [quiet]block {event.block}: {escape(event.verdict)}[/quiet]")
            case events.Learned():
                if not quiet:
                    self._step(LoopStep.REFINE, event.lesson)
            case events.Checkpoint():
                self.console.print(f"\n  [voice]{escape(event.question)}[/voice]\n")
            case _:
                pass

    def _step(self, step: LoopStep, text: str) -> None:
        layout.print_hanging(self.console, f"  [{COLOURS[step]}]{step.value}[/]", text, INDENT)

    def _reasons(self, event: events.Asked | events.Changed | events.Proposed) -> None:
        layout.print_hanging(self.console, "    why:", event.reason, INDENT + 1)
        layout.print_hanging(self.console, "    price:", event.trade_off, INDENT + 1)
        self.console.print()


def _outcome(event: events.Tried) -> str:
    """Describe the result of a try, and whether it was as predicted."""
    if event.tests is not None:
        return f"tests: {event.tests}"
    parts = [f"gone: {_some(event.fixed)}"] if event.fixed else []
    parts += [f"new: {_some(event.new)}"] if event.new else []
    parts += [f"{event.left} left" if event.left else "it compiles"]
    return f"{'; '.join(parts)}. {'As I thought.' if event.predicted else 'Not what I predicted.'}"


def _some(names: list[str]) -> str:
    """Format the first two names, and how many more there are."""
    more = f" and {len(names) - 2} more" if len(names) > 2 else ""
    return ", ".join(names[:2]) + more
