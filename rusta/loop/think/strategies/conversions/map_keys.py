"""A key that is looked up with one reference too many: "the trait bound `String: Borrow<&str>` is not satisfied" (E0277).

A map with `String` keys is asked with a `&str`, which is a reference already: `&name` becomes `name`, and a reference
to it that has a name of its own is followed by `*`. All look-ups are changed at once.

Not covered: keys that have to be made first. Source: std, `HashMap::get`, and `Borrow`.
"""

import re
from collections.abc import Iterator

from rusta.loop.think.hypotheses import Cost, Hypothesis
from rusta.loop.think.situation import Situation
from rusta.tools.declared import tested
from rusta.tools.statements import Rewrite
from rusta.tools.syntax_walk import innermost

BORROWED = re.compile(r"^the trait bound `.+: (?:\w+::)*Borrow<&.+>` is not satisfied")


def map_keys(situation: Situation) -> Iterator[Hypothesis]:
    """Yield all look-ups with one reference less."""
    rewrites: dict[str, list[Rewrite]] = {}
    first = None
    for error in situation.errors:
        at = error.primary
        code = situation.code(at.path) if at and BORROWED.match(error.message) else None
        call = innermost(code.node(at.start, at.end), "call_expression") if at and code else None
        given = call.child_by_field_name("arguments").named_children if call is not None else []
        if at is None or code is None or not given or tested(at.path, call, code):
            continue
        key = given[0]
        if key.type == "reference_expression":
            value = key.child_by_field_name("value")
            edit = Rewrite(key.start_byte, value.start_byte, "")
        elif key.type in ("identifier", "field_expression", "index_expression"):
            edit = Rewrite(key.start_byte, key.start_byte, "*")
        else:
            continue
        if edit not in rewrites.setdefault(at.path, []):
            rewrites[at.path].append(edit)
        first = first or error
    if first is not None:
        reason = "a map is asked with a reference to its key, and here with a reference to that: one is left out"
        yield situation.hypothesis(first, reason, rewrites, Cost.NONE)
