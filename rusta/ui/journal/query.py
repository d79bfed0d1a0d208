"""Queries for entries: words and filters, from a command line or as they are typed into the app."""

import calendar
import difflib
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from rusta.core.errors import ConfigError
from rusta.memory.entries.entry import Confidence, Journal, Status
from rusta.ui.journal.arguments import ALIASES, JournalArguments, split_list

MOST = 50
"""Default of `limit=` on the command line."""
TYPED = re.compile(r'(?<!\S)(journal|tags?|repo|confidence|status|since|until):(?:"([^"]*)"|(\S*))')
AGO = re.compile(r"(\d+)\s*([dwmy])")
DAYS = {"d": 1, "w": 7, "m": 30, "y": 365}


class NotAsked(ConfigError):
    """A filter with an invalid value. The message holds the key, the value, and the valid values."""


@dataclass(frozen=True)
class EntryQuery:
    """Words to search for, and filters. Superseded and archived entries are only found on request, by `status`."""

    query: str = ""
    journal: Journal | None = None
    tag: str = ""
    repo: str = ""
    confidence: Confidence | None = None
    status: str = Status.ACTIVE.value
    since: datetime | None = None
    until: datetime | None = None
    limit: int = MOST

    @property
    def filters(self) -> bool:
        """Whether any filter is set."""
        return self != EntryQuery(self.query, limit=self.limit)


def from_said(said: JournalArguments, now: datetime | None = None) -> EntryQuery:
    """Return the query of a command line. Raises `NotAsked`."""
    return _asked(said.query or "", ((key, value) for key in FIELDS if (value := getattr(said, key)) is not None), now)


def from_typed(text: str, now: datetime | None = None) -> tuple[EntryQuery, str]:
    """Parse a search line, such as `tag:borrow since:2026-01 moved value`; return the query and what is wrong with it.

    A filter being typed is often half a word, so its error is returned and not raised: the rest still applies.
    """
    asked, wrong = EntryQuery(" ".join(TYPED.sub(" ", text).split())), ""
    for found in TYPED.finditer(text):
        value = found[2] if found[2] is not None else found[3]
        if not value:
            continue
        try:
            asked = _with(asked, ALIASES.get(found[1], found[1]), value, now)
        except NotAsked as refusal:
            wrong = str(refusal)
    return asked, wrong


def as_typed(asked: EntryQuery) -> str:
    """Return the search line of a query."""
    said = [f"journal:{asked.journal}"] if asked.journal else []
    said += [f"tag:{_quoted(asked.tag)}"] if asked.tag else []
    said += [f"repo:{_quoted(asked.repo)}"] if asked.repo else []
    said += [f"confidence:{asked.confidence}"] if asked.confidence else []
    said += [f"status:{asked.status}"] if asked.status != Status.ACTIVE else []
    said += [f"since:{asked.since:%Y-%m-%d}"] if asked.since else []
    said += [f"until:{asked.until - timedelta(days=1):%Y-%m-%d}"] if asked.until else []
    return " ".join([*said, asked.query]).strip()


def _quoted(value: str) -> str:
    return f'"{value}"' if re.search(r"\s", value) else value


FIELDS = ("journal", "tags", "repo", "confidence", "status", "since", "until", "limit")


def _asked(query: str, said: Iterable[tuple[str, str]], now: datetime | None) -> EntryQuery:
    asked = EntryQuery(query)
    for key, value in said:
        asked = _with(asked, key, value, now)
    return asked


def _with(asked: EntryQuery, key: str, value: str, now: datetime | None) -> EntryQuery:
    match key:
        case "journal":
            return replace(asked, journal=Journal(one_of("journal", value, Journal)))
        case "tags":
            return replace(asked, tag=one_word("tag", split_list(value)))
        case "repo":
            return replace(asked, repo=value.strip())
        case "confidence":
            return replace(asked, confidence=Confidence(one_of("confidence", value, Confidence)))
        case "status":
            return replace(asked, status=one_of("status", value, (*Status, "all")))
        case "since":
            return replace(asked, since=period("since", value, now)[0])
        case "until":
            return replace(asked, until=period("until", value, now)[1])
        case "limit":
            return replace(asked, limit=parse_count("limit", value))
        case _:
            raise AssertionError(key)


def one_of(key: str, value: str, known: Iterable[str]) -> str:
    """Return the value, or the one known value that it abbreviates. Raises `NotAsked` with the known values."""
    there = [str(name) for name in known]
    said = value.strip().lower()
    begun = [name for name in there if said and name.startswith(said)]
    if said in there or len(begun) == 1:
        return said if said in there else begun[0]
    close = difflib.get_close_matches(said, there, 1)
    raise NotAsked(f"{key}={value}: {f'did you mean {close[0]}? ' if close else ''}There are: {', '.join(there)}.")


def one_word(key: str, said: tuple[str, ...]) -> str:
    """Return the only word of a list, "" for an empty one. Raises `NotAsked` for several."""
    if len(said) > 1:
        raise NotAsked(
            f"{key}={','.join(said)}: one at a time. Put the others into the search: they count there as well."
        )
    return said[0] if said else ""


def parse_count(key: str, value: str) -> int:
    """Parse a whole number of at least 1. Raises `NotAsked`."""
    if not value.isascii() or not value.isdigit() or len(value) > 9 or int(value) < 1:
        raise NotAsked(f"{key}={value}: a whole number of at least 1, such as {key}=20.")
    return int(value)


def period(key: str, value: str, now: datetime | None = None) -> tuple[datetime, datetime]:
    """Return start and end of a date: a year, a month, a day, a time, or an age such as 7d. Raises `NotAsked`."""
    said = value.strip().lower()
    today = (now or datetime.now(UTC)).replace(hour=0, minute=0, second=0, microsecond=0)
    day = timedelta(days=1)
    if said in ("today", "yesterday"):
        start = today if said == "today" else today - day
        return start, start + day
    try:
        if ago := AGO.fullmatch(said):
            start = today - day * (int(ago[1]) * DAYS[ago[2]])
            return start, start + day
        if re.fullmatch(r"\d{4}", said):
            return datetime(int(said), 1, 1, tzinfo=UTC), datetime(int(said) + 1, 1, 1, tzinfo=UTC)
        if month := re.fullmatch(r"(\d{4})-(\d\d?)", said):
            start = datetime(int(month[1]), int(month[2]), 1, tzinfo=UTC)
            return start, start + day * calendar.monthrange(start.year, start.month)[1]
        start = datetime.fromisoformat(value.strip())
        start = start if start.tzinfo else start.replace(tzinfo=UTC)
        return start, start + (day if len(said) == len("2026-01-15") else timedelta(seconds=1))
    except (ValueError, OverflowError):
        raise NotAsked(
            f"{key}={value}: not a time I know. Say 2026, 2026-01, 2026-01-15, today, yesterday, or how long ago: 7d, 2w, 3m, 1y."
        ) from None
