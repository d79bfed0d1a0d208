"""One fact of a change between two states of a source tree, other than one of its API, with the place it is read from.

Everything in a fact is a stranger's text, except the sentences about manifests: it is bounded, control characters are
replaced by visible ones, and it is material to quote, never an instruction.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from rusta.core.output import visible

FACT_KINDS = (
    "package",
    "msrv",
    "edition",
    "feature",
    "dependency",
    "migration",
    "changelog",
    "example",
    "docs",
    "commit",
)
"""In the order of a list of facts."""
UsedAt = Callable[[str], Sequence[str]]
"""The sites (`FILE:LINE`) at which workspaces use the item of a public path."""
SENTENCE_END = re.compile(r"[.!?](?=\s|$)")
LONGEST_NAME = 300  # characters of a heading, a path or an item


@dataclass(frozen=True)
class ChangeFact:
    """What one place of a state says that the other state does not. See `FACT_KINDS` for `kind`."""

    kind: str
    text: str  # as the file says it, cut where it is long; of manifests a sentence
    path: str  # of the file, relative to the tree; of a commit its hash
    line: int  # from 1; 0 for a commit
    gone: bool = False  # path and line are of the old state: this is no more
    package: str = ""  # whose files these are; several are joined by ", "
    heading: str = ""  # the headings above it, joined by " > "
    version: str = ""  # of a changelog's section: "1.2.0", "unreleased"
    item: str = ""  # the public path that it documents
    before: str = ""  # what stood in its place
    minor: bool = False  # only spelling, punctuation, layout or compatible version numbers
    # Of an example the whole programs, new and old, that can be compiled by themselves; "" where there is none.
    program: str = field(default="", compare=False, repr=False)
    program_before: str = field(default="", compare=False, repr=False)

    @property
    def anchor(self) -> str:
        """Where it stands: `PATH:LINE`, or the beginning of a commit's hash."""
        return f"{self.path}:{self.line}" if self.line else self.path[:12]

    @property
    def shown(self) -> str:
        """It as Markdown, with its place."""
        about = self.item or " ".join(filter(None, (self.package, self.heading)))
        head = f"{self.kind}{' gone' if self.gone else ''} ({self.anchor}){f' {about}' if about else ''}: "
        return head + (f"{self.before} => {self.text}" if self.before else self.text)


def short(text: str, most: int) -> str:
    """Return a text of at most `most` characters, control characters made visible; what was cut shows as `…`."""
    text = visible(text[: most + 1])
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"


def whole_sentences(text: str, most: int) -> str:
    """Return about the first `most` characters of prose, without a sentence that breaks off where that leaves at least half of them."""
    text = visible(text[: 2 * most + 1])
    if len(text) <= most:
        return text
    ends = [one.end() for one in SENTENCE_END.finditer(text)]
    end = max((at for at in ends if at <= most), default=min(ends, default=0))
    return text[:end] if most // 2 <= end <= 2 * most else short(text, most)


def whole_lines(text: str, most: int) -> str:
    """Return the first lines of code with at most `most` characters, and a line `…` for what was cut."""
    if len(text) <= most:
        return visible(text)
    kept = text[:most].rpartition("\n")[0].rstrip()
    return f"{visible(kept)}\n…" if kept else short(text, most)
