"""A value is given away and looked at afterwards (E0382): the statement that gives it away comes after the last look.

`self.orders.push(order); … format!("{}", order.total())`: the `push` moves behind the statement that uses `order` last;
where that is what the block gives back, this is computed into a variable first. A part that one of these uses moves out
(`entry(order.customer)`) is cloned there, since the whole is still needed.

Offered only where nothing that is jumped over leaves the block, or names the place that the statement changes.

Not covered: loops in which the value was moved the time before. Moving the uses up is in `borrowck_fixes`.
Source: rustc --explain E0382; the Book, ch. 4.1.
"""

import re
from collections.abc import Iterator
from typing import Any

from rusta.loop.think.hypotheses import Cost, Hypothesis
from rusta.loop.think.situation import Situation
from rusta.loop.think.strategies.loans.crate_types import CrateTypes, crate_types
from rusta.loop.think.strategies.loans.name_uses import unused, uses
from rusta.tools.declared import tested
from rusta.tools.diagnostics import Diagnostic
from rusta.tools.statements import MOVABLE, Rewrite, Statements, after, instead
from rusta.tools.syntax_walk import innermost, under

SAID = re.compile(r"^(?P<how>use|borrow|assign to part) of (?:partially )?moved value: `(?P<place>[^`]+)`")
GIVEN = re.compile(r"^(?:value moved here$|`(?P<place>[^`]+)` moved due to)")
LEAVES = ("return_expression", "try_expression", "break_expression", "continue_expression")
BY_VALUE = {
    "assignment_expression", "let_declaration", "arguments", "field_initializer", "tuple_expression", "return_expression",
    "array_expression", "block",
}  # fmt: skip
MOST = 4


def moved_later(situation: Situation) -> Iterator[Hypothesis]:
    """Yield each statement that gives a value away too early, behind the last use of the value."""
    groups: dict[tuple[str, int], list[Diagnostic]] = {}
    for error in situation.errors:
        at = error.primary
        if error.code == "E0382" and at and SAID.match(error.message):
            begin = next((span for span in error.spans if span.path == at.path and GIVEN.match(span.label or "")), None)
            if begin is not None:
                groups.setdefault((at.path, begin.start), []).append(error)
    if not groups:
        return
    types = crate_types(situation)
    for (path, start), errors in list(groups.items())[:MOST]:
        code = situation.code(path)
        begin = next(span for error in errors for span in error.spans if span.start == start and span.path == path)
        moved = code.node(begin.start, begin.end) if code is not None else None
        if code is None or moved is None or tested(path, moved, code):
            continue
        place = GIVEN.match(begin.label or "")
        if edits := _later(moved, (place and place["place"]) or code.text(moved), errors, code, types):
            said = " ".join(code.text(code.statement(moved)).split())
            said = said if len(said) <= 48 else f"{said[:48]}…"
            reason = f"`{(place and place['place']) or code.text(moved)}` is given away by `{said}` after its last use"
            yield situation.hypothesis(
                errors[0], reason, {path: edits}, Cost.SMALL, f"`{said}` happens later than before"
            )


def _later(moved: Any, place: str, errors: list[Diagnostic], code: Statements, types: CrateTypes) -> list[Rewrite]:
    """Return the edits that move a statement, [] where it cannot be moved."""
    giving = code.statement(moved)
    root = re.match(r"\w+", place)
    if giving is None or root is None or giving.type not in MOVABLE or giving.parent.type != "block":
        return []
    if innermost(moved, "closure_expression", "for_expression") is not None and code.statement(moved) != giving:
        return []
    block, word = giving.parent, root[0]
    later = uses(code, block, word, giving.end_byte)
    if word == "self":
        later = [at for at in later if code.source.startswith(place.encode(), at.start_byte)]
    last = later[-1] if later else None
    while last is not None and last.parent != block:
        last = last.parent
    if last is None:
        return []
    jumped = code.between(giving.next_named_sibling, last)
    jumped.append(last)
    if any(True for one in jumped for _ in under(one, *LEAVES)) or any(code.leans(one, [giving]) for one in jumped):
        return []
    inner = giving.named_children[0] if giving.type == "expression_statement" and giving.named_children else None
    called = inner.child_by_field_name("function") if inner is not None and inner.type == "call_expression" else None
    changed = called.child_by_field_name("value") if called is not None and called.type == "field_expression" else None
    if changed is not None and any(_names(one, code.text(changed), code) for one in jumped):
        return []
    clones = [after(node, ".clone()") for at in later if (node := _taken(at, code, types)) is not None]
    function = innermost(block, "function_item") or block
    if last.type in MOVABLE:
        return [*code.moved(giving, last.end_byte), *clones]
    name = unused(code, function, "result", set())
    line = code.source[code.source.rfind(b"\n", 0, last.start_byte) + 1 : last.start_byte].decode("utf-8", "replace")
    gap = f"\n{line}" if not line.strip() else " "
    _, gone = code.moved(giving, last.start_byte)
    if clones and any(last.start_byte <= one.start < last.end_byte for one in clones):
        return []
    return [gone, *clones, instead(last, f"let {name} = {code.text(last)};{gap}{code.text(giving)}{gap}{name}")]


def _taken(at: Any, code: Statements, types: CrateTypes) -> Any:
    """Return the field of a variable that is moved out where the variable is used; None where nothing is."""
    node = at.parent
    if node.type != "field_expression" or node.child_by_field_name("value") != at or node.parent.type not in BY_VALUE:
        return None
    if node.parent.type == "assignment_expression" and node.parent.child_by_field_name("left") == node:
        return None
    field = code.text(node.child_by_field_name("field"))
    kinds = [fields[field] for fields in types.fields.values() if field in fields]
    return node if any(types.copy("it", kind) != "it" for kind in kinds) else None


def _names(node: Any, place: str, code: Statements) -> bool:
    """Return whether code names a place, or all of `self` where the place is in it."""
    text = code.text(node)
    return bool(re.search(rf"(?<![.\w]){re.escape(place)}(?!\w)", text))
