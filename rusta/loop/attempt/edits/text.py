"""A source file as lines that go back to the very bytes they came from: line ends, BOM and foreign encodings included."""

import re
from collections import Counter
from dataclasses import dataclass

from rusta.core.errors import RustaError

BOM = "\ufeff"


class DoesNotApply(RustaError):
    """The edit does not fit the file. Its words are for her: what failed, what stands there, what to send instead."""


class Unchanged(DoesNotApply):
    """The edit fits, and what it brings stands there already."""


@dataclass(frozen=True)
class Text:
    """A file as `rows` without their ends, and the `ends` themselves; the last row may have none."""

    rows: tuple[str, ...]
    ends: tuple[str, ...]

    @property
    def end(self) -> str:
        """The line end that most lines have."""
        return Counter(end for end in self.ends if end).most_common(1)[0][0] if any(self.ends) else "\n"

    @property
    def blank(self) -> bool:
        """Whether nothing but space stands here."""
        return not any(row.strip() for row in self.rows)

    def encoded(self) -> bytes:
        """The bytes."""
        return "".join(row + end for row, end in zip(self.rows, self.ends, strict=True)).encode(
            errors="surrogateescape"
        )

    def with_rows(self, first: int, last: int, new: tuple[str, ...]) -> "Text":
        """The text in which `new` stands instead of the rows from `first` up to `last`."""
        end = next((found for found in self.ends[first:last] if found), self.end)
        ends = (end,) * len(new)
        if last == len(self.rows) and first < last and new:
            ends = (*ends[:-1], self.ends[-1])  # a file that ended without a line break still does
        return Text(self.rows[:first] + new + self.rows[last:], self.ends[:first] + ends + self.ends[last:])


def read(data: bytes) -> Text:
    """A file's bytes as text. Bytes that are no UTF-8 travel along and come out unchanged."""
    parts = data.decode("utf-8", errors="surrogateescape").split("\n")
    rows, ends = [], []
    for number, part in enumerate(parts):
        last = number == len(parts) - 1
        if last and not part:
            break
        carriage = part.endswith("\r") and not last
        rows.append(part[:-1] if carriage else part)
        ends.append("" if last else "\r\n" if carriage else "\n")
    return Text(tuple(rows), tuple(ends))


def rows(code: str) -> tuple[str, ...]:
    """The lines of code that ends in a line break or is empty."""
    return tuple(code.split("\n")[:-1])


OMITTED = re.compile(
    r"^\s*(?://|#|/\*)+\s*(?:\.\.\.|…|[(\[<]?\s*(?:the |all )?(?:rest|remaining|remainder|existing|previous|other|original)\b"
    r".{0,60}\b(?:code|unchanged|same|before|methods?|functions?|here|implementation|impl|items?|fields?|file)\b)",
    re.IGNORECASE,
)


def omission(code: str, old: str = "") -> str:
    """The first comment that stands for code left out and was not in the old text, or ""."""
    for row in rows(code):
        if len(row) < 300 and OMITTED.match(row) and row.strip() not in old:
            return row.strip()
    return ""
