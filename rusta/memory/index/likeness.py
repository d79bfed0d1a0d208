"""Similarity of two texts by their content words (Jaccard on stemmed word sets). Coarse, fast and deterministic."""

import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Set
from math import ceil
from typing import TypeVar

WORD = re.compile(r"[^\W_]+(?:[_:.'’-]+[^\W_]+)*")
SENTENCE = re.compile(r"(?<=[.!?])\s+|\n{2,}|\n(?=[-*#] )")
FENCED = re.compile(r"^(```|~~~).*?^\1", re.MULTILINE | re.DOTALL)
NUMBER = re.compile(r"\d+(?:\.\d+)*")
SMALL = """
a about after all also an and any are as at be because been before but by can could did do does for from had has
have he her here him his how i i'd i'll i'm i've if in into is it it's its just like me more most my of on one
only or our out over so some such than that that's the their them then there these they this those through to
too under up use used very was we were what when where which while who why will with would you your again still
now today yesterday
"""
COMMON = frozenset(SMALL.split())
NO = """
no not never none neither nor without cannot isn't aren't wasn't weren't doesn't don't didn't can't won't
wouldn't couldn't shouldn't hasn't haven't hadn't nothing nobody
"""
NEGATIONS = frozenset(NO.split())
COMMONPLACE = 60

Name = TypeVar("Name", str, tuple[str, int])


def content_words(text: str) -> frozenset[str]:
    """Return the stemmed content words of a text: without code blocks, numbers, stop words and negations."""
    said = (word.replace("’", "'").lower() for word in WORD.findall(FENCED.sub(" ", text)))
    return frozenset(
        _stem(word) for word in said if word not in COMMON and word not in NEGATIONS and not word[0].isdigit()
    )


def alike(one: Set[str], other: Set[str]) -> float:
    """Return the Jaccard similarity, 0 to 1: shared words divided by all words."""
    return len(one & other) / len(one | other) if one or other else 0.0


def sentences(text: str) -> list[str]:
    """Split prose into sentences; code blocks are left out."""
    return [said for part in SENTENCE.split(FENCED.sub(" ", text)) if (said := " ".join(part.split()))]


def denies(sentence: str) -> bool:
    """Whether the sentence is negated: it contains an odd number of negation words."""
    said = [word.replace("’", "'").lower() for word in WORD.findall(sentence)]
    return sum(word in NEGATIONS for word in said) % 2 == 1


def numbers(sentence: str) -> frozenset[str]:
    """Return the numbers in a sentence, including versions and the digits of error codes."""
    return frozenset(NUMBER.findall(sentence))


def similar_pairs(texts: Mapping[Name, Set[str]], share: float) -> list[tuple[Name, Name]]:
    """Return all pairs of texts whose similarity (`alike`) is at least `share`, sorted, without comparing all with all.

    Two sets that share so much have one of their rarest words in common, so only those words are looked up, and of
    the shorter text even fewer are indexed (prefix filtering; Xiao, Wang, Lin and Yu, "Efficient Similarity Joins for
    Near Duplicate Detection", 2008). A word is indexed for at most `COMMONPLACE` texts: of a thousand copies of one
    text, not every pair is found.
    """
    counts = Counter(word for said in texts.values() for word in said)
    indexed: dict[str, list[Name]] = defaultdict(list)
    found: list[tuple[Name, Name]] = []
    for name in sorted(texts, key=lambda name: (len(texts[name]), name)):
        said = texts[name]
        rarest = sorted((word for word in said if counts[word] > 1), key=lambda word: (counts[word], word))
        alone, least = len(said) - len(rarest), ceil(share * len(said))
        looked_up = rarest[
            : max(0, len(said) - least + 1 - alone)
        ]  # words of this text alone would come first, but match nothing
        likely = {other for word in looked_up for other in indexed[word] if len(texts[other]) >= least}
        found += [(min(name, other), max(name, other)) for other in likely if alike(said, texts[other]) >= share]
        for word in rarest[: max(0, len(said) - ceil(2 * share / (1 + share) * len(said)) + 1 - alone)]:
            if len(indexed[word]) < COMMONPLACE:
                indexed[word].append(name)
    return sorted(found)


def _stem(word: str) -> str:
    for ending in ("ings", "ing", "edly", "ed", "es", "s"):
        if word.endswith(ending) and len(word) - len(ending) >= 4 and "_" not in word and ":" not in word:
            return word.removesuffix(ending)
    return word
