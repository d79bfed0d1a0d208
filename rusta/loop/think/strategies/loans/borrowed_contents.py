"""A method that takes its value is called on what is only borrowed (E0507): on an `Option`'s or a list's contents instead.

`self.head.map(|plate| &plate.colour)` would move the `Option` out of `self`: `.as_ref()` comes before it, where the loan
is mutable also `.as_mut()` or `.take()`; `.as_deref()` where a `Box` or a text is in it. `.into_iter()` of a list is
`.iter()`, or `.iter_mut()` and `.drain(..)` where the loan is mutable. All such calls are changed at once.

Not covered: methods of the crate's own types (`borrowed_receiver`). Source: rustc --explain E0507; std, `Option::as_ref`.
"""

import re
from collections.abc import Iterator
from typing import Any

from rusta.loop.think.hypotheses import Cost, Hypothesis
from rusta.loop.think.situation import Situation
from rusta.tools.declared import tested
from rusta.tools.statements import Rewrite, after, instead
from rusta.tools.syntax_walk import FileEdits

CALLED = re.compile(r"moved due to this (?:method call|implicit call to `\.into_iter\(\)`)")
TYPE = re.compile(r"has type `(?:\w+::)*(?P<name>\w+)<(?P<inner>.+)>`")
LISTS = {"Vec", "HashMap", "BTreeMap", "HashSet", "BTreeSet", "VecDeque", "BinaryHeap"}


def borrowed_contents(situation: Situation) -> Iterator[Hypothesis]:
    """Yield what is called on the contents, of all places at once: the first ways, then the next ones."""
    places: list[tuple[str, Any, list[Rewrite]]] = []
    first = None
    for error in situation.errors:
        at = error.primary
        code = situation.code(at.path) if at and error.code == "E0507" else None
        if at is None or code is None or not any(CALLED.search(span.label or "") for span in error.spans):
            continue
        node = code.node(at.start, at.end)
        kind = next((said for span in error.spans if (said := TYPE.search(span.label or ""))), None)
        if kind is None or tested(at.path, node, code) or any(one[1] == node for one in places):
            continue
        mutable = "behind a mutable reference" in error.message
        call = node.parent.parent if node.parent.type == "field_expression" else None
        name = code.text(node.parent.child_by_field_name("field")) if call is not None else ""
        ways: list[Rewrite] = []
        if kind["name"] in ("Option", "Result") and name:
            deref = re.match(r"(?:\w+::)*(?:Box<|String\b|Vec<)", kind["inner"])
            more = ["as_mut", "take"] if mutable else ["as_deref"] if deref else []
            ways = [after(node, f".{one}()") for one in ("as_ref", *more)]
        elif kind["name"] in LISTS and name == "into_iter":
            field = node.parent.child_by_field_name("field")
            ways = [instead(field, "iter")]
            if mutable and call is not None:
                ways += [instead(field, "iter_mut"), Rewrite(field.start_byte, call.end_byte, "drain(..)")]
        elif kind["name"] in LISTS and not name:
            ways = [Rewrite(node.start_byte, node.start_byte, one) for one in (["&", "&mut "] if mutable else ["&"])]
        if ways:
            places.append((at.path, node, ways))
            first = first or error
    if first is None:
        return
    for nth in range(max(len(ways) for *_, ways in places)):
        edits: FileEdits = {}
        for path, _, ways in places:
            edits.setdefault(path, []).append(ways[min(nth, len(ways) - 1)])
        told = ", ".join(dict.fromkeys(f"`{one.text.strip('.')}`" for some in edits.values() for one in some))
        reason = f"what is borrowed is not taken, only what is in it is looked at: {told}"
        yield situation.hypothesis(first, reason, edits, Cost.NONE if nth == 0 else Cost.SMALL)
