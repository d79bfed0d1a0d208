"""A variable that is begun with an element and is assigned references to others is begun with a reference (E0308).

`let mut best = items[0];` moves or copies the first element; `best = item` in a loop over `&items` then gives it a
`&T`. rustc marks the first value ("expected due to this value"). The start is borrowed, as the rest is, so that no
element has to be copied. Where the function returns a value, rustc's next suggestion copies that one.

Not covered: starts that are computed, and struct fields. Source: the Book, ch. 10.2 ("Removing Duplication").
"""

from collections.abc import Iterator

from rusta.loop.think.hypotheses import Cost, Hypothesis
from rusta.loop.think.situation import Situation
from rusta.tools.declared import tested
from rusta.tools.statements import Rewrite
from rusta.tools.syntax_walk import innermost

PLACES = ("index_expression", "field_expression")
DUE = "expected due to this value"


def borrowed_start(situation: Situation) -> Iterator[Hypothesis]:
    """Yield each variable's start as a reference to it."""
    known: set[tuple[str, int]] = set()
    for error in situation.errors:
        at = error.primary
        code = situation.code(at.path) if at and error.code == "E0308" else None
        if at is None or code is None:
            continue
        given = code.node(at.start, at.end)
        assigned = innermost(given, "assignment_expression")
        if assigned is None or assigned.child_by_field_name("right") != given or "found `&" not in (at.label or ""):
            continue
        for span in error.spans:
            if span.label != DUE or span.path != at.path:
                continue
            value = code.node(span.start, span.end)
            mutable = value.parent is not None and value.parent.type == "let_declaration"
            if value.type not in PLACES or not mutable or (at.path, value.start_byte) in known:
                continue
            known.add((at.path, value.start_byte))
            if not tested(at.path, value, code):
                name = code.text(assigned.child_by_field_name("left"))
                reason = f"`{name}` is a reference like all that it is assigned, also at its start"
                edit = Rewrite(value.start_byte, value.start_byte, "&")
                yield situation.hypothesis(error, reason, {at.path: [edit]}, Cost.NONE)
