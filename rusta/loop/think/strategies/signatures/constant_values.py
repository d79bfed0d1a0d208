"""A constant that allocates, or whose number does not fit its type (E0015, E0010, `overflowing_literals`).

What stands in a `const` or `static` is computed by the compiler, which allocates nothing: `String` is `&str` there, its
`"…".to_string()` the literal itself, and `Vec<T>` of `vec![…]` is `&[T]`. A number that its written type cannot hold
gets the smallest type of the same kind that can, then an unsigned one. Uses that this changes are rustc's next errors.

Not covered: maps (`LazyLock` is another program), constants that functions of the crate compute.
Source: the Reference, "Constant evaluation"; rustc --explain E0015.
"""

import re
from collections.abc import Iterator
from typing import Any

from rusta.loop.think.hypotheses import Cost, Hypothesis
from rusta.loop.think.situation import Situation
from rusta.tools.declared import tested
from rusta.tools.diagnostics import Diagnostic
from rusta.tools.statements import Rewrite, Statements, instead
from rusta.tools.syntax_walk import FileEdits, innermost, under

ITEMS = ("const_item", "static_item")
MAKING = re.compile(
    r'("(?:[^"\\]|\\.)*")\s*\.(?:to_string|to_owned|into)\(\)|String::from\(\s*("(?:[^"\\]|\\.)*")\s*\)|String::new\(\)'
)
RANGE = re.compile(r"literal out of range for `([iu])(8|16|32|64|size)`")
WIDTHS = (8, 16, 32, 64, 128)


def constant_values(situation: Situation) -> Iterator[Hypothesis]:
    """Yield constants of borrowed data, and numbers of a type that holds them."""
    rewrites: FileEdits = {}
    first, told = None, []
    known: set[tuple[str, int]] = set()
    for error in situation.errors:
        at = error.primary
        code = situation.code(at.path) if at else None
        if at is None or code is None:
            continue
        node = code.node(at.start, at.end)
        if tested(at.path, node, code):
            continue
        if RANGE.search(error.message):
            yield from _wider(error, at.path, node, code, situation)
            continue
        item = innermost(node, *ITEMS) if error.code in ("E0015", "E0010") else None
        if item is None or (at.path, item.start_byte) in known:
            continue
        known.add((at.path, item.start_byte))
        if edits := _borrowed(item, code):
            rewrites.setdefault(at.path, []).extend(edits)
            first = first or error
            told.append(f"`{code.text(item.child_by_field_name('name'))}`")
    if first is not None:
        reason = (
            f"a constant is made by the compiler, which allocates nothing, so it is of borrowed data: {', '.join(told)}"
        )
        yield situation.hypothesis(first, reason, rewrites, Cost.INTERFACE, "who uses it gets a reference")


def _borrowed(item: Any, code: Statements) -> list[Rewrite]:
    kind, value = item.child_by_field_name("type"), item.child_by_field_name("value")
    if value is None:
        return []
    said = re.sub(r"\bString\b", "&str", code.text(kind))
    edits = []
    for one in under(value, "call_expression"):
        if made := MAKING.fullmatch(code.text(one)):
            edits.append(instead(one, made[1] or made[2] or '""'))
    lists = [one for one in under(value, "macro_invocation") if re.match(r"vec!\s*\[", code.text(one))]
    for one in lists:
        text = code.text(one)
        inner = MAKING.sub(lambda made: made[1] or made[2] or '""', text[text.index("[") :])
        edits.append(instead(one, f"&{inner}"))
    if lists:
        said = re.sub(r"\bVec<(.*)>", r"&[\1]", said, flags=re.DOTALL)
    if not edits or "Vec<" in said:
        return []
    return [*([instead(kind, said)] if said != code.text(kind) else []), *edits]


def _wider(error: Diagnostic, path: str, node: Any, code: Statements, situation: Situation) -> Iterator[Hypothesis]:
    """Yield the types that hold a literal, where its type is written beside it or on it."""
    said = RANGE.search(error.message)
    number = re.match(r"(?:0[xX]([\da-fA-F_]+)|([\d_]+))", code.text(node).lstrip("-"))
    if said is None or number is None:
        return
    value = int(number[1], 16) if number[1] else int(number[2])
    held = innermost(node, *ITEMS, "let_declaration", "parameter", "field_declaration")
    kind = held.child_by_field_name("type") if held is not None else None
    negative = node.parent is not None and node.parent.type == "unary_expression"
    widths = [width for width in WIDTHS if value < 2 ** (width - 1) or (negative and value == 2 ** (width - 1))]
    same = [f"i{width}" for width in widths] if said[1] == "i" else []
    plain = [f"u{width}" for width in WIDTHS if value < 2**width] if not negative else []
    own = f"{said[1]}{said[2]}"
    for one in [*same[:1], *plain[:1], *same[1:2]][:3]:
        edits = [instead(node, re.sub(rf"{own}$", one, code.text(node)))] if code.text(node).endswith(own) else []
        if kind is not None and re.search(rf"\b{own}\b", code.text(kind)):
            edits.append(instead(kind, re.sub(rf"\b{own}\b", one, code.text(kind))))
        if edits:
            reason = f"`{code.text(node)}` does not fit `{own}`, so it is of a type that holds it: `{one}`"
            yield situation.hypothesis(error, reason, {path: edits}, Cost.INTERFACE, "it takes more room")
