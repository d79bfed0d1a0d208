"""A type of the crate is printed and has no `Display` (E0277, E0599 on `to_string`), but a method that gives its text.

`fn label(&self) -> &str`, `name`, `as_str` and their like say what the text is: `Display` writes it. Where there is none,
and the type is a struct around one value, `Display` writes that value. Where the type derives `Debug`, the second way
prints it by `{:?}` at the places that rustc names.

Not covered: types whose text nobody has written. Source: the documentation of `Display`; rustc --explain E0277.
"""

import re
from collections.abc import Iterator
from typing import Any

from rusta.loop.think.hypotheses import Cost, Hypothesis
from rusta.loop.think.situation import Situation
from rusta.loop.think.strategies.conversions.error_variants import ATTACHED, written
from rusta.tools.declared import bare, declarations, derived, tested
from rusta.tools.diagnostics import Diagnostic
from rusta.tools.statements import Rewrite, Statements
from rusta.tools.syntax_walk import FileEdits, under

LACKS = re.compile(r"^`&*(?P<type>[\w:]+)(?:<.*>)?` doesn't implement `(?:std::fmt::)?Display`")
PRINTED = re.compile(r"[iuf]\d+|[iu]size|String|char|&'\w+ str")
CALLED = ("as_str", "label", "name", "to_str", "text", "title", "symbol", "describe", "description", "code")


def display_by_label(situation: Situation) -> Iterator[Hypothesis]:
    """Yield `Display` of all types that have a text, and printing by `Debug` where a type has that."""
    lacking: dict[str, list[Diagnostic]] = {}
    for error in situation.errors:
        if error.code == "E0277" and error.primary and (said := LACKS.match(error.message)):
            lacking.setdefault(bare(said["type"]), []).append(error)
    if not lacking:
        return
    types = declarations(situation.sources())
    labels = _labels(situation, set(lacking))
    edits: FileEdits = {}
    shown: FileEdits = {}
    told = []
    first = None
    for name, errors in lacking.items():
        places = types.get(name, [])
        path, node = places[0] if len(places) == 1 else ("", None)
        code = situation.code(path)
        if code is None or node is None or tested(path, node, code):
            continue
        first = first or errors[0]
        value = next((f"self.{one}()" for one in CALLED if one in labels.get(name, ())), "")
        value = value or (f"self.{labels[name][0]}()" if len(labels.get(name, ())) == 1 else _only(node, code))
        if value:
            generics = node.child_by_field_name("type_parameters")
            head, arguments = (code.text(generics), _arguments(generics, code)) if generics is not None else ("", "")
            body = f'        write!(f, "{{}}", {value})\n'
            text = (
                f"impl{head} std::fmt::Display for {name}{arguments} {{\n"
                f"    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {{\n{body}    }}\n}}"
            )
            edits.setdefault(path, []).append(written(text, node, code))
            told.append(f"`{name}` by `{value}`")
        if "Debug" in derived(node, code):
            for error in errors:
                if (other := _debugged(error, situation)) is not None:
                    shown.setdefault(other[0], []).append(other[1])
    if first is not None and edits:
        reason = f"what is printed has a text, and is written by it: {', '.join(told)}"
        yield situation.hypothesis(first, reason, edits, Cost.INTERFACE, "everybody may print it from now on")
    if first is not None and shown:
        reason = "what is printed has no text of its own, and is shown as `Debug` does"
        yield situation.hypothesis(first, reason, shown, Cost.RUNTIME, "the text is meant for programmers")


def _labels(situation: Situation, names: set[str]) -> dict[str, list[str]]:
    """Return the methods of types that take `&self` alone and give a text."""
    found: dict[str, list[str]] = {}
    for _, code in situation.sources():
        for impl in under(code.root, "impl_item"):
            name = bare(code.text(impl.child_by_field_name("type")))
            if name not in names or impl.child_by_field_name("trait") is not None:
                continue
            for one in under(impl.child_by_field_name("body"), "function_item"):
                gives = one.child_by_field_name("return_type")
                taken = code.text(one.child_by_field_name("parameters"))
                if gives is not None and taken in ("(&self)", "(self)") and re.fullmatch(
                    r"String|&(?:'\w+ )?str", code.text(gives)
                ):  # fmt: skip
                    found.setdefault(name, []).append(code.text(one.child_by_field_name("name")))
    return found


def _only(node: Any, code: Statements) -> str:
    """Return the only field of a tuple struct, or ""."""
    body = node.child_by_field_name("body")
    single = node.type == "struct_item" and body is not None and body.type == "ordered_field_declaration_list"
    if not single:
        return ""
    kinds = [code.text(one) for one in body.named_children if one.type not in ATTACHED]
    return "self.0" if len(kinds) == 1 and PRINTED.fullmatch(kinds[0]) else ""


def _arguments(generics: Any, code: Statements) -> str:
    return f"<{', '.join(code.text(one).split(':')[0].split('=')[0].strip() for one in generics.named_children)}>"


def _debugged(error: Diagnostic, situation: Situation) -> tuple[str, Rewrite] | None:
    """Return the edit of the `{}` that rustc points at."""
    for span in error.spans:
        code = situation.code(span.path)
        text = code.source[span.start : span.end] if code is not None else b""
        if re.fullmatch(rb"\{\w*\}", text) and code is not None:
            return span.path, Rewrite(span.start, span.end, f"{text.decode()[:-1]}:?}}")
    return None
