"""A value of another type than the one that is expected (E0308): it is converted by what std offers for the two types.

rustc shows both types. For each place the ways are listed (`type_conversions`), the cheapest first; the best ones of all
places are one change, then the next one of all places with the same two types. An `Option` that is matched as its
content, and a builder's method that gives back `self`, are among the ways; of a list of trait objects all items change.

Not covered: numbers (`number_borders`), texts that are matched with literals (`matched_texts`); tests.
Source: rustc --explain E0308; the Reference, "Coercion sites".
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from rusta.loop.think.hypotheses import Cost, Hypothesis
from rusta.loop.think.situation import Situation
from rusta.loop.think.strategies.conversions.error_variants import ATTACHED
from rusta.loop.think.strategies.conversions.type_conversions import (
    MADE,
    NUMBERS,
    Surroundings,
    conversions_of,
    plain,
)
from rusta.loop.think.strategies.loans.owned_items import freed_type
from rusta.tools.declared import tested
from rusta.tools.diagnostics import Diagnostic
from rusta.tools.statements import Rewrite, Statements, after, instead
from rusta.tools.syntax_walk import FileEdits, innermost, opened, under

LABEL = re.compile(r"expected `(?P<wanted>[^`]+)`, found `(?P<found>[^`]+)`")
NOTE = re.compile(r"expected (?:[\w ]+ )?`(?P<wanted>[^`]+)`\s+found (?:[\w ]+ )?`(?P<found>[^`]+)`")
CAST = re.compile(r"required for the cast from `(?P<found>[^`]+)` to `(?P<wanted>[^`]+)`")
SCRUTINEE = re.compile(r"this expression has type `([^`]+)`")
MOST, WAYS = 6, 3


@dataclass(frozen=True)
class Misfit:
    """One place, and the ways to change it: edits with what they cost and what they say."""

    error: Diagnostic
    path: str
    types: tuple[str, str]
    ways: tuple[tuple[str, tuple[Rewrite, ...], Cost], ...]


def fitting_types(situation: Situation) -> Iterator[Hypothesis]:
    """Yield the best conversions of all places together, then the next ones for each pair of types."""
    errors = [one for one in situation.errors if one.primary and one.code in ("E0308", "E0277")]
    if not errors:
        return
    makers, holders = _made(situation)
    places: list[Misfit] = []
    seen: set[tuple[str, int]] = set()
    for error in errors:
        found = _misfit(error, situation, makers, holders)
        if found is not None and (found.path, found.ways[0][1][0].start) not in seen:
            seen.add((found.path, found.ways[0][1][0].start))
            places.append(found)
    if not places:
        return
    kinds = list(dict.fromkeys(one.types for one in places))
    picks: list[dict[tuple[str, str], int]] = [{}]
    most = {kind: max(len(one.ways) for one in places if one.types == kind) for kind in kinds[:MOST]}
    picks += [{kind: nth} for nth in range(1, WAYS) for kind in most if nth < most[kind]]
    for pick in picks[:MOST]:
        edits: FileEdits = {}
        told, cost = [], Cost.NONE
        for one in places:
            text, rewrites, price = one.ways[min(pick.get(one.types, 0), len(one.ways) - 1)]
            edits.setdefault(one.path, []).extend(rewrites)
            told.append(f"`{text if len(text) <= 60 else f'{text[:60]}…'}`")
            cost = max(cost, price)
        reason = f"what is there becomes what is expected: {', '.join(list(dict.fromkeys(told))[:4])}"
        yield situation.hypothesis(places[0].error, reason, _apart(edits), cost)


def _apart(edits: FileEdits) -> FileEdits:
    """Return edits without those that lie in another one."""
    kept: FileEdits = {}
    for path, some in edits.items():
        for one in sorted(set(some), key=lambda edit: (edit.start, -edit.end)):
            if not any(other.start < one.end and one.start < other.end for other in kept.get(path, ())):
                kept.setdefault(path, []).append(one)
    return kept


def _misfit(
    error: Diagnostic,
    situation: Situation,
    makers: dict[tuple[str, str], list[str]],
    holders: dict[tuple[str, str], str],
) -> Misfit | None:
    at = error.primary
    code = situation.code(at.path) if at else None
    node = code.node(at.start, at.end) if at and code else None
    if at is None or code is None or node is None or tested(at.path, node, code):
        return None
    if error.code == "E0277":
        said = next((found for one in error.children if (found := CAST.search(one.message))), None)
    else:
        said = next((found for one in error.children if (found := NOTE.search(one.message))), None)
        said = said or LABEL.search(at.label or "")
        if said is None or "..." in said["wanted"] + said["found"]:
            said = LABEL.search(at.label or "") or said
    if said is None:
        return None
    types = (said["found"], said["wanted"])
    if NUMBERS.fullmatch(plain(types[0]).lstrip("&")) and NUMBERS.fullmatch(plain(types[1])):
        return None
    scrutinee = next(((span, found[1]) for span in error.spans if (found := SCRUTINEE.match(span.label or ""))), None)
    if scrutinee is not None and (pattern := innermost(node, "match_pattern", "let_condition", "let_declaration")):
        subject = code.node(scrutinee[0].start, scrutinee[0].end)
        ways = list(_matched(node, pattern, subject, scrutinee[1], types[0], code))
    else:
        function = innermost(node, "function_item", "closure_expression")
        gives = function.child_by_field_name("return_type") if function is not None else None
        words = code.text(function)[:80] if function is not None and function.type == "function_item" else ""
        returns = code.text(gives) if gives is not None else ""
        around = Surroundings(returns, bool(re.search(r"\basync fn\b", words)), makers, holders)
        if node.type == "self":
            ways = list(_receiver(function, types, code))
        else:
            ways = [
                *_ended(node, types, code),
                *_told(node, function, types, code),
                *_given_back(node, function, types, code),
                *_converted(node, (at.start, at.end), types, around, code),
            ]
    return Misfit(error, at.path, types, tuple(ways[:WAYS])) if ways else None


def _converted(
    node: Any, span: tuple[int, int], types: tuple[str, str], around: Surroundings, code: Statements
) -> Iterator[tuple[str, tuple[Rewrite, ...], Cost]]:
    value = code.source[span[0] : span[1]].decode("utf-8", "replace")
    if node.parent is not None and node.parent.type == "shorthand_field_initializer":
        node = node.parent
    head = f"{value}: " if node.type == "shorthand_field_initializer" else ""
    seen = {value}
    if node.type in (
        "for_expression",
        "while_expression",
        "loop_expression",
        "let_declaration",
        "expression_statement",
    ):
        return
    for one in sorted(conversions_of(value, *types, around), key=lambda way: way.cost):
        if one.text not in seen:
            seen.add(one.text)
            pointer = one.text.removesuffix(f"({value})")
            others = _beside(span, code) if "dyn " in types[1] and pointer in MADE.values() else []
            likewise = [
                instead(
                    other, f"{pointer}({code.source[other.start_byte : other.end_byte].decode('utf-8', 'replace')})"
                )
                for other in others
                if not code.source.startswith(f"{pointer}(".encode(), other.start_byte)
            ]
            yield one.text, (Rewrite(*span, head + one.text), *likewise), one.cost


def _beside(span: tuple[int, int], code: Statements) -> list[Any]:
    """Return the other items of the list that a value is in, of which rustc names the first alone."""
    node = opened(code).node(*span)
    while node.parent is not None and (node.parent.start_byte, node.parent.end_byte) == span:
        node = node.parent
    items = node.parent
    if items is None or not (
        items.type == "array_expression" or (items.type == "arguments" and re.match(r"vec\b", code.text(items.parent)))
    ):
        return []
    return [one for one in items.named_children if one != node and "comment" not in one.type]


def _matched(
    node: Any, pattern: Any, subject: Any, kind: str, found: str, code: Statements
) -> Iterator[tuple[str, tuple[Rewrite, ...], Cost]]:
    """Yield how a value is matched with patterns of another type: its content, or patterns that open it."""
    kind, found, said = plain(kind), plain(found), code.text(subject)
    if kind.removeprefix("&") == found or (kind.startswith("Box<") and kind[4:-1] == found):
        yield f"*{said}", (instead(subject, f"*{said}"),), Cost.NONE
    elif (wrapped := re.fullmatch(r"&?(Option|Result)<(.+)>", kind)) and pattern.type == "match_pattern":
        body = pattern.parent.parent
        name = "Some" if wrapped[1] == "Option" else "Ok"
        whole = [one.child_by_field_name("pattern") for one in under(body, "match_arm") if one.parent == body]
        edits = []
        for one in whole:
            inside = [child for child in one.named_children if child != one.child_by_field_name("condition")]
            text = code.text(inside[0]) if inside else "_"
            if (
                text not in ("_", "None")
                and not re.match(r"(?:Some|None|Ok|Err)\b", text)
                and not re.fullmatch(r"[a-z]\w*", text)
            ):
                edits.append(instead(inside[0], f"{name}({text})"))
        if edits:
            yield edits[0].text, tuple(edits), Cost.NONE


def _ended(node: Any, types: tuple[str, str], code: Statements) -> Iterator[tuple[str, tuple[Rewrite, ...], Cost]]:
    """Yield `Ok(())` or `Some(())` after a block's last statement that gives nothing."""
    last = {"Result<(), ": "Ok(())", "Option<()>": "Some(())"}
    end = next((text for head, text in last.items() if plain(types[1]).startswith(head)), "")
    if (
        plain(types[0]) == "()"
        and end
        and node.type in ("for_expression", "while_expression", "if_expression", "block")
    ):
        whole = node.parent if node.parent.type == "expression_statement" else node
        line = code.source[code.source.rfind(b"\n", 0, whole.start_byte) + 1 : whole.start_byte].decode()
        if whole.type != "block" and not line.strip():
            yield end, (after(whole, f"\n{line}{end}"),), Cost.NONE


def _told(
    node: Any, function: Any, types: tuple[str, str], code: Statements
) -> Iterator[tuple[str, tuple[Rewrite, ...], Cost]]:
    """Yield the result's type at the `let` of a list of trait objects that is given back."""
    gives = function.child_by_field_name("return_type") if function is not None else None
    last = node.parent.type in ("block", "return_expression")
    if gives is None or node.type != "identifier" or "dyn " not in types[1] or not last:
        return
    for let in under(function, "let_declaration"):
        pattern = let.child_by_field_name("pattern")
        if let.child_by_field_name("type") is None and code.text(pattern).removeprefix("mut ") == code.text(node):
            yield code.text(gives), (after(pattern, f": {code.text(gives)}"),), Cost.NONE
            return


def _given_back(
    node: Any, function: Any, types: tuple[str, str], code: Statements
) -> Iterator[tuple[str, tuple[Rewrite, ...], Cost]]:
    """Yield the owned type as the result of a function whose value holds what the result lends."""
    gives = function.child_by_field_name("return_type") if function is not None else None
    last = node.parent.type in ("return_expression", "block") and function is not None
    if gives is not None and last and "&" in plain(types[1]) and freed_type(plain(types[1])) == plain(types[0]):
        new = freed_type(" ".join(code.text(gives).split()))
        yield f"-> {new}", (instead(gives, new),), Cost.INTERFACE


def _receiver(
    function: Any, types: tuple[str, str], code: Statements
) -> Iterator[tuple[str, tuple[Rewrite, ...], Cost]]:
    """Yield how a method that gives back `self` does: it takes it by value, or gives back a reference."""
    if function is None or function.type != "function_item":
        return
    given = [one for one in function.child_by_field_name("parameters").named_children if one.type == "self_parameter"]
    gives = function.child_by_field_name("return_type")
    if not given or gives is None:
        return
    found, wanted = plain(types[0]), plain(types[1])
    if found == f"&mut {wanted}":
        yield "mut self", (instead(given[0], "mut self"),), Cost.INTERFACE
        yield f"&mut {code.text(gives)}", (instead(gives, f"&mut {code.text(gives)}"),), Cost.INTERFACE
    elif wanted == f"&mut {found}":
        yield "&mut self", (instead(given[0], "&mut self"),), Cost.INTERFACE


def _made(situation: Situation) -> tuple[dict[tuple[str, str], list[str]], dict[tuple[str, str], str]]:
    """Return how the crate's types are made of one value, and in which field they hold one."""
    makers: dict[tuple[str, str], list[str]] = {}
    holders: dict[tuple[str, str], list[str]] = {}
    for _, code in situation.sources():
        for node in under(code.root, "enum_variant", "struct_item"):
            body, name = node.child_by_field_name("body"), code.text(node.child_by_field_name("name"))
            if body is None:
                continue
            owner = name
            if node.type == "enum_variant":
                owner = code.text(innermost(node, "enum_item").child_by_field_name("name"))
                name = f"{owner}::{name}"
            kinds = [one for one in body.named_children if one.type not in ATTACHED]
            if body.type == "ordered_field_declaration_list" and len(kinds) == 1:
                makers.setdefault((owner, plain(code.text(kinds[0]))), []).append(name)
            if node.type == "struct_item":
                for n, one in enumerate(kinds):
                    kind = one.child_by_field_name("type") if one.type == "field_declaration" else one
                    field = code.text(one.child_by_field_name("name")) if one.type == "field_declaration" else str(n)
                    holders.setdefault((owner, plain(code.text(kind))), []).append(field)
    return makers, {key: fields[0] for key, fields in holders.items() if len(fields) == 1}
