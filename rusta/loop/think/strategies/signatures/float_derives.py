"""`Eq`, `Ord` or `Hash` is derived on a type that holds floats, which have none of them (E0277 in a derive).

First: the derives go, from the type and from those that hold it, since most types derive them only out of habit.
Second, for a struct that is a key or is sorted: they are implemented by hand, where floats are compared by `total_cmp`
and hashed by their bits, with `PartialEq` and `PartialOrd` to match.

Not covered: by hand for enums, generic structs and floats inside of other types. Source: std, `Eq`, `Hash`, `f64::total_cmp`.
"""

import re
from collections.abc import Iterator
from typing import Any

from rusta.loop.think.hypotheses import Cost, Hypothesis
from rusta.loop.think.situation import Situation
from rusta.tools.declared import attributes_of, bare, declarations, derived, tested
from rusta.tools.diagnostics import Diagnostic
from rusta.tools.statements import Rewrite, Statements, after, instead
from rusta.tools.syntax_walk import innermost, under

FLOAT = re.compile(r"^the trait bound `(?:f32|f64): (?:\w+::)*(Eq|Ord|Hash)` is not satisfied")
TYPES = ("struct_item", "enum_item")
WITH = {"Eq": {"Eq", "Ord"}, "Ord": {"Ord"}, "Hash": {"Hash"}}  # what cannot be derived without the first


def float_derives(situation: Situation) -> Iterator[Hypothesis]:
    """Yield the derives taken back, then those traits by hand."""
    found: dict[str, set[str]] = {}  # the traits that a type, by name, cannot derive
    where: dict[str, tuple[str, Any]] = {}
    first = None
    for error in situation.errors:
        at, said = error.primary, FLOAT.match(error.message)
        code = situation.code(at.path) if at and said and error.macros else None
        node = innermost(code.node(at.start, at.end), *TYPES) if at and code else None
        if at is None or said is None or code is None or node is None or tested(at.path, node, code):
            continue
        name = code.text(node.child_by_field_name("name"))
        found.setdefault(name, set()).update(WITH[said[1]])
        where[name] = at.path, node
        first = first or error
    if first is None:
        return
    held = {name: set(traits) for name, traits in found.items()}
    yield from _dropped(situation, first, held, where)
    yield from _by_hand(situation, first, found, where)


def _dropped(
    situation: Situation, first: Diagnostic, lost: dict[str, set[str]], where: dict[str, tuple[str, Any]]
) -> Iterator[Hypothesis]:
    types = declarations(situation.sources())
    holders: dict[str, list[str]] = {}
    for name, places in types.items():
        for path, node in places[:1] if len(places) == 1 else []:
            code = situation.code(path)
            body = node.child_by_field_name("body")
            for one in under(body, "type_identifier") if code and body is not None else ():
                holders.setdefault(code.text(one), []).append(name) if code else None
    todo = list(lost)
    while todo:
        inner = todo.pop()
        for name in holders.get(inner, []):
            path, node = types[name][0]
            code = situation.code(path)
            traits = (lost[inner] & derived(node, code).keys()) - lost.get(name, set()) if code else set()
            if traits:
                lost.setdefault(name, set()).update(traits)
                where[name] = path, node
                todo.append(name)
    rewrites: dict[str, list[Rewrite]] = {}
    for name, (path, node) in where.items():
        if code := situation.code(path):
            lost[name] &= derived(node, code).keys()
            rewrites.setdefault(path, []).extend(_without(node, lost[name], code))
    told = "; ".join(f"`{name}` no longer derives {', '.join(sorted(traits))}" for name, traits in lost.items())
    reason = f"floats have no `Eq`, `Ord` and `Hash` (NaN equals nothing), so what holds one cannot derive them: {told}"
    price = "it cannot be a key of a map, and is not sorted as it is"
    yield situation.hypothesis(first, reason, rewrites, Cost.NONE, price)


def _without(node: Any, traits: set[str], code: Statements) -> list[Rewrite]:
    """Return the edits that take traits out of the derives of a type."""
    edits = []
    for one in attributes_of(node):
        text = code.text(one)
        if not text.startswith("#[derive(") or not text.endswith(")]"):
            continue
        names = [name.strip() for name in text[len("#[derive(") : -2].split(",") if name.strip()]
        kept = [name for name in names if bare(name) not in traits]
        if kept and kept != names:
            edits.append(instead(one, f"#[derive({', '.join(kept)})]"))
        elif not kept:
            end = one.end_byte
            while code.source[end : end + 1].isspace():
                end += 1
            edits.append(Rewrite(one.start_byte, end, ""))
    return edits


def _by_hand(
    situation: Situation, first: Diagnostic, lost: dict[str, set[str]], where: dict[str, tuple[str, Any]]
) -> Iterator[Hypothesis]:
    rewrites: dict[str, list[Rewrite]] = {}
    for name in lost:
        path, node = where[name]
        code = situation.code(path)
        fields = _fields(node, code) if code else []
        if code is None or not fields or node.child_by_field_name("type_parameters") is not None:
            return
        derives = derived(node, code)
        own = {"PartialEq", "Eq"} | ({"Hash"} & derives.keys()) | ({"PartialOrd", "Ord"} if "Ord" in derives else set())
        rewrites.setdefault(path, []).extend([*_without(node, own, code), after(node, _implemented(name, fields, own))])
    reason = (
        "floats have no `Eq`, `Ord` and `Hash`, so these are written by hand: with `total_cmp` and the bits of a float"
    )
    yield situation.hypothesis(
        first, reason, rewrites, Cost.SMALL, "`-0.0` and `0.0` are different, and NaN equals itself"
    )


def _fields(node: Any, code: Statements) -> list[tuple[str, bool]]:
    """Return the fields of a struct, and which of them are floats; [] where a float lies deeper."""
    body = node.child_by_field_name("body")
    found: list[tuple[str, bool]] = []
    if node.type != "struct_item" or body is None:
        return []
    for one in body.named_children:
        if one.type == "field_declaration":
            found.append((code.text(one.child_by_field_name("name")), code.text(one.child_by_field_name("type"))))  # type: ignore[arg-type]
        elif body.type == "ordered_field_declaration_list" and one.type.endswith("_type"):
            found.append((str(len(found)), code.text(one)))  # type: ignore[arg-type]
    if any(re.search(r"\bf(?:32|64)\b", str(kind)) and kind not in ("f32", "f64") for _, kind in found):
        return []
    return [(name, str(kind) in ("f32", "f64")) for name, kind in found]


def _implemented(name: str, fields: list[tuple[str, bool]], traits: set[str]) -> str:
    same = " && ".join(
        f"self.{field}.to_bits() == other.{field}.to_bits()" if real else f"self.{field} == other.{field}"
        for field, real in fields
    )
    first, *rest = [f"self.{field}.{'total_cmp' if real else 'cmp'}(&other.{field})" for field, real in fields]
    order = first + "".join(f".then_with(|| {one})" for one in rest)
    hashed = "\n        ".join(
        f"std::hash::Hash::hash(&self.{field}{'.to_bits()' if real else ''}, state);" for field, real in fields
    )
    parts = [
        f"impl PartialEq for {name} {{\n    fn eq(&self, other: &Self) -> bool {{\n        {same}\n    }}\n}}",
        f"impl Eq for {name} {{}}",
    ]
    if "Ord" in traits:
        parts += [
            f"impl PartialOrd for {name} {{\n"
            "    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {\n        Some(self.cmp(other))\n    }\n}",
            f"impl Ord for {name} {{\n    fn cmp(&self, other: &Self) -> std::cmp::Ordering {{\n        {order}\n    }}\n}}",
        ]
    if "Hash" in traits:
        parts.append(
            f"impl std::hash::Hash for {name} {{\n"
            f"    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {{\n        {hashed}\n    }}\n}}"
        )
    return "".join(f"\n\n{one}" for one in parts)
