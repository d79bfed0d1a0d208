"""SEARCH and REPLACE: find a block in a file although it was reproduced with small errors.

The steps are aider's: the lines as they are; all lines shifted by one indentation; without blank lines added around
them; with `...` for omitted lines. A block that fits in two places is refused, and edit distance is never used to place
an edit, only to suggest which lines may have been meant.
"""

import difflib
import re
from collections import Counter
from collections.abc import Iterator, Sequence

from rusta.loop.attempt.edits.text import DoesNotApply, Text

MOST_PLACES = 20  # places examined per block
SHOWN = 30  # lines quoted in a message
ALIKE = 0.6  # difflib ratio from which lines are suggested
GUTTER = re.compile(r"^\s*\d{1,6} ?[|│:] ?")
DOTS = re.compile(r"^\s*(?://\s*)?(?:\.\.\.|…)\s*$")

Rows = tuple[str, ...]


def replace_block(text: Text, search: Rows, replace: Rows, name: str) -> Text | None:
    """Return the text with the block replaced, None if it does not occur. Raises `DoesNotApply` if it occurs twice."""
    for wanted, new in _spellings(search, replace):
        for find in (_exact, _shifted):
            if not (places := find(text.rows, wanted, new)):
                continue
            if len(places) > 1:
                lines = ", ".join(str(first + 1) for first, _ in places[:6])
                raise DoesNotApply(
                    f"Those SEARCH lines stand {'at least ' if len(places) >= MOST_PLACES else ''}{len(places)} times in {name}: lines "
                    f"{lines}. Add lines above or below until they stand once, or use REPLACE ITEM."
                )
            first, shifted = places[0]
            return _put(text, first, wanted, shifted)
    return _elided(text, search, replace, name)


def _spellings(search: Rows, replace: Rows) -> Iterator[tuple[Rows, Rows]]:
    """Yield the block as it is, then without the blank lines and line numbers that models add."""
    yield search, replace
    trimmed, new = _trimmed(search), replace
    if trimmed and trimmed != search:
        new = replace[1:] if replace and not replace[0].strip() and not search[0].strip() else replace
        new = new[:-1] if new and not new[-1].strip() and not search[-1].strip() else new
        yield trimmed, new
    if trimmed and all(GUTTER.match(row) for row in trimmed if row.strip()):
        yield tuple(GUTTER.sub("", row) for row in trimmed), tuple(GUTTER.sub("", row) for row in new)


def _trimmed(search: Rows) -> Rows:
    first, last = 0, len(search)
    while first < last and not search[first].strip():
        first += 1
    while last > first and not search[last - 1].strip():
        last -= 1
    return search[first:last]


def _places(rows: Sequence[str], wanted: Sequence[str]) -> list[int]:
    """Return the line indexes where `wanted` occurs in `rows`, in linear time by a substring search."""
    if not wanted:
        return []
    hay, needle = "\n" + "\n".join(rows) + "\n", "\n" + "\n".join(wanted) + "\n"
    found: list[int] = []
    at, line = hay.find(needle), 0
    before = 0
    while at >= 0 and len(found) < MOST_PLACES:
        line += hay.count("\n", before, at)
        before = at
        found.append(line)
        at = hay.find(needle, at + 1)
    return found


def _exact(rows: Rows, wanted: Rows, new: Rows) -> list[tuple[int, Rows]]:
    return [(place, new) for place in _places(rows, wanted)]


def _shifted(rows: Rows, wanted: Rows, new: Rows) -> list[tuple[int, Rows]]:
    """Return the places where the block fits with every line indented by the same amount more, or less."""
    found: list[tuple[int, Rows]] = []
    if not any(row.strip() for row in wanted):
        return found
    for place in _places([row.strip() for row in rows], [row.strip() for row in wanted]):
        pairs = [
            (_indent(have), _indent(want))
            for have, want in zip(rows[place : place + len(wanted)], wanted, strict=True)
            if want.strip()
        ]
        have, want = min(pairs, key=lambda pair: len(pair[1]))
        if have.endswith(want):
            more = have.removesuffix(want) if want else have
            if all(one == more + other for one, other in pairs):
                found.append((place, tuple(more + row if row.strip() else row for row in new)))
        elif want.endswith(have):
            less = want.removesuffix(have) if have else want
            if all(less + one == other for one, other in pairs):
                found.append((place, tuple(row.removeprefix(less) for row in new)))
    return found


def _indent(row: str) -> str:
    return row[: len(row) - len(row.lstrip())]


def _put(text: Text, first: int, wanted: Rows, new: Rows) -> Text:
    """Replace only the lines that differ; common lines at either end of block and replacement keep the file's bytes."""
    old = text.rows[first : first + len(wanted)]
    head = 0
    while head < min(len(old), len(new)) and old[head].rstrip() == new[head].rstrip():
        head += 1
    tail = 0
    while tail < min(len(old), len(new)) - head and old[-1 - tail].rstrip() == new[-1 - tail].rstrip():
        tail += 1
    # The lines differ only in trailing white space: then that is the intended change.
    if head + tail == len(old) == len(new):
        head = tail = 0
    return text.with_rows(first + head, first + len(wanted) - tail, new[head : len(new) - tail])


def _elided(text: Text, search: Rows, replace: Rows, name: str) -> Text | None:
    """Apply a block with `...` for unchanged lines: its pieces are replaced one after another."""
    pieces, news = _pieces(search), _pieces(replace)
    if len(pieces) < 2 or len(pieces) != len(news):
        return None
    for wanted, new in zip(pieces, news, strict=True):
        if wanted == new:
            continue
        if not any(row.strip() for row in wanted):
            return None  # nothing says where the new lines would go
        after = replace_block(text, wanted, new, name)
        if after is None:
            return None
        text = after
    return text


def _pieces(block: Rows) -> list[Rows]:
    pieces: list[list[str]] = [[]]
    for row in block:
        if DOTS.match(row):
            pieces.append([])
        else:
            pieces[-1].append(row)
    return [tuple(piece) for piece in pieces]


def message(text: Text | None, search: Rows, replace: Rows, name: str, others: Sequence[str] = ()) -> str:
    """Return why a block did not apply, and which lines may have been meant."""
    block = "\n".join(["<<<<<<< SEARCH", *search[:SHOWN], *(["(...)"] if len(search) > SHOWN else []), "======="])
    if text is None:
        there = ", ".join(others[:12]) or "none open"
        return f"There is no file {name}, so its SEARCH block was not applied:\n{block}\nThere are: {there}."
    said = [f"These SEARCH lines do not stand in {name}, so nothing was changed there:", block]
    present = _places([row.strip() for row in text.rows], [row.strip() for row in _trimmed(replace)])
    if present and any(row.strip() for row in replace):
        said.append(f"The REPLACE lines already stand there, at line {present[0] + 1}: it may be done.")
    elif near := nearest(text.rows, search):
        first, last = near
        said.append(f"Did you mean these lines of {name}, {first + 1} to {last}?")
        said += text.rows[first : min(last, first + SHOWN)]
    said.append(
        "SEARCH holds lines of the file exactly as they stand, spaces included. Read it again, or use REPLACE ITEM."
    )
    return "\n".join(said).encode(errors="replace").decode()


def nearest(rows: Rows, search: Rows) -> tuple[int, int] | None:
    """Return the lines most similar to a block, with a line of context, as (first, end); None if none is similar.

    Candidates are windows that share lines with the block, then windows around the line most similar to its longest.
    """
    wanted = [row.strip() for row in _trimmed(search)][:200]
    if not wanted or not rows:
        return None
    stripped = [row.strip() for row in rows]
    size = min(len(wanted), len(rows))
    shared = Counter(row for row in wanted if len(row) > 2)
    score, best = sum(row in shared for row in stripped[:size]), []
    best.append((score, 0))
    for first in range(1, len(rows) - size + 1):
        score += (stripped[first + size - 1] in shared) - (stripped[first - 1] in shared)
        best.append((score, first))
    starts = [first for score, first in sorted(best, key=lambda one: (-one[0], one[1]))[:8] if score]
    longest = max(wanted, key=len)
    if close := difflib.get_close_matches(longest[:200], {row[:200] for row in stripped if len(row) > 2}, 2, ALIKE):
        at = wanted.index(longest)
        starts += [max(0, min(n - at, len(rows) - size)) for n, row in enumerate(stripped) if row[:200] in close][:4]
    ranked = []
    for first in dict.fromkeys(starts):
        window = stripped[first : first + size]
        alike = difflib.SequenceMatcher(None, "\n".join(wanted)[:4000], "\n".join(window)[:4000], autojunk=False)
        if alike.real_quick_ratio() >= ALIKE and alike.quick_ratio() >= ALIKE and (ratio := alike.ratio()) >= ALIKE:
            ranked.append((ratio, first))
    if not ranked:
        return None
    _, first = max(ranked, key=lambda one: (one[0], -one[1]))
    return max(0, first - 1), min(len(rows), first + size + 1)
