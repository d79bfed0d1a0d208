"""Commits as facts: their subjects, those of CI, builds and merges marked as minor, and what a message calls breaking."""

import re
from collections.abc import Iterable, Iterator
from typing import Protocol

from rusta.mirror.fact import ChangeFact, short

LONGEST_SUBJECT_TOLD = 160  # characters
LONGEST_BREAKING = 300
MOST_COMMITS = 2_000
IDLE = re.compile(
    r"(?:ci|chore|build|tests?|style|bench(?:es)?|release)(?:\([^)]{0,60}\))?:|merge\b|bump\b|release\b|prepare\b.{0,40}\brelease"
    r"|.{0,200}\b(?:typos?|clippy|rustfmt|dependabot|renovate|github actions?)\b",
    re.I,
)
BREAKING = re.compile(r"^[a-z]{2,20}(?:\([^)]{0,60}\))?!:", re.I)
SAID_BREAKING = re.compile(r"^BREAKING[ -]CHANGES?:?[ \t]*(?P<what>[^\n]*(?:\n[^\n]+){0,5})", re.M)


class CommitMessage(Protocol):
    """What is read of a commit."""

    @property
    def hash(self) -> str: ...  # noqa: D102
    @property
    def subject(self) -> str: ...  # noqa: D102
    @property
    def body(self) -> str: ...  # noqa: D102


def commit_facts(commits: Iterable[CommitMessage]) -> Iterator[ChangeFact]:
    """Yield a fact for each commit, in their order; what it says of breaking stands behind its subject."""
    for n, one in enumerate(commits):
        if n >= MOST_COMMITS:
            return
        subject, breaking = short(" ".join(one.subject.split()), LONGEST_SUBJECT_TOLD), SAID_BREAKING.search(one.body)
        what = short(" ".join(breaking["what"].split()), LONGEST_BREAKING) if breaking else ""
        loud = bool(breaking or BREAKING.match(one.subject))
        yield ChangeFact(
            "commit",
            f"{subject} BREAKING: {what}" if what else subject,
            one.hash,
            0,
            minor=not loud and bool(IDLE.match(subject)),
        )
