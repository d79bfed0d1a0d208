"""What the loop needs of memory: something to be reminded by, and somewhere to put a lesson. The DevLogs fill it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from rusta.memory.index.terms import wanted

CITE = "Where you use what you wrote, name its path."


@dataclass(frozen=True)
class TurnSituation:
    """What is going on, as far as a memory can hang on it."""

    text: str
    codes: tuple[str, ...] = ()  # E0382, clippy::redundant_clone
    crates: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()
    told: str = ""  # by the tools, as a person would read it


@dataclass(frozen=True)
class Reminder:
    """An entry that enters a turn: where it lies, what of it matters here, and why it came to mind."""

    path: str
    text: str
    age: str
    confidence: str
    why: str
    elsewhere: str = ""  # the workspace it tells of, where that is another one


@dataclass(frozen=True)
class Lesson:
    """What a piece of work taught: what happened, and what it hangs on.

    `way` is what to do at once another time; after several `tries` it makes a habit.
    """

    title: str
    text: str
    codes: tuple[str, ...] = ()
    crates: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()
    item: str = ""  # in the first of `paths`: Ledger::add
    version: str = ""  # of the compiler that judged: rustc 1.95.0
    way: str = ""
    tries: int = 1


class TurnMemory(Protocol):
    """Her diaries, or nothing for a guest."""

    def remind(self, situation: TurnSituation) -> Sequence[Reminder]:
        """The few entries that matter now, the most important first."""
        ...

    def keep(self, lesson: Lesson) -> str | None:
        """Write a lesson down, if it is worth it. The entry's path, or None."""
        ...

    def taken_back(self, path: str, yes: bool) -> Sequence[str]:
        """Mark a lesson whose change was undone, or, with `yes` false, made again. The entries that say so now."""
        ...

    def helped(self, path: str, yes: bool) -> None:
        """An entry that was in the turn was of use, or was not."""
        ...


def pages(reminders: Sequence[Reminder]) -> list[str]:
    """Reminders as they stand beside a question: what she wrote, with where and when, to be cited by its path."""
    found = [
        f"From your own journals, {one.path} ({one.age}, confidence {one.confidence}"
        f"{f', about another workspace, {one.elsewhere}, not this one' if one.elsewhere else ''}):\n{one.text}"
        for one in reminders
    ]
    return [*found, CITE] if found else []


def uncited(answer: str, reminders: Sequence[Reminder], asked: str) -> str:
    """A line that names the entries which an answer leans on and does not name; empty where there are none.

    It leans on one where it says something that stands there and was not in what was `asked`.
    """
    said, known = set(wanted(answer)), set(wanted(asked))
    paths = [one.path for one in reminders if one.path not in answer and (said & set(wanted(one.text))) - known]
    return f"(From my journals: {', '.join(f'`{path}`' for path in paths)})" if paths else ""
