"""The mirrors of a home: those that options offer, those that a person added; bringing them, and what changed in them."""

import hashlib
import json
import shutil
from collections.abc import Mapping
from contextlib import AbstractContextManager, suppress
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from rusta.core.errors import ConfigError, RustaError
from rusta.core.home import Home
from rusta.core.network import Network
from rusta.core.output import aside, now
from rusta.mirror.checkout import LaidOut, lay_out
from rusta.mirror.commit_files import DamagedRepository
from rusta.mirror.commits import MirrorCommit, PathChange
from rusta.mirror.mirror_lock import MirrorBusy, mirror_locked
from rusta.mirror.mirror_state import MirrorRecords
from rusta.mirror.repository import (
    GitLines,
    MirrorRepository,
    NoRevision,
    NoUpstream,
    OfferedRefs,
    opened_mirror,
    size_of,
)
from rusta.mirror.trimming import cut, held_commits, oldest_commit_time, trim
from rusta.mirror.upstream import NAME, STD, TAGS, Upstream, name_for

MOST_BYTES = 500_000_000  # of a mirror
MOST_IN_ALL = 5_000_000_000


class NoMirror(RustaError):
    """There is no mirror of that name."""


class AlreadyThere(RustaError):
    """There is a mirror of that name already."""


@dataclass(frozen=True)
class MirrorUpdate:
    """What an update of a mirror came to. `before` is the newest state before it, "" at the first."""

    name: str
    address: str
    followed: str
    before: str
    newest: str
    reflected: str
    commits: list[MirrorCommit] = field(default_factory=list)
    changes: list[PathChange] = field(default_factory=list)
    laid_out: LaidOut | None = None
    notes: list[str] = field(default_factory=list)

    @property
    def new(self) -> bool:
        """Whether something came."""
        return self.before != self.newest


@dataclass(frozen=True)
class MirrorChanges:
    """What differs between two states of a mirror."""

    old: str
    new: str
    commits: list[MirrorCommit]
    changes: list[PathChange]


@dataclass(frozen=True)
class Mirrors:
    """All mirrors of a home. `offered` are the options; `most` and `in_all` bound what they take on the disk, in bytes."""

    home: Home
    offered: Mapping[str, Upstream]
    network: Network
    most: int = MOST_BYTES
    in_all: int = MOST_IN_ALL

    @property
    def records(self) -> MirrorRecords:
        """What is kept beside the repositories."""
        return MirrorRecords(self.home.mirrors / ".rusta")

    def here(self) -> list[str]:
        """Return the names of the mirrors that were added or brought."""
        folders = self.home.mirrors.iterdir() if self.home.mirrors.is_dir() else []
        brought = [one.name for one in folders if NAME.fullmatch(one.name) and one.is_dir() and not one.is_symlink()]
        return sorted({*self.records.added(), *(name for name in brought if name in self.offered)})

    def upstream(self, name: str) -> Upstream:
        """Return what a mirror is of. Raises `NoMirror`, `DamagedRecord`."""
        base = self.offered.get(name)
        if found := self.records.upstream(name, base) or base if NAME.fullmatch(name) else None:
            return found
        known = sorted({*self.here(), *self.offered})
        raise NoMirror(
            f"There is no mirror {name!r}. There are: {', '.join(known)}. Another: rusta mirror add URL|PATH name=NAME"
        )

    def must_be_here(self, name: str) -> Path:
        """Return the folder of a mirror. Raises `NoMirror`, also where it was never brought."""
        upstream, folder = self.upstream(name), self.home.mirrors / name
        if not MirrorRepository(folder).newest:
            raise NoMirror(
                f"The mirror {name} was not brought yet. Bring it: {self._command(f'update {name}', upstream)}"
            )
        return folder

    def add(
        self, said: str, name: str | None, options: Mapping[str, Any], heard: GitLines | None = None
    ) -> MirrorUpdate:
        """Add a mirror of an address, a folder, or the option of a name, and bring it. What fails is not kept."""
        known = self.offered.get(said)
        address = known.address if known else _address(said)
        name = name or (said if known else name_for(address))
        if not NAME.fullmatch(name):
            raise ConfigError(f"{name!r} is no name for a mirror: small letters, digits, - and _. Say one: name=NAME")
        if name == STD:
            raise ConfigError("The mirror std is that of this toolchain's std. Give this one another name: name=NAME")
        record: dict[str, Any] = {}
        if not known or name != said or options:
            record = {**(asdict(known) if known and name != said else {}), "address": address, **_instead(options)}
        base = self.offered.get(name)
        upstream = replace(base, **record) if base else Upstream(**record)
        if name in self.here():
            raise AlreadyThere(f"There is a mirror {name}, of {self.upstream(name).address}. Update it: rusta mirror update {name}. "
                               f"Another name: name=NAME. Away with it: rusta mirror remove {name}")  # fmt: skip
        self._must_reach(name, upstream, f"add {said}")
        if record:
            self.records.add(name, record)
        try:
            return self.update(name, heard)
        except MirrorBusy:  # another process adds it
            raise
        except BaseException:
            self.remove(name)
            raise

    def update(self, name: str, heard: GitLines | None = None) -> MirrorUpdate:
        """Bring what is new in a mirror's upstream; the first time, create the mirror.

        Raises `DoorShut`, `NoUpstream`, `NotBrought`, `MirrorBusy`, `DamagedRepository`.
        """
        upstream = self.upstream(name)
        self._must_reach(name, upstream, f"update {name}")
        with self._locked(name) as lock, opened_mirror(self.home.mirrors / name, lock) as repository:
            try:
                return self._update(name, upstream, repository, heard)
            except DamagedRepository as error:
                command = self._command(f"renew {name}", upstream)
                raise DamagedRepository(
                    f"{error} Make the mirror anew; what was reflected is kept: {command}"
                ) from None

    def _update(
        self, name: str, upstream: Upstream, repository: MirrorRepository, heard: GitLines | None
    ) -> MirrorUpdate:
        note, notes = self.records.note(name), list[str]()
        repository.clear()
        if not repository.exists:
            repository.create()
        offered = repository.offered(upstream)
        ref, commit = upstream.chosen(offered.default, offered.refs)
        before, tags, layout = repository.newest, _digest(_tags(offered)), _digest(asdict(upstream))
        if commit != before:
            newest = repository.bring(upstream, ref, note.depth or upstream.depth, heard)
            if not repository.reflected and note.reflected:
                notes += self._understood_again(name, note.reflected, upstream, repository)
            repository.move(newest, _tags(offered))
        elif tags != note.tags:
            repository.move(before, _tags(offered))
        newest = repository.newest
        laid_out = None
        if repository.laid_out != newest or layout != note.layout:
            laid_out = lay_out(repository, newest, upstream)
        found = MirrorUpdate(
            name, upstream.address, ref, before, newest, repository.reflected, laid_out=laid_out, notes=notes
        )
        if found.new and before:
            found = replace(
                found, commits=repository.commits(before, newest), changes=repository.changed_paths(before, newest)
            )
        if laid_out and not any(path.endswith((".rs", "Cargo.toml")) for path in repository.files(newest).paths()):
            notes.append(
                f"{name} holds no Rust: no .rs file and no Cargo.toml. I keep it; there is no API to read in it."
            )
        at = now()
        note = replace(note, newest=newest, reflected=found.reflected, followed=ref, asked=at, tags=tags, layout=layout)
        if laid_out or not note.size:
            self.records.keep(name, note)  # before trimming, which may be interrupted
            trimmed = trim(repository, self.most, aside)
            depth = trimmed.commits if trimmed else note.depth
            note = replace(note, brought=at, depth=depth, size=trimmed.size if trimmed else repository.size())
        self.records.keep(name, note)
        return found

    def _understood_again(self, name: str, commit: str, upstream: Upstream, repository: MirrorRepository) -> list[str]:
        """Bring the state that was understood into a mirror that was made anew; return what is to be said."""
        old = self._aside(name)
        sources = [(upstream, commit), *([(Upstream(str(old)), commit)] if old.is_dir() else [])]
        for source, what in sources:
            try:
                repository.mark_reflected(repository.bring(source, what, 1))
                return []
            except (NoUpstream, DamagedRepository):
                continue
        return [
            f"What was reflected last of {name} ({commit[:12]}) is no longer at its upstream. Changes count from now on."
        ]

    def trim_all(self) -> None:
        """Drop the oldest history of all mirrors until they take at most `in_all` bytes together."""
        sizes = {name: self.size(name) for name in self.here()}
        for name in [one for one in sizes if sum(sizes.values()) > self.in_all and self._aside(one).is_dir()]:
            aside(f"The mirrors take more than they may together: the damaged one of {name} is deleted.")
            shutil.rmtree(self._aside(name), ignore_errors=True)
            sizes[name] = self.size(name)
        left = set(sizes)
        while sum(sizes.values()) > self.in_all and left:
            ages = {name: self._oldest(name) for name in left}
            name = min(left, key=lambda one: (ages[one], one))
            with self._locked(name) as lock, opened_mirror(self.home.mirrors / name, lock) as repository:
                held = held_commits(repository)
                if held > 1:
                    aside(
                        f"The mirrors take more than they may together: of {name} I keep the newest {held // 2} commits."
                    )
                    cut(repository, held // 2)
                    sizes[name] = repository.size()
                    self.records.keep(name, replace(self.records.note(name), size=sizes[name], depth=held // 2))
                if held <= 2:
                    left.discard(name)

    def size(self, name: str) -> int:
        """Return what a mirror takes on the disk as its last update left it, with one of it that is damaged and set aside, in bytes."""
        return self.records.note(name).size + size_of(self._aside(name))

    def _oldest(self, name: str) -> int:
        with opened_mirror(self.home.mirrors / name) as repository:
            return oldest_commit_time(repository) if repository.newest else 0

    def renew(self, name: str, heard: GitLines | None = None) -> MirrorUpdate:
        """Set a damaged mirror aside and bring it anew, with the state that was understood."""
        upstream, folder = self.upstream(name), self.home.mirrors / name
        self._must_reach(name, upstream, f"renew {name}")
        with self._locked(name):
            note = self.records.note(name)
            with suppress(DamagedRepository):  # then the note knows it
                note = replace(note, reflected=MirrorRepository(folder).reflected or note.reflected)
            self.records.keep(name, replace(note, size=0, depth=0))
            if folder.exists():
                shutil.rmtree(self._aside(name), ignore_errors=True)
                folder.rename(self._aside(name))
        done = self.update(name, heard)
        kept = f"The damaged one lies in {self._aside(name)}; it can be deleted."
        return replace(done, notes=[*done.notes, *([kept] if self._aside(name).is_dir() else [])])

    def remove(self, name: str) -> None:
        """Remove a mirror and what is kept of it."""
        if not NAME.fullmatch(name):
            raise NoMirror(f"There is no mirror {name!r}.")
        with self._locked(name):
            shutil.rmtree(self.home.mirrors / name, ignore_errors=True)
            shutil.rmtree(self._aside(name), ignore_errors=True)
            self.records.drop(name)

    def changes(self, name: str, since: str | None, heard: GitLines | None = None) -> MirrorChanges:
        """Return what differs between a state (null: the one that was understood last) and the newest."""
        folder, upstream = self.must_be_here(name), self.upstream(name)
        with opened_mirror(folder) as repository:
            old, new = self._state(name, since or "reflected", upstream, repository, heard), repository.newest
            return MirrorChanges(old, new, repository.commits(old, new), repository.changed_paths(old, new))

    def _state(
        self, name: str, revision: str, upstream: Upstream, repository: MirrorRepository, heard: GitLines | None
    ) -> str:
        """Return the commit of a revision; a tag whose commit is not here is brought, where the upstream may be asked."""
        try:
            return repository.resolve(revision, upstream.release or "")
        except NoRevision as error:
            if not (upstream.folder or self.network.online):
                raise NoRevision(f"{error} What its upstream has besides can be brought: network=online") from None
            offered = repository.offered(upstream)
            names = [f"{TAGS}{prefix}{revision}" for prefix in ("", upstream.release or "", "v")]
            tag = next((one for one in names if one in offered.refs), None)
            if tag is None:
                raise
        with self._locked(name) as lock, opened_mirror(repository.folder, lock) as writing:
            writing.clear()
            writing.fetch(upstream, f"+{tag}:{tag}", 1, heard)
            self.records.keep(name, replace(self.records.note(name), size=writing.size()))
            return writing.commit_of(tag)

    def mark_reflected(self, name: str, commit: str) -> None:
        """Move the mark of the state that was understood."""
        with self._locked(name) as lock, opened_mirror(self.must_be_here(name), lock) as repository:
            repository.clear()
            repository.mark_reflected(commit)
            self.records.keep(name, replace(self.records.note(name), reflected=repository.reflected))

    def _must_reach(self, name: str, upstream: Upstream, command: str) -> None:
        if upstream.folder is None:
            self.network.require(f"The mirror {name} of {upstream.address}", f"rusta mirror {command} network=online")

    def _command(self, words: str, upstream: Upstream) -> str:
        return f"rusta mirror {words}{'' if upstream.folder else ' network=online'}"

    def _locked(self, name: str) -> AbstractContextManager[int | None]:
        return mirror_locked(self.records.folder / f"{name}.lock", name)

    def _aside(self, name: str) -> Path:
        return self.records.folder / f"{name}.damaged"


def _address(said: str) -> str:
    """Return a typed address as it is kept: a folder by its absolute path."""
    if "://" in said and not said.startswith("file://"):
        return said
    folder = Path(said.removeprefix("file://")).expanduser()
    absolute = folder if folder.is_absolute() else Path.cwd() / folder
    if not absolute.is_dir():
        raise NoUpstream(
            f"{said} is neither a folder that is there nor an address. There are: https://HOST/PATH, or a folder."
        )
    return str(absolute.resolve())


def _instead(options: Mapping[str, Any]) -> dict[str, Any]:
    """Return the options of a mirror, where one of branch and release is given with the other, which it replaces, unset."""
    other = {"branch": "release", "release": "branch"}
    return {**{other[key]: None for key in options if key in other and other[key] not in options}, **options}


def _tags(offered: OfferedRefs) -> dict[str, str]:
    return {ref: oid for ref, oid in offered.refs.items() if ref.startswith(TAGS)}


def _digest(value: object) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()[:16]
