"""A good engineer's repair as the words of a mind: the references, turned into answers that only a script gives.

Nothing is bypassed: the answers go through the parser, the window of a real model, the gates, the judge and the undo. So
what is measured is whether the framework lets a right repair through, and a wrong one not.
"""

import shutil
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.hands.measure import Case, placed
from rusta.data.mutation.judge import Judge
from rusta.identity.identity import NAME
from rusta.identity.turns import Turn
from rusta.loop.attempt.actions import Action, ReadCall, ReplaceItem, WholeFile, render_reply
from rusta.loop.attempt.repair_search import Budget
from rusta.loop.attempt.repair_session import Mended, RepairSession
from rusta.loop.events import Declined, Event, LoopStep, Narrated, Tried
from rusta.loop.gates.permissions import Approve
from rusta.loop.read.tool_runner import ToolRunner
from rusta.loop.think.conversing_proposer import ConversingProposer
from rusta.loop.workplace import Workplace
from rusta.mind.mind import Constraint, Generation, Mind, Piece
from rusta.tools import items
from rusta.tools.sandbox import Limits, Sandbox

REASON = "The cause is mended where it lies, in every file that it takes, and nothing else is changed."
LOOKING = "I read what I am going to change before I change it."
PAGE = 240  # lines of one read call
TOKENS = 2000  # of an answer


@dataclass
class Beside:
    """The tokenizer and the window of a mind that is awake."""

    inner: Mind

    def __post_init__(self) -> None:
        self.name, self.context = self.inner.name, self.inner.context

    def wake(self, adapter: Path | None = None) -> None:
        """Do nothing: the other is awake."""

    def count(self, turns: Sequence[Turn]) -> int:
        """Count with the other's tokenizer."""
        return self.inner.count(turns)


@dataclass
class Scripted(Beside):
    """A mind that says what it is told to, with the tokenizer and the window of another."""

    script: list[str]
    constrains: bool = False
    asked: list[str] = field(default_factory=list)  # the last turn of every question

    def stream(
        self, turns: Sequence[Turn], generation: Generation, constraint: Constraint | None = None
    ) -> Iterator[Piece]:
        """Say the next line of the script, as one piece; at its end, that there is nothing more."""
        self.asked.append(turns[-1].text)
        yield Piece(self.script.pop(0) if self.script else "I have nothing more to say.", 1, finish="stop")


Change = Mapping[str, bytes | None]


def changed(broken: Path, fixed: Path) -> dict[str, bytes | None]:
    """The files in which two folders differ, as they are in the second."""
    files = {path.relative_to(folder) for folder in (broken, fixed) for path in folder.rglob("*") if path.is_file()}
    kept = [path for path in files if not {"target", ".git", "Cargo.lock"} & set(path.parts)]
    now = {path.as_posix(): content(fixed / path) for path in sorted(kept)}
    return {path: text for path, text in now.items() if text != content(broken / path)}


def content(path: Path) -> bytes | None:
    """The bytes of a file, None where there is none."""
    return path.read_bytes() if path.is_file() else None


def answers(broken: Path, change: Change) -> list[str]:
    """Two answers: the calls that read what will change, and the edits."""
    calls: list[Action] = []
    for path in change:
        if (old := content(broken / path)) is not None:
            lines = old.count(b"\n") + 1
            calls += [ReadCall(path, first=first) for first in range(1, lines + 1, PAGE)]
    edits = [edit(path, content(broken / path), new or b"") for path, new in change.items()]
    return [*([render_reply(LOOKING, calls)] if calls else []), render_reply(REASON, edits)]


def edit(path: str, old: bytes | None, new: bytes) -> Action:
    """One item, where only one differs; else the whole file."""
    if old is not None and path.endswith(".rs"):
        was, now = ({(one.kind, one.path, one.trait): one for one in items.items(side)} for side in (old, new))
        differ = [
            key for key, one in now.items()
            if key in was and new[one.start : one.end] != old[was[key].start : was[key].end]
        ]  # fmt: skip
        inner = min(differ, key=lambda key: now[key].end - now[key].start, default=None)
        if inner is not None and was.keys() == now.keys():
            one, before = now[inner], was[inner]
            if old[: before.start] + new[one.start : one.end] + old[before.end :] == new:
                return ReplaceItem(one.qualified, new[one.start : one.end].decode(), path)
    return WholeFile(path, new.decode())


@dataclass(frozen=True)
class Landed:
    """What became of one scripted repair."""

    made: bool  # it is in the tree
    fixed: bool  # and the judge says so
    undone: bool  # and undo took all of it back
    why: str


@dataclass
class Ceiling:
    """Gives scripted repairs to the loop. `mind` lends its tokenizer and window."""

    mind: Mind
    sandbox: Sandbox
    work: Path

    def land(self, case: Case, script: Callable[[Path], list[str]]) -> Landed:
        """Let a script mend a copy of the crate, judge it, and take it back."""
        folder = placed(case.folder, self.work / "ceiling" / case.name)
        home = self.work / "ceiling-home"
        shutil.rmtree(home, ignore_errors=True)
        mind = Scripted(self.mind, script(folder))
        place = Workplace.open(folder / case.asked, home, self.sandbox, Limits(seconds=300), Approve.all, None, "bench")
        with place.history:
            place.scratch.sync()
            report = place.trial.check(all_targets=True)
            if not report.errors:
                return Landed(False, False, False, "no error to end")
            before = {path: content(folder / path) for path in tree(folder)}
            proposer = ConversingProposer(mind, Generation(max_tokens=TOKENS), NAME, place, ToolRunner(place))
            why, ended = heard(RepairSession(place, proposer, Budget(search=0.0, answers=1), None).run(report))
            if not ended.made:
                same = before == {path: content(folder / path) for path in tree(folder)}
                return Landed(not same, False, same, why)
            said = Judge(self.sandbox, self.work / "target-judge").judge(self.copy(folder), case.folder, case.asked)
            place.history.undo_approved(*(step.number for step in place.history.steps()))
            after = {path: content(folder / path) for path in tree(folder)}
            return Landed(True, said.fixed, after == before, said.why)

    def copy(self, folder: Path) -> Path:
        """A copy to judge in: the judge restores tests where it works."""
        there = self.work / "ceiling-judged"
        shutil.rmtree(there, ignore_errors=True)
        return Path(shutil.copytree(folder, there, ignore=shutil.ignore_patterns("target", ".git")))


def tree(folder: Path) -> list[str]:
    """The files of a crate but its lock, which cargo writes."""
    found = (path.relative_to(folder) for path in sorted(folder.rglob("*")) if path.is_file())
    return [path.as_posix() for path in found if not {"target", ".git", "Cargo.lock"} & set(path.parts)]


def heard(events: Generator[Event, None, Mended]) -> tuple[str, Mended]:
    """Run a stream of events to its end; return why something was declined or not used, and what it comes to."""
    said = "nothing was said"
    while True:
        try:
            event = next(events)
        except StopIteration as stop:
            return said, stop.value
        if isinstance(event, Declined):
            said = f"{event.gate}: {event.why}"
        elif isinstance(event, Narrated) and event.step is LoopStep.THINK and event.text.startswith("no answer"):
            said = event.text
        elif isinstance(event, Tried):
            said = f"{event.left} errors left; {event.tests or 'no test ran'}"
