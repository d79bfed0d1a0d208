"""Decide whether a new entry is worth keeping, with the reason in a sentence.

Not covered: whether it is true. A false entry of forty words with a version number passes.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from rusta.memory.entries.entry import Journal
from rusta.memory.entries.frontmatter import Settable
from rusta.memory.index.likeness import alike, content_words

SAME = 0.72
"""Jaccard similarity from which two entries count as duplicates."""
NEAR = 0.4
"""Jaccard similarity from which two entries are related: to be linked, or one to supersede the other."""
FEWEST = {Journal.EMOTIONAL: 3}
"""Minimum number of content words by journal; `ENOUGH` for the others."""
ENOUGH = 8

EVERY_DAY = """
fix typo run ran cargo fmt format formatt check build built compile compil test green pass work done commit push
update bump version depend clean rename add remov change chang file line code small minor quick thing fine ok
okay good success successful finish complete complet
"""
ROUTINE = frozenset(EVERY_DAY.split())
"""Words common to every session. An entry made of these alone says nothing specific."""
ANCHOR = re.compile(
    r"\bE0\d{3}\b|\bclippy::\w+|`[^`\n]+`|\b\d+\.\d+(?:\.\d+)?\b|(?<![\w-])-*+\w[\w-]*+@[\w.]"
    r"|\b[0-9a-f]{7,40}\b|\b\w+::\w+|(?<![\w/])/*+\w[\w/]*+\.rs\b|\bRFC \d+"
)
OCCASION = re.compile(r"\b(?:when(?:ever)?|before|after|if|as soon as|every time)\b", re.IGNORECASE)
MYSELF = re.compile(r"\bI\b", re.IGNORECASE)
LATER_OCCASION = re.compile(r"\b(?:when(?:ever)?|before|first|if)\b", re.IGNORECASE)
PASSING = re.compile(r"\b(?:right now|for now|at the moment|currently|todo|wip|tomorrow I)\b", re.IGNORECASE)


@dataclass(frozen=True)
class Effort:
    """The work behind an entry. Minutes are wall-clock time."""

    attempts: int = 0
    diagnostics: int = 0
    files: int = 0
    minutes: float = 0

    @property
    def trivial(self) -> bool:
        """Whether it took one attempt, no diagnostics and less than five minutes."""
        return self.attempts <= 1 and not self.diagnostics and self.minutes < 5


@dataclass(frozen=True)
class WorthVerdict:
    """Whether an entry is `worth` keeping, and `why`. `same` is the path of a duplicate, `near` of related entries."""

    worth: bool
    why: str
    same: str = ""
    near: tuple[str, ...] = ()


def judge_worth(
    journal: Journal,
    title: str,
    body: str,
    meta: Mapping[str, Settable] | None = None,
    *,
    similar: Callable[[str], Iterable[tuple[str, str]]] | None = None,
    effort: Effort | None = None,
    fewest: int | None = None,
) -> WorthVerdict:
    """Judge whether to keep an entry. `similar` returns path and text of possible duplicates (by search).

    `fewest` content words are enough where a person said it: they need no reason to be brief.
    """
    meta = meta or {}
    said = content_words(f"{title}\n{body}")
    few = fewest or FEWEST.get(journal, ENOUGH)
    if len(said) < few:
        return WorthVerdict(
            False, f"Not worth it: {len(said)} words that mean something, and {few} are the least I would come back to."
        )
    particular = {word for word in said if word not in ROUTINE}
    if len(particular) < few // 2 + 1 and not ANCHOR.search(body):
        return WorthVerdict(False, "Not worth it: this is what every session does, and nothing of this one.")
    if effort and effort.trivial and journal in {Journal.EPISODIC, Journal.PROCEDURAL, Journal.LAB}:
        return WorthVerdict(False, "Not worth it: it went at once, with nothing in the way to learn from.")
    if journal is Journal.PROCEDURAL and not meta.get("when") and not _habit(body):
        return WorthVerdict(False, "Not worth it yet: a habit needs its when. What would make me do it?")
    anchored = bool(ANCHOR.search(body)) or any(meta.get(key) for key in ("repo", "commit", "version", "source"))
    if journal is Journal.SEMANTIC and not anchored:
        return WorthVerdict(
            False, "Not worth it yet: nothing says where it holds. A version, a crate, an item, a commit?"
        )
    if journal is Journal.SEMANTIC and PASSING.search(body) and not any(meta.get(key) for key in ("version", "commit")):
        return WorthVerdict(False, "Not worth it as knowledge: it speaks of the moment. As an episode it would do.")
    likely = sorted(
        ((alike(said, content_words(text)), path) for path, text in (similar(body) if similar else ())), reverse=True
    )
    if likely and likely[0][0] >= SAME:
        return WorthVerdict(
            False, f"Not worth it: {likely[0][1]} says it already ({likely[0][0]:.0%} of the same words).", likely[0][1]
        )
    near = tuple(path for share, path in likely if share >= NEAR)
    return WorthVerdict(True, _because(journal, anchored, effort, near), near=near)


def refers_to(body: str, facts: str) -> bool:
    """Whether a text refers to the facts: they share a file, code or item, or at least two specific words."""
    shared = (content_words(body) & content_words(facts)) - ROUTINE
    return bool(set(ANCHOR.findall(body)) & set(ANCHOR.findall(facts))) or len(shared) >= 2


def _habit(body: str) -> bool:
    """Whether a text states an occasion and what the writer ("I") then does, in either order."""

    def then(first: re.Pattern[str], second: re.Pattern[str]) -> bool:
        found = first.search(body)
        return found is not None and second.search(body, found.end() + 1) is not None

    return then(OCCASION, MYSELF) or then(MYSELF, LATER_OCCASION)


def _because(journal: Journal, anchored: bool, effort: Effort | None, near: tuple[str, ...]) -> str:
    reasons = {
        Journal.EPISODIC: "it happened once and I would want to know how",
        Journal.SEMANTIC: "it says where it holds",
        Journal.PROCEDURAL: "it says when I would do it",
        Journal.EMOTIONAL: "it has an object",
        Journal.DIDACTIC: "somebody understood something by it",
        Journal.LAB: "it was tried",
    }
    more = []
    if anchored and journal is not Journal.SEMANTIC:
        more.append("it is anchored")
    if effort and effort.attempts > 2:
        more.append(f"it took {effort.attempts} attempts")
    if near:
        more.append(f"it belongs to {near[0]}: link it, or let it take that place")
    return f"Worth it: {'; '.join([reasons[journal], *more])}."
