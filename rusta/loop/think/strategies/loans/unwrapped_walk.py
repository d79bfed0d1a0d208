"""A cursor walks along a list or down a tree, and the place where it stops is used afterwards (E0499, E0506).

The loan that `while let Some(next) = place.as_mut()` begins lives on where the cursor takes it over, on the way out as
well, since the borrow checker does not tell the two ways apart (problem case 4 of RFC 2094, open without Polonius).
Where the place is only asked whether there is something, and unwrapped anew at each use, every loan is short. The same
for `if let` and for a `match` with a `Some` and an empty arm.

A walk that uses its list up (`rest = node.next`, E0507) takes each node out of the cursor instead of borrowing it.

Not covered: guards in a `match`, names that are used after the cursor has moved, and walks through calls.
"""

import re
from collections.abc import Iterator
from typing import Any

from rusta.loop.think.hypotheses import Cost, Hypothesis
from rusta.loop.think.situation import Situation
from rusta.loop.think.strategies.loans.name_uses import in_format, preorder, uses
from rusta.tools.diagnostics import Diagnostic
from rusta.tools.statements import Rewrite, Statements, instead
from rusta.tools.syntax_walk import innermost

HOLDERS = ("let_condition", "match_expression")
LENT = re.compile(r"^&\s*mut\s+|\.as_(?:deref_)?mut\(\)$")


def unwrapped_walk(situation: Situation) -> Iterator[Hypothesis]:
    """Yield, for each loan that a walk keeps, the walk with short loans; and the walk that owns what it passes."""
    known: set[tuple[str, int]] = set()
    for error in situation.errors:
        for path, code, holder in _holders(situation, error):
            if (path, holder.start_byte) in known:
                continue
            known.add((path, holder.start_byte))
            if (edits := _asked(code, holder)) is not None:
                said = code.text(holder.child_by_field_name("value"))
                reason = (
                    f"the walk asks whether there is something and unwraps it at each use, so that no loan of `{said}` "
                    "outlives its step"
                )
                lent = _lent_between(code, holder)
                trade = "where something in between empties the place, it panics" if lent else ""
                trade = trade or "each `unwrap` follows a test that there is something"
                cost = Cost.RUNTIME if lent else Cost.NONE
                yield situation.hypothesis(error, reason, {path: edits}, cost, trade)
        if (lent := _looked_at(situation, error)) is not None:
            path, edits, name = lent
            reason = f"the walk only looks, so `{name}` borrows each step of it instead of taking it"
            yield situation.hypothesis(error, reason, {path: edits}, Cost.NONE)
        if (owned := _used_up(situation, error)) is not None:
            path, edits, name = owned
            reason = f"the walk owns the rest, so each node is taken out of `{name}` instead of being borrowed"
            yield situation.hypothesis(error, reason, {path: edits}, Cost.NONE)


def _holders(situation: Situation, error: Diagnostic) -> Iterator[tuple[str, Statements, Any]]:
    """Yield the conditions and matches whose value begins a loan that an error is about."""
    if error.code not in ("E0499", "E0506", "E0503", "E0505"):
        return
    for span in error.spans:
        code = situation.code(span.path)
        if code is None or not re.search(r"borrow", span.label or ""):
            continue
        holder = innermost(code.node(span.start, span.end), *HOLDERS, "block")
        if holder is not None and holder.type in HOLDERS:
            yield span.path, code, holder


def _bound(code: Statements, pattern: Any) -> tuple[str, bool] | None:
    """Return the name that a pattern `Some(name)` binds, and whether it says `ref mut`."""
    found = re.fullmatch(r"Some\(\s*(ref\s+mut\s+)?([a-z_]\w*)\s*\)", code.text(pattern))
    return (found[2], bool(found[1])) if found else None


def _asked(code: Statements, holder: Any) -> list[Rewrite] | None:
    """Return the edits of a walk that asks and unwraps."""
    value, whole = holder.child_by_field_name("value"), holder.parent
    if holder.type == "let_condition":
        pattern, block = holder.child_by_field_name("pattern"), whole.child_by_field_name("consequence")
        block = block if block is not None else whole.child_by_field_name("body")
        if whole.type not in ("while_expression", "if_expression") or block is None:
            return None
    else:
        arms = _two_arms(code, holder)
        if arms is None:
            return None
        pattern, block = arms[0].child_by_field_name("pattern"), arms[0].child_by_field_name("value")
    bound = _bound(code, pattern)
    said = code.text(value)
    place = LENT.sub("", LENT.sub("", said)).lstrip("*").strip()
    if bound is None or not re.fullmatch(r"\w+(\.\w+)*", place):
        return None
    name = bound[0]
    within = innermost(block, "function_item")
    if in_format(code, block, name) or within is None:
        return None
    again = said if re.search(r"\.as_(?:deref_)?mut\(\)$", said) else f"{place}.as_mut()"
    places = uses(code, block, name)
    if not places or _moves(code, block, place, places):
        return None
    edits = [instead(at, _written(code, at, name, f"{again}.unwrap()")) for at in places]
    if holder.type == "let_condition":
        return [instead(holder, f"{place}.is_some()"), *edits]
    return [*_as_if(code, holder, f"{place}.is_some()"), *edits]


def _lent_between(code: Statements, holder: Any) -> bool:
    """Return whether something that the walk holds is called, or given away, while a part of it is looked at."""
    root = re.split(r"\W+", LENT.sub("", code.text(holder.child_by_field_name("value"))).lstrip("*& "))[0]
    within = holder if holder.type == "match_expression" else holder.parent
    value = holder.child_by_field_name("value")
    for at in uses(code, within, root):
        above = at.parent
        while above.type == "field_expression":
            at, above = above, above.parent
        written = above.type == "assignment_expression" or above.type == "unary_expression"
        if not written and not value.start_byte <= at.start_byte < value.end_byte and at.type != "field_expression":
            return True
        if above.type == "call_expression" and above.child_by_field_name("function") == at and root == "self":
            return True
    return False


def _written(code: Statements, at: Any, name: str, text: str) -> str:
    """Return how a use reads; a field that is given in short keeps its name."""
    return f"{name}: {text}" if at.parent.type == "shorthand_field_initializer" else text


def _two_arms(code: Statements, match: Any) -> tuple[Any, Any] | None:
    """Return the `Some` arm of a `match` and its empty arm, where it has these two and no guards."""
    body = match.child_by_field_name("body")
    arms = [one for one in body.named_children if one.type == "match_arm"]
    if len(arms) != 2 or any(one.child_by_field_name("pattern").child_by_field_name("condition") for one in arms):
        return None
    first, other = sorted(arms, key=lambda one: _bound(code, one.child_by_field_name("pattern")) is None)
    return (first, other) if code.text(other.child_by_field_name("pattern")) in ("None", "_") else None


def _as_if(code: Statements, match: Any, asked: str) -> list[Rewrite]:
    """Return the edits that make an `if` of a `match` with a `Some` arm and an empty one; the arms stay as they are."""
    arms = _two_arms(code, match)
    if arms is None:
        return []
    ordered = sorted(arms, key=lambda one: one.start_byte)
    bodies = [one.child_by_field_name("value") for one in ordered]
    braced = [("", "") if one.type == "block" else ("{ ", " }") for one in bodies]
    head = asked if ordered[0] == arms[0] else asked.replace(".is_some()", ".is_none()")
    return [
        Rewrite(match.start_byte, bodies[0].start_byte, f"if {head} {braced[0][0]}"),
        Rewrite(bodies[0].end_byte, bodies[1].start_byte, f"{braced[0][1]} else {braced[1][0]}"),
        Rewrite(bodies[1].end_byte, match.end_byte, braced[1][1]),
    ]


def _moves(code: Statements, block: Any, place: str, places: list[Any]) -> bool:
    """Return whether the place, or the cursor in it, is assigned and the name used after that on the same way."""
    cursor = place.split(".")[0]
    for at in preorder(block):
        left = at.child_by_field_name("left") if at.type == "assignment_expression" else None
        if left is None or code.text(left).lstrip("*(").rstrip(")") not in (cursor, place):
            continue
        around = innermost(at.parent, "block", "match_arm")
        last = around.named_children[-1] if around.type == "block" and around.named_children else None
        leaves = last is not None and re.match(r"(return|break|continue)\b", code.text(last))
        end = around.end_byte if leaves and around != block else block.end_byte
        since = around.end_byte if leaves and around != block else at.end_byte
        if any(at.end_byte <= one.start_byte < end or (since <= one.start_byte and not leaves) for one in places):
            return True
    return False


def _looked_at(situation: Situation, error: Diagnostic) -> tuple[str, list[Rewrite], str] | None:
    """Return the edits of a walk `let mut at = self.head;` behind `&self` that moves along: its cursor borrows."""
    span = next((one for one in error.spans if one.primary), None)
    if error.code != "E0507" or span is None or "behind a shared reference" not in error.message:
        return None
    code = situation.code(span.path)
    moved = code.node(span.start, span.end) if code is not None else None
    let = moved.parent if moved is not None else None
    if code is None or moved is None or let is None or let.type != "let_declaration":
        return None
    name = code.text(let.child_by_field_name("pattern"))
    if not name.isidentifier() or let.child_by_field_name("type") is not None:
        return None
    edits = [Rewrite(moved.start_byte, moved.start_byte, "&")]
    for at in uses(code, let.parent, name, let.end_byte):
        above = at.parent
        right = above.child_by_field_name("right") if above.type == "assignment_expression" else None
        if right is not None and above.child_by_field_name("left") == at and right.type == "field_expression":
            edits.append(Rewrite(right.start_byte, right.start_byte, "&"))
    return (span.path, edits, name) if len(edits) > 1 else None


def _used_up(situation: Situation, error: Diagnostic) -> tuple[str, list[Rewrite], str] | None:
    """Return the edits of a walk `while let Some(node) = &rest { rest = node.next; }` over an owned `rest`."""
    span = next((one for one in error.spans if one.primary), None)
    if error.code != "E0507" or span is None or "reference" not in error.message:
        return None
    code = situation.code(span.path)
    moved = code.node(span.start, span.end) if code is not None else None
    if code is None or moved is None or moved.type != "field_expression":
        return None
    above, loop = moved.parent, innermost(moved, "while_expression", "function_item")
    condition = loop.child_by_field_name("condition") if loop is not None and loop.type == "while_expression" else None
    if condition is None or condition.type != "let_condition" or above.type != "assignment_expression":
        return None
    pattern, value = condition.child_by_field_name("pattern"), condition.child_by_field_name("value")
    found = re.fullmatch(r"Some\(\s*(?:ref\s+(?:mut\s+)?)?(\w+)\s*\)", code.text(pattern))
    name = re.sub(r"^&\s*(mut\s+)?|\.as_(deref_)?(mut|ref)\(\)$", "", code.text(value))
    left = code.text(above.child_by_field_name("left"))
    if found is None or not name.isidentifier() or left != name or code.text(moved.named_children[0]) != found[1]:
        return None
    if code.text(value) == name and "ref" not in code.text(pattern):
        return None
    function = innermost(loop, "function_item")
    before = code.source[function.start_byte : loop.start_byte].decode("utf-8", "replace")
    if not re.search(rf"\bmut\s+{name}\b", before):
        return None
    body = loop.child_by_field_name("body")
    others = [at for at in uses(code, function, name, loop.start_byte)
              if not (value.start_byte <= at.start_byte < value.end_byte) and at != above.child_by_field_name("left")]  # fmt: skip
    jumps = any(at.type in ("break_expression", "continue_expression") for at in preorder(body))
    changed = "mut " if re.search(rf"&mut {found[1]}\b|\b{found[1]}\.\w+\.take\(\)", code.text(body)) else ""
    taken = f"{name}.take()" if others or jumps else name
    return span.path, [instead(pattern, f"Some({changed}{found[1]})"), instead(value, taken)], name
