"""Classify a person's answer to a yes-or-no question: the usual ways to say yes and no; everything else is unclear.

An answer is a yes only if every word of it belongs to one: "yes, but without the copy" asks for something else. A no
may be followed by its reason ("no, the whole list is copied") or be one ("don't copy the list"). English only.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from itertools import product


class ReplyMeaning(StrEnum):
    """How an answer is classified."""

    yes = "yes"
    always = "always"
    no = "no"
    unclear = "unclear"


@dataclass(frozen=True)
class YesNo:
    """A classified answer; for a no, `why` is the reason in the person's words, or empty."""

    meaning: ReplyMeaning
    why: str = ""


def _phrases(text: str) -> set[str]:
    return {" ".join(phrase.split()) for phrase in text.split("|")}


def _each(*parts: str) -> set[str]:
    """Return every combination of one phrase from each part, in order, joined by spaces."""
    return {" ".join(filter(None, words)) for words in product(*map(_phrases, parts))}


GOOD = "good | great | fine | perfect | right | correct | okay | ok | nice | excellent | reasonable | acceptable"
IT = "it | that | this | so | them | both | the change | the changes | the edit | the edits | the fix | the patch | the tests | tests"
YES = (
    _phrases(f"""
    y | yes | yess | yep | yeah | yup | yea | ya | aye | okey | k | kk | sure | sure thing | surely | of course | certainly
    | absolutely | definitely | indeed | i agree | agreed | approve | approved | accept | accepted | confirm | confirmed
    | affirmative | lgtm | ship it | go | go ahead | go on | go for it | proceed | continue | carry on | please | you may
    | you can | you may do that | be my guest | by all means | alright | make it so | let's go | let's do it | lets do it
    | no problem | no problem at all | no worries | no objection | no objections | not a problem | i don't mind | why not do it
    | works for me | okay with me | \N{THUMBS UP SIGN} | +1 | {GOOD}
    """)
    | _each("do | run | make | apply | change | use | try | take", IT)
    | _each(
        "| all | very | that's | that is | it's | it is | this is | that's all",
        GOOD,
        "| by me | with me | for me | idea",
    )
    | _each("| it | that | this", "looks | sounds | seems | look | sound", GOOD, "| to me")
    | _each("i'm | i am", "fine | ok | okay | good", "with", IT)
)
POLITE = _phrases(
    "thanks | thanks a lot | thank you | thank you very much | thx | then | now | rusta | and | so | well | oh | just | do | why not | too"
)
ALWAYS = _phrases("a | always | always here | from now on | every time")
NO = _phrases("""
    n | no | nope | nah | naw | nay | no way | never | no thanks | no thank you | not now | not yet | not really | not today
    | later | maybe later | don't | do not | please don't | please do not | better not | rather not | i'd rather not | i would rather not
    | cancel | stop | abort | skip | skip it | reject | refuse | decline | leave it | leave it alone | leave it be | forget it
    | no please | negative | never mind
""")  # fmt: skip
UNSURE = _phrases("""
    not sure | i'm not sure | i am not sure | not certain | no idea | no clue | i don't know | don't know | i do not know
    | no opinion | not that
""")  # fmt: skip
REFUSING = (
    "don't",
    "do not",
    "please don't",
    "please do not",
    "not",
    "never",
    "rather",
    "i don't",
    "i do not",
    "i'd rather",
    "i won't",
)
LONGEST = 5  # most words of a phrase
SAID_NO = re.compile(r"(?:no|nope|nah|n)(?:[ \t]*[,.;:!–—-]+\s*|[ \t]+)", re.IGNORECASE)


def understood(answer: str, remembered: bool = False) -> YesNo:
    """Classify an answer. `always` is returned only where it can be `remembered`."""
    text = answer.strip()
    words = _words(text)
    said = " ".join(words)
    if not said or text.endswith("?") or _begins(words, UNSURE):
        return YesNo(ReplyMeaning.unclear)
    if (
        remembered
        and _made_of(words, ALWAYS | YES | POLITE)
        and any(word in ("a", "always", "every") for word in words)
    ):
        return YesNo(ReplyMeaning.always)
    if _made_of(words, YES | POLITE) and not _made_of(words, POLITE):
        return YesNo(ReplyMeaning.yes)
    if _made_of(words, NO | POLITE) and not _made_of(words, POLITE):
        return YesNo(ReplyMeaning.no)
    if (begun := SAID_NO.match(text)) and not _begins(words, YES):
        rest = text[begun.end() :].strip()
        if _made_of(_words(rest), YES | POLITE):
            return YesNo(ReplyMeaning.unclear)
        return YesNo(ReplyMeaning.no, text if begun[0].endswith((" ", "\t")) and begun[0].strip().isalpha() else rest)
    if any(said.startswith(f"{one} ") for one in REFUSING) and not _begins(words, YES):
        return YesNo(ReplyMeaning.no, text)
    return YesNo(ReplyMeaning.unclear)


def _words(text: str) -> list[str]:
    plain = text.casefold().replace("’", "'")
    return [word for part in re.split(r"[\s,.!;:()\"–—]+", plain) if (word := part.strip("-*_`'"))]


def _made_of(words: list[str], phrases: set[str]) -> bool:
    """Return whether the words consist of these phrases only, matching the longest phrase at each position."""
    at = 0
    while at < len(words):
        if not (size := _size(words[at : at + LONGEST], phrases)):
            return False
        at += size
    return bool(words)


def _begins(words: list[str], phrases: Iterable[str]) -> bool:
    return bool(_size(words[:LONGEST], set(phrases)))


def _size(words: list[str], phrases: set[str]) -> int:
    """Return the length of the longest prefix of `words` that is one of these phrases, or 0."""
    return next((n for n in range(len(words), 0, -1) if " ".join(words[:n]) in phrases), 0)
