"""Closures and `async` blocks that outlive the function that makes them, and what they take from around them.

rustc reports these at different places: E0521 at the call that lets a reference escape, E0373 at the closure, E0597 at
what is borrowed, E0382 at the next use of what was moved in. All lead to the closure.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from rusta.loop.think.situation import Situation
from rusta.loop.think.strategies.loans.name_uses import bound_names, function_around, in_format, preorder, uses
from rusta.tools.diagnostics import Diagnostic
from rusta.tools.statements import Statements
from rusta.tools.syntax_walk import innermost

CODES = {"E0521", "E0373", "E0597", "E0382", "E0505", "E0716", None}
STATIC = re.compile(r"`?'static`?|escapes the|may outlive borrowed value|moved into (?:closure|`async`|coroutine)")
MADE = ("closure_expression", "async_block")


@dataclass(frozen=True)
class Escape:
    """A closure that outlives its function, with the errors about it."""

    path: str
    code: Statements
    closure: Any
    errors: tuple[Diagnostic, ...]

    @property
    def body(self) -> Any:
        """What runs later."""
        return self.closure.child_by_field_name("body") or self.closure.named_children[-1]

    @property
    def function(self) -> Any:
        """The function that makes it."""
        return function_around(self.closure)

    @property
    def moves(self) -> bool:
        """Whether it owns what it takes already."""
        return any(child.type == "move" for child in self.closure.children)


def escapes(situation: Situation) -> Iterator[Escape]:
    """Yield the closures of these errors, each once."""
    found: dict[tuple[str, int], Escape] = {}
    for error in situation.errors:
        labels = [span for span in error.spans if STATIC.search(span.label or "")]
        if error.code not in CODES or not labels:
            continue
        for span in [*labels, *error.spans]:
            code = situation.code(span.path)
            closure = _closure(code.node(span.start, span.end)) if code is not None else None
            if code is None or closure is None:
                continue
            key = (span.path, closure.start_byte)
            before = found[key].errors if key in found else ()
            found[key] = Escape(span.path, code, closure, (*before, error))
            break
    yield from found.values()


def _closure(node: Any) -> Any:
    """Return the outermost closure that a call is given, or that contains a node."""
    if node.type == "call_expression":
        for at in preorder(node.child_by_field_name("arguments")):
            if at.type in MADE:
                return at
    made = innermost(node, *MADE)
    if made is None and node.type == "expression_statement":
        return _closure(node.named_children[0])
    outer = innermost(made.parent, *MADE) if made is not None else None
    spawned = outer is not None and outer.parent.type == "arguments"
    return outer if spawned and re.search(r"\bspawn\w*$", _callee(outer)) else made


def _callee(closure: Any) -> str:
    function = closure.parent.parent.child_by_field_name("function")
    return function.text.decode("utf-8", "replace") if function is not None else ""


@dataclass(frozen=True)
class Captured:
    """A variable that a closure takes from around it. `kind` is its type where it is written ("": not known).

    `value` is what a `let` binds it to, or a loop walks over; None for a parameter.
    """

    name: str
    kind: str
    value: Any = None
    declared: Any = None


def captured(escape: Escape) -> list[Captured]:
    """Return the variables, without `self`, that are declared in the function and used in the closure."""
    code, found = escape.code, dict[str, Captured]()
    if escape.function.type != "function_item":
        return []
    for given in escape.function.child_by_field_name("parameters").named_children:
        pattern, kind = given.child_by_field_name("pattern"), given.child_by_field_name("type")
        if pattern is not None and kind is not None:
            for name in bound_names(code, pattern):
                found[name] = Captured(name, code.text(kind) if pattern.type == "identifier" else "", None, given)
    for at in preorder(escape.function):
        if at.start_byte >= escape.closure.start_byte:
            break
        pattern = at.child_by_field_name("pattern")
        if at.type == "let_declaration" and at.end_byte <= escape.closure.start_byte and pattern is not None:
            kind, value = at.child_by_field_name("type"), at.child_by_field_name("value")
            if at.parent.end_byte < escape.closure.end_byte:  # of a block that is over
                continue
            for name in bound_names(code, pattern):
                found[name] = Captured(name, code.text(kind) if kind is not None else "", value, at)
        elif at.type in ("for_expression", "let_condition") and pattern is not None:
            scope = at if at.type == "for_expression" else innermost(at, "if_expression", "while_expression")
            if scope is not None and scope.end_byte >= escape.closure.end_byte:
                for name in bound_names(code, pattern):
                    found[name] = Captured(name, "", at.child_by_field_name("value"), at)
        elif at.type == "closure_expression" and at.end_byte >= escape.closure.end_byte:
            walked = at.parent.parent.child_by_field_name("function") if at.parent.type == "arguments" else None
            for name in bound_names(code, at.child_by_field_name("parameters")):
                found[name] = Captured(name, "", walked, at)
    return [one for name, one in found.items() if uses(code, escape.body, name) or in_format(code, escape.body, name)]
