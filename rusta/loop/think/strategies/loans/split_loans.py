"""A loan of the whole value is split: a getter's call becomes the field itself; two elements are borrowed by one call.

The Nomicon's page on splitting borrows, and rustc's explanation of E0499: a method borrows all of `self`, where a field
alone would not be in the way. A call of a method whose body is one expression of its fields and parameters is replaced
by that expression. Two elements of one slice or map are borrowed by `swap` or `get_disjoint_mut` (from Rust 1.86 on).

Not covered: methods of several statements, and methods that check something on the way.
"""

import re
from collections.abc import Iterator
from typing import Any

from rusta.loop.think.hypotheses import FREE, Cost, Hypothesis
from rusta.loop.think.situation import Situation
from rusta.loop.think.strategies.loans.loan_labels import LoanSite, apart, loan_sites
from rusta.loop.think.strategies.loans.name_uses import function_around, preorder, unused, uses
from rusta.tools.statements import Rewrite, Statements, instead
from rusta.tools.syntax_walk import innermost

LONGEST = 120  # characters of a getter's body
WRAPPED = ("reference_expression", "binary_expression", "unary_expression", "type_cast_expression", "range_expression")
STEPS = {
    *WRAPPED[:4], "self", "identifier", "field_expression", "call_expression", "index_expression", "integer_literal",
    "float_literal", "string_literal", "boolean_literal", "arguments", "field_identifier", "mutable_specifier",
    "primitive_type", "string_content", "generic_function", "parenthesized_expression",
}  # fmt: skip
SIMPLE = ("identifier", "integer_literal", "self", "field_expression", "reference_expression", "unary_expression",
          "float_literal", "string_literal", "boolean_literal")  # fmt: skip
EQUAL = "the same place twice panics"


def split_loans(situation: Situation) -> Iterator[Hypothesis]:
    """Yield, for the first loans, the fields instead of getters, and one call for two elements."""
    bodies: dict[str, list[tuple[Statements, Any]]] | None = None
    for site in apart(loan_sites(situation)):
        for reason, rewrites, cost in _elements(site):
            trade = EQUAL if cost is Cost.RUNTIME else ""
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


def _elements(site: LoanSite) -> Iterator[tuple[str, list[Rewrite], Cost]]:
    """Yield how two elements of one list or map are borrowed at once."""
    code = site.code
    one, other = _element(code, site.begins), _element(code, site.meets)
    if one is None or other is None or one[1] != other[1] or one[0] == other[0]:
        return
    list_, keys = one[1], f"{one[2]}, {other[2]}"
    call = one[0].parent.parent if one[0].parent.type == "arguments" else None
    if call is not None and other[0].parent == one[0].parent:
        function = code.text(call.child_by_field_name("function"))
        if re.fullmatch(r"(?:(?:std|core)::)?(?:mem::)?swap", function) and not (one[3] or one[4] or other[4]):
            reason = f"two elements of `{list_}` are swapped by index"
            yield reason, [instead(call, f"{list_}.swap({keys})")], Cost.NONE
            return
    both = f"{list_}.get_disjoint_mut([{keys}])"
    ends = [".map(|one| one.unwrap())"] if one[3] else []
    ends += [".unwrap()"] if not (one[3] and "&" in keys) else []
    reason = f"two elements of `{list_}` are borrowed by one call, which sees that they are not the same"
    first, second = code.statement(one[0]), code.statement(other[0])
    if first is None or second is None:
        return
    if first == second:
        if innermost(one[0], "closure_expression") != innermost(other[0], "closure_expression"):
            return
        function = function_around(first)
        names = [unused(code, function, name, set()) for name in ("first", "second")]
        said = [f"&mut {name}{part[4]}" if part[4] else name for name, part in zip(names, (one, other), strict=True)]
        for end in ends:
            line = code.before(first, f"let [{', '.join(names)}] = {both}{end};")
            yield reason, [line, instead(one[0], said[0]), instead(other[0], said[1])], Cost.RUNTIME
        return
    lets = [first, second]
    if one[4] or other[4] or any(at.type != "let_declaration" or at.child_by_field_name("value") != part[0]
           for at, part in zip(lets, (one, other), strict=True)) or first.parent != second.parent:  # fmt: skip
        return
    patterns = [code.text(at.child_by_field_name("pattern")) for at in lets]
    between = [at for at in uses(code, first.parent, patterns[0], first.end_byte) if at.end_byte <= second.end_byte]
    if between or not all(name.isidentifier() for name in patterns):
        return
    gone = first.end_byte + len(code.source[first.end_byte :]) - len(code.source[first.end_byte :].lstrip())
    for end in ends:
        made = f"let [{', '.join(patterns)}] = {both}{end};"
        yield reason, [Rewrite(first.start_byte, gone, ""), instead(second, made)], Cost.RUNTIME


def _element(code: Statements, node: Any) -> tuple[Any, str, str, bool, str] | None:
    """Return the expression that borrows an element for changes, its list, the key, whether it is a map's, and fields."""
    while node is not None and node.type not in ("let_declaration", "block", "arguments"):
        said = code.text(node)
        if node.type == "reference_expression" and (
            slice_ := re.fullmatch(r"&mut ([\w.]+)\[([^\[\]]+)\]((?:\.\w+)*)", said)
        ):
            return (node, slice_[1], slice_[2], False, slice_[3]) if ".." not in slice_[2] else None
        if node.type == "call_expression" and (
            got := re.fullmatch(r"([\w.]+)\s*\.get_mut\((.+)\)\s*\.(?:unwrap\(\)|expect\(\"[^\"]*\"\))", said, re.S)
        ):
            return node, got[1], got[2], not re.fullmatch(r"[\d.+\- ]+", got[2]), ""
        node = node.parent
    return None
