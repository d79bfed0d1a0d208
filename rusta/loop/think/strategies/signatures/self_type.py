"""`Self` where the same type with other arguments is meant (E0308): in `impl<T> Stack<T>`, `Self` is `Stack<T>` alone.

A method that gives back `Stack<U>`, or `Matrix<C, R>` from `Matrix<R, C>`, makes it by the type's plain name, whose
arguments are inferred. It is the `Self` of the value that rustc points at: around it, or in the `let` that made it.

Not covered: types made in a macro. Source: the Reference, "Paths", `Self`.
"""

from collections.abc import Iterator
from typing import Any

from rusta.loop.think.hypotheses import Cost, Hypothesis
from rusta.loop.think.situation import Situation
from rusta.loop.think.strategies.loans.crate_types import owner_name
from rusta.tools.declared import tested
from rusta.tools.statements import Rewrite, Statements, instead
from rusta.tools.syntax_walk import innermost, under


def self_type(situation: Situation) -> Iterator[Hypothesis]:
    """Yield the plain name in place of `Self`, wherever a value of other arguments is made."""
    rewrites: dict[str, list[Rewrite]] = {}
    first = None
    for error in situation.errors:
        at = error.primary
        code = situation.code(at.path) if at and error.code == "E0308" else None
        node = code.node(at.start, at.end) if at and code else None
        if at is None or code is None or tested(at.path, node, code):
            continue
        function, name = innermost(node, "function_item"), owner_name(code, node)
        gives = function.child_by_field_name("return_type") if function is not None else None
        if not name or gives is None or f"{name}<" not in code.text(gives):
            continue
        for one in _selves(node, function, code):
            edit = instead(one, name)
            if edit not in rewrites.setdefault(at.path, []):
                rewrites[at.path].append(edit)
            first = first or error
    if first is not None:
        reason = "`Self` has the arguments of its `impl`, and a value with others is made: by the plain name they are inferred"
        yield situation.hypothesis(first, reason, rewrites, Cost.NONE)


def _selves(node: Any, function: Any, code: Statements) -> Iterator[Any]:
    """Yield the names `Self` by which a value is made that a node is, is in, or was bound to."""
    if node.type == "identifier":
        for let in under(function, "let_declaration"):
            pattern, value = let.child_by_field_name("pattern"), let.child_by_field_name("value")
            if value is not None and code.text(pattern).removeprefix("mut ") == code.text(node):
                yield from _heads(value, code)
                kind = let.child_by_field_name("type")
                if kind is not None and code.text(kind) == "Self":
                    yield kind
    while node is not None and node.type != "function_item":
        yield from _heads(node, code)
        node = node.parent


def _heads(value: Any, code: Statements) -> Iterator[Any]:
    """Yield the `Self` of `Self { .. }`, `Self(..)` or `Self::new(..)`."""
    while value.type in ("try_expression", "parenthesized_expression", "reference_expression") and value.named_children:
        value = value.named_children[-1]
    head = value.child_by_field_name("name" if value.type == "struct_expression" else "function")
    if value.type not in ("struct_expression", "call_expression") or head is None:
        return
    if head.type in ("scoped_identifier", "scoped_type_identifier") and head.child_by_field_name("path") is not None:
        head = head.child_by_field_name("path")
    if code.text(head) == "Self":
        yield head
