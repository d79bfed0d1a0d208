"""`FnMut` for a function that runs closures which change what is around them (E0594, E0596, E0525).

"Cannot assign to `n`, as it is a captured variable in a `Fn` closure": rustc points at the parameter that asks for
`Fn`. Where that function runs the closure itself, one after another, it can ask for less: `Fn` becomes `FnMut` in its
bounds (or in `impl Fn`, `&dyn Fn`, `Box<dyn Fn>`), the parameter becomes `mut`, and `&|..|` at the calls `&mut |..|`.

Not covered: closures that are kept in a struct, functions of other crates (see `parallel_closures`).
Source: the Book, ch. 13.1, "the Fn traits"; rustc --explain E0525.
"""

import re
from collections.abc import Iterator
from typing import Any

from rusta.loop.think.hypotheses import Cost, Hypothesis
from rusta.loop.think.situation import Situation
from rusta.loop.think.strategies.mutable_sites import Functions
from rusta.tools.declared import around, tested, under
from rusta.tools.diagnostics import Span
from rusta.tools.statements import Rewrite, Statements

LABEL = "change this to accept `FnMut` instead of `Fn`"
ASKED = re.compile(r"\bFn(?=\s*\()")


def closure_kinds(situation: Situation) -> Iterator[Hypothesis]:
    """Yield `FnMut` for every parameter that is given a closure which changes something."""
    spans = {
        (span.path, span.start, span.end): (error, span)
        for error in situation.errors
        if error.code in ("E0594", "E0596", "E0525")
        for span in error.spans
        if span.label == LABEL
    }
    if not spans:
        return
    functions = Functions(situation)
    edits: dict[str, set[Rewrite]] = {}
    names = []
    for _, span in spans.values():
        code = situation.code(span.path)
        found = _parameter(span, code) if code else None
        if code and found and not tested(span.path, found[0], code):
            function, parameter = found
            names.append(code.text(function.child_by_field_name("name")))
            own = _asked(function, parameter, code)
            edits.setdefault(span.path, set()).update(own)
            if "dyn" in code.text(parameter):
                _borrowed(span.path, function, parameter, functions, situation, edits)
    if any(edits.values()):
        reason = (
            f"{', '.join(f'`{name}`' for name in dict.fromkeys(names))} runs closures that change what is around them, "
            "so it asks for `FnMut`"
        )
        rewrites = {path: sorted(some, key=lambda one: one.start) for path, some in edits.items()}
        price = "it can run its closure only where nobody else does at the same time"
        yield situation.hypothesis(next(iter(spans.values()))[0], reason, rewrites, Cost.INTERFACE, price)


def _parameter(span: Span, code: Statements) -> tuple[Any, Any] | None:
    """Return the function and its parameter that a span is in."""
    parameter = around(code.node(span.start, span.end), "parameter")
    function = around(parameter, "function_item") if parameter is not None else None
    return (function, parameter) if function is not None else None


def _asked(function: Any, parameter: Any, code: Statements) -> Iterator[Rewrite]:
    """Yield the edits of a function's own text: the bound, `&mut dyn`, and `mut` before the parameter."""
    kind, pattern = parameter.child_by_field_name("type"), parameter.child_by_field_name("pattern")
    said = code.text(kind)
    bounds = [kind]
    if re.fullmatch(r"\w+", said):
        for one in under(function, "type_parameter", "where_predicate"):
            named = one.child_by_field_name("name") or one.child_by_field_name("left")
            if named is not None and code.text(named) == said and one.child_by_field_name("bounds") is not None:
                bounds.append(one.child_by_field_name("bounds"))
    for one in bounds:
        for at in ASKED.finditer(code.text(one)):
            start = one.start_byte + len(code.text(one)[: at.start()].encode())
            yield Rewrite(start, start + 2, "FnMut")
    borrowed = re.match(r"&(?:'\w+ )?(?!mut\b|'\w)", said)
    if borrowed:
        at = kind.start_byte + len(borrowed[0].encode())
        yield Rewrite(at, at, "mut ")
    elif not any(one.type == "mutable_specifier" for one in [*parameter.children, *pattern.children]):
        yield Rewrite(pattern.start_byte, pattern.start_byte, "mut ")


def _borrowed(
    path: str, function: Any, parameter: Any, functions: Functions, situation: Situation, edits: dict[str, set[Rewrite]]
) -> None:
    """Collect the edits at the calls of a function that takes `&dyn Fn`: `&mut` before what is given."""
    index = [one for one in function.child_by_field_name("parameters").named_children if one.type == "parameter"].index(
        parameter
    )
    for where, call in functions.calls(path, function):
        code = situation.code(where)
        given = [one for one in call.child_by_field_name("arguments").named_children if "comment" not in one.type]
        if code is None or len(given) <= index or given[index].type != "reference_expression":
            continue
        value = given[index].child_by_field_name("value")
        if value is not None and not code.text(given[index]).startswith("&mut"):
            edits.setdefault(where, set()).add(Rewrite(value.start_byte, value.start_byte, "mut "))
