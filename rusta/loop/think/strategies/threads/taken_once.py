"""A thread's handle, or a channel's sender, that is given up through a reference (E0507: `join` and `drop` take it whole).

Where a loop or an iterator borrows a list of them, it drains the list instead. Elsewhere the field becomes an `Option`:
it is made with `Some`, given up with `take`, and only looked at with `as_ref`. A `join` whose result nobody uses
happens `if let Some(..)`, so that it may be asked for twice, as by a method and by `drop`.

Not covered: fields of tuple structs and enums, and patterns that take such a struct apart.
Source: the Book, ch. 21.3, "Graceful Shutdown and Cleanup" (https://doc.rust-lang.org/book/ch21-03-graceful-shutdown-and-cleanup.html).
"""

import re
from collections.abc import Iterator
from typing import Any

from rusta.loop.think.hypotheses import Cost, Hypothesis
from rusta.loop.think.situation import Situation
from rusta.loop.think.strategies.loans.crate_types import owner_name
from rusta.loop.think.strategies.loans.name_uses import bound_names, indent_of
from rusta.tools.declared import bare, tested
from rusta.tools.diagnostics import Diagnostic
from rusta.tools.statements import Rewrite, Statements, after, instead
from rusta.tools.syntax_walk import innermost, under

KIND = re.compile(r"has type `([^`]*\b(?:JoinHandle|ScopedJoinHandle|Sender|SyncSender|Child)\b[^`]*)`")
HANDLE = re.compile(r"\b(?:JoinHandle|ScopedJoinHandle|Sender|SyncSender|Child)\b")
LIST = re.compile(r"^(?:\w+::)*(Vec|VecDeque|HashMap|BTreeMap)<")
STEPS = {"field_expression", "index_expression", "unary_expression", "parenthesized_expression"}
WALKS = {"iter", "iter_mut", "into_iter"}
SPLICED = {"mutable_specifier", "line_comment", "block_comment"}


def taken_once(situation: Situation) -> Iterator[Hypothesis]:
    """Yield lists drained where they are walked over, and `Option`s elsewhere; then `Option`s alone."""
    found: list[tuple[Diagnostic, str, Any]] = []
    for error in situation.errors:
        at = error.primary
        code = situation.code(at.path) if at and error.code == "E0507" and "behind a" in error.message else None
        if at is None or code is None or not any(KIND.search(span.label or "") for span in error.spans):
            continue
        node = code.node(at.start, at.end)
        if not tested(at.path, node, code):
            found.append((error, at.path, node))
    if not found:
        return
    rewrites: dict[str, list[Rewrite]] = {}
    fields: dict[str, set[int]] = {}
    drained = False
    for _, path, node in found:
        code = situation.code(path)
        if code and (edit := _drained(node, code)):
            drained = True
            known = rewrites.setdefault(path, [])
            known += [edit] if edit not in known else []
        elif code and node.type == "field_expression":
            fields.setdefault(code.text(node.child_by_field_name("field")), set()).add(node.start_byte)
    for field, places in fields.items():
        for path, edits in _optional(situation, field, places).items():
            rewrites.setdefault(path, []).extend(edits)
    if not rewrites:
        return
    what = "a list of them is drained" if drained else "its field is an `Option`, from which it is taken"
    if drained and fields:
        what += ", and a single one is taken out of an `Option`"
    reason = f"what is given up whole cannot stay in the borrowed struct: {what}"
    yield situation.hypothesis(found[0][0], reason, rewrites, Cost.NONE, "it is gone from then on")


def _drained(node: Any, code: Statements) -> Rewrite | None:
    """Return the edit that lets the walk own its items, where the place is an item of one or a list itself."""
    above = node.parent
    if above.type == "for_expression" and above.child_by_field_name("value") == node:
        return after(node, ".drain(..)")
    if above.type == "field_expression" and code.text(above.child_by_field_name("field")) == "into_iter":
        return Rewrite(node.end_byte, above.parent.end_byte, ".drain(..)")
    root = node
    while root.type in STEPS and root.named_children:
        root = next(one for one in root.named_children if one.type not in SPLICED)
    if root.type != "identifier":
        return None
    name, at = code.text(root), root
    while at.parent is not None and at.type != "function_item":
        below, at = at, at.parent
        if at.type == "for_expression" and below == at.child_by_field_name("body"):
            if name in bound_names(code, at.child_by_field_name("pattern")):
                return _walk(at.child_by_field_name("value"), code)
        elif at.type == "closure_expression" and name in re.findall(
            r"\w+", code.text(at.child_by_field_name("parameters"))
        ):
            call = innermost(at.parent, "call_expression")
            called = call.child_by_field_name("function") if call is not None else None
            return (
                _walk(called.child_by_field_name("value"), code)
                if called is not None and called.type == "field_expression"
                else None
            )
    return None


def _walk(value: Any, code: Statements) -> Rewrite | None:
    """Return the edit of what is walked over: `&mut self.workers` or `self.workers.iter_mut()`, with what follows."""
    while value is not None:
        if value.type == "reference_expression":
            return instead(value, _owned(value.child_by_field_name("value"), code))
        called = value.child_by_field_name("function") if value.type == "call_expression" else None
        if called is None or called.type != "field_expression":
            return None
        if code.text(called.child_by_field_name("field")) in WALKS:
            return instead(value, _owned(called.child_by_field_name("value"), code))
        value = called.child_by_field_name("value")
    return None


def _owned(place: Any, code: Statements) -> str:
    """Return the walk that owns the items of a place: a local that is no reference is walked over itself."""
    said = code.text(place)
    function = innermost(place, "function_item")
    taken = code.text(function.child_by_field_name("parameters")) if function is not None else ""
    lent = re.search(rf"\b{re.escape(said)}\s*:\s*&", taken)
    return f"{said}.into_iter()" if place.type == "identifier" and not lent and said != "self" else f"{said}.drain(..)"


def _optional(situation: Situation, field: str, moved: set[int]) -> dict[str, list[Rewrite]]:
    """Return the edits that make a field an `Option`; {} where it is not known which struct's it is."""
    owners = [
        (path, one, code)
        for path, code in situation.sources()
        for one in under(code.root, "field_declaration")
        if code.text(one.child_by_field_name("name")) == field and innermost(one, "struct_item") is not None
    ]
    holding = [one for one in owners if HANDLE.search(_declaration(one))]
    if len(holding) != 1:
        return {}
    path, declared, code = holding[0]
    kind = declared.child_by_field_name("type")
    if code.text(kind).startswith("Option<") or LIST.match(code.text(kind)):
        return {}
    owner = code.text(innermost(declared, "struct_item").child_by_field_name("name"))
    rewrites = {path: [instead(kind, f"Option<{code.text(kind)}>")]}
    for path, code in situation.sources():
        edits = rewrites.setdefault(path, [])
        for one in under(code.root, "struct_expression"):
            named = bare(code.text(one.child_by_field_name("name")))
            if named == owner or (named == "Self" and owner_name(code, one) == owner):
                edits += _made(one, field, code)
        for one in under(code.root, "field_expression"):
            if code.text(one.child_by_field_name("field")) != field:
                continue
            alone = len(owners) == 1
            own = code.text(one.child_by_field_name("value")) == "self" and owner_name(code, one) == owner
            if alone or own:
                edits += _used(one, field, one.start_byte in moved, code)
    return rewrites


def _declaration(place: tuple[str, Any, Statements]) -> str:
    """Return the text of a declaration."""
    return place[2].text(place[1])


def _made(literal: Any, field: str, code: Statements) -> Iterator[Rewrite]:
    for one in under(literal.child_by_field_name("body"), "field_initializer", "shorthand_field_initializer"):
        if one.type == "shorthand_field_initializer" and code.text(one) == field:
            yield instead(one, f"{field}: Some({field})")
        elif one.type == "field_initializer" and code.text(one.named_children[0]) == field:
            value = one.child_by_field_name("value")
            yield from (Rewrite(value.start_byte, value.start_byte, "Some("), after(value, ")"))


def _used(place: Any, field: str, moved: bool, code: Statements) -> list[Rewrite]:
    """Return the edits of one use of the field."""
    above, said = place.parent, code.text(place)
    if above.type == "assignment_expression" and above.child_by_field_name("left") == place:
        value = above.child_by_field_name("right")
        return [Rewrite(value.start_byte, value.start_byte, "Some("), after(value, ")")]
    if above.type == "arguments" and code.text(above.parent.child_by_field_name("function")) in ("drop", "mem::drop"):
        return [after(place, ".take()")] if moved else []
    if above.type == "reference_expression":
        way = "as_mut" if any(one.type == "mutable_specifier" for one in above.children) else "as_ref"
        return [instead(above, f'{said}.{way}().expect("it is there until it is given up")')]
    if not moved:
        ends = "" if _whole(above, code) else ".as_ref()"
        return [after(place, f'{ends}.expect("it is there until it is given up")')]
    statement = innermost(place, "expression_statement", "let_declaration")
    unused = statement is not None and (
        code.text(statement).startswith(said)
        or re.match(rf"let _ = {re.escape(said)}", code.text(statement)) is not None
    )
    if unused and code.text(statement).endswith(";"):
        name = field if field not in ("self", "type") else "taken"
        indent = indent_of(code, statement)
        rest = code.text(statement).replace(said, name, 1).replace("\n", "\n    ")
        return [instead(statement, f"if let Some({name}) = {said}.take() {{\n{indent}    {rest}\n{indent}}}")]
    return [after(place, '.take().expect("it is given up once")')]


def _whole(above: Any, code: Statements) -> bool:
    """Return whether a method is called that takes what it is called on whole."""
    return above.type == "field_expression" and code.text(above.child_by_field_name("field")) in ("join", "into_iter")
