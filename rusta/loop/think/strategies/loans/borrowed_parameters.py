"""A function of the crate takes what it only looks at, and its caller cannot give it away (E0382, E0507, E0505).

rustc notes "consider changing this parameter type in function `f` to borrow instead". The parameter becomes a reference
(`&str` for `String`, `&[T]` for `Vec<T>`), and every call of the function lends what it gave. What the body then does with
a reference is for rustc's next errors.

Not covered: `self` (`borrowed_receiver`), functions of traits, names that two functions have, parameters that are changed
or generic. Source: the Book, ch. 4.2; rustc --explain E0382.
"""

import re
from collections.abc import Iterator
from typing import Any

from rusta.loop.think.hypotheses import Cost, Hypothesis
from rusta.loop.think.situation import Situation
from rusta.tools.declared import tested
from rusta.tools.diagnostics import Diagnostic
from rusta.tools.statements import Rewrite, Statements, instead
from rusta.tools.syntax_walk import FileEdits, innermost, opened, under

MOVED = re.compile(r"^value moved here|^move out of |^value used here after move")
BECOMES = {"String": "&str", "PathBuf": "&std::path::Path"}
MOST = 3
Parameter = tuple[str, Any, int]  # the file, the function, and the place of the parameter


def borrowed_parameters(situation: Situation) -> Iterator[Hypothesis]:
    """Yield, for the first functions that take what their callers keep, the parameter as a reference."""
    functions: dict[str, list[tuple[str, Any]]] | None = None
    known: set[tuple[str, int]] = set()
    for error in situation.errors:
        if error.code not in ("E0382", "E0507", "E0505"):
            continue
        functions = functions if functions is not None else _functions(situation)
        for path, function, place in _parameters(error, situation, functions):
            key = (path, function.start_byte * 100 + place)
            if key in known or len(known) >= MOST:
                continue
            known.add(key)
            edits = _lent(path, function, place, situation)
            code = situation.code(path)
            if edits and code:
                name = code.text(function.child_by_field_name("name"))
                reason = f"`{name}` only looks at what it is given, so it borrows it, and its callers keep it"
                yield situation.hypothesis(error, reason, edits, Cost.INTERFACE, "callers lend what they gave before")


def _functions(situation: Situation) -> dict[str, list[tuple[str, Any]]]:
    found: dict[str, list[tuple[str, Any]]] = {}
    for path, code in situation.sources():
        for one in under(code.root, "function_item"):
            found.setdefault(code.text(one.child_by_field_name("name")), []).append((path, one))
    return found


def _takes_self(function: Any) -> bool:
    given = function.child_by_field_name("parameters").named_children
    return bool(given) and given[0].type == "self_parameter"


def _parameters(
    error: Diagnostic, situation: Situation, functions: dict[str, list[tuple[str, Any]]]
) -> Iterator[Parameter]:
    """Yield the parameters that take what an error says is moved."""
    for span in error.spans:
        code = situation.code(span.path)
        primary = span.primary and error.code == "E0507"
        if code is None or not (primary or MOVED.match(span.label or "")):
            continue
        node = opened(code).node(span.start, span.end)
        while node.parent is not None and (node.parent.start_byte, node.parent.end_byte) == (span.start, span.end):
            node = node.parent
        call = node.parent.parent if node.parent is not None and node.parent.type == "arguments" else None
        function = call.child_by_field_name("function") if call is not None and call.type == "call_expression" else None
        if function is None:
            continue
        place = node.parent.named_children.index(node)
        name = re.split(r"\.|::", code.text(function))[-1]
        method = function.type == "field_expression"
        own = [one for one in functions.get(name, []) if _takes_self(one[1]) == method]
        if len(own) == 1 and not tested(own[0][0], own[0][1], code):
            yield own[0][0], own[0][1], place


def _lent(path: str, function: Any, place: int, situation: Situation) -> FileEdits:
    """Return the edits of a function and all its calls, {} where the parameter cannot be a reference."""
    code = situation.code(path)
    around = innermost(function.parent, "impl_item", "trait_item")
    foreign = around is not None and (around.type == "trait_item" or around.child_by_field_name("trait") is not None)
    if code is None or foreign:
        return {}
    given = function.child_by_field_name("parameters").named_children
    receiver = _takes_self(function)
    at = place + receiver
    if at >= len(given) or given[at].type != "parameter":
        return {}
    parameter = given[at]
    kind = parameter.child_by_field_name("type")
    if kind is None or kind.type in ("reference_type", "abstract_type", "primitive_type") or any(
        one.type == "mutable_specifier" for one in parameter.children
    ):  # fmt: skip
        return {}
    generics = function.child_by_field_name("type_parameters")
    if generics is not None and re.search(rf"\b{re.escape(code.text(kind))}\b", code.text(generics)):
        return {}
    said = code.text(kind)
    list_ = re.fullmatch(r"Vec<(.+)>", said, re.DOTALL)
    edits: FileEdits = {path: [instead(kind, f"&[{list_[1]}]" if list_ else BECOMES.get(said, f"&{said}"))]}
    name = code.text(function.child_by_field_name("name"))
    for where, source in situation.sources():
        for call in under(opened(source).root, "call_expression"):
            called = source.text(call.child_by_field_name("function"))
            dotted = call.child_by_field_name("function").type == "field_expression"
            if re.split(r"\.|::", called)[-1] != name or dotted != receiver:
                continue
            arguments = [
                one for one in call.child_by_field_name("arguments").named_children if "comment" not in one.type
            ]
            if place < len(arguments) and not tested(where, call, source):
                edits.setdefault(where, []).append(_reference(arguments[place], source))
    return edits


def _reference(node: Any, code: Statements) -> Rewrite:
    """Return the edit that lends an argument."""
    copied = re.fullmatch(r"([\w.]+)\.clone\(\)", code.text(node))
    if copied:
        return instead(node, f"&{copied[1]}")
    if node.type == "unary_expression" and code.text(node).startswith("*"):
        return instead(node, code.text(node)[1:].lstrip())
    tight = node.type not in ("binary_expression", "range_expression", "type_cast_expression", "closure_expression")
    return Rewrite(node.start_byte, node.start_byte, "&") if tight else instead(node, f"&({code.text(node)})")
