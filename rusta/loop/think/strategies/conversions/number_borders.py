"""Numbers of different types that meet: in arithmetic, comparison, an index, an argument, a result.

E0308 names both types ("expected `u64`, found `u32`"), E0277 too: "no implementation for `f64 / u64`", "the type
`[T]` cannot be indexed by `u8`". Every place is converted at once: by `From` where it keeps every value, with a plain
`as` elsewhere, and the trade-off says what is lost there. An integer that meets a float becomes a float; in other
arithmetic the right side becomes what the left is. A sign that meets a byte (`'#'`, `b'#'`) gets the other spelling,
a whole number written where a float is wanted its `.0`, and a reference its `*`.

rustc suggests `.try_into().unwrap()` where a value may not fit; that is tried before. Steps of either sign on an
unsigned place are in `signed_steps`. Not covered: `NonZero`, ranges of mixed types.
Source: the Reference, "Numeric cast"; std, `From` between numbers; rustc --explain E0308.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from rusta.loop.think.hypotheses import Cost, Hypothesis
from rusta.loop.think.situation import Situation
from rusta.loop.think.strategies.conversions.number_types import FLOATS, INTEGERS, SIMPLE, cost_of, lossless
from rusta.tools.declared import tested
from rusta.tools.diagnostics import Diagnostic
from rusta.tools.statements import Rewrite, Statements, instead
from rusta.tools.syntax_walk import innermost

EXPECTED = re.compile(r"expected `(?P<to>[&\w]+)`, found `(?P<of>[&\w]+)`")
OPERATION = re.compile(r"no implementation for `(?P<left>[&\w{}]+) (?P<sign>[-+*/%<>=&|^]+) (?P<right>[&\w{}]+)`")
INDEXED = re.compile(r"^the type `(?:\[.*\]|Vec<.*>|VecDeque<.*>)` cannot be indexed by `(?P<of>[&\w:<>]+)`")
LENT = re.compile(r"^the trait bound `(?P<to>\w+): From<&(?P<of>\w+)>` is not satisfied")
RANGE = re.compile(r"indexed by `(?:[\w:]+::)?Range\w*<(?P<of>\w+)>`")
ATOMS = {
    "identifier", "field_expression", "call_expression", "index_expression", "parenthesized_expression", "self",
    "integer_literal", "float_literal", "char_literal", "macro_invocation", "tuple_expression", "scoped_identifier",
    "try_expression", "await_expression",
}  # fmt: skip
TIGHT = {"binary_expression", "field_expression", "unary_expression", "type_cast_expression", "range_expression"}


@dataclass(frozen=True)
class Meeting:
    """An expression of the type `of` where the type `to` is needed."""

    error: Diagnostic
    path: str
    node: Any
    of: str
    to: str


def number_borders(situation: Situation) -> Iterator[Hypothesis]:
    """Yield the conversion of every number that meets another type: of all, then of those that lose nothing."""
    found: dict[tuple[str, int, int], Meeting] = {}
    for error in situation.errors:
        for one in _meetings(error, situation):
            code = situation.code(one.path)
            if code and not tested(one.path, one.node, code) and not _step(one, code):
                key = (one.path, one.node.start_byte, one.node.end_byte)
                if key not in found or one.of.startswith("&"):  # E0308 leaves the reference out
                    found[key] = one
    for key, one in list(found.items()):
        if one.to in FLOATS and one.of in INTEGERS and (code := situation.code(one.path)) and _divided(one.node, code):
            found.pop(key)  # divided as floats: the whole number would have lost what comes after the point
            for side in ("left", "right"):
                part = one.node.child_by_field_name(side)
                inner = (one.path, part.start_byte, part.end_byte)
                of = found[inner].of if inner in found else one.of
                found[inner] = Meeting(one.error, one.path, part, of, one.to)
    kept = [one for one in found.values() if lossless(one.of.lstrip("&"), one.to.lstrip("&"))]
    ways = [list(found.values()), kept] if len(kept) < len(found) else [kept]
    parts = [[part for one in way for part in _parts(one, situation)] for way in ways]
    for meetings in [*(part for part, way in zip(parts, ways, strict=True) if part != way), *ways]:
        if not meetings:
            continue
        rewrites: dict[str, list[Rewrite]] = {}
        prices = []
        for one in sorted(meetings, key=lambda one: one.node.end_byte - one.node.start_byte):
            code = situation.code(one.path)
            edits = _edits(one, code) if code else []
            known = rewrites.setdefault(one.path, [])
            known += edits[:1]
            known[:0] = edits[1:]  # where two begin or end together, the smaller one is nearer to the expression
            if edits and not (one.node.type.endswith("_literal")):
                prices.append(cost_of(one.of.lstrip("&"), one.to.lstrip("&")))
        if not any(rewrites.values()):
            continue
        told = ", ".join(dict.fromkeys(f"`{one.of}` to `{one.to}`" for one in meetings))
        price = "; ".join(dict.fromkeys(one for one in prices if one))
        cost = Cost.RUNTIME if price else Cost.NONE
        yield situation.hypothesis(
            meetings[0].error,
            f"numbers of different types meet, and one of them is converted: {told}",
            rewrites,
            cost,
            price,
        )


def _parts(one: Meeting, situation: Situation) -> list[Meeting]:
    """Return the operands of a sum or product instead of it, where the wider type keeps it from overflowing."""
    code = situation.code(one.path)
    if code is None or one.of not in INTEGERS or one.to not in INTEGERS or not lossless(one.of, one.to):
        return [one]
    found, todo = [], [one.node]
    while todo:
        node = todo.pop()
        sign = node.child_by_field_name("operator") if node.type == "binary_expression" else None
        if sign is not None and code.text(sign) in ("+", "-", "*", "/", "%"):
            todo += [node.child_by_field_name("right"), node.child_by_field_name("left")]
        elif node.type == "parenthesized_expression":
            todo += node.named_children
        elif node.type != "integer_literal":
            found.append(Meeting(one.error, one.path, node, one.of, one.to))
    return found if len(found) > 1 or (found and found[0].node != one.node) else [one]


def _meetings(error: Diagnostic, situation: Situation) -> Iterator[Meeting]:
    at = error.primary
    code = situation.code(at.path) if at else None
    if at is None or code is None or error.code not in ("E0308", "E0277"):
        return
    node = code.node(at.start, at.end)
    if error.code == "E0308":
        several = error.message.startswith("arguments to this")  # each argument has a label of its own
        for span in error.spans if several else [at]:
            said, node = EXPECTED.search(span.label or ""), code.node(span.start, span.end)
            if said is None or span.path != at.path or (node.start_byte, node.end_byte) != (span.start, span.end):
                continue
            for one in _negative(node, said["of"], situation, code) or [node]:
                if _simple(said["of"]) and _simple(said["to"]):
                    yield Meeting(error, at.path, one, said["of"], said["to"])
    elif said := LENT.match(error.message):  # `f64::from(byte)` of a `&u8`
        call = innermost(node, "call_expression")
        given = call.child_by_field_name("arguments").named_children if call is not None else []
        if len(given) == 1 and _simple(said["of"]) and code.text(call).startswith(f"{said['to']}::from("):
            yield Meeting(error, at.path, given[0], f"&{said['of']}", said["of"])
    elif said := INDEXED.match(error.message):
        if _simple(said["of"]):
            yield Meeting(error, at.path, node, said["of"], "usize")
        elif (ends := RANGE.search(error.message)) and node.type == "range_expression":
            for end in node.named_children:
                if end.type != "integer_literal":
                    yield Meeting(error, at.path, end, ends["of"], "usize")
    elif said := OPERATION.search(at.label or ""):
        operation = innermost(node, "binary_expression", "compound_assignment_expr")
        if operation is not None:
            sides = operation.child_by_field_name("left"), operation.child_by_field_name("right")
            yield from _operands(error, at.path, said, sides)


def _negative(node: Any, of: str, situation: Situation, code: Statements) -> list[Any]:
    """Return the unsigned operands of a sum with a step that is negative (`x + dx` of `dx in -1..=1`)."""
    sign = node.child_by_field_name("operator") if node.type == "binary_expression" else None
    negated = f"the trait bound `{of}: Neg` is not satisfied"
    if sign is None or code.text(sign) not in ("+", "-") or all(one.message != negated for one in situation.errors):
        return []
    steps, loop = set(), innermost(node, "for_expression")
    while loop is not None:
        if code.text(loop.child_by_field_name("value")).lstrip("([").startswith("-"):
            steps.update(re.findall(r"\w+", code.text(loop.child_by_field_name("pattern"))))
        loop = innermost(loop.parent, "for_expression")
    sides = [node.child_by_field_name(side) for side in ("left", "right")]
    plain = [one for one in sides if code.text(one) not in steps and not one.type.endswith("_literal")]
    return plain if len(plain) == 1 else []


def _step(one: Meeting, code: Statements) -> bool:
    """Return whether this is a step of either sign from an unsigned place: `as` would turn -1 into a huge number."""
    above = one.node.parent
    sign = above.child_by_field_name("operator") if above is not None and above.type == "binary_expression" else None
    signed = one.of.lstrip("&") in INTEGERS and one.of.lstrip("&")[0] == "i" and one.to[0] == "u"
    return signed and sign is not None and code.text(sign) in ("+", "-")


def _divided(node: Any, code: Statements) -> bool:
    sign = node.child_by_field_name("operator") if node.type == "binary_expression" else None
    return sign is not None and code.text(sign) == "/"


def _operands(error: Diagnostic, path: str, said: "re.Match[str]", sides: tuple[Any, Any]) -> Iterator[Meeting]:
    left, right, sign = said["left"], said["right"], said["sign"]
    if left == "{integer}" and right in FLOATS:
        yield Meeting(error, path, sides[0], "{integer}", right)
    elif right == "{integer}" and left in FLOATS:
        yield Meeting(error, path, sides[1], "{integer}", left)
    elif "{float}" in (left, right) and _simple(left if right == "{float}" else right):
        side, of = (sides[0], left) if right == "{float}" else (sides[1], right)
        yield Meeting(error, path, side, of, "f64")
    elif not (_simple(left) and _simple(right)):
        return
    elif left.lstrip("&") == right.lstrip("&"):  # one of them is a reference
        side, of = (sides[0], left) if left.startswith("&") else (sides[1], right)
        yield Meeting(error, path, side, of, of.lstrip("&"))
    elif right.lstrip("&") in FLOATS and left.lstrip("&") in INTEGERS and not sign.endswith("="):
        yield Meeting(error, path, sides[0], left, right.lstrip("&"))
    else:
        yield Meeting(error, path, sides[1], right, left.lstrip("&"))


def _simple(kind: str) -> bool:
    return kind.lstrip("&") in SIMPLE


def _edits(one: Meeting, code: Statements) -> list[Rewrite]:
    """Return the edits that convert one expression."""
    node, text = one.node, code.text(one.node)
    if node.type == "char_literal" and one.to == "u8" and text.isascii():
        return [instead(node, f"b{text}")]
    if one.to == "char" and re.fullmatch(r"b'.*'", text):
        return [instead(node, text[1:])]
    if node.type == "integer_literal" and one.to in FLOATS:
        return [instead(node, f"{re.sub('[iu](8|16|32|64|128|size)$', '', text)}.0")] if text[:2] not in RADIX else []
    of, to = one.of.lstrip("&").strip("{}"), one.to.lstrip("&")
    if (of == "bool" and to in FLOATS) or to == "bool" or one.to.startswith("&"):
        return []
    star = "*" * one.of.count("&")
    start, end = node.start_byte, node.end_byte
    atom = node.type in ATOMS
    if of == to:
        wrapped = f"{star}{'' if atom else '('}", "" if atom else ")"
    elif lossless(of, to):
        wrapped = f"{to}::from({star}{'' if atom or not star else '('}", ")" if atom or not star else "))"
    elif to == "char":
        return []
    else:
        middle = " as u32" if of == "char" and to != "u8" else ""
        inner = f"{star}{'' if atom else '('}", "" if atom else ")"
        outer = ("(", ")") if node.parent is not None and _tight(node) else ("", "")
        wrapped = outer[0] + inner[0], f"{inner[1]}{middle} as {to}{outer[1]}"
    if node.parent is not None and node.parent.type == "shorthand_field_initializer":
        wrapped = f"{text}: {wrapped[0]}", wrapped[1]
    return [Rewrite(start, start, wrapped[0]), Rewrite(end, end, wrapped[1])]


RADIX = ("0x", "0b", "0o")


def _tight(node: Any) -> bool:
    """Return whether what is around an expression binds as tightly as `as`, or could read `<` as a type's."""
    parent = node.parent
    return parent.type in TIGHT or (parent.type == "call_expression" and parent.child_by_field_name("function") == node)
