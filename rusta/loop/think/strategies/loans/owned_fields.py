"""A struct or enum borrows from what its maker owns, or even from its own field (E0515, E0505, E0597): it owns it instead.

A function that makes a `Document<'a>` of a text that it is given, or makes itself, cannot return parts of that text:
they would be gone, and a struct cannot borrow from its own field. Each `&'a str` of the type becomes `String`, `&'a [T]`
a `Vec<T>`, also within `Vec`, `Option` and maps; its lifetime goes, from every signature that names it, and from types
that have it only for this one. What is put into the fields is made owned, by literals, constructors and `push`.

Not covered: `&'a mut` and `&'a dyn`, types of other crates with a lifetime in a field, associated types that borrow.
Source: the Book, ch. 10.3 and 15 ("Lifetime annotations in struct definitions"); rustc --explain E0515.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from rusta.loop.think.hypotheses import Cost, Hypothesis
from rusta.loop.think.situation import Situation
from rusta.loop.think.strategies.loans.crate_types import owner_name
from rusta.loop.think.strategies.loans.owned_results import Returned, owned_type, owned_value
from rusta.tools.declared import attributes_of, bare, declarations, tested
from rusta.tools.statements import Rewrite, Statements, after, instead
from rusta.tools.syntax_walk import FileEdits, innermost, under

CODES = ("E0515", "E0505", "E0597", "E0716", "E0521", "E0382")
PLAIN = re.compile(r"(?:[\w:]+::)?(Option|Vec|VecDeque|HashSet|BTreeSet|HashMap|BTreeMap|Box)<")
MAPS = ("HashMap", "BTreeMap")
EMPTY = re.compile(
    r"(?:[\w:]+::)?\w+(?:::<.*>)?::(?:new|default|with_capacity)\(|Default::default\(|vec!\s*[\[(]\s*[\])]$|None$|\"\"$"
)
STORES = {"push": 0, "push_back": 0, "push_front": 0, "insert": None, "entry": 0}
Fields = dict[str, Any]  # the types of fields by name, or of places by number


@dataclass
class _Owning:
    """Types that lose their lifetimes. `made` are the fields to be owned, by the name that a value is made with."""

    names: set[str] = field(default_factory=set)
    made: dict[str, Fields] = field(default_factory=dict)
    owner: dict[int, Statements] = field(default_factory=dict)


def owned_fields(situation: Situation) -> Iterator[Hypothesis]:
    """Yield types that own what they borrowed, with values that are made owned where they begin or where they are stored."""
    types = None
    known: set[str] = set()
    for error in situation.errors:
        at = error.primary
        code = situation.code(at.path) if at and error.code in CODES else None
        if at is None or code is None or tested(at.path, node := code.node(at.start, at.end), code):
            continue
        types = types if types is not None else declarations(situation.sources())
        name = next((one for one in _named(node, code) if len(types.get(one, [])) == 1 and one not in known), None)
        if name is None or len(known) > 1:
            continue
        known.add(name)
        path, item = types[name][0]
        owning = _owning(name, item, situation.code(path), situation)
        if owning is None:
            continue
        ways: list[FileEdits] = []
        for early in (True, False):
            edits = {where: _edits(where, source, owning, early) for where, source in situation.sources()}
            edits = {where: found for where, found in edits.items() if found}
            if edits not in ways:
                ways.append(edits)
        told = ", ".join(f"`{name}`" for name in sorted(owning.names))
        for edits in ways:
            reason = f"{told} would borrow from what ends before it, so that it owns its parts and has no lifetime"
            yield situation.hypothesis(error, reason, edits, Cost.INTERFACE, "each part is copied when it is made")


def _named(node: Any, code: Statements) -> Iterator[str]:
    """Yield the types that the function around a node returns, or is a method of."""
    function = innermost(node, "function_item")
    kind = function.child_by_field_name("return_type") if function is not None else None
    for word in re.findall(r"[A-Z]\w*", code.text(kind)) if kind is not None else ():
        yield owner_name(code, node) if word == "Self" else word
    yield owner_name(code, node)


def _lifetimes(item: Any, code: Statements) -> list[str]:
    parameters = item.child_by_field_name("type_parameters")
    found = re.findall(r"'\w+", code.text(parameters)) if parameters is not None else []
    return list(dict.fromkeys(found))


def _owning(name: str, item: Any, code: Statements | None, situation: Situation) -> _Owning | None:
    """Return a type with all that has its lifetime for it alone; None where it cannot own what it borrows."""
    lives = _lifetimes(item, code) if code else []
    if code is None or len(lives) != 1 or f": {lives[0]}" in code.text(item):
        return None
    found = _Owning({name})
    body = item.child_by_field_name("body")
    borrowed = 0
    for maker, parts in _parts(name, body, code):
        for key, kind in parts.items():
            said = code.text(kind)
            if lives[0] not in said:
                continue
            owned = owned_type(code, kind)
            if "'" in owned or "&" in owned or re.search(r"&\s*'\w+\s+(?:mut|dyn)\b", said):
                return None
            found.made.setdefault(maker, {})[key] = kind
            found.owner[kind.id] = code
            borrowed += 1
    if not borrowed:
        return None
    grown = True
    while grown:
        grown = False
        for _, source in situation.sources():
            for one in under(source.root, "struct_item", "enum_item"):
                called = source.text(one.child_by_field_name("name"))
                if called in found.names or not (own := _lifetimes(one, source)):
                    continue
                inside = one.child_by_field_name("body")
                rest = re.sub(rf"\b(?:{'|'.join(found.names)})<'\w+>", "", source.text(inside)) if inside else ""
                if len(own) == 1 and inside is not None and "'" not in re.sub(r"'static\b|'.'", "", rest):
                    found.names.add(called)
                    grown = True
    return found


def _parts(name: str, body: Any, code: Statements) -> Iterator[tuple[str, Fields]]:
    """Yield what values of a type are made with (its own name, its variants'), with the types of their fields."""
    if body is None:
        return
    if body.type == "enum_variant_list":
        for one in body.named_children:
            if one.type == "enum_variant":
                yield from _parts(code.text(one.child_by_field_name("name")), one.child_by_field_name("body"), code)
        return
    parts: Fields = {}
    for one in body.named_children:
        if one.type == "field_declaration":
            parts[code.text(one.child_by_field_name("name"))] = one.child_by_field_name("type")
        elif body.type == "ordered_field_declaration_list" and one.type not in (
            "visibility_modifier",
            "attribute_item",
        ):
            parts[str(len(parts))] = one
    yield name, parts


def _edits(path: str, code: Statements, owning: _Owning, early: bool) -> list[Rewrite]:
    """Return all edits of one source."""
    edits = [*_heads(code, owning)]
    fields = {key: kind for parts in owning.made.values() for key, kind in parts.items() if not key.isdigit()}
    for one in under(code.root, "struct_expression", "call_expression", "assignment_expression"):
        if tested(path, one, code):
            continue
        if one.type == "struct_expression":
            maker = bare(code.text(one.child_by_field_name("name")))
            parts = owning.made.get(owner_name(code, one) if maker == "Self" else maker, {})
            for at in one.child_by_field_name("body").named_children:
                if at.type == "shorthand_field_initializer" and (kind := parts.get(code.text(at))):
                    name = at.named_children[0] if at.named_children else at
                    value = _filled(name, code) if early else None
                    edits += _own(value, kind, code, owning) if value is not None else [
                        Rewrite(at.start_byte, at.start_byte, f"{code.text(at)}: "), *_own(name, kind, code, owning)]  # fmt: skip
                elif at.type == "field_initializer" and (kind := parts.get(code.text(at.named_children[0]))):
                    value = at.child_by_field_name("value")
                    begun = _filled(value, code) if early else None
                    edits += _own(begun if begun is not None else value, kind, code, owning)
        elif one.type == "assignment_expression":
            left = one.child_by_field_name("left")
            named = left.child_by_field_name("field") if left.type == "field_expression" else None
            if named is not None and (kind := fields.get(code.text(named))):
                edits += _own(one.child_by_field_name("right"), kind, code, owning)
        else:
            edits += _called(one, owning, fields, code)
    return list(dict.fromkeys(edits))


def _called(call: Any, owning: _Owning, fields: Fields, code: Statements) -> list[Rewrite]:
    """Return the edits of a constructor's arguments, of what is pushed into a field, and of items copied out of it."""
    function, given = call.child_by_field_name("function"), call.child_by_field_name("arguments").named_children
    if function.type in ("identifier", "scoped_identifier"):
        name = code.text(function).rpartition("::")[2]
        parts = owning.made.get(owner_name(code, call) if name == "Self" else name, {})
        pairs = [(one, parts.get(str(n))) for n, one in enumerate(given)]
        return [edit for one, kind in pairs if kind is not None for edit in _own(one, kind, code, owning)]
    if function.type != "field_expression":
        return []
    method, value = code.text(function.child_by_field_name("field")), function.child_by_field_name("value")
    if method in STORES and value.type == "field_expression":
        kind = fields.get(code.text(value.child_by_field_name("field")))
        inner = _arguments(kind) if kind is not None else []
        pairs = list(zip(given[-len(inner) :], inner, strict=False)) if inner else []
        if pairs and (method != "insert" or len(given) == len(inner)):
            return [edit for one, part in pairs if "&" in _said(part, owning) for edit in _own(one, part, code, owning)]
    if method in ("copied", "cloned"):
        steps = []
        while value.type in ("call_expression", "field_expression"):
            if value.type == "field_expression" and (kind := fields.get(code.text(value.child_by_field_name("field")))):
                inner = _arguments(kind) or [kind]
                item = inner[0] if len(inner) == 1 or "keys" in steps else inner[1]
                if item.type != "reference_type":
                    return []
                view = {"str": ".map(String::as_str)"}.get(_said(item.child_by_field_name("type"), owning), "")
                return [Rewrite(function.child_by_field_name("value").end_byte, call.end_byte, view)]
            if value.type == "field_expression":
                steps.append(code.text(value.child_by_field_name("field")))
            value = value.child_by_field_name("function" if value.type == "call_expression" else "value")
    return []


def _said(kind: Any, owning: _Owning) -> str:
    """Return the text of a type, which may be in another source."""
    return str(kind.text.decode("utf-8", "replace"))


def _arguments(kind: Any) -> list[Any]:
    given = kind.child_by_field_name("type_arguments")
    return list(given.named_children) if given is not None else []


def _begun(name: Any, code: Statements) -> Any:
    """Return the value that a variable was bound to; None for what is no variable."""
    if name.type not in ("identifier", "shorthand_field_initializer"):
        return None
    found = None
    for let in under(innermost(name, "function_item") or name, "let_declaration"):
        pattern, value = let.child_by_field_name("pattern"), let.child_by_field_name("value")
        if let.end_byte <= name.start_byte and code.text(pattern) == code.text(name) and value is not None:
            found = value
    return found


def _filled(name: Any, code: Statements) -> Any:
    """Return the value that a variable was bound to, unless it is empty there and filled later."""
    value = _begun(name, code)
    return value if value is not None and not EMPTY.match(code.text(value)) else None


def _own(value: Any, kind: Any, code: Statements, owning: _Owning) -> list[Rewrite]:
    """Return the edits that make a value owned that was of a borrowing type."""
    said, shown = code.text(value), _said(kind, owning)
    if EMPTY.match(said) and said != '""':
        return []
    text = re.search(r"&\s*'\w+\s+str\b", shown) is not None
    function = innermost(value, "function_item")
    if kind.type == "reference_type":
        if value.type == "try_expression" or said.endswith(("?", ".unwrap()")):
            return [after(value, ".to_owned()")]
        return owned_value(code, value, Returned(function, kind, "", text), "")
    wrapper = PLAIN.match(shown)
    parts = _arguments(kind)
    if wrapper is None or not parts:
        return []
    if wrapper[1] in MAPS:
        pairs = ["key" if n == 0 else "value" for n in range(2)]
        made = [
            f"{one}.to_owned()" if part.type == "reference_type" else one
            for one, part in zip(pairs, parts, strict=False)
        ]
        step = f".map(|({', '.join(pairs)})| ({', '.join(made)}))"
    else:
        step = ".map(str::to_owned)" if text else ".cloned()"
    if wrapper[1] == "Option":
        return owned_value(code, value, Returned(function, kind, "Option", text), "Option")
    called = value.child_by_field_name("function") if value.type == "call_expression" else None
    called = (
        called.child_by_field_name("function") if called is not None and called.type == "generic_function" else called
    )
    if called is not None and called.type == "field_expression" and code.text(called).endswith("collect"):
        return [after(called.child_by_field_name("value"), step)]
    if (found := _begun(value, code)) is not None and ".collect" in code.text(found):
        return _own(found, kind, code, owning)
    if found is not None and EMPTY.match(code.text(found)) and wrapper[1] not in MAPS and (
        edits := owned_value(code, value, Returned(function, kind, "Vec", text), "Vec")
    ):  # fmt: skip
        return edits
    return [after(value, f".into_iter(){step}.collect()")]


def _heads(code: Statements, owning: _Owning) -> Iterator[Rewrite]:
    """Yield the edits of the fields' types, and of every place where the types are named with a lifetime."""
    for parts in owning.made.values():
        for kind in parts.values():
            if owning.owner[kind.id] is code:
                yield instead(kind, owned_type(code, kind))
    for item in under(code.root, "struct_item", "enum_item"):
        parameters = item.child_by_field_name("type_parameters")
        if parameters is not None and code.text(item.child_by_field_name("name")) in owning.names:
            yield _without(parameters, code)
            for one in attributes_of(item):
                if code.text(one).startswith("#[derive") and re.search(r"\bCopy\b", code.text(one)):
                    yield instead(one, re.sub(r",\s*Copy\b|\bCopy\b,?\s*", "", code.text(one)))
    for kind in under(code.root, "generic_type"):
        arguments = kind.child_by_field_name("type_arguments")
        if bare(code.text(kind.child_by_field_name("type"))) in owning.names and "'" in code.text(arguments):
            yield _without(arguments, code)
    for impl in under(code.root, "impl_item", "function_item"):
        parameters = impl.child_by_field_name("type_parameters")
        for one in parameters.named_children if parameters is not None else ():
            life = code.text(one)
            if not re.fullmatch(r"'\w+", life):
                continue
            if impl.type == "function_item":
                rest = re.sub(rf"\b(?:{'|'.join(owning.names)})<{life}>", "", code.text(impl))
                if rest != code.text(impl) and rest.count(life) == 1:
                    yield _without(parameters, code)
                continue
            head = [impl.child_by_field_name(name) for name in ("trait", "type")]
            kinds = " ".join(code.text(part) for part in head if part is not None)
            rest = re.sub(rf"\b(?:{'|'.join(owning.names)})<{life}>", "", kinds)
            if rest != kinds and life not in rest:
                yield _without(parameters, code)
                for used in under(impl.child_by_field_name("body"), "lifetime"):
                    if code.text(used) == life and not _in_names(used, owning, code):
                        yield _elided(used, code)


def _in_names(used: Any, owning: _Owning, code: Statements) -> bool:
    kind = innermost(used, "generic_type")
    return kind is not None and bare(code.text(kind.child_by_field_name("type"))) in owning.names


def _elided(used: Any, code: Statements) -> Rewrite:
    """Return the edit that leaves a lifetime to be inferred."""
    if used.parent.type == "reference_type" or used.parent.type == "self_parameter":
        end = used.end_byte
        while code.source[end : end + 1].isspace():
            end += 1
        return Rewrite(used.start_byte, end, "")
    return instead(used, "'_")


def _without(arguments: Any, code: Statements) -> Rewrite:
    """Return the edit that takes the lifetimes out of a list of parameters or arguments."""
    kept = [code.text(one) for one in arguments.named_children if not code.text(one).startswith("'")]
    return instead(arguments, f"<{', '.join(kept)}>" if kept else "")
