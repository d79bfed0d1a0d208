"""A source file as lines that convert back to the exact bytes: line ends, BOM and invalid UTF-8 included."""

import re
from collections import Counter
from dataclasses import dataclass

from rusta.core.errors import RustaError

BOM = "\ufeff"


class DoesNotApply(RustaError):
    """The edit does not fit the file. The message tells the model what failed, what the file has, what to send."""


class Unchanged(DoesNotApply):
    """The edit fits, but the file already has its content."""


@dataclass(frozen=True)
class Text:
    """A file as `rows` without their line ends, and the `ends` themselves; the last row may have none."""

    rows: tuple[str, ...]
    ends: tuple[str, ...]

    @property
    def end(self) -> str:
        """The most frequent line end."""
        return Counter(end for end in self.ends if end).most_common(1)[0][0] if any(self.ends) else "\n"

    @property
    def blank(self) -> bool:
        """Whether all rows are white space."""
        return not any(row.strip() for row in self.rows)

    def encoded(self) -> bytes:
        """Return the file's bytes."""
        return "".join(row + end for row, end in zip(self.rows, self.ends, strict=True)).encode(
            errors="surrogateescape"
        )

    def with_rows(self, first: int, last: int, new: tuple[str, ...]) -> "Text":
        """Return the text with `new` in place of the rows from `first` up to, not including, `last`."""
        end = next((found for found in self.ends[first:last] if found), self.end)
        ends = (end,) * len(new)
        if last == len(self.rows) and first < last and new:
            ends = (*ends[:-1], self.ends[-1])  # keeps a missing line break at the end of the file
        return Text(self.rows[:first] + new + self.rows[last:], self.ends[:first] + ends + self.ends[last:])


def decode_text(data: bytes) -> Text:
    """Return a file's bytes as text. Bytes that are not UTF-8 are preserved."""
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


def code_lines(code: str) -> tuple[str, ...]:
    """Return the lines of code that is empty or ends in a line break."""
    return tuple(code.split("\n")[:-1])


OMITTED = re.compile(
    r"^\s*(?://|#|/\*)+\s*(?:\.\.\.|…|[(\[<]?\s*(?:the |all )?(?:rest|remaining|remainder|existing|previous|other|original)\b"
    r".{0,60}\b(?:code|unchanged|same|before|methods?|functions?|here|implementation|impl|items?|fields?|file)\b)",
    re.IGNORECASE,
)


def omission(code: str, old: str = "") -> str:
    """Return the first comment that stands for omitted code and was not in the old text, or ""."""
    for row in code_lines(code):
        if len(row) < 300 and OMITTED.match(row) and row.strip() not in old:
            return row.strip()
    return ""
