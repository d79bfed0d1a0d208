"""`FnMut` for a function that runs closures which change what is around them (E0594, E0596, E0525).

"Cannot assign to `n`, as it is a captured variable in a `Fn` closure": rustc points at the parameter that asks for
`Fn`. Where that function runs the closure itself, one after another, it can ask for less: `Fn` becomes `FnMut` in its
bounds (or in `impl Fn`, `&dyn Fn`, `Box<dyn Fn>`), the parameter becomes `mut`, and `&|..|` at the calls `&mut |..|`.

Not where the bounds ask for `Sync`. Not covered: closures that are kept in a struct, functions of other crates (see `parallel_closures`).
Source: the Book, ch. 13.1, "the Fn traits"; rustc --explain E0525.
"""

import re
from collections.abc import Iterator
from typing import Any

from rusta.loop.think.hypotheses import Cost, Hypothesis
from rusta.loop.think.situation import Situation
from rusta.loop.think.strategies.loans.mutable_sites import Functions
from rusta.tools.declared import bare, tested
from rusta.tools.diagnostics import Diagnostic, Span
from rusta.tools.statements import Rewrite, Statements
from rusta.tools.syntax_walk import innermost, under

LABEL = "change this to accept `FnMut` instead of `Fn`"
GIVEN_BACK = "change this to return `FnMut` instead of `Fn`"
ASKED = re.compile(r"\bFn(?=\s*\()")


def closure_kinds(situation: Situation) -> Iterator[Hypothesis]:
    """Yield `FnMut` for every parameter that is given a closure which changes something."""
    errors = [one for one in situation.errors if one.code in ("E0594", "E0596", "E0525") and one.primary]
    yield from _given_back(errors, situation)
    told = [(one, span) for one in errors for span in one.spans if span.label == LABEL]
    undeclared = [one for one in errors if "not declared as mutable" in one.message and one.suggestions]
    if not told and not undeclared:
        return
    functions = Functions(situation)
    edits: dict[str, set[Rewrite]] = {}
    asking = [found for error, span in told if (found := _parameter(error, span, situation))]
    for error in undeclared:  # rustc comes to the closure's kind only after the variable's `mut`
        if found := _given(error, functions, situation):
            asking.append(found)
            for part in error.suggestions[0].parts:
                edits.setdefault(part.span.path, set()).add(Rewrite(part.span.start, part.span.end, part.text))
    names = []
    for _, path, function, parameter in asking:
        code = situation.code(path)
        if code and not tested(path, function, code):
            if not (own := set(_asked(function, parameter, code))):
                continue
            names.append(code.text(function.child_by_field_name("name")))
            edits.setdefault(path, set()).update(own)
            if "dyn" in code.text(parameter):
                _borrowed(path, function, parameter, functions, situation, edits)
    if names:
        reason = (
            f"{', '.join(f'`{name}`' for name in dict.fromkeys(names))} runs closures that change what is around them, "
            "so it asks for `FnMut`"
        )
        rewrites = {path: sorted(some, key=lambda one: one.start) for path, some in edits.items()}
        price = "it can run its closure only where nobody else does at the same time"
        yield situation.hypothesis(asking[0][0], reason, rewrites, Cost.INTERFACE, price)


def _given_back(errors: list[Diagnostic], situation: Situation) -> Iterator[Hypothesis]:
    """Yield `FnMut` in the results of functions whose closures change what they have captured."""
    edits: dict[str, list[Rewrite]] = {}
    for span in dict.fromkeys(span for one in errors for span in one.spans if span.label == GIVEN_BACK):
        code = situation.code(span.path)
        said = ASKED.search(code.source[span.start : span.end].decode("utf-8", "replace")) if code else None
        if said is not None and code is not None and not tested(span.path, code.node(span.start, span.end), code):
            at = span.start + said.end()
            edits.setdefault(span.path, []).append(Rewrite(at, at, "Mut"))
    if edits:
        reason = "the closure that is given back changes what it has captured, so it is an `FnMut`"
        yield situation.hypothesis(errors[0], reason, edits, Cost.INTERFACE, "callers need it to be `mut`")


Asking = tuple[Diagnostic, str, Any, Any]  # an error, and the file, the function and the parameter that asks for `Fn`


def _parameter(error: Diagnostic, span: Span, situation: Situation) -> Asking | None:
    """Return the function and its parameter that a span is in."""
    code = situation.code(span.path)
    parameter = innermost(code.node(span.start, span.end), "parameter") if code else None
    function = innermost(parameter, "function_item") if parameter is not None else None
    return (error, span.path, function, parameter) if function is not None else None


def _given(error: Diagnostic, functions: Functions, situation: Situation) -> Asking | None:
    """Return the parameter that is given the closure in which something is changed, where it asks for `Fn`."""
    at = error.primary
    code = situation.code(at.path) if at else None
    closure = innermost(code.node(at.start, at.end), "closure_expression") if at and code else None
    given = closure.parent if closure is not None and closure.parent.type == "reference_expression" else closure
    if at is None or code is None or given is None or given.parent.type != "arguments":
        return None
    call = given.parent.parent
    if call.type != "call_expression":
        return None
    called = call.child_by_field_name("function")
    field = called.child_by_field_name("field") if called.type == "field_expression" else called
    for path, function in functions.named(bare(code.text(field)), at.path, call, code):
        other = situation.code(path)
        parameters = [
            one for one in function.child_by_field_name("parameters").named_children if one.type == "parameter"
        ]
        index = [one for one in given.parent.named_children if "comment" not in one.type].index(given)
        if other is None or len(parameters) <= index:
            continue
        if any(edit.text == "FnMut" for edit in _asked(function, parameters[index], other)):
            return error, path, function, parameters[index]
    return None


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
    if any(re.search(r"\bSync\b", code.text(one)) for one in bounds):  # it runs on several threads at once
        return
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
