"""Tasks as a person types them, on healthy crates: is it done, and does everything that was there still hold?

A task lies in a folder of `tasks/`: `task.toml` (the crate and the request), `hidden.rs` (tests that nobody sees before
they judge), and `answer.md`: a good engineer's answer, in the words that a mind has to find; it is empty where none is
needed, as in a rename that the program makes by itself. Each request goes through `build_agent` and `turn`, as in `rusta ask`.
"""

import json
import shutil
import statistics
import tempfile
import time
import tomllib
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from benchmarks.hands.reference import LOOKING, Beside, Scripted
from rusta.core.home import Home
from rusta.data.mutation.generate import SEEDS, copy
from rusta.data.mutation.judge import count_tests
from rusta.data.mutation.mutation import digest
from rusta.identity.identity import Identity
from rusta.identity.turns import Turn
from rusta.loop.agent import Person, build_agent
from rusta.loop.attempt.actions import Action, ReadCall, parse, render_reply
from rusta.loop.attempt.actions.kinds import EDITS
from rusta.loop.conversation import Conversation
from rusta.loop.events import Changed, Declined, Event, LoopStep, Narrated, Proposed, Tried
from rusta.loop.gates.permissions import Approve
from rusta.loop.session import begin
from rusta.mind.mind import Constraint, Generation, Mind, Piece
from rusta.tools.cargo import Cargo
from rusta.tools.libtest import Outcome
from rusta.tools.repair_limits import overstepped
from rusta.tools.sandbox import Confinement, Limits
from rusta.tools.sandbox.folders import remove
from rusta.tools.toolchain import Toolchain

TASKS = Path(__file__).resolve().parent / "tasks"
HIDDEN = "tests/hidden_check.rs"
TOKENS = 512  # of an answer: `generation.max_tokens`, which is 1024 unless it is set
LONGEST = 3000  # characters of an answer that are kept
SPOKEN = Generation(max_tokens=TOKENS, temperature=0.0, repetition_penalty=1.0)


@dataclass(frozen=True)
class Task:
    """One request on a crate."""

    name: str
    crate: Path
    request: str
    hidden: bytes
    answer: str  # "" where no mind is needed
    test: bool  # whether a test was asked for

    @property
    def digest(self) -> str:
        """By content."""
        files = sorted(path for path in self.crate.rglob("*") if path.is_file())
        return digest(*(path.read_bytes() for path in files), self.request, self.hidden, self.answer, str(self.test))

    def script(self) -> list[str]:
        """The answers: what it changes is read first, then changed, and then nothing more is said."""
        if not self.answer:
            return []
        edits = [action for action in parse(self.answer).actions if isinstance(action, EDITS)]
        there = [path for path in dict.fromkeys(one.path for one in edits) if (self.crate / path).is_file()]
        calls: list[Action] = [ReadCall(path) for path in there]
        return [render_reply(LOOKING, calls), self.answer, "That is all of it."]


def tasks(folder: Path = TASKS) -> list[Task]:
    """All tasks, by name."""
    return [_task(path) for path in sorted(folder.iterdir()) if (path / "task.toml").is_file()]


def _task(folder: Path) -> Task:
    said: dict[str, Any] = tomllib.loads((folder / "task.toml").read_text(encoding="utf-8"))
    answer = (folder / "answer.md").read_text(encoding="utf-8").strip()
    hidden = (folder / "hidden.rs").read_bytes()
    return Task(folder.name, SEEDS / said["crate"], said["request"], hidden, answer, said.get("test", False))


@dataclass(frozen=True)
class TaskRow:
    """What came of one task in one arm."""

    task: str
    digest: str
    arm: str
    state: str
    wellformed: bool  # an edit was said in a form that can be read and fits the file, or none had to be said
    compiles: bool  # a change compiled, in the copy
    made: bool  # it is in the tree
    passes: bool  # and there the crate's own tests and the hidden ones pass
    undone: bool  # and undo took all of it back
    answers: int  # of the mind
    seconds: float
    why: str
    said: str  # the last answer of the mind


@dataclass
class Listened(Beside):
    """A mind whose answers are kept."""

    said: list[str]

    def __post_init__(self) -> None:
        super().__post_init__()
        self.constrains = self.inner.constrains

    def stream(
        self, turns: Sequence[Turn], generation: Generation, constraint: Constraint | None = None
    ) -> Iterator[Piece]:
        """What the other says."""
        self.said.append("")
        for piece in self.inner.stream(turns, generation, constraint):
            self.said[-1] += piece.text
            yield piece


@dataclass
class TaskArm:
    """One mind for all tasks; `scripted` says each task's own answer, with the tokenizer and the window of `mind`."""

    name: str
    mind: Mind
    state: str
    scripted: bool = False

    def speaks(self, task: Task) -> Listened:
        """The mind that is asked for one task."""
        return Listened(Scripted(self.mind, task.script()) if self.scripted else self.mind, [])


class TaskBench:
    """Runs arms on tasks. Rows are appended to a file, and believed as long as task and arm are the same."""

    def __init__(self, confined: Confinement, work: Path, rows: Path) -> None:
        self.confined, self.work, self.rows = confined, work, rows

    def run(self, todo: Sequence[Task], arms: Sequence[TaskArm], told: Callable[[TaskRow], None]) -> list[TaskRow]:
        """Every row, measured or known. `told` hears of each."""
        lines = self.rows.read_text(encoding="utf-8").splitlines() if self.rows.is_file() else []
        known = [TaskRow(**json.loads(line)) for line in lines if line.startswith("{") and line.endswith("}")]
        by_key = {(row.digest, row.arm, row.state): row for row in known}
        rows: list[TaskRow] = []
        for arm in arms:
            for task in todo:
                row = by_key.get((task.digest, arm.name, arm.state))
                if row is None:
                    row = self._measure(task, arm)
                    self.rows.parent.mkdir(parents=True, exist_ok=True)
                    with self.rows.open("a", encoding="utf-8") as out:
                        out.write(json.dumps(asdict(row), ensure_ascii=False) + "\n")
                rows.append(row)
                told(row)
        return rows

    def _measure(self, task: Task, arm: TaskArm) -> TaskRow:
        folder = self.work / "tasks" / task.name
        shutil.rmtree(folder, ignore_errors=True)
        copy(task.crate, folder)
        before = _content(folder)
        mind = arm.speaks(task)
        with tempfile.TemporaryDirectory() as at:
            home = Home(at, at)
            conversation = Conversation(mind, Identity().turn(), begin(home.sessions, str(folder)), SPOKEN)
            person = Person(says=lambda line: None)
            began = time.perf_counter()
            with build_agent(
                conversation,
                home,
                person,
                str(folder),
                Approve.all,
                None,
                self.confined,
                Toolchain(),
                False,
                task.request,
                speaks=arm.scripted,
            ) as agent:
                events = list(agent.turn(task.request))
                seconds = time.perf_counter() - began
                made = any(isinstance(event, Changed) for event in events)
                passes, why = self._judged(task, folder, before) if made else (False, _last(events))
                undone = False
                if made:
                    history = agent.place.history  # type: ignore[attr-defined]
                    history.undo_approved(*(step.number for step in history.steps()))
                    undone = _content(folder) == before
        tried = any(isinstance(event, (Tried, Proposed, Changed)) for event in events)
        replies = [parse(text) for text in mind.said]
        spoken = any(not reply.problems and any(isinstance(one, EDITS) for one in reply.actions) for reply in replies)
        wellformed = tried or spoken
        compiles = any(isinstance(event, Tried) and event.left == 0 for event in events)
        return TaskRow(
            task.name, task.digest, arm.name, arm.state, wellformed, compiles, made, passes, undone, len(mind.said),
            round(seconds, 1), why, (mind.said or [""])[-1][:LONGEST],
        )  # fmt: skip

    def _judged(self, task: Task, folder: Path, before: dict[str, bytes]) -> tuple[bool, str]:
        """Whether the own tests and the hidden ones pass in the tree, and why not."""
        judged, target = self.work / "task-judged", self.work / "target-tasks"
        shutil.rmtree(judged, ignore_errors=True)
        copy(folder, judged)
        own, was = count_tests(judged), count_tests(task.crate)
        (judged / "tests").mkdir(exist_ok=True)
        (judged / HIDDEN).write_bytes(task.hidden)
        hidden = count_tests(judged) - own
        report = Cargo(judged, self.confined.choose(), target, Limits(seconds=300)).test()
        remove(target)
        passed = {test.name.rpartition("::")[2] for test in report.tests if test.outcome is Outcome.passed}
        now = _content(folder)
        changes: dict[str, bytes | None] = {
            path: now.get(path) for path in {*before, *now} if before.get(path) != now.get(path)
        }
        if report.errors:
            return False, f"the hidden check does not compile: {report.errors[0].message}"
        if report.failures:
            return False, f"fails {report.failures[0].name}"
        if not report.ok or set(hidden) - passed:
            return False, "the tests did not run to their end"
        if gone := was - own:
            return False, f"the test {next(iter(gone))} is gone"
        if task.test and own.total() == was.total():
            return False, "no test was added"
        # Where no mind is needed the task is a rename, and what is renamed is gone.
        if task.answer and (why := overstepped(changes, before.get)):
            return False, why
        return True, f"{len(passed)} tests pass"


def _content(folder: Path) -> dict[str, bytes]:
    found = (path for path in sorted(folder.rglob("*")) if path.is_file())
    kept = [path for path in found if not {"target", ".git", "Cargo.lock"} & set(path.relative_to(folder).parts)]
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in kept}


def _last(events: Sequence[Event]) -> str:
    """Why nothing was made, as far as it was said."""
    for event in reversed(events):
        if isinstance(event, Declined):
            return f"{event.gate}: {event.why}"
        if isinstance(event, Proposed):
            return event.reason
        if isinstance(event, Narrated) and event.step is not LoopStep.READ:
            return event.text
    return "no edit was said"


def task_figures(rows: Sequence[TaskRow]) -> dict[str, object]:
    """One flat object: for each arm how many were well-formed, compiled, are in the tree and pass."""
    by_arm: dict[str, list[TaskRow]] = defaultdict(list)
    for row in rows:
        by_arm[row.arm].append(row)
    said: dict[str, object] = {"n": len({row.task for row in rows})}
    for arm, mine in by_arm.items():
        said[f"n_{arm}"] = len(mine)
        for what in ("wellformed", "compiles", "made", "passes", "undone"):
            said[f"{what}_{arm}"] = sum(getattr(row, what) for row in mine)
        said[f"without_mind_{arm}"] = sum(row.passes and not row.answers for row in mine)
        said[f"seconds_median_{arm}"] = round(statistics.median(row.seconds for row in mine), 1)
    return said
