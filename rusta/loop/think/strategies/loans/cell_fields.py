"""A field is changed behind an `Rc`, an `Arc` or a `&` (E0594, E0596): it goes into a `Cell`, a `RefCell` or a `Mutex`.

Which fields: those that rustc names; and where a method with `&mut self` is called on a shared value, those that this
method and the methods it calls change, which take `&self` from then on. A field that is `Copy` goes into a `Cell`, any
other into a `RefCell`; behind an `Arc` into a `Mutex`. The declaration, the values that are made and all uses change
together (`cell_sites`).

Not covered: types that are no struct of the crate, tuple structs, traits whose methods take `&mut self`.
Source: the Book, ch. 15.5, "RefCell<T> and the Interior Mutability Pattern"; std, module `cell`.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from rusta.loop.think.hypotheses import Cost, Hypothesis
from rusta.loop.think.situation import Situation
from rusta.loop.think.strategies.loans.cell_sites import CellField, cell_edits, changed_fields
from rusta.loop.think.strategies.loans.crate_types import CrateTypes, crate_types, owner_name
from rusta.loop.think.strategies.loans.name_uses import WRITES
from rusta.tools.declared import bare, tested
from rusta.tools.diagnostics import Diagnostic
from rusta.tools.statements import Rewrite, Statements, instead
from rusta.tools.syntax_walk import under

POINTED = re.compile(r"data in an? `(Rc|Arc)`")
NAMED = re.compile(r"not implemented for `(?:\w+::)*(?:Rc|Arc)<(?P<type>.+)>`")
BEHIND = re.compile(r"is behind a `&` reference")
PARTS = ("field_expression", "index_expression", "unary_expression", "parenthesized_expression")
PRICE = "what the compiler checked is checked when it runs"


@dataclass
class SharedFields:
    """What has to be changeable through a shared reference: fields by owner and name, and methods."""

    fields: dict[tuple[str, str], set[tuple[str, int]]] = field(default_factory=dict)
    receivers: dict[str, list[Rewrite]] = field(default_factory=dict)
    threads: bool = False
    first: Diagnostic | None = None


def cell_fields(situation: Situation) -> Iterator[Hypothesis]:
    """Yield the cells for all fields that are changed through what is shared."""
    errors = [one for one in situation.errors if one.code in ("E0594", "E0596") and one.primary]
    if not errors:
        return
    types = crate_types(situation)
    methods: dict[tuple[str, str], tuple[str, Any]] | None = None
    found = SharedFields()
    for error in errors:
        at = error.primary
        code = situation.code(at.path) if at else None
        node = code.node(at.start, at.end) if at and code else None
        pointed = POINTED.search(error.message)
        if (
            at is None
            or code is None
            or node is None
            or tested(at.path, node, code)
            or not (pointed or BEHIND.search(error.message))
        ):
            continue
        shown = next((said for one in error.children if (said := NAMED.search(one.message))), None)
        owner = bare(shown["type"]) if shown else ""
        place = node.child_by_field_name("left") if node.type in WRITES else node
        step = _step(place, code)
        if step is not None:
            own = owner or (owner_name(code, node) if code.text(step.child_by_field_name("value")) == "self" else "")
            name = code.text(step.child_by_field_name("field"))
            if name in types.fields.get(own, {}):
                found.fields.setdefault((own, name), set()).add((at.path, step.start_byte))
        elif owner in types.fields and node.parent.type == "field_expression":
            methods = methods if methods is not None else _methods(situation)
            _method(owner, code.text(node.parent.child_by_field_name("field")), methods, found, situation)
        else:
            continue
        found.threads |= bool(pointed and pointed[1] == "Arc")
        found.first = found.first or error
    if not found.fields or found.first is None:
        return
    chosen = [_chosen(owner, name, places, types, found.threads) for (owner, name), places in found.fields.items()]
    edits = cell_edits(chosen, situation)
    for path, more in found.receivers.items():
        if edits:
            edits.setdefault(path, []).extend(more)
    if edits:
        told = ", ".join(f"`{one.name}` is in a `{one.wrapper}`" for one in chosen)
        reason = f"it is changed through what is shared, so {told}"
        yield situation.hypothesis(found.first, reason, edits, Cost.RUNTIME, PRICE)


def _step(node: Any, code: Statements) -> Any:
    """Return the innermost field of a place: of `member.inbox.items` it is `member.inbox`."""
    step = None
    while node is not None and node.type in PARTS:
        if node.type == "field_expression":
            step = node
            node = node.child_by_field_name("value")
        else:
            node = node.named_children[0] if node.named_children else None
    return step


def _chosen(owner: str, name: str, places: set[tuple[str, int]], types: CrateTypes, threads: bool) -> CellField:
    kind = types.fields[owner][name]
    copied = types.copy("it", kind) == "it" and kind not in types.copied and not kind.startswith("&")
    wrapper = "Mutex" if threads else "Cell" if copied else "RefCell"
    alone = sum(name in fields for fields in types.fields.values()) == 1
    return CellField(owner, name, kind, wrapper, copied, alone, frozenset(places))


def _methods(situation: Situation) -> dict[tuple[str, str], tuple[str, Any]]:
    """Return the methods with `&mut self` in impls without a trait, by type and name."""
    found = {}
    for path, code in situation.sources():
        for impl in under(code.root, "impl_item"):
            if impl.child_by_field_name("trait") is not None or impl.child_by_field_name("body") is None:
                continue
            owner = bare(code.text(impl.child_by_field_name("type")))
            for one in impl.child_by_field_name("body").named_children:
                given = one.child_by_field_name("parameters") if one.type == "function_item" else None
                if given is not None and given.named_children and code.text(given.named_children[0]) == "&mut self":
                    found[owner, code.text(one.child_by_field_name("name"))] = (path, one)
    return found


def _method(
    owner: str, name: str, methods: dict[tuple[str, str], tuple[str, Any]], found: SharedFields, situation: Situation
) -> None:
    """Add a method, and those that it calls on `self`, with the fields that they change."""
    todo, seen = [name], set[str]()
    while todo:
        name = todo.pop()
        if name in seen or (owner, name) not in methods:
            continue
        seen.add(name)
        path, function = methods[owner, name]
        code = situation.code(path)
        if code is None:
            continue
        receiver = function.child_by_field_name("parameters").named_children[0]
        edit = instead(receiver, "&self")
        if edit not in found.receivers.setdefault(path, []):
            found.receivers[path].append(edit)
        for one in changed_fields(function, code):
            found.fields.setdefault((owner, one), set())
        todo += re.findall(r"\bself\s*\.\s*(\w+)\s*\(", code.text(function))
