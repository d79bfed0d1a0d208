"""Changes that a task did not ask for (a test that goes or is weakened, a public item that goes, an `allow`, a lowered
edition), and the test that it did ask for and that did not come.

The limits are those of a repair (`rusta/tools/repair_limits.py`), but a task may ask for what a repair must not do: what
its words name is covered by it.
"""

import re
from collections.abc import Callable

from rusta.tools import items
from rusta.tools.repair_limits import Files, crossings, is_test_item

NAMED = re.compile(r"`([^`]{1,300})`")
WORD = re.compile(r"\w+")
RENAMES = re.compile(r"\brename\b[^.]{0,80}?`?(\w+)`? (?:to|into|as) `?(\w+)", re.IGNORECASE)
TESTS = re.compile(
    r"\b(?:adapt|adjust|change|correct|delete|drop|fix|remove|replace|rewrite|update)\b[^.]{0,60}\b(?:tests?|assert\w*)\b",
    re.IGNORECASE,
)
UNFINISHED = re.compile(r"\b(?:todo|stubs?|skeleton|unimplemented|placeholder)\b", re.IGNORECASE)
WANTS_TEST = re.compile(
    r"\b(?:with|plus|and|including) (?:an? |one |some |its |unit |integration |doc ?|new )*tests?\b"
    r"|\b(?:add|write|include|give) (?:me |us |it )?(?:an? |one |some |unit |integration |new |the )*tests?\b"
    r"|\btest (?:it|that|this|them)\b",
    re.IGNORECASE,
)
KEPT = re.compile(
    r"\b(?:without|no|never|don['\u2019]t|do not|not)\b[^.;]{0,30}\btests?\b|\btests? (?:stay|still|keep|pass|should|must)\b",
    re.IGNORECASE,
)


def asks_for_test(request: str) -> bool:
    """Return whether a task is to come with a test of its own."""
    return any(WANTS_TEST.search(one) and not KEPT.search(one) for one in re.split(r"(?<=[.;!?])\s", request))


def adds_test(changes: Files, before: Callable[[str], bytes | None]) -> bool:
    """Return whether the changes have more test functions than there were, or a test says more than it did."""
    return sum(map(_tested, changes.values())) > sum(_tested(before(path)) for path in changes)


def _tested(source: bytes | None) -> int:
    """Count the test functions of a source, their lines, and its documentation's examples."""
    if source is None:
        return 0
    tests = [one for one in items.items(source) if is_test_item(one, source)]
    return sum(1 + source.count(b"\n", one.code, one.end) for one in tests) + source.count(b"/// ```")


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
