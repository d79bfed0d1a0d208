"""Entries as plain data with stable keys: the JSON of `rusta devlog`."""

from pathlib import Path
from typing import Any

from rusta.memory.entries.entry import Entry
from rusta.memory.index.index import Hit, IndexRow
from rusta.ui.journal.entry_rows import Around, when
from rusta.ui.journal.excerpt import excerpt


def of_row(row: IndexRow, root: Path) -> dict[str, Any]:
    """Return an index row as data."""
    return {
        "path": row.path,
        "file": str(root / row.path),
        "journal": row.journal,
        "title": row.title,
        "date": when(row).isoformat().replace("+00:00", "Z") if row.date else None,
        "tags": list(row.tags),
        "confidence": row.confidence or None,
        "status": row.status,
        "pinned": row.pinned,
        "context": row.context or None,
        "repo": row.repo or None,
        "version": row.version or None,
    }


def of_hit(hit: Hit, root: Path, query: str) -> dict[str, Any]:
    """Return a search hit as data, with its score and the excerpt that matched."""
    return {**of_row(hit.row, root), "score": round(hit.score, 4), "excerpt": excerpt(hit.row.body, query).text}


def of_entry(entry: Entry, around: Around, root: Path) -> dict[str, Any]:
    """Return all of an entry as data: what its file says now, and its links."""
    return {
        "path": entry.path,
        "file": str(root / entry.path),
        "journal": entry.journal.value if entry.journal else None,
        "title": entry.title,
        "date": entry.date.isoformat().replace("+00:00", "Z") if entry.date else None,
        "tags": list(entry.tags),
        "confidence": entry.confidence.value,
        "status": around.status,
        "pinned": entry.pinned,
        "context": entry.text("context") or None,
        "repo": entry.text("repo") or None,
        "commit": entry.text("commit") or None,
        "version": entry.text("version") or None,
        "source": entry.text("source") or None,
        "when": list(entry.when),
        "importance": entry.importance,
        "links": list(around.links),
        "linked_from": list(around.linked_from),
        "supersedes": list(around.supersedes),
        "superseded_by": list(around.superseded_by),
        "problems": list(entry.problems),
        "meta": dict(entry.meta),
        "body": entry.body,
    }
