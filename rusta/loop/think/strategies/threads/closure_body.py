"""What a closure does to one variable around it: adds, pushes, takes the larger; always or on a condition.

Only bodies of `let`s and one change at their end are read. Nothing is decided here; see `parallel_closures`.
"""

import re
from dataclasses import dataclass, replace
from typing import Any

from rusta.tools.statements import Statements

SIGNS = {"+=": "add", "*=": "multiply", "|=": "or", "&=": "and"}
METHODS = {"push": "push", "push_back": "push", "insert": "push", "extend": "extend"}
COMMENTS = ("line_comment", "block_comment")


@dataclass(frozen=True)
class Changing:
    """A change of a variable: its `kind`, the value it is made with, and the condition ("" for always).

    `before` are statements that come first; `passed` is an `Option` whose value is pushed as it is.
    """

    kind: str
    value: str
    condition: str = ""
    before: str = ""
    passed: str = ""


def change(body: Any, name: str, code: Statements) -> Changing | None:
    """Return what a closure's body does to a variable, None for anything but one change at its end."""
    inside = [body]
    if body.type == "block":
        inside = [one for one in body.named_children if one.type not in COMMENTS]
    if not inside or any(one.type != "let_declaration" for one in inside[:-1]):
        return None
    before = " ".join(code.text(one) for one in inside[:-1])
    if re.search(rf"(?<![.\w]){name}\b", before) or re.search(r"\breturn\b|\?\s*[;.)]", code.text(body)):
        return None
    last = inside[-1].named_child(0) if inside[-1].type == "expression_statement" else inside[-1]
    if last is None:
        return None
    found = _conditional(last, name, code) if last.type == "if_expression" else _single(last, name, code)
    return replace(found, before=before) if found else None


def _conditional(node: Any, name: str, code: Statements) -> Changing | None:
    condition = code.text(node.child_by_field_name("condition"))
    if node.child_by_field_name("alternative") is not None:
        return None
    inner = change(node.child_by_field_name("consequence"), name, code)
    larger = re.fullmatch(rf"(.+?)\s*([<>])\s*{name}|{name}\s*([<>])\s*(.+)", condition, re.DOTALL)
    if inner and larger and inner.kind == "set":
        value, sign = (larger[1], larger[2]) if larger[1] else (larger[4], {"<": ">", ">": "<"}[larger[3]])
        same = "".join(value.split()) == "".join(inner.value.split())
        return Changing("max" if sign == ">" else "min", inner.value) if same and not inner.before else None
    if inner is None or inner.condition or inner.before or re.search(rf"(?<![.\w]){name}\b", condition):
        return None
    if inner.kind == "set":
        return Changing("any", inner.value, condition) if inner.value == "true" else None
    taken = re.fullmatch(r"let Some\((\w+)\) = (.+)", condition, re.DOTALL)
    passed = taken[2] if taken and inner.kind == "push" and inner.value == taken[1] else ""
    return replace(inner, condition=condition, passed=passed)


def _single(node: Any, name: str, code: Statements) -> Changing | None:
    """Return the change that one expression makes."""
    if node.type in ("compound_assignment_expr", "assignment_expression"):
        left, right = (node.child_by_field_name(side) for side in ("left", "right"))
        value = code.text(right)
        if code.text(left) != name:
            return None
        if node.type == "compound_assignment_expr":
            kind = SIGNS.get(code.text(node.child_by_field_name("operator")))
            return Changing(kind, value) if kind and not re.search(rf"(?<![.\w]){name}\b", value) else None
        for pattern in (rf"{name}\.(max|min)\((.+)\)", rf"(.+)\.(max|min)\({name}\)"):
            if said := re.fullmatch(pattern, value, re.DOTALL):
                kind, other = (said[1], said[2]) if said[1] in ("max", "min") else (said[2], said[1])
                return Changing(kind, other)
        if said := re.fullmatch(rf"{name}\s*(\+|\*|\|\||&&)\s*(.+)", value, re.DOTALL):
            return Changing({"+": "add", "*": "multiply", "||": "or", "&&": "and"}[said[1]], said[2])
        return Changing("set", value) if not re.search(rf"(?<![.\w]){name}\b", value) else None
    if node.type == "call_expression":
        function, arguments = node.child_by_field_name("function"), node.child_by_field_name("arguments")
        if function.type == "field_expression" and code.text(function.child_by_field_name("value")) == name:
            kind = METHODS.get(code.text(function.child_by_field_name("field")))
            parts = [code.text(one) for one in arguments.named_children if one.type not in COMMENTS]
            if kind and parts and not any(re.search(rf"(?<![.\w]){name}\b", part) for part in parts):
                return Changing(kind, parts[0] if len(parts) == 1 else f"({', '.join(parts)})")
    return None
