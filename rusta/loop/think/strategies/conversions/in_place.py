"""A method that changes a value in place is used for its result (E0308, E0599 on `()`); or several values for one (E0061).

`let sorted = list.clone().sort();` binds `()`: the value is bound first, and then changed. `list.push(a, b)` of a list of
pairs is `list.push((a, b))`; a loop over `(n, one)` of an iterator of single items counts them, by `.enumerate()`.

Not covered: chains that go on after the change. Source: the documentation of `slice::sort`, `Iterator::enumerate`.
"""

import re
from collections.abc import Iterator
from typing import Any

from rusta.loop.think.hypotheses import Cost, Hypothesis
from rusta.loop.think.situation import Situation
from rusta.loop.think.strategies.conversions.absent_values import bound_by
from rusta.tools.declared import tested
from rusta.tools.diagnostics import Diagnostic
from rusta.tools.statements import Rewrite, Statements, after
from rusta.tools.syntax_walk import FileEdits, innermost

CHANGES = re.compile(
    r"sort\w*|reverse|push\w*|extend\w*|dedup\w*|retain\w*|clear|truncate|append|insert_str|fill|swap|resize|rotate_\w+|shuffle"
)
NOTHING = re.compile(r"found `\(\)`|for unit type `\(\)`")
SURPLUS = re.compile(r"takes 1 argument but (?P<given>\d+) arguments were supplied")
ITEMS = re.compile(r"this is an iterator with items of type `(?P<item>[^`]+)`")
TAKES_ONE = {"push", "push_back", "push_front", "insert", "send", "extend_one"}


def in_place(situation: Situation) -> Iterator[Hypothesis]:
    """Yield the edits of all places at once."""
    edits: FileEdits = {}
    told: list[str] = []
    first = None
    for error in situation.errors:
        at = error.primary
        code = situation.code(at.path) if at and error.code in ("E0308", "E0599", "E0061") else None
        node = code.node(at.start, at.end) if at and code else None
        if at is None or code is None or node is None or tested(at.path, node, code):
            continue
        found = _together(error, node, code) or _counted(error, node, code) or _changed(error, node, code)
        if found is not None and found[1][0] not in edits.get(at.path, []):
            edits.setdefault(at.path, []).extend(found[1])
            told.append(found[0])
            first = first or error
    if first is not None:
        reason = f"a value is made before it is changed, or of all its parts: {', '.join(dict.fromkeys(told))}"
        yield situation.hypothesis(first, reason, edits, Cost.NONE)


def _together(error: Diagnostic, node: Any, code: Statements) -> tuple[str, list[Rewrite]] | None:
    """Return the edits that put several arguments into one pair."""
    said = SURPLUS.search(error.message) if error.code == "E0061" else None
    call = innermost(node, "call_expression") if said else None
    called = call.child_by_field_name("function") if call is not None else None
    if call is None or called is None or called.type != "field_expression":
        return None
    given = call.child_by_field_name("arguments")
    if code.text(called.child_by_field_name("field")) not in TAKES_ONE or len(given.named_children) < 2:
        return None
    return "`((..))`", [Rewrite(given.start_byte, given.start_byte, "("), after(given, ")")]


def _counted(error: Diagnostic, node: Any, code: Statements) -> tuple[str, list[Rewrite]] | None:
    """Return the edit that counts the items of a loop over pairs."""
    span = next((span for span in error.spans if ITEMS.search(span.label or "")), None)
    if error.code != "E0308" or span is None or node.type != "tuple_pattern" or len(node.named_children) != 2:
        return None
    value = code.node(span.start, span.end)
    inner = ".iter()" if value.type == "reference_expression" else ""
    return "`.enumerate()`", [
        after(value, f"{inner}.enumerate()") if not inner
        else Rewrite(value.start_byte, value.end_byte, f"{code.text(value.child_by_field_name('value'))}.iter().enumerate()")
    ]  # fmt: skip


def _changed(error: Diagnostic, node: Any, code: Statements) -> tuple[str, list[Rewrite]] | None:
    """Return the edits that bind a value before it is changed."""
    said = (error.primary.label or "") if error.primary else ""
    if not NOTHING.search(said + error.message):
        return None
    if node.type == "field_identifier":
        node = node.parent.child_by_field_name("value")
    let = bound_by(node, code) if node.type == "identifier" else None
    value = let.child_by_field_name("value") if let is not None else None
    called = value.child_by_field_name("function") if value is not None and value.type == "call_expression" else None
    if let is None or value is None or called is None or called.type != "field_expression":
        return None
    if not CHANGES.fullmatch(code.text(called.child_by_field_name("field"))):
        return None
    holder = called.child_by_field_name("value")
    name = code.text(let.child_by_field_name("pattern")).removeprefix("mut ")
    line = code.source[code.source.rfind(b"\n", 0, let.start_byte) + 1 : let.start_byte].decode("utf-8", "replace")
    gap = f"\n{line}" if not line.strip() else " "
    rest = code.source[holder.end_byte : value.end_byte].decode("utf-8", "replace").lstrip()
    text = f"let mut {name} = {code.text(holder)};{gap}{name}{rest};"
    return f"`{name}{rest[:30]}`", [Rewrite(let.start_byte, let.end_byte, text)]
