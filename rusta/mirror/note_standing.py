"""Whether what an entry of the journals says of an item still stands: beside the mirror's newest state, and what a workspace has locked.

An entry speaks of a state of a crate: by its version, a revision, or else its day (then of the newest release of that day). Its items
are looked up in kept APIs (`kept_apis`), in milliseconds; nothing is read of sources here. What is not kept yet is listed in
`missing`, and the entries that need it are `open`: whoever has the time reads it (`read_apis.read_missing`) and compares again.
Nothing is written into the entry, since whether it holds is another question in each workspace.
"""

import re
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path

from rusta.core.errors import RustaError
from rusta.core.home import Home
from rusta.core.network import Network
from rusta.library.cached_crates import cached_versions
from rusta.library.crate_sources import LockedCrate, UnreadableLock, locked_crates
from rusta.memory.entries.entry import Journal
from rusta.memory.index.index import IndexRow
from rusta.mirror.item_difference import ItemDifference, NamedItem, found_items, function_arguments, item_difference
from rusta.mirror.kept_apis import KeptApis, KeptState
from rusta.mirror.mirror_state import MirrorRecords
from rusta.mirror.note_mentions import MIRROR_SOURCE, ItemMention, KnownCrates, mentions, names_read_crate
from rusta.mirror.read_apis import crate_key
from rusta.mirror.registry_index import version_order
from rusta.mirror.release_mirrors import ReleaseMirrors
from rusta.mirror.releases import CRATE
from rusta.mirror.standing_text import StandingFacts, standing_text
from rusta.tools.dependency_entries import numbers_of
from rusta.tools.manifest import root_of
from rusta.tools.sandbox.view import cargo_home

MOST_OF_A_NOTE = 3  # items of one entry that are told
FULL = re.compile(r"\d+\.\d+\.\d+")
RELEASE_FOLDER = re.compile(r"([A-Za-z][\w-]{0,63})-\d+\.\d+\.\d+")
MOST_FOLDERS = 20_000  # of cargo's sources, whose names are looked at
Missing = tuple[str, str, Path]  # package, version, sources


@dataclass(frozen=True)
class StandingFinding:
    """One item of one entry that differs. `by` tells how the entry's state is known: version, commit, date, signature."""

    entry: str
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


@dataclass(frozen=True)
class _Lock:
    """What a workspace has locked of a crate."""

    crate: LockedCrate
    state: KeptState | None


@dataclass
class NoteStanding:
    """Compares entries, for one home and perhaps one workspace. Not to be shared between threads."""

    home: Home
    workspace: Path | None = None
    missing: dict[Missing, None] = field(default_factory=dict, init=False)
    open: list[IndexRow] = field(default_factory=list, init=False)

    def __post_init__(self) -> None:
        self.apis = KeptApis(self.home)
        self._locks: tuple[object, dict[str, LockedCrate]] = (None, {})

    def compare(self, entries: Iterable[IndexRow], seconds: float, last: bool = False) -> list[StandingFinding]:
        """Return what differs of these entries; of those that cannot be compared in `seconds` nothing.

        With `last` what is missing is no longer waited for.
        """
        until = time.monotonic() + seconds
        self.missing, self.open = {}, []
        found = list[StandingFinding]()
        self._forget()
        for entry in entries:
            if entry.journal not in (Journal.SEMANTIC, Journal.PROCEDURAL):
                continue
            if time.monotonic() > until:
                self.open.append(entry)
            elif names_read_crate(entry, self._known):
                before = len(self.missing)
                differing = list(self._of_entry(entry, last))
                if len(self.missing) > before and not last:
                    self.open.append(entry)
                else:
                    found += differing
        return found

    def close(self) -> None:
        """Close the file."""
        self.apis.close()

    def _of_entry(self, entry: IndexRow, last: bool) -> Iterator[StandingFinding]:
        told = set[str]()
        for one in mentions(entry, self._known):
            finding = self._finding(entry, one, last)
            if finding is not None and finding.item not in told and len(told) < MOST_OF_A_NOTE:
                told.add(finding.item)
                yield finding

    def _finding(self, entry: IndexRow, mention: ItemMention, last: bool) -> StandingFinding | None:
        lock, (newest, mirror) = self._lock(mention.crate, last), self._newest(mention.crate, last)
        noted, by = self._noted(mention, entry, lock, last)
        targets = [one for one in (lock.state if lock else None, newest) if one is not None]
        if noted is None:
            return self._by_signature(entry, mention, targets, lock, newest, mirror)
        back = bool(MIRROR_SOURCE.match(entry.source))
        here = there = None
        unlike = item_difference(self.apis, mention.item, noted, lock.state, back) if lock and lock.state else None
        if unlike and lock and lock.state and (by != "date" or _order(lock.state) >= _order(noted)):
            here = unlike  # a note without a version, from a day on which there was a newer one, may be of either
        if newest and _not_older(newest, noted):
            there = item_difference(self.apis, mention.item, noted, newest, back)
        one, state = (here, lock.state if lock else None) if here else (there, newest)
        if one is None or state is None:
            return None
        same = bool(lock) and (lock.crate.version == noted.version or _fits(lock.crate.version, mention.state.version))
        sure = by != "version" or same or _fits(noted.version, mention.state.version)
        holds = unlike is None and lock is not None and (same or (lock.state is not None and sure))
        facts = StandingFacts(
            mention.crate, mention.state.version or noted.label, by, _day(entry), one.path, lock.crate.version if lock else "",
            newest.label if newest else "", holds, same, lock is not None and lock.state is not None,
            here.said(_order(state) >= _order(noted)) if here else "", there.said(True) if there else "",
        )  # fmt: skip
        return _finding_of(entry, mention, one, state, facts, mirror)

    def _by_signature(
        self, entry: IndexRow, mention: ItemMention, targets: Sequence[KeptState], lock: _Lock | None, newest: KeptState | None, mirror: str
    ) -> StandingFinding | None:
        """Where an entry says no state, the number of arguments of a signature that it writes."""
        written = function_arguments(mention.signature) if mention.signature else None
        for state in targets if written else ():
            items = [one for of in found_items(self.apis, state, mention.item) for one in of]
            counts = {counted[0] for one in items if (counted := function_arguments(one.signature))}
            if counts and written and written[0] not in counts:
                one = ItemDifference(items[0].path, ("signature",), None, items[0])
                facts = StandingFacts(
                    mention.crate, "", "signature", _day(entry), one.path, lock.crate.version if lock else "", newest.label if newest else "",
                    False, False, state is not newest, one.said(True) if state is not newest else "",
                    one.said(True) if state is newest else "", mention.signature,
                )  # fmt: skip
                return _finding_of(entry, mention, one, state, facts, mirror)
        return None

    # States

    def _noted(self, mention: ItemMention, entry: IndexRow, lock: _Lock | None, last: bool) -> tuple[KeptState | None, str]:
        """The state that an entry speaks of, and how that is known."""
        said, states = mention.state, self._states(mention.crate)
        if said.revision and len(said.revision) >= 7 and not FULL.match(said.revision):
            for one in states:
                if one.origin == said.mirror and one.revision.startswith(said.revision):
                    return one, "commit"
        if said.version:
            return self._of_version(said.version, mention.crate, lock, last), "version"
        day = _day(entry)
        known = [one for one in states if one.at and one.at[:10] <= day and "-" not in one.version]
        return max(known, key=lambda one: (not one.origin, _order(one), one.at), default=None), "date"

    def _of_version(self, version: str, crate: str, lock: _Lock | None, last: bool) -> KeptState | None:
        """The release of a version, the one that is locked where a version of fewer numbers fits it, or the nearest one above."""
        releases = [one for one in self._states(crate) if not one.origin]
        if lock and _fits(lock.crate.version, version) and (lock.state or not last):
            return lock.state
        fitting = [one for one in releases if _fits(one.version, version)]
        if fitting:
            return max(fitting, key=_order)
        package = lock.crate.name if lock else self._mirrored.get(crate, crate)
        here = [one for one in cached_versions(package) or cached_versions(crate.replace("_", "-")) if _fits(one.version, version)]
        if here and not last:
            self.missing[here[0].name, here[0].version, here[0].root] = None
            return None
        commits = [one for one in self._states(crate) if one.origin and one.version == version]
        above = [one for one in releases if version_order(one.version) > version_order(version)]
        return commits[-1] if commits else min(above, key=_order, default=None)

    def _lock(self, crate: str, last: bool) -> _Lock | None:
        one = self._locked.get(crate)
        if one is None:
            return None
        state = next((state for state in self._states(crate) if not state.origin and state.version == one.version), None)
        if state is None and one.root is not None and one.frozen and not last:
            self.missing[one.name, one.version, one.root] = None
        return _Lock(one, state)

    def _newest(self, crate: str, last: bool) -> tuple[KeptState | None, str]:
        """The newest state of the mirrors of a crate: of a repository's before that of its releases."""
        states = self._states(crate)
        for origin in dict.fromkeys(one.origin for one in states if one.origin):
            note = MirrorRecords(self.home.mirrors / ".rusta").note(origin)
            of = [one for one in states if one.origin == origin]
            if note.newest and of:
                return next((one for one in of if one.revision == note.newest), of[0]), origin
        if package := self._mirrored.get(crate):
            name = f"{CRATE}{package}"
            try:
                newest = ReleaseMirrors(self.home, Network(False)).record(name).newest
            except RustaError:
                return None, ""
            state = next((one for one in states if not one.origin and one.version == newest), None)
            if state is None and not last:
                root = next((one.root for one in cached_versions(package) if one.version == newest), None)
                self.missing |= {(package, newest, root): None} if root else {}
            return state, name
        return None, ""

    def _states(self, crate: str) -> list[KeptState]:
        if crate not in self._read:
            self._read[crate] = self.apis.states(crate)
        return self._read[crate]

    def _forget(self) -> None:
        """What another process may have changed since."""
        self._read = dict[str, list[KeptState]]()
        for name in ("_known", "_mirrored", "_locked"):
            self.__dict__.pop(name, None)

    @cached_property
    def _known(self) -> KnownCrates:
        read = self.apis.crates() | self._locked.keys() | self._mirrored.keys()
        return KnownCrates(frozenset(read), self._others)

    @cached_property
    def _mirrored(self) -> dict[str, str]:
        """The crates that are mirrored by their releases, by what states are kept under."""
        names = (name.removeprefix(CRATE) for name in ReleaseMirrors(self.home, Network(False)).here())
        return {crate_key(name): name for name in names}

    @cached_property
    def _others(self) -> frozenset[str]:
        """The crates whose sources are on this machine."""
        folders = (folder for registry in (cargo_home() / "registry" / "src").glob("*") for folder in registry.iterdir())
        names = (RELEASE_FOLDER.match(folder.name) for folder, _ in zip(folders, range(MOST_FOLDERS), strict=False))
        return frozenset(crate_key(one[1]) for one in names if one)

    @cached_property
    def _locked(self) -> dict[str, LockedCrate]:
        """The dependencies of the workspace, by package and by library, direct ones first; read again where the lock changed."""
        if self.workspace is None:
            return {}
        try:
            status = (root_of(self.workspace) / "Cargo.lock").stat()
            mark = status.st_mtime_ns, status.st_size
            if self._locks[0] != mark:
                crates = sorted(locked_crates(self.workspace), key=lambda one: not one.direct)
                names = ((name, one) for one in crates if not one.own for name in (crate_key(one.name), one.library, *one.names))
                self._locks = mark, {name: one for name, one in reversed(list(names))}
        except (OSError, UnreadableLock):
            return {}
        return self._locks[1]


def _finding_of(
    entry: IndexRow, mention: ItemMention, one: ItemDifference, state: KeptState, facts: StandingFacts, mirror: str
) -> StandingFinding:
    shown = one.new or one.old
    inner = shown.path.partition("::")[2] if shown else ""
    anchor = f"{state.anchor}:{one.new.file}::{inner}" if one.new else state.anchor
    was, now = (item.signature if item else "" for item in (one.old, one.new))
    return StandingFinding(
        entry.path, one.path, one.changes[0], mention.crate, facts.note, facts.by, facts.locked, facts.newest, mirror, was or facts.written,
        now, facts.holds, anchor, standing_text(facts),
    )  # fmt: skip


def _day(entry: IndexRow) -> str:
    return f"{datetime.fromtimestamp(entry.date, UTC):%Y-%m-%d}"


def _order(state: KeptState) -> tuple[object, ...]:
    return version_order(state.version)


def _not_older(newest: KeptState, noted: KeptState) -> bool:
    """Whether a state comes after the noted one, as far as versions tell it; those of one mirror do."""
    if newest.origin and newest.origin == noted.origin:
        return True
    numbers = numbers_of(newest.version)
    return not any(numbers) or numbers >= numbers_of(noted.version)


def _fits(version: str, said: str) -> bool:
    """Whether a version is the one that is said, or one of those that its first numbers name."""
    if not said or version.partition("+")[0] == said:
        return bool(said)
    numbers = numbers_of(said)
    return "-" not in said and "-" not in version and len(numbers) < 3 and numbers_of(version)[: len(numbers)] == numbers
