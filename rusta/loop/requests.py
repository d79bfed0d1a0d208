"""Recognize what a request asks for by its wording."""

import re

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
