"""Floats are compared or sorted as if they were totally ordered (E0277 "the trait bound `f64: Ord` is not satisfied").

`f64` has no `Ord`, since NaN equals nothing; `total_cmp` is the order that std offers instead. `sort` becomes `sort_by`,
`max_by_key(key)` `max_by` with the key of both sides, `max` of an iterator `max_by`, `binary_search`
`binary_search_by`, `std::cmp::max` the float's own `max`, `cmp` (E0599), and `partial_cmp` where an `Ordering` is wanted
(E0308), `total_cmp`. Tuples are compared part by part, `Reverse` the other way round. All places change at once.

Not covered: floats as keys of maps and sets; keys whose closure takes a struct apart.
Source: std, `f64::total_cmp` and `slice::sort_by`.
"""

import re
from collections.abc import Iterator
from typing import Any

from rusta.loop.think.hypotheses import Cost, Hypothesis
from rusta.loop.think.situation import Situation
from rusta.tools.declared import tested
from rusta.tools.diagnostics import Diagnostic
from rusta.tools.statements import Rewrite, Statements, instead
from rusta.tools.syntax_walk import innermost, nodes_below, under

UNORDERED = re.compile(r"^the trait bound `&*(f32|f64): (?:\w+::)*Ord` is not satisfied")
NO_CMP = re.compile(r"^`&*(f32|f64)` is not an iterator")
WRAPPED = re.compile(r"^required for `(.+)` to implement `(?:\w+::)*Ord`")
ORDERED = {"sort": "sort_by", "sort_unstable": "sort_unstable_by", "max": "max_by", "min": "min_by"}
KEYED = {
    "sort_by_key": "sort_by", "sort_unstable_by_key": "sort_unstable_by", "sort_by_cached_key": "sort_by",
    "max_by_key": "max_by", "min_by_key": "min_by",
}  # fmt: skip
PARTS = {"identifier", "reference_pattern", "tuple_pattern", "_", "mut_pattern", "ref_pattern"}
TIGHT = {"field_expression", "call_expression", "identifier", "index_expression", "parenthesized_expression", "self"}


def float_order(situation: Situation) -> Iterator[Hypothesis]:
    """Yield the total order of floats at every place that needs one."""
    rewrites: dict[str, list[Rewrite]] = {}
    first = None
    for error in situation.errors:
        at = error.primary
        code = situation.code(at.path) if at and error.code in ("E0277", "E0599", "E0308") else None
        if at is None or code is None or error.macros:
            continue
        node = code.node(at.start, at.end)
        edits = _edits(error, node, code)
        if not edits or tested(at.path, node, code):
            continue
        known = rewrites.setdefault(at.path, [])
        known += [one for one in edits if one not in known]
        first = first or error
    if first is not None:
        reason = "floats have no `Ord`, because NaN equals nothing: they are compared by `total_cmp`, which orders all of them"
        yield situation.hypothesis(first, reason, rewrites, Cost.NONE, "NaN counts as greater than every number")


def _edits(error: Diagnostic, node: Any, code: Statements) -> list[Rewrite]:
    if (
        error.code == "E0308"
        and error.primary
        and "expected `Ordering`, found `Option<Ordering>`" in (error.primary.label or "")
    ):
        called = node.child_by_field_name("function") if node.type == "call_expression" else None
        name = called.child_by_field_name("field") if called is not None and called.type == "field_expression" else None
        return [instead(name, "total_cmp")] if name is not None and code.text(name) == "partial_cmp" else []
    if NO_CMP.match(error.message) and code.text(node) == "cmp":
        return [instead(node, "total_cmp")]
    said = UNORDERED.match(error.message)
    if said is None:
        return []
    if node.type == "scoped_identifier" and code.text(node).rpartition("::")[2] in ("max", "min"):
        return [instead(node, f"{said[1]}::{code.text(node).rpartition('::')[2]}")]
    call = innermost(node, "call_expression")
    if call is None or node.type != "field_identifier" or call.child_by_field_name("function") != node.parent:
        return []
    given = call.child_by_field_name("arguments").named_children
    name, shape = code.text(node), _shape(error)
    if name in ORDERED and not given:
        order = _order("a", "b", shape)
        return (
            [instead(node, ORDERED[name]), instead(call.child_by_field_name("arguments"), f"(|a, b| {order})")]
            if order
            else []
        )
    if name == "binary_search" and len(given) == 1:
        sought = code.text(given[0])
        free = "probe" if "probe" not in sought else "probe_"
        order = _order(free, sought if given[0].type in TIGHT or shape == "f" else f"({sought})", shape, referred=True)
        return [instead(node, "binary_search_by"), instead(given[0], f"|{free}| {order}")] if order else []
    if name in KEYED and len(given) == 1 and (compared := _by_key(given[0], shape, code)):
        return [instead(node, KEYED[name]), instead(given[0], compared)]
    return []


def _shape(error: Diagnostic) -> str:
    """Return the type that is compared, as rustc shows it: "f" for the float itself."""
    told = [said[1] for child in error.children if (said := WRAPPED.match(child.message))]
    return (told[-1] if told else "f").lstrip("&")


def _order(one: str, other: str, shape: str, referred: bool = False) -> str:
    """Return the comparison of two places of a type, "" for types that are not known here.

    `referred`: `other` is a reference already.
    """
    shape = shape.strip().lstrip("&")
    if said := re.fullmatch(r"(?:\w+::)*Reverse<(.*)>", shape):
        return "" if referred else _order(f"{other}.0", f"{one}.0", said[1])
    if shape.startswith("(") and shape.endswith(")"):
        parts = [part for part in _split(shape[1:-1]) if part.strip()]
        orders = [_order(f"{one}.{n}", f"{other}.{n}", part) for n, part in enumerate(parts)]
        first, *rest = orders
        return "" if not all(orders) else first + "".join(f".then_with(|| {order})" for order in rest)
    if re.search(r"\bf(?:32|64)\b", shape) and shape not in ("f32", "f64"):
        return ""
    method = "total_cmp" if shape in ("f", "f32", "f64") else "cmp"
    plain = referred or re.fullmatch(r"\w+", other)
    return f"{one}.{method}({other})" if plain else f"{one}.{method}(&{other})"


def _split(text: str) -> list[str]:
    """Return the parts of a list of types."""
    parts, depth, start = [], 0, 0
    for n, sign in enumerate(text):
        depth += (sign in "<([") - (sign in ">)]")
        if sign == "," and not depth:
            parts.append(text[start:n])
            start = n + 1
    return [*parts, text[start:]]


def _by_key(key: Any, shape: str, code: Statements) -> str:
    """Return the closure that compares the keys of two items; "" where the key's own closure is not understood."""
    if key.type in ("identifier", "scoped_identifier"):
        order = _order(f"{code.text(key)}(a)", f"{code.text(key)}(b)", shape)
        return f"|a, b| {order}" if order else ""
    taken = key.child_by_field_name("parameters").named_children if key.type == "closure_expression" else []
    if len(taken) != 1 or key.child_by_field_name("return_type") is not None:
        return ""
    pattern = taken[0].child_by_field_name("pattern") or taken[0]
    kind = taken[0].child_by_field_name("type")
    body = key.child_by_field_name("body")
    if any(one.type not in PARTS | {"mutable_specifier"} for one in under(pattern, *_kinds(pattern))):
        return ""
    named = list(under(pattern, "identifier"))
    words = list(under(body, "identifier", "self"))
    if any(one.type in ("macro_invocation", "closure_expression") for one in under(body, *_kinds(body))):
        return ""
    used = {code.text(one) for one in words}
    names = {code.text(one): (code.text(one) in used) for one in named}
    short = sum(names.values()) == 1 and not used & {"a", "b"} - {name for name, there in names.items() if there}
    sides = []
    told = f"{shape}".strip()
    for side in "ab":
        new = {name: (side if short else f"{name}_{side}") if there else "_" for name, there in names.items()}
        head = _renamed(pattern, named, new, code)
        sides.append(
            (head + (f": {code.text(kind)}" if kind is not None else ""), _value(body, words, new, told, code))
        )
    (left, one), (right, other) = sides
    if told.startswith(
        "Reverse<"
    ):  # the key is written as `Reverse(..)`: what is in it is compared the other way round
        inner = re.fullmatch(r"(?:\w+::)*Reverse<(.*)>", told)
        pairs = [re.fullmatch(r"(?:\w+::)*Reverse\((.*)\)", text, re.DOTALL) for text in (one, other)]
        if inner is None or not all(pairs):
            return ""
        one, other, told = f"{pairs[1][1]}", f"{pairs[0][1]}", inner[1]  # type: ignore[index]
        one = one if re.fullmatch(r"[\w.]+(?:\(\))?", one) else f"({one})"
    if body.type == "tuple_expression":
        shapes, parts = _split(told[1:-1]), [_split(text[1:-1]) for text in (one, other)]
        if not len(shapes) == len(parts[0]) == len(parts[1]):
            return ""
        orders = [_order(_tight(a), _tight(b), kind) for a, b, kind in zip(*parts, shapes, strict=True)]
        first, *rest = orders
        order = first + "".join(f".then_with(|| {one})" for one in rest) if all(orders) else ""
    elif body.type == "unary_expression" and code.text(body).startswith("*") and told == "f":
        order = f"{one[2:-1]}.total_cmp({other[2:-1]})"
    else:
        order = "" if told.startswith("(") else _order(one, f" {other}".strip() if "." in other else f"({other})", told)
    return f"|{left}, {right}| {order}" if order else ""


def _tight(text: str) -> str:
    text = text.strip()
    return text if re.fullmatch(r"[\w.]+(?:\(\))?", text) else f"({text})"


def _kinds(node: Any) -> set[str]:
    """Return the kinds of all nodes in a tree."""
    return {at.type for at in nodes_below(node)}


def _renamed(node: Any, places: list[Any], names: dict[str, str], code: Statements) -> str:
    """Return the text of a node in which these identifiers have other names."""
    text, at = "", node.start_byte
    for one in sorted(places, key=lambda one: one.start_byte):
        text += code.source[at : one.start_byte].decode("utf-8", "replace") + names.get(code.text(one), code.text(one))
        at = one.end_byte
    return text + code.source[at : node.end_byte].decode("utf-8", "replace")


def _value(body: Any, words: list[Any], names: dict[str, str], shape: str, code: Statements) -> str:
    text = _renamed(body, words, names, code)
    return text if body.type in TIGHT or shape != "f" else f"({text})"
