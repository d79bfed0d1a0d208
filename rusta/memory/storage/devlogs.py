"""Read and write the journals. All writes go through `DevLogs`, for the agent and for people.

When a call returns, its change is on disk and in the history (or listed as waiting). A superseded or archived entry
stays where it is, so that links to it still work; `memory.forgetting` removes an entry from everything.

An entry lies in `<journal>/<year>-<month>/<day>_<title>.md`: by month, because git rewrites a folder's tree with every
entry added (with 100,000 in one folder 87 ms and half a megabyte each time; by month 9 ms). Files at any other depth,
such as a person's `semantic/burn-autograd.md`, are entries too.
"""

import logging
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import TypeVar

from rusta.core.errors import RustaError
from rusta.core.home import NoRoom
from rusta.memory.entries.amend import CannotAmend, set_key
from rusta.memory.entries.entry import (
    OPTIONAL,
    BadEntry,
    Confidence,
    Entry,
    Journal,
    Status,
    parse_leniently,
    render,
    slug,
)
from rusta.memory.entries.frontmatter import Settable
from rusta.memory.forgetting import secret_masking
from rusta.memory.index.index_file import indexed_path
from rusta.memory.recall import supersession
from rusta.memory.storage import git_index
from rusta.memory.storage.git import GitRefused
from rusta.memory.storage.history import Author, HistoryWaits, JournalChange, JournalHistory, Past, digest
from rusta.memory.storage.store import (
    CannotRead,
    CannotWrite,
    EditedMeanwhile,
    JournalFolder,
    NoSuchEntry,
    said_clearly,
)

log = logging.getLogger(__name__)

Known = TypeVar("Known", bound=StrEnum)

SECRET = "holds what looks like a secret. To have it taken out of everything:"
BACKWARDS = 60
"""Seconds that the clock may go backwards without a message."""


class Circle(RustaError):
    """An entry cannot point to itself, and two entries cannot supersede each other."""


@dataclass(frozen=True)
class JournalProblem:
    """A finding of `doctor`: the path (empty if it concerns all entries) and the problem."""

    path: str
    what: str


@dataclass
class DevLogs:
    """The journals in one folder. Any number of processes and threads may use it and write at once.

    `say` is called, once per message, for problems that do not stop the write: history that cannot be recorded yet, a
    clock that goes backwards. `now` is the clock.
    """

    root: Path
    say: Callable[[str], None] = log.warning
    now: Callable[[], datetime] = field(default=lambda: datetime.now().astimezone())

    def __post_init__(self) -> None:
        self.root = Path(self.root).expanduser().absolute()
        self.store = JournalFolder(self.root)
        self._said: set[str] = set()

    # Reading.

    def paths(self) -> Iterator[str]:
        """Yield the path of every entry, without opening any."""
        return self.store.paths()

    def entries(self) -> Iterator[Entry]:
        """Yield every readable entry, in whatever form a person wrote it."""
        for path in self.paths():
            with suppress(NoSuchEntry, CannotRead):  # moved meanwhile; the index reports unreadable files
                yield parse_leniently(self.store.read(path), path)

    def read(self, path: str | Path) -> Entry:
        """Read one entry. Raises `NoSuchEntry`, `CannotRead`, `OutsideJournals`."""
        name = self.store.path(path)
        return parse_leniently(self.store.read(name), name)

    def raw(self, path: str | Path) -> bytes:
        """Return the bytes of an entry, to pass to `rewrite` as `seen`. Raises like `read`."""
        return self.store.read(self.store.path(path))

    def history(self, path: str | Path) -> list[Past]:
        """Return the changes of an entry, latest first. A person's unrecorded edit is recorded first, if possible.

        Raises `HistoryWaits`.
        """
        name = self.store.path(path)
        with suppress(CannotWrite, NoRoom, HistoryWaits):
            self.keep(name)
        return JournalHistory(self.store).of(name)

    def version(self, past: Past) -> bytes:
        """Return the content of an entry at a past change. Raises `NoSuchEntry` if that change removed it."""
        return JournalHistory(self.store).at(past)

    # Writing.

    def write(
        self,
        journal: Journal | str,
        title: str,
        body: str,
        *,
        tags: Iterable[str] = (),
        author: Author | str = Author.RUSTA,
        confidence: Confidence | str = Confidence.MEDIUM,
        context: str = "",
        date: datetime | None = None,
        **meta: Settable,
    ) -> str:
        """Write a new entry and return its path. Entries that it `supersedes` are marked so in the same step.

        `meta` takes the optional keys (`OPTIONAL`). Without a title, the first words of the body name the file.
        Raises `BadEntry` for invalid values, `NoSuchEntry` if an entry in `supersedes` or `links` does not exist.
        """
        where, whose = _known(Journal, journal, "journal"), _known(Author, author, "author")
        sure = _known(Confidence, confidence, "confidence")
        if not body.strip():
            raise BadEntry("An entry says something: its body is empty.")
        title = " ".join(title.split())
        stem = slug(title or " ".join(body.split()[:8]))
        meta = _checked(meta)
        for key in ("supersedes", "links"):
            if key in meta:
                meta[key] = [self._there(path) for path in _list(meta[key])]
        with self._alone() as history:
            at = self._clock(history, date)
            required: dict[str, Settable] = {
                "date": at.isoformat(timespec="seconds").replace("+00:00", "Z"),
                "tags": list(dict.fromkeys(tag.strip() for tag in tags if tag.strip())),
                "confidence": sure.value,
                "context": context.strip() or stem,
            }
            raw = render(where, title, body, {**required, **meta})
            day = f"{at.date()}"
            outdated = {old: self._marked(old, Status.SUPERSEDED) for old in _list(meta.get("supersedes", []))}
            while True:
                name = self.store.free_name(f"{where}/{day[:7]}", f"{day}_{stem}")
                with suppress(FileExistsError):  # a file of this name was created meanwhile: try the next name
                    self._put(history, whose, f"{where}: {title or stem}", {name: raw}, outdated)
                    return name

    def rewrite(self, path: str | Path, raw: bytes, *, seen: bytes, author: Author | str = Author.PERSON) -> None:
        """Replace an entry by its edited bytes. Raises `EditedMeanwhile`, changing nothing, if not `seen`."""
        self._amend(path, lambda _: raw, "Edited", author, seen)

    def change(
        self,
        path: str | Path,
        keys: Mapping[str, Settable],
        *,
        author: Author | str = Author.RUSTA,
        why: str = "",
        seen: bytes | None = None,
    ) -> None:
        """Set frontmatter keys; keep all other bytes. Raises `CannotAmend`, and `EditedMeanwhile` if not `seen`."""
        checked = _checked(dict(keys), (*OPTIONAL, "tags", "confidence", "context"))

        def amended(raw: bytes) -> bytes:
            for key, value in checked.items():
                raw = set_key(raw, key, value)
            return raw

        self._amend(path, amended, why or f"Set {', '.join(checked)}", author, seen)

    def supersede(
        self, old: str | Path, new: str | Path, *, author: Author | str = Author.RUSTA, seen: bytes | None = None
    ) -> None:
        """Let `new` supersede `old`; `old` is kept and marked. `seen` are the bytes of `old` that the caller read.

        Raises `Circle`, `NoSuchEntry`, `EditedMeanwhile`, `CannotAmend`.
        """
        older, newer = self._there(old), self._there(new)
        if older == newer:
            raise Circle(f"{older} cannot take its own place.")
        if newer in self._replaced_by(older):
            raise Circle(f"{older} already stands in the place of {newer}: it cannot be replaced by it.")
        with self._alone() as history:
            before, after = self._marked(older, Status.SUPERSEDED)
            if seen is not None and before != seen:
                raise EditedMeanwhile(f"{older} is not as you read it: somebody edited it. Read it again.")
            said = self.store.read(newer)
            names = [*parse_leniently(said).supersedes]
            grown = said if older in names else _amended(newer, said, "supersedes", [*names, older])
            self._put(history, _known(Author, author, "author"), f"{newer} supersedes {older}", {},
                      {newer: (said, grown), older: (before, after)})  # fmt: skip

    def archive(self, path: str | Path, archived: bool = True, *, author: Author | str = Author.RUSTA) -> None:
        """Archive an entry, or with `archived` false restore it. An archived entry keeps its file but is not recalled.

        Raises `BadEntry` when restoring an entry that is not archived.
        """
        if archived:
            return self.change(path, {"status": Status.ARCHIVED.value}, author=author, why="Archived")
        entry = self.read(path)
        if entry.status is not Status.ARCHIVED:
            raise BadEntry(f"{entry.path} is {entry.status}, and only what is archived can be taken back from there.")
        return self.change(path, {"status": Status.ACTIVE.value}, author=author, why="Taken out of the archive")

    def tag(self, path: str | Path, *tags: str, author: Author | str = Author.RUSTA) -> None:
        """Add tags to an entry."""
        self._longer(path, "tags", tags, author)

    def link(self, path: str | Path, *others: str | Path, author: Author | str = Author.RUSTA) -> None:
        """Add links to other entries. Raises `NoSuchEntry` if one does not exist, `Circle` for a link to itself."""
        there = [self._there(other) for other in others]
        if (name := self.store.path(path)) in there:
            raise Circle(f"{name} cannot link to itself.")
        self._longer(name, "links", there, author)

    def pin(self, path: str | Path, pinned: bool = True, *, author: Author | str = Author.PERSON) -> None:
        """Pin an entry (highest importance, never archived automatically), or unpin it."""
        self.change(path, {"pinned": pinned}, author=author, why="Pinned" if pinned else "Unpinned")

    def keep(self, path: str | None = None) -> int:
        """Record edits, moves and new files made by hand as a person's: all, or one entry. Returns the number of files.

        Raises `HistoryWaits`.
        """
        with self._alone() as history:
            return history.keep(path)

    def tidy(self) -> None:
        """Repack the git repository; takes seconds for a year of entries, loses nothing. Raises `HistoryWaits`."""
        with self._alone() as history:
            history.tidy()

    # Checks and repair.

    def doctor(self) -> list[JournalProblem]:
        """Return everything unusual, broken or left over. Reads all files and changes nothing."""
        there = set(self.paths())
        found = [
            JournalProblem(path, "is a link; I do not follow links in the journals") for path in self.store.links()
        ]
        found += [JournalProblem(name, "is not UTF-8: rename it and I will read it") for name in self.store.misnamed()]
        found += [
            JournalProblem(path, f"cannot be opened ({why}): I find nothing in it") for path, why in self.store.closed()
        ]
        supersedes: dict[str, tuple[str, ...]] = {}
        for one in self.entries():
            found += [JournalProblem(one.path, what) for what in one.problems]
            supersedes[one.path] = tuple(map(indexed_path, one.supersedes))
            if one.text("source").startswith("session ") and any(
                span.sure for span in secret_masking.find_secrets(one.body)
            ):
                found.append(JournalProblem(one.path, f"{SECRET} rusta devlog forget {one.path}"))
            for other in (*one.supersedes, *one.links):
                if other.partition("/")[0] in set(Journal) and other not in there:
                    found.append(JournalProblem(one.path, f"points to {other}, which is not there"))
        for circle in supersession.circles(supersedes):
            others = f"it and {', '.join(circle[1:])} stand in each other's place, so none of them does"
            what = others if circle[1:] else "stands in its own place"
            found.append(JournalProblem(circle[0], f"{what}: take a path out of `supersedes`"))
        history = JournalHistory(self.store)
        waiting = [path for change in history.waiting() for path in change.files]
        if waiting:
            found.append(
                JournalProblem("", f"history does not know of {len(waiting)} changes yet; the next write tells it")
            )
        if git_index.damaged(history.git.folder):
            found.append(
                JournalProblem(
                    "", "git's index of the journals is damaged; rusta devlog doctor mend=true makes it anew"
                )
            )
        if trouble := history.trouble():
            mends = " It is damaged: rusta devlog doctor mend=true puts it aside and begins a new one."
            found.append(
                JournalProblem("", f"{trouble}{mends if isinstance(trouble, GitRefused) and trouble.damage else ''}")
            )
        return found

    def mend(self) -> list[str]:
        """Repair and tidy the journals; return what was done, as sentences. Raises `HistoryWaits`.

        Removes leftovers of killed writers, records waiting changes and edits by hand, rebuilds a damaged git index,
        and repacks; if git finds the repository damaged, it is set aside and a new one started.
        """
        done = []
        with self._alone() as history:
            self.store.sweep({path.rpartition("/")[0] for path in self.paths()})
            with suppress(HistoryWaits):
                if history.mend_index():
                    done.append("Git's index was damaged: made anew from the last commit.")
            trouble = history.trouble()
            if isinstance(trouble, GitRefused) and trouble.damage:
                aside = history.begin_again()
                done.append(
                    f"The old history was damaged and lies in {aside}; a new one begins with the files as they are."
                )
            history.recover()
            if kept := history.keep():
                done.append(f"Recorded {kept} file{'s' if kept > 1 else ''} as a person left them.")
            history.tidy()
        return done

    # Internals.

    @contextmanager
    def _alone(self) -> Iterator[JournalHistory]:
        with self.store.lock(self._queue) as lock:
            history = JournalHistory(self.store, lock, self._once)
            try:
                history.recover()
            except HistoryWaits as why:
                self._waits(why)
            yield history

    def _put(
        self,
        history: JournalHistory,
        author: Author,
        summary: str,
        new: Mapping[str, bytes],
        changed: Mapping[str, tuple[bytes, bytes]],
    ) -> None:
        changed = {path: (before, after) for path, (before, after) in changed.items() if before != after}
        if not new and not changed:
            return
        try:
            for path in changed:
                history.keep(path)  # a person's unrecorded edit is recorded as theirs, not as part of this change
        except HistoryWaits as why:
            self._waits(why)
        files = {path: digest(raw) for path, raw in {**new, **{p: after for p, (_, after) in changed.items()}}.items()}
        with said_clearly(self.root):
            history.intend(JournalChange(author, summary, int(self.now().timestamp()), files))
        try:
            for path, raw in new.items():
                self.store.create(path, raw)
            for path, (before, after) in changed.items():
                self.store.replace(path, after, before)
        finally:
            try:
                history.settle()
            except HistoryWaits as why:
                self._waits(why)

    def _amend(
        self, path: str | Path, how: Callable[[bytes], bytes], why: str, author: Author | str, seen: bytes | None
    ) -> None:
        name = self.store.path(path)
        with self._alone() as history:
            raw = self.store.read(name)
            if seen is not None and raw != seen:
                raise EditedMeanwhile(f"{name} is not as you read it: somebody edited it. Read it again.")
            try:
                after = how(raw)
            except CannotAmend as cannot:
                raise CannotAmend(f"{name}: {cannot}") from None
            self._put(history, _known(Author, author, "author"), f"{why}: {name}", {}, {name: (raw, after)})

    def _longer(self, path: str | Path, key: str, more: Iterable[str], author: Author | str) -> None:
        def longer(raw: bytes) -> bytes:
            said = parse_leniently(raw).words(key)
            return set_key(raw, key, list(dict.fromkeys((*said, *(word.strip() for word in more if word.strip())))))

        more = list(more)
        self._amend(path, longer, f"Added {key} {', '.join(more)}", author, None)

    def _marked(self, path: str, status: Status) -> tuple[bytes, bytes]:
        raw = self.store.read(path)
        return raw, _amended(path, raw, "status", status.value)

    def _there(self, path: str | Path) -> str:
        name = self.store.path(path)
        self.store.read(name)
        return name

    def _replaced_by(self, path: str) -> set[str]:
        """Return all entries that `path` supersedes, directly or indirectly, itself included."""
        found: set[str] = set()
        ahead = [path]
        while ahead:
            one = ahead.pop()
            if one not in found:
                found.add(one)
                with suppress(RustaError):
                    ahead += self.read(one).supersedes
        return found

    def _clock(self, history: JournalHistory, date: datetime | None) -> datetime:
        """Return the date for a new entry. A clock that went backwards is reported but used; history has the order."""
        now = self.now().astimezone() if self.now().tzinfo is None else self.now()
        assert history.lock is not None
        last = os.pread(history.lock, 32, 0).decode("ascii", "replace").strip()
        if last.isdigit() and int(last) - now.timestamp() > BACKWARDS:
            before = datetime.fromtimestamp(int(last), now.tzinfo)
            self._once(
                f"The clock goes backwards: it says {now:%Y-%m-%d %H:%M}, and I wrote at {before:%Y-%m-%d %H:%M}. "
                "I date the entry by the clock; the history keeps the true order."
            )
        with suppress(OSError):  # disk full: only this check of the clock is lost
            os.pwrite(history.lock, f"{int(now.timestamp()):<32}".encode(), 0)
        return date.astimezone(now.tzinfo) if date and date.tzinfo is None else date or now

    def _queue(self) -> None:
        self._once(f"Somebody else is writing into {self.root}: I wait until they are done.")

    def _waits(self, why: HistoryWaits) -> None:
        self._once(f"{why} What is written is safe in its file.")

    def _once(self, sentence: str) -> None:
        if sentence not in self._said:
            self._said.add(sentence)
            self.say(sentence)


def _known(kind: type[Known], said: str, what: str) -> Known:
    try:
        return kind(said)
    except ValueError:
        raise BadEntry(f"There is no {what} {said!r}. There is: {', '.join(kind)}.") from None


def _checked(meta: dict[str, Settable], allowed: Sequence[str] = OPTIONAL) -> dict[str, Settable]:
    for key, value in meta.items():
        if key not in allowed:
            raise BadEntry(f"`{key}` is no key of an entry. There is: {', '.join(allowed)}.")
        if key == "importance" and not (isinstance(value, int) and 1 <= value <= 10):
            raise BadEntry(f"`importance: {value}` is not a number from 1 to 10.")
        if key == "status":
            _known(Status, str(value), "status")
        if key == "confidence":
            _known(Confidence, str(value), "confidence")
    return {key: value for key, value in meta.items() if value not in ("", [], ())}


def _list(said: Settable) -> list[str]:
    return [said] if isinstance(said, str) else list(said) if isinstance(said, Sequence) else [str(said)]


def _amended(path: str, raw: bytes, key: str, value: Settable) -> bytes:
    try:
        return set_key(raw, key, value)
    except CannotAmend as cannot:
        raise CannotAmend(f"{path}: {cannot}") from None
