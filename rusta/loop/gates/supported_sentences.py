"""Keep of a model's prose about Rust only what a quote beside it says; the rest is dropped.

A sentence is supported if its words stand in one quoted sentence in the same order, and if it leaves out none of that
sentence's words that carry its meaning: negations, conditions, quantities, modal verbs, numbers. So a sentence may be
shorter than the quote, and may not say more, less strictly, or the opposite. True sentences in other words are dropped, too.

Not covered: a noun that is left out and that restricted another one: of "Types that implement Copy are duplicated" there
remains "Types are duplicated".

Questions to the person and admissions that claim nothing pass. Code is not prose and is dropped.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from rusta.core.markdown_fences import FENCED
from rusta.library.selection import stem
from rusta.memory.index.terms import STOP

SENTENCE = re.compile(r"(?<=[.!?])\s+|\n+")
TOKEN = re.compile(r"[^\W_]+(?:['’][a-z]+)?|!=|==|[<>]=?|\d+")
BEARING = """
    not no nor neither never none cannot without except unless if when while until only all every any each some most more less
    least fewer both either same different may might must can could should will would always often sometimes before after
    than first last once twice zero one two three false true safe unsafe despite but however instead amortized amortised average
    worst best usually typically generally mostly mainly rarely almost nearly roughly currently otherwise
"""
MEANING = frozenset(BEARING.split())
NEGATED = re.compile(r"(?:n['’]t|cannot)$")
TO_YOU = re.compile(r"\b(?:you|your)\b.*\?$", re.IGNORECASE)
ADMITS = re.compile(
    r"^I (?:do not|don['’]t|cannot|can['’]t|am not|['’]m not) (?:know|sure|say|tell)\b[^,;:]*[.]$", re.IGNORECASE
)
LONGEST_ASIDE = 14  # words of a question or admission
CLAIMS = re.compile(r"`|::|\bE\d{4}\b|\d|\b(?:because|since|but|although|is|are|was|were)\b")


@dataclass(frozen=True)
class Guarded:
    """What is left of a text, and the sentences that were dropped."""

    kept: str
    dropped: tuple[str, ...]


def guarded(text: str, quotes: Sequence[str]) -> Guarded:
    """Keep the sentences that one of the quoted sentences supports, and those that claim nothing."""
    quoted = [bearing_words(one) for one in quotes]
    kept, dropped = list[str](), list[str]()
    for sentence in SENTENCE.split(FENCED.sub(" ", text)):
        said = sentence.strip(" \t>*-#")
        if not said:
            continue
        (
            kept if claims_nothing(said) or any(_supports(one, bearing_words(said)) for one in quoted) else dropped
        ).append(said)
    return Guarded(" ".join(kept), tuple(dropped))


def claims_nothing(sentence: str) -> bool:
    """Whether a sentence is a question to the person, or an admission, with no statement in it."""
    if len(sentence.split()) > LONGEST_ASIDE or CLAIMS.search(sentence):
        return False
    return bool(TO_YOU.search(sentence) or ADMITS.match(sentence))


def supports(quote: str, sentence: str) -> bool:
    """Whether a quoted sentence says what another one says."""
    return _supports(bearing_words(quote), bearing_words(sentence))


def _supports(quoted: list[str], said: list[str]) -> bool:
    """Whether the words of a sentence stand in a quoted one in order, and nothing that bears its meaning is left out."""
    if not said:
        return False
    at = 0
    for token in quoted:
        if at < len(said) and token == said[at]:
            at += 1
        elif token in MEANING or token[0].isdigit():
            return False
    return at == len(said)


def bearing_words(sentence: str) -> list[str]:
    """The stems of a sentence's words in order, with `not` for each negated verb, function words left out."""
    found = list[str]()
    for word in TOKEN.findall(sentence.replace("_", "").lower()):
        if NEGATED.search(word):
            found.append("not")
        elif word in MEANING:
            found.append(word)
        elif word not in STOP:
            found.append(stem(word))
    return found
