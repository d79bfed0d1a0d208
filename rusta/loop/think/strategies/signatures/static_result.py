"""A result that says `'static` and lives as long as an argument: it says the argument's lifetime.

rustc prints "returning this value requires that `'a` must outlive `'static`". Where the signature's result names
`'static`, the lifetime that rustc names takes its place. Source: the Rust Book, "Lifetime Annotations in Function
Signatures". Not covered: results of traits, whose signature is not the function's own to change.
"""

import re
from collections.abc import Iterator

from rusta.loop.think.hypotheses import Cost, Hypothesis
from rusta.loop.think.situation import Situation
from rusta.tools.statements import instead
from rusta.tools.syntax_walk import innermost, under

LONGER = re.compile(r"returning this value requires that `('\w+)` must outlive `'static`")


def static_result(situation: Situation) -> Iterator[Hypothesis]:
    """Yield results with the lifetime of what they borrow."""
    for error in situation.errors:
        found = next((at for span in error.spans if (at := LONGER.search(span.label or ""))), None)
        place = error.primary
        code = situation.code(place.path) if place and found and not found[1][1:].isdigit() else None
        if place is None or code is None or found is None:
            continue
        node = innermost(code.node(place.start, place.end), "function_item")
        result = node.child_by_field_name("return_type") if node is not None else None
        edits = [instead(at, found[1]) for at in under(result, "lifetime") if code.text(at) == "'static"]
        if edits:
            reason = f"what is given back lives as long as `{found[1]}`, and not for the whole program"
            yield situation.hypothesis(error, reason, {place.path: edits}, Cost.INTERFACE)
