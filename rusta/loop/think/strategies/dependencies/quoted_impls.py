"""The generics of the `impl`s that a derive macro quotes: a clause, parameters or a bound that the type has and they lack.

syn's way: `let (impl_generics, ty_generics, where_clause) = generics.split_for_impl();`, all three quoted, and a bound
for each type parameter added before. Source: the documentation of syn, `Generics::split_for_impl`, and its example heapsize.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from rusta.loop.think.strategies.dependencies.quoted_code import MacroCrate, QuotedBody
from rusta.tools.diagnostics import Diagnostic
from rusta.tools.statements import Rewrite, Statements, instead
from rusta.tools.syntax_walk import own_indent

SPLIT = re.compile(r"\.\s*split_for_impl\s*\(\s*\)\s*$")
IMPL = re.compile(r"\bimpl\b(?P<head>[^{};]*?)\bfor\b(?P<type>[^{};]*?)(?P<space>\s*)(?=\{)")
OWN = re.compile(r"\bimpl\b(?P<head>(?:\s+#\w+)?\s+)(?P<type>#\w+[^{};]*?)(?P<space>\s*)(?=\{)")
BOUND = re.compile(r"the trait bound `(?P<type>\w+): (?P<trait>[\w:]+)[^`]*` is not satisfied")
DROPPED = {"E0277", "E0310", "E0309", "E0599", "E0282", "E0369"}


@dataclass
class QuotedFix:
    """Edits of quoted code by file, why, and the errors that they should end. `sure`: it loses nothing and is meant."""

    reason: str
    edits: dict[str, list[Rewrite]]
    errors: list[Diagnostic] = field(default_factory=list)
    sure: bool = True


def impl_fixes(crate: MacroCrate, errors: Sequence[Diagnostic]) -> Iterator[QuotedFix]:
    """Yield what the quoted `impl`s lack, for these errors of one macro crate."""
    if dropped := [one for one in errors if one.code in DROPPED]:
        edits: dict[str, list[Rewrite]] = {}
        for body in crate.quoted:
            for edit in _with_clause(crate, body) if not body.rules else ():
                edits.setdefault(body.path, []).append(edit)
        if edits:
            yield QuotedFix("the `impl` that the macro generates gets the `where` clause of its type", edits, dropped)
    if lacking := [one for one in errors if one.code in ("E0107", "E0726")]:
        edits = {}
        for body in crate.quoted:
            for edit in _with_generics(crate, body) if not body.rules else ():
                edits.setdefault(body.path, []).append(edit)
        if edits:
            yield QuotedFix("the `impl` that the macro generates gets the generics of its type", edits, lacking)
    yield from _bounds(crate, errors)


def _with_clause(crate: MacroCrate, body: QuotedBody) -> Iterator[Rewrite]:
    """Quote the clause that `split_for_impl` returns, in each `impl` that has the other two and no clause."""
    code = crate.situation.code(body.path)
    split = _split(body.node, code) if code else None
    if code is None or split is None:
        return
    pattern, names = split
    missing = [
        found for kind in (IMPL, OWN) for found in kind.finditer(body.text)
        if "where" not in found["type"] and f"#{names[2]}" not in found[0] and f"#{names[1]}" in found["type"]
    ]  # fmt: skip
    if not missing:
        return
    clause = names[2]
    if clause.startswith("_"):
        clause = "where_clause"
        yield instead(pattern, clause)
    for found in missing:
        at = body.start + len(body.text[: found.end("type")].encode())
        yield Rewrite(at, at, f" #{clause}")


def _with_generics(crate: MacroCrate, body: QuotedBody) -> Iterator[Rewrite]:
    """Split the generics of the input and quote all three, where the `impl` names the type alone."""
    code = crate.situation.code(body.path)
    found = next((one for one in IMPL.finditer(body.text) if re.fullmatch(r"\s*#\w+\s*", one["type"])), None)
    statement = code.statement(body.node) if code else None
    if code is None or found is None or statement is None or "#" in found["head"] or _split(body.node, code):
        return
    owner = _input(statement, found["type"].strip().removeprefix("#"), code)
    if owner:
        row = f"let (impl_generics, ty_generics, where_clause) = {owner}.generics.split_for_impl();"
        yield code.before(statement, row)
        start = body.start + len(body.text[: found.start("head")].encode())
        end = body.start + len(body.text[: found.end("type")].encode())
        yield Rewrite(start, start, " #impl_generics")
        yield Rewrite(end, end, " #ty_generics #where_clause")


def _bounds(crate: MacroCrate, errors: Sequence[Diagnostic]) -> Iterator[QuotedFix]:
    """Bound each type parameter by the derived trait, where the generated code asks for it and nothing says it."""
    wanted: dict[str, list[Diagnostic]] = {}
    for error in errors:
        if error.code == "E0277" and (found := BOUND.search(error.message)):
            wanted.setdefault(found["trait"].rpartition("::")[2], []).append(error)
    for trait, of in wanted.items():
        edits: dict[str, list[Rewrite]] = {}
        for body in crate.quoted:
            code = crate.situation.code(body.path)
            named = next((one for one in IMPL.finditer(body.text) if re.search(rf"\b{trait}\b", one["head"])), None)
            path = re.search(rf"(?:::)?(?:\w+::)*{trait}\b(?!\s*::)", named["head"]) if named else None
            split = _split(body.node, code) if code and path else None
            if (
                code is None
                or path is None
                or split is None
                or any("make_where_clause" in text for text in _texts(crate))
            ):
                continue
            declared = split[0].parent.parent
            value = declared.child_by_field_name("value")
            owner = SPLIT.sub("", code.text(value))
            row = (
                f"let mut generics = {owner}.clone();\nfor param in generics.type_params_mut() {{\n"
                f"    param.bounds.push(syn::parse_quote!({path[0]}));\n}}"
            )
            edits.setdefault(body.path, []).append(
                code.before(declared, row.replace("\n", f"\n{own_indent(code, declared)}"))
            )
            edits[body.path].append(instead(value, "generics.split_for_impl()"))
        if edits:
            reason = f"each type parameter of the generated `impl` is bounded by `{trait}`, which its code calls"
            yield QuotedFix(reason, edits, of, sure=False)


def _split(node: Any, code: Statements) -> tuple[Any, tuple[str, str, str]] | None:
    """Return the third name's node of the `split_for_impl` in a quotation's function, and the three names."""
    function = node
    while function.parent is not None and function.type != "function_item":
        function = function.parent
    todo = [function]
    while todo:
        one = todo.pop()
        if one.type == "let_declaration":
            value, pattern = one.child_by_field_name("value"), one.child_by_field_name("pattern")
            if (
                value is not None
                and pattern is not None
                and SPLIT.search(code.text(value))
                and pattern.type == "tuple_pattern"
            ):
                parts = [child for child in pattern.children if child.type not in ("(", ")", ",")]
                if len(parts) == 3:
                    first, second, third = (code.text(part) for part in parts)
                    return parts[2], (first, second, third)
        todo += reversed(one.named_children)
    return None


def _input(statement: Any, called: str, code: Statements) -> str:
    """Return the variable of the derive's input whose `ident` a quoted name was taken from."""
    function = statement
    while function.parent is not None and function.type != "function_item":
        function = function.parent
    text = code.text(function)
    found = re.search(rf"\blet\s+{re.escape(called)}\s*=\s*&?\s*(?P<owner>\w+(?:\.\w+)*)\.ident\b", text)
    return found["owner"] if found else ""


def _texts(crate: MacroCrate) -> Iterator[str]:
    return (code.source.decode("utf-8", "replace") for _, code in crate.sources)
