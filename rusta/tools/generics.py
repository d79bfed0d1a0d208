"""Bounds on the type parameters of an item: where a parameter is declared, and the edits that add traits to it.

Bounds stand in the parameter list, or in a `where` clause where the item has one for this type already, or where the
type is not a parameter of this item itself (`<I as Iterator>::Item`, or a method that asks more of an impl's `T`).
"""

from collections.abc import Mapping, Sequence
from typing import Any

from rusta.tools.statements import Rewrite, Statements, after

GENERIC = (
    "function_item",
    "impl_item",
    "trait_item",
    "struct_item",
    "enum_item",
    "type_item",
    "function_signature_item",
)


def declaring(node: Any, name: str, code: Statements) -> tuple[Any, Any] | None:
    """Return the innermost item around a node that declares a type parameter, and the parameter; None if none does."""
    while node is not None:
        if node.type in GENERIC and (parameters := node.child_by_field_name("type_parameters")) is not None:
            for one in parameters.named_children:
                named = one.child_by_field_name("name")
                if one.type == "type_parameter" and named is not None and code.text(named) == name:
                    return node, one
        node = node.parent
    return None


def bounded(item: Any, wanted: Mapping[str, Sequence[str]], code: Statements) -> list[Rewrite]:
    """Return the edits that add these traits to these types of an item, each where its bounds belong."""
    edits = []
    clause = next((one for one in item.named_children if one.type == "where_clause"), None)
    parameters = item.child_by_field_name("type_parameters")
    new: dict[str, Sequence[str]] = {}
    for kind, traits in wanted.items():
        said = " + ".join(traits)
        predicate = _predicate(clause, kind, code)
        one = next(
            (
                one
                for one in (parameters.named_children if parameters is not None else ())
                if one.type == "type_parameter" and code.text(one.child_by_field_name("name")) == kind
            ),
            None,
        )
        if predicate is not None:
            edits.append(after(predicate, f" + {said}"))
        elif one is not None and (bounds := one.child_by_field_name("bounds")) is not None:
            edits.append(after(bounds, f" + {said}"))
        elif one is not None:
            edits.append(after(one.child_by_field_name("name"), f": {said}"))
        else:
            new[kind] = traits
    if new:
        edits.append(_where(item, clause, [f"{kind}: {' + '.join(traits)}" for kind, traits in new.items()], code))
    return edits


def refined(item: Any, kind: str, trait: str, arguments: str, code: Statements) -> Rewrite | None:
    """Return the edit that gives a bound which is there its arguments: `Mul` becomes `Mul<Output = N>`."""
    for bounds in _all_bounds(item, kind, code):
        for one in bounds.named_children:
            if code.text(one).rpartition("::")[2] == trait:
                return after(one, arguments)
    return None


def bounds_of(item: Any, kind: str, code: Statements) -> str:
    """Return the text of all bounds that an item puts on a type."""
    return " ".join(code.text(one) for one in _all_bounds(item, kind, code))


def _all_bounds(item: Any, kind: str, code: Statements) -> list[Any]:
    clause = next((one for one in item.named_children if one.type == "where_clause"), None)
    parameters = item.child_by_field_name("type_parameters")
    found = [_predicate(clause, kind, code)]
    for one in parameters.named_children if parameters is not None else ():
        named = one.child_by_field_name("name")
        if named is not None and code.text(named) == kind:
            found.append(one.child_by_field_name("bounds"))
    return [one for one in found if one is not None]


def _predicate(clause: Any, kind: str, code: Statements) -> Any:
    for one in clause.named_children if clause is not None else ():
        left = one.child_by_field_name("left")
        if left is not None and code.text(left) == kind:
            return one.child_by_field_name("bounds")
    return None


def _where(item: Any, clause: Any, predicates: Sequence[str], code: Statements) -> Rewrite:
    """Return the edit that adds predicates to the `where` clause, or writes one before the body."""
    line = code.source[code.source.rfind(b"\n", 0, item.start_byte) + 1 : item.start_byte]
    indent = line.decode() if not line.strip() else ""
    if clause is not None and clause.named_children:
        last = clause.named_children[-1]
        begins = code.source[code.source.rfind(b"\n", 0, last.start_byte) + 1 : last.start_byte].decode()
        gap = f"\n{begins}" if not begins.strip() else " "
        return after(last, "".join(f",{gap}{one}" for one in predicates))
    body = item.child_by_field_name("body")
    rows = "".join(f"{indent}    {one},\n" for one in predicates)
    if body is None:
        return Rewrite(item.end_byte - 1, item.end_byte - 1, f" where {', '.join(predicates)}")
    start = body.start_byte
    while start and code.source[start - 1 : start].isspace():
        start -= 1
    return Rewrite(start, body.start_byte, f"\n{indent}where\n{rows}{indent}")
