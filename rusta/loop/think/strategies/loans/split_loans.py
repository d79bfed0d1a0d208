"""A loan of the whole value is split: a getter's call becomes the field itself; two elements are borrowed by one call.

The Nomicon's page on splitting borrows, and rustc's explanation of E0499: a method borrows all of `self`, where a field
alone would not be in the way. A call of a method whose body is one expression of its fields and parameters is replaced
by that expression. Two elements of one slice or map are borrowed by `swap` or `get_disjoint_mut` (from Rust 1.86 on),
which `disjoint_elements` has.

Not covered: methods of several statements, and methods that check something on the way.
"""

import re
from collections.abc import Iterator
from typing import Any

from rusta.loop.think.hypotheses import FREE, Cost, Hypothesis
from rusta.loop.think.situation import Situation
from rusta.loop.think.strategies.loans.disjoint_elements import disjoint_elements
from rusta.loop.think.strategies.loans.loan_labels import apart, loan_sites
from rusta.loop.think.strategies.loans.name_uses import preorder, uses
from rusta.tools.statements import Statements, instead

LONGEST = 120  # characters of a getter's body
WRAPPED = ("reference_expression", "binary_expression", "unary_expression", "type_cast_expression", "range_expression")
STEPS = {
    *WRAPPED[:4], "self", "identifier", "field_expression", "call_expression", "index_expression", "integer_literal",
    "float_literal", "string_literal", "boolean_literal", "arguments", "field_identifier", "mutable_specifier",
    "primitive_type", "string_content", "generic_function", "parenthesized_expression",
}  # fmt: skip
SIMPLE = ("identifier", "integer_literal", "self", "field_expression", "reference_expression", "unary_expression",
          "float_literal", "string_literal", "boolean_literal")  # fmt: skip


def split_loans(situation: Situation) -> Iterator[Hypothesis]:
    """Yield, for the first loans, the fields instead of getters, and one call for two elements."""
    bodies: dict[str, list[tuple[Statements, Any]]] | None = None
    for site in apart(loan_sites(situation)):
        for reason, rewrites, cost, trade in disjoint_elements(site):
            yield situation.hypothesis(site.error, reason, {site.path: rewrites}, cost, trade)
        for node in (site.meets, site.begins):
            call = _method(node)
            if call is None:
                continue
            bodies = bodies if bodies is not None else _getters(situation)
            called = call.child_by_field_name("function")
            for where, function in bodies.get(site.code.text(called.child_by_field_name("field")), [])[:1]:
                said = _inlined(site.code, call, where, function)
                if said is not None:
                    reason = f"`{site.code.text(call)}` is `{said}` itself, so that only that field is borrowed"
                    yield situation.hypothesis(site.error, reason, {site.path: [instead(call, said)]}, Cost.NONE, FREE)


def _method(node: Any) -> Any:
    """Return the method call that is a node, or whose receiver a node is."""
    while node.parent is not None and node.type in ("self", "identifier", "field_expression", "index_expression"):
        node = node.parent
    called = node.child_by_field_name("function") if node.type == "call_expression" else None
    return node if called is not None and called.type == "field_expression" else None


def _getters(situation: Situation) -> dict[str, list[tuple[Statements, Any]]]:
    found: dict[str, list[tuple[Statements, Any]]] = {}
    for _, code in situation.sources():
        for at in preorder(code.root):
            body = at.child_by_field_name("body") if at.type == "function_item" else None
            if body is None or len(body.named_children) != 1 or body.end_byte - body.start_byte > LONGEST:
                continue
            if "self" in code.text(at.child_by_field_name("parameters")) and all(
                one.type in STEPS for one in preorder(body.named_children[0]) if one.is_named
            ):
                found.setdefault(code.text(at.child_by_field_name("name")), []).append((code, at))
    return found


def _inlined(code: Statements, call: Any, where: Statements, function: Any) -> str | None:
    """Return a getter's body with the receiver and the arguments of a call in it."""
    given = function.child_by_field_name("parameters").named_children[1:]
    arguments = call.child_by_field_name("arguments").named_children
    if len(given) != len(arguments) or any(one.type not in SIMPLE for one in arguments):
        return None
    body = function.child_by_field_name("body").named_children[0]
    receiver = code.text(call.child_by_field_name("function").child_by_field_name("value"))
    edits = [instead(at, receiver) for at in uses(where, body, "self")]
    for parameter, argument in zip(given, arguments, strict=True):
        name = where.text(parameter.child_by_field_name("pattern")) if parameter.type == "parameter" else ""
        if not name.isidentifier():
            return None
        edits += [instead(at, code.text(argument)) for at in uses(where, body, name)]
    whole = where.text(body).encode()
    for one in sorted(edits, key=lambda one: -one.start):
        whole = whole[: one.start - body.start_byte] + one.text.encode() + whole[one.end - body.start_byte :]
    kept = call.parent.type in (
        "let_declaration",
        "arguments",
        "assignment_expression",
        "let_condition",
        "for_expression",
    )
    if body.type == "reference_expression" and call.parent.type == "field_expression":
        return re.sub(r"^&(?:mut )?", "", whole.decode())
    return whole.decode() if body.type not in WRAPPED or kept else f"({whole.decode()})"
