"""A function of a dependency that gave a `Result` or an `Option`, and gives the value itself in a newer release (E0599,
E0277).

What opened it goes: `.unwrap()`, `.expect("..")`, `?`. All such calls of a function change together, also in what a
macro of the workspace writes. Source: both signatures. Not covered: a `match` on the result.
"""

import re
from collections.abc import Iterator

from rusta.loop.think.hypotheses import Cost, Hypothesis
from rusta.loop.think.situation import Situation
from rusta.loop.think.strategies.releases.release_changes import changed_releases
from rusta.mirror.api import PublicItem
from rusta.tools.diagnostics import Diagnostic
from rusta.tools.statements import Rewrite
from rusta.upgrade.crate_changes import CrateChanges
from rusta.upgrade.replacements import old_items

OPENED = re.compile(r"no method named `(?:unwrap|expect)` found|the `\?` operator can only be applied to values")
OPENING = re.compile(rb"\.\s*(?:unwrap\s*\(\s*\)|expect\s*\(\s*\"(?:\\.|[^\"\\])*\"\s*\))|\?")
TEXT = re.compile(rb'"(?:\\.|[^"\\])*"')  # whose parentheses are none
MAY_FAIL = re.compile(r"->\s*(?:\w+::)*(?:\w*Result|Option)\b")
LONGEST_CALL = 2_000  # bytes of one call


def plain_results(situation: Situation) -> Iterator[Hypothesis]:
    """Yield one hypothesis for each dependency."""
    errors = [
        one for one in situation.errors if one.code in ("E0599", "E0277") and one.primary and OPENED.search(one.message)
    ]
    sites = dict[tuple[str, int], tuple[str, Rewrite, Diagnostic]]()
    for error in errors:
        place = error.primary
        source = situation.read(place.path) if place else None
        found = _opened(source, place.start) if place and source else None
        if place is not None and found is not None:
            sites.setdefault((place.path, found[1].start), (*found, error))
    if not sites:
        return
    for changes, _ in changed_releases(situation, errors, {called for called, _, _ in sites.values()}):
        rewrites, of, said = dict[str, list[Rewrite]](), list[Diagnostic](), dict[str, None]()
        for (path, _), (called, edit, error) in sites.items():
            if (new := _plain(changes, called)) is not None:
                rewrites.setdefault(path, []).append(edit)
                of.append(error)
                what = f"`{new.path}` of {changes.crate} {changes.old} may fail, and in {changes.new} gives the value itself"
                said.setdefault(f"{what} ({changes.place(new)})")
        if rewrites:
            yield situation.joint_hypothesis(of, "; ".join(said), rewrites, Cost.NONE)


def _opened(source: bytes, at: int) -> tuple[str, Rewrite] | None:
    """Return what is called before a place, and the edit that removes what opens its result; None for another expression."""
    start = source.rfind(b".", 0, at) if source[at : at + 1] not in (b"?", b".") else at
    opening = OPENING.match(source, start) if start >= 0 else None
    end = start if opening else -1
    if opening is None:  # the whole expression, with its `?`
        end = source.find(b"?", at, at + LONGEST_CALL)
        opening = OPENING.match(source, end) if end >= 0 else None
    if opening is None or not source[:end].rstrip().endswith(b")"):
        return None
    low = source.rfind(b"\n", 0, max(0, end - LONGEST_CALL)) + 1
    before = TEXT.sub(lambda said: b"_" * len(said[0]), source[low:end].rstrip())
    depth, here = 0, len(before) - 1
    while here >= 0:
        depth += {b")": 1, b"(": -1}.get(before[here : here + 1], 0)
        if depth == 0:
            break
        here -= 1
    called = re.search(rb"(\w+)\s*(?:::\s*<[^<>]*>)?\s*\Z", before[: max(0, here)])
    return (called[1].decode(), Rewrite(opening.start(), opening.end(), "")) if called and depth == 0 else None


def _plain(changes: CrateChanges, called: str) -> PublicItem | None:
    """The function of this name that may fail in the older release, and not in the newer one."""
    for old in old_items(changes, called):
        new = changes.by_path.get(old.path)
        if new is not None and MAY_FAIL.search(old.signature) and not MAY_FAIL.search(new.signature):
            return new
    return None
