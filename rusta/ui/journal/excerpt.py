"""The part of a body that answers a search: where most of the search's words stand close together."""

import re
from dataclasses import dataclass

from rusta.memory.index.terms import wanted

LENGTH = 180
LOOK = 200_000
"""Characters of a body that are searched: an entry of ten megabytes has its answer at the top, or none."""


@dataclass(frozen=True)
class Excerpt:
    """One line of text, and the (start, end) spans of the matched words in it."""

    text: str
    marks: tuple[tuple[int, int], ...] = ()


def pattern(query: str) -> re.Pattern[str] | None:
    """Return the regex of the words to mark. Endings are dropped as by a stemmer: `borrowing` marks `borrowed`."""
    stems = {word if len(word) < 6 else word[: max(5, len(word) - 3)] for word in wanted(query) if " " not in word}
    if not stems:
        return None
    return re.compile(rf"\b(?:{'|'.join(re.escape(stem) for stem in sorted(stems, key=len, reverse=True))})\w*", re.I)


def excerpt(body: str, query: str, length: int = LENGTH) -> Excerpt:
    """Return the best part of about `length` characters as one line; the beginning where no word is found."""
    flat = " ".join(re.sub(r"(?m)^[ \t]*(?:#{1,6}\s.*|```.*)$", "", body[:LOOK]).split())
    seek = pattern(query)
    found = [match.span() for match in seek.finditer(flat)] if seek else []
    if not found:
        return Excerpt(flat if len(flat) <= length else f"{flat[: length - 1].rstrip()}…")
    best, most = found[0][0], 0
    for n, (start, _) in enumerate(found):
        inside = {flat[s:e].lower() for s, e in found[n : n + 40] if e <= start + length - 40}
        if len(inside) > most:
            best, most = start, len(inside)
    begin = max(0, min(best - 30, len(flat) - length))
    if begin:
        begin = flat.find(" ", begin, best) + 1 or begin
    end = min(len(flat), begin + length)
    if end < len(flat):
        end = max(flat.rfind(" ", begin + length // 2, end), begin + length // 2)
    before = "…" if begin else ""
    text = f"{before}{flat[begin:end]}{'…' if end < len(flat) else ''}"
    shift = len(before) - begin
    return Excerpt(text, tuple((s + shift, e + shift) for s, e in found if s >= begin and e <= end))
