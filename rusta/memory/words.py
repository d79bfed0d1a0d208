"""Which words of a text are looked for: code taken apart, error codes whole, and the words that say nothing left out."""

import re

# Function words, and the words that a question is made of. What a Rust engineer could mean by a word stays in
# (`move`, `match`, `where`, `use`, `mut` and `self` are not here).
STOP = frozenset(
    [
        "a",
        "about",
        "above",
        "after",
        "again",
        "against",
        "all",
        "also",
        "am",
        "an",
        "and",
        "any",
        "are",
        "aren",
        "as",
        "at",
        "be",
        "because",
        "been",
        "before",
        "being",
        "below",
        "between",
        "both",
        "but",
        "by",
        "can",
        "cannot",
        "could",
        "couldn",
        "did",
        "didn",
        "do",
        "does",
        "doesn",
        "doing",
        "don",
        "done",
        "down",
        "during",
        "each",
        "ever",
        "every",
        "few",
        "for",
        "from",
        "further",
        "get",
        "gets",
        "getting",
        "got",
        "had",
        "hadn",
        "has",
        "hasn",
        "have",
        "haven",
        "having",
        "he",
        "her",
        "here",
        "hers",
        "herself",
        "him",
        "himself",
        "his",
        "how",
        "however",
        "i",
        "if",
        "in",
        "into",
        "is",
        "isn",
        "it",
        "its",
        "itself",
        "just",
        "let",
        "ll",
        "may",
        "me",
        "might",
        "mine",
        "more",
        "most",
        "much",
        "must",
        "my",
        "myself",
        "no",
        "nor",
        "not",
        "now",
        "of",
        "off",
        "on",
        "once",
        "one",
        "only",
        "onto",
        "or",
        "other",
        "ought",
        "our",
        "ours",
        "out",
        "over",
        "own",
        "per",
        "please",
        "quite",
        "rather",
        "re",
        "really",
        "s",
        "same",
        "shall",
        "she",
        "should",
        "shouldn",
        "so",
        "some",
        "something",
        "still",
        "such",
        "t",
        "tell",
        "than",
        "that",
        "the",
        "their",
        "theirs",
        "them",
        "then",
        "there",
        "these",
        "they",
        "thing",
        "things",
        "this",
        "those",
        "though",
        "through",
        "to",
        "too",
        "under",
        "until",
        "up",
        "upon",
        "us",
        "ve",
        "very",
        "was",
        "wasn",
        "way",
        "we",
        "were",
        "weren",
        "what",
        "when",
        "which",
        "while",
        "who",
        "whom",
        "whose",
        "why",
        "will",
        "with",
        "within",
        "without",
        "won",
        "would",
        "wouldn",
        "yes",
        "yet",
        "you",
        "your",
        "yours",
        "yourself",
    ]
)
NAME = re.compile(r"[^\W_]+(?:(?:_+|::|[.\-/'’])[^\W_]+)*")
PART = re.compile(r"[^\W_]+")
CAMEL = re.compile(r"[A-Z]\w*[a-z][A-Z]\w*")
HUMP = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
JOINED = re.compile(r"[^\W_]+(?:(?:_+|::)[^\W_]+)+")
QUOTED = re.compile(r'"([^"]+)"')


def parts(text: str) -> str:
    """What the index keeps beside a text: names in CamelCase taken apart, and snake_case and paths:: put together.

    FTS5 takes `redundant_clone` apart by itself; `redundantclone` beside it finds the whole name without a search for
    two common words in a row, which takes it ten times as long.
    """
    found = [hump for name in set(CAMEL.findall(text)) for hump in HUMP.findall(name)]
    # Few words are of several parts, and looking for `_` in each is cheaper than an expression that tries everywhere.
    composed = [word for word in text.split() if "_" in word or "::" in word]
    if composed:
        found += map(whole, JOINED.findall(" ".join(composed)))
    return " ".join(sorted(set(found)))


def whole(name: str) -> str:
    """A name of several parts as one word."""
    return name.replace("_", "").replace(":", "").lower()


def wanted(text: str) -> list[str]:
    """What to look for, in the order it was said: single words in lower case, and phrases where the text has one.

    `clippy::redundant_clone` asks for itself and for each of its words; `RefCell` for itself and its parts; `E0502`
    for itself; "two words" in quotation marks for both in a row. A text of nothing but stop words asks for those.
    """
    found: dict[str, None] = {}
    for phrase in QUOTED.findall(text):
        if len(parts := PART.findall(phrase)) > 1:
            found[" ".join(parts).lower()] = None
    for name in NAME.findall(text):
        found.update((whole(joined), None) for joined in JOINED.findall(name))
        for part in PART.findall(name):
            found[part.lower()] = None
            if CAMEL.match(part):
                found.update((hump.lower(), None) for hump in HUMP.findall(part))
    said = [word for word in found if word not in STOP and (len(word) > 1 or word.isdigit())]
    return said or [word for word in found if " " not in word]
