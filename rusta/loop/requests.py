"""Recognize what a request asks for by its wording."""

import re
from dataclasses import dataclass

MEND = re.compile(
    r"\b(?:fix|repair|mend|solve|resolve)\b|\b(?:does(?: not|n't)|won't|will not|can(?:not|'t)) (?:compile|build)\b|\bmake (?:it|this) "
    r"(?:compile|build|work)\b|\b(?:get rid of|end)\b.{0,200}\berrors?\b",
    re.IGNORECASE,
)

_TESTS = r"(?:(?:all|any) (?:of )?)?(?:(?:the|its|my|our|these|your) )?tests?"
_CRATE = r"it|this|everything|(?:the|this|my|our) (?:whole )?(?:crate|workspace|project|code|repo|repository|program)"
_HOW = r"(?: (?:all|still|even|currently|now|here|cleanly|at all|on this machine|for me))*"
_SUBJECT = rf"(?:{_CRATE}|{_TESTS})"
_CLAUSE = (
    rf"(?:(?:does|do|will|did|can) {_SUBJECT}{_HOW} (?:build|compile|pass|succeed|fail)"
    rf"|(?:is|are) {_SUBJECT}{_HOW} (?:green|red|passing|failing|broken|building|compiling|healthy|ok|okay|fine|sound))"
    rf"{_HOW}(?:,? (?:and|or) (?:pass|fail) {_TESTS}{_HOW}|,? (?:and|or) {_TESTS}{_HOW} (?:pass|fail){_HOW})?"
)
STANDING = re.compile(
    rf"\s*(?:(?:please|hey|hi|rusta|so|tell me|check|whether|now)[,:]? )*{_CLAUSE}(?:[,.?]?(?: and| or)? {_CLAUSE}){{0,2}}\s*[?.!]*\s*",
    re.IGNORECASE,
)
"""A question for how the crate is: whether it builds, whether its tests pass, and nothing else (`fullmatch`)."""
BUILDS_ALONE = re.compile(r"(?!.*\btests?\b).*\b(?:build(?:s|ing)?|compil(?:e|es|ing))\b.*", re.IGNORECASE | re.DOTALL)
"""Such a question that is not about tests (`fullmatch`): then none are run."""


# "change nothing", "don't touch my files", "without changing anything", "just explain it"; not "do not change `push`"
HANDS_OFF = re.compile(
    r"\b(?:change|touch|edit|modify|fix|alter) nothing\b(?! else)"
    r"|\b(?:do not|don't|don\u2019t|never|without)\s+(?:chang|touch|edit|modify|fix|alter|repair|mend)\w*"
    r"(?:\s+(?:anything|any(?: of)? (?:my |the )?(?:code|files?)|it|this|(?:my|the) (?:code|files|crate|tree)))?(?:\s+yet)?"
    r"(?=\s*(?:[.!?,;:)]|$|and\b|but\b))"
    r"|\bno (?:changes|edits|fix)\b|\b(?:only|just) (?:explain|tell me)\b|\b(?:explain|tell me) only\b",
    re.IGNORECASE,
)
BROKEN = re.compile(
    r"\b(?:why|what|explain|tell me|show me)\b.{0,120}\b(?:compil\w+|build(?:s|ing)?|errors?|broken|rustc|cargo|wrong)\b"
    r"|\b(?:compil\w+|build(?:s|ing)?|errors?|broken)\b.{0,80}\b(?:why|explain)\b",
    re.IGNORECASE | re.DOTALL,
)
HERE = re.compile(r"\b(?:this|it|here|my|our|the (?:build|crate|code|errors?|project|workspace))\b", re.IGNORECASE)
WISHED = re.compile(
    r"\b(?:please|and|then|can you|could you)[ ,]+(?:\w+ly )?(?:fix|repair|mend|solve|resolve)\b|^\W*(?:fix|repair|mend|solve|resolve)\b",
    re.IGNORECASE,
)
RUNS = re.compile(
    r"\W*(?:(?:please|now|then|rusta|(?:can|could|would|will) you)[ ,]+)*(?:run|test|try|undo|apply)\b", re.IGNORECASE
)


def hands_off(request: str) -> bool:
    """Return whether nothing may be changed, as in "change nothing" or "just explain"."""
    return bool(HANDS_OFF.search(request))


def wants_repair(request: str) -> bool:
    """Return whether what does not compile is to be repaired, and not only explained."""
    if hands_off(request) or not MEND.search(request):
        return False
    return bool(WISHED.search(request)) or not BROKEN.search(request)


def asks_why_broken(request: str) -> bool:
    """Return whether it is asked why what is here does not compile, and no repair is asked for."""
    return bool(BROKEN.search(request)) and bool(HERE.search(request)) and not wants_repair(request)


KIND = r"(?:function|fn|method|struct|enum|union|trait|type|field|variant|constant|const|static)"
RENAME = re.compile(
    rf"\W*(?:(?:please|now|then|rusta|(?:can|could|would|will) you)[ ,]+)*rename\s+(?:the\s+)?(?:(?P<kind>{KIND})\s+)?"
    rf"`?(?P<old>\w+(?:::\w+)*)(?:\(\))?`?(?:\s+(?P<after>{KIND}))?"
    rf"(?:\s+(?:of|in|on|from)\s+(?:the\s+)?(?:{KIND}\s+)?`?(?P<owner>\w+(?:::\w+)*)`?)?"
    rf"\s+(?:to|into|as|->|=>)\s+`?(?P<new>\w+)(?:\(\))?`?"
    r"(?:,?\s+(?:everywhere|throughout|please|and (?:all )?(?:of )?(?:its |the )?(?:uses|callers)|in (?:all|the whole) \w+))*\W*",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class RenameRequest:
    """A wish for another name, and for nothing else: `owner` and `kind` are "" where they were not said."""

    old: str
    new: str
    owner: str = ""
    kind: str = ""


def rename_request(request: str) -> RenameRequest | None:
    """Return what is to be renamed, where a request says that alone."""
    found = RENAME.fullmatch(request.strip())
    if found is None or hands_off(request):
        return None
    way = found["old"].split("::")
    owner = (found["owner"] or (way[-2] if len(way) > 1 and way[-2] not in ("crate", "self", "super") else "")).split(
        "::"
    )[-1]
    kind = (found["kind"] or found["after"] or "").lower()
    return RenameRequest(way[-1], found["new"], owner if owner[:1].isupper() else "", kind)


UPGRADE = re.compile(
    r"\W*(?:(?:please|now|then|rusta|(?:can|could|would|will) you)[ ,]+)*(?:(?P<sure>bump|upgrade)|update|move)\s+"
    r"(?:(?:the|our|my)\s+)?(?:(?:crate|dependency|version of)\s+)?`?(?P<crate>[A-Za-z][\w-]{0,63})`?"
    r"(?:@(?P<at>\d[\w.+-]*)|(?:\s+from\s+v?\d[\w.+-]*)?\s+to\s+(?:version\s+)?(?:v?(?P<to>\d[\w.+-]*?)|(?P<newest>(?:the\s+)?(?:newest|latest)"
    r"(?:\s+(?:release|version))?)))?(?:\s+please)?[\s.!?]*",
    re.IGNORECASE,
)
NO_CRATES = frozenset(
    (
        "it",
        "this",
        "that",
        "everything",
        "all",
        "dependencies",
        "crates",
        "them",
        "me",
        "rust",
        "cargo",
        "rustc",
        "the",
        "version",
        "to",
    )
)


def upgrade_request(request: str) -> tuple[str, str] | None:
    """Return the dependency that is to be upgraded, and the version ("" for the newest), where a request says that alone."""
    found = UPGRADE.fullmatch(request.strip())
    if found is None or hands_off(request) or found["crate"].lower() in NO_CRATES:
        return None
    version = found["at"] or found["to"] or ""
    return (found["crate"], version) if version or found["newest"] or found["sure"] else None
