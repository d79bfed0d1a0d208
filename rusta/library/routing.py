"""Where the answer to a question about Rust stands, told from the words of the question: by key, or by a search.

A key is an error code, a lint, a keyword, or a path of std. Code that stands in a fence is not looked through.
"""

import re
from dataclasses import dataclass
from enum import StrEnum

from rusta.core.markdown_fences import FENCED

CODE = re.compile(r"\b[eE](\d{4})\b")
LINT = re.compile(
    r"\bclippy::(\w+)|\blint\s+`?([a-z]+(?:[_-][a-z]+)+)`?|`([a-z]+(?:_[a-z]+)+)`\s+lint\b", re.IGNORECASE
)
ATTRIBUTE = re.compile(
    r"#!?\[\s*(?:unsafe\()?([a-z_]+)|`([a-z_]+)`\s+attribute\b"
    r"|\battribute\s+`?([a-z]+_[a-z_]+|inline|cold|test|derive|repr|doc|link|path|used)\b"
    r"|\b([a-z]+_[a-z_]+|inline|cold|derive|repr)\s+attribute\b"
)
KEYWORD = re.compile(
    r"\bkeyword\s+`?([a-zA-Z]{2,8})`?|`?\b([a-zA-Z]{2,8})`?\s+keyword\b"
    r"|what (?:does|is|are) `?(dyn|ref|impl|async|await|unsafe|move|where|crate|super)`?(?: mean| do)?\s*\?",
    re.IGNORECASE,
)
# Not the beginning of a chain of calls: of `Path::new("/etc").join("x")` the last method is meant.
PATH = re.compile(r"\b((?:[A-Za-z_]\w*::)+[A-Za-z_]\w*+)(!?)(?!(?:::<[^>]*>)?(?:\([^()]*\))?\.[a-z_])")
MACRO = re.compile(r"`?\b([a-z_]+!)`?(?=[\s`?.,]|\Z)")
TYPE = re.compile(r"`([A-Z]\w+|[a-z_]+::\w+)(?:<[^`]*>)?`")
METHOD = re.compile(
    r"\b([A-Z]\w+)(?:<[^`]*>)?`?(?:'s\s+(?:method\s+)?|\s+method\s+)`\.?([a-z_]\w+)(?:\(\))?`"
    r"|`([A-Z]\w+)(?:<[^`]*>)?\.([a-z_]\w+)(?:\(\))?`"
    r"|`\.?(?!(?:mut|ref|dyn|impl|self|unsafe|async|const|static|move)\b)([a-z_]\w+)(?:\(\))?`\s+(?:(?:method|function)\s+)?(?:of|on)\s+"
    r"(?:an?\s+|the\s+)?`([A-Z]\w+)(?:<[^`]*>)?`"
)
BARE = re.compile(r"\b(?:[A-Z][a-z0-9]+){2,}\b|\b[a-z0-9]+(?:_[a-z0-9]+)+\b")
# Signs that no search finds, where a question asks what they are, and the pages that say it.
SIGNS = {
    re.compile(r"\bwhat\b.{0,20}(?:\s|`)\?`?\s+(?:at|operator|thing|sign|mark|after|do|does|mean|means|for)\b", re.IGNORECASE):
        "reference/expressions/operator-expr.html#the-try-propagation-expression",
    re.compile(r"\bwhat\b.{0,30}(?<!\w)['’]static\b.{0,20}$", re.IGNORECASE): "rust-by-example/scope/lifetime/static_lifetime.html#",
    re.compile(r"`as`|(?:^|\s)-?\d+(?:_?[iu]\d+)?\s+as\s+[iu](?:8|16|32|64|128|size)\b"):
        "reference/expressions/operator-expr.html#numeric-cast",
}  # fmt: skip


class RouteKind(StrEnum):
    """What a route leads to."""

    CODE = "error code"
    LINT = "lint"
    KEYWORD = "keyword"
    ATTRIBUTE = "attribute"
    ITEM = "item"
    SIGN = "sign"


@dataclass(frozen=True)
class Route:
    """One key that a question names."""

    kind: RouteKind
    key: str


def routes(question: str) -> list[Route]:
    """The keys that a question names, in its order."""
    text = FENCED.sub(" ", question)
    found: list[tuple[int, Route]] = []
    for one in CODE.finditer(text):
        found.append((one.start(), Route(RouteKind.CODE, f"E{one[1]}")))
    for one in LINT.finditer(text):
        name = one[1] or one[2] or one[3]
        found.append((one.start(), Route(RouteKind.LINT, f"clippy::{one[1]}" if one[1] else name.replace("-", "_"))))
    for one in KEYWORD.finditer(text):
        word = (one[1] or one[2] or one[3]).lower()
        if word not in ("the", "this", "that", "rust", "what", "which", "a"):
            found.append((one.start(), Route(RouteKind.KEYWORD, word)))
    for one in ATTRIBUTE.finditer(text):
        found.append((one.start(), Route(RouteKind.ATTRIBUTE, one[1] or one[2] or one[3] or one[4])))
    for one in METHOD.finditer(text):
        owner, name = one[1] or one[3] or one[6], one[2] or one[4] or one[5]
        found.append((one.start(), Route(RouteKind.ITEM, f"{owner}::{name}")))
    for one in PATH.finditer(text):
        if not one[1].startswith("clippy::"):
            found.append((one.start(), Route(RouteKind.ITEM, f"{one[1]}{one[2]}")))
    for one in MACRO.finditer(text):
        found.append((one.start(), Route(RouteKind.ITEM, one[1])))
    for pattern, page in SIGNS.items():
        if one := pattern.search(text):
            found.append((one.start(), Route(RouteKind.SIGN, page)))
    members = [route.key for _, route in found if route.kind is RouteKind.ITEM]
    for one in TYPE.finditer(text):
        if not any(key.startswith(f"{one[1]}::") for key in members):  # else the type says whose method is meant
            found.append((one.start(), Route(RouteKind.ITEM, one[1])))
    codes = [pair for pair in found if pair[1].kind is RouteKind.CODE]
    every = codes or found  # beside an error code, other names are where it happened
    return list(dict.fromkeys(route for _, route in sorted(every, key=lambda pair: pair[0])))


def bare_names(question: str) -> list[Route]:
    """The words of a question that are written as names of items are: `FnvHashMap`, `parse_line`."""
    return [Route(RouteKind.ITEM, one) for one in dict.fromkeys(BARE.findall(FENCED.sub(" ", question)))]
