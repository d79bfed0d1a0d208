"""Threads that are joined in the function that starts them may borrow from it: they are started in `thread::scope`.

The Book's chapter 16 and the documentation of `std::thread::scope`: a scope joins its threads before it ends, so that
they may hold references to what lives outside of it. All of the function's body from the first `thread::spawn` on
becomes the scope's closure, whose value is the function's value, so that `?` and `return` mean the same. A list of the
handles that is made before is made inside. Where a thread's closure uses a loop's variable it becomes `move`, and what
it borrows otherwise is borrowed by name at the beginning of the scope.

Not covered: threads that are started in one function and joined in another, and tasks of an `async` runtime.
"""

import re
from collections.abc import Iterator
from typing import Any

from rusta.loop.think.hypotheses import Cost, Hypothesis
from rusta.loop.think.situation import Situation
from rusta.loop.think.strategies.loans.escapes import Escape, captured, escapes
from rusta.loop.think.strategies.loans.name_uses import bound_names, indent_of, preorder, unused, uses
from rusta.tools.statements import Rewrite, Statements, instead

SPAWN = re.compile(r"(?P<std>(?:::)?std::)?thread::spawn")
LISTS = re.compile(r"(?:Vec::(?:new|with_capacity)|vec!\s*\[\s*\]|VecDeque::new|HashMap::new)")
HANDLE = re.compile(r"(?:(?:std::)?thread::)?\bJoinHandle<")


def scoped_threads(situation: Situation) -> Iterator[Hypothesis]:
    """Yield the scope for the first functions whose threads borrow."""
    known = set()
    for escape in list(escapes(situation))[:4]:
        function = escape.function
        if function.id in known or function.type != "function_item":
            continue
        known.add(function.id)
        rewrites = _scoped(escape)
        if rewrites is not None:
            reason = "the threads are started in a scope, which joins them before what they borrow is gone"
            trade = "the scope waits for every thread that is started in it"
            yield situation.hypothesis(escape.errors[0], reason, {escape.path: rewrites}, Cost.NONE, trade)


def _scoped(escape: Escape) -> list[Rewrite] | None:
    code, body = escape.code, escape.function.child_by_field_name("body")
    if any(child.type == "function_modifiers" and "async" in code.text(child) for child in escape.function.children):
        return None
    spawns = [
        at for at in preorder(body) if at.type == "call_expression"
        and SPAWN.fullmatch(code.text(at.child_by_field_name("function")))
    ]  # fmt: skip
    returned = escape.function.child_by_field_name("return_type")
    if not spawns or ".join()" not in code.text(body) or (returned is not None and HANDLE.search(code.text(returned))):
        return None
    if not any(_holds(at, escape.closure) for at in spawns):
        return None
    first = spawns[0]
    while first.parent != body:
        first = first.parent
    lists = _lists(code, body, first)
    start = first.start_byte
    end = body.named_children[-1].end_byte
    end = body.end_byte - 1 if code.source[end : body.end_byte - 1].strip() else end
    scope = unused(code, escape.function, "scope", set())
    edits = []
    for at in spawns:
        called = at.child_by_field_name("function")
        edits.append(instead(called, f"{scope}.spawn"))
    lent: dict[str, None] = {}
    for at in spawns:
        made = next(
            (one for one in at.child_by_field_name("arguments").named_children if one.type == "closure_expression"),
            None,
        )
        if made is None:
            continue
        inner = Escape(escape.path, code, made, ())
        taken = captured(inner)
        looped = [one for one in taken if one.declared is not None and one.declared.start_byte >= start]
        looped = [one for one in looped if one.declared.type != "let_declaration" or one.declared.parent != body]
        before = [one for one in taken if one.declared is not None and one.declared.end_byte <= start
                  and one.declared.type == "let_declaration"]  # fmt: skip
        if not looped and not inner.moves:
            continue
        if not inner.moves:
            edits.append(Rewrite(made.start_byte, made.start_byte, "move "))
        again = any(at.type in ("for_expression", "while_expression", "loop_expression") for at in _around(made, body))
        lent |= {one.name: None for one in before if again or uses(code, body, one.name, made.end_byte)}
    indent = indent_of(code, first)
    deeper = "" if _breaks(code, body) else "    "
    lines = [*(code.text(one) for one in lists), *(f"let {name} = &{name};" for name in lent)]
    for one in lists:
        gone = one.end_byte + len(code.source[one.end_byte :]) - len(code.source[one.end_byte :].lstrip())
        edits.append(Rewrite(one.start_byte, gone, ""))
    std = "std::" if code.text(spawns[0]).startswith(("std::", "::std::")) else ""
    for at in preorder(body):
        if at.type == "generic_type" and at.start_byte >= min([start, *(one.start_byte for one in lists)]):
            said = code.text(at)
            if HANDLE.match(said):
                edits.append(
                    Rewrite(at.start_byte, at.start_byte + said.index("<") + 1, "std::thread::ScopedJoinHandle<'_, ")
                )
                lines = [HANDLE.sub("std::thread::ScopedJoinHandle<'_, ", line) for line in lines]
    edits = [one for one in edits if not any(at.start_byte < one.start < at.end_byte for at in lists)]
    head = "".join(f"{line}\n{indent}{deeper}" for line in lines)
    edits.append(Rewrite(start, start, f"{std}thread::scope(|{scope}| {{\n{indent}{deeper}{head}"))
    for line in re.finditer(rb"\n(?=[ \t]*[^\s])", code.source[start:end]) if deeper else ():
        edits.append(Rewrite(start + line.end(), start + line.end(), deeper))
    edits.append(Rewrite(end, end, f"\n{indent}}})"))
    return edits


def _lists(code: Statements, body: Any, first: Any) -> list[Any]:
    """Return the declarations of empty lists that are used in the first statement with a thread, and not before."""
    found = []
    for at in body.named_children:
        value = (
            at.child_by_field_name("value")
            if at.type == "let_declaration" and at.end_byte <= first.start_byte
            else None
        )
        if value is None or not LISTS.match(code.text(value)):
            continue
        names = bound_names(code, at.child_by_field_name("pattern"))
        used = [one for name in names for one in uses(code, body, name, at.end_byte)]
        handled = any(_holds(first, one) and ".push" in code.text(one.parent) for one in used)
        if handled and all(one.start_byte >= first.start_byte for one in used):
            found.append(at)
    return found


def _breaks(code: Statements, body: Any) -> bool:
    """Return whether a string has several lines, so that what is around it cannot be indented."""
    strings = (at for at in preorder(body) if at.type in ("string_literal", "raw_string_literal"))
    return any("\n" in code.text(at) for at in strings)


def _around(node: Any, body: Any) -> Iterator[Any]:
    while node is not None and node != body:
        yield node
        node = node.parent


def _holds(around: Any, node: Any) -> bool:
    return around.start_byte <= node.start_byte and node.end_byte <= around.end_byte
