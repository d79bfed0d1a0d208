"""Which lines of code differ between two texts: the changed lines in their order, and counts that leave comments out.

Source of the counts: lines that only moved, within a file or between files of a package, are no change; neither is white
space. The work is linear but for a bounded middle part.
"""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from difflib import SequenceMatcher

MOST_COMPARED = 300  # lines between the first and the last difference that are put side by side
TESTS = re.compile(r"^\s*#\[cfg\((?:all\()?test\b[^\n]*\n(?:\s*#\[[^\n]*\n)*\s*(?:pub )?mod \w+ *\{", re.M)
COMMENT = re.compile(r"\s*(?://|\*|/\*)")
WORD = re.compile(r"\w\w")


def line_difference(old: str, new: str) -> tuple[list[str], list[str]]:
    """Return the lines that are gone and those that are new, without lines that only moved where they lie far apart."""
    was, now = old.split("\n"), new.split("\n")
    start = next((n for n, (a, b) in enumerate(zip(was, now, strict=False)) if a != b), min(len(was), len(now)))
    was, now = was[start:], now[start:]
    end = next(
        (n for n, (a, b) in enumerate(zip(was[::-1], now[::-1], strict=False)) if a != b), min(len(was), len(now))
    )
    was, now = was[: len(was) - end], now[: len(now) - end]
    if max(len(was), len(now)) > MOST_COMPARED:
        return _more(was, now), _more(now, was)
    gone, come = list[str](), list[str]()
    for tag, a, b, c, d in SequenceMatcher(None, was, now, autojunk=False).get_opcodes():
        if tag != "equal":
            gone += was[a:b]
            come += now[c:d]
    return gone, come


def _more(lines: list[str], others: list[str]) -> list[str]:
    left, found = Counter(one.strip() for one in others), list[str]()
    for line in lines:
        if left[line.strip()] > 0:
            left[line.strip()] -= 1
        else:
            found.append(line)
    return found


@dataclass
class LineCounts:
    """Counts of changed lines, summed over files."""

    gone: Counter[str] = field(default_factory=Counter)
    come: Counter[str] = field(default_factory=Counter)

    def changed_in(self, old: str, new: str) -> bool:
        """Count the lines of code of one file's two states, inline test modules left out; return whether any differ."""
        was, now = Counter(_code_lines(old)), Counter(_code_lines(new))
        self.gone += was - now
        self.come += now - was
        return was != now

    @property
    def changed(self) -> int:
        """Lines that are new or that are gone, whichever are more: a line that was rewritten counts once."""
        return max((self.come - self.gone).total(), (self.gone - self.come).total())


def comment_text(source: str) -> str:
    """Return the comments of a source that have a line of their own, a line each."""
    return "\n".join(line.strip() for line in source.split("\n") if COMMENT.match(line))


def _code_lines(source: str) -> Iterator[str]:
    tests = TESTS.search(source)
    for line in (source[: tests.start()] if tests else source).split("\n"):
        if WORD.search(line) and not COMMENT.match(line):
            yield line.strip()
