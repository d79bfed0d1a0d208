"""A set to measure recall on: entries, and questions with the entries that answer them. One JSON object a line.

    {"id": "a", "text": "The staging host is called heron.", "date": "2026-01-31T10:00:00Z"}
    {"question": "What is the staging host called?", "evidence": ["a"]}

Ids are text or numbers. `date` is ISO 8601, and may be left out: such an entry is of the time of the one before it.
`text` may begin with frontmatter of its own. `evidence: []` is a question that nothing answers.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rusta.core.errors import RustaError
from rusta.memory.entries.entry import moment

UNDATED = datetime.min.replace(tzinfo=UTC)
FORM = 'A line is {"id", "text", "date"} for an entry, or {"question", "evidence": [ids]} for a question.'


class BadSet(RustaError):
    """A file that is no set: the file, the line, and what a line is."""


@dataclass(frozen=True)
class Page:
    """An entry to be found."""

    id: str
    text: str
    date: datetime


@dataclass(frozen=True)
class Question:
    """What is asked, and the ids of the entries that answer it; none where nothing does."""

    asked: str
    evidence: tuple[str, ...]


@dataclass(frozen=True)
class RecallSet:
    """`notes` are what is odd and stops nothing."""

    pages: tuple[Page, ...]
    questions: tuple[Question, ...]
    notes: tuple[str, ...] = ()


def read(file: Path) -> RecallSet:
    """The set in a file. Raises `BadSet`, naming the line."""
    try:
        lines = file.read_bytes().decode("utf-8-sig").split("\n")  # JSON may hold the other signs Python ends a line at
    except OSError as error:
        raise BadSet(f"{file} cannot be read: {error.strerror}.") from None
    except UnicodeDecodeError as error:
        raise BadSet(f"{file} is not UTF-8 at byte {error.start}. Save it as UTF-8.") from None
    pages: dict[str, Page] = {}
    places: dict[str, int] = {}
    asked: list[tuple[int, Question]] = []
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            said = json.loads(line)
            if not isinstance(said, dict) or not {"question", "id"} & said.keys():
                raise ValueError("it is neither an entry nor a question")
            if "question" in said:  # before `id`: questions may be numbered
                asked.append((number, Question(_text(said, "question"), _ids(said))))
                continue
            page = _page(said, next(reversed(pages.values()), None))
            if page.id in pages:
                raise ValueError(f"the id {page.id!r} is that of line {places[page.id]} already")
            pages[page.id], places[page.id] = page, number
        except (ValueError, RecursionError) as wrong:
            what = f"not JSON ({wrong.msg})" if isinstance(wrong, json.JSONDecodeError) else wrong
            raise BadSet(f"{file}, line {number}: {what}. {FORM}") from None
    if not pages or not asked:
        raise BadSet(f"{file} holds {len(pages)} entries and {len(asked)} questions, and it takes both. {FORM}")
    notes = (
        f"{file}, line {number}: no entry has the id {id!r}, so that part of the evidence is found by nobody."
        for number, question in asked
        for id in question.evidence
        if id not in pages
    )
    return RecallSet(_dated(pages.values()), tuple(question for _, question in asked), tuple(notes))


def _page(said: dict[str, Any], before: Page | None) -> Page:
    date = said.get("date")
    when = moment(date) if isinstance(date, str) else None
    if date is not None and when is None:
        raise ValueError(f"the date {date!r} is none such as 2026-01-31 or 2026-01-31T10:00:00Z")
    return Page(_id(said["id"]), _text(said, "text"), when or (before.date if before else UNDATED))


def _dated(pages: Iterable[Page]) -> tuple[Page, ...]:
    """Those before the first date are of its time, too."""
    said = list(pages)
    first = next((page.date for page in said if page.date != UNDATED), datetime(2026, 1, 1, tzinfo=UTC))
    return tuple(replace(page, date=first) if page.date == UNDATED else page for page in said)


def _ids(said: dict[str, Any]) -> tuple[str, ...]:
    if not isinstance(said.get("evidence"), list):
        raise ValueError('a question has "evidence", a list of ids; an empty one where nothing answers it')
    return tuple(dict.fromkeys(map(_id, said["evidence"])))


def _id(said: object) -> str:
    if isinstance(said, bool) or not isinstance(said, str | int | float):
        raise ValueError(f"the id {said!r} is neither text nor a number")
    return str(said)


def _text(said: dict[str, Any], key: str) -> str:
    if not isinstance(said.get(key), str):
        raise ValueError(f'"{key}" is missing, or is no text')
    return said[key].encode("utf-8", "replace").decode()  # half a letter, which JSON can hold and no file
