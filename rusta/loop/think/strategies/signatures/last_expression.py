"""A function that gives nothing back, because its last expression ends with a semicolon: the semicolon goes.

rustc suggests it where types match by themselves, and not where the result is `impl Trait` ("`()` is not an iterator",
E0277) or where another error stands in the way. Source: the Rust Book, "Functions with Return Values". Not covered: macros
that end a body.
"""

from collections.abc import Iterator

from rusta.loop.think.hypotheses import Cost, Hypothesis
from rusta.loop.think.situation import Situation
from rusta.tools.statements import Rewrite
from rusta.tools.syntax_walk import innermost


def last_expression(situation: Situation) -> Iterator[Hypothesis]:
    """Yield bodies whose last expression is what they give back."""
    for error in situation.errors:
        place = error.primary
        if place is None or error.code not in ("E0277", "E0308") or "`()`" not in error.message + (place.label or ""):
            continue
        code = situation.code(place.path)
        node = innermost(code.node(place.start, place.end), "function_item") if code else None
        body = node.child_by_field_name("body") if node is not None else None
        if code is None or node is None or body is None or not body.named_children:
            continue
        if node.child_by_field_name("return_type") is None:
            continue
        last = body.named_children[-1]
        if last.type == "expression_statement" and code.text(last).endswith(";"):
            edits = [Rewrite(last.end_byte - 1, last.end_byte, "")]
            reason = "the last expression is what the function gives back, and a semicolon throws it away"
            yield situation.hypothesis(error, reason, {place.path: edits}, Cost.NONE)
