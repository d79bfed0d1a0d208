"""The index of the items of crates: one file of SQLite with FTS5 for all workspaces, filled with the crates that are asked about.

A crate of a registry, or of git at a revision, is read once; one that can change is read again when its sources did. Each crate
is a transaction of its own, so that an interruption loses nothing. Every answer is restricted to the crates of the last
`refresh`. The file is derived: a damaged one is set aside and made anew.
"""

import hashlib
import os
import re
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from rusta.core.derived_files import make_way, set_aside
from rusta.core.errors import RustaError
from rusta.core.home import Home
from rusta.library.crate_sources import LockedCrate
from rusta.library.source_files import FolderFiles
from rusta.library.source_items import CrateContents, CrateItem, crate_contents

LAYOUT = 2  # also of what is read of a source: another number has every crate read again
MOST_ENTRIES = 50_000  # of a crate's folders, looked at for a change
MOST_ALIKE = 10_000  # paths with one last name that are compared
MOST_FOUND = 400  # of those, that are told
DEEPEST_EXPORT = 4  # crates that re-export an item of each other
LONGEST_NAME = 24  # segments
PATIENCE = 60  # seconds that another process may write
DAMAGED = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
SCHEMA = f"""
create table crates (id integer primary key autoincrement, root text unique, name text, version text, fingerprint text);
create table definitions (id integer primary key, crate integer, kind text, signature text, deprecated text, file text, line integer);
create index of_crate on definitions (crate);
create table paths (definition integer, crate integer, path text, last text, feature text, public integer);
create index lasts on paths (last);
create index wholes on paths (path);
create index of_definition on paths (definition);
create table exports (crate integer, path text, last text, target text, glob integer);
create index exported on exports (last);
create virtual table words using fts5 (path, docs, tokenize = 'porter unicode61');
pragma user_version = {LAYOUT};
"""
ITEM = "paths.path, kind, signature, words.docs, deprecated, feature, public, file, line"
JOINED = """from paths join within on within.id = paths.crate join definitions on definitions.id = paths.definition
            join words on words.rowid = paths.definition"""


class NoCrateIndex(RustaError):
    """The file of the index cannot be written."""


@dataclass(frozen=True)
class FoundItem:
    """An item, and the crate that defines it. `item.path` is the path to use it by, of another crate where that re-exports it."""

    item: CrateItem
    crate: LockedCrate


class CrateIndex:
    """The items of crates. `open` it, then `refresh` it with the crates to ask about."""

    def __init__(self, file: Path, db: sqlite3.Connection) -> None:
        self.file, self.db = file, db
        self._crates = dict[int, LockedCrate]()

    @classmethod
    def open(cls, home: Home) -> "CrateIndex":
        """The index of this home, made where there is none. Raises `NoCrateIndex`."""
        file = Path(home.root, "library", "crates.sqlite")
        file.parent.mkdir(parents=True, exist_ok=True)
        return cls(file, _database(file))

    def __enter__(self) -> "CrateIndex":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        self.db.close()

    def refresh(self, crates: Iterable[LockedCrate], told: Callable[[int, int], None]) -> None:
        """Read the crates that were not read yet, or changed since. `told(done, of)` hears of progress."""
        crates = [one for one in crates if one.root is not None]
        try:
            self._refresh(crates, told)
        except sqlite3.DatabaseError as error:
            self._renewed(error)
            self._refresh(crates, told)

    def _refresh(self, crates: Sequence[LockedCrate], told: Callable[[int, int], None]) -> None:
        known = {
            root: (id, *of)
            for id, root, *of in self.db.execute("select id, root, name, version, fingerprint from crates")
        }
        ids, todo = dict[int, LockedCrate](), list[tuple[LockedCrate, str]]()
        for crate in crates:
            mark = "" if crate.frozen else fingerprint_of(crate.root or Path())
            row = known.get(str(crate.root))
            if row and row[1:] == (crate.name, crate.version, mark):
                ids[row[0]] = crate
            else:
                todo.append((crate, mark))
        todo.sort(key=lambda one: (not one[0].own, not one[0].direct))  # what is asked about most comes first
        for done, (crate, mark) in enumerate(todo):
            told(done, len(todo))
            contents = crate_contents(FolderFiles(crate.root or Path()), crate.own)
            with self.db:
                ids[_put(self.db, crate, mark, contents)] = crate
        told(len(todo), len(todo))
        self._crates = ids
        with self.db:
            self.db.execute("create temp table if not exists within (id integer primary key, weight real)")
            self.db.execute("delete from within")
            self.db.executemany(
                "insert into within values (?, ?)",
                [(id, 1.0 if of.own or of.direct else 0.6) for id, of in ids.items()],
            )

    @property
    def crates(self) -> tuple[LockedCrate, ...]:
        """The crates of the last `refresh`."""
        return tuple(self._crates.values())

    def exported_crates(self, crate: LockedCrate) -> set[str]:
        """The names of the crates that a crate re-exports something of."""
        ids = [id for id, one in self._crates.items() if one == crate]
        rows = self._rows("select distinct target from exports where crate = ?", (ids[0],)) if ids else []
        return {target.partition("::")[0] for (target,) in rows}

    def items(self, name: str) -> list[FoundItem]:
        """Items whose path ends in `name` (`Value::as_str`, `serde_json::from_str`, `json!`), the plainest first."""
        parts = _parts(name)
        if not parts or not self._crates:
            return []
        only = {id for id, one in self._crates.items() if len(parts) > 1 and parts[0] in one.names}
        if only:  # a renamed dependency
            parts = [next(self._crates[id].library for id in only), *parts[1:]]
        found = [*self._ending(parts, only), *self._through(parts, only, 0)]
        if name.strip().endswith("!"):
            found = [(id, one) for id, one in found if one.item.kind == "macro"]
        direct = {called for one in self._crates.values() if one.direct for called in (one.library, *one.names)}

        def plainness(row: tuple[int, FoundItem]) -> tuple[Any, ...]:
            item, crate = row[1].item, row[1].crate
            near = crate.own or item.path.partition("::")[0] in direct
            return (
                item.kind == "macro",
                not near,
                not item.public,
                item.path.count("::"),
                len(item.path),
                item.path,
            )

        plainest, named = dict[int, FoundItem](), set[tuple[str, str, str]]()
        for id, one in sorted(((id, self._usable(one)) for id, one in found), key=plainness):
            same = one.item.path, one.item.kind, one.crate.version  # of several `cfg`s
            if id not in plainest and same not in named:
                plainest[id] = one
                named.add(same)
        return list(plainest.values())

    def named(self, name: str) -> list[LockedCrate]:
        """The crates that code writes with this name."""
        return [one for one in self._crates.values() if name in (one.library, *one.names)]

    def members(self, path: str) -> list[str]:
        """The last names of what lies directly below a whole path: methods, variants, items of a module."""
        return sorted(self._names_below("::".join(_parts(path)), 0))

    def _names_below(self, path: str, depth: int) -> set[str]:
        """`path` compares below `path::` and above `path:;`, the next text that does not begin so."""
        if not path or not self._crates or depth > DEEPEST_EXPORT:
            return set()
        start = len(path) + 2
        range = (f"{path}::", f"{path}:;")
        rows = self._rows("select path from paths join within on within.id = crate where path >= ? and path < ?", range)
        rows += self._rows(
            "select path from exports join within on within.id = crate where not glob and path >= ? and path < ?", range
        )
        names = {one[start:] for (one,) in rows if "::" not in one[start:]}
        for (target,) in self._rows(
            "select target from exports join within on within.id = crate where path = ?", (path,)
        ):
            names |= self._names_below(target, depth + 1)
        return names

    def search(self, words: list[str], limit: int = 8) -> list[FoundItem]:
        """Items whose paths or documentation hold these words, by BM25; those that hold all of them first."""
        quoted = ['"{}"'.format(word.replace('"', " ")) for word in words[:32] if re.search(r"\w", word)]
        found = dict[int, FoundItem]()
        for joined in (" AND ".join(quoted), " OR ".join(quoted)) if quoted and self._crates else ():
            rows = self._rows(
                f"""select definitions.id, definitions.crate, {ITEM} from words join definitions on definitions.id = words.rowid
                    join within on within.id = definitions.crate
                    join paths on paths.definition = definitions.id and paths.path = words.path
                    where words match ? order by bm25(words, 4.0, 1.0) * within.weight limit ?""",
                (joined, limit),
            )
            for id, one in self._found(rows):
                if len(found) < limit:
                    found.setdefault(id, self._usable(one))
        return list(found.values())

    def _ending(self, parts: list[str], only: set[int]) -> list[tuple[int, FoundItem]]:
        """Items whose paths end in these parts; with `only` in these crates and from their names on."""
        rows = self._rows(
            f"select paths.definition, paths.crate, {ITEM} {JOINED} where last = ? order by length(paths.path) limit {MOST_ALIKE}",
            (parts[-1].lower(),),
        )
        right = [row for row in rows if row[2].split("::")[-len(parts) :] == parts and (not only or row[1] in only)]
        return list(self._found(right[:MOST_FOUND]))

    def _through(self, parts: list[str], only: set[int], depth: int) -> Iterator[tuple[int, FoundItem]]:
        """Items that a crate re-exports of another, under the paths of the former."""
        for length in range(len(parts), 0, -1):
            rows = self._rows(
                "select path, target, glob, crate from exports join within on within.id = crate where last = ? limit 400",
                (parts[length - 1].lower(),),
            )
            for path, target, glob, crate in rows:
                if (
                    (only and crate not in only)
                    or path.split("::")[-length:] != parts[:length]
                    or (glob and length == len(parts))
                ):
                    continue
                aimed = [*target.split("::"), *parts[length:]]
                named = "::".join((path, *parts[length:]))
                whole = self._found(self._rows(
                    f"select paths.definition, paths.crate, {ITEM} {JOINED} where paths.path = ?", ("::".join(aimed),)
                ))  # fmt: skip
                found = list(whole) or (list(self._through(aimed, set(), depth + 1)) if depth < DEEPEST_EXPORT else [])
                for id, one in found:
                    yield id, FoundItem(replace(one.item, path=named), one.crate)

    def _usable(self, found: FoundItem) -> FoundItem:
        """The item under a path of a crate that the workspace names, where its own crate is only needed by that one."""
        path = found.item.path
        if found.crate.own or found.crate.direct:
            return found
        for exported, target, glob in self._exports_of_direct():
            if path.startswith(f"{target}::") or (path == target and not glob):
                return FoundItem(replace(found.item, path=f"{exported}{path[len(target) :]}"), found.crate)
        return found

    def _exports_of_direct(self) -> list[tuple[str, str, int]]:
        return self._rows(
            "select path, target, glob from exports join within on within.id = crate where weight = 1.0 order by length(path), path",
            (),
        )

    def _found(self, rows: Iterable[tuple[Any, ...]]) -> Iterator[tuple[int, FoundItem]]:
        for id, crate, path, kind, signature, docs, deprecated, feature, public, file, line in rows:
            item = CrateItem(path, kind, signature, docs, deprecated, feature, bool(public), file, line)
            yield id, FoundItem(item, self._crates[crate])

    def _rows(self, sql: str, values: tuple[Any, ...]) -> list[tuple[Any, ...]]:
        """What a query finds; nothing where the file turns out to be damaged, which is set aside then."""
        try:
            return self.db.execute(sql, values).fetchall()
        except sqlite3.DatabaseError as error:
            self._renewed(error)
            return []

    def _renewed(self, error: sqlite3.DatabaseError) -> None:
        """Begin with an empty file where this one is damaged; any other error is raised again."""
        if (error.sqlite_errorcode & 0xFF) not in DAMAGED:
            raise error
        self.db.close()
        _moved(self.file, str(error))
        self.db, self._crates = _database(self.file), {}
        self.db.execute("create temp table within (id integer primary key, weight real)")


def fingerprint_of(root: Path) -> str:
    """A hash over the names, sizes and times of a crate's sources and its manifest, other packages below it left out."""
    seen, todo, entries = list[str](), [str(root)], 0
    while todo:
        with suppress(OSError), os.scandir(todo.pop()) as found:
            for entry in found:
                entries += 1
                if entries > MOST_ENTRIES:
                    todo.clear()
                    break
                if entry.is_dir(follow_symlinks=False):
                    inner = entry.name[0] != "." and entry.name not in ("target", "node_modules")
                    if inner and not os.path.lexists(f"{entry.path}/Cargo.toml"):
                        todo.append(entry.path)
                elif entry.name.endswith(".rs") or entry.name == "Cargo.toml":
                    status = entry.stat(follow_symlinks=False)
                    seen.append(f"{entry.path}\0{status.st_mtime_ns}\0{status.st_size}")
    return hashlib.sha256("\n".join(sorted(seen)).encode("utf-8", "surrogateescape")).hexdigest()[:24]


def _parts(name: str) -> list[str]:
    """The segments of a path as a person writes it: `crate::`, a call's parentheses and generic arguments do not count."""
    plain = name.strip()[:1000].partition("(")[0]
    for _ in range(4):  # generic arguments inside of generic arguments
        plain = re.sub(r"(?:::)?<[^<>]{0,200}>", "", plain)
    plain = plain.strip().removesuffix("!")
    parts = [part.removeprefix("r#") for part in plain.split("::") if part]
    while parts[:1] and parts[0] in ("crate", "self", "super"):
        parts = parts[1:]
    return parts if len(parts) <= LONGEST_NAME else []


def _put(db: sqlite3.Connection, crate: LockedCrate, fingerprint: str, contents: CrateContents) -> int:
    """Write what was read of a crate in place of what was there, and return its number."""
    root = str(crate.root)
    for (old,) in db.execute("select id from crates where root = ?", (root,)).fetchall():
        db.execute("delete from words where rowid in (select id from definitions where crate = ?)", (old,))
        for table in ("paths", "definitions", "exports"):
            db.execute(f"delete from {table} where crate = ?", (old,))
        db.execute("delete from crates where id = ?", (old,))
    id = db.execute(
        "insert into crates values (null, ?, ?, ?, ?)", (root, crate.name, crate.version, fingerprint)
    ).lastrowid
    assert id is not None
    definitions = dict[tuple[str, int, str, str], list[CrateItem]]()
    for one in contents.items:
        definitions.setdefault((one.file, one.line, one.kind, one.signature), []).append(one)
    for paths in definitions.values():
        paths.sort(key=lambda one: (not one.public, one.path.count("::"), len(one.path), one.path))
        best = paths[0]
        number = db.execute(
            "insert into definitions values (null, ?, ?, ?, ?, ?, ?)",
            (id, best.kind, best.signature, best.deprecated, best.file, best.line),
        ).lastrowid
        db.execute("insert into words (rowid, path, docs) values (?, ?, ?)", (number, best.path, best.docs))
        db.executemany(
            "insert into paths values (?, ?, ?, ?, ?, ?)",
            [(number, id, one.path, one.path.rpartition("::")[2].lower(), one.feature, one.public) for one in paths],
        )
    db.executemany(
        "insert into exports values (?, ?, ?, ?, ?)",
        [(id, one.path, one.path.rpartition("::")[2].lower(), one.target, one.glob) for one in contents.exports],
    )
    return id


def _database(file: Path) -> sqlite3.Connection:
    """The file with its tables; what is no such file is set aside, and one of another layout is removed."""
    make_way(file)
    for _ in range(3):
        db = None
        try:
            db = sqlite3.connect(file, timeout=PATIENCE)
            if not db.execute("select count(*) from sqlite_master").fetchone()[0]:
                db.executescript(SCHEMA)
            if db.execute("pragma user_version").fetchone()[0] == LAYOUT:
                db.execute("select count(*) from crates, exports limit 1")
                return db
            db.close()
            file.unlink()
        except sqlite3.DatabaseError as error:
            if db is not None:
                db.close()
            if not file.is_file():
                break
            _moved(file, str(error))
    raise NoCrateIndex(f"{file} cannot be written. Make room there, or give me another home: RUSTA_HOME=PATH")


def _moved(file: Path, why: str) -> None:
    """Set the file aside. Its journal would be played into the next one."""
    set_aside(file, why)
    file.with_name(f"{file.name}-journal").unlink(missing_ok=True)
