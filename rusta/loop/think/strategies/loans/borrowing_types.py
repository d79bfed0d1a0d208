"""A type that borrows, without a lifetime (E0106, E0261): it gets one, and so does all of the crate that depends on it.

In one change: the lifetime of the type and of every type that holds it, each reference in their fields, the heads of
their impls, what constructors and storing methods take, and, as far as the body reads a borrowed field, what methods
give back, which then lives as long as what was borrowed and not only as long as the loan of `self`. The second change
leaves the results of methods as they are.

A function whose result could be borrowed from several parameters gets a lifetime for those that its body hands on, and
not for those that it only compares or looks up with (`either(first, second, key)`); then for one parameter each.

Not covered: types that a macro generates, two lifetimes on one type, async functions. Source: the Book, ch. 10.3;
rustc --explain E0106.
"""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from typing import Any

from rusta.loop.think.hypotheses import Cost, Hypothesis
from rusta.loop.think.situation import Situation
from rusta.loop.think.strategies.loans.handed_on import handed_on, stored
from rusta.tools.declared import bare, tested
from rusta.tools.statements import Rewrite, Statements, after
from rusta.tools.syntax_walk import FileEdits, innermost, under

HOLDING = ("struct_item", "enum_item", "union_item", "type_item")
CODES = {"E0106", "E0261"}
PRICE = "the lifetime is part of the types and signatures now, and callers see it"
MOST = 40  # types that get a lifetime


@dataclass
class Borrowing:
    """The types that get a lifetime, and where they are; `life` is its name. `given`: types that declare one already."""

    situation: Situation
    life: str
    types: dict[str, tuple[str, Any]] = field(default_factory=dict)
    given: dict[str, str] = field(default_factory=dict)
    borrowed: dict[str, set[str]] = field(default_factory=dict)  # fields that hold what is borrowed, by type


def borrowing_types(situation: Situation) -> Iterator[Hypothesis]:
    """Yield the lifetimes of all types and functions that lack one, with the results of methods and without."""
    kinds: list[tuple[str, Any]] = []
    functions: list[tuple[str, Any]] = []
    first = None
    for error in situation.errors:
        at = error.primary
        code = situation.code(at.path) if at and error.code in CODES else None
        node = code.node(at.start, at.end) if at and code else None
        if at is None or code is None or tested(at.path, node, code):
            continue
        item = innermost(node, *HOLDING, "function_item")
        if item is None or (item.type == "function_item" and error.code != "E0106") or _inside(item):
            continue
        found = functions if item.type == "function_item" else kinds
        if (at.path, item) not in found:
            found.append((at.path, item))
        first = first or error
    if first is None:
        return
    types = _types(kinds, situation) if kinds else Borrowing(situation, "'a")
    said = ", ".join(f"`{name}`" for name in types.types)
    for results in (True, False) if types.types else (True,):
        edits: FileEdits = {}
        for path, code in situation.sources():
            if found_edits := list(dict.fromkeys(_edits(path, code, types, results))):
                edits[path] = found_edits
        for path, function in functions:
            if chosen := _result(path, function, types):
                _add(edits, path, chosen[0])
        told = (
            f"{said} borrows, and says for how long"
            if said
            else "what is given back is borrowed from what is handed on"
        )
        reason = f"{told}: the lifetime `{types.life}` stands wherever that matters"
        if edits:
            yield situation.hypothesis(first, reason, edits, Cost.NONE, PRICE)
    if not types.types:
        for path, function in functions[:1]:
            for nth, chosen in enumerate(_result(path, function, types)[1:4]):
                reason = (
                    f"what is given back is borrowed from one parameter (the {nth + 1}. way), with the lifetime `'a`"
                )
                yield situation.hypothesis(first, reason, {path: chosen}, Cost.INTERFACE, PRICE)


def _inside(item: Any) -> bool:
    """Return whether a type is an associated one."""
    return item.type == "type_item" and innermost(item, "impl_item", "trait_item") is not None


def _add(edits: FileEdits, path: str, more: list[Rewrite]) -> None:
    known = edits.setdefault(path, [])
    known += [one for one in more if one not in known]


def _types(kinds: list[tuple[str, Any]], situation: Situation) -> Borrowing:
    """Return the types that the errors are about, with all that hold them."""
    declared: dict[str, tuple[str, Any]] = {}
    names: dict[str, set[str]] = {}
    for path, code in situation.sources():
        for node in under(code.root, *HOLDING):
            named = node.child_by_field_name("name")
            if (
                named is not None
                and innermost(node, "impl_item", "trait_item") is None
                and not tested(path, node, code)
            ):
                declared[code.text(named)] = (path, node)
                body = _body(node)
                names[code.text(named)] = {code.text(one) for one in under(body, "type_identifier")} if body else set()
    starts = {id_: name for name, (path, node) in declared.items() for id_ in [(path, node.start_byte)]}
    todo = [starts[path, node.start_byte] for path, node in kinds if (path, node.start_byte) in starts]
    path, node = kinds[0]
    code = situation.code(path)
    lives = re.findall(r"'(?!static\b)\w+", code.text(_body(node))) if code is not None and _body(node) else []
    found = Borrowing(situation, lives[0] if lives else "'a")
    while todo and len(found.types) < MOST:
        name = todo.pop(0)
        if name in found.types or name not in declared:
            continue
        path, node = declared[name]
        code = situation.code(path)
        found.types[name] = declared[name]
        parameters = node.child_by_field_name("type_parameters")
        if code is not None and parameters is not None and (own := re.search(r"'\w+", code.text(parameters))):
            found.given[name] = own[0]
        todo += [other for other, inside in names.items() if name in inside and other not in found.types]
    for name, (path, node) in found.types.items():
        if code := situation.code(path):
            found.borrowed[name] = {
                code.text(one.child_by_field_name("name"))
                for one in under(_body(node), "field_declaration")
                if "&" in code.text(one) or {code.text(at) for at in under(one, "type_identifier")} & found.types.keys()
            }
    return found


def _body(node: Any) -> Any:
    return node.child_by_field_name("type" if node.type == "type_item" else "body")


def _edits(path: str, code: Statements, types: Borrowing, results: bool) -> Iterator[Rewrite]:
    """Yield the edits of one file."""
    for name, (where, node) in types.types.items():
        if where == path:
            life = types.given.get(name, types.life)
            if name not in types.given:
                yield _declared(node, node.child_by_field_name("name"), life)
            yield from _lent(_body(node), life, code)
            yield from _named(_body(node), life, types, code)
    for impl in under(code.root, "impl_item"):
        kind = impl.child_by_field_name("type")
        name = bare(code.text(kind))
        if name not in types.types or name in types.given or "'" in code.text(kind).partition(" for ")[0]:
            continue
        life = types.life
        yield _declared(impl, None, life)
        yield from _named(kind, life, types, code)
        yield from _impl(impl, name, life, types, code, results)


def _impl(impl: Any, name: str, life: str, types: Borrowing, code: Statements, results: bool) -> Iterator[Rewrite]:
    """Yield the edits of the items of an impl."""
    body, trait = impl.child_by_field_name("body"), impl.child_by_field_name("trait")
    if trait is not None:
        yield from _named(trait, life, types, code)
        yield from _lent(trait, life, code)
    if body is None:
        return
    associated = [one for one in body.named_children if one.type in ("type_item", "associated_type")]
    for one in associated:
        yield from _lent(one, life, code)
        yield from _named(one, life, types, code)
    for function in (one for one in body.named_children if one.type == "function_item"):
        parameters, gives = function.child_by_field_name("parameters"), function.child_by_field_name("return_type")
        if trait is not None:
            if associated and gives is not None:
                yield from _lent(gives, life, code)
                yield from _named(gives, life, types, code)
            continue
        method = any(one.type == "self_parameter" for one in parameters.named_children)
        makes = gives is not None and bool({"Self", *types.types} & {code.text(at) for at in under(gives, "type_identifier")})  # fmt: skip
        for one in (one for one in parameters.named_children if one.type == "parameter"):
            word = code.text(one.child_by_field_name("pattern")).removeprefix("mut ")
            if stored(code, function, word) or (makes and not method and handed_on(code, function, word)):
                yield from _lent(one.child_by_field_name("type"), life, code)
                yield from _named(one.child_by_field_name("type"), life, types, code)
        if gives is None:
            continue
        read = set(re.findall(r"\bself\s*\.\s*(\w+)", code.text(function)))
        if not method or (results and read & types.borrowed.get(name, set()) and "&mut" not in code.text(gives)):
            yield from _named(gives, life, types, code)
            yield from _lent(gives, life, code, types.types)


def _declared(item: Any, named: Any, life: str) -> Rewrite:
    """Return the edit that declares a lifetime on an item, a function or an impl."""
    if (parameters := item.child_by_field_name("type_parameters")) is not None:
        return Rewrite(parameters.start_byte + 1, parameters.start_byte + 1, f"{life}, ")
    if named is not None:
        return after(named, f"<{life}>")
    word = next(one for one in item.children if one.type == "impl")
    return after(word, f"<{life}>")


def _lent(node: Any, life: str, code: Statements, but: Collection[str] = ()) -> Iterator[Rewrite]:
    """Yield the edits that give a lifetime to the references in a type, without those in a function's type.

    `but`: names of types that are held, and not borrowed.
    """
    for one in under(node, "reference_type"):
        said = any(child.type == "lifetime" for child in one.children)
        inner = bare(code.text(one.child_by_field_name("type")))
        if not said and inner not in but and innermost(one, "function_type", "bounded_type") is None:
            yield Rewrite(one.start_byte + 1, one.start_byte + 1, f"{life} ")


def _named(node: Any, life: str, types: Borrowing, code: Statements) -> Iterator[Rewrite]:
    """Yield the edits that give a lifetime to the types of the crate that a type names."""
    for one in under(node, "type_identifier"):
        if code.text(one) not in types.types or code.text(one) in types.given:
            continue
        whole = one.parent if one.parent.type == "scoped_type_identifier" else one
        above = whole.parent
        if above.type == "generic_type" and above.child_by_field_name("type") == whole:
            given = above.child_by_field_name("type_arguments")
            if "'" not in code.text(given).split(",")[0]:
                yield Rewrite(given.start_byte + 1, given.start_byte + 1, f"{life}, ")
        else:
            yield after(whole, f"<{life}>")


def _result(path: str, function: Any, types: Borrowing) -> list[list[Rewrite]]:
    """Return the ways to say what a function's result is borrowed from: what is handed on, then one parameter each."""
    code, gives = types.situation.code(path), function.child_by_field_name("return_type")
    if code is None or gives is None:
        return []
    parameters = [one for one in function.child_by_field_name("parameters").named_children if one.type == "parameter"]
    lending = [
        one
        for one in parameters
        if "&" in code.text(one) or {code.text(at) for at in under(one, "type_identifier")} & types.types.keys()
    ]
    likely = [
        one
        for one in lending
        if handed_on(code, function, code.text(one.child_by_field_name("pattern")).removeprefix("mut "))
    ] or lending
    owner = innermost(function, "impl_item")
    inherits = owner is not None and bare(code.text(owner.child_by_field_name("type"))) in types.types
    ways = []
    for chosen in (likely, *([one] for one in lending if [one] != likely)):
        edits: list[Rewrite] = (
            [] if inherits else [_declared(function, function.child_by_field_name("name"), types.life)]
        )
        for one in chosen:
            kind = one.child_by_field_name("type")
            named = list(_named(kind, types.life, types, code))
            edits += named or _lent(kind, types.life, code)
        edits += [*_lent(gives, types.life, code), *_named(gives, types.life, types, code)]
        ways.append(edits)
    return ways if lending else []
