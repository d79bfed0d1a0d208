"""A walk down a tree or list moves what it should only borrow (E0507): its cursor is a reference.

`let mut at = self.root; while let Some(node) = at { at = node.left; } at = Some(new);` in a method with `&mut self`: the
cursor refers to the place (`&mut self.root`), goes on to `&mut node.left`, and what is stored where it ends is stored in
the place, `*at = …`. Where `?` takes an `Option` out of `&self`, it is asked for its reference, `self.root.as_ref()?`.

Not covered: walks through calls. Source: RFC 2094 (NLL), problem case 4; std, `Option::as_ref`.
"""

import re
from collections.abc import Iterator
from typing import Any

from rusta.loop.think.hypotheses import FREE, Cost, Hypothesis
from rusta.loop.think.situation import Situation
from rusta.loop.think.strategies.loans.name_uses import function_around
from rusta.loop.think.strategies.signatures.distinct_arms import branch_ends
from rusta.tools.declared import tested
from rusta.tools.statements import Rewrite, Statements
from rusta.tools.syntax_walk import FileEdits, innermost, under

PLACES = ("field_expression", "index_expression")


def walked_places(situation: Situation) -> Iterator[Hypothesis]:
    """Yield each walk with a reference as its cursor, and all options that are only looked into."""
    asked: FileEdits = {}
    first = None
    for error in situation.errors:
        at = error.primary
        code = situation.code(at.path) if at and error.code == "E0507" else None
        if at is None or code is None or tested(at.path, code.node(at.start, at.end), code):
            continue
        node = code.node(at.start, at.end)
        if node.parent.type == "try_expression" and node.type in PLACES:
            asked.setdefault(at.path, []).append(Rewrite(node.end_byte, node.end_byte, ".as_ref()"))
            asked[at.path] += _steps(node.parent, code)
            first = first or error
            continue
        let = node.parent if node.type in PLACES and node.parent.type == "let_declaration" else None
        if let is not None and (edits := _walk(let, node, code)):
            name = code.text(let.child_by_field_name("pattern"))
            reason = f"`{name}` goes from place to place, so it refers to each of them, and takes nothing out"
            yield situation.hypothesis(error, reason, {at.path: edits}, Cost.NONE, FREE)
    if first is not None:
        reason = "what is only looked at is asked for by reference: `.as_ref()?`"
        yield situation.hypothesis(first, reason, asked, Cost.NONE, FREE)


def _steps(begins: Any, code: Statements) -> Iterator[Rewrite]:
    """Yield the borrows of the steps that a cursor takes by `while let Some(next) = cursor.next { cursor = next; }`."""
    let = begins.parent
    name = (
        code.text(let.child_by_field_name("pattern")).removeprefix("mut ").strip()
        if let.type == "let_declaration"
        else ""
    )
    for loop in under(function_around(begins), "while_expression") if name else ():
        for one in under(loop.named_children[0], "let_condition"):
            value = one.child_by_field_name("value")
            moved = re.search(rf"\b{name}\s*=[^=]", code.text(loop.child_by_field_name("body")))
            if value.type in PLACES and code.text(value).startswith(f"{name}.") and moved:
                yield Rewrite(value.start_byte, value.start_byte, "&")


def _walk(let: Any, value: Any, code: Statements) -> list[Rewrite]:
    """Return the edits of a cursor that a `while let` moves on; [] where it is none."""
    name = code.text(let.child_by_field_name("pattern")).removeprefix("mut ").strip()
    function = function_around(let)
    moves = [
        one for one in under(function, "assignment_expression")
        if code.text(one.child_by_field_name("left")) == name and one.start_byte > let.end_byte
    ]  # fmt: skip
    loops = [
        one
        for one in under(function, "while_expression")
        if re.search(rf"=\s*{name}\b", code.text(one.named_children[0]))
    ]
    inside = [one for one in moves if any(loop.start_byte < one.start_byte < loop.end_byte for loop in loops)]
    stores = [one for one in moves if one not in inside]
    if not inside or let.child_by_field_name("type") is not None:
        return []
    receiver = innermost(let, "function_item").child_by_field_name("parameters")
    changes = "&mut self" in code.text(receiver) or bool(stores)
    lent = "&mut " if changes else "&"
    edits = [Rewrite(value.start_byte, value.start_byte, lent)]
    for one in inside:
        ends = branch_ends(one.child_by_field_name("right"))
        if any(end.type not in PLACES for end in ends):
            return []
        edits += [Rewrite(end.start_byte, end.start_byte, lent) for end in ends]
    return edits + [Rewrite(one.start_byte, one.start_byte, "*") for one in stores]
