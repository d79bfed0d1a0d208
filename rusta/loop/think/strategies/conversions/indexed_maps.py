"""A map's entry is changed by its index, `map[key] += 1` (E0594, E0277), which maps do not have.

`HashMap` and `BTreeMap` have `Index` alone. An assignment is `insert`; an operation on a number that may be new counts
from zero, `*map.entry(key).or_default() += 1`, and, as the second way, only changes what is there: `get_mut(key)`,
which panics as an index would. A field of an entry is changed through `get_mut`.

Not covered: keys that are moved and used again. Source: the Book, ch. 8.3 ("Updating a Value Based on the Old Value").
"""

import re
from collections.abc import Iterator
from typing import Any

from rusta.loop.think.hypotheses import Cost, Hypothesis
from rusta.loop.think.situation import Situation
from rusta.tools.declared import tested
from rusta.tools.diagnostics import Diagnostic
from rusta.tools.statements import Rewrite, Statements, instead
from rusta.tools.syntax_walk import FileEdits, innermost

MAP = re.compile(r"`&?(?:mut )?(?:[\w:]+::)?(?:HashMap|BTreeMap)<(?P<key>[^,<>]+(?:<[^<>]*>)?), .+>`")
CODES = ("E0594", "E0277", "E0596", "E0308")
NEW = "an entry that is not there is made"
PANICS = "an entry that is not there panics"


def indexed_maps(situation: Situation) -> Iterator[Hypothesis]:
    """Yield changes of entries by `entry` and `insert`, and by `get_mut`, for all that are reported."""
    ways: list[FileEdits] = [{}, {}]
    first, told = None, []
    for error in situation.errors:
        at = error.primary
        code = situation.code(at.path) if at and error.code in CODES else None
        key = _key(error) if code else None
        if at is None or code is None or key is None or tested(at.path, code.node(at.start, at.end), code):
            continue
        found = _changed(code.node(at.start, at.end))
        if found is None:
            continue
        index, change = found
        first = first or error
        told.append(f"`{code.text(index)}`")
        for edits, new in zip(ways, (True, False), strict=True):
            for one in _edits(index, change, key, new, code):
                if one not in edits.setdefault(at.path, []):
                    edits[at.path].append(one)
    for edits, trade in zip(ways if ways[0] != ways[1] else ways[:1], (NEW, PANICS), strict=False):
        if first is not None:
            reason = (
                f"a map's entries are not changed by an index, so they are asked for: {', '.join(dict.fromkeys(told))}"
            )
            yield situation.hypothesis(first, reason, edits, Cost.SMALL if trade == NEW else Cost.RUNTIME, trade)


def _key(error: Diagnostic) -> str | None:
    """Return the type of the keys of the map that an error is about."""
    if error.code == "E0594" and "in an index of" not in error.message:
        return None
    if error.code == "E0596" and "data in an index of" not in error.message:
        return None
    if error.code == "E0277" and not re.search(r"Borrow<|cannot be indexed by", error.message):
        return None
    for text in (error.message, *(child.message for child in error.children)):
        if said := MAP.search(text):
            return said["key"]
    return None


def _changed(node: Any) -> tuple[Any, Any] | None:
    """Return the index expression that is changed, and its assignment; the second is None for a field or a method."""
    assigned = innermost(node, "assignment_expression", "compound_assignment_expr")
    left = assigned.child_by_field_name("left") if assigned is not None else None
    if left is not None and left.start_byte <= node.start_byte and node.end_byte <= assigned.end_byte:
        at = left
        while at is not None and at.type == "field_expression":
            at = at.child_by_field_name("value")
        if at is not None and at.type == "index_expression":
            return (at, assigned if at == left else None)
    while node.type == "field_expression":
        node = node.child_by_field_name("value")
    index = innermost(node, "index_expression")
    called = index.parent if index is not None else None
    return (index, None) if called is not None and called.type == "field_expression" else None


def _edits(index: Any, change: Any, kind: str, new: bool, code: Statements) -> list[Rewrite]:
    map_, key = (code.text(one) for one in index.named_children[:2])
    lent = key if key.startswith("&") or kind == "String" or kind.startswith("&") else f"&{key}"
    if change is None:
        return [instead(index, f"{map_}.get_mut({lent}).unwrap()")]
    owned = _owned(key, kind)
    if change.type == "assignment_expression":
        return [instead(change, f"{map_}.insert({owned}, {code.text(change.child_by_field_name('right'))})")]
    if new:
        return [instead(index, f"*{map_}.entry({owned}).or_default()")]
    return [instead(index, f"*{map_}.get_mut({lent}).unwrap()")]


def _owned(key: str, kind: str) -> str:
    """Return the key as a value of its own."""
    plain = key.removeprefix("&")
    if kind == "String":
        return (
            plain
            if re.search(r"\.(?:to_string|to_owned|clone|into)\(\)$|^format!|^String::", plain)
            else f"{plain}.to_string()"
        )
    return (
        f"{plain}.clone()" if key.startswith("&") and not re.fullmatch(r"[iu]\d+|[iu]size|char|bool", kind) else plain
    )
