"""The events of a turn, as values: the terminal renders them, the session stores them, training data is made from them.

A turn of work is a stream of these. Each has a type name and converts to one JSON object, so that a session can be read
back, and rendered as training data, without this code.
"""

from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any, ClassVar

from rusta.core.output import now

SCHEMA = 1
"""Version of the lines that a session holds: raised with a field or a name that older code would read wrongly.

A session says it in its first line. Those written before there was a number are of version 1.
"""


class LoopStep(StrEnum):
    """A step of the loop."""

    READ = "read"
    THINK = "think"
    TRY = "try"
    REFINE = "refine"


@dataclass(frozen=True, kw_only=True)
class Event:
    """Something that happened, and when."""

    wire: ClassVar[str]  # its name in sessions and in JSONL: part of the format, whatever the class is called
    at: str = field(default_factory=now)

    def as_line(self) -> dict[str, Any]:
        """Return `type` (the wire name) and every field, as a JSON-compatible dict."""
        return {"type": self.wire, **asdict(self)}


@dataclass(frozen=True)
class Narrated(Event):
    """A sentence about what the agent is doing. With `detail` it is shown only if `narration=full`."""

    wire: ClassVar[str] = "narrated"
    step: LoopStep
    text: str
    detail: bool = False


@dataclass(frozen=True)
class Said(Event):
    """A piece of the answer, as it is generated."""

    wire: ClassVar[str] = "said"
    text: str


@dataclass(frozen=True)
class Recalled(Event):
    """A journal entry that was recalled: its path, its age, its confidence, and why it was found."""

    wire: ClassVar[str] = "recalled"
    path: str
    age: str
    confidence: str
    why: str


@dataclass(frozen=True)
class Quoted(Event):
    """A page of the documentation that an answer quotes: its title, where it lies, and the version it was read at."""

    wire: ClassVar[str] = "quoted"
    title: str
    page: str
    anchor: str
    version: str


@dataclass(frozen=True)
class NamesLookedUp(Event):
    """The names of Rust in what the model said of its own, looked up on this machine."""

    wire: ClassVar[str] = "names"
    known: list[str]
    unknown: list[str]
    unchecked: list[str]
    notes: list[str]


@dataclass(frozen=True)
class MarkedStale(Event):
    """A recalled entry that says otherwise than the documentation: what it says, what is so, and whether it is marked."""

    wire: ClassVar[str] = "stale"
    path: str
    date: str
    says: str
    fact: str
    marked: bool


@dataclass(frozen=True)
class NoteCompared(Event):
    """A recalled entry names an item that differs by now: in the version that is locked, or in the mirror's newest state.

    `change` is removed, added, moved, signature, unsafe, safe, gated, deprecated or undeprecated. `holds`: what the entry says is so in
    the version that this workspace has locked. `fact` is the comparison as a sentence, `anchor` where it is read.
    """

    wire: ClassVar[str] = "compared"
    path: str
    item: str
    change: str
    crate: str
    note: str  # the state that the entry speaks of, "" where it says none
    by: str  # how that is known: version, commit, date (the newest release of the entry's day), signature
    locked: str
    newest: str
    mirror: str
    was: str
    now: str
    holds: bool
    anchor: str
    fact: str


@dataclass(frozen=True)
class MirrorLookedUp(Event):
    """The request names an item of a mirrored crate, and no recalled entry does: what the mirror says of it.

    `version` is the one that is locked, else the mirror's newest; `change` how the newest differs from it, "" where it does not.
    """

    wire: ClassVar[str] = "mirror"
    item: str
    crate: str
    version: str
    newest: str
    mirror: str
    signature: str
    anchor: str
    change: str
    fact: str


@dataclass(frozen=True)
class Called(Event):
    """A tool call of the model, and its result as the model sees it."""

    wire: ClassVar[str] = "called"
    name: str
    arguments: dict[str, Any]
    result: str
    ok: bool


@dataclass(frozen=True)
class Looked(Event):
    """The diagnostics of the workspace: each error as place, code and first line, and the number of warnings."""

    wire: ClassVar[str] = "looked"
    errors: list[str]
    warnings: int
    passed: int = 0
    failed: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Supposed(Event):
    """A hypothesis: its source, its reason, its cost, the diagnostics it should end, and its diff."""

    wire: ClassVar[str] = "supposed"
    number: int
    source: str  # "compiler", "craft" (rewrites by syntax, `borrowck_fixes`) or "mind" (the model)
    reason: str
    trade_off: str
    gone: list[str]  # diagnostics predicted to be gone, with no new ones
    diff: str


@dataclass(frozen=True)
class Tried(Event):
    """The result of a hypothesis in the scratch copy, compared with the prediction."""

    wire: ClassVar[str] = "tried"
    number: int
    fixed: list[str]
    new: list[str]
    left: int  # errors that remain
    predicted: bool  # the result is as predicted
    tests: str | None  # "12 passed", "1 failed: name"; None where no tests were run
    seconds: float


@dataclass(frozen=True)
class Asked(Event):
    """A person is asked whether an edit may be made, with its reason and cost; the question itself shows the diff."""

    wire: ClassVar[str] = "asked"
    paths: list[str]
    reason: str
    trade_off: str


@dataclass(frozen=True)
class Changed(Event):
    """An edit that is in the workspace now, as a step that can be undone."""

    wire: ClassVar[str] = "changed"
    step: int
    paths: list[str]
    reason: str
    trade_off: str
    before: list[str]
    after: list[str]
    diff: str
    shown: bool = False  # the person has just approved this diff, or one that contains it
    approved: list[int] = field(
        default_factory=list
    )  # the steps that were approved together with this one, including it


@dataclass(frozen=True)
class Proposed(Event):
    """An edit that was not made, because it was not allowed: the diff, for a person to apply."""

    wire: ClassVar[str] = "proposed"
    reason: str
    trade_off: str
    diff: str
    shown: bool = False  # the person has just refused this diff
    number: int = 0  # for applying it: /apply 3


@dataclass(frozen=True)
class Declined(Event):
    """Something that was not done: the gate or the person that refused it, and why."""

    wire: ClassVar[str] = "declined"
    gate: str
    why: str


@dataclass(frozen=True)
class Checked(Event):
    """A Rust block of the answer and its verdict: "compiles", an error code, or why it cannot be checked."""

    wire: ClassVar[str] = "checked"
    block: int
    line: int
    verdict: str
    ok: bool | None


@dataclass(frozen=True)
class Learned(Event):
    """The lesson of a repair, in one line, with the error codes and files it is about."""

    wire: ClassVar[str] = "learned"
    lesson: str
    codes: list[str]
    paths: list[str]


@dataclass(frozen=True)
class Checkpoint(Event):
    """A question after a change ("Does this make sense?"), for the person to answer or ignore."""

    wire: ClassVar[str] = "checkpoint"
    question: str


@dataclass(frozen=True)
class Ended(Event):
    """The end of a turn of work: why it ended, and what it took."""

    wire: ClassVar[str] = "ended"
    why: str  # "done", "nothing to do", "out of ideas", "out of time", "interrupted", ...
    steps: int
    seconds: float
    clean: bool  # whether cargo reports no errors
