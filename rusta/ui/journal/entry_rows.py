"""Read access to the journals: rows found by words and filters, and one entry with all its links."""

import difflib
import re
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from rusta.core.errors import RustaError
from rusta.memory.entries.entry import Entry, moment, parse_leniently
from rusta.memory.index.index import Hit, Index, IndexRow
from rusta.memory.storage.store import JournalFolder, NoSuchEntry
from rusta.ui.journal.query import EntryQuery

DAY = re.compile(r"\d{4}-\d\d-\d\d")
WIKI = re.compile(r"\[\[([^\[\]|\n]+)")
INLINE_IN = 200_000
"""Characters of a body in which links are looked for."""
INLINE = re.compile(r"\]\(<?([^()<>\s]+\.md)>?\)")


class Unclear(RustaError):
    """The name given for an entry fits several."""


@dataclass(frozen=True)
class Around:
    """The links from and to an entry. Paths are relative to the journals' root."""

    links: tuple[str, ...] = ()
    linked_from: tuple[str, ...] = ()
    supersedes: tuple[str, ...] = ()
    superseded_by: tuple[str, ...] = ()
    status: str = "active"  # with regard to the other entries, whatever its own frontmatter says


@dataclass(frozen=True)
class Overview:
    """Numbers of entries by journal, tag and repository, and of pinned ones."""

    journals: dict[str, int] = field(default_factory=dict)
    tags: dict[str, int] = field(default_factory=dict)
    repos: dict[str, int] = field(default_factory=dict)
    pinned: int = 0

    @property
    def entries(self) -> int:
        """The number of all entries, including superseded and archived ones."""
        return sum(self.journals.values())


@dataclass
class Shelf:
    """The journals at `root` with their index at `file`. For use from one thread: each thread makes its own.

    `say` is called with a message when a damaged file is regenerated.
    """

    root: Path
    file: Path | None
    say: Callable[[str], None] | None = None

    def __post_init__(self) -> None:
        self.store = JournalFolder(self.root)
        self.index = Index(self.root, self.file, self.say)

    @property
    def empty(self) -> bool:
        """Whether the journals hold no entry."""
        return next(self.store.paths(), None) is None

    def refresh(self) -> bool:
        """Update the index from the files; return whether anything changed."""
        if not self.root.is_dir():
            return False
        done = self.index.refresh()
        return bool(done.indexed or done.gone)

    def find(self, asked: EntryQuery, *, before: int | None = None, typing: bool = False) -> list[Hit]:
        """Return the best matches, or, without words, the newest. `before`, the id of a row, continues below it.

        `typing` matches the last word as a prefix.
        """
        until = int(asked.until.timestamp()) - 1 if asked.until else None
        if before is not None:
            until = before - 1 if until is None else min(until, before - 1)
        return self.index.search(
            asked.query,
            journal=asked.journal,
            tag=asked.tag or None,
            repo=asked.repo or None,
            confidence=asked.confidence,
            since=int(asked.since.timestamp()) if asked.since else None,
            until=until,
            status=asked.status,
            limit=asked.limit,
            prefix=typing,
        )

    def entry(self, path: str) -> Entry:
        """Return an entry as its file is now. Raises `NoSuchEntry`."""
        return parse_leniently(self.store.read(path), path)

    def title(self, path: str) -> str:
        """Return an entry's title; its path where the index does not have it."""
        row = self.index.entry(path)
        return row.title if row else path

    def named(self, said: str) -> str:
        """Return the path of an entry that is given as a path, a file name, or a day.

        Raises `Unclear` where several fit, `NoSuchEntry` where none does, each with suggestions.
        """
        bare = said.strip()
        inside = None
        try:
            inside = self.store.path(bare)
        except RustaError:
            # A path relative to the working directory, as the shell completes it.
            near = Path(bare).absolute()
            if "/" in bare and near.is_relative_to(self.root.absolute()):
                inside = self.store.path(near)
            elif "/" in bare:
                raise
        if inside is not None:
            self.store.read(inside)
            return inside
        paths = list(self.store.paths())
        names = {path: path.rpartition("/")[2].removesuffix(".md") for path in paths}
        name = bare.removesuffix(".md")
        day = DAY.fullmatch(name)
        fit = [path for path, own in names.items() if own == name]
        fit = fit or [
            path for path, own in names.items() if own.startswith(name) or DAY.sub("", own).strip("_- ") == name
        ]
        if not fit and day and (start := moment(name)):
            fit = [row.path for row in self.on(start)]
        if len(fit) == 1:
            return fit[0]
        if fit:
            raise Unclear(f"{said} could be {len(fit)} entries: {', '.join(sorted(fit)[:8])}. Say which.")
        close = difflib.get_close_matches(name, names.values(), 3, 0.6)
        near_ones = [path for path, own in names.items() if own in close]
        raise NoSuchEntry(
            f"There is no entry {said} in {self.root}. "
            + (f"Near it: {', '.join(near_ones[:3])}." if near_ones else "See what there is: rusta devlog list")
        )

    def on(self, start: datetime) -> list[IndexRow]:
        """Return the entries of a day, whatever their status."""
        asked = EntryQuery(status="all", since=start, until=start.replace(hour=23, minute=59, second=59), limit=200)
        return [hit.row for hit in self.find(asked)]

    def around(self, entry: Entry) -> Around:
        """Return the links from and to an entry, as far as the index knows them."""
        body = entry.body[:INLINE_IN]
        inline = [*INLINE.findall(body), *(name.strip() for name in WIKI.findall(body))]
        row = self.index.entry(entry.path)
        out = dict.fromkeys(path for said in (*entry.links, *inline) if (path := self._near(said, entry.path)))
        return Around(
            links=tuple(out),
            linked_from=self._to("links", entry.path),
            supersedes=tuple(path for said in entry.supersedes if (path := self._near(said, entry.path))),
            superseded_by=self._to("superseded", entry.path),
            status=row.status if row else entry.status.value,
        )

    def _to(self, table: str, path: str) -> tuple[str, ...]:
        query = f"SELECT e.path FROM {table} s JOIN entries e ON e.id = s.by WHERE s.old = ? AND e.path != ? ORDER BY e.id DESC"
        return tuple(row[0] for row in self.index.derived.ask(lambda db: db.execute(query, (path, path)).fetchall()))

    def _near(self, said: str, path: str) -> str | None:
        """Resolve a link to an existing path: relative to the journals' root or to the entry's folder; else None."""
        for tried in (said, f"{path.rpartition('/')[0]}/{said}"):
            try:
                inside = self.store.path(tried)
            except RustaError:
                continue
            if (self.root / inside).is_file():
                return inside
        return None

    def overview(self) -> Overview:
        """Return counts by journal, tag and repository, largest first."""
        tags = self.index.tags()
        return self.index.derived.ask(lambda db: _overview(db, tags))

    def days(self, asked: EntryQuery) -> Iterator[tuple[str, list[IndexRow]]]:
        """Yield (day, rows), newest first."""
        day: list[IndexRow] = []
        for row in (hit.row for hit in self.find(asked)):
            if day and when(row).date() != when(day[0]).date():
                yield when(day[0]).date().isoformat(), day
                day = []
            day.append(row)
        if day:
            yield when(day[0]).date().isoformat(), day

    def close(self) -> None:
        """Close the index."""
        self.index.close()


def _overview(db: sqlite3.Connection, tags: dict[str, int]) -> Overview:
    return Overview(
        dict(db.execute("SELECT journal, count(*) FROM entries GROUP BY journal")),
        tags,
        dict(db.execute("SELECT repo, count(*) AS n FROM entries WHERE repo != '' GROUP BY repo ORDER BY n DESC")),
        db.execute("SELECT count(*) FROM entries WHERE pinned").fetchone()[0],
    )


def when(row: IndexRow) -> datetime:
    """Return the date of a row."""
    return datetime.fromtimestamp(row.date, UTC)
