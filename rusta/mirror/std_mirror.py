"""std as a mirror: a new toolchain is its update. Compared are the items of two toolchains, as the library has read them.

Rustup replaces a toolchain's documentation, so what is kept of each is a digest. Nothing is asked of the network. What only nightly
has is not told: an item that needs a feature in both states, or in the only one that has it.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Protocol

from rusta.core.derived_files import recalled
from rusta.core.errors import RustaError
from rusta.core.home import Home, write_atomically
from rusta.core.output import now
from rusta.library.documentation import Documentation
from rusta.library.index import Library, NotBuilt
from rusta.mirror.api_changes import ApiChange, api_changes
from rusta.mirror.changed_files import ChangeCounts
from rusta.mirror.compared_states import MirrorState
from rusta.mirror.fact import UsedAt
from rusta.mirror.mirror_lock import mirror_locked
from rusta.mirror.mirrors import AlreadyThere, NoMirror
from rusta.mirror.reflection import MirrorJournal, Reflection
from rusta.mirror.release_mirrors import ReleaseRecord
from rusta.mirror.revision_changes import RevisionChanges, StepCount
from rusta.mirror.std_digest import StdDigest, digest_file, digest_of, read_digest, std_order, std_revision
from rusta.mirror.std_record import is_std_followed, std_folder, std_record_file
from rusta.mirror.substance import weighed
from rusta.mirror.upstream import STD

KEPT = 6  # digests beside those of the newest and the reflected toolchain
LARGEST_RECORD = 1 << 16  # bytes
NO_FILES = ChangeCounts(0, 0, 0, {}, 0)


class NoDigest(RustaError):
    """There is no documentation of a toolchain here, or none was kept of the one that was asked for."""


@dataclass(frozen=True)
class NoSources:
    """The files of a state of std: its sources are not read."""

    def paths(self) -> Mapping[str, str]:
        """There are none."""
        return {}

    def read(self, path: str, most: int) -> bytes | None:
        """Return None."""
        return None

    def below(self, folder: str) -> "NoSources":
        """Return the same."""
        return self


class ToolchainPages(Protocol):
    """The documentation of the toolchain here, as `rusta.library.compiler_pages` finds it: rustup is asked when it is needed."""

    @property
    def documentation(self) -> Documentation | None:
        """None where none is installed."""
        ...

    @property
    def missing(self) -> str:
        """Why there is none, and what brings it."""
        ...


@dataclass(frozen=True)
class StdMirror:
    """std of the toolchain that a folder selects."""

    home: Home
    pages: ToolchainPages

    @property
    def folder(self) -> Path:
        """Where the record and the digests lie."""
        return std_folder(self.home)

    @property
    def is_here(self) -> bool:
        """Whether std is followed."""
        return is_std_followed(self.home)

    @property
    def present(self) -> str:
        """The revision of the toolchain here; "" without its documentation."""
        documentation = self.pages.documentation
        return std_revision(documentation.version) if documentation else ""

    def add(self, since: str | None, told: StepCount) -> ReleaseRecord:
        """Follow std from the toolchain here on, or from an earlier one that was kept. `told` hears of pages that are read.

        Raises `AlreadyThere`, `NoDigest`.
        """
        if self.is_here:
            raise AlreadyThere(
                "There is a mirror std. Update it: rusta mirror update std. Away with it: rusta mirror remove std"
            )
        newest = self._read(told).revision
        if since:
            self._kept(since)
        self._keep(ReleaseRecord(since or newest, newest, now()))
        return self.record()

    def update(self, told: StepCount) -> ReleaseRecord:
        """Read the documentation of the toolchain here, where that was not done. An older one than was read last changes nothing."""
        record = self.record()
        read = self._read(told).revision
        self._keep(replace(record, newest=max(record.newest, read, key=std_order), asked=now()))
        self._prune()
        return self.record()

    def record(self) -> ReleaseRecord:
        """Return what is kept: the toolchain that was understood last, and the newest. Raises `NoMirror`."""
        found = recalled(self._record_file, _record, LARGEST_RECORD)
        if found is None:
            raise NoMirror("There is no mirror std yet. Compare toolchains from now on: rusta mirror add std")
        return found

    def listed(self) -> list[dict[str, Any]]:
        """Return std as the list of mirrors shows it, nothing where it is not followed. The toolchain here counts before it is read."""
        if not self.is_here:
            return []
        record = self.record()
        newest = max(filter(None, (record.newest, self.present)), key=std_order)
        waits = std_order(newest) > std_order(record.reflected)
        return [{"name": STD, **asdict(replace(record, newest=newest)), "waits": waits}]

    def waits(self) -> bool:
        """Whether there is a newer toolchain than the one that was understood last."""
        return bool(self.listed()[0]["waits"])

    def changes(self, since: str | None, used: UsedAt, told: StepCount) -> RevisionChanges:
        """Return what differs between a toolchain (null: the one that was understood last) and the newest. Raises `NoDigest`."""
        record = self.update(told) if self.pages.documentation else self.record()
        old, new = self._kept(since or record.reflected), self._kept(record.newest)
        api = tuple(_told(api_changes(old.api(), new.api())))
        substance = weighed((), NO_FILES, api, used)
        if not api:
            substance = replace(substance, reasons=("no stable item of std differs",))
        states = [MirrorState(one.revision, NoSources()) for one in (old, new)]
        was, now = {STD: old.revision}, {STD: new.revision}
        return RevisionChanges(STD, states[0], states[1], api, {}, now, (), (), substance, {}, was)

    def reflect(self, journal: MirrorJournal, used: UsedAt, step: Callable[[str], StepCount]) -> Reflection:
        """Write what waits into the journals, and mark it as understood. Raises `MirrorBusy` where another process does."""
        with mirror_locked(self.folder / ".reflecting", STD):
            changes = self.changes(None, used, step("pages of Rust's documentation"))
            done = journal.reflect(changes, used, step(f"{STD}: writing notes"))
            self._keep(replace(self.record(), reflected=changes.new.revision))
            return done

    def remove(self) -> None:
        """Follow std no longer; the digests stay, for the library keeps them."""
        self.record()
        self._record_file.unlink()

    def kept(self) -> list[str]:
        """Return the revisions of which a digest is kept, the newest first."""
        return sorted(
            (one.name.removesuffix(".items") for one in self.folder.glob("*.items")), key=std_order, reverse=True
        )

    @property
    def _record_file(self) -> Path:
        return std_record_file(self.home)

    def _keep(self, record: ReleaseRecord) -> None:
        write_atomically(self._record_file, json.dumps(asdict(record)))

    def _kept(self, revision: str) -> StdDigest:
        """Return a digest that was kept. Raises `NoDigest`."""
        found = read_digest(self.folder, revision) if revision in self.kept() else None
        if found is None:
            raise NoDigest(
                f"Of std {revision} nothing is kept here. There is: {', '.join(self.kept()) or 'nothing'}. "
                "Each toolchain's is kept by rusta library build, and by rusta mirror update std"
            )
        return found

    def _read(self, told: StepCount) -> StdDigest:
        """Return the digest of the toolchain here, which is taken from the library's index; that is built where it is missing."""
        documentation = self.pages.documentation
        if documentation is None:
            raise NoDigest(self.pages.missing)
        if not self.present:
            raise NoDigest(f"{documentation.root} does not say of which Rust it is ({documentation.version}).")
        if found := (read_digest(self.folder, self.present) if self.present in self.kept() else None):
            return found
        with _opened_library(self.home, documentation, told) as library:
            return keep_std_digest(self.home, library)

    def _prune(self) -> None:
        record = self.record()
        beside = [one for one in self.kept() if one not in (record.newest, record.reflected)]
        for revision in beside[KEPT:]:
            digest_file(self.folder, revision).unlink(missing_ok=True)


def keep_std_digest(home: Home, library: Library) -> StdDigest:
    """Keep the digest of an index of the library; rustup replaces the pages that it was read from."""
    digest = digest_of(library, std_revision(library.documentation.version))
    if digest.revision:
        digest.keep(std_folder(home))
    return digest


@contextmanager
def _opened_library(home: Home, documentation: Documentation, told: StepCount) -> Iterator[Library]:
    try:
        library = Library.open(home, documentation)
    except NotBuilt:
        library = Library.build(home, documentation, told)
    with library:
        yield library


def _told(changes: list[ApiChange]) -> Iterator[ApiChange]:
    """The changes of what is stable in one of the states; what lost its feature is stabilised, its members with it."""
    stabilised = {one.path for one in changes if one.change == "ungated"}
    for one in _of_another_kind(changes):
        with_its_type = one.path.rpartition("::")[0] in stabilised
        if one.change == "ungated" and not with_its_type:
            yield replace(one, change="stabilised")
        elif one.change == "gated" and one.old and not one.old.gate:
            yield replace(one, change="destabilised")
        elif one.change not in ("gated", "ungated") and (side := one.old or one.new) and not side.gate:
            yield one


def _of_another_kind(changes: list[ApiChange]) -> Iterator[ApiChange]:
    """The changes, where what is gone and new under one path, such as a struct that became an alias, is told once."""
    gone = {one.path: one for one in changes if one.change == "removed"}
    came = {one.path for one in changes if one.change == "added" and one.path in gone}
    for one in changes:
        if one.change == "added" and one.path in came:
            yield replace(one, change="signature", old=gone[one.path].old)
        elif not (one.change == "removed" and one.path in came):
            yield one


def _record(raw: bytes) -> ReleaseRecord:
    found = ReleaseRecord(**json.loads(raw))
    if not all(isinstance(one, str) for one in (found.reflected, found.newest, found.asked)):
        raise ValueError("a value is of another kind")
    return found
