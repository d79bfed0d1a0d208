"""Changes that a task did not ask for: a test that goes or is weakened, a public item that goes, an `allow`, a lowered edition.

The limits are those of a repair (`rusta/tools/repair_limits.py`), but a task may ask for what a repair must not do: what
its words name is covered by it.
"""

import re
from collections.abc import Callable

from rusta.tools.repair_limits import Files, crossings

NAMED = re.compile(r"`([^`]{1,300})`")
WORD = re.compile(r"\w+")
RENAMES = re.compile(r"\brename\b[^.]{0,80}?`?(\w+)`? (?:to|into|as) `?(\w+)", re.IGNORECASE)
TESTS = re.compile(
    r"\b(?:adapt|adjust|change|correct|delete|drop|fix|remove|replace|rewrite|update)\b[^.]{0,60}\b(?:tests?|assert\w*)\b",
    re.IGNORECASE,
)
UNFINISHED = re.compile(r"\b(?:todo|stubs?|skeleton|unimplemented|placeholder)\b", re.IGNORECASE)


def beyond_request(request: str, changes: Files, before: Callable[[str], bytes | None]) -> str:
    """Return what the changes do that a repair must not and the request does not ask for, as a sentence; "" for nothing."""
    for clause in crossings(changes, lambda path: _as_renamed(request, before(path))):
        if not _asked(clause, request):
            return f"It {clause}, and you did not ask for that."
    return ""


def _as_renamed(request: str, source: bytes | None) -> bytes | None:
    """Return a source in which names are as the request wants them, for a test that only says a new name is the same."""
    if source is None:
        return None
    for old, new in RENAMES.findall(request):
        source = re.sub(rb"\b" + old.encode() + rb"\b", new.encode(), source)
    return source


def _asked(clause: str, request: str) -> bool:
    words = set(WORD.findall(request))
    named = [WORD.findall(one) for one in NAMED.findall(clause)]
    if any(name and name[-1] in words for name in named):
        return True
    if "the test" in clause:
        return bool(TESTS.search(request))
    if "unfinished" in clause:
        return bool(UNFINISHED.search(request))
    if "ignored" in clause:
        return "ignore" in words
    return bool({"edition", "rust", "dependency", "dependencies", "version"} & words & set(WORD.findall(clause)))
