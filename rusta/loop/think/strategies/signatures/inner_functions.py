"""A function inside another one uses its variables, which only a closure may (E0434).

The Reference, "Functions": an inner `fn` sees no variables of the outer function. Where it does not call itself and is
called behind its definition, it becomes a closure; where it takes nothing and is never called, but used as a value, it is
a variable. One that calls itself, as closures cannot, is given the variables as
parameters, where their types are written and cost nothing to pass: references and numbers.

Not covered: inner functions with type parameters, and attributes on them.
"""

import re
from collections.abc import Iterator
from typing import Any

from rusta.loop.think.hypotheses import Cost, Hypothesis
from rusta.loop.think.situation import Situation
from rusta.loop.think.strategies.loans.name_uses import is_changed
from rusta.tools import items
from rusta.tools.diagnostics import Diagnostic
from rusta.tools.statements import Rewrite, Statements
from rusta.tools.syntax_walk import innermost, under

PASSED = re.compile(r"&(?!\s*mut\b).*|[iuf]\d+|[iu]size|bool|char", re.S)


def inner_functions(situation: Situation) -> Iterator[Hypothesis]:
    """Yield, for each inner function that uses outer variables, the closure, and the parameters."""
    found: dict[tuple[str, int], tuple[Diagnostic, Any, list[str]]] = {}
    for error in situation.errors:
        span = next((one for one in error.spans if one.primary), None)
        code = situation.code(span.path) if span is not None and error.code == "E0434" else None
        if span is None or code is None:
            continue
        at = code.node(span.start, span.end)
        function = innermost(at, "function_item")
        if function is not None and function.parent.type == "block":
            names = found.setdefault((span.path, function.start_byte), (error, function, []))[2]
            names += [name for name in [code.text(at)] if name not in names]
    for (path, _), (error, function, names) in found.items():
        code = situation.code(path)
        if code is None:
            continue
        name = code.text(function.child_by_field_name("name"))
        said = "`, `".join(names)
        if (edits := _variable(code, function, name)) is not None:
            reason = f"`{name}` is nowhere called, and is used as a value of `{said}`: a variable"
            yield situation.hypothesis(error, reason, {path: edits}, Cost.NONE)
        if (edits := _closure(code, function, name, names)) is not None:
            reason = f"only a closure sees the variables around it, so `{name}` is one: it uses `{said}`"
            yield situation.hypothesis(error, reason, {path: edits}, Cost.NONE)
        if (edits := _given(code, function, name, names)) is not None:
            reason = f"a function does not see the variables around it, so `{said}` is given to `{name}`"
            yield situation.hypothesis(error, reason, {path: edits}, Cost.NONE)


def _uses(code: Statements, function: Any, name: str) -> list[Any]:
    """Return where the block of an inner function names it."""
    own = function.child_by_field_name("name")
    return [at for at in under(function.parent, "identifier") if code.text(at) == name and at != own]


def _variable(code: Statements, function: Any, name: str) -> list[Rewrite] | None:
    """Return the edit that makes a variable of an inner function that takes nothing, where nobody calls it."""
    uses, body = _uses(code, function, name), function.child_by_field_name("body")
    called = any(at.parent.type == "call_expression" and at.parent.child_by_field_name("function") == at for at in uses)
    taking = function.child_by_field_name("parameters").named_children
    if not uses or called or taking or function.children[0].type != "fn" or _returns_early(body):
        return None
    inside = body.named_children
    value = code.text(inside[0] if len(inside) == 1 and not inside[0].type.endswith("_statement") else body)
    return [Rewrite(function.start_byte, function.end_byte, f"let {name} = {value};")]


def _returns_early(body: Any) -> bool:
    """Return whether a block returns early, by `return` or by `?`."""
    return next(under(body, "return_expression", "try_expression"), None) is not None


def _closure(code: Statements, function: Any, name: str, names: list[str]) -> list[Rewrite] | None:
    """Return the edits that make a closure of an inner function."""
    if function.child_by_field_name("type_parameters") is not None or function.children[0].type != "fn":
        return None
    if any(at.start_byte < function.end_byte for at in _uses(code, function, name)):
        return None
    body, given = function.child_by_field_name("body"), function.child_by_field_name("return_type")
    parameters = code.text(function.child_by_field_name("parameters"))[1:-1].strip().rstrip(",")
    outer = innermost(function.parent, "function_item")
    before = code.source[outer.start_byte : function.start_byte].decode("utf-8", "replace") if outer is not None else ""
    changes = any(
        is_changed(code, at)
        or (re.search(rf"\bmut\s+{code.text(at)}\b", before) and at.parent.type == "field_expression")
        for at in under(body, "identifier")
        if code.text(at) in names
    )
    back = f" -> {code.text(given)}" if given is not None else ""
    text = f"let {'mut ' if changes else ''}{name} = |{parameters}|{back} {code.text(body)};"
    edits = [Rewrite(function.start_byte, function.end_byte, text)]
    above = function.prev_sibling
    while above is not None and above.type in items.COMMENTS:
        if code.text(above).startswith("///"):
            edits.append(Rewrite(above.start_byte, above.start_byte + 3, "//"))
        above = above.prev_sibling
    return None if above is not None and above.type == "attribute_item" else edits


def _given(code: Statements, function: Any, name: str, names: list[str]) -> list[Rewrite] | None:
    """Return the edits that give an inner function what it uses, in its signature and in each call."""
    outer = innermost(function.parent, "function_item")
    if outer is None:
        return None
    typed = [*under(outer.child_by_field_name("parameters"), "parameter"),
             *(one for one in under(outer.child_by_field_name("body"), "let_declaration"))]  # fmt: skip
    types: dict[str, str] = {}
    for one in typed:
        pattern, kind = one.child_by_field_name("pattern"), one.child_by_field_name("type")
        if one.start_byte < function.start_byte and kind is not None:
            types[code.text(pattern)] = code.text(kind)
    if any(not PASSED.fullmatch(types.get(one, "")) for one in names):
        return None
    edits = []
    for at in _uses(code, function, name):
        call = at.parent
        if call.type != "call_expression" or call.child_by_field_name("function") != at:
            return None
        edits.append(_added(code, call.child_by_field_name("arguments"), ", ".join(names)))
    wanted = ", ".join(f"{one}: {types[one]}" for one in names)
    return [_added(code, function.child_by_field_name("parameters"), wanted), *edits]


def _added(code: Statements, listed: Any, text: str) -> Rewrite:
    """Return the edit that adds to the end of a list in parentheses."""
    kept = code.text(listed)[1:-1].rstrip()
    at = listed.start_byte + 1 + len(kept.encode())
    return Rewrite(at, at, f"{'' if not kept.strip() else ' ' if kept.endswith(',') else ', '}{text}")
