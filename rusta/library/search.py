"""A search for a question that names no key, and the gate that decides whether what was found is enough to answer with.

Passages that hold the question's words are compared by a window of sentences: how much of the question's weight it covers.
Of the best ones the sentences are ranked by their words and, where the model of the journals' vectors is installed, by their
meaning. Where the best sentences cover too little of the question, nothing is quoted; the nearest pages are named instead.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from rusta.library.index import Library
from rusta.library.names import perhaps_mentioned
from rusta.library.passages import Passage, StdItem
from rusta.library.selection import (
    MOST_SENTENCES,
    MOST_WORDS,
    PageSentence,
    QuestionTerms,
    page_sentences,
    question_terms,
    stems,
)
from rusta.memory.index.terms import wanted

LOOKED_AT = 40  # passages of the full-text search that are compared
PASSAGES, SENTENCES = 12, 24  # that are ranked by words, and by meaning
MOST_PAGES = 2  # that an answer quotes
ENOUGH = 0.75  # of the question's weight, in the sentences that are quoted with their titles
ALIKE = 0.76  # cosine of the question with the nearest of these sentences, which is enough by itself
RATHER_ALIKE, COVERED = 0.6, 0.85  # the same, where so much of the question's weight is covered, too
NEAR_ALIKE, NEAR = 0.45, 0.4  # the same where the sentences are shown as the nearest, and not as the answer
ENOUGH_NAMED = 0.3  # of the weight, on the page of an item that the question names
BY_WORDS, BY_PASSAGE = 0.2, 0.1  # what a sentence's words and its passage's score count beside its meaning
FULL = 1.6  # of a sentence's words; more of them tell nothing
PASSAGE_ALONE = 0.5  # what the passage's score counts beside the words, where nothing tells of meaning
METHOD, TYPE = 0.35, 0.15  # what it counts that the question names the item
SOURCES = {"reference": 0.2, "book": 0.15, "nomicon": 0.1, "edition-guide": 0.1, "error_codes": 0.05,
           "std": -0.2, "cargo": -0.3, "clippy": -0.3, "rustc": -0.3}  # fmt: skip
"""What it counts that a passage states rules, and not the ways of one item or tool."""
UNSTABLE = 0.05
"""What it counts against a passage that its item needs a nightly compiler."""
TOOLS = re.compile(
    r"\b(cargo|clippy|rustc|lints?|Cargo\.toml|crates?\.io|dependenc\w+|profile|feature)\b", re.IGNORECASE
)


class Meaning(Protocol):
    """A model that embeds texts as unit vectors."""

    def similarities(self, question: str, texts: Sequence[str]) -> list[float]:
        """The cosine of each text with the question."""
        ...


@dataclass(frozen=True)
class PassageHit:
    """A passage, how much of the question its best window covers, and its score among others."""

    passage: Passage
    covered: float
    score: float
    item: StdItem | None = None  # that the passage is about, where the question names it


@dataclass(frozen=True)
class SearchResult:
    """What answers best: an item that the question names, or sentences with the passages they stand in; and the nearest pages."""

    item: StdItem | None
    sentences: tuple[tuple[Passage, tuple[PageSentence, ...]], ...]
    enough: bool
    near: bool  # not enough, and worth a look
    nearest: tuple[Passage, ...]


def prior(source: str, question: str) -> float:
    """What a passage's source counts; the books of tools count as much as others where the question is about tools."""
    return 0.1 if source in ("cargo", "clippy", "rustc") and TOOLS.search(question) else SOURCES.get(source, 0.0)


def search(library: Library, question: str, asked: QuestionTerms, meaning: Meaning | None = None) -> SearchResult:
    """What answers a question best, of the passages that hold its words and of the items that it names."""
    words = [word for word in wanted(question) if " " not in word]
    hits = [hit for passage in library.search(words, LOOKED_AT) if (hit := passage_hit(passage, asked))]
    hits = [
        replace(hit, score=hit.score + prior(hit.passage.source, question) - UNSTABLE * hit.passage.unstable)
        for hit in hits
    ]
    hits += _of_named(library, question)
    return best_sentences(hits, question, asked, meaning)


def best_sentences(
    hits: list[PassageHit], question: str, asked: QuestionTerms, meaning: Meaning | None = None
) -> SearchResult:
    """Return the sentences of these passages that answer best, and whether they are enough."""
    hits = sorted(hits, key=lambda one: -one.score)
    nearest = tuple({one.passage.title: one.passage for one in hits}.values())
    if hits and hits[0].item:
        return SearchResult(hits[0].item, (), hits[0].covered >= ENOUGH_NAMED, False, nearest)
    pool = [(unit, hit) for hit in hits[:PASSAGES] if not hit.item for unit in page_sentences(hit.passage.text)]
    pool.sort(key=lambda one: -(asked.score(one[0]) + PASSAGE_ALONE * one[1].score))
    pool, alike = pool[:SENTENCES], [0.0] * SENTENCES
    if meaning and pool:
        alike = meaning.similarities(
            question, [f"{hit.passage.title.rsplit(' > ', 1)[-1]}: {unit.text}" for unit, hit in pool]
        )

        def score(n: int) -> float:
            return alike[n] + BY_WORDS * min(FULL, asked.score(pool[n][0])) + BY_PASSAGE * pool[n][1].score

        order = sorted(range(len(pool)), key=lambda n: -score(n))
    else:
        order = list(range(len(pool)))
    kept, pages, room = list[int](), set[str](), MOST_WORDS
    for n in order:
        page = pool[n][1].passage.page
        if any(
            pool[n][0].text == pool[one][0].text for one in kept
        ):  # several items of std are told of in the same words
            continue
        fits = pool[n][0].words <= room and (page in pages or len(pages) < MOST_PAGES)
        if len(kept) < MOST_SENTENCES and (fits or not kept):
            kept.append(n)
            pages.add(page)
            room -= pool[n][0].words
    held = frozenset[str]().union(*(pool[n][0].stems | stems(pool[n][1].passage.title) for n in kept))
    covered, nearness = asked.coverage(held), max((alike[n] for n in kept), default=0.0)
    enough = nearness >= ALIKE or (nearness >= RATHER_ALIKE and covered >= COVERED) if meaning else covered >= ENOUGH
    grouped: dict[str, tuple[Passage, list[PageSentence]]] = {}
    for n in kept:
        unit, hit = pool[n]
        grouped.setdefault(f"{hit.passage.page}#{hit.passage.anchor}", (hit.passage, []))[1].append(unit)
    quoted = tuple((passage, tuple(said)) for passage, said in grouped.values())
    near = nearness >= NEAR_ALIKE if meaning else covered >= NEAR
    return SearchResult(None, quoted, enough, near, nearest)


def _of_named(library: Library, question: str) -> list[PassageHit]:
    """Hits for the types that a question names, and for their methods whose names are among its words."""
    found = list[PassageHit]()
    for n, item in enumerate(perhaps_mentioned(library, question)):
        about = question_terms(question, library.documents, library.passages, item.path)
        if hit := passage_hit(Passage("std", item.page, item.anchor, item.path, item.text), about):
            method = item.kind in ("method", "fn", "function")
            best = max(page_sentences(item.text), key=about.score)
            fits = method and any(intent.sentence.search(best.text) for intent in about.intents)
            covered = hit.covered + ENOUGH_NAMED * fits if about.weights else 1.0
            found.append(
                replace(hit, item=item, covered=covered, score=hit.score + (METHOD if method else TYPE) - 0.02 * n)
            )
    return found


def passage_hit(passage: Passage, asked: QuestionTerms) -> PassageHit | None:
    """Return how well a passage answers; None for one without a sentence."""
    every = page_sentences(passage.text)
    if not every:
        return None
    title = stems(passage.title)
    best, covered = -1.0, 0.0
    for n, unit in enumerate(every):
        near = [one.stems for one in every[max(0, n - 1) : n + 2] if one.heading == unit.heading]
        window = asked.coverage(title.union(stems(unit.heading), *near))
        score = 0.5 * window + 0.5 * asked.score(unit) + 0.05 / (1 + n)
        if score > best:
            best, covered = score, window
    last = stems(passage.title.rsplit(" > ", 1)[-1])
    score = best + 0.3 * asked.coverage(title) + 0.2 * len(last & asked.weights.keys()) / max(1, len(last))
    return PassageHit(passage, covered, score)
