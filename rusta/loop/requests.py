"""Recognize what a request asks for by its wording."""

import re

MEND = re.compile(
    r"\b(?:fix|repair|mend|solve|resolve)\b|\b(?:does(?: not|n't)|won't|will not|can(?:not|'t)) (?:compile|build)\b|\bmake (?:it|this) "
    r"(?:compile|build|work)\b|\b(?:get rid of|end)\b.{0,200}\berrors?\b",
    re.IGNORECASE,
)
