"""Full-text search over the journals. The index can be deleted at any time: it is rebuilt from the files.

Ranking is BM25 with the Porter stemmer (SQLite's FTS5). If there are many matches, only the `CANDIDATES` newest that
contain one of the query's rarer words are ranked: a word that occurs in a third of a hundred thousand entries hardly
distinguishes them, and ranking them all takes ten times as long as reading them with rg.
"""

import re
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from rusta.memory.index import terms
from rusta.memory.index.index_file import COLUMNS, Derived, NoJournals, Refreshed, Unsound, indexed_path, row_checksum
from rusta.memory.recall import supersession
from rusta.memory.storage.uses import UseCounts

__all__ = ["Hit", "Index", "IndexRow", "NoJournals", "Refreshed"]

CANDIDATES = 6_000
# BM25 weights of the columns title, tags, body and split identifiers (scripts/bench_recall.py).
WEIGHTS = (3.0, 3.0, 1.0, 0.5)
ALWAYS = (-(2**62), 2**62)


@dataclass(frozen=True, slots=True)
class IndexRow:
    """An entry as stored in the index. `date` is in seconds since 1970; `path` is relative to the journals folder."""

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
    source: str
    status: str
    importance: int
    pinned: bool
    body: str


@dataclass(frozen=True, slots=True)
class Hit:
    """A matching entry and its BM25 score; larger is better."""

    row: IndexRow
    score: float


class Index:
    """Search over the journals below `root`. `file` is the index file; None keeps the index in memory.

    Use counts are kept beside it, in `uses.jsonl`. `say` is called at once when a damaged file is replaced; without
    it, the message is added to the notes of a refresh.
    """

    def __init__(self, root: Path, file: Path | None, say: Callable[[str], None] | None = None) -> None:
        self.uses = UseCounts(file.with_name("uses.jsonl") if file else None)
        self.derived = Derived(Path(root), file, self.uses, say)

    def refresh(self) -> Refreshed:
        """Bring the index up to date with the files on disk. Raises `NoJournals`."""
        return self.derived.refresh()

    def close(self) -> None:
        """Close the database."""
        self.derived.close()

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
        """Return the best matches, best first; if `query` has no words, the newest entries.

        `since` and `until` are seconds since 1970; `status="all"` includes superseded and archived entries; `prefix`
        treats the last word as a prefix, for search as you type.
        """
        asked = terms.wanted(query) or terms.anything(query)
        only = {"e.journal = ?": journal, "e.repo = ?": repo, "e.confidence = ?": confidence}
        only |= {"instr(char(10) || lower(e.tags) || char(10), ?)": f"\n{_lower(tag)}\n" if tag else None}
        span = (ALWAYS[0] if since is None else since, ALWAYS[1] if until is None else until)
        asks = _Asks(asked, {sql: value for sql, value in only.items() if value}, span, status, limit)
        if not asked:
            return self.derived.ask(lambda db: _newest(db, asks))
        if not prefix or " " in asked[-1]:
            return self.derived.ask(lambda db: _ranked(db, asks, _match(db, asked)))
        every = _any(asked)
        for cut in range(5):  # a half-typed word may be longer than the stem in the index: `debuggi`, `debug`
            last = asked[-1][: len(asked[-1]) - cut]
            found = self.derived.ask(lambda db, last=last: _ranked(db, asks, f"{every} OR {fts_literal(last)} *"))
            if found or len(last) < 4:
                return found
        return []

    def scores(self, asked: Sequence[str], limit: int) -> list[Hit]:
        """Return the active entries that contain any of the words, best first."""
        asks = _Asks(list(asked), {}, ALWAYS, "active", limit)
        return self.derived.ask(lambda db: _ranked(db, asks, _match(db, asks.asked))) if asked else []

    def holding(self, asked: Sequence[str], ids: Sequence[int]) -> dict[str, set[int]]:
        """Return for each word which of the given entries contain it, after stemming."""
        among = ", ".join(map(str, ids))
        query = f"SELECT rowid FROM words WHERE words MATCH ? AND rowid IN ({among})"
        return self.derived.ask(lambda db: {w: {id for (id,) in db.execute(query, (fts_literal(w),))} for w in asked})

    def frequency(self, asked: Sequence[str]) -> tuple[int, dict[str, int]]:
        """Return the number of entries, and for each word how many contain it (counted up to `CANDIDATES`)."""
        total = "SELECT count(*) FROM entries"
        return self.derived.ask(lambda db: (db.execute(total).fetchone()[0], _sizes(db, asked)))

    def entry(self, path: str) -> IndexRow | None:
        """Return one entry by its path, or None."""
        query = "SELECT id FROM entries WHERE path = ?"
        found = self.derived.ask(
            lambda db: [_row(db, id) for (id,) in db.execute(query, (indexed_path(path),)).fetchall()]
        )
        return found[0] if found else None

    def by_id(self, ids: Iterable[int]) -> list[IndexRow]:
        """Return entries by their ids in the index."""
        return self.derived.ask(lambda db: [_row(db, id) for id in ids])

    def habits(self) -> list[tuple[str, IndexRow]]:
        """Return every `when` pattern of every active entry, with the entry, newest first."""
        query = "SELECT pattern, entry FROM habits ORDER BY entry DESC"
        found = self.derived.ask(lambda db: [(said, _row(db, id)) for said, id in db.execute(query).fetchall()])
        return [(said, row) for said, row in found if row.status == "active"]

    def linked(self, ids: Iterable[int]) -> dict[int, set[str]]:
        """Return the targets of each entry's `links`."""
        query = "SELECT old FROM links WHERE by = ?"
        return self.derived.ask(lambda db: {id: {path for (path,) in db.execute(query, (id,))} for id in ids})

    def version(self) -> tuple[int, int]:
        """Return a value that changes whenever this or another process changes the index."""
        return self.derived.ask(lambda db: (db.execute("PRAGMA data_version").fetchone()[0], db.total_changes))

    def active(self) -> list[tuple[int, str]]:
        """Return id and text (title, tags, body) of every active entry, newest first."""
        return self.derived.ask(_active)

    def tags(self) -> dict[str, int]:
        """Return all tags with the number of their entries, most used first."""
        query = "SELECT tags FROM entries WHERE tags != ''"
        said = self.derived.ask(lambda db: [tags for (tags,) in db.execute(query)])
        return dict(Counter(tag for tags in said for tag in tags.split("\n")).most_common())

    def everything(self) -> list[tuple[int, str]]:
        """Return id and path of every entry, newest first."""
        return self.derived.ask(lambda db: db.execute("SELECT id, path FROM entries ORDER BY id DESC").fetchall())


@dataclass(frozen=True)
class _Asks:
    asked: list[str]
    only: dict[str, str]
    span: tuple[int, int]
    status: str
    limit: int

    @property
    def where(self) -> str:
        return "".join(f" AND {sql}" for sql in self.only)


def _newest(db: sqlite3.Connection, asks: _Asks) -> list[Hit]:
    query = f"SELECT id, 0.0 FROM entries e WHERE id BETWEEN ? AND ?{asks.where} ORDER BY id DESC"
    return _hits(db, db.execute(query, (*asks.span, *asks.only.values())), asks)


def _ranked(db: sqlite3.Connection, asks: _Asks, match: str) -> list[Hit]:
    join = " CROSS JOIN entries e ON e.id = words.rowid" if asks.only else ""
    query = (
        f"SELECT words.rowid, -bm25(words, {', '.join(map(str, WEIGHTS))}) FROM words{join}"
        f" WHERE words MATCH ? AND words.rowid BETWEEN ? AND ?{asks.where} ORDER BY words.rowid DESC LIMIT ?"
    )
    found = db.execute(query, (match, *asks.span, *asks.only.values(), CANDIDATES)).fetchall()
    return _hits(db, sorted(found, key=lambda one: one[1], reverse=True), asks)


def _match(db: sqlite3.Connection, asked: list[str]) -> str:
    """Build an FTS5 query for any of the words; if too many entries match, require one of the rarer words."""
    sizes = _sizes(db, asked)
    rare: list[str] = []
    total = 0
    for word in sorted(sizes, key=lambda one: sizes[one]):
        total += sizes[word]
        if total > CANDIDATES:
            break
        rare.append(word)
    every = _any(asked)
    return (
        every if len(rare) == len(sizes) or not any(sizes[word] for word in rare) else f"({_any(rare)}) AND ({every})"
    )


def _sizes(db: sqlite3.Connection, asked: Sequence[str]) -> dict[str, int]:
    count = "SELECT count(*) FROM (SELECT 1 FROM words WHERE words MATCH ? LIMIT ?)"
    return {word: db.execute(count, (fts_literal(word), CANDIDATES + 1)).fetchone()[0] for word in asked}


def _hits(db: sqlite3.Connection, found: Iterable[tuple[int, float]], asks: _Asks) -> list[Hit]:
    hits: list[Hit] = []
    for id, score in found:
        row = _row(db, id)
        if asks.status in ("all", row.status):
            hits.append(Hit(row, score))
            if len(hits) == asks.limit:
                break
    return hits


def _row(db: sqlite3.Connection, id: int) -> IndexRow:
    """Read one entry, with its effective status (see `supersession`). Raises `Unsound` for a wrong checksum."""
    found = db.execute(f"SELECT {COLUMNS}, sum FROM entries WHERE id = ?", (id,)).fetchone()
    if found is None or row_checksum(found[:-1]) != found[-1]:
        raise Unsound(f"entry {id} is {'missing' if found is None else 'not as it was written'}")
    got = found[:-1]
    tags = tuple(got[5].split("\n")) if got[5] else ()
    columns: tuple[Any, ...] = (*got[:5], tags, *got[6:-2], bool(got[-2]), got[-1])
    row = IndexRow(*columns)
    return replace(row, status=supersession.status(db, (row.id, row.path, row.status)))


def _active(db: sqlite3.Connection) -> list[tuple[int, str]]:
    other = supersession.otherwise(db)
    back = ", ".join(str(id) for id, status in other.items() if status == "active")
    query = (
        "SELECT id, title || ' ' || replace(tags, char(10), ' ') || char(10) || body FROM entries"
        f" WHERE status = 'active' OR id IN ({back}) ORDER BY id DESC"
    )
    return [(id, text) for id, text in db.execute(query) if other.get(id, "active") == "active"]


def _lower(text: str) -> str:
    """Lower-case ASCII letters only, like SQLite's `lower`, so that both sides of a comparison agree."""
    return re.sub("[A-Z]+", lambda found: found[0].lower(), text)


def _any(asked: Iterable[str]) -> str:
    return " OR ".join(map(fts_literal, asked))


def fts_literal(word: str) -> str:
    """Quote a word or phrase as an FTS5 string literal."""
    return '"' + word.replace('"', '""') + '"'
