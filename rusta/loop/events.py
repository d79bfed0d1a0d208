"""What happens while she works, as values: the terminal renders them, the session keeps them, later phases train on them.

A turn of work is a stream of these. Each knows its name and turns into one JSON object, so that a session can be read
back, and rendered as training data, without this code.
"""

from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any

from rusta.core.output import now


class LoopStep(StrEnum):
    """Where in her loop she is."""

    READ = "read"
    THINK = "think"
    TRY = "try"
    REFINE = "refine"


@dataclass(frozen=True, kw_only=True)
class Event:
    """Something that happened, and when."""

    at: str = field(default_factory=now)

    def as_line(self) -> dict[str, Any]:
        """`type` (the class, in small letters), and every field as JSON holds it."""
        return {"type": type(self).__name__.lower(), **asdict(self)}


@dataclass(frozen=True)
class Narrated(Event):
    """A sentence of hers about what she is doing. `detail` is left out where narration is not full."""

    step: LoopStep
    text: str
    detail: bool = False


@dataclass(frozen=True)
class Said(Event):
    """A piece of her answer, as it is made."""

    text: str


@dataclass(frozen=True)
class Recalled(Event):
    """An entry of her journals that came to mind: where it lies, how old it is, how sure she was, and why it came."""

    path: str
    age: str
    confidence: str
    why: str


@dataclass(frozen=True)
class Called(Event):
    """A hand she used on her own, and what it gave back, as she sees it."""

    name: str
    arguments: dict[str, Any]
    result: str
    ok: bool


@dataclass(frozen=True)
class Looked(Event):
    """What the judge says of the workspace: codes and first lines, errors before warnings."""

    errors: list[str]
    warnings: int
    passed: int = 0
    failed: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Supposed(Event):
    """A hypothesis: where it comes from, why it might be right, what it costs, and what the compiler is predicted to say."""

    number: int
    source: str  # "compiler", "craft" (ways that anybody learns, by syntax) or "mind"
    reason: str
    trade_off: str
    gone: list[str]  # diagnostics she predicts to be gone, and none new
    diff: str


@dataclass(frozen=True)
class Tried(Event):
    """What came of a hypothesis in the scratch copy, beside what she had predicted."""

    number: int
    fixed: list[str]
    new: list[str]
    left: int  # errors
    predicted: bool
    tests: str | None  # "12 passed", "1 failed: name"; None where it did not come to tests
    seconds: float


@dataclass(frozen=True)
class Asked(Event):
    """A person is asked whether an edit may be made. This is why, and for how much; the question shows the diff."""

    paths: list[str]
    reason: str
    trade_off: str


@dataclass(frozen=True)
class Changed(Event):
    """An edit that is in the workspace now, as a step that can be taken back."""

    step: int
    paths: list[str]
    reason: str
    trade_off: str
    before: list[str]
    after: list[str]
    diff: str
    shown: bool = False  # the person has just said yes to this very diff, or to one that it is a part of
    approved: list[int] = field(
        default_factory=list
    )  # the steps that were approved as one with this, itself among them


@dataclass(frozen=True)
class Proposed(Event):
    """An edit that was not made, because nobody allowed it: the diff, for a person to apply."""

    reason: str
    trade_off: str
    diff: str
    shown: bool = False  # the person has just said no to this very diff
    number: int = 0  # to apply it by: /apply 3


@dataclass(frozen=True)
class Declined(Event):
    """Something she did not do: the gate or the person that said no, and why."""

    gate: str
    why: str


@dataclass(frozen=True)
class Checked(Event):
    """A Rust block she showed, and what the compiler made of it: "compiles", an error code, or why it cannot be known."""

    block: int
    line: int
    verdict: str
    ok: bool | None


@dataclass(frozen=True)
class Learned(Event):
    """What she takes from it, in a line, with what it hangs on."""

    lesson: str
    codes: list[str]
    paths: list[str]


@dataclass(frozen=True)
class Checkpoint(Event):
    """Does this make sense? A question after a change, for the person to answer or pass over."""

    question: str


@dataclass(frozen=True)
class Ended(Event):
    """The end of a turn of work: why, and what it took."""

    why: str  # "done", "nothing to do", "out of ideas", "out of time", "interrupted", ...
    steps: int
    seconds: float
    clean: bool  # whether the judge has nothing left to say
