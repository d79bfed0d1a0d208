"""A sum that is begun with a bare literal takes the type of what is added first, and a wider one is wanted (E0308).

`let mut sum = 0; … sum += byte; … sum` is a `u8` until its end, where a `u32` is expected: converting it there would be
too late, when it has overflowed. The literal gets the wanted type, and what is added is converted by `From`.

Not covered: narrower types. Source: the Reference, "Integer literal expressions"; std, `From` between numbers.
"""

import re
from collections.abc import Iterator
from typing import Any

from rusta.loop.think.hypotheses import FREE, Cost, Hypothesis
from rusta.loop.think.situation import Situation
from rusta.loop.think.strategies.conversions.number_types import lossless
from rusta.loop.think.strategies.loans.name_uses import function_around
from rusta.tools.declared import tested
from rusta.tools.statements import Statements, after, instead
from rusta.tools.syntax_walk import FileEdits, under

WIDER = re.compile(r"expected `(?P<to>[iuf]\w+)`, found `(?P<of>[iuf]\w+)`")


def wider_sums(situation: Situation) -> Iterator[Hypothesis]:
    """Yield all variables that begin with a bare number as ones of the wider type that is expected of them."""
    ways: list[FileEdits] = [{}, {}]
    first, told = None, []
    for error in situation.errors:
        at = error.primary
        said = WIDER.search(at.label or "") if at and error.code == "E0308" else None
        code = situation.code(at.path) if at and said else None
        if at is None or said is None or code is None or not lossless(said["of"], said["to"]) or said["to"][0] == "f":
            continue
        node = code.node(at.start, at.end)
        let = _begun(node, code) if node.type == "identifier" and not tested(at.path, node, code) else None
        if let is None:
            continue
        name, wider = code.text(node), said["to"]
        first = first or error
        told.append(f"`{name}: {wider}`")
        for edits, star in zip(ways, ("", "*"), strict=True):
            known = edits.setdefault(at.path, [])
            made = [after(let.child_by_field_name("pattern"), f": {wider}")]
            for one in under(let.parent, "compound_assignment_expr"):
                added = one.child_by_field_name("right")
                if code.text(one.child_by_field_name("left")) == name and not added.type.endswith("_literal"):
                    plain = added.type == "identifier"
                    made.append(instead(added, f"{wider}::from({star if plain else ''}{code.text(added)})"))
            known += [one for one in made if one not in known]
    for edits in ways if ways[0] != ways[1] else ways[:1]:
        if first is not None:
            reason = f"a sum is of the type that is wanted of it from its start, and cannot overflow before: {', '.join(told)}"
            yield situation.hypothesis(first, reason, edits, Cost.NONE, FREE)


def _begun(node: Any, code: Statements) -> Any:
    """Return the `let` of a variable that begins with a bare number and has no type of its own."""
    found = None
    for one in under(function_around(node), "let_declaration"):
        pattern = code.text(one.child_by_field_name("pattern")).removeprefix("mut ").strip()
        if one.end_byte <= node.start_byte and pattern == code.text(node):
            found = one
    if found is None or found.child_by_field_name("type") is not None:
        return None
    value = found.child_by_field_name("value")
    return found if value is not None and code.text(value).isdigit() else None
