"""A conversion from everything collides with what std has already: `impl<S: AsRef<str>> From<S> for Tag` (E0119).

std has `impl<T> From<T> for T`, and `TryFrom<U>` for all that is `Into`, so a blanket impl of one's own overlaps with
them where its type meets the bound, and the one of `TryFrom` always (the Reference, "Trait implementation coherence";
RFC 1023). The body becomes a private generic function of the type, and the trait is implemented for the usual types
that the bound is meant for, by calling it. For a bound `Into<Own>` these are the types that `Own` has a `From` for.

Not covered: bounds that are in no table here, impls with more than one parameter, and types with parameters.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from rusta.loop.think.hypotheses import Cost, Hypothesis
from rusta.loop.think.situation import Situation
from rusta.loop.think.strategies.loans.name_uses import indent_of
from rusta.tools.declared import BESIDE
from rusta.tools.diagnostics import Diagnostic
from rusta.tools.generics import bounds_of
from rusta.tools.statements import Statements, instead
from rusta.tools.syntax_walk import FileEdits, innermost, under

TEXTS = ("&str", "String", "&String")
MEANT = {
    "AsRef<str>": TEXTS, "Borrow<str>": TEXTS, "Into<String>": TEXTS, "ToString": TEXTS, "Display": TEXTS,
    "AsRef<[u8]>": ("&[u8]", "Vec<u8>", "&Vec<u8>"), "Into<Vec<u8>>": ("&[u8]", "Vec<u8>", "&str", "String"),
    "AsRef<Path>": ("&std::path::Path", "std::path::PathBuf", "&str", "String"),
    "Into<PathBuf>": ("&std::path::Path", "std::path::PathBuf", "&str", "String"),
    "Into<f64>": ("f64", "f32", "i32", "u32"), "Into<u64>": ("u64", "u32", "u16", "u8"),
    "Into<i64>": ("i64", "i32", "i16", "i8", "u32"), "Into<u32>": ("u32", "u16", "u8"), "Into<i32>": ("i32", "i16", "i8"),
}  # fmt: skip
FUNCTIONS = {"From": ("from", "of_any"), "TryFrom": ("try_from", "try_of_any")}


@dataclass(frozen=True)
class Blanket:
    """An impl of `From` or `TryFrom` for all types with some bounds."""

    error: Diagnostic
    path: str
    code: Statements
    item: Any
    trait: str
    kind: str  # the parameter
    bounds: str
    owner: str


def blanket_conversions(situation: Situation) -> Iterator[Hypothesis]:
    """Yield all blanket conversions as those from the types that their bounds are meant for."""
    found = [one for error in situation.errors if (one := _blanket(situation, error)) is not None]
    if not found:
        return
    sources: dict[str, tuple[str, ...]] = {}
    for _, code in situation.sources():
        for item in under(code.root, "impl_item"):
            told = re.match(r"impl\s+(?:\w+::)*From<([^{};]+)>\s+for\s+(\w+)\s*\{", code.text(item))
            if told:
                sources[told[2]] = (*sources.get(told[2], ()), told[1])
    edits: FileEdits = {}
    named = []
    for one in sorted(found, key=lambda one: one.trait):  # `From` first: a bound `Into` of the other may need it
        kinds = _meant(one.bounds, sources)
        written = _written(one, kinds) if kinds else None
        if kinds is None or written is None:
            continue
        if one.trait == "From":
            sources[one.owner] = (*sources.get(one.owner, ()), *kinds)
        edits.setdefault(one.path, []).append(instead(one.item, written))
        named.append(f"`{one.trait}` for `{one.owner}`: {', '.join(f'`{kind}`' for kind in kinds)}")
    if edits:
        reason = f"std converts everything to itself, so only single types can be added ({'; '.join(named)})"
        trade = "other types of the same bound are no longer converted"
        yield situation.hypothesis(found[0].error, reason, edits, Cost.INTERFACE, trade)


def _blanket(situation: Situation, error: Diagnostic) -> Blanket | None:
    if error.code != "E0119" or not any("in crate `core`" in one.message for one in error.children):
        return None
    span = next((one for one in error.spans if one.primary), None)
    code = situation.code(span.path) if span is not None else None
    item = innermost(code.node(span.start, span.end), "impl_item") if span is not None and code is not None else None
    if span is None or code is None or item is None or item.child_by_field_name("trait") is None:
        return None
    given, owner = item.child_by_field_name("type_parameters"), item.child_by_field_name("type")
    trait = re.fullmatch(r"(?:\w+::)*(From|TryFrom)<(\w+)>", code.text(item.child_by_field_name("trait")))
    if trait is None or given is None or owner.type != "type_identifier" or len(given.named_children) != 1:
        return None
    bounds = "".join(bounds_of(item, trait[2], code).split()).lstrip(":")
    return Blanket(error, span.path, code, item, trait[1], trait[2], bounds, code.text(owner))


def _meant(bounds: str, sources: dict[str, tuple[str, ...]]) -> tuple[str, ...] | None:
    """Return the types that some bounds are meant for."""
    for one in bounds.split("+"):
        bare = re.sub(r"\b(?:\w+::)+", "", one)
        if bare in MEANT:
            return MEANT[bare]
        if (told := re.fullmatch(r"Into<(\w+)>", bare)) and told[1] in sources:
            return tuple(dict.fromkeys(sources[told[1]]))
        if told := re.fullmatch(r"IntoIterator<Item=(.+)>", bare):
            return (f"Vec<{told[1]}>",)
    return None


def _written(one: Blanket, kinds: tuple[str, ...]) -> str | None:
    """Return the private function with the body, and the impls that call it."""
    code, name = one.code, FUNCTIONS[one.trait]
    body = one.item.child_by_field_name("body")
    functions = [at for at in body.named_children if at.type == "function_item"]
    if len(functions) != 1 or code.text(functions[0].child_by_field_name("name")) != name[0]:
        return None
    function, fault = functions[0], ""
    parameters = list(under(function.child_by_field_name("parameters"), "parameter"))
    associated = [at for at in body.named_children if at.type == "type_item"]
    if associated:
        fault = code.text(associated[0].child_by_field_name("type"))
    if len(parameters) != 1 or bool(fault) != (one.trait == "TryFrom"):
        return None
    taken = code.text(parameters[0].child_by_field_name("pattern"))
    indent = indent_of(code, one.item)
    generics = code.text(one.item.child_by_field_name("type_parameters"))
    where = next((f" {code.text(at).rstrip(',')}" for at in one.item.named_children if at.type == "where_clause"), "")
    given = f"Result<Self, {fault}>" if fault else "Self"
    inner = re.sub(
        r"\bSelf::Error\b|<Self as (?:\w+::)*TryFrom<\w+>>::Error\b",
        lambda _: fault,
        code.text(function.child_by_field_name("body")),
    )
    said = re.sub(r"^mut\s+", "", taken)
    argument = said if said.isidentifier() else "value"
    above, before = "", function.prev_sibling
    while before is not None and before.type in BESIDE:
        above = f"{code.text(before).rstrip()}\n{indent}    {above}"
        before = before.prev_sibling
    text = f"impl {one.owner} {{\n{indent}    {above}fn {name[1]}{generics}({taken}: {one.kind}) -> {given}{where} {inner}\n{indent}}}"
    for kind in kinds:
        head = f"\n{indent}    type Error = {fault};\n" if fault else ""
        text += (
            f"\n\n{indent}impl {one.trait}<{kind}> for {one.owner} {{{head}\n"
            f"{indent}    fn {name[0]}({argument}: {kind}) -> {given} {{\n"
            f"{indent}        Self::{name[1]}({argument})\n{indent}    }}\n{indent}}}"
        )
    return text
