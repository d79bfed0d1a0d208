"""A variable that is begun as a `&str` literal and added to (E0368): it has to be a `String` from the start.

`let mut out = "";` then `out += t` or `out.push(c)`: what grows owns its text, so the literal becomes `String::new()`
or `String::from("…")`, and a written type `&str` becomes `String`. Where it is returned, rustc's next errors say so.

Not covered: parameters and fields. Source: the Book, ch. 8.2 ("Updating a String").
"""

import re
from collections.abc import Iterator

from rusta.loop.think.hypotheses import Cost, Hypothesis
from rusta.loop.think.situation import Situation
from rusta.loop.think.strategies.loans.name_uses import function_around
from rusta.tools.declared import tested
from rusta.tools.statements import instead
from rusta.tools.syntax_walk import FileEdits, innermost, under

ADDED = re.compile(r"^binary assignment operation `\+=` cannot be applied to type `&(?:'static )?str`")
PUSHED = re.compile(
    r"^no method named `(?:push|push_str|insert|insert_str|pop|clear|truncate|extend|write_str)` "
    r"found for reference `&(?:'static )?str`"
)


def grown_texts(situation: Situation) -> Iterator[Hypothesis]:
    """Yield all variables that grow as a `String` from their start."""
    rewrites: FileEdits = {}
    first, told = None, []
    for error in situation.errors:
        at = error.primary
        code = situation.code(at.path) if at and (ADDED.match(error.message) or PUSHED.match(error.message)) else None
        if at is None or code is None:
            continue
        node = code.node(at.start, at.end)
        operation = innermost(node, "compound_assignment_expr", "call_expression")
        if operation is None or tested(at.path, node, code):
            continue
        left = operation.child_by_field_name("left") or operation.child_by_field_name("function").child_by_field_name(
            "value"
        )
        if left is None or left.type != "identifier":
            continue
        name = code.text(left)
        for let in under(function_around(left), "let_declaration"):
            value, kind = let.child_by_field_name("value"), let.child_by_field_name("type")
            if let.end_byte > left.start_byte or code.text(let.child_by_field_name("pattern")) != name or value is None:
                continue
            said = code.text(value)
            if value.type != "string_literal":
                continue
            edits = [instead(value, "String::new()" if said == '""' else f"String::from({said})")]
            edits += [instead(kind, "String")] if kind is not None else []
            if edits[0] not in rewrites.setdefault(at.path, []):
                rewrites[at.path] += edits
                first = first or error
                told.append(f"`{name}`")
    if first is not None:
        reason = f"a text that grows has to own it, so {', '.join(told)} begins as a `String`"
        yield situation.hypothesis(first, reason, rewrites, Cost.NONE)
