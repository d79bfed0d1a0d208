"""What an `Rc` or an `Arc` holds is changed (E0594, E0596): the fields that are changed become cells of their own.

An `Rc` lends what is in it for reading only, since others hold it too. A field that is assigned or changed there becomes
`RefCell<T>`, in an `Arc` `Mutex<T>`: its literals are wrapped, it is read through `borrow()` and changed through
`borrow_mut()` (`lock().unwrap()`), and a method that changed it takes `&self`. The pointers and signatures stay.

Not covered: fields whose name two types have, enums, tuple structs, patterns that take the struct apart.
Source: the Book, ch. 15.5 ("RefCell<T> and the Interior Mutability Pattern") and 16.3.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from rusta.loop.think.hypotheses import Cost, Hypothesis
from rusta.loop.think.situation import Situation
from rusta.loop.think.strategies.loans.crate_types import owner_name
from rusta.tools.declared import bare, tested
from rusta.tools.statements import Rewrite, Statements, after, instead
from rusta.tools.syntax_walk import innermost, opened, under

SHARED = re.compile(r"data in an `(Rc|Arc)`")
HELD = re.compile(r"implemented for `(?:\w+::)*(?:Rc|Arc)<(?:\w+::)*(\w+)(?:<.*>)?>`")
CHANGES = {
    "push", "push_str", "push_back", "push_front", "insert", "remove", "pop", "pop_back", "pop_front", "clear", "extend",
    "append", "drain", "entry", "retain", "sort", "sort_by", "sort_by_key", "truncate", "dedup", "reverse", "swap",
    "swap_remove", "iter_mut", "values_mut", "get_mut", "last_mut", "first_mut", "take", "replace", "resize", "get_or_insert_with",
}  # fmt: skip
ASSIGNED = ("assignment_expression", "compound_assignment_expr")
TRADE = "what the compiler checked is checked when it runs"


@dataclass(frozen=True)
class _Cells:
    """Fields of one struct that become cells. `reads` and `writes` are how a cell is opened."""

    owner: str
    fields: frozenset[str]
    new: str
    reads: str
    writes: str


def shared_fields(situation: Situation) -> Iterator[Hypothesis]:
    """Yield, for each struct that is changed behind a shared pointer, the changed fields as cells."""
    owners: dict[tuple[str, str], set[str]] = {}
    methods: dict[tuple[str, str], set[str]] = {}
    firsts = {}
    for error in situation.errors:
        at = error.primary
        said = SHARED.search(error.message) if error.code in ("E0594", "E0596") else None
        held = next((found for child in error.children if (found := HELD.search(child.message))), None)
        code = situation.code(at.path) if at and said and held else None
        if at is None or said is None or held is None or code is None:
            continue
        key = (held[1], said[1])
        firsts.setdefault(key, error)
        node = opened(code).node(at.start, at.end)
        if node.type in ASSIGNED:
            node = node.child_by_field_name("left")
        path = list(under(node, "field_expression"))
        inner = path[-1] if path else None  # the first step from the pointer
        fields = _fields(held[1], situation)
        name = code.text(inner.child_by_field_name("field")) if inner is not None else ""
        if name in fields:
            owners.setdefault(key, set()).add(name)
        elif node.parent.type == "field_expression" and node.parent.parent.type == "call_expression":
            called = code.text(node.parent.child_by_field_name("field"))
            if called in fields:
                owners.setdefault(key, set()).add(called)
                continue
            methods.setdefault(key, set()).add(called)
            owners.setdefault(key, set()).update(_changed(held[1], called, situation))
    for (owner, pointer), names in owners.items():
        known = _fields(owner, situation)
        if not names or not names <= known.keys() or _elsewhere(owner, names, situation):
            continue
        cell = "std::cell::RefCell" if pointer == "Rc" else "std::sync::Mutex"
        ways = ("borrow()", "borrow_mut()") if pointer == "Rc" else ("lock().unwrap()", "lock().unwrap()")
        cells = _Cells(owner, frozenset(names), cell, *ways)
        called = methods.get((owner, pointer), set())
        edits = {path: found for path, code in situation.sources() if (found := _edits(path, code, cells, called))}
        told = ", ".join(f"`{owner}.{name}`" for name in sorted(names))
        reason = f"an `{pointer}` is shared, so what is changed in it is in a cell: {told}"
        yield situation.hypothesis(firsts[owner, pointer], reason, edits, Cost.RUNTIME, TRADE)


def _fields(owner: str, situation: Situation) -> dict[str, str]:
    """Return the named fields of a struct of the crate, with their types."""
    for _, code in situation.sources():
        for one in under(code.root, "struct_item"):
            if code.text(one.child_by_field_name("name")) == owner:
                return {
                    code.text(part.child_by_field_name("name")): code.text(part.child_by_field_name("type"))
                    for part in under(one, "field_declaration")
                }
    return {}


def _elsewhere(owner: str, names: set[str], situation: Situation) -> bool:
    """Return whether another struct has a field of one of these names, so that its uses cannot be told apart."""
    for _, code in situation.sources():
        for one in under(code.root, "field_declaration"):
            item = innermost(one, "struct_item", "enum_item", "union_item")
            if (
                code.text(one.child_by_field_name("name")) in names
                and code.text(item.child_by_field_name("name")) != owner
            ):
                return True
    return False


def _changed(owner: str, method: str, situation: Situation) -> set[str]:
    """Return the fields of `self` that a method changes."""
    found = set()
    for _, code in situation.sources():
        for function in under(code.root, "function_item"):
            if code.text(function.child_by_field_name("name")) != method or owner_name(code, function) != owner:
                continue
            for one in under(opened(code).node(function.start_byte, function.end_byte), "field_expression"):
                if code.text(one.child_by_field_name("value")) == "self" and _writes(one, code):
                    found.add(code.text(one.child_by_field_name("field")))
    return found


def _writes(place: Any, code: Statements) -> bool:
    """Return whether a place is assigned, borrowed as mutable, or changed by a method of std."""
    at = place
    while at.parent.type in ("field_expression", "index_expression") and at.parent.named_children[0] == at:
        call = at.parent.parent
        if (
            at.parent.type == "field_expression"
            and call.type == "call_expression"
            and call.named_children[0] == at.parent
        ):
            return code.text(at.parent.child_by_field_name("field")) in CHANGES
        at = at.parent
    if at.parent.type in ASSIGNED:
        return at.parent.child_by_field_name("left") == at
    return at.parent.type == "reference_expression" and any(
        one.type == "mutable_specifier" for one in at.parent.children
    )


def _edits(path: str, code: Statements, cells: _Cells, methods: set[str]) -> list[Rewrite]:
    edits: list[Rewrite] = []
    for struct in under(code.root, "struct_item"):
        if code.text(struct.child_by_field_name("name")) == cells.owner:
            for part in under(struct, "field_declaration"):
                if code.text(part.child_by_field_name("name")) in cells.fields:
                    kind = part.child_by_field_name("type")
                    edits.append(instead(kind, f"{cells.new}<{code.text(kind)}>"))
    for function in under(code.root, "function_item"):
        receiver = next(iter(function.child_by_field_name("parameters").named_children), None)
        own = code.text(function.child_by_field_name("name")) in methods and owner_name(code, function) == cells.owner
        if own and receiver is not None and re.fullmatch(r"&\s*mut\s+self", code.text(receiver)):
            edits.append(instead(receiver, "&self"))
    whole = opened(code)
    for one in under(whole.root, "field_initializer", "shorthand_field_initializer"):
        literal = bare(code.text(innermost(one, "struct_expression").child_by_field_name("name")))
        literal = owner_name(code, one) if literal == "Self" else literal
        name = code.text(one) if one.type == "shorthand_field_initializer" else code.text(one.named_children[0])
        if literal != cells.owner or name not in cells.fields or tested(path, one, code):
            continue
        if one.type == "shorthand_field_initializer":
            edits.append(instead(one, f"{name}: {cells.new}::new({name})"))
        else:
            value = one.child_by_field_name("value")
            edits += [Rewrite(value.start_byte, value.start_byte, f"{cells.new}::new("), after(value, ")")]
    for one in under(whole.root, "field_expression"):
        if code.text(one.child_by_field_name("field")) in cells.fields and not tested(path, one, code):
            edits += _opened(one, cells, code)
    return edits


def _opened(place: Any, cells: _Cells, code: Statements) -> list[Rewrite]:
    """Return the edits that open a cell where a field is used."""
    above = place.parent
    call = above.type == "call_expression" and above.child_by_field_name("function") == place
    if call:  # a method of the field's name
        return []
    access = cells.writes if _writes(place, code) else cells.reads
    if above.type in ("field_expression", "index_expression") and above.named_children[0] == place:
        return [after(place, f".{access}")]
    return [Rewrite(place.start_byte, place.start_byte, "*"), after(place, f".{access}")]
