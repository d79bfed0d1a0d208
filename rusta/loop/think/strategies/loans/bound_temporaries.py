"""A temporary value that is borrowed beyond its statement is bound to a variable of its own.

The Reference's page on destructors (temporary scopes) and rustc's explanation of E0716. rustc suggests the `let` itself,
but not where a macro makes the value or where a block lies between the value and its last use.

Not covered: temporaries in closures, and in loops whose next iteration needs the one before.
"""

import re
from collections.abc import Iterator

from rusta.loop.think.hypotheses import Cost, Hypothesis
from rusta.loop.think.situation import Situation
from rusta.loop.think.strategies.loans.name_uses import function_around, unused
from rusta.tools.statements import instead
from rusta.tools.syntax_walk import innermost

LOOPS = ("for_expression", "while_expression", "loop_expression", "closure_expression")


def bound_temporaries(situation: Situation) -> Iterator[Hypothesis]:
    """Yield a `let` for the first temporaries that rustc suggests none for."""
    for error in [one for one in situation.errors if one.code == "E0716" and one.primary][:4]:
        place = error.primary
        code = situation.code(place.path) if place else None
        if place is None or code is None:
            continue
        value = code.node(place.start, place.end)
        later = next((span for span in error.spans if "later used" in (span.label or "")), None)
        statement = code.statement(value)
        if statement is None or value.type not in ("macro_invocation", "call_expression", "struct_expression"):
            continue
        outer = statement
        if later is not None and (pair := code.siblings(value, code.node(later.start, later.end))) is not None:
            loop = innermost(value, *LOOPS)
            if loop is not None and loop.start_byte >= pair[0].start_byte:
                continue
            outer = pair[0]
        elif error.suggestions:
            continue
        closure = innermost(value, "closure_expression")
        if closure is not None and closure.start_byte > statement.start_byte:
            continue
        name = unused(code, function_around(value), _called(code.text(value)), set())
        mutable = "mut " if any(one.type == "mutable_specifier" for one in value.parent.children) else ""
        edits = [instead(value, name)]
        if outer == statement:
            edits.append(code.before(statement, f"let {mutable}{name} = {code.text(value)};"))
        else:  # computed where it was, and kept outside
            edits += [
                code.before(outer, f"let {mutable}{name};"),
                code.before(statement, f"{name} = {code.text(value)};"),
            ]
        said = " ".join(code.text(value).split())[:48]
        reason = f"`{said}` is bound to a variable, so that it lives as long as what borrows it"
        yield situation.hypothesis(error, reason, {place.path: edits}, Cost.NONE)


def _called(said: str) -> str:
    """Return a variable's name for a value."""
    if said.startswith("format!") or re.search(r"\.(?:to_\w+|replace|trim|repeat|join)\([^()]*\)$", said):
        return "text"
    made = re.match(r"(?:\w+::)*([A-Z]\w*)", said)
    named = made[1] if made else (re.findall(r"[a-z_]\w*", said.split("(")[0]) or ["value"])[-1]
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", named).lower()
