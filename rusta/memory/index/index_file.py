"""The SQLite file of the index: built from the journals, updated incrementally, rebuilt when it is damaged.

One process at a time writes, in a transaction; the others read the previous state (WAL) or wait. A refresh is
committed whole or not at all, so a killed process leaves the index as it was.

On opening, the file is checked for its tables and for the number of rows that each had when it was last written; each
row of `entries` that is read is checked against its checksum. `trouble` compares the whole index with a new one, which
takes as long as building it.
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
from rusta.memory.entries.entry import Entry, parse_leniently
from rusta.memory.index import terms
from rusta.memory.storage import changes
from rusta.memory.storage.changes import WatchedFolder
from rusta.memory.storage.uses import UseCounts

VERSION = 3
WAIT_S = 120.0  # for another writing process: a first index of 100,000 entries takes half a minute
TRIES = 2  # attempts to rebuild the file; after a damaged one, the disk may turn out to be full
BATCH = 20_000  # entries held in memory at once, to be written in order of date
BROKEN = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
# Errors that a sound file can also give; the file is checked for lost tables or rows. 0: text that does not decode.
SUSPECT = (0, sqlite3.SQLITE_ERROR, sqlite3.SQLITE_CONSTRAINT, sqlite3.SQLITE_MISMATCH, sqlite3.SQLITE_SCHEMA)
# A full disk is among them: the journals can still be read then.
UNWRITABLE = (
    sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM, sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR,
)  # fmt: skip
COLUMNS = (
    "id, path, journal, date, title, tags, confidence, context, repo, version, source, status, importance, pinned, body"
)
T = TypeVar("T")
EntryRecord = tuple[Entry, str, tuple[object, ...]]  # the entry, its path, and its row in `files`
FTS = ("data", "idx", "docsize", "config")  # FTS5's shadow tables of `words`
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
    """The file is an SQLite database but not a sound index of these journals: a part is missing or was changed."""


class NoJournals(RustaError):
    """The journals folder does not exist or cannot be read."""


@dataclass(frozen=True)
class Refreshed:
    """Result of a refresh: entries indexed and removed, seconds taken, and `notes` (sentences for the user)."""

    indexed: int = 0
    gone: int = 0
    seconds: float = 0.0
    notes: tuple[str, ...] = ()


class Derived:
    """The index database of the journals below `root`. `file` None keeps it in memory, for a read-only home.

    `say` is called at once when a damaged file is replaced; without it, the message goes to the next refresh's notes.
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
        self._inode: int | None = None  # of the open file
        self._seen = -1  # the data_version at which `_known` was read

    def ask(self, do: Callable[[sqlite3.Connection], T]) -> T:
        """Run a query; if the file turns out to be damaged, rebuild it from the journals and try again."""
        for _ in range(TRIES):
            try:
                return do(self._open())
            except (sqlite3.DatabaseError, Unsound) as error:
                self._mend(error)
            self.notes += self.refresh().notes
        return do(self._open())

    def refresh(self) -> Refreshed:
        """Bring the index up to date with the files on disk. Raises `NoJournals`."""
        began = time.perf_counter()
        for _ in range(TRIES):
            try:
                return self._refreshed(began)
            except (sqlite3.DatabaseError, Unsound) as error:
                self._mend(error)
        return self._refreshed(began)

    def trouble(self) -> str | None:
        """Check the whole file (slow); return what is wrong, or None. Refresh it first. Repairs nothing."""
        found = self.ask(lambda db: db.execute("PRAGMA quick_check").fetchone()[0])
        if found != "ok":
            return str(found)
        with suppress(sqlite3.OperationalError):  # another process is reading: the check is skipped
            self.ask(lambda db: db.execute("INSERT INTO words(words) VALUES ('integrity-check')"))
        if self._unlike() is None:
            return None
        self.refresh()  # the difference may be an entry written meanwhile
        return self._unlike()

    def make_anew(self, why: str = "it is not as the files are") -> Refreshed:
        """Set the file aside and rebuild the index from the journals."""
        self._open()
        if self.file:
            self._replace(why)
        return self.refresh()

    def close(self) -> None:
        """Close the database."""
        if self._db:
            self._db.close()
        self._db, self._seen, self._known = None, -1, {}

    # Checks.

    def _mend(self, error: Exception) -> None:
        """Set aside a damaged file, or switch to memory if it cannot be written; re-raise any other error."""
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
        if self._db is None or "decode" in str(error):  # the file could not even be opened
            return str(error)
        try:
            return _lacks(self._db)
        except sqlite3.DatabaseError as worse:
            return str(worse)

    def _unlike(self) -> str | None:
        """Return the first difference from a newly built index, or None."""
        fresh = Derived(self.root, None, UseCounts(None))
        fresh.refresh()
        try:
            return self.ask(lambda db: fresh.ask(lambda other: _difference(db, other)))
        finally:
            fresh.close()

    # Reading the journals.

    def _refreshed(self, began: float) -> Refreshed:
        indexed, gone, notes = self._refresh(self._open())
        said, self.notes = (*self.notes, *notes), []
        return Refreshed(indexed, gone, time.perf_counter() - began, said)

    def _refresh(self, db: sqlite3.Connection) -> tuple[int, int, list[str]]:
        found = self._look(db)
        if not (found.look_into or found.gone or found.folders):
            return 0, 0, found.notes
        with self._writing(db):
            found = self._look(db)  # another process may have written while this one waited for the lock
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
        """Read a file; None if its content is unchanged or it cannot be read. `new`: the index is still empty."""
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
            stamp = changes.stamp(os.fstat(handle))  # before reading, so that a later edit changes the stamp
            raw = file.readall()
        digest = hashlib.blake2b(raw, digest_size=16).digest()
        settled = changes.settled(stamp[1], stamp[2], now_ns=at)
        known = self._known[folder]
        known.files[name] = stamp
        (known.unsettled.discard if settled else known.unsettled.add)(name)
        if not new:
            asked = "SELECT hash, entry, mtime / 1000000000, date FROM files LEFT JOIN entries ON id = entry"
            had = db.execute(f"{asked} WHERE folder = ? AND name = ?", (folder, name)).fetchone()
            dated = had and had[2] != had[3]  # dated by its own text or name, not by the file's mtime
            if had and had[0] == digest and (dated or stamp[1] // 1_000_000_000 == had[3]):
                again = (
                    "UPDATE files SET (size, mtime, ctime, ino, settled) = (?,?,?,?,?) WHERE folder = ? AND name = ?"
                )
                db.execute(again, (*stamp, settled, folder, name))
                return None
            if had:
                self._drop(db, had[1])
        return parse_leniently(raw, path), path, (folder, name, *stamp, settled, digest)

    def _insert(self, db: sqlite3.Connection, read: list[EntryRecord]) -> None:
        """Insert entries in order of date: FTS5 writes a new segment whenever ids decrease, taking ten times as long.

        An entry's id is its date in seconds, or the first free second after it, so the newest have the largest ids.
        """
        if not read:
            return
        dated = sorted(((_date(entry, file), entry, path, file) for entry, path, file in read), key=lambda one: one[0])
        span = (dated[0][0], dated[-1][0] + len(dated))
        taken = {id for (id,) in db.execute("SELECT id FROM entries WHERE id BETWEEN ? AND ?", span)}
        entries, texts, files = [], [], []
        after: dict[int, int] = {}  # by date, where the last search for a free second ended: many entries share a day
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
            entries.append((*row, row_checksum(row)))
            patterns = [part.strip() for said in entry.when for part in said.split("|") if part.strip()]
            if patterns:
                db.executemany("INSERT INTO habits VALUES (?,?)", [(id, pattern) for pattern in patterns])
            if old := entry.supersedes:
                db.executemany("INSERT INTO superseded VALUES (?,?)", [(id, indexed_path(one)) for one in old])
            if to := entry.links:
                db.executemany("INSERT INTO links VALUES (?,?)", [(id, indexed_path(one)) for one in to])
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
        """Remove an entry from the index. Returns the hash of its content."""
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

    # Opening and replacing the file.

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
            for part in database_files(self.file):
                make_way(part, self._tell)
            self._inode = _inode(self.file)
            if emptied(self.file):
                raise Unsound("it is empty")
        db = self._db = sqlite3.connect(self.file or ":memory:", WAIT_S, isolation_level=None, check_same_thread=False)
        self._inode = _inode(self.file) if self.file else None
        wal(db)
        db.execute("PRAGMA synchronous = NORMAL")  # a power loss may lose the last refresh, which is then repeated
        db.execute("PRAGMA cache_size = -65536")
        db.execute("PRAGMA mmap_size = 1073741824")
        if db.execute("PRAGMA user_version").fetchone()[0] != VERSION:
            with self._writing(db):
                found = db.execute("PRAGMA user_version").fetchone()[0]
                if found != VERSION:  # no other process created it while this one waited
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
            with suppress(sqlite3.OperationalError):  # a shadow table that was dropped with its virtual table
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
            with suppress(sqlite3.Error):  # the error may have ended the transaction
                db.execute("ROLLBACK")
            raise
        db.execute("COMMIT")

    def _replace(self, why: str) -> None:
        assert self.file is not None
        self.close()
        with alone(self.file):
            if _inode(self.file) != self._inode:
                return  # another process has already replaced it
            set_aside(self.file, why, self._tell)
            for part in database_files(self.file)[1:]:
                part.unlink(missing_ok=True)

    def _tell(self, line: str) -> None:
        if self.say:
            self.say(line)
        else:
            self.notes.append(line)


def database_files(file: Path) -> list[Path]:
    """Return the database file, its write-ahead log and its shared-memory file."""
    return [Path(f"{file}{suffix}") for suffix in ("", "-wal", "-shm")]


def emptied(file: Path) -> bool:
    """Whether the file was truncated to zero but has a WAL: SQLite then waits for any process that has it open."""
    try:
        return file.stat().st_size == 0 and database_files(file)[1].exists()
    except OSError:
        return False


def _inode(file: Path) -> int | None:
    try:
        return file.stat().st_ino
    except OSError:
        return None


def wal(db: sqlite3.Connection) -> None:
    """Switch to WAL mode, so that readers are not blocked by a writer.

    If two processes create the same file, SQLite returns BUSY to one at once despite the timeout; this retries.
    """
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
    """Read within one transaction: a folder that another process adds meanwhile is in all of the reads or in none."""
    if db.in_transaction:
        yield
        return
    db.execute("BEGIN")
    try:
        yield
    finally:
        db.execute("ROLLBACK")


def _lacks(db: sqlite3.Connection) -> str | None:
    """Return what the file lacks of its last written state (a table, an index, rows); None if nothing."""
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


def row_checksum(row: Sequence[object]) -> bytes:
    """Return a checksum of a row of `entries`, to detect changes by anything but this module."""
    return hashlib.blake2b("\0".join(map(str, row)).encode(errors="surrogatepass"), digest_size=8).digest()


def _difference(db: sqlite3.Connection, other: sqlite3.Connection) -> str | None:
    """Return the first difference of two indexes of the same journals; ids depend on insert order and are ignored."""
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
    """Load the folders and files the index was built from."""
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
    """Return an entry's date in seconds since 1970: its own date, else the mtime of its file."""
    said = entry.date
    return int(said.timestamp()) if said else int(str(file[3])) // 1_000_000_000


def _columns(title: str, context: str, tags: str, body: str) -> tuple[str, str, str, str]:
    """Return the four columns of `words`, from columns of `entries` only: FTS5 needs the same text to delete a row."""
    return f"{title} {context}", tags, body, terms.extra_terms(body)


def indexed_path(path: str) -> str:
    """Normalize a path as the index stores it: `devlogs/semantic/x.md`, `./semantic/x` and `semantic/x.md` are one."""
    path = path.strip().strip("<>[]").removeprefix("./")
    _, _, below = path.rpartition("devlogs/")
    return below if below.endswith(".md") else f"{below}.md"
