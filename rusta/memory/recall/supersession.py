"""Which entries still hold, where entries say of others that they stand in their place.

An entry is superseded if it says so itself, or if an active one names it in `supersedes`. Two that name each other, or
more in a circle, would then all be gone, and what they know with them: such a circle is read as undecided, and all of it
holds until a person decides (`rusta devlog doctor` names it). A circle comes from editing by hand, or from merging the
journals of two machines; `DevLogs.supersede` refuses to make one.
"""

import sqlite3
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TypeVar

ACTIVE, SUPERSEDED, ARCHIVED = "active", "superseded", "archived"
T = TypeVar("T")
Row = tuple[int, str, str]  # id, path and status as the entry itself says it

# What is archived stands in nobody's place, and no entry in its own.
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
    """What an entry of the index is, by its own word and by those of the others."""
    id, path, said = entry
    over = db.execute(ABOVE, (path, id)).fetchall() if said != ARCHIVED else []
    if not over or (said == ACTIVE and not _any_active(over)):
        return said
    circle = _circle(db, entry)
    ids = {one[0] for one in circle}
    if said == SUPERSEDED and (not circle or _any_active(circle)):
        return said  # by a word that nobody, or one that does hold, contradicts
    outside = (one for member in circle or [entry] for one in db.execute(ABOVE, (member[1], member[0])).fetchall())
    return SUPERSEDED if _any_active(one for one in outside if one[0] not in ids) else ACTIVE


def otherwise(db: sqlite3.Connection) -> dict[int, str]:
    """The status of every entry that is not what it says itself."""
    return {one[0]: now for one in db.execute(NAMED).fetchall() if (now := status(db, one)) != one[2]}


def circles(supersedes: Mapping[str, Sequence[str]]) -> list[list[str]]:
    """The paths that stand in each other's place, a list for each circle; one that names itself is a circle of its own."""
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
    """All that is one step or more from the beginning."""
    found: set[T] = set()
    ahead = list(start)
    while ahead:
        new = set(onward(ahead.pop())) - found
        found |= new
        ahead += new
    return found


def _circle(db: sqlite3.Connection, entry: Row) -> set[Row]:
    """Those that stand in its place and in whose place it stands, itself among them; nothing where there are none."""
    above = reached([entry], lambda one: db.execute(ABOVE, (one[1], one[0])).fetchall())
    if entry not in above:
        return set()
    return above & reached([entry], lambda one: db.execute(BELOW, (one[0],)).fetchall())


def _any_active(entries: Iterable[Row]) -> bool:
    return any(said == ACTIVE for _, _, said in entries)
