"""A sum, a product or a parsed value whose type is told nowhere (E0282, E0283, E0284).

`sum` and `parse` return whatever is asked for, so something has to ask. The type is written at the call (a turbofish),
and follows from: the items that are summed, as rustc shows them (`_: Sum<&f32>`); else what the function returns; else
the number types that the function speaks of. At most three types are tried.

Not covered: `collect`, for which rustc suggests `Vec<_>`; `into`, `default`. Source: the Reference, "Generic arguments";
rustc --explain E0283.
"""

import re
from collections.abc import Iterator

from rusta.loop.think.hypotheses import Cost, Hypothesis
from rusta.loop.think.situation import Situation
from rusta.loop.think.strategies.conversions.number_types import NUMBERS
from rusta.tools.declared import tested
from rusta.tools.diagnostics import Diagnostic
from rusta.tools.statements import Rewrite, Statements
from rusta.tools.syntax_walk import innermost, under

SUM = re.compile(r"cannot satisfy `_: (?:Sum|Product)<&?(?:'\w+ )?([\w:]+)>`")
MOST = 3
FALLEN_BACK = re.compile(r"the trait bound `\(\): (?:\w+::)*(FromStr|Sum|Product)")
METHODS = ("sum", "product", "parse")


def asked_for(situation: Situation) -> Iterator[Hypothesis]:
    """Yield a type for every call that returns what is asked for, where nothing asks."""
    places = []
    for error in situation.errors:
        at = error.primary
        code = situation.code(at.path) if at else None
        if at is None or code is None or not _untold(error):
            continue
        for name in _calls(at.start, at.end, code):
            types = _types(error, name, code)
            if types and not tested(at.path, name, code):
                places.append((error, at.path, name, types))
    for nth in range(min(MOST, max((len(types) for *_, types in places), default=0))):
        rewrites: dict[str, list[Rewrite]] = {}
        said = []
        for _, path, name, types in places:
            text = f"::<{types[min(nth, len(types) - 1)]}>"
            edit = Rewrite(name.end_byte, name.end_byte, text)
            if edit not in rewrites.setdefault(path, []):
                rewrites[path].append(edit)
                said.append(f"{code.text(name)}{text}" if (code := situation.code(path)) else "")
        reason = (
            f"nothing says what it becomes, so it is asked for: {', '.join(f'`{one}`' for one in dict.fromkeys(said))}"
        )
        yield situation.hypothesis(places[0][0], reason, rewrites, Cost.NONE)


def _untold(error: Diagnostic) -> bool:
    return error.code in ("E0282", "E0283", "E0284", "E0790") or bool(FALLEN_BACK.match(error.message))


def _calls(start: int, end: int, code: Statements) -> list:  # type: ignore[type-arg]
    """Return the method names at a place, or in the value that a `let` binds there, that have no type argument."""
    node = code.node(start, end)
    let = innermost(node, "let_declaration")
    if node.type == "field_identifier":
        found = [node]
    elif (
        let is not None and let.child_by_field_name("pattern") == node and let.child_by_field_name("value") is not None
    ):
        found = list(under(let.child_by_field_name("value"), "field_identifier"))
    else:
        found = list(under(node, "field_identifier"))
    return [
        one
        for one in found
        if code.text(one) in METHODS and one.parent.parent.type == "call_expression" and one.parent.parent.named_child(0) == one.parent
    ][:1]  # fmt: skip


def _types(error: Diagnostic, name: object, code: Statements) -> list[str]:
    told = [said[1] for child in error.children if (said := SUM.search(child.message))]
    function = innermost(name, "function_item")
    if told or function is None:
        return told
    returned = function.child_by_field_name("return_type")
    text = code.text(function)[:20_000]
    kind = code.text(returned) if returned is not None else ""
    named = [
        *re.findall(r"\b[iuf](?:8|16|32|64|128|size)\b", kind),
        *re.findall(r"\b[iuf](?:8|16|32|64|128|size)\b", text),
    ]
    return list(dict.fromkeys(one for one in named if one in NUMBERS)) or ["i32", "f64"]
