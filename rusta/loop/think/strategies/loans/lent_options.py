"""A function promises `Option<T>` and has an `Option<&T>` (E0308), where rustc does not know that `T` can be cloned.

`last()`, `first()`, `get()`, `find()` and `max()` lend an item. Either a copy is given away, `.cloned()`, and a type
parameter is asked to be `Clone`; or the function lends it as well: its result becomes `Option<&T>`.

Not covered: results in `Result`, functions without a parameter that lends. Source: std, `Option::cloned`.
"""

import re
from collections.abc import Iterator
from typing import Any

from rusta.loop.think.hypotheses import Cost, Hypothesis
from rusta.loop.think.situation import Situation
from rusta.tools.declared import tested
from rusta.tools.generics import bounded, bounds_of, declaring
from rusta.tools.statements import Rewrite, Statements, after, instead
from rusta.tools.syntax_walk import innermost

LENT = re.compile(r"^expected `Option<(?P<type>[\w:]+(?:<.*>)?)>`, found `Option<&(?P<of>.+)>`$")


def lent_options(situation: Situation) -> Iterator[Hypothesis]:
    """Yield the copy of what is lent, and the result that lends it."""
    known = 0
    for error in situation.errors:
        at = error.primary
        said = LENT.match(at.label or "") if at and error.code == "E0308" else None
        code = situation.code(at.path) if at and said and said["type"] == said["of"] else None
        if at is None or said is None or code is None or known > 3:
            continue
        node = _whole(code.node(at.start, at.end), at.start, at.end)
        function = innermost(node, "function_item")
        if function is None or tested(at.path, node, code):
            continue
        known += 1
        name = code.text(function.child_by_field_name("name"))
        if (found := declaring(node, said["type"], code)) is not None:
            edits = [after(node, ".cloned()"), *_cloneable(found[0], function, said["type"], code)]
            reason = f"`{name}` gives away a copy of what it found, which its type has to allow"
            yield situation.hypothesis(
                error, reason, {at.path: edits}, Cost.INTERFACE, "a copy is made each time this runs"
            )
        returned = function.child_by_field_name("return_type")
        if returned is None or "&" not in code.text(function.child_by_field_name("parameters")):
            continue
        lent = re.sub(r"^((?:[\w:]+::)?Option<)\s*", r"\1&", code.text(returned))
        if lent != code.text(returned) and "Option<&&" not in lent:
            reason = f"`{name}` lends what it found, and does not give it away"
            trade = "callers get a reference, which has to end before the owner changes"
            yield situation.hypothesis(error, reason, {at.path: [instead(returned, lent)]}, Cost.INTERFACE, trade)


def _cloneable(item: Any, function: Any, kind: str, code: Statements) -> list[Rewrite]:
    """Return the bound that a copy needs, on the one method that makes it."""
    if re.search(r"\b(?:Clone|Copy)\b", bounds_of(item, kind, code) + bounds_of(function, kind, code)):
        return []
    inherent = item.type == "impl_item" and item.child_by_field_name("trait") is None
    return bounded(function if inherent else item, {kind: ["Clone"]}, code)


def _whole(node: Any, start: int, end: int) -> Any:
    while node.parent is not None and (node.parent.start_byte, node.parent.end_byte) == (start, end):
        node = node.parent
    return node
