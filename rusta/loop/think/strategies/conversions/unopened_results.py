"""A variable holds a `Result` or an `Option`, and is used as what is in it (E0609, E0599): `?` follows where it is made.

`let time = parse(text);` and then `time.hour`: rustc suggests to open it at each use, which takes it away from the next
one. Where the function around returns the same kind, a failure is handed on at the `let`, once.

Not covered: variables of another function's pattern, and values that are tested first. Source: the Book, ch. 9.2.
"""

import re
from collections.abc import Iterator

from rusta.loop.think.hypotheses import FREE, Cost, Hypothesis
from rusta.loop.think.situation import Situation
from rusta.loop.think.strategies.loans.name_uses import function_around
from rusta.tools.declared import bare, tested
from rusta.tools.statements import after
from rusta.tools.syntax_walk import FileEdits, innermost, opened, under

UNOPENED = re.compile(
    r"^(?:no field `\w+` on type `&?|no method named `\w+` found for enum `)(?:[\w:]+::)?(?P<kind>Result|Option)<"
)


def unopened_results(situation: Situation) -> Iterator[Hypothesis]:
    """Yield `?` at the beginnings of all variables that are used as if they had been opened."""
    rewrites: FileEdits = {}
    first, told = None, []
    for error in situation.errors:
        at = error.primary
        said = UNOPENED.match(error.message) if error.code in ("E0609", "E0599") else None
        code = situation.code(at.path) if at and said else None
        if at is None or said is None or code is None or tested(at.path, code.node(at.start, at.end), code):
            continue
        used = innermost(opened(code).node(at.start, at.end), "field_expression")
        name = code.text(used.child_by_field_name("value")) if used is not None else ""
        function = function_around(code.node(at.start, at.end))
        returned = function.child_by_field_name("return_type") if function.type == "function_item" else None
        if not name.isidentifier() or returned is None or bare(code.text(returned)) != said["kind"]:
            continue
        lets = [
            one for one in under(function, "let_declaration")
            if one.end_byte <= at.start and code.text(one.child_by_field_name("pattern")) in (name, f"mut {name}")
        ]  # fmt: skip
        value = lets[-1].child_by_field_name("value") if lets else None
        closure = innermost(value, "closure_expression", "async_block", "function_item") if value is not None else None
        if value is None or value.type != "call_expression" or closure is None or closure.type != "function_item":
            continue
        if (edit := after(value, "?")) not in rewrites.setdefault(at.path, []):
            rewrites[at.path].append(edit)
            first = first or error
            told.append(f"`{name}`")
    if first is not None:
        reason = f"{', '.join(told)} may be a failure, which is handed on where it is made, by `?`"
        yield situation.hypothesis(first, reason, rewrites, Cost.NONE, FREE)
