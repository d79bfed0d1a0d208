"""What is stored in a variable or a list that outlives it is stored as a value of its own.

The Book's chapter 10.3 and rustc's explanation of E0597: a loop that keeps the longest of some strings, or collects parts
of them, must not keep references to variables of one iteration. Every assignment to the variable, or what every `push`
or `insert` is given at that place, becomes an owned value, and so does the type where it is written. Where the function
returns the variable, it returns it as a value.

Not covered: fields of `self`, and variables of other functions.
"""

import re
from collections.abc import Iterator
from typing import Any

from rusta.loop.think.hypotheses import Cost, Hypothesis
from rusta.loop.think.situation import Situation
from rusta.loop.think.strategies.loans.name_uses import function_around, preorder, uses
from rusta.loop.think.strategies.loans.owned_results import owned_return, owned_type, returned_loan
from rusta.tools.statements import Rewrite, Statements, after, instead
from rusta.tools.syntax_walk import innermost

STORES = {"push", "push_back", "push_front", "insert", "entry"}
TEMPORARY = re.compile(
    r".*\.(?:to_\w+|clone|into_owned|collect|join|repeat|replace)\([^()]*\)|format!.*|String::.*", re.S
)


def owned_stores(situation: Situation) -> Iterator[Hypothesis]:
    """Yield the owned values for the first loans that outlive what they borrow by being stored."""
    known: set[tuple[str, int]] = set()
    for error in [one for one in situation.errors if one.code in ("E0597", "E0716", "E0505", "E0506") and one.primary]:
        places = [error.primary, *(span for span in error.spans if "borrow" in (span.label or ""))]
        for place in places:
            code = situation.code(place.path) if place else None
            stored = _stored(code, code.node(place.start, place.end)) if place and code else None
            if place is None or code is None or stored is None:
                continue
            declared, position = stored
            key = (place.path, declared.start_byte)
            if key in known or len(known) > 3:
                break
            known.add(key)
            name = code.text(_name(declared))
            rewrites = _owned(code, declared, name, position)
            reason = f"`{name}` keeps values of its own, and no loans of what is gone before it"
            yield situation.hypothesis(error, reason, {place.path: rewrites}, Cost.SMALL)
            break


def _name(declared: Any) -> Any:
    """Return the identifier that a `let` binds, also where it is `mut`."""
    return next(at for at in preorder(declared.child_by_field_name("pattern")) if at.type == "identifier")


def _stored(code: Statements, node: Any) -> tuple[Any, int | None] | None:
    """Return the `let` of the variable that a value is stored in, and at which place of a call (None: assigned)."""
    at = node
    while at.parent is not None and at.type not in ("block", "closure_expression"):
        above = at.parent
        if above.type == "assignment_expression" and above.child_by_field_name("right") == at:
            left = above.child_by_field_name("left")
            declared = _declared(code, left) if left.type == "identifier" else None
            return (declared, None) if declared is not None else None
        if above.type == "arguments" and above.parent.type == "call_expression":
            called = above.parent.child_by_field_name("function")
            method = called.child_by_field_name("field") if called.type == "field_expression" else None
            owner = called.child_by_field_name("value") if method is not None else None
            if method is not None and owner is not None and owner.type == "identifier" and code.text(method) in STORES:
                declared = _declared(code, owner)
                return (declared, above.named_children.index(at)) if declared is not None else None
        at = above
    return None


def _declared(code: Statements, used: Any) -> Any:
    """Return the `let` of a variable, in a block around its use."""
    block = innermost(used, "block")
    while block is not None:
        for one in reversed(block.named_children):
            pattern = one.child_by_field_name("pattern") if one.type == "let_declaration" else None
            plain = pattern is not None and pattern.type == "identifier" and one.end_byte <= used.start_byte
            if plain and code.text(pattern) == code.text(used):
                return one
        block = (
            innermost(block.parent, "block")
            if block.parent is not None and block.parent.type != "function_item"
            else None
        )
    return None


def _owned(code: Statements, declared: Any, name: str, position: int | None) -> list[Rewrite]:
    kind, value = declared.child_by_field_name("type"), declared.child_by_field_name("value")
    edits = []
    if kind is not None:
        parts = kind.child_by_field_name("type_arguments")
        part = parts.named_children[position] if parts is not None and position is not None and len(
            parts.named_children) > position else kind  # fmt: skip
        edits.append(instead(part, owned_type(code, part)))
    if position is None and value is not None:
        edits += _own(code, value)
    for at in uses(code, declared.parent, name, declared.end_byte):
        above = at.parent
        if position is None and above.type == "assignment_expression" and above.child_by_field_name("left") == at:
            edits += _own(code, above.child_by_field_name("right"))
        call = above.parent if above.type == "field_expression" else None
        if position is not None and call is not None and call.type == "call_expression":
            given = call.child_by_field_name("arguments").named_children
            if code.text(above.child_by_field_name("field")) in STORES and position < len(given):
                edits += _own(code, given[position])
    returned = returned_loan(code, declared)
    if returned is not None and re.search(
        rf"(?:\breturn\s+|[;}}]\s*){name}\s*;?\s*\}}", code.text(function_around(declared))
    ):
        edits += owned_return(code, returned, name)[1]
    return list(dict.fromkeys(edits))


def _own(code: Statements, value: Any) -> list[Rewrite]:
    """Return the edits that make a stored value owned."""
    while value.type == "call_expression" and re.match(r"Some\(|Ok\(", code.text(value)):
        inner = value.child_by_field_name("arguments").named_children
        if not inner:
            return []
        value = inner[0]
    said = code.text(value)
    if said == '""':
        return [instead(value, "String::new()")]
    if said in ("None", "Vec::new()", "String::new()") or TEMPORARY.fullmatch(said):
        return []
    if value.type == "tuple_expression":
        plain = [one for one in value.named_children if one.type != "tuple_expression"]
        return [edit for one in plain for edit in _own(code, one)]
    if value.type.endswith("_literal") and value.type != "string_literal":
        return []
    if value.type == "reference_expression":
        inner = value.child_by_field_name("value")
        if TEMPORARY.fullmatch(code.text(inner)):
            return [instead(value, code.text(inner))]
        step = "to_owned" if "[" in code.text(inner) else "clone"
        return [instead(value, f"{code.text(inner)}.{step}()")]
    if view := re.fullmatch(r"(.+)\.(?:as_str|as_ref|as_slice)\(\)", said, re.S):
        return [
            instead(value, view[1] if TEMPORARY.fullmatch(view[1]) or view[1].endswith(")") else f"{view[1]}.clone()")
        ]
    return [after(value, ".to_owned()")]
