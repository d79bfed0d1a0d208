"""The index of one toolchain's documentation: a file of SQLite with FTS5, built once, resumable, deleted at will.

A page is committed with others in batches, so that what was read before an interruption need not be read again. The file is
derived: one that is damaged, or of another layout or toolchain, is set aside and made anew.
"""

import hashlib
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import astuple, fields
from functools import cached_property
from pathlib import Path

from rusta.core.derived_files import set_aside
from rusta.core.errors import RustaError
from rusta.core.home import Home
from rusta.library.documentation import Documentation
from rusta.library.passage_search import find_passages, passage_count, passages_with
from rusta.library.passages import Passage, StdItem, TraitImpl

LAYOUT = 7
BATCH = 100  # pages
PATIENCE = 5.0  # seconds that another process may write
DAMAGED = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_FORMAT)
SCHEMA = """
create table about (key text primary key, value text);
create table pages (page text primary key);
create table passages (id integer primary key, source text, page text, anchor text, title text, text text, key text);
create index keys on passages (key) where key != '';
create table items (id integer primary key, path text, kind text, signature text, since text, unstable text,
                    deprecated text, page text, anchor text, text text, target text, last text);
create index lasts on items (last);
create index paths on items (path);
create table impls (path text, trait text, negative integer, header text, anchor text);
create index implementers on impls (path, trait);
create virtual table words using fts5 (title, text, tokenize = 'porter unicode61');
"""


UNREAD = "I have not read this toolchain's documentation yet. Have me do it, once: rusta library build"


class NotBuilt(RustaError):
    """There is no index of this toolchain's documentation yet."""


class Library:
    """The index of one documentation. `open` reads it, `build` makes it or goes on with it."""

    def __init__(self, db: sqlite3.Connection, documentation: Documentation, path: Path) -> None:
        self.db, self.documentation, self.path = db, documentation, path

    @staticmethod
    def file(home: Home, documentation: Documentation) -> Path:
        """Where the index of this documentation lies."""
        said = f"{LAYOUT} {documentation.root} {documentation.version}"
        return Path(home.root, "library", f"{hashlib.sha256(said.encode()).hexdigest()[:12]}.sqlite")

    @classmethod
    def open(cls, home: Home, documentation: Documentation) -> "Library":
        """The finished index. Raises `NotBuilt` where there is none."""
        file = cls.file(home, documentation)
        if file.is_file():
            try:
                db = sqlite3.connect(f"file:{file}?mode=ro", timeout=PATIENCE, uri=True)
                if db.execute("select value from about where key = 'finished'").fetchone():
                    return cls(db, documentation, file)
                db.close()
            except sqlite3.DatabaseError as error:
                if not _damaged(error):
                    raise NotBuilt(f"{file} cannot be read now: {error}. Another Rusta may be writing it.") from error
                set_aside(file, str(error))
        raise NotBuilt(UNREAD)

    @classmethod
    def build(cls, home: Home, documentation: Documentation, told: Callable[[int, int], None]) -> "Library":
        """Read every page that was not read yet. `told(done, of)` hears of progress."""
        file = cls.file(home, documentation)
        file.parent.mkdir(parents=True, exist_ok=True)
        with closing(_opened(file)) as db:
            done = {page for (page,) in db.execute("select page from pages")}
            every = list(documentation.pages())
            left = [
                (source, path) for source, path in every if path.relative_to(documentation.root).as_posix() not in done
            ]
            for start in range(0, len(left), BATCH):
                told(len(every) - len(left) + start, len(every))
                with db:
                    for source, path in left[start : start + BATCH]:
                        _read(db, documentation.root, source, path)
            with db:
                db.execute("insert or replace into about values ('finished', 'yes')")
                db.execute("insert into words (words) values ('optimize')")
            told(len(every), len(every))
        return cls.open(home, documentation)

    def __enter__(self) -> "Library":
        return self

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        """Close the file. One that turned out to be damaged is set aside: raises `NotBuilt`."""
        self.close()
        if isinstance(error, sqlite3.DatabaseError) and _damaged(error) and self.path.is_file():
            set_aside(self.path, str(error))
            raise NotBuilt(UNREAD) from error

    def close(self) -> None:
        """Close the file."""
        self.db.close()

    def keyed(self, key: str) -> Passage | None:
        """The passage of an error code, a lint or the like."""
        row = self.db.execute(
            f"select {_columns(Passage)} from passages where key = ? limit 1", (key.lower(),)
        ).fetchone()
        return Passage(*row) if row else None

    def at(self, page: str, anchor: str) -> Passage | None:
        """The passage that stands at this anchor of a page; of a page alone the first."""
        row = self.db.execute(
            f"select {_columns(Passage)} from passages where page = ? and (anchor = ? or ? = '') order by id limit 1",
            (page, anchor, anchor),
        ).fetchone()
        return Passage(*row) if row else None

    def implementations(self, path: str, trait: str = "") -> list[TraitImpl]:
        """What a type implements, or its implementations of one trait, negative ones among them."""
        rows = self.db.execute(
            f"select {_columns(TraitImpl)} from impls where path = ? and (trait = ? or ? = '')", (path, trait, trait)
        )
        return [TraitImpl(path, trait, bool(negative), *rest) for path, trait, negative, *rest in rows]

    def documents(self, word: str) -> int:
        """How many passages hold a word, in any of its forms."""
        return passages_with(self.db, word)

    @cached_property
    def passages(self) -> int:
        """How many passages there are."""
        return passage_count(self.db)

    def items(self, name: str) -> list[StdItem]:
        """Items whose path ends in `name` (`Vec::retain_mut`, `mem::take`, `println`), the plainest first."""
        parts = name.removesuffix("!").split("::")
        rows = self.db.execute(f"select {_columns(StdItem)} from items where last = ?", (parts[-1].lower(),)).fetchall()
        found = [item for item in (StdItem(*row) for row in rows) if item.path.split("::")[-len(parts) :] == parts]
        macro = name.endswith("!")
        return sorted(
            found, key=lambda one: ((one.kind == "macro") is not macro, one.path.count("::"), len(one.path), one.path)
        )

    def every_item(self) -> Iterator[StdItem]:
        """All items by their paths, without their documentation."""
        columns = _columns(StdItem).replace("items.text", "''")
        rows = self.db.execute(f"select {columns} from items order by path, id")
        return (StdItem(*row) for row in rows)

    def names(self, macros: bool = False) -> list[str]:
        """The last names of all items that stand in a module: macros alone, or everything else."""
        kinds = (
            "kind = 'macro'"
            if macros
            else "kind in ('struct', 'enum', 'trait', 'fn', 'function', 'type', 'union', 'primitive')"
        )
        rows = self.db.execute(f"select distinct path from items where {kinds}")
        return sorted({path.rsplit("::", 1)[-1] for (path,) in rows})

    def members(self, path: str) -> list[str]:
        """The last names of what lies directly below a path: methods, variants, items of a module."""
        rows = self.db.execute("select path from items where path like ? || '::%'", (path,)).fetchall()
        return sorted({one[len(path) + 2 :] for (one,) in rows if "::" not in one[len(path) + 2 :]})

    def member_items(self, path: str) -> list[StdItem]:
        """What lies directly below a path, one of each name, the stable ones first."""
        rows = self.db.execute(f"select {_columns(StdItem)} from items where path like ? || '::%'", (path,)).fetchall()
        below = [item for item in (StdItem(*row) for row in rows) if "::" not in item.path[len(path) + 2 :]]
        named = dict[str, StdItem]()
        for item in sorted(below, key=lambda one: bool(one.unstable)):
            named.setdefault(item.path[len(path) + 2 :], item)
        return list(named.values())

    def keys(self, source: str) -> list[str]:
        """The keys of a source's passages."""
        rows = self.db.execute("select distinct key from passages where key != '' and source = ?", (source,))
        return [key for (key,) in rows]

    def of_kind(self, kind: str) -> list[str]:
        """The last names of all items of a kind."""
        rows = self.db.execute("select distinct path from items where kind = ?", (kind,))
        return sorted({path.rsplit("::", 1)[-1] for (path,) in rows})

    def text_of(self, pages: str) -> str:
        """The titles and texts of a page's passages, or of all pages below a folder."""
        rows = self.db.execute(
            "select title, text from passages where page >= ? and page < ? order by id", (pages, f"{pages}\U0010ffff")
        )
        return "\n\n".join(f"{title}\n{text}" for title, text in rows)

    def search(self, words: list[str], limit: int = 8) -> list[Passage]:
        """Passages that hold these words, by BM25; those that hold all of them first."""
        return find_passages(self.db, words, limit)

    def counts(self) -> dict[str, int]:
        """How many pages, passages and items there are."""
        return {
            name: self.db.execute(f"select count(*) from {name}").fetchone()[0]
            for name in ("pages", "passages", "items")
        }


def _columns(of: type) -> str:
    """The columns of a row, in the order of the dataclass's fields."""
    table = {StdItem: "items", TraitImpl: "impls"}.get(of, "passages")
    return ", ".join(f"{table}.{one.name}" for one in fields(of))


def _damaged(error: sqlite3.DatabaseError) -> bool:
    """Whether the file is no index, or not a whole one; one that another process holds is none of these."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF in DAMAGED or str(error).startswith("no such ")


def _opened(file: Path) -> sqlite3.Connection:
    """The file for writing, with its tables; what is no such file is set aside."""
    for _ in range(2):
        db = sqlite3.connect(file, timeout=PATIENCE)
        try:
            if not db.execute("select count(*) from sqlite_master").fetchone()[0]:
                db.executescript(SCHEMA)
            db.execute("select count(*) from pages, about")
            return db
        except sqlite3.DatabaseError as error:
            db.close()
            if not _damaged(error):
                raise NotBuilt(
                    f"{file} cannot be written now: {error}. Another Rusta may be at it; try again."
                ) from error
            set_aside(file, str(error))
    raise NotBuilt(f"{file} cannot be written. Make room there, or give me another home: RUSTA_HOME=PATH")


def _read(db: sqlite3.Connection, root: Path, source: str, path: Path) -> None:
    """One page, into the index."""
    from rusta.library.html_pages import book_passages, parsed, rustdoc_items, trait_impls

    name = path.relative_to(root).as_posix()
    tree = parsed(path.read_bytes())
    if tree is not None and source == "std":
        for item in rustdoc_items(tree, name):
            last = item.path.rsplit("::", 1)[-1].lower()
            db.execute(f"insert into items values (null, {', '.join('?' * 11)})", (*astuple(item), last))
            key = f"keyword {last}" if item.kind == "keyword" else ""
            if item.text:
                title = f"{item.name} ({item.called}{', unstable' if item.unstable else ''})"
                _add(db, Passage("std", name, item.anchor, title, item.text, key))
        db.executemany("insert into impls values (?, ?, ?, ?, ?)", map(astuple, trait_impls(tree)))
    elif tree is not None:
        for passage in book_passages(tree, name, source):
            _add(db, passage)
    db.execute("insert or replace into pages values (?)", (name,))


def _add(db: sqlite3.Connection, passage: Passage) -> None:
    cursor = db.execute("insert into passages values (null, ?, ?, ?, ?, ?, ?)", astuple(passage))
    db.execute(
        "insert into words (rowid, title, text) values (?, ?, ?)", (cursor.lastrowid, passage.title, passage.text)
    )
