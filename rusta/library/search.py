"""A search for a question that names no key, and the gate that decides whether what was found is enough to answer with.

Passages that hold the question's words are compared by a window of sentences: how much of the question's weight it covers,
by itself and with its heading. Below `ENOUGH` nothing is quoted; the nearest pages are named instead.
"""

import re
from dataclasses import dataclass, replace

from rusta.library.index import Library
from rusta.library.names import perhaps_mentioned
from rusta.library.passages import Passage, StdItem
from rusta.library.selection import Asked, Unit, stem, stems, together, understood, units
from rusta.memory.index.terms import wanted

LOOKED_AT = 40  # passages of the full-text search that are compared
ENOUGH = 0.62  # of the question's weight, in a window of sentences with their heading
ENOUGH_NAMED = 0.3  # the same for an item that the question names
METHOD, TYPE = 0.35, 0.15  # what it counts that the question names the item
SOURCES = {"reference": 0.2, "book": 0.15, "nomicon": 0.1, "edition-guide": 0.1, "error_codes": 0.05,
           "std": -0.2, "cargo": -0.3, "clippy": -0.3, "rustc": -0.3}  # fmt: skip
"""What it counts that a passage states rules, and not the ways of one item or tool."""
TOOLS = re.compile(
    r"\b(cargo|clippy|rustc|lints?|Cargo\.toml|crates?\.io|dependenc\w+|profile|feature)\b", re.IGNORECASE
)


@dataclass(frozen=True)
class Hit:
    """A passage with the sentences that answer best, how much of the question they cover, and whether that is enough."""

    passage: Passage
    sentences: tuple[Unit, ...]
    covered: float
    score: float

    item: StdItem | None = None  # that the passage is about, where the question names it

    @property
    def enough(self) -> bool:
        """Whether it may be quoted as an answer."""
        return self.covered >= (ENOUGH_NAMED if self.item else ENOUGH)


def prior(source: str, question: str) -> float:
    """What a passage's source counts; the books of tools count as much as others where the question is about tools."""
    return 0.1 if source in ("cargo", "clippy", "rustc") and TOOLS.search(question) else SOURCES.get(source, 0.0)


def search(library: Library, question: str, asked: Asked) -> list[Hit]:
    """The passages that answer a question best, the best one first: of those that hold its words, and of what it names."""
    words = [word for word in wanted(question) if " " not in word]
    hits = [hit for passage in library.search(words, LOOKED_AT) if (hit := _hit(passage, asked))]
    hits = [replace(hit, score=hit.score + prior(hit.passage.source, question)) for hit in hits]
    for n, item in enumerate(perhaps_mentioned(library, question, stems(question), stem)):
        about = understood(question, library.documents, library.passages, item.path)
        passage = Passage("std", item.page, item.anchor, item.path, item.text)
        if hit := _hit(passage, about):
            method = item.kind in ("method", "fn", "function")
            fits = any(intent.sentence.search(hit.sentences[0].text) for intent in about.intents)
            covered = (hit.covered + (ENOUGH_NAMED if fits and method else 0.0)) if about.weights else 1.0
            hits.append(
                replace(hit, item=item, covered=covered, score=hit.score + (METHOD if method else TYPE) - 0.02 * n)
            )
    return sorted(hits, key=lambda one: -one.score)


def _hit(passage: Passage, asked: Asked) -> Hit | None:
    every = units(passage.text)
    if not every:
        return None
    title = stems(passage.title)
    best, covered, at = -1.0, 0.0, 0
    for n, unit in enumerate(every):
        near = [one.stems for one in every[max(0, n - 1) : n + 2] if one.heading == unit.heading]
        window = asked.coverage(title.union(stems(unit.heading), *near))
        score = 0.5 * window + 0.5 * asked.score(unit) + 0.05 / (1 + n)
        if score > best:
            best, covered, at = score, window, n
    last = stems(passage.title.rsplit(" > ", 1)[-1])
    score = best + 0.3 * asked.coverage(title) + 0.2 * len(last & asked.weights.keys()) / max(1, len(last))
    ranked = sorted(every, key=lambda one: (one.place != at, -asked.score(one) - 0.2 / (1 + abs(one.place - at))))
    return Hit(passage, together(ranked), covered, score)
