"""Whether what an entry of the journals says of an item still stands: beside the mirror's newest state, and what a workspace has locked.

An entry speaks of a state of a crate: by its version, a revision, or else its day (then of the newest release of that day). Its items
are looked up in kept APIs, in milliseconds; nothing is read of sources here. Entries that need a release that is not kept yet are
`open`: whoever has the time reads what is `missing` (`read_apis.read_missing`) and compares again. Nothing is written into an entry,
since whether it holds is another question in each workspace.
"""

import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from rusta.core.home import Home
from rusta.memory.entries.entry import Journal
from rusta.memory.index.index import IndexRow
from rusta.mirror.crate_states import CrateStates, LockedState, fits_version, state_order
from rusta.mirror.function_arguments import function_arguments
from rusta.mirror.item_difference import ItemDifference, found_items, item_difference
from rusta.mirror.item_lookup import MirrorLookup, looked_up
from rusta.mirror.kept_apis import KeptApis, KeptState, MissingRelease
from rusta.mirror.note_mentions import MIRROR_SOURCE, ItemMention, item_mentions, names_read_crate
from rusta.mirror.standing_text import StandingFacts, standing_text
from rusta.tools.dependency_entries import numbers_of

MOST_OF_A_NOTE = 3  # items of one entry that are told
MOST_IN_ALL = 8  # of all entries together


@dataclass(frozen=True)
class StandingFinding:
    """One item of one entry that differs. `by` tells how the entry's state is known: version, commit, date, signature."""

    path: str  # of the entry
    item: str
    change: str
    crate: str
    note: str
    by: str
    locked: str
    newest: str
    mirror: str
    was: str
    now: str
    holds: bool  # what the entry says is so in the version that the workspace has locked
    anchor: str
    fact: str


@dataclass
class NoteStanding:
    """Compares entries, for one home and perhaps one workspace. Not to be shared between threads."""

    home: Home
    workspace: Path | None = None
    open: list[IndexRow] = field(default_factory=list, init=False)

    def __post_init__(self) -> None:
        self.apis = KeptApis(self.home)
        self.states = CrateStates(self.home, self.workspace, self.apis)

    @property
    def missing(self) -> dict[MissingRelease, None]:
        """The releases that the last comparison lacked."""
        return self.states.missing

    def compare(self, entries: Iterable[IndexRow], seconds: float, last: bool = False) -> list[StandingFinding]:
        """Return what differs of these entries; those that cannot be compared in `seconds`, or lack something, are `open`.

        With `last` what is missing is no longer waited for.
        """
        until, found, self.open = time.monotonic() + seconds, list[StandingFinding](), []
        self.states.refresh(waits=not last)
        try:
            for entry in entries:
                if entry.journal not in (Journal.SEMANTIC, Journal.PROCEDURAL):
                    continue
                if time.monotonic() > until:
                    self.open.append(entry)
                elif names_read_crate(entry, self.states.known):
                    self.states.lacked = False
                    differing = list(self._of_entry(entry))
                    if self.states.lacked:
                        self.open.append(entry)
                    else:
                        found += differing
        finally:
            self.apis.close()
        return _most_telling(found)

    def look_up(self, request: str, entries: Sequence[IndexRow]) -> list[MirrorLookup]:
        """Return what the mirrors say of the items that a request names and none of these entries does."""
        self.states.refresh(waits=False)
        try:
            return looked_up(self.states, request, entries) if self.apis.there else []
        finally:
            self.apis.close()

    def _of_entry(self, entry: IndexRow) -> Iterator[StandingFinding]:
        told = set[str]()
        for one in item_mentions(entry, self.states.known):
            finding = self._finding(entry, one)
            if finding is not None and finding.item not in told and len(told) < MOST_OF_A_NOTE:
                told.add(finding.item)
                yield finding

    def _finding(self, entry: IndexRow, mention: ItemMention) -> StandingFinding | None:
        crate, said, states = mention.crate, mention.state, self.states
        lock, (newest, mirror) = states.locked(crate), states.newest(crate)
        noted, by = states.noted(crate, said, _day(entry), lock)
        if noted is None:
            return self._by_signature(entry, mention, lock, newest, mirror)
        back = bool(MIRROR_SOURCE.match(entry.source))
        here = there = None
        unlike = item_difference(self.apis, mention.item, noted, lock.state, back) if lock and lock.state else None
        if unlike and lock and lock.state and (by != "date" or state_order(lock.state) >= state_order(noted)):
            here = unlike  # a note without a version, from a day on which there was a newer one, may be of either
        if newest and _not_older(newest, noted):
            there = item_difference(self.apis, mention.item, noted, newest, back)
        one, state = (here, lock.state if lock else None) if here else (there, newest)
        if one is None or state is None:
            return None
        same = bool(lock) and (lock.version == noted.version or fits_version(lock.version, said.version))
        sure = by != "version" or same or fits_version(noted.version, said.version)
        facts = StandingFacts(
            crate, said.version or noted.label, by, _day(entry), one.path, lock.version if lock else "", newest.label if newest else "",
            holds=unlike is None and lock is not None and (same or (lock.state is not None and sure)), same=same,
            looked=lock is not None and lock.state is not None, there=there.said(True) if there else "",
            here=here.said(state_order(state) >= state_order(noted)) if here else "",
        )  # fmt: skip
        return _finding_of(entry, mention, one, state, facts, mirror)

    def _by_signature(
        self, entry: IndexRow, mention: ItemMention, lock: LockedState | None, newest: KeptState | None, mirror: str
    ) -> StandingFinding | None:
        """Where an entry says no state: the number of arguments in a signature that it writes."""
        written = function_arguments(mention.signature) if mention.signature else None
        for state in (lock.state if lock else None, newest):
            items = (
                [one for of in found_items(self.apis, state, mention.item) for one in of] if written and state else []
            )
            counts = {counted[0] for one in items if (counted := function_arguments(one.signature))}
            if counts and written and state and written[0] not in counts:
                one = ItemDifference(items[0].path, ("signature",), None, items[0])
                facts = StandingFacts(
                    mention.crate, "", "signature", _day(entry), one.path, lock.version if lock else "", newest.label if newest else "",
                    holds=False, same=False, looked=state is not newest, here=one.said(True) if state is not newest else "",
                    there=one.said(True) if state is newest else "", written=mention.signature,
                )  # fmt: skip
                return _finding_of(entry, mention, one, state, facts, mirror)
        return None


def _finding_of(
    entry: IndexRow, mention: ItemMention, one: ItemDifference, state: KeptState, facts: StandingFacts, mirror: str
) -> StandingFinding:
    anchor = f"{state.anchor}:{one.new.file}::{one.new.path.partition('::')[2]}" if one.new else state.anchor
    was, now = (item.signature if item else "" for item in (one.old, one.new))
    return StandingFinding(
        entry.path, one.path, one.changes[0], mention.crate, facts.note, facts.by, facts.locked, facts.newest, mirror,
        was or facts.written, now, facts.holds, anchor, standing_text(facts),
    )  # fmt: skip


def _most_telling(found: list[StandingFinding]) -> list[StandingFinding]:
    """As many as are told in a turn: one of each entry before its others. The order stays."""
    seen, ranked = dict[str, int](), list[tuple[int, int]]()
    for place, one in enumerate(found):
        seen[one.path] = seen.get(one.path, 0) + 1
        ranked.append((seen[one.path], place))
    return [found[place] for place in sorted(place for _, place in sorted(ranked)[:MOST_IN_ALL])]


def _day(entry: IndexRow) -> str:
    return f"{datetime.fromtimestamp(entry.date, UTC):%Y-%m-%d}"


def _not_older(newest: KeptState, noted: KeptState) -> bool:
    """Whether a state comes after the noted one, as far as versions tell it; those of one mirror do."""
    if newest.origin and newest.origin == noted.origin:
        return True
    numbers = numbers_of(newest.version)
    return not any(numbers) or numbers >= numbers_of(noted.version)
