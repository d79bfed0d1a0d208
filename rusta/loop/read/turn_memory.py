"""The loop's memory interface: recall entries for a turn, and keep lessons. The journals (DevLogs) implement it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from rusta.memory.index.index import IndexRow
from rusta.memory.index.terms import wanted

CITE = "Where you use what you wrote, name its path."


@dataclass(frozen=True)
class TurnSituation:
    """The current situation, as far as a memory can match entries to it."""

    text: str
    codes: tuple[str, ...] = ()  # E0382, clippy::redundant_clone
    crates: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()
    told: str = ""  # tool output, as rendered for a person


@dataclass(frozen=True)
class Reminder:
    """A recalled entry that enters a turn: its path, the relevant excerpt, and why it was found."""

    path: str
    text: str
    age: str
    confidence: str
    why: str
    elsewhere: str = ""  # the workspace it is about, if that is another one
    date: str = ""
    version: str = ""  # of the compiler that it names
    stale: bool = False  # the documentation says otherwise
    entry: IndexRow | None = None  # all of it
    since: tuple[str, ...] = ()  # how items that it names differ by now: sentences made of facts


@dataclass(frozen=True)
class Lesson:
    """What a piece of work taught: what happened, and the codes, crates, paths and item it is about.

    `way` is what to do first another time; after several `tries` it is also written as a habit.
    """

    title: str
    text: str
    codes: tuple[str, ...] = ()
    crates: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()
    item: str = ""  # in the first of `paths`: Ledger::add
    version: str = ""  # of the compiler: rustc 1.95.0
    way: str = ""
    tries: int = 1


class TurnMemory(Protocol):
    """The memory that the loop needs; a guest session has none."""

    def remind(self, situation: TurnSituation) -> Sequence[Reminder]:
        """Return the few entries that matter now, the most important first."""
        ...

    def keep(self, lesson: Lesson) -> str | None:
        """Write a lesson down if it is worth it. Returns the entry's path, or None."""
        ...

    def taken_back(self, path: str, yes: bool) -> Sequence[str]:
        """Mark a lesson as undone, or, with `yes` false, as redone. Returns the entries whose mark changed."""
        ...

    def outdated(self, path: str, why: str) -> None:
        """Mark an entry that the documentation contradicts."""
        ...

    def helped(self, path: str, yes: bool) -> None:
        """Record whether an entry that was in the turn was of use."""
        ...


def reminder_texts(reminders: Sequence[Reminder]) -> list[str]:
    """Return reminders as text for the prompt: entries with path, age and confidence, and a line that asks to cite."""
    found = [
        f"From your own journals, {one.path} ({one.age}, confidence {one.confidence}"
        f"{f', about another workspace, {one.elsewhere}, not this one' if one.elsewhere else ''}"
        f"{', which the documentation contradicts' if one.stale else ''}):\n{one.text}{since_text(one)}"
        for one in reminders
    ]
    return [*found, CITE] if found else []


def since_text(one: Reminder) -> str:
    """Return how items that an entry names differ by now, as the prompt has it below the entry; empty where they do not."""
    return f"\n(Read from the sources just now, and true: {' '.join(one.since)})" if one.since else ""


def uncited(answer: str, reminders: Sequence[Reminder], asked: str) -> str:
    """Return a line that names the entries which an answer uses without naming them; empty where there are none.

    An answer uses an entry if it contains a term of the entry that was not in what was `asked`.
    """
    said, known = set(wanted(answer)), set(wanted(asked))
    paths = [one.path for one in reminders if one.path not in answer and (said & set(wanted(one.text))) - known]
    return f"(From my journals: {', '.join(f'`{path}`' for path in paths)})" if paths else ""
