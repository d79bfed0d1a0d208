"""A method of a dependency that took two limits, and takes a range in a newer release (E0061): `f(low, high)` becomes `f(low..high)`.

Applies where the method's own name has one parameter less than before, and its new one is bounded by a trait that the
release implements for `Range`. All calls change together. Source: both signatures.
"""

import re
from collections.abc import Iterator, Sequence

from rusta.loop.think.hypotheses import Cost, Hypothesis
from rusta.loop.think.situation import Situation
from rusta.loop.think.strategies.releases.release_changes import changed_releases
from rusta.mirror.api import PublicItem, path_rank
from rusta.mirror.function_arguments import function_arguments
from rusta.tools.diagnostics import Diagnostic
from rusta.tools.statements import Rewrite
from rusta.tools.syntax_walk import innermost
from rusta.upgrade.crate_changes import CrateChanges

CALLED = re.compile(r"\b(\w+)\s*(?:::<[^>]*>)?\(")
WEAKER = ("assignment_expression", "range_expression", "closure_expression")  # than `..`


def range_arguments(situation: Situation) -> Iterator[Hypothesis]:
    """Yield one hypothesis for all calls of a method."""
    errors = [one for one in situation.errors if one.code == "E0061" and one.primary]
    if not errors:
        return
    names = {
        word
        for one in errors
        for span in one.spans
        if span.primary
        for text in span.text
        for word in CALLED.findall(text)
    }
    for changes, _ in changed_releases(situation, errors, names):
        rewrites, of, said = dict[str, list[Rewrite]](), list[Diagnostic](), dict[str, None]()
        done = set[tuple[str, int]]()
        for error in errors:
            place = error.primary
            code = situation.code(place.path) if place else None
            call = innermost(code.node(place.start, place.end), "call_expression") if code and place else None
            if place is None or code is None or call is None or (place.path, call.start_byte) in done:
                continue
            function = call.child_by_field_name("function")
            called = (re.findall(r"\w+", re.sub(r"::<.*", "", code.text(function), flags=re.DOTALL)) or [""])[-1]
            given = call.child_by_field_name("arguments").named_children
            new = _takes_range(changes, called, len(given))
            if new is None:
                continue
            done.add((place.path, call.start_byte))
            first, second = given[-2:]
            limits = [f"({code.text(one)})" if one.type in WEAKER else code.text(one) for one in (first, second)]
            rewrites.setdefault(place.path, []).append(
                Rewrite(first.start_byte, second.end_byte, f"{limits[0]}..{limits[1]}")
            )
            was = f"where {changes.crate} {changes.old} took two limits"
            said.setdefault(f"`{new.path}` of {changes.crate} {changes.new} takes a range {was} ({changes.place(new)})")
            of.append(error)
        if rewrites:
            yield situation.joint_hypothesis(of, "; ".join(said), rewrites, Cost.NONE)


def _alike(types: Sequence[str], was: Sequence[PublicItem]) -> bool:
    """Whether two limits are of one type, or of two that the function lets its caller choose."""
    generic = re.search(r"fn\s+\w+\s*<(.*?)>\s*\(", was[0].signature) if was else None
    chosen = re.findall(r"\w+", generic[1]) if generic else []
    return len(types) == 2 and (types[0] == types[1] or all(one in chosen for one in types))


def _takes_range(changes: CrateChanges, called: str, given: int) -> PublicItem | None:
    """The method of this name with one parameter less now, whose last one may be a range."""
    for now in sorted(changes.now.get(called, ()), key=lambda one: path_rank(one.path)):
        was = [one for one in changes.was.get(called, ()) if one.path == now.path]
        before, after = (function_arguments(one.signature) for one in (was[0] if was else now, now))
        if (
            before is None
            or after is None
            or before[0] != given
            or after[0] != given - 1
            or not _alike(before[1][-2:], was)
        ):
            continue
        bound = re.search(rf"\b{re.escape(after[1][-1])}\s*:\s*(?:\w+::)*(\w+)", now.signature)
        ranged = bound and any(
            one.kind == "impl" and re.search(rf"\b{bound[1]}\b.* for (?:\w+::)*Range<", one.path)
            for one in changes.after.items
        )
        if ranged:
            return now
    return None
