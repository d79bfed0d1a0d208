"""A step of either sign from an unsigned place: `x + dx` with `x: usize` and `dx: i32` (E0277, E0308).

The sum may lie below zero, and unsigned types cannot hold that. `checked_add_signed` says so with an `Option`:

- where the sum is bound by a `let`, and a guard behind it asks `< 0` to go on elsewhere (`continue`, `break`, `return`),
  the `let` gets an `else` that does what the guard does, and the guard loses this question;
- where a guard asks `>= 0` around the rest of a loop's body, the `else` continues the loop;
- in a function that returns an `Option`, `?` hands on that there is no such place;
- anywhere, as the last choice, `wrapping_add_signed`: below zero it becomes a very large number, which a comparison
  with a size or a `get` rules out.

All sums are changed together. Not covered: steps that are multiplied first. Source: std, `usize::checked_add_signed`.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from rusta.loop.think.hypotheses import Cost, Hypothesis
from rusta.loop.think.situation import Situation
from rusta.loop.think.strategies.conversions.number_types import INTEGERS
from rusta.tools.declared import tested
from rusta.tools.diagnostics import Diagnostic
from rusta.tools.statements import Rewrite, Statements, instead
from rusta.tools.syntax_walk import innermost

STEP = re.compile(
    r"no implementation for `&?(?P<left>[iu](?:8|16|32|64|128|size)) (?P<sign>[-+]) &?(?P<right>[iu]\w+)`"
)
JUMPS = re.compile(r"^\{?\s*(?:continue|break|return\b[^;{}]*)(?:\s*'\w+)?\s*;?\s*\}?$")
LARGE = "below zero it becomes a very large number, which no list holds"
LOOKED = "it is looked each time whether there is such a place"
SKIPPED = ("line_comment", "block_comment")


@dataclass(frozen=True)
class Step:
    """A sum: its place, the unsigned operand and the step as the method wants it."""

    error: Diagnostic
    path: str
    node: Any
    place: str
    step: str

    def call(self, how: str) -> str:
        """Return the sum as a call: `checked` or `wrapping`."""
        return f"{self.place}.{how}_add_signed({self.step})"


def signed_steps(situation: Situation) -> Iterator[Hypothesis]:
    """Yield the sums as checked ones with what the code says about those below zero, then as wrapping ones."""
    steps = [one for error in situation.errors if error.code == "E0277" for one in _steps(error, situation)]
    if not steps:
        return
    rewrites: dict[str, list[Rewrite]] = {}
    left = []
    lets: dict[tuple[str, int], tuple[Any, list[Step]]] = {}
    for one in steps:
        let = _bound(one.node)
        if let is not None:
            lets.setdefault((one.path, let.start_byte), (let, []))[1].append(one)
        else:
            left.append(one)
    for (path, _), (let, these) in lets.items():
        code = situation.code(path)
        if code is None or not (edits := _guarded(let, these, code)):
            left += these
            continue
        known = rewrites.setdefault(path, [])
        known += [edit for edit in edits if edit not in known]
    for one in left:
        code = situation.code(one.path)
        function = innermost(one.node, "function_item", "closure_expression")
        returned = function.child_by_field_name("return_type") if function is not None else None
        if code and returned is not None and code.text(returned).startswith("Option"):
            rewrites.setdefault(one.path, []).append(instead(one.node, f"{one.call('checked')}?"))
        elif code:
            rewrites.setdefault(one.path, []).append(instead(one.node, one.call("wrapping")))
    wraps = any("wrapping" in edit.text for edits in rewrites.values() for edit in edits)
    reason = "a step back from an unsigned place may lead below zero: "
    how = "what the code does there is done where `checked_add_signed` finds no place"
    said = (
        how
        if left != steps
        else "`wrapping_add_signed` leads far outside then"
        if wraps
        else "then there is no place, and `?`"
    )
    yield situation.hypothesis(
        steps[0].error, reason + said, rewrites, Cost.RUNTIME if wraps else Cost.SMALL, LARGE if wraps else LOOKED
    )
    if not (wraps and left == steps):
        whole: dict[str, list[Rewrite]] = {}
        for one in steps:
            whole.setdefault(one.path, []).append(instead(one.node, one.call("wrapping")))
        yield situation.hypothesis(
            steps[0].error, f"{reason}`wrapping_add_signed` leads far outside then", whole, Cost.RUNTIME, LARGE
        )


def _steps(error: Diagnostic, situation: Situation) -> Iterator[Step]:
    at = error.primary
    code = situation.code(at.path) if at else None
    said = STEP.search(at.label or "") if at else None
    if at is None or code is None or said is None or said["left"][0] == said["right"][0]:
        return
    node = innermost(code.node(at.start, at.end), "binary_expression")
    if node is None or tested(at.path, node, code):
        return
    left, right = (node.child_by_field_name(side) for side in ("left", "right"))
    place, step, kinds = left, right, (said["left"], said["right"])
    if said["left"].startswith("i"):
        if said["sign"] == "-":
            return
        place, step, kinds = right, left, (said["right"], said["left"])
    if kinds[0] not in INTEGERS:
        return
    signed = f"i{kinds[0][1:]}"
    text = code.text(step) if step.type in PLAIN else f"({code.text(step)})"
    text = text if kinds[1] == signed else f"{text} as {signed}"
    if said["sign"] == "-":
        text = f"-({text})" if " " in text else f"-{text}"
    whole = code.text(place)
    yield Step(error, at.path, node, whole if place.type in PLAIN else f"({whole})", text)


PLAIN = {"identifier", "field_expression", "call_expression", "index_expression", "parenthesized_expression"}


def _bound(node: Any) -> Any:
    """Return the `let` that binds a sum to a name, or a tuple with it to names."""
    above = node.parent
    if above.type == "tuple_expression":
        above = above.parent
    pattern = above.child_by_field_name("pattern") if above.type == "let_declaration" else None
    return above if pattern is not None and pattern.type in ("identifier", "tuple_pattern") else None


def _guarded(let: Any, steps: list[Step], code: Statements) -> list[Rewrite]:
    """Return the edits for a `let` with a guard behind it, none where there is no guard."""
    pattern, value = let.child_by_field_name("pattern"), let.child_by_field_name("value")
    patterns = pattern.named_children if pattern.type == "tuple_pattern" else [pattern]
    values = value.named_children if value.type == "tuple_expression" else [value]
    if len(patterns) != len(values):
        return []
    sums = {one.node.id for one in steps}
    names = [code.text(at) for at, part in zip(patterns, values, strict=True) if part.id in sums]
    plain = [code.text(at) for at, part in zip(patterns, values, strict=True) if part.id not in sums]
    guard = _guard(let, names, code)
    if guard is None or (plain and value.type != "tuple_expression"):
        return []
    otherwise, edits = guard
    edits = [Rewrite(let.end_byte - 1, let.end_byte - 1, f" else {otherwise}"), *edits]
    for at, part in zip(patterns, values, strict=True):
        if part.id in sums:
            edits.append(instead(at, f"Some({code.text(at)})"))
    return [*edits, *(instead(one.node, one.call("checked")) for one in steps)]


def _guard(let: Any, names: list[str], code: Statements) -> tuple[str, list[Rewrite]] | None:
    """Return what to do below zero, as a block, and the edits that take this question out of the guard."""
    following = let.next_named_sibling
    while following is not None and following.type in ("let_declaration", *SKIPPED):
        following = following.next_named_sibling
    if following is None:
        return None
    guard = following.named_child(0) if following.type == "expression_statement" else following
    if guard is None or guard.type != "if_expression":
        return None
    condition, body = guard.child_by_field_name("condition"), guard.child_by_field_name("consequence")
    if (parts := _parts(condition, "||", code)) and any(_asks(one, names, "<", code) for one in parts):
        block = code.text(body)
        if guard.child_by_field_name("alternative") is None and JUMPS.match(" ".join(block.split())):
            asked = _all_names(parts, "<", code)
            if all(_asks(one, asked, "<", code) for one in parts):
                start = code.source.rfind(b"\n", 0, following.start_byte)
                return block, [Rewrite(max(start, 0), following.end_byte, "")]
            return block, [_kept(condition, parts, asked, "<", " || ", code)]
    if (parts := _parts(condition, "&&", code)) and any(_asks(one, names, ">=", code) for one in parts):
        around_it = following.parent.parent if following.parent is not None else None
        alone = guard.child_by_field_name("alternative") is None and following.next_named_sibling is None
        if (
            alone
            and around_it is not None
            and around_it.type in ("for_expression", "while_expression", "loop_expression")
        ):
            asked = _all_names(parts, ">=", code)
            if not all(_asks(one, asked, ">=", code) for one in parts):
                return "{ continue }", [_kept(condition, parts, asked, ">=", " && ", code)]
    return None


def _parts(condition: Any, sign: str, code: Statements) -> list[Any]:
    """Return the operands of a chain of `||` or `&&`."""
    if condition.type == "binary_expression" and code.text(condition.child_by_field_name("operator")) == sign:
        sides = (condition.child_by_field_name(side) for side in ("left", "right"))
        return [part for side in sides for part in _parts(side, sign, code)]
    return [condition]


def _asks(part: Any, names: list[str], sign: str, code: Statements) -> bool:
    return any("".join(code.text(part).split()) == f"{name}{sign}0" for name in names)


def _all_names(parts: list[Any], sign: str, code: Statements) -> list[str]:
    """Return the names that a guard compares with zero: those of other `let`s before it, too."""
    return [said[1] for part in parts if (said := re.fullmatch(rf"(\w+)\s*{sign}\s*0", code.text(part)))]


def _kept(condition: Any, parts: list[Any], names: list[str], sign: str, joint: str, code: Statements) -> Rewrite:
    kept = [code.text(part) for part in parts if not _asks(part, names, sign, code)]
    return instead(condition, joint.join(kept))
