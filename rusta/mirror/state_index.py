"""An index of the states of one mirror: public items of each, what changed between them, and passages of the newest one's texts.

A file of SQLite with FTS5, derived from the mirror and deleted at will (`index_states` fills it). Items of a package whose sources are the
same in several states are kept once. `last` is the last name of a path in lower case. All text is a stranger's, and bounded.
"""

import sqlite3
from collections.abc import Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass, fields
from functools import cached_property
from pathlib import Path
from typing import Any

from rusta.core.derived_files import make_way, set_aside
from rusta.core.errors import RustaError
from rusta.core.home import Home
from rusta.library.passage_search import PASSAGE, find_passages, passage_count, passages_with
from rusta.library.passages import Passage
from rusta.mirror.api import path_rank

LAYOUT = 1
PATIENCE = 10.0  # seconds that another process may write
DAMAGED = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_FORMAT)
MOST_ALIKE = 2_000  # rows of one last name that are looked at
SCHEMA = f"""
create table about (key text primary key, value text);
create table states (place integer, revision text, shown text);
create table packages (place integer, name text, folder text, version text, rust text, edition text, reading integer);
create table items (reading integer, path text, kind text, signature text, deprecated text, gate text, file text, line integer,
                    owner text, crate text, docs integer, last text);
create index items_by_name on items (last, reading);
create index items_of_reading on items (reading, owner);
create table docs (id integer primary key, mark text unique, text text);
create table changes (old integer, new integer, crate text, change text, kind text, path text, moved text, was text, becomes text,
                      note text, anchor text, owner text, last text, moved_last text);
create index changes_by_name on changes (last);
create index changes_by_new_name on changes (moved_last);
create table steps (old integer, new integer);
create table facts (old integer, new integer, kind text, package text, text text, before text, anchor text);
create table passages (id integer primary key, source text, page text, anchor text, title text, text text, key text);
create virtual table words using fts5 (title, text, tokenize = 'porter unicode61');
pragma user_version = {LAYOUT};
"""


class NoStateIndex(RustaError):
    """The index of a mirror cannot be read or written now."""


@dataclass(frozen=True)
class IndexedState:
    """A state: its place in the order, oldest first from 0, and what it is called: a commit, or a version of a crate."""

    place: int
    revision: str
    shown: str


@dataclass(frozen=True)
class IndexedPackage:
    """A published package in one state; `name` is that of its library, `reading` stands for its items."""

    place: int
    name: str
    folder: str
    version: str
    rust: str
    edition: str
    reading: int


@dataclass(frozen=True)
class IndexedItem:
    """A public item of one state, under one of its paths."""

    path: str
    kind: str
    signature: str
    deprecated: str
    gate: str
    file: str  # relative to its package
    line: int
    owner: str
    crate: str  # the library's name
    docs: str


@dataclass(frozen=True)
class IndexedChange:
    """One change of the API between two states, which are given by their places (`ApiChange`). `moved` is the path it has now."""

    old: int
    new: int
    crate: str
    change: str
    kind: str
    path: str
    moved: str
    was: str
    becomes: str
    note: str
    anchor: str
    owner: str


@dataclass(frozen=True)
class IndexedFact:
    """What manifests say otherwise in the later of two states (`ChangeFact`)."""

    old: int
    new: int
    kind: str
    package: str
    text: str
    before: str
    anchor: str


class StateIndex:
    """The index in one file. Close it after use."""

    def __init__(self, file: Path) -> None:
        """Open the file, or make it. Raises `NoStateIndex`."""
        self.file = file
        self.db = _database(file)

    @staticmethod
    def file_of(home: Home, mirror: str) -> Path:
        """Where the index of a mirror lies."""
        return home.mirrors / ".rusta" / "answers" / f"{mirror.replace(':', '+')}.sqlite"

    def __enter__(self) -> "StateIndex":
        return self

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        """Close the file; one that turned out to be damaged is set aside. Raises `NoStateIndex` for what SQLite says."""
        self.db.close()
        if isinstance(error, sqlite3.DatabaseError):
            if (getattr(error, "sqlite_errorcode", 0) & 0xFF) in DAMAGED:
                set_aside(self.file, str(error))
            raise NoStateIndex(f"{self.file} cannot be read now: {error}. Try again.") from error

    def about(self, key: str) -> str:
        """Return what is kept under a key, "" for nothing."""
        row = self.db.execute("select value from about where key = ?", (key,)).fetchone()
        return row[0] if row else ""

    @cached_property
    def states(self) -> tuple[IndexedState, ...]:
        """The states, the oldest first."""
        return tuple(
            IndexedState(*row) for row in self.db.execute("select place, revision, shown from states order by place")
        )

    @cached_property
    def packages(self) -> tuple[IndexedPackage, ...]:
        """The published packages of every state."""
        rows = self.db.execute(f"select {_columns(IndexedPackage)} from packages order by place, name")
        return tuple(IndexedPackage(*row) for row in rows)

    def package(self, crate: str, place: int) -> IndexedPackage | None:
        """Return a package by its library's name in a state; None where that state has it not."""
        return next((one for one in self.packages if one.place == place and one.name == crate), None)

    def named(self, parts: Sequence[str], place: int, crates: Sequence[str] = ()) -> list[IndexedItem]:
        """Return the items of a state whose paths end in these names, each under its plainest path, the plainest first.

        `crates` are the libraries that count, all if empty.
        """
        rows = self.db.execute(
            f"select distinct {ITEM} from items join packages on packages.reading = items.reading "
            "left join docs on docs.id = items.docs where packages.place = ? and items.last = ? and items.kind != 'impl' limit ?",
            (place, parts[-1].lower(), MOST_ALIKE),
        ).fetchall()
        found = [one for one in map(_item, rows) if one.path.split("::")[-len(parts) :] == list(parts)]
        found = [one for one in found if not crates or one.path.partition("::")[0] in crates]
        plainest = dict[tuple[str, int, str, str], IndexedItem]()
        for one in sorted(found, key=lambda one: path_rank(one.path)):
            plainest.setdefault((one.file, one.line, one.kind, one.signature), one)
        return list(plainest.values())

    def below(self, owner: str, place: int) -> list[IndexedItem]:
        """Return what belongs to a type, a trait or an enum of this path in a state, implementations included."""
        rows = self.db.execute(
            f"select distinct {ITEM} from items join packages on packages.reading = items.reading "
            "left join docs on docs.id = items.docs where packages.place = ? and items.owner = ? limit ?",
            (place, owner, MOST_ALIKE),
        )
        return list(map(_item, rows))

    def changes_of(self, parts: Sequence[str]) -> list[IndexedChange]:
        """Return the changes of what is or was called so, the latest first."""
        last = parts[-1].lower()
        rows = self.db.execute(
            f"select distinct {_columns(IndexedChange)} from changes where last = ? or moved_last = ? order by new desc limit ?",
            (last, last, MOST_ALIKE),
        )
        found = [IndexedChange(*row) for row in rows]
        return [one for one in found if any(_ends(path, parts) for path in (one.path, one.moved))]

    def changes_between(self, old: int, new: int, crates: Sequence[str] = ()) -> list[IndexedChange]:
        """Return the changes of the steps from one state to another, in their order."""
        rows = self.db.execute(
            f"select {_columns(IndexedChange)} from changes where old >= ? and new <= ? order by new, rowid", (old, new)
        )
        return [one for one in (IndexedChange(*row) for row in rows) if not crates or one.crate in crates]

    def facts_between(self, old: int, new: int) -> list[IndexedFact]:
        """Return what manifests say otherwise on the steps from one state to another."""
        rows = self.db.execute(
            f"select {_columns(IndexedFact)} from facts where old >= ? and new <= ? order by new desc, rowid",
            (old, new),
        )
        return [IndexedFact(*row) for row in rows]

    # As the search of the library asks for it

    def documents(self, word: str) -> int:
        """Return how many passages hold a word, in any of its forms."""
        return passages_with(self.db, word)

    @cached_property
    def passages(self) -> int:
        """How many passages there are."""
        return passage_count(self.db)

    def search(self, words: Sequence[str], limit: int = 8) -> list[Passage]:
        """Return passages that hold these words, by BM25; those that hold all of them first."""
        return find_passages(self.db, words, limit)

    def texts_of(self, sources: Iterable[str]) -> list[Passage]:
        """Return every passage of these sources, in the order of their files."""
        marks = list(sources)
        rows = self.db.execute(
            f"select {PASSAGE} from passages where source in ({', '.join('?' * len(marks))}) order by id", marks
        )
        return [Passage(*row) for row in rows]


def _columns(of: type) -> str:
    return ", ".join(one.name for one in fields(of))


ITEM = ", ".join(
    f"items.{one.name}" if one.name != "docs" else "coalesce(docs.text, '')" for one in fields(IndexedItem)
)


def _item(row: Sequence[Any]) -> IndexedItem:
    return IndexedItem(*row)


def _ends(path: str, parts: Sequence[str]) -> bool:
    return bool(path) and path.split("::")[-len(parts) :] == list(parts)


def _database(file: Path) -> sqlite3.Connection:
    """The file with its tables; what is no such file is set aside, and one of another layout is made anew."""
    make_way(file)
    for _ in range(3):
        db = None
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            db = sqlite3.connect(file, timeout=PATIENCE)
            with closing(db.execute("pragma user_version")) as said:
                layout = said.fetchone()[0]
            if layout == LAYOUT:
                return db
            if not db.execute("select count(*) from sqlite_master").fetchone()[0]:
                db.executescript(SCHEMA)
                return db
            db.close()
            file.unlink()
        except (sqlite3.DatabaseError, OSError) as error:
            if db is not None:
                db.close()
            if isinstance(error, OSError) or (getattr(error, "sqlite_errorcode", 0) & 0xFF) not in DAMAGED:
                raise NoStateIndex(f"{file} cannot be opened: {error}. Make room there, or try again.") from error
            set_aside(file, str(error))
    raise NoStateIndex(f"{file} cannot be written. Make room there, or give me another home: RUSTA_HOME=PATH")
