"""The file of the index: made from the journals, kept up with them, and made anew when it is no sound index.

One process at a time writes, in a transaction; the others read what was there before (WAL) or wait. What is written
in one refresh is there whole or not at all, so a process that is killed leaves the index as it was.

A file that is opened is checked for its tables and for how many rows each had when it was last written; a row that is
read, by a sum of what it holds. `trouble` compares everything with an index made anew, which takes as long as making it.
"""

import hashlib
import os
import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from typing import TypeVar

from rusta.core.derived_files import make_way, set_aside
from rusta.core.errors import RustaError
from rusta.core.home import alone
from rusta.memory.entries.entry import Entry, look
from rusta.memory.index import terms
from rusta.memory.storage import changes
from rusta.memory.storage.changes import WatchedFolder
from rusta.memory.storage.uses import UseCounts

VERSION = 3
WAIT_S = 120.0  # for another process that is writing: a first index of 100,000 entries takes half a minute
TRIES = 2  # to make the file anew; after a damaged one the disk may turn out to be full
BATCH = 20_000  # entries that are held in memory at once, to be written in order of date
BROKEN = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
# What a sound file can answer too, and one that lacks a table or rows does. 0: no text where Python expects it.
SUSPECT = (0, sqlite3.SQLITE_ERROR, sqlite3.SQLITE_CONSTRAINT, sqlite3.SQLITE_MISMATCH, sqlite3.SQLITE_SCHEMA)
# A full disk among them: its journals can be read all the same.
UNWRITABLE = (
    sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM, sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR,
)  # fmt: skip
COLUMNS = (
    "id, path, journal, date, title, tags, confidence, context, repo, version, source, status, importance, pinned, body"
)
T = TypeVar("T")
EntryRecord = tuple[Entry, str, tuple[object, ...]]  # the entry, where it lies, and its row in `files`
FTS = ("data", "idx", "docsize", "config")  # the tables behind `words`
COUNTED = ("folders", "files", "entries", "habits", "superseded", "links", "words_docsize")

SCHEMA = f"""
CREATE TABLE folders (path TEXT PRIMARY KEY, size INT, mtime INT, ctime INT, ino INT, settled INT) WITHOUT ROWID;
CREATE TABLE files (folder TEXT, name TEXT, size INT, mtime INT, ctime INT, ino INT, settled INT, hash BLOB, entry INT,
  PRIMARY KEY (folder, name)) WITHOUT ROWID;
CREATE TABLE entries ({COLUMNS.replace("id,", "id INTEGER PRIMARY KEY,").replace("path,", "path TEXT UNIQUE,")}, sum BLOB);
CREATE TABLE habits (entry INT, pattern TEXT);
CREATE TABLE superseded (by INT, old TEXT);
CREATE TABLE links (by INT, old TEXT);
CREATE TABLE counted (name TEXT PRIMARY KEY, rows INT) WITHOUT ROWID;
CREATE INDEX habits_entry ON habits (entry);
CREATE INDEX superseded_by ON superseded (by);
CREATE INDEX links_by ON links (by);
CREATE INDEX links_old ON links (old);
CREATE INDEX superseded_old ON superseded (old);
CREATE VIRTUAL TABLE words USING fts5(title, tags, body, parts, content='', tokenize='porter unicode61');
"""


class Unsound(Exception):
    """The file is SQLite's, and not the index of these journals: what is missing, or other than it was written."""


class NoJournals(RustaError):
    """The folder of the journals is not there, or cannot be read."""


@dataclass(frozen=True)
class Refreshed:
    """What a refresh did. `notes` are sentences for the person."""

    indexed: int = 0
    gone: int = 0
    seconds: float = 0.0
    notes: tuple[str, ...] = ()


class Derived:
    """The journals below `root` in SQLite. `file` None keeps it in memory: for a home that takes no writing.

    `say` is told at once of a file that was damaged; without it that is among the next refresh's notes.
    """

    def __init__(
        self, root: Path, file: Path | None, uses: UseCounts, say: Callable[[str], None] | None = None
    ) -> None:
        self.root = root
        self.file = file
        self.uses = uses
        self.notes: list[str] = []
        self.say = say
        self._db: sqlite3.Connection | None = None
        self._known: dict[str, WatchedFolder] = {}
        self._inode: int | None = None  # of the file that is open
        self._seen = -1  # the data_version that `_known` is of

    def ask(self, do: Callable[[sqlite3.Connection], T]) -> T:
        """Run a question; where the file turns out to be no sound index, make it anew from the journals first."""
        for _ in range(TRIES):
            try:
                return do(self._open())
            except (sqlite3.DatabaseError, Unsound) as error:
                self._mend(error)
            self.notes += self.refresh().notes
        return do(self._open())

    def refresh(self) -> Refreshed:
        """Bring the index up to what is on disk now. Raises `NoJournals`."""
        began = time.perf_counter()
        for _ in range(TRIES):
            try:
                return self._refreshed(began)
            except (sqlite3.DatabaseError, Unsound) as error:
                self._mend(error)
        return self._refreshed(began)

    def trouble(self) -> str | None:
        """A slow and thorough look: what is wrong with the file, or None. It must be refreshed, and is not changed."""
        found = self.ask(lambda db: db.execute("PRAGMA quick_check").fetchone()[0])
        if found != "ok":
            return str(found)
        with suppress(sqlite3.OperationalError):  # a reader elsewhere: nothing was found wrong
            self.ask(lambda db: db.execute("INSERT INTO words(words) VALUES ('integrity-check')"))
        if self._unlike() is None:
            return None
        self.refresh()  # or somebody wrote an entry meanwhile
        return self._unlike()

    def make_anew(self, why: str = "it is not as the files are") -> Refreshed:
        """Leave the file, and make another from the journals."""
        self._open()
        if self.file:
            self._replace(why)
        return self.refresh()

    def close(self) -> None:
        """Let go of the file."""
        if self._db:
            self._db.close()
        self._db, self._seen, self._known = None, -1, {}

    # What is wrong.

    def _mend(self, error: Exception) -> None:
        """Make the way free for another file where this one is why a question failed; raise the error where it is not."""
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        if self.file is None:
            raise error
        if code in UNWRITABLE:
            self.close()
            self.notes.append(f"{self.file} cannot be written: I keep the index in memory for this time.")
            self.file = None
        elif isinstance(error, Unsound) or code in BROKEN:
            self._replace(str(error))
        elif code in SUSPECT and (why := self._lacking(error)):
            self._replace(why)
        else:
            raise error

    def _lacking(self, error: Exception) -> str | None:
        if self._db is None or "decode" in str(error):  # it could not even be opened
            return str(error)
        try:
            return _lacks(self._db)
        except sqlite3.DatabaseError as worse:
            return str(worse)

    def _unlike(self) -> str | None:
        """The first way in which the index is other than one made anew, or None."""
        fresh = Derived(self.root, None, UseCounts(None))
        fresh.refresh()
        try:
            return self.ask(lambda db: fresh.ask(lambda other: _difference(db, other)))
        finally:
            fresh.close()

    # What is on disk.

    def _refreshed(self, began: float) -> Refreshed:
        indexed, gone, notes = self._refresh(self._open())
        said, self.notes = (*self.notes, *notes), []
        return Refreshed(indexed, gone, time.perf_counter() - began, said)

    def _refresh(self, db: sqlite3.Connection) -> tuple[int, int, list[str]]:
        found = self._look(db)
        if not (found.look_into or found.gone or found.folders):
            return 0, 0, found.notes
        with self._writing(db):
            found = self._look(db)  # another process may have written while this one waited
            written = self._write(db, found), len(found.gone), found.notes
            self._count(db)
            return written

    def _look(self, db: sqlite3.Connection) -> changes.FolderChanges:
        version = db.execute("PRAGMA data_version").fetchone()[0]
        if version != self._seen:
            with _snapshot(db):
                self._known, self._seen = _known(db), version
        try:
            return changes.since(self.root, self._known)
        except OSError as error:
            raise NoJournals(
                f"{self.root} cannot be read: {error.strerror}. My journals are the files below it, "
                "and a first entry makes the folder: rusta devlog write"
            ) from None

    def _write(self, db: sqlite3.Connection, found: changes.FolderChanges) -> int:
        left = {digest: path for path in found.gone if (digest := self._forget(db, path))}
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
            for _, path, file in read if left else ():
                if was := left.get(file[7]):  # pyrefly: ignore
                    self.uses.moved(was, path)
            indexed += len(read)
        return indexed

    def _read(self, db: sqlite3.Connection, path: str, new: bool) -> EntryRecord | None:
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
        with os.fdopen(handle, "rb", buffering=0) as file:
            stamp = changes.stamp(os.fstat(handle))  # before the bytes, so that a later edit moves it
            raw = file.readall()
        digest = hashlib.blake2b(raw, digest_size=16).digest()
        settled = changes.settled(stamp[1], stamp[2], now_ns=at)
        known = self._known[folder]
        known.files[name] = stamp
        (known.unsettled.discard if settled else known.unsettled.add)(name)
        if not new:
            asked = "SELECT hash, entry, mtime / 1000000000, date FROM files LEFT JOIN entries ON id = entry"
            had = db.execute(f"{asked} WHERE folder = ? AND name = ?", (folder, name)).fetchone()
            dated = had and had[2] != had[3]  # by itself, and not by when its file was changed
            if had and had[0] == digest and (dated or stamp[1] // 1_000_000_000 == had[3]):
                again = (
                    "UPDATE files SET (size, mtime, ctime, ino, settled) = (?,?,?,?,?) WHERE folder = ? AND name = ?"
                )
                db.execute(again, (*stamp, settled, folder, name))
                return None
            if had:
                self._drop(db, had[1])
        return look(raw, path), path, (folder, name, *stamp, settled, digest)

    def _insert(self, db: sqlite3.Connection, read: list[EntryRecord]) -> None:
        """Write them in order of date: FTS5 writes a segment whenever ids go backwards, and takes ten times as long.

        An entry's id is its date in seconds, or the first free second after it, so that the newest have the largest.
        """
        if not read:
            return
        dated = sorted(((_date(entry, file), entry, path, file) for entry, path, file in read), key=lambda one: one[0])
        span = (dated[0][0], dated[-1][0] + len(dated))
        taken = {id for (id,) in db.execute("SELECT id FROM entries WHERE id BETWEEN ? AND ?", span)}
        entries, texts, files = [], [], []
        after: dict[int, int] = {}  # where the last search for a free second ended: many share a day
        for date, entry, path, file in dated:
            id = after.get(date, date)
            while id in taken or (id > span[1] and db.execute("SELECT 1 FROM entries WHERE id = ?", (id,)).fetchone()):
                id += 1
            taken.add(id)
            after[date] = id + 1
            title, tags, context = entry.title, "\n".join(entry.tags), entry.text("context")
            texts.append((id, *_columns(title, context, tags, entry.body)))
            files.append((*file, id))
            what = (id, path, path.partition("/")[0], date, title, tags, entry.confidence.value, context)
            where = (entry.text("repo"), entry.text("version"), entry.text("source"))
            row = (*what, *where, entry.status.value, entry.importance or 0, int(entry.pinned), entry.body)
            entries.append((*row, summed(row)))
            patterns = [part.strip() for said in entry.when for part in said.split("|") if part.strip()]
            if patterns:
                db.executemany("INSERT INTO habits VALUES (?,?)", [(id, pattern) for pattern in patterns])
            if old := entry.supersedes:
                db.executemany("INSERT INTO superseded VALUES (?,?)", [(id, inside(one)) for one in old])
            if to := entry.links:
                db.executemany("INSERT INTO links VALUES (?,?)", [(id, inside(one)) for one in to])
        db.executemany(f"INSERT INTO entries VALUES ({', '.join('?' * (len(COLUMNS.split(', ')) + 1))})", entries)
        db.executemany("INSERT INTO words(rowid, title, tags, body, parts) VALUES (?,?,?,?,?)", texts)
        db.executemany("INSERT OR REPLACE INTO files VALUES (?,?,?,?,?,?,?,?,?)", files)

    def _drop(self, db: sqlite3.Connection, id: int) -> None:
        row = db.execute("SELECT title, context, tags, body FROM entries WHERE id = ?", (id,)).fetchone()
        if row is None:
            raise Unsound(f"entry {id} is missing")
        gone = "INSERT INTO words(words, rowid, title, tags, body, parts) VALUES ('delete',?,?,?,?,?)"
        db.execute(gone, (id, *_columns(*row)))
        for table, key in {"entries": "id", "habits": "entry", "superseded": "by", "links": "by"}.items():
            db.execute(f"DELETE FROM {table} WHERE {key} = ?", (id,))

    def _forget(self, db: sqlite3.Connection, path: str) -> bytes | None:
        """Take an entry out. Returns the hash of what it said."""
        folder, _, name = path.rpartition("/")
        if folder in self._known:
            self._known[folder].files.pop(name, None)
            self._known[folder].unsettled.discard(name)
        had = db.execute("SELECT hash, entry FROM files WHERE folder = ? AND name = ?", (folder, name)).fetchone()
        if not had:
            return None
        self._drop(db, had[1])
        db.execute("DELETE FROM files WHERE folder = ? AND name = ?", (folder, name))
        return had[0]

    # The file.

    def _open(self) -> sqlite3.Connection:
        if self._db:
            return self._db
        try:
            return self._opened()
        except BaseException:
            self.close()
            raise

    def _opened(self) -> sqlite3.Connection:
        if self.file:
            with suppress(OSError):
                self.file.parent.mkdir(parents=True, exist_ok=True)
            for part in parts(self.file):
                make_way(part, self._tell)
            self._inode = _inode(self.file)
            if emptied(self.file):
                raise Unsound("it is empty")
        db = self._db = sqlite3.connect(self.file or ":memory:", WAIT_S, isolation_level=None, check_same_thread=False)
        self._inode = _inode(self.file) if self.file else None
        wal(db)
        db.execute("PRAGMA synchronous = NORMAL")  # a machine that loses power may lose the last refresh, made again
        db.execute("PRAGMA cache_size = -65536")
        db.execute("PRAGMA mmap_size = 1073741824")
        if db.execute("PRAGMA user_version").fetchone()[0] != VERSION:
            with self._writing(db):
                found = db.execute("PRAGMA user_version").fetchone()[0]
                if found != VERSION:  # nobody made it while this one waited
                    self._make(db, found)
        elif why := _lacks(db):
            raise Unsound(why)
        return db

    def _make(self, db: sqlite3.Connection, found: int) -> None:
        tables = "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY sql NOT LIKE '%VIRTUAL%'"
        old = [name for (name,) in db.execute(tables) if not name.startswith("sqlite_")]
        if old:
            self.notes.append(
                f"{self.file} was written by another version of me (index {found}, mine is {VERSION}): "
                "I make it anew from the journals."
            )
        for name in old:
            with suppress(sqlite3.OperationalError):  # a part of a virtual table that left with it
                db.execute(f'DROP TABLE IF EXISTS "{name}"')
        for statement in SCHEMA.split(";\n"):
            if statement.strip():
                db.execute(statement)
        db.execute("INSERT INTO words(words, rank) VALUES ('hashsize', 67108864)")  # fewer, larger segments
        self._count(db)
        db.execute(f"PRAGMA user_version = {VERSION}")

    @staticmethod
    def _count(db: sqlite3.Connection) -> None:
        db.executemany("INSERT OR REPLACE INTO counted VALUES (?,?)", _counts(db).items())

    @contextmanager
    def _writing(self, db: sqlite3.Connection) -> Iterator[None]:
        db.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._seen = -1
            with suppress(sqlite3.Error):  # what broke it may have ended it
                db.execute("ROLLBACK")
            raise
        db.execute("COMMIT")

    def _replace(self, why: str) -> None:
        assert self.file is not None
        self.close()
        with alone(self.file):
            if _inode(self.file) != self._inode:
                return  # another process was quicker
            set_aside(self.file, why, self._tell)
            for part in parts(self.file)[1:]:
                part.unlink(missing_ok=True)

    def _tell(self, line: str) -> None:
        if self.say:
            self.say(line)
        else:
            self.notes.append(line)


def parts(file: Path) -> list[Path]:
    """The file, its log of what is not in it yet, and the memory that processes share about that."""
    return [Path(f"{file}{suffix}") for suffix in ("", "-wal", "-shm")]


def emptied(file: Path) -> bool:
    """Whether somebody emptied a file that has a log: while a process has it open, SQLite waits for that one to end."""
    try:
        return file.stat().st_size == 0 and parts(file)[1].exists()
    except OSError:
        return False


def _inode(file: Path) -> int | None:
    try:
        return file.stat().st_ino
    except OSError:
        return None


def wal(db: sqlite3.Connection) -> None:
    """Let readers go on while one writes. Of two that begin the same file SQLite refuses one without a wait."""
    end = time.monotonic() + WAIT_S
    while True:
        try:
            db.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > end:
                raise
            time.sleep(0.01)


@contextmanager
def _snapshot(db: sqlite3.Connection) -> Iterator[None]:
    """All reads see one moment: a folder that another process adds between two of them is in both or in none."""
    if db.in_transaction:
        yield
        return
    db.execute("BEGIN")
    try:
        yield
    finally:
        db.execute("ROLLBACK")


def _lacks(db: sqlite3.Connection) -> str | None:
    """A table, an index, or rows that the file does not have as it was last written; None where it has all."""
    there = dict(db.execute("SELECT name, sql FROM sqlite_master"))
    statements = {part.strip() for part in SCHEMA.split(";\n")} - {""}
    if lost := sorted({f"words_{part}" for part in FTS} - set(there)) or sorted(statements - set(there.values())):
        return f"it lacks: {lost[0][:60]}"
    with _snapshot(db):
        said, found = dict(db.execute("SELECT name, rows FROM counted")), _counts(db)
    wrong = [f"{found[name]} rows of {said.get(name)} in {name}" for name in COUNTED if said.get(name) != found[name]]
    return wrong[0] if wrong else None


def _counts(db: sqlite3.Connection) -> dict[str, int]:
    return {name: db.execute(f"SELECT count(*) FROM {name}").fetchone()[0] for name in COUNTED}


def summed(row: Sequence[object]) -> bytes:
    """A sum of what a row of `entries` holds: one that was changed by somebody else does not fit it."""
    return hashlib.blake2b("\0".join(map(str, row)).encode(errors="surrogatepass"), digest_size=8).digest()


def _difference(db: sqlite3.Connection, other: sqlite3.Connection) -> str | None:
    """How an index differs from another of the same journals. Numbers of entries depend on the order they came in."""
    of_entry = "SELECT path, {0} FROM {1} LEFT JOIN entries e ON e.id = {2} ORDER BY 1, 2"
    queries = {
        "entries": f"SELECT {COLUMNS.removeprefix('id, ')} FROM entries ORDER BY 1",
        "files": "SELECT folder || '/' || name, path, hash FROM files LEFT JOIN entries e ON e.id = entry ORDER BY 1",
        "habits": of_entry.format("pattern", "habits", "entry"),
        "superseded": of_entry.format("old", "superseded", "by"),
        "links": of_entry.format("old", "links", "by"),
        "words": "SELECT term, doc, cnt FROM temp.vocabulary ORDER BY 1",
    }
    for each in (db, other):
        each.execute("CREATE VIRTUAL TABLE IF NOT EXISTS temp.vocabulary USING fts5vocab('main', 'words', 'row')")
    for table, query in queries.items():
        for mine, made in zip_longest(db.execute(query), other.execute(query)):
            if mine != made:
                return f"{table} is not as the files say, first at {(made or mine)[0]}"
    return None


def _known(db: sqlite3.Connection) -> dict[str, WatchedFolder]:
    """What the index was made from."""
    known = {row[0]: WatchedFolder(row[1:5], bool(row[5])) for row in db.execute("SELECT * FROM folders")}
    for folder in known:
        above, _, name = folder.rpartition("/")
        if folder and above in known:
            known[above].folders = (*known[above].folders, name)
    query = "SELECT name, size, mtime, ctime, ino FROM files WHERE folder = ?"
    for folder, seen in known.items():
        seen.files = {row[0]: row[1:] for row in db.execute(query, (folder,))}
    for folder, name in db.execute("SELECT folder, name FROM files WHERE NOT settled"):
        if folder not in known:
            raise Unsound(f"{folder} is missing in folders")
        known[folder].unsettled.add(name)
    return known


def _date(entry: Entry, file: tuple[object, ...]) -> int:
    """When it was written, in seconds since 1970: as it says, else when the file was last changed."""
    said = entry.date
    return int(said.timestamp()) if said else int(str(file[3])) // 1_000_000_000


def _columns(title: str, context: str, tags: str, body: str) -> tuple[str, str, str, str]:
    """The four columns of `words`. A function of what `entries` keeps, because leaving takes the same words as entering."""
    return f"{title} {context}", tags, body, terms.parts(body)


def inside(path: str) -> str:
    """A path as the index spells it: `devlogs/semantic/x.md`, `./semantic/x` and `semantic/x.md` are one."""
    path = path.strip().strip("<>[]").removeprefix("./")
    _, _, below = path.rpartition("devlogs/")
    return below if below.endswith(".md") else f"{below}.md"
