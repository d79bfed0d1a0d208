"""Which words of a text are looked for: code taken apart, error codes whole, and the words that say nothing left out.

A text may be one word of any length: each expression here takes time that grows with the text, and no faster.
"""

import re

# Function words, and the words that a question is made of. What a Rust engineer could mean by a word stays in
# (`move`, `match`, `where`, `use`, `mut` and `self` are not here).
STOP = frozenset(
    re.findall(
        r"\w+",
        """a about above after again against all also am an and any are aren as at be because been before being below
    between both but by can cannot could couldn did didn do does doesn doing don done down during each ever every few
    for from further get gets getting got had hadn has hasn have haven having he her here hers herself him himself his
    how however i if in into is isn it its itself just let ll may me might mine more most much must my myself no nor
    not now of off on once one only onto or other ought our ours out over own per please quite rather re really s same
    shall she should shouldn so some something still such t tell than that the their theirs them then there these they
    thing things this those though through to too under until up upon us ve very was wasn way we were weren what when
    which while who whom whose why will with within without won would wouldn yes yet you your yours yourself
    bye cheers hello hey hi nice ok okay sorry sure thank thanks""",
    )
)
NAME = re.compile(r"[^\W_]+(?:(?:_+|::|[.\-/'’])[^\W_]+)*")
PART = re.compile(r"[^\W_]+")
RUN = re.compile(r"\w+")
CAPITAL = re.compile(r"[A-Z]")
INNER_CAPITAL = re.compile(r"[a-z][A-Z]")
HUMP = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
PATH = re.compile(r"[^\W_]++(?:(?:_++|::)[^\W_]++)*+")
QUOTED = re.compile(r'"([^"]+)"')


def parts(text: str) -> str:
    """What the index keeps beside a text: names in CamelCase taken apart, and snake_case and paths:: put together.

    FTS5 takes `redundant_clone` apart by itself; `redundantclone` beside it finds the whole name without a search for
    two common words in a row, which takes it ten times as long.
    """
    found = [hump for name in {camel_case(run) for run in RUN.findall(text)} for hump in HUMP.findall(name)]
    # Few words are of several parts, and looking for `_` in each is cheaper than an expression that tries everywhere.
    composed = [word for word in text.split() if "_" in word or "::" in word]
    if composed:
        found += map(whole, joined(" ".join(composed)))
    return " ".join(sorted(set(found)))


def camel_case(word: str) -> str:
    """What of a word is a name in CamelCase: from its first capital on, if a small letter and a capital follow; else empty."""
    first = CAPITAL.search(word)
    return word[first.start() :] if first and INNER_CAPITAL.search(word, first.end()) else ""


def joined(text: str) -> list[str]:
    """The names of several parts in a text: snake_case, and paths with `::`."""
    return [name for name in PATH.findall(text) if "_" in name or "::" in name]


def whole(name: str) -> str:
    """A name of several parts as one word."""
    return name.replace("_", "").replace(":", "").lower()


def wanted(text: str) -> list[str]:
    """What to look for, in the order it was said: single words in lower case, and phrases where the text has one.

    `clippy::redundant_clone` asks for itself and for each of its words; `RefCell` for itself and its parts; `E0502`
    for itself; "two words" in quotation marks for both in a row. Of a text of nothing but stop words nothing is wanted.
    """
    found: dict[str, None] = {}
    for phrase in QUOTED.findall(text):
        if len(parts := PART.findall(phrase)) > 1:
            found[" ".join(parts).lower()] = None
    for name in NAME.findall(text):
        found.update((whole(one), None) for one in joined(name))
        for part in PART.findall(name):
            found[part.lower()] = None
            if camel_case(part) == part:  # not where it begins with a small letter
                found.update((hump.lower(), None) for hump in HUMP.findall(part))
    return [word for word in found if word not in STOP and (len(word) > 1 or word.isdigit())]


def anything(text: str) -> list[str]:
    """Every word of a text, for a person who searches for `the` and means it."""
    return list(dict.fromkeys(part.lower() for part in PART.findall(text)))
