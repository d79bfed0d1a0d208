"""Two elements of one list or map are borrowed for changes by one call: `swap`, or `get_disjoint_mut` (from Rust 1.86 on).

The borrow checker sees that two fields differ, and not that two indices do. Elements come as `&mut v[i]`, as the
receiver of a method (`v[i].pour(&mut v[j])`), or from `get_mut` with `unwrap`, `?`, `ok_or(…)?` or a pattern
`(Some(a), Some(b))`; what was said where there is no such element is said by the one call, too.

Not covered: more than two elements, and two `get_mut` with different errors.
Source: std, `slice::get_disjoint_mut`, `HashMap::get_disjoint_mut`; the Nomicon, "Splitting Borrows".
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from rusta.loop.think.hypotheses import FREE, Cost
from rusta.loop.think.strategies.loans.loan_labels import LoanSite
from rusta.loop.think.strategies.loans.name_uses import function_around, unused, uses
from rusta.tools.statements import Rewrite, Statements, instead
from rusta.tools.syntax_walk import innermost

BorrowedTogether = tuple[str, list[Rewrite], Cost, str]  # a reason, edits, their cost, and what they give up
EQUAL = "the same place twice panics"
NOTHING = "the same place twice counts as none"
SLICE = re.compile(r"(&mut )?([\w.]+)\[([^\[\]]+)\]((?:\.\w+)*)")
GOT = re.compile(
    r"([\w.]+)\s*\.get_mut\((.+?)\)\s*(\.unwrap\(\)|\.expect\(\"[^\"]*\"\)|(?:\.ok_or\(.*\)|\.ok_or_else\(.*\))?\?|)",
    re.S,
)


@dataclass(frozen=True)
class Element:
    """A borrow of an element: the expression, the list, the key, what follows `get_mut`, and fields behind it."""

    node: Any
    list: str
    key: str
    end: str | None = None  # None for an index
    fields: str = ""
    bare: bool = False  # a receiver, borrowed by the call itself

    @property
    def fails(self) -> bool:
        """Whether the function ends where there is no such element."""
        return self.end is not None and self.end.endswith("?")


def disjoint_elements(site: LoanSite) -> Iterator[BorrowedTogether]:
    """Yield how two elements of one list or map are borrowed at once."""
    code = site.code
    one, other = _element(code, site.begins), _element(code, site.meets)
    if one is None or other is None or one.list != other.list or one.node == other.node:
        return
    reason = f"two elements of `{one.list}` are borrowed by one call, which sees that they are not the same"
    call = one.node.parent.parent if one.node.parent.type == "arguments" else None
    if call is not None and other.node.parent == one.node.parent:
        function = code.text(call.child_by_field_name("function"))
        plain = one.end is None and not (one.fields or other.fields)
        if re.fullmatch(r"(?:(?:std|core)::)?(?:mem::)?swap", function) and plain:
            swapped = f"two elements of `{one.list}` are swapped by index"
            yield swapped, [instead(call, f"{one.list}.swap({one.key}, {other.key})")], Cost.NONE, FREE
            return
    if (one.end == "") != (other.end == "") or one.fails != other.fails:
        return
    if one.end == "":
        yield from ((reason, edits, Cost.SMALL, NOTHING) for edits in _matched(code, one, other))
        return
    first, second = code.statement(one.node), code.statement(other.node)
    if first is None or second is None or (one.fails and one.end != other.end):
        return
    for before, pattern, after, trade in _calls(code, one, other):
        cost = Cost.RUNTIME if trade == EQUAL else Cost.SMALL
        edits = _inline(code, one, other, before, pattern, after) if first == second else (
            _bound(code, one, other, before, pattern, after))  # fmt: skip
        if edits:
            yield reason, edits, cost, trade


def _calls(code: Statements, one: Element, other: Element) -> Iterator[tuple[str, str, str, str]]:
    """Yield the call, the pattern for two names in it, what follows, and what is given up: for a list and for a map."""
    both = f"{one.list}.get_disjoint_mut([{one.key}, {other.key}])"
    if one.end is None:
        yield f"{both}.unwrap()", "[{}, {}]", "", EQUAL
        return
    ways = []
    if not one.fails:
        ways += [(f"{both}.map(|one| one.unwrap())", "[{}, {}]", "", EQUAL)]
        ways += [] if "&" in one.key else [(f"{both}.unwrap()", "[{}, {}]", "", EQUAL)]
    else:
        ways += [] if "&" in one.key else [(f"{both}.ok(){one.end}", "[{}, {}]", "", NOTHING)]
        kind = function_around(one.node).child_by_field_name("return_type")
        failed = re.fullmatch(r"\.ok_or\((.*)\)\?", one.end, re.S)
        leaves = f"Err({failed[1]}.into())" if failed else "None"
        if kind is not None and ("Option<" in code.text(kind)) == (failed is None) and "_else(" not in one.end:
            ways += [(both, "[Some({}), Some({})]", f" else {{ return {leaves} }}", EQUAL)]
    digits = re.fullmatch(r"[\d+\- ]+", one.key)
    yield from (reversed(ways) if digits and not one.fails else ways)


def _inline(code: Statements, one: Element, other: Element, call: str, pattern: str, after: str) -> list[Rewrite]:
    """Return the edits of one statement that borrows both: they are bound before it."""
    if innermost(one.node, "closure_expression") != innermost(other.node, "closure_expression"):
        return []
    statement = code.statement(one.node)
    function = function_around(statement)
    names = [unused(code, function, name, set()) for name in ("first", "second")]
    said = [
        f"&mut {name}{part.fields}" if part.fields else name for name, part in zip(names, (one, other), strict=True)
    ]
    line = code.before(statement, f"let {pattern.format(*names)} = {call}{after};")
    return [line, instead(one.node, said[0]), instead(other.node, said[1])]


def _bound(code: Statements, one: Element, other: Element, call: str, pattern: str, after: str) -> list[Rewrite]:
    """Return the edits of two `let` that bind one element each: the second binds both."""
    first, second = code.statement(one.node), code.statement(other.node)
    if one.fields or other.fields or first.parent != second.parent or any(
        at.type != "let_declaration" or at.child_by_field_name("value") != part.node
        for at, part in zip((first, second), (one, other), strict=True)
    ):  # fmt: skip
        return []
    names = [code.text(at.child_by_field_name("pattern")) for at in (first, second)]
    between = [at for at in uses(code, first.parent, names[0], first.end_byte) if at.end_byte <= second.end_byte]
    if between or not all(name.isidentifier() for name in names):
        return []
    gone = first.end_byte + len(code.source[first.end_byte :]) - len(code.source[first.end_byte :].lstrip())
    return [Rewrite(first.start_byte, gone, ""), instead(second, f"let {pattern.format(*names)} = {call}{after};")]


def _matched(code: Statements, one: Element, other: Element) -> Iterator[list[Rewrite]]:
    """Yield `Ok([a, b])` of a list and `[Some(a), Some(b)]` of a map, for a pattern of two `Some`."""
    pair = one.node.parent
    if pair.type != "tuple_expression" or other.node.parent != pair or len(pair.named_children) != 2:
        return
    pattern = pair.parent.child_by_field_name("pattern")
    said = re.fullmatch(r"\(\s*Some\((.+)\),\s*Some\((.+)\),?\s*\)", code.text(pattern), re.S) if pattern else None
    if said is None or pair.parent.type not in ("let_condition", "let_declaration"):
        return
    call = instead(pair, f"{one.list}.get_disjoint_mut([{one.key}, {other.key}])")
    ways = [f"Ok([{said[1]}, {said[2]}])", f"[Some({said[1]}), Some({said[2]})]"]
    for text in reversed(ways) if "&" in one.key else ways:
        yield [instead(pattern, text), call]


def _element(code: Statements, node: Any) -> Element | None:
    """Return the expression that borrows an element for changes."""
    found = None
    while node is not None and node.type not in ("let_declaration", "block", "arguments", "let_condition"):
        said = code.text(node)
        if node.type in ("reference_expression", "index_expression") and (slice_ := SLICE.fullmatch(said)):
            if ".." in slice_[3]:
                return None
            if slice_[1]:
                return Element(node, slice_[2], slice_[3], None, slice_[4])
            above = node.parent
            while above.type == "field_expression":
                above = above.parent
            called = above.type == "call_expression" and node.parent.type == "field_expression"
            if called and above.child_by_field_name("function").start_byte == node.start_byte:
                return Element(node, slice_[2], slice_[3], None, "", True)
        if node.type in ("call_expression", "try_expression") and (got := GOT.fullmatch(said)):
            found = Element(node, got[1], got[2], got[3])
        node = node.parent
    return found
