"""Recognize what a request asks for by its wording."""

import re

MEND = re.compile(
    r"\b(?:fix|repair|mend|solve|resolve)\b|\b(?:does(?: not|n't)|won't|will not|can(?:not|'t)) (?:compile|build)\b|\bmake (?:it|this) "
    r"(?:compile|build|work)\b|\b(?:get rid of|end)\b.{0,200}\berrors?\b",
    re.IGNORECASE,
)
# "change nothing", "don't touch my files", "without changing anything", "only explain it"
HANDS_OFF = re.compile(
    r"\b(?:change|touch|edit|modify|fix|alter) (?:nothing|none)\b|\b(?:do not|don't|don’t|never|without|not) (?:\w+ ){0,2}"
    r"(?:chang|touch|edit|modify|fix|alter|repair|mend|apply)\w*\b(?! (?:the |its |any )?(?:test|behaviou?r|signature|api)s?\b)"
    r"|\bno (?:changes|edits|fix)\b|\b(?:only|just) (?:explain|tell|say|show)\b|\b(?:explain|tell me) only\b",
    re.IGNORECASE,
)
BROKEN = re.compile(
    r"\b(?:why|what|explain|tell me|show me)\b.{0,120}\b(?:compil\w+|build(?:s|ing)?|errors?|broken|rustc|cargo|wrong)\b"
    r"|\b(?:compil\w+|build(?:s|ing)?|errors?|broken)\b.{0,80}\b(?:why|explain)\b",
    re.IGNORECASE | re.DOTALL,
)
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
    """Return whether it is asked why something does not compile, and no repair is asked for."""
    return bool(BROKEN.search(request)) and not wants_repair(request)
