"""What a loop walks over loses items in the loop (E0502, E0499): `retain` keeps the others.

`for (i, song) in list.iter().enumerate() { if song.long() { list.remove(i); } }` is `list.retain(|song| { if song.long() {
return false; } true });`, and likewise for maps and sets. With indices the loop would skip the item after each one that is
removed, too.

Not covered: loops that leave early, whose removed value is used, or that use the index for something else.
Source: the documentation of `Vec::retain` and `HashMap::retain`.
"""

import re
from collections.abc import Iterator
from typing import Any

from rusta.loop.think.hypotheses import Cost, Hypothesis
from rusta.loop.think.situation import Situation
from rusta.loop.think.strategies.loans.loan_labels import loan_sites
from rusta.loop.think.strategies.loans.name_uses import bound_names, indent_of, uses
from rusta.loop.think.strategies.loans.walks import Walk, walks
from rusta.tools.declared import tested
from rusta.tools.statements import Rewrite, Statements
from rusta.tools.syntax_walk import under

WALKED = re.compile(r"^&?(?P<list>[\w.]+?)(?:\.(?:iter|keys)\(\))?(?:\.clone\(\))?(?P<numbered>\.enumerate\(\))?$")
REMOVES = {"remove", "swap_remove", "take"}
LEAVES = ("return_expression", "try_expression", "break_expression", "await_expression")


def retained(situation: Situation) -> Iterator[Hypothesis]:
    """Yield `retain` for each loop that removes from what it walks over."""
    for walk in walks(loan_sites(situation)):
        code = walk.site.code
        if not walk.loops or tested(walk.site.path, walk.whole, code):
            continue
        if edit := _retained(walk, code):
            reason = "what is walked over loses items in the loop, so `retain` says which of them stay"
            yield situation.hypothesis(walk.site.error, reason, {walk.site.path: [edit]}, Cost.NONE)


def _retained(walk: Walk, code: Statements) -> Rewrite | None:
    said = WALKED.match("".join(code.text(walk.value).split()))
    if said is None or any(True for _ in under(walk.body, *LEAVES)):
        return None
    names = bound_names(code, walk.pattern)
    removes = [one for one in under(walk.body, "call_expression") if _removes(one, said["list"], code)]
    if len(removes) != 1 or removes[0].parent.type != "expression_statement" or not names:
        return None
    by = re.match(r"[&*]*(\w+)", code.text(removes[0].child_by_field_name("arguments")).strip("()"))
    counted = bool(said["numbered"])
    if by is None or by[1] != names[0] or (counted and len(uses(code, walk.body, names[0])) != 1):
        return None
    pattern, seen = code.text(walk.pattern), ""
    if counted:
        inner = walk.pattern.named_children
        if walk.pattern.type != "tuple_pattern" or len(inner) != 2:
            return None
        pattern = code.text(inner[1])
    elif walk.pattern.type == "tuple_pattern":
        pattern = ", ".join(code.text(one) for one in walk.pattern.named_children)
        last = walk.pattern.named_children[-1]
        if (
            last.type == "identifier" and len(walk.pattern.named_children) == 2
        ):  # `retain` lends the value of a map as `&mut`
            seen = f"{indent_of(code, walk.whole)}    let {code.text(last)} = &*{code.text(last)};\n"
    statement = removes[0].parent
    body = code.source[walk.body.start_byte : walk.body.end_byte].decode("utf-8", "replace")
    start, end = statement.start_byte - walk.body.start_byte, statement.end_byte - walk.body.start_byte
    raw = body.encode()
    changed = (raw[:start] + b"return false;" + raw[end:]).decode("utf-8", "replace")
    indent = indent_of(code, walk.whole)
    inside = changed.rstrip().removesuffix("}").rstrip()
    inside = f"{{\n{seen}{inside[1:].lstrip(chr(10))}" if seen else inside
    whole = f"{said['list']}.retain(|{pattern}| {inside}\n{indent}    true\n{indent}}})"
    return Rewrite(walk.whole.start_byte, walk.whole.end_byte, whole + (";" if _alone(walk.whole, code) else ""))


def _alone(loop: Any, code: Statements) -> bool:
    return not code.text(loop.parent if loop.parent.type == "expression_statement" else loop).endswith(";")


def _removes(call: Any, list_: str, code: Statements) -> bool:
    called = call.child_by_field_name("function")
    return (
        called is not None
        and called.type == "field_expression"
        and code.text(called.child_by_field_name("field")) in REMOVES
        and "".join(code.text(called.child_by_field_name("value")).split()) == list_
    )
