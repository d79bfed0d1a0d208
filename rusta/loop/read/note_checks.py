"""Recalled entries beside the mirrors and the lock: what they say of an item that differs by now, as events of the turn.

An entry is compared before the answer where what is needed is kept, in `SECONDS` at most. Otherwise what is missing (a release that was
never read) is read when the answer stands, and told below it; the next turn has it before.
"""

import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from rusta.core.home import Home
from rusta.loop.events import MirrorLookedUp, NoteCompared
from rusta.loop.read.turn_memory import Reminder
from rusta.memory.index.index import IndexRow

if TYPE_CHECKING:
    from rusta.mirror.kept_apis import MissingRelease
    from rusta.mirror.note_standing import NoteStanding, StandingFinding

SECONDS = 0.15  # before the answer
AFTER_SECONDS = 1.0  # from which on no further release is read behind the answer
MOST_BYTES = 4_000_000  # of sources of a release that is read behind an answer
LAST_SECONDS = 0.5
FROM_MIRRORS = "Read from the sources of mirrored crates just now, and true:"


@dataclass
class NoteChecks:
    """The comparison for one conversation. `root` is the workspace, if there is one."""

    home: Home
    root: Path | None = None
    _open: dict[str, IndexRow] = field(default_factory=dict, init=False)  # entries that lack something, by path
    _missing: "dict[MissingRelease, None]" = field(default_factory=dict, init=False)
    pages: list[str] = field(default_factory=list, init=False)  # what the last `looked_up` came to

    @cached_property
    def _standing(self) -> "NoteStanding":
        from rusta.mirror.note_standing import NoteStanding

        return NoteStanding(self.home, self.root)

    def looked_up(self, request: str, reminders: Sequence[Reminder]) -> list[MirrorLookedUp]:
        """Return what the mirrors say of the items that a request names and no reminder does; `pages` then has it for the prompt."""
        entries = [one.entry for one in reminders if one.entry is not None]
        found = self._standing.look_up(request, entries) if self.mirrored else []
        self.pages = [f"{FROM_MIRRORS}\n" + "\n".join(f"- {one.fact}" for one in found)] if found else []
        return [MirrorLookedUp(**asdict(one)) for one in found]

    @property
    def mirrored(self) -> bool:
        """Whether anything is mirrored."""
        return self.home.mirrors.is_dir()

    def compared(self, reminders: Sequence[Reminder]) -> tuple[list[Reminder], list[NoteCompared]]:
        """Return the reminders with what differs, and an event for each difference."""
        entries = [one.entry for one in reminders if one.entry is not None]
        if not entries:
            return list(reminders), []
        found = self._standing.compare(entries, SECONDS)
        self._open |= {one.path: one for one in self._standing.open}
        self._missing |= self._standing.missing
        facts = {one.path: tuple(it.fact for it in found if it.path == one.path) for one in reminders}
        return [replace(one, since=facts[one.path]) for one in reminders], [_event(one) for one in found]

    def later(self) -> list[NoteCompared]:
        """Read what the comparisons of this turn lacked, as far as that is quick, and return what it comes to."""
        if not self._open:
            return []
        from rusta.mirror.read_apis import read_missing

        entries, missing, until = list(self._open.values()), list(self._missing), time.monotonic() + AFTER_SECONDS
        self._open, self._missing = {}, {}
        read_missing(self.home, missing, MOST_BYTES, lambda: time.monotonic() < until)
        return [_event(one) for one in self._standing.compare(entries, LAST_SECONDS, last=True)]


def _event(one: "StandingFinding") -> NoteCompared:
    return NoteCompared(**asdict(one))
