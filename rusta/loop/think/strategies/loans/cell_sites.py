"""The edits that put a field of a struct into a `Cell`, a `RefCell` or a `Mutex`, at every place that names it.

Each use of the field is rewritten by what is done with it: an assignment, a step (`+=`), a method that changes, an index,
a read. Values that are made get the wrapper, and a method that gives back `&self.field` gives back a `Ref`.

Not covered: patterns that bind the field, and a field that is named in tests; then there are no edits.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

from rusta.loop.think.situation import Situation
from rusta.loop.think.strategies.loans.crate_types import owner_name
from rusta.loop.think.strategies.loans.name_uses import WRITES
from rusta.tools import use_trees
from rusta.tools.declared import bare, tested
from rusta.tools.name_flow import KEEPS
from rusta.tools.statements import Rewrite, Statements, after, instead
from rusta.tools.syntax_walk import FileEdits, innermost, opened, under

CHANGING = KEEPS | {
    "pop", "pop_front", "pop_back", "clear", "remove", "retain", "drain", "truncate", "sort", "sort_by", "sort_by_key",
    "sort_unstable", "reverse", "entry", "iter_mut", "get_mut", "push_str", "insert_str", "take", "dedup", "swap",
    "swap_remove", "extend_from_slice", "resize", "split_off", "last_mut", "first_mut", "values_mut", "as_mut", "next",
    "write_str", "rotate_left", "rotate_right", "get_or_insert_with", "append", "fill",
}  # fmt: skip
BY_VALUE = {"arguments", "field_initializer", "let_declaration", "return_expression", "tuple_expression", "block"}


@dataclass(frozen=True)
class CellField:
    """A field that is changed through a shared pointer. `flagged`: where rustc says that it is changed, as bytes."""

    owner: str
    name: str
    kind: str  # the type as it is written
    wrapper: str  # Cell, RefCell, Mutex
    copied: bool  # the type is `Copy`
    alone: bool  # no other struct has a field of this name
    flagged: Collection[tuple[str, int]] = ()

    @property
    def path(self) -> str:
        """The full path of the wrapper."""
        return "std::sync::Mutex" if self.wrapper == "Mutex" else f"std::cell::{self.wrapper}"

    @property
    def reads(self) -> str:
        """What is called to read."""
        return {"Cell": ".get()", "RefCell": ".borrow()", "Mutex": ".lock().unwrap()"}[self.wrapper]

    @property
    def writes(self) -> str:
        """What is called to change."""
        return ".lock().unwrap()" if self.wrapper == "Mutex" else ".borrow_mut()"


def cell_edits(fields: list[CellField], situation: Situation) -> FileEdits:
    """Return the edits of all places; {} where one cannot be rewritten."""
    edits: FileEdits = {}
    for path, plain in situation.sources():
        code = opened(plain)
        wanted: dict[int, set[str]] = {}
        for one in fields:
            if one.name.encode() not in code.source:
                continue
            found = _sites(path, code, one)
            if found is None:
                return {}
            for node, rewrites, named in found:
                edits.setdefault(path, []).extend(rewrites)
                if named:
                    wanted.setdefault(use_trees.scope_of(node).start_byte, set()).add(named)
        for scope in use_trees.scopes(code):
            missing = wanted.get(scope.start_byte, set()) - set(use_trees.imported_names(code, scope).values())
            if missing:
                edits[path] += use_trees.exchanged(code, scope, (), missing)
    return {path: list(dict.fromkeys(some)) for path, some in edits.items()}


def _sites(path: str, code: Statements, one: CellField) -> list[tuple[Any, list[Rewrite], str]] | None:
    """Return the edits of one field in one file, each with the path that it needs; None where one is not possible."""
    found: list[tuple[Any, list[Rewrite], str]] = []
    for node in under(code.root, "field_declaration", "field_initializer", "shorthand_field_initializer",
                      "field_pattern", "field_expression"):  # fmt: skip
        if node.type == "field_declaration":
            struct = innermost(node, "struct_item")
            if struct is not None and code.text(struct.child_by_field_name("name")) == one.owner and code.text(
                node.child_by_field_name("name")
            ) == one.name:  # fmt: skip
                kind = node.child_by_field_name("type")
                found.append((node, [instead(kind, f"{one.wrapper}<{code.text(kind)}>")], one.path))
            continue
        if node.type == "field_expression":
            if code.text(node.child_by_field_name("field")) != one.name or not _of(path, code, node, one):
                continue
            rewrites = _used(path, code, node, one)
        elif node.type == "field_pattern":
            named = node.child_by_field_name("name")
            pattern = innermost(node, "struct_pattern")
            if code.text(named) != one.name or _struct(code, pattern.child_by_field_name("type")) != one.owner:
                continue
            rewrites = None
        else:
            whole = innermost(node, "struct_expression")
            field = node.child_by_field_name("field") if node.type == "field_initializer" else node
            if code.text(field) != one.name or _struct(code, whole.child_by_field_name("name")) != one.owner:
                continue
            value = node.child_by_field_name("value") if node.type == "field_initializer" else None
            head = f"{one.wrapper}::new("
            if value is not None:
                rewrites = [Rewrite(value.start_byte, value.start_byte, head), after(value, ")")]
            else:
                rewrites = [instead(node, f"{one.name}: {head}{one.name})")]
        if rewrites is None or (rewrites and tested(path, node, code)):
            return None
        found.append((node, rewrites, one.path if node.type.endswith("initializer") else ""))
    return found


def _struct(code: Statements, named: Any) -> str:
    name = bare(code.text(named))
    return owner_name(code, named) if name == "Self" else name


def _of(path: str, code: Statements, node: Any, one: CellField) -> bool:
    """Return whether a field is that of the struct, by its receiver and its name."""
    call = node.parent
    if call.type == "call_expression" and call.child_by_field_name("function") == node:
        return False  # a method of this name
    if code.text(node.child_by_field_name("value")) == "self":
        return owner_name(code, node) == one.owner
    return one.alone or (path, node.start_byte) in one.flagged


def _used(path: str, code: Statements, node: Any, one: CellField) -> list[Rewrite] | None:
    """Return the edits of one use of the field."""
    above, said = node.parent, code.text(node)
    if above.type in WRITES and above.child_by_field_name("left") == node:
        right = above.child_by_field_name("right")
        if one.wrapper != "Cell":
            return [Rewrite(node.start_byte, node.start_byte, "*"), after(node, one.writes)]
        operator = above.child_by_field_name("operator")
        step = f"{said}.get() {code.text(operator).removesuffix('=')} " if above.type == "compound_assignment_expr" else ""  # fmt: skip
        return [Rewrite(node.end_byte, right.start_byte, f".set({step}"), after(right, ")")]
    mutable = any(child.type == "mutable_specifier" for child in above.children)
    if above.type == "reference_expression" and mutable:
        return (
            None if one.wrapper == "Cell" else [Rewrite(node.start_byte, node.start_byte, "*"), after(node, one.writes)]
        )
    if one.wrapper == "Cell":
        if above.type == "reference_expression":
            return [instead(above, f"&{said}.get()")]
        return [after(node, ".get()")] if not _part_is_changed(code, node) else None
    changes = (path, node.start_byte) in one.flagged or _part_is_changed(code, node)
    access = after(node, one.writes if changes else one.reads)
    if above.type == "reference_expression":
        if given := _given_back(above, code, one):
            return given
        return [Rewrite(node.start_byte, node.start_byte, "*"), access]
    if above.type == "binary_expression" or (one.copied and above.type not in ("field_expression", "index_expression")):
        return [Rewrite(node.start_byte, node.start_byte, "*"), access]
    if above.type in BY_VALUE and said.startswith("self."):
        function = innermost(node, "function_item")
        given = function.child_by_field_name("parameters").named_children if function is not None else []
        if given and code.text(given[0]) in ("self", "mut self"):
            return [after(node, ".into_inner().unwrap()" if one.wrapper == "Mutex" else ".into_inner()")]
    return [access]


def _part_is_changed(code: Statements, node: Any) -> bool:
    """Return whether a part of a value, or the value by a method, is changed."""
    while True:
        above = node.parent
        if above.type == "index_expression" and above.named_children[0] == node:
            node = above
        elif above.type == "field_expression" and above.child_by_field_name("value") == node:
            call = above.parent
            if call.type == "call_expression" and call.child_by_field_name("function") == above:
                return code.text(above.child_by_field_name("field")) in CHANGING
            node = above
        else:
            break
    if above.type in WRITES:
        return above.child_by_field_name("left") == node
    return above.type == "reference_expression" and any(one.type == "mutable_specifier" for one in above.children)


def _given_back(reference: Any, code: Statements, one: CellField) -> list[Rewrite] | None:
    """Return the edits of a method that gives back a reference to the field, so that it gives back a `Ref`."""
    block = reference.parent
    function = block.parent if block.type == "block" else None
    gives = (
        function.child_by_field_name("return_type")
        if function is not None and function.type == "function_item"
        else None
    )
    if gives is None or gives.type != "reference_type" or one.wrapper != "RefCell":
        return None
    return [
        instead(gives, f"std::cell::Ref<'_, {one.kind}>"),
        instead(reference, f"{code.text(reference.child_by_field_name('value'))}.borrow()"),
    ]


def changed_fields(function: Any, code: Statements) -> Iterator[str]:
    """Yield the fields of `self` that a method changes itself."""
    for node in under(function.child_by_field_name("body"), "field_expression"):
        if code.text(node.child_by_field_name("value")) == "self":
            above = node.parent
            called = above.type == "call_expression" and above.child_by_field_name("function") == node
            if not called and _part_is_changed(code, node):
                yield code.text(node.child_by_field_name("field"))
