"""Passages in an index: tables `passages` (columns of `Passage`) and `words` (FTS5 over title and text, by the same row numbers)."""

import sqlite3
from collections.abc import Sequence
from dataclasses import fields

from rusta.library.passages import Passage

PASSAGE = ", ".join(f"passages.{one.name}" for one in fields(Passage))
"""The columns of a passage, in the order of its fields."""


def passages_with(db: sqlite3.Connection, word: str) -> int:
    """Return how many passages hold a word, in any of its forms."""
    quoted = word.replace('"', "")
    return int(db.execute("select count(*) from words where words match ?", (f'"{quoted}"',)).fetchone()[0])


def passage_count(db: sqlite3.Connection) -> int:
    """Return how many passages there are."""
    return int(db.execute("select count(*) from passages").fetchone()[0])


def find_passages(db: sqlite3.Connection, words: Sequence[str], limit: int) -> list[Passage]:
    """Return passages that hold these words, by BM25; those that hold all of them first."""
    quoted = ['"{}"'.format(word.replace('"', "")) for word in words if any(map(str.isalnum, word))]
    found = dict[int, Passage]()
    for joined in (" AND ".join(quoted), " OR ".join(quoted)) if quoted else ():
        rows = db.execute(
            f"select passages.id, {PASSAGE} from words join passages on passages.id = words.rowid "
            "where words match ? order by bm25(words, 4.0, 1.0) limit ?", (joined, limit),
        )  # fmt: skip
        for id, *row in rows:
            if len(found) < limit:
                found.setdefault(id, Passage(*row))
    return list(found.values())
