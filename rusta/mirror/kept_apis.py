"""The public APIs of crates at the states that are known, in one file of SQLite, so that a turn looks an item up in a millisecond.

A state is a crate at a release, or at a commit of a mirror; states with the same sources share what is kept. The file is derived: a
damaged one is set aside, and the next `rusta mirror update` reads the newest states again. What is kept of an item: `item_rows`.
"""

import sqlite3
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from rusta.core.derived_files import make_way, set_aside
from rusta.core.home import Home

LAYOUT = 1  # also of what is read of a source: with another number all is read again
FILE = "apis.sqlite"
MOST_STATES = 12  # of one crate in one mirror, or of its releases
MOST_ALIKE = 500  # items of one name that are looked at
PATIENCE = 60  # seconds that another process may write
TURN_PATIENCE = 0.05
DAMAGED = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
SCHEMA = f"""
create table apis (id integer primary key, crate text, mark text, unique (crate, mark));
create table states (id integer primary key, api integer, crate text, library text, version text, origin text, revision text, at text,
                     unique (crate, origin, revision));
create table items (api integer, path text, last text, kind text, shape text, bounds text, words text, said_bounds text,
                    signature text, deprecated text, gate text, unsafe integer, constant integer, file text, place text);
create index lasts on items (api, last);
create index places on items (api, place);
create table exports (api integer, path text, target text, glob integer);
create index exported on exports (api);
pragma user_version = {LAYOUT};
"""
ITEM = "path, kind, shape, bounds, words, said_bounds, signature, deprecated, gate, unsafe, constant, file, place"
MissingRelease = tuple[str, str, Path]  # package, version, sources
ReExport = tuple[str, str, bool]  # a path, what it is in another crate, whether all that is below
STATE = "api, crate, library, version, origin, revision, at"


def crate_key(package: str) -> str:
    """Return a package's name as states are kept by it."""
    return package.replace("-", "_")


@dataclass(frozen=True)
class ApiItem:
    """An item under one path. `shape` and `words` are digests: of what is compared, and of the same where names mean what they say.

    Bounds are apart, a digest each. Of functions `const` and `unsafe` are left out, which `constant` and `unsafe` tell.
    """

    path: str
    kind: str
    shape: str
    bounds: frozenset[str]
    words: str
    said_bounds: frozenset[str]
    signature: str
    deprecated: str
    gate: str  # what has to be on beside the default features
    unsafe: bool
    constant: bool
    file: str
    place: str  # equal for the paths of one item


@dataclass(frozen=True)
class KeptState:
    """A crate at one state. `origin` is the mirror of a repository, "" for a release, whose `revision` is its version."""

    api: int
    crate: str  # the package's name, with `_` for `-`
    library: str  # what its paths begin with
    version: str
    origin: str
    revision: str
    at: str  # ISO 8601: when a release was published, or a commit was brought; "" where it is not known

    @property
    def label(self) -> str:
        """The state as it is shown: its version, and of a commit its hash."""
        if not self.origin:
            return self.version
        return f"{self.version} ({self.origin}@{self.revision[:12]})".strip()

    @property
    def anchor(self) -> str:
        """What an anchor of this state begins with."""
        return f"{self.origin}@{self.revision[:12]}" if self.origin else f"{self.crate}@{self.version}"


class TruncatedFile(sqlite3.DatabaseError):
    """The file lacks pages."""


class KeptApis:
    """The file of one home. Close it after use."""

    def __init__(self, home: Home) -> None:
        self.file = home.mirrors / ".rusta" / FILE
        self._db: sqlite3.Connection | None = None

    @property
    def there(self) -> bool:
        """Whether something was kept."""
        return self.file.is_file()

    def close(self) -> None:
        """Close the file."""
        if self._db is not None:
            self._db.close()
            self._db = None

    def __enter__(self) -> "KeptApis":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # What is known

    def crates(self) -> frozenset[str]:
        """Return the names of the crates and of their libraries."""
        return frozenset(name for row in self._rows("select distinct crate, library from states") for name in row)

    def states(self, crate: str) -> list[KeptState]:
        """Return the states of a crate, or of a library, those kept last first; without those of which nothing could be read."""
        sql = f"""select {STATE} from states where (crate = ? or library = ?)
                  and exists (select 1 from items where items.api = states.api) order by id desc"""
        return [KeptState(*row) for row in self._rows(sql, (crate, crate))]

    def at(self, api: int, path: str) -> list[ApiItem]:
        """Return the items of a path; several where `cfg`s choose, or kinds differ."""
        return [one for one in self.named(api, path.rpartition("::")[2]) if one.path == path]

    def named(self, api: int, last: str) -> list[ApiItem]:
        """Return the items of a last name."""
        sql = f"select {ITEM} from items where api = ? and last = ? order by length(path), path limit {MOST_ALIKE}"
        return [_item(*row) for row in self._rows(sql, (api, last))]

    def paths(self, api: int, place: str) -> list[str]:
        """Return every path of one item."""
        sql = f"select path from items where api = ? and place = ? order by length(path), path limit {MOST_ALIKE}"
        return [path for (path,) in self._rows(sql, (api, place))]

    def exports(self, api: int) -> list[ReExport]:
        """Return what is re-exported of other crates."""
        sql = "select path, target, glob from exports where api = ?"
        return [(path, target, bool(glob)) for path, target, glob in self._rows(sql, (api,))]

    def holds(self, crate: str, mark: str) -> bool:
        """Return whether the API of these sources is kept."""
        return bool(self._rows("select 1 from apis where crate = ? and mark = ?", (crate, mark)))

    def knows(self, origin: str, revision: str, crate: str = "") -> bool:
        """Return whether a state of a mirror is kept, or of a crate's releases."""
        sql = "select 1 from states where origin = ? and revision = ? and (crate = ? or ? = '')"
        return bool(self._rows(sql, (origin, revision, crate, crate)))

    # Keeping

    def keep(self, crate: str, mark: str, items: Iterable[tuple[object, ...]], exports: Iterable[ReExport]) -> None:
        """Keep what was read of the sources that `mark` stands for. `items` are rows of `ITEMS`, without the first column."""
        with self._writing() as db:
            db.execute("delete from apis where crate = ? and mark = ?", (crate, mark))
            id = db.execute("insert into apis values (null, ?, ?)", (crate, mark)).lastrowid
            db.executemany(f"insert into items values ({', '.join('?' * 15)})", ((id, *one) for one in items))
            db.executemany("insert into exports values (?, ?, ?, ?)", ((id, *one) for one in exports))

    def keep_states(self, states: Iterable[tuple[str, str, str, str, str, str]]) -> None:
        """Keep states, each as crate, mark of its sources, version, mirror, revision, time; the oldest ones beyond a number go."""
        with self._writing() as db:
            for crate, mark, version, origin, revision, at in states:
                found = db.execute("select id from apis where crate = ? and mark = ?", (crate, mark)).fetchone()
                if found is None:
                    continue
                first = db.execute("select path from items where api = ? limit 1", found).fetchone()
                library = first[0].partition("::")[0] if first else crate
                db.execute(
                    "delete from states where crate = ? and origin = ? and revision = ?", (crate, origin, revision)
                )
                row = (found[0], crate, library, version, origin, revision, at)
                db.execute("insert into states values (null, ?, ?, ?, ?, ?, ?, ?)", row)
                db.execute(
                    f"""delete from states where crate = ? and origin = ? and id not in
                        (select id from states where crate = ? and origin = ? order by id desc limit {MOST_STATES})""",
                    (crate, origin, crate, origin),
                )
            _swept(db)

    def forget(self, origin: str) -> None:
        """Drop the states of a mirror."""
        if self.there:
            with self._writing() as db:
                db.execute("delete from states where origin = ?", (origin,))
                _swept(db)

    def _writing(self) -> sqlite3.Connection:
        self.file.parent.mkdir(parents=True, exist_ok=True)
        make_way(self.file)
        db = self._opened(PATIENCE)
        db.execute(f"pragma busy_timeout = {PATIENCE * 1000}")
        return db

    def _rows(self, sql: str, values: Sequence[object] = ()) -> list[tuple]:
        """What a query finds; nothing where there is no file, where another process writes, or where it is damaged."""
        if self._db is None and not self.there:
            return []
        try:
            return self._opened(TURN_PATIENCE).execute(sql, values).fetchall()
        except sqlite3.DatabaseError as error:
            if _is_damage(error):
                self.close()
                self._moved(str(error))
            return []

    def _opened(self, patience: float) -> sqlite3.Connection:
        """The file with its tables. What is no such file is set aside; one of another layout is emptied."""
        for last in (False, True):
            if self._db is not None:
                return self._db
            db = sqlite3.connect(self.file, timeout=patience)
            try:
                if db.execute("pragma user_version").fetchone()[0] != LAYOUT:
                    db.close()
                    self.file.unlink()
                    db = sqlite3.connect(self.file, timeout=patience)
                    db.executescript(SCHEMA)
                db.execute("select count(*) from apis, states limit 1").fetchone()
                pages, size = (db.execute(f"pragma {key}").fetchone()[0] for key in ("page_count", "page_size"))
                if self.file.stat().st_size < pages * size:
                    raise TruncatedFile("it is shorter than it says")
                self._db = db
            except sqlite3.DatabaseError as error:
                db.close()
                if last or not _is_damage(error):
                    raise
                self._moved(str(error))
        assert self._db is not None
        return self._db

    def _moved(self, why: str) -> None:
        """Set the file aside. Its journal would be played into the next one."""
        set_aside(self.file, why)
        with suppress(OSError):
            self.file.with_name(f"{FILE}-journal").unlink(missing_ok=True)


def _is_damage(error: sqlite3.DatabaseError) -> bool:
    return isinstance(error, TruncatedFile) or (getattr(error, "sqlite_errorcode", 0) & 0xFF) in DAMAGED


def _item(
    path: str, kind: str, shape: str, bounds: str, words: str, said_bounds: str, signature: str, deprecated: str, gate: str, unsafe: int,
    constant: int, file: str, place: str,
) -> ApiItem:  # fmt: skip
    of, said = frozenset(bounds.split()), frozenset(said_bounds.split())
    return ApiItem(
        path, kind, shape, of, words, said, signature, deprecated, gate, bool(unsafe), bool(constant), file, place
    )


def _swept(db: sqlite3.Connection) -> None:
    """Remove what no state leads to any more."""
    gone = [id for (id,) in db.execute("select id from apis where id not in (select api from states)")]
    for table, key in (("items", "api"), ("exports", "api"), ("apis", "id")):
        db.executemany(f"delete from {table} where {key} = ?", [(id,) for id in gone])
