"""Compute which entries are superseded, from their own status and from the `supersedes` of others.

An entry is superseded if its status says so, or if an active entry names it in `supersedes`. Two entries that name each
other, or a longer cycle, would then all be superseded and their content lost: in such a cycle all entries stay
active until a person resolves it (`rusta devlog doctor` reports it). A cycle comes from editing by hand, or from
merging the journals of two machines; `DevLogs.supersede` refuses to create one.
"""

import sqlite3
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TypeVar

ACTIVE, SUPERSEDED, ARCHIVED = "active", "superseded", "archived"
T = TypeVar("T")
Row = tuple[int, str, str]  # id, path, and the status in the entry itself

# Archived entries neither supersede others nor are superseded.
ABOVE = (
    "SELECT l.id, l.path, l.status FROM superseded s JOIN entries l ON l.id = s.by"
    f" WHERE s.old = ? AND l.id != ? AND l.status != '{ARCHIVED}'"
)
BELOW = (
    "SELECT e.id, e.path, e.status FROM superseded s JOIN entries e ON e.path = s.old"
    f" WHERE s.by = ? AND e.id != s.by AND e.status != '{ARCHIVED}'"
)
NAMED = "SELECT DISTINCT e.id, e.path, e.status FROM superseded s JOIN entries e ON e.path = s.old"


def status(db: sqlite3.Connection, entry: Row) -> str:
    """Return the effective status of an entry, from its own status and the entries that supersede it."""
    id, path, said = entry
    over = db.execute(ABOVE, (path, id)).fetchall() if said != ARCHIVED else []
    if not over or (said == ACTIVE and not _any_active(over)):
        return said
    circle = _circle(db, entry)
    ids = {one[0] for one in circle}
    if said == SUPERSEDED and (not circle or _any_active(circle)):
        return said  # in no cycle, or the cycle has an active member
    outside = (one for member in circle or [entry] for one in db.execute(ABOVE, (member[1], member[0])).fetchall())
    return SUPERSEDED if _any_active(one for one in outside if one[0] not in ids) else ACTIVE


def otherwise(db: sqlite3.Connection) -> dict[int, str]:
    """Return the effective status of every entry whose own status differs from it."""
    return {one[0]: now for one in db.execute(NAMED).fetchall() if (now := status(db, one)) != one[2]}


def circles(supersedes: Mapping[str, Sequence[str]]) -> list[list[str]]:
    """Return the cycles of `supersedes`, each a sorted list of paths; an entry that names itself is a cycle of one."""
    found: list[list[str]] = []
    seen: set[str] = set()
    for path in supersedes:
        below = reached([path], lambda one: supersedes.get(one, ()))
        if path in seen or path not in below:
            continue
        members = [one for one in below if path in reached([one], lambda one: supersedes.get(one, ()))]
        seen.update(members)
        found.append(sorted(members))
    return found


def reached(start: Iterable[T], onward: Callable[[T], Iterable[T]]) -> set[T]:
    """Return everything reachable from `start` in one step or more."""
    found: set[T] = set()
    ahead = list(start)
    while ahead:
        new = set(onward(ahead.pop())) - found
        found |= new
        ahead += new
    return found


def _circle(db: sqlite3.Connection, entry: Row) -> set[Row]:
    """Return the entries in a cycle with this one, itself included; an empty set if there is no cycle."""
    above = reached([entry], lambda one: db.execute(ABOVE, (one[1], one[0])).fetchall())
    if entry not in above:
        return set()
    return above & reached([entry], lambda one: db.execute(BELOW, (one[0],)).fetchall())


def _any_active(entries: Iterable[Row]) -> bool:
    return any(said == ACTIVE for _, _, said in entries)
