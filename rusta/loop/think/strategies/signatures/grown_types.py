"""A struct, a variant or a function got one more part, and its users were not adapted (E0063, E0061, E0027, E0023).

A missing value is what is in scope under the name of the field or parameter: a variable, a field of `self`, or the same
field of the value that the other fields come from; else the only parameter of that type that is not used there. A
pattern ignores what it does not mention, with `..` or `_`. Where nothing of this exists, somebody has to say the value.

Sources: the Reference, "Struct expressions" and "Patterns". Not covered: arms for new variants (E0004), which do
something that only a person knows, and values that several sites disagree about.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from rusta.loop.think.hypotheses import Cost, Hypothesis
from rusta.loop.think.situation import Situation
from rusta.loop.think.strategies.loans.name_uses import bound_names
from rusta.tools.declared import bare, declarations
from rusta.tools.diagnostics import Diagnostic, Suggestion
from rusta.tools.statements import Rewrite, Statements, after
from rusta.tools.syntax_walk import FileEdits, innermost, under

MISSING = re.compile(r"^missing (?:structure )?fields? (.+) in initializer of `([^`]+)`")
GAP = re.compile(r"/\* (.*?) \*/")
COPIED = re.compile(r"[iuf]\d+|[iu]size|bool|char|&(?!\s*mut).*|Option<(?:[iuf]\d+|[iu]size|bool|char)>", re.S)
GUESS = "that the one value of this type in scope is meant is a guess"


@dataclass
class Scope:
    """What an expression can name: parameters and variables with their types ("" where not written), and `self`."""

    names: dict[str, str] = field(default_factory=dict)
    parameters: dict[str, str] = field(default_factory=dict)
    own: str = ""  # "self" or "&self"; "" in a function without
    owner: str = ""


def grown_types(situation: Situation) -> Iterator[Hypothesis]:
    """Yield the missing values of struct expressions and calls, and the patterns that ignore what is new."""
    types = None
    fields: FileEdits = {}
    firsts: list[Diagnostic] = []
    guessed, said = False, []
    for error in situation.errors:
        if error.code == "E0063" and (told := MISSING.match(error.message)):
            types = types if types is not None else declarations(situation.sources())
            if (found := _fields(situation, error, told, types)) is not None:
                fields.setdefault(found[0], []).append(found[1])
                firsts.append(error)
                said += [one for one in re.findall(r"`(\w+)`", told[1]) if one not in said]
                guessed = guessed or found[2]
        elif error.code in ("E0061", "E0057"):
            types = types if types is not None else declarations(situation.sources())
            for one in error.suggestions:
                if (given := _arguments(situation, error, one, types)) is not None:
                    path, edits, words, guess = given
                    reason = f"the argument that is missing is what its name says: `{words}`"
                    cost = Cost.SMALL if guess else Cost.NONE
                    yield situation.hypothesis(error, reason, {path: edits}, cost, GUESS if guess else "")
                    break
    if firsts:
        words = "`, `".join(said)
        reason = f"each value that is missing is what is there under its name: `{words}`"
        cost = Cost.SMALL if guessed else Cost.NONE
        yield situation.hypothesis(firsts[0], reason, fields, cost, GUESS if guessed else "")
    yield from _patterns(situation)


def _scope(code: Statements, node: Any) -> Scope | None:
    function = innermost(node, "function_item")
    if function is None:
        return None
    found = Scope()
    for one in function.child_by_field_name("parameters").named_children:
        if one.type == "self_parameter":
            found.own = "self" if "&" not in code.text(one) else "&self"
        elif one.type == "parameter":
            name = re.sub(r"^mut\s+", "", code.text(one.child_by_field_name("pattern")))
            found.parameters[name] = code.text(one.child_by_field_name("type"))
    found.names = dict(found.parameters)
    at = node
    while at != function:
        before = at.prev_named_sibling
        while before is not None and at.parent.type == "block":
            if before.type == "let_declaration":
                kind = before.child_by_field_name("type")
                for name in bound_names(code, before.child_by_field_name("pattern")):
                    found.names.setdefault(name, code.text(kind) if kind is not None else "")
            before = before.prev_named_sibling
        if at.type in ("closure_expression", "for_expression", "match_arm"):
            pattern = at.child_by_field_name("parameters") or at.child_by_field_name("pattern")
            for name in bound_names(code, pattern) if pattern is not None else ():
                found.names.setdefault(name, "")
        at = at.parent
    owner = innermost(function.parent, "impl_item")
    found.owner = bare(code.text(owner.child_by_field_name("type"))) if owner is not None else ""
    return found


def _declared(situation: Situation, places: list[tuple[str, Any]], variant: str) -> dict[str, str]:
    """Return the fields of a struct, or of a variant of an enum, with their types."""
    code = situation.code(places[0][0]) if len(places) == 1 else None
    if code is None:
        return {}
    body = places[0][1].child_by_field_name("body")
    if places[0][1].type == "enum_item":
        body = next((one.child_by_field_name("body") for one in under(body, "enum_variant")
                     if code.text(one.child_by_field_name("name")) == variant), None)  # fmt: skip
    return {
        code.text(one.child_by_field_name("name")): code.text(one.child_by_field_name("type"))
        for one in (under(body, "field_declaration") if body is not None else ())
    }


def _only(scope: Scope, kind: str, text: str) -> str | None:
    """Return the only parameter of a type that a piece of code does not use."""
    same = [name for name, one in scope.parameters.items() if "".join(one.split()) == "".join(kind.split())]
    return same[0] if len(same) == 1 and not re.search(rf"\b{same[0]}\b", text) else None


def _fields(
    situation: Situation, error: Diagnostic, told: "re.Match[str]", types: dict[str, list[tuple[str, Any]]]
) -> tuple[str, Rewrite, bool] | None:
    """Return the edit that gives a struct expression all that is missing; and whether a type alone decided."""
    span = error.primary
    code = situation.code(span.path) if span is not None else None
    node = (
        innermost(code.node(span.start, span.end), "struct_expression")
        if span is not None and code is not None
        else None
    )
    scope = _scope(code, node) if code is not None and node is not None else None
    if span is None or code is None or node is None or scope is None or " other field" in told[1]:
        return None
    listed = node.child_by_field_name("body")
    kinds = _declared(situation, types.get(bare(told[2]), []), bare(code.text(node.child_by_field_name("name"))))
    bases = []
    for one in under(listed, "field_initializer"):
        came = re.fullmatch(r"(\w+)\.(\w+)(\.clone\(\))?", code.text(one.child_by_field_name("value")))
        if one.parent == listed and came and came[2] == code.text(one.children[0]):
            bases.append(came[1])
    if scope.own and scope.owner == bare(told[2]) and "self" not in bases:
        bases.append("self")
    added, guessed = [], False
    for name in re.findall(r"`(\w+)`", told[1]):
        kind = kinds.get(name, "")
        if name in scope.names:
            added.append(name)
        elif bases:
            copied = COPIED.fullmatch(kind) or (bases[0] == "self" and scope.own == "self")
            added.append(f"{name}: {bases[0]}.{name}" + ("" if copied else ".clone()"))
        elif kind and (one := _only(scope, kind, code.text(node))) is not None:
            added.append(f"{name}: {one}")
            guessed = True
        else:
            return None
    given = [one for one in listed.named_children if one.type.endswith("initializer")]
    if not given:
        return span.path, Rewrite(listed.start_byte + 1, listed.end_byte - 1, f" {', '.join(added)} "), guessed
    return span.path, after(given[-1], ", " + ", ".join(added)), guessed


def _arguments(
    situation: Situation, error: Diagnostic, offered: Suggestion, types: dict[str, list[tuple[str, Any]]]
) -> tuple[str, list[Rewrite], str, bool] | None:
    """Return rustc's suggestion with its gaps filled."""
    if len({part.span.path for part in offered.parts}) != 1 or not any(GAP.search(part.text) for part in offered.parts):
        return None
    path = offered.parts[0].span.path
    code, span = situation.code(path), error.primary
    node = code.node(span.start, span.end) if code is not None and span is not None else None
    scope = _scope(code, node) if code is not None and node is not None else None
    if code is None or scope is None:
        return None
    names = _missing_names(situation, error)
    own = _declared(situation, types.get(scope.owner, []), "") if scope.own else {}
    call = code.text(innermost(node, "call_expression") or node)
    words: list[str] = []
    guessed, edits = False, []
    for part in offered.parts:
        text = part.text
        for gap in GAP.finditer(part.text):
            name = next((one for one, kind in names if kind == gap[1] and one not in words), None)
            if name is not None and name in scope.names:
                value = name
            elif name is not None and name in own:
                value = f"self.{name}" + ("" if COPIED.fullmatch(own[name]) else ".clone()")
                value = (
                    f"&{value.removesuffix('.clone()')}" if gap[1].startswith("&") and gap[1] != own[name] else value
                )
            elif (one := _only(scope, gap[1], call)) is not None:
                value, guessed = one, True
            else:
                return None
            words.append(value)
            text = text.replace(gap[0], value, 1)
        edits.append(Rewrite(part.span.start, part.span.end, text))
    return path, edits, "`, `".join(words), guessed


def _missing_names(situation: Situation, error: Diagnostic) -> list[tuple[str, str]]:
    """Return the parameters that rustc marks in the function's definition: name and type."""
    found = []
    for child in error.children:
        for span in child.spans if "defined here" in child.message else ():
            code = situation.code(span.path)
            one = code.node(span.start, span.end) if code is not None else None
            if code is not None and one is not None and one.type == "parameter":
                name = re.sub(r"^mut\s+", "", code.text(one.child_by_field_name("pattern")))
                found.append((name.lstrip("_"), code.text(one.child_by_field_name("type"))))
    return found


def _patterns(situation: Situation) -> Iterator[Hypothesis]:
    """Yield all patterns that lack something with `..` or `_` at their end."""
    edits: FileEdits = {}
    first = None
    for error in situation.errors:
        span = error.primary
        code = situation.code(span.path) if span is not None else None
        if span is None or code is None:
            continue
        if error.code == "E0027":
            node = innermost(code.node(span.start, span.end), "struct_pattern")
            given = [one for one in node.named_children if one.type == "field_pattern"] if node is not None else []
            if given:
                comma = given[-1].next_sibling
                ended = comma is not None and comma.type == ","
                edit = after(comma, " ..") if ended else after(given[-1], ", ..")
                edits.setdefault(span.path, []).append(edit)
                first = first or error
        told = re.search(r"has (\d+) fields?, but the corresponding tuple (?:variant|struct) has (\d+)", error.message)
        if error.code == "E0023" and told and int(told[1]) < int(told[2]):
            node = innermost(code.node(span.start, span.end), "tuple_struct_pattern")
            given = node.named_children[1:] if node is not None else []
            if given:
                rest = ", _" * (int(told[2]) - int(told[1]))
                edits.setdefault(span.path, []).append(after(given[-1], rest))
                first = first or error
    if first is not None:
        reason = "the patterns say that they do not look at the part that was added"
        yield situation.hypothesis(first, reason, edits, Cost.NONE, "what was added has no effect here")
