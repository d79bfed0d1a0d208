"""Her index: a SQLite file beside the journals, made from them, that can be deleted at any moment.

`refresh` compares every file with what it was (`changes`) and reads those that moved; `search` ranks by BM25 with the
porter stemmer (FTS5). One process writes at a time, in a transaction; the others read what was there before (WAL). A
file that is corrupt, or was written by another version of this module, is made anew, and said so in one sentence.
"""

import hashlib
import os
import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

from rusta.errors import RustaError
from rusta.home import alone
from rusta.memory import changes, words
from rusta.memory.changes import Folder
from rusta.memory.glance import Glance, glance, many

VERSION = 1
WAIT_S = 60.0  # for another process that is writing: a first index of a hundred thousand entries takes about that
BATCH = 20_000  # entries that are held in memory to be written in order of date
# Ranking looks at as many entries: the newest that hold the rarest words. Below it, every match is ranked.
CANDIDATES = 6_000
# What a match is worth in the title, the tags, the body and the taken-apart names.
WEIGHTS = (3.0, 3.0, 1.0, 0.5)
T = TypeVar("T")
Read = tuple[Glance, str, tuple[object, ...]]  # what is said, where, and its row in `files`

SCHEMA = """
CREATE TABLE folders (path TEXT PRIMARY KEY, size INT, mtime INT, ctime INT, ino INT, settled INT) WITHOUT ROWID;
CREATE TABLE files (folder TEXT, name TEXT, size INT, mtime INT, ctime INT, ino INT, settled INT, hash BLOB, entry INT,
  PRIMARY KEY (folder, name)) WITHOUT ROWID;
-- `id` is the date in seconds, or the first free second after it: new entries have large ones.
CREATE TABLE entries (id INTEGER PRIMARY KEY, path TEXT UNIQUE, journal TEXT, date INT, title TEXT, tags TEXT,
  confidence TEXT, context TEXT, repo TEXT, version TEXT, status TEXT, importance REAL, pinned INT, body TEXT);
CREATE TABLE habits (entry INT, pattern TEXT);
CREATE TABLE superseded (by INT, old TEXT);
CREATE TABLE links (by INT, old TEXT);
CREATE INDEX habits_entry ON habits (entry);
CREATE INDEX superseded_by ON superseded (by);
CREATE INDEX links_by ON links (by);
CREATE INDEX links_old ON links (old);
CREATE INDEX superseded_old ON superseded (old);
CREATE VIRTUAL TABLE words USING fts5(title, tags, body, parts, content='', tokenize='porter unicode61');
"""


class NoJournals(RustaError):
    """The folder of the journals is not there, or cannot be read."""


@dataclass(frozen=True, slots=True)
class Row:
    """An entry as the index holds it. `date` is in seconds since 1970; `path` is relative to the journals."""

    id: int
    path: str
    journal: str
    date: int
    title: str
    tags: tuple[str, ...]
    confidence: str
    context: str
    repo: str
    version: str
    status: str
    importance: float
    pinned: bool
    body: str


@dataclass(frozen=True, slots=True)
class Hit:
    """An entry that matched, and how well: BM25, larger is better. `ranked` says among how many it was chosen."""

    row: Row
    score: float
    matched: tuple[str, ...] = ()


@dataclass(frozen=True)
class Refreshed:
    """What a refresh did. `notes` are sentences for the person."""

    indexed: int = 0
    gone: int = 0
    seconds: float = 0.0
    notes: tuple[str, ...] = ()


class Index:
    """The journals below `root`, searchable. `file` is where the index is kept; None keeps it in memory."""

    def __init__(self, root: Path, file: Path | None) -> None:
        self.root = root
        self.file = file
        self.notes: list[str] = []
        self._db: sqlite3.Connection | None = None
        self._known: dict[str, Folder] = {}
        self._seen = -1  # the data_version that `_known` is of

    # -- what is on disk

    def refresh(self) -> Refreshed:
        """Bring the index up to what is on disk now. Raises `NoJournals`."""
        return self._mended(self._refresh)

    def _refresh(self) -> Refreshed:
        began = time.perf_counter()
        db = self._open()
        found = self._look(db)
        if not (found.look_into or found.gone or found.folders):
            return self._said(found.notes, began)
        with self._writing(db):
            found = self._look(db)  # another process may have written it while this one waited
            kept = self._write(db, found)
        return self._said(found.notes, began, kept, len(found.gone))

    def _said(self, notes: Iterable[str], began: float, indexed: int = 0, gone: int = 0) -> Refreshed:
        said, self.notes = (*self.notes, *notes), []
        return Refreshed(indexed, gone, time.perf_counter() - began, said)

    def _look(self, db: sqlite3.Connection) -> changes.Changes:
        version = db.execute("PRAGMA data_version").fetchone()[0]
        if version != self._seen:
            self._known = _known(db)
            self._seen = version
        try:
            return changes.since(self.root, self._known)
        except OSError as error:
            raise NoJournals(
                f"{self.root} cannot be read: {error.strerror}. My journals are files below it; "
                "a first entry makes the folder: rusta devlog write"
            ) from None

    def _write(self, db: sqlite3.Connection, found: changes.Changes) -> int:
        for path in found.gone:
            self._forget(db, path)
        for rel, folder in found.folders.items():
            if folder.stamp[3]:
                self._known[rel] = folder
                db.execute("INSERT OR REPLACE INTO folders VALUES (?,?,?,?,?,?)", (rel, *folder.stamp, folder.settled))
            else:
                self._known.pop(rel, None)
                db.execute("DELETE FROM folders WHERE path = ?", (rel,))
        todo, indexed = sorted(found.look_into), 0
        new = not db.execute("SELECT 1 FROM files").fetchone()
        for start in range(0, len(todo), BATCH):
            read = [one for path in todo[start : start + BATCH] if (one := self._read(db, path, new))]
            self._insert(db, read)
            indexed += len(read)
        return indexed

    def _read(self, db: sqlite3.Connection, path: str, new: bool) -> Read | None:
        """Read a file; None if its bytes are what they were, or it cannot be read. `new`: nothing is known yet."""
        folder, _, name = path.rpartition("/")
        at = time.time_ns()
        try:
            handle = os.open(f"{self.root}/{path}", os.O_RDONLY | os.O_NOFOLLOW)
        except OSError as error:
            self._forget(db, path)
            if not isinstance(error, FileNotFoundError):
                self.notes.append(f"{path} cannot be read ({error.strerror}), so I do not find it.")
            return None
        with open(handle, "rb", buffering=0) as file:
            stamp = changes.stamp(os.fstat(handle))  # before the bytes, so that a later edit moves it
            raw = file.readall()
        digest = hashlib.blake2b(raw, digest_size=16).digest()
        settled = changes.settled(stamp[1], stamp[2], now_ns=at)
        known = self._known[folder]
        known.files[name] = stamp
        (known.unsettled.discard if settled else known.unsettled.add)(name)
        if not new:
            had = db.execute("SELECT hash, entry FROM files WHERE folder = ? AND name = ?", (folder, name)).fetchone()
            if had and had[0] == digest:
                again = "UPDATE files SET (size, mtime, ctime, ino, settled) = (?,?,?,?,?) WHERE folder = ? AND name = ?"
                db.execute(again, (*stamp, settled, folder, name))
                return None
            if had:
                self._drop(db, had[1])
        seen = glance(path, raw.decode("utf-8", "replace"), stamp[1] // 1_000_000_000)
        return seen, path, (folder, name, *stamp, settled, digest)

    def _insert(self, db: sqlite3.Connection, read: list[Read]) -> None:
        """Write them in order of date: FTS5 writes a segment whenever ids go backwards, and takes ten times as long."""
        if not read:
            return
        read.sort(key=lambda one: one[0].date)
        span = (read[0][0].date, read[-1][0].date + len(read))
        taken = {id for (id,) in db.execute("SELECT id FROM entries WHERE id BETWEEN ? AND ?", span)}
        entries, texts, files = [], [], []
        after: dict[int, int] = {}  # where the search for a free second ended, when many share one
        for seen, path, file in read:
            id = after.get(seen.date, seen.date)
            while id in taken:
                id += 1
            taken.add(id)
            after[seen.date] = id + 1
            tags = " ".join(seen.tags)
            texts.append((id, *_columns(seen.title, seen.context, tags, seen.body)))
            files.append((*file, id))
            what = (id, path, seen.journal, seen.date, seen.title, tags, seen.confidence, seen.context, seen.repo)
            entries.append((*what, seen.version, seen.status, seen.importance, seen.pinned, seen.body))
            db.executemany("INSERT INTO habits VALUES (?,?)", [(id, pattern) for pattern in seen.when])
            db.executemany("INSERT INTO superseded VALUES (?,?)", [(id, inside(old)) for old in seen.supersedes])
            db.executemany("INSERT INTO links VALUES (?,?)", [(id, inside(to)) for to in many(seen.meta.get("links"))])
        db.executemany("INSERT INTO entries VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?)", entries)
        db.executemany("INSERT INTO words(rowid, title, tags, body, parts) VALUES (?,?,?,?,?)", texts)
        db.executemany("INSERT OR REPLACE INTO files VALUES (?,?,?,?,?,?,?,?,?)", files)

    def _drop(self, db: sqlite3.Connection, id: int) -> None:
        row = db.execute("SELECT title, context, tags, body FROM entries WHERE id = ?", (id,)).fetchone()
        db.execute("INSERT INTO words(words, rowid, title, tags, body, parts) VALUES ('delete',?,?,?,?,?)", (id, *_columns(*row)))
        db.execute("DELETE FROM entries WHERE id = ?", (id,))
        db.execute("DELETE FROM habits WHERE entry = ?", (id,))
        db.execute("DELETE FROM superseded WHERE by = ?", (id,))
        db.execute("DELETE FROM links WHERE by = ?", (id,))

    def _forget(self, db: sqlite3.Connection, path: str) -> None:
        folder, name = os.path.split(path)
        if folder in self._known:
            self._known[folder].files.pop(name, None)
            self._known[folder].unsettled.discard(name)
        had = db.execute("SELECT entry FROM files WHERE folder = ? AND name = ?", (folder, name)).fetchone()
        if had:
            if had[0] is not None:
                self._drop(db, had[0])
            db.execute("DELETE FROM files WHERE folder = ? AND name = ?", (folder, name))

    # -- asking

    def search(
        self,
        query: str,
        *,
        journal: str | None = None,
        tag: str | None = None,
        repo: str | None = None,
        confidence: str | None = None,
        since: int | None = None,
        until: int | None = None,
        status: str = "active",
        limit: int = 20,
        prefix: bool = False,
    ) -> list[Hit]:
        """The entries that match best, best first. Without a word in `query`, the newest.

        `since` and `until` are seconds since 1970; `status="all"` also finds what was superseded or archived; `prefix`
        takes the last word for the beginning of one, for a search as it is typed.
        """
        asked = words.wanted(query)
        where = {"e.journal = ?": journal, "e.repo = ?": repo, "e.confidence = ?": confidence}
        where |= {"' ' || e.tags || ' ' LIKE ?": f"% {tag} %" if tag else None}
        only = {sql: value for sql, value in where.items() if value}
        span = (since if since is not None else -(2**62), until if until is not None else 2**62)
        return self._mended(lambda: self._search(self._open(), asked, only, span, status, limit, prefix))

    def _search(
        self,
        db: sqlite3.Connection,
        asked: list[str],
        only: dict[str, str],
        span: tuple[int, int],
        status: str,
        limit: int,
        prefix: bool,
    ) -> list[Hit]:
        where = "".join(f" AND {sql}" for sql in only)
        if not asked:
            newest = f"SELECT id, 0.0 FROM entries e WHERE id BETWEEN ? AND ?{where} ORDER BY id DESC"
            return self._rows(db, db.execute(newest, (*span, *only.values())), status, limit)
        match = self._match(db, asked, prefix)
        join = " CROSS JOIN entries e ON e.id = words.rowid" if only else ""
        found = db.execute(
            f"SELECT words.rowid, -bm25(words, {', '.join(map(str, WEIGHTS))}) FROM words{join}"
            f" WHERE words MATCH ? AND words.rowid BETWEEN ? AND ?{where} ORDER BY words.rowid DESC LIMIT ?",
            (match, *span, *only.values(), CANDIDATES),
        ).fetchall()
        found.sort(key=lambda one: one[1], reverse=True)
        return self._rows(db, found, status, limit)

    def _match(self, db: sqlite3.Connection, asked: list[str], prefix: bool) -> str:
        """Any of the words; of a great many matches, those with one of the rare words."""
        count = "SELECT count(*) FROM (SELECT 1 FROM words WHERE words MATCH ? LIMIT ?)"
        sizes = {word: db.execute(count, (quoted(word), CANDIDATES + 1)).fetchone()[0] for word in asked}
        every = " OR ".join(quoted(word) for word in asked)
        if prefix and " " not in asked[-1]:
            return f"{every} OR {quoted(asked[-1])} *"
        rare, total = [], 0
        for word, size in sorted(sizes.items(), key=lambda one: one[1]):
            if total + size > CANDIDATES:
                break
            if size:
                rare.append(quoted(word))
                total += size
        if not rare or len(rare) == sum(size > 0 for size in sizes.values()):
            return every
        return f"({' OR '.join(rare)}) AND ({every})"

    def _rows(
        self, db: sqlite3.Connection, found: Iterable[tuple[int, float]], status: str, limit: int
    ) -> list[Hit]:
        hits: list[Hit] = []
        for id, score in found:
            row = self._row(db, id)
            if status in ("all", row.status):
                hits.append(Hit(row, score))
                if len(hits) == limit:
                    break
        return hits

    def _row(self, db: sqlite3.Connection, id: int) -> Row:
        """The entry. One that another, active entry says it supersedes is superseded, whatever its own words say."""
        got = db.execute("SELECT * FROM entries WHERE id = ?", (id,)).fetchone()
        row = Row(*got[:5], tuple(got[5].split()), *got[6:12], bool(got[12]), got[13])
        if row.status != "active":
            return row
        later = "SELECT 1 FROM superseded s JOIN entries e ON e.id = s.by WHERE s.old = ? AND e.status = 'active' AND e.id != ?"
        return replace(row, status="superseded") if db.execute(later, (row.path, id)).fetchone() else row

    def entry(self, path: str) -> Row | None:
        """One entry by its path, as the journals' root sees it."""

        def one() -> Row | None:
            db = self._open()
            got = db.execute("SELECT id FROM entries WHERE path = ?", (inside(path),)).fetchone()
            return self._row(db, got[0]) if got else None

        return self._mended(one)

    def habits(self) -> list[tuple[str, Row]]:
        """Every pattern of every active entry that has a `when`, with the entry."""

        def all() -> list[tuple[str, Row]]:
            db = self._open()
            found = db.execute("SELECT pattern, entry FROM habits ORDER BY entry DESC").fetchall()
            return [(pattern, row) for pattern, id in found if (row := self._row(db, id)).status == "active"]

        return self._mended(all)

    def connection(self) -> sqlite3.Connection:
        """The database, to read what no method asks for. It is of the thread that made it first."""
        return self._mended(self._open)

    def close(self) -> None:
        """Let go of the file."""
        if self._db:
            self._db.close()
        self._db, self._seen, self._known = None, -1, {}

    # -- the file

    def _open(self) -> sqlite3.Connection:
        if self._db:
            return self._db
        if self.file is None:
            self._db = _connect(":memory:")
            self._make(self._db)
            return self._db
        self.file.parent.mkdir(parents=True, exist_ok=True)
        self._db = _connect(str(self.file))
        found = self._db.execute("PRAGMA user_version").fetchone()[0]
        if found != VERSION:
            with self._writing(self._db):
                found = self._db.execute("PRAGMA user_version").fetchone()[0]
                if found != VERSION:  # nobody made it while this one waited
                    if self._db.execute("SELECT 1 FROM sqlite_master").fetchone():
                        self.notes.append(
                            f"{self.file} was written by another version of me (index {found}, mine is {VERSION}): "
                            "I make it anew from the files."
                        )
                    self._make(self._db)
        return self._db

    def _make(self, db: sqlite3.Connection) -> None:
        tables = db.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY sql NOT LIKE '%VIRTUAL%'").fetchall()
        for (name,) in tables:
            if not name.startswith("sqlite_"):
                with suppress(sqlite3.OperationalError):  # a table of a virtual table that left with it
                    db.execute(f'DROP TABLE IF EXISTS "{name}"')
        for statement in SCHEMA.split(";"):
            if statement.strip():
                db.execute(statement)
        db.execute("INSERT INTO words(words, rank) VALUES ('hashsize', 67108864)")  # fewer, larger segments
        db.execute(f"PRAGMA user_version = {VERSION}")

    @contextmanager
    def _writing(self, db: sqlite3.Connection) -> Iterator[None]:
        db.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._seen = -1
            db.execute("ROLLBACK")
            raise
        db.execute("COMMIT")

    def _mended(self, do: Callable[[], T]) -> T:
        """Do it; where the file turns out to be no sound index, make it anew from the files and do it again."""
        try:
            return do()
        except sqlite3.DatabaseError as error:
            if self.file is None or (getattr(error, "sqlite_errorcode", 0) & 0xFF) not in BROKEN:
                raise
        self.close()
        with alone(self.file):
            for suffix in ("", "-wal", "-shm"):
                Path(f"{self.file}{suffix}").unlink(missing_ok=True)
            self._open()
        self.notes.append(f"{self.file} was damaged: I made it anew from the files.")
        return do() if do == self._refresh else (self._refresh(), do())[1]


BROKEN = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


def _connect(file: str) -> sqlite3.Connection:
    db = sqlite3.connect(file, timeout=WAIT_S, isolation_level=None, check_same_thread=False)
    db.execute("PRAGMA journal_mode = WAL")
    db.execute("PRAGMA synchronous = NORMAL")  # a crash of the machine may lose the last refresh, which is made again
    db.execute("PRAGMA cache_size = -65536")
    db.execute("PRAGMA mmap_size = 1073741824")
    return db


def _known(db: sqlite3.Connection) -> dict[str, Folder]:
    """What the index was made from."""
    known = {row[0]: Folder(tuple(row[1:5]), bool(row[5])) for row in db.execute("SELECT * FROM folders")}
    for folder in known:
        if folder:
            above = known.get(os.path.split(folder)[0])
            if above:
                above.folders = (*above.folders, os.path.split(folder)[1])
    query = "SELECT folder, name, size, mtime, ctime, ino FROM files WHERE folder = ?"
    for folder, seen in known.items():
        seen.files = {row[1]: row[2:] for row in db.execute(query, (folder,))}
    for folder, name in db.execute("SELECT folder, name FROM files WHERE NOT settled"):
        known[folder].unsettled.add(name)
    return known


def _columns(title: str, context: str, tags: str, body: str) -> tuple[str, str, str, str]:
    """The four columns of `words`. A function of what `entries` keeps, because leaving takes the same words as entering."""
    return f"{title} {context}", tags, body, words.parts(body)


def quoted(word: str) -> str:
    """A word or phrase as FTS5 takes it literally."""
    return '"' + word.replace('"', '""') + '"'


def inside(path: str) -> str:
    """A path as the index spells it: `devlogs/semantic/x.md`, `./semantic/x` and `semantic/x.md` are one."""
    path = path.strip().strip("<>[]").removeprefix("./")
    _, _, below = path.rpartition("devlogs/")
    return below if below.endswith(".md") else f"{below}.md"
