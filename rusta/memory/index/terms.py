"""Extract search terms from text: identifiers split into parts, error codes kept whole, stop words removed.

A text may be one word of any length: every regular expression here runs in time linear in the text.
"""

import re

# Function words, and the words that questions are made of. Words that also have a meaning in Rust are not included
# (`move`, `match`, `where`, `use`, `mut` and `self`).
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


def extra_terms(text: str) -> str:
    """Return extra terms to index with a text: CamelCase names split, snake_case names and `::` paths joined.

    FTS5 splits `redundant_clone` by itself; the extra term `redundantclone` finds the whole name without a phrase
    search for two common words, which takes FTS5 ten times as long.
    """
    found = [hump for name in {camel_case(run) for run in RUN.findall(text)} for hump in HUMP.findall(name)]
    # Few words have several parts, and looking for `_` in each is cheaper than a regex that tries at every position.
    composed = [word for word in text.split() if "_" in word or "::" in word]
    if composed:
        found += map(joined_name, joined(" ".join(composed)))
    return " ".join(sorted(set(found)))


def camel_case(word: str) -> str:
    """Return the CamelCase part of a word: from its first capital on, if `aB` follows somewhere; else empty."""
    first = CAPITAL.search(word)
    return word[first.start() :] if first and INNER_CAPITAL.search(word, first.end()) else ""


def joined(text: str) -> list[str]:
    """Return the names of several parts in a text: snake_case, and paths with `::`."""
    return [name for name in PATH.findall(text) if "_" in name or "::" in name]


def joined_name(name: str) -> str:
    """Join a name of several parts into one lower-case word."""
    return name.replace("_", "").replace(":", "").lower()


def wanted(text: str) -> list[str]:
    """Return the terms to search for, in the order of the text: single lower-case words, and phrases.

    `clippy::redundant_clone` gives the joined name and each of its words; `RefCell` itself and its parts; `E0502`
    itself; "two words" in quotation marks a phrase. A text of only stop words gives an empty list.
    """
    found: dict[str, None] = {}
    for phrase in QUOTED.findall(text):
        if len(parts := PART.findall(phrase)) > 1:
            found[" ".join(parts).lower()] = None
    for name in NAME.findall(text):
        found.update((joined_name(one), None) for one in joined(name))
        for part in PART.findall(name):
            found[part.lower()] = None
            if camel_case(part) == part:  # not if it begins with a lower-case letter
                found.update((hump.lower(), None) for hump in HUMP.findall(part))
    return [word for word in found if word not in STOP and (len(word) > 1 or word.isdigit())]


def anything(text: str) -> list[str]:
    """Return every word of a text, stop words included, for a query such as `the`."""
    return list(dict.fromkeys(part.lower() for part in PART.findall(text)))
