"""Whether two texts say the same: they differ in spelling, punctuation, layout or little words only.

A word is a misspelling of another if both begin alike and differ in at most two letters; a word that negates is none of
any. Not covered: two real words that lie so close ("most", "must").
"""

import re
from difflib import SequenceMatcher

MOST_COMPARED = 400  # words between the first and the last difference: matching takes quadratic time
TOKEN = re.compile(r"\w+(?:['’]\w+)*|[^\w\s]")
LITTLE_WORDS = (
    "a an the is are was were be been of to in on at and or by for that this these those which it its with as from into"
)
LITTLE = frozenset(LITTLE_WORDS.split())
NEGATING = frozenset(("not", "no", "never", "none", "nor", "cannot", "now", "without", "unless", "only"))
NUMBERS = re.compile(r"(?<=\")[\^~=]?\d+(?:\.\d+){0,2}(?=\")|\d+(?:\.\d+)+")
IMPORT = re.compile(r"\buse[^;]*+;")
COMMENT = re.compile(r"(?<![:/\"])//[/!]?")
TRAILING = re.compile(r",([)\]}])")
VERSIONED = re.compile(r"""^\s*[\w".-]+\s*=\s*|!\[|^\s*cargo (?:add|install)\b""", re.M)


def slips_between(old: str, new: str) -> int | None:
    """Return how many places of two texts differ if all of them are slips; None where they say different things."""
    if VERSIONED.search(new) and NUMBERS.sub("0", old) == NUMBERS.sub("0", new):
        return 1
    was, now = TOKEN.findall(old), TOKEN.findall(new)
    start = next((n for n, (a, b) in enumerate(zip(was, now, strict=False)) if a != b), min(len(was), len(now)))
    was, now = was[start:], now[start:]
    end = next(
        (n for n, (a, b) in enumerate(zip(was[::-1], now[::-1], strict=False)) if a != b), min(len(was), len(now))
    )
    was, now = was[: len(was) - end], now[: len(now) - end]
    if max(len(was), len(now)) > MOST_COMPARED:
        return None
    count = 0
    for tag, a, b, c, d in SequenceMatcher(None, was, now, autojunk=False).get_opcodes():
        if tag != "equal":
            if not _are_slips(was[a:b], now[c:d]):
                return None
            count += 1
    return count


def same_code(old: str, new: str) -> bool:
    """Return whether two pieces of code differ in layout, numbers of versions, or slips of their comments only."""
    if VERSIONED.search(new) and NUMBERS.sub("0", old) == NUMBERS.sub("0", new):
        return True
    was, now = ([*zip(*(_parted(line) for line in text.split("\n")), strict=True)] for text in (old, new))
    code, comments = (tuple("\n".join(of[n]) for of in (was, now)) for n in (0, 1))
    code = (IMPORT.sub(lambda found: "".join(sorted(TOKEN.findall(found[0]))), said) for said in code)
    one, other = ("".join(TRAILING.sub(r"\1", "".join(said.split()))) for said in code)
    return one == other and slips_between(*comments) is not None


def _parted(line: str) -> tuple[str, str]:
    """A line's code and its comment."""
    found = COMMENT.search(line)
    return (line[: found.start()], line[found.end() :]) if found else (line, "")


def _are_slips(was: list[str], now: list[str]) -> bool:
    one, other = ([word for word in words if _counts(word)] for words in (was, now))
    return len(one) == len(other) and all(_misspelt(a, b) for a, b in zip(one, other, strict=True))


def _counts(word: str) -> bool:
    return (word[0].isalnum() or word[0] in "_!<>=&|+*/%") and word.lower() not in LITTLE


def _misspelt(one: str, other: str) -> bool:
    one, other = one.lower(), other.lower()
    if one == other:
        return True
    if not (one.isalpha() and other.isalpha()) or min(len(one), len(other)) < 3 or max(len(one), len(other)) > 40:
        return False
    if one[0] != other[0] or {one, other} & NEGATING:
        return False
    return edit_distance(one, other) <= (1 if min(len(one), len(other)) < 6 else 2)


def edit_distance(one: str, other: str) -> int:
    """Return the number of letters added, missing, changed or swapped with their neighbour (optimal string alignment)."""
    rows = [list(range(len(other) + 1))]
    for n, a in enumerate(one, 1):
        row = [n]
        for m, b in enumerate(other, 1):
            best = min(rows[-1][m] + 1, row[m - 1] + 1, rows[-1][m - 1] + (a != b))
            if n > 1 and m > 1 and a == other[m - 2] and one[n - 2] == b:
                best = min(best, rows[-2][m - 2] + 1)
            row.append(best)
        rows = [*rows[-1:], row]
    return rows[-1][-1]
