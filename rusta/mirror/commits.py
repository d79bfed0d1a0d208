"""Commits and changed files between two states of a mirror. Everything in a commit is a stranger's text, and bounded."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone

LONGEST_SUBJECT = 300  # characters
LONGEST_BODY = 8_000
WHO = re.compile(rb"author (?P<name>[^<\n]*)<[^>\n]*> (?P<at>-?\d{1,12}) (?P<zone>[+-]\d{4})$", re.MULTILINE)
TOO_LONG = "(a commit message that is too long to be read)"


@dataclass(frozen=True)
class MirrorCommit:
    """A commit, with its message cut where it is long; `date` is the author's, ISO 8601, "" where it is malformed."""

    hash: str
    subject: str
    body: str
    date: str


@dataclass(frozen=True)
class PathChange:
    """A file that differs between two states: `change` is added, removed, changed or moved (then `before` is its old path)."""

    path: str
    change: str
    before: str = ""


def parsed_commit(oid: str, raw: bytes | None) -> MirrorCommit:
    """Return a commit from the content of its object; None stands for one that is too long."""
    if raw is None:
        return MirrorCommit(oid, TOO_LONG, "", "")
    head, _, message = raw.partition(b"\n\n")
    text = message.decode("utf-8", "replace").strip()
    first, _, rest = text.partition("\n")
    who = WHO.search(head)
    return MirrorCommit(oid, first.strip()[:LONGEST_SUBJECT], rest.strip()[:LONGEST_BODY], _date(who) if who else "")


def _date(who: "re.Match[bytes]") -> str:
    """Return when it was written; a clock may have said anything."""
    sign, hours, minutes = who["zone"][:1], int(who["zone"][1:3]), int(who["zone"][3:])
    away = timedelta(hours=hours, minutes=minutes) * (-1 if sign == b"-" else 1)
    try:
        return (
            (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=int(who["at"])))
            .astimezone(timezone(away))
            .isoformat()
        )
    except (OverflowError, ValueError):
        return ""


def changes_between(old: Mapping[str, str], new: Mapping[str, str]) -> list[PathChange]:
    """Return what differs between two states, given as paths with a mark for the content, sorted by path.

    A file that is gone and one that is new with the same content are one that moved, where that is so once.
    """
    gone = {path: mark for path, mark in old.items() if path not in new}
    come = {path: mark for path, mark in new.items() if path not in old}
    before = _only(gone)
    moved = {path: before[mark] for mark, path in _only(come).items() if mark in before}
    found = [PathChange(path, "changed") for path, mark in new.items() if old.get(path, mark) != mark]
    found += [PathChange(path, "moved", moved[path]) if path in moved else PathChange(path, "added") for path in come]
    found += [PathChange(path, "removed") for path in gone.keys() - set(moved.values())]
    return sorted(found, key=lambda one: one.path)


def _only(files: Mapping[str, str]) -> dict[str, str]:
    """Return the path of each mark that stands once."""
    paths = dict[str, list[str]]()
    for path, mark in files.items():
        paths.setdefault(mark, []).append(path)
    return {mark: found[0] for mark, found in paths.items() if len(found) == 1}
