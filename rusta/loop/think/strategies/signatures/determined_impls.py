"""A trait is not implemented, and another one that is determines it.

An `Index` says where an element is, and so does its `IndexMut` (E0594, E0596: "data in an index of"); `Deref` and
`DerefMut` likewise ("data in dereference of").

Not covered: bodies that do not end in a reference. Source: std's pages of these traits.
"""

import re
from collections.abc import Iterator
from typing import Any

from rusta.loop.think.hypotheses import FREE, Cost, Hypothesis
from rusta.loop.think.situation import Situation
from rusta.loop.think.strategies.signatures.distinct_arms import branch_ends
from rusta.tools.declared import bare, tested
from rusta.tools.statements import Rewrite, Statements, applied
from rusta.tools.syntax_walk import own_indent, under

PLACED = re.compile(
    r"data in an index of `(?P<index>[\w:]+)(?:<.*>)?`|data in (?:a )?dereference of `(?P<deref>[\w:]+)(?:<.*>)?`"
)
MUTABLE = {"Index": ("IndexMut", "index", "index_mut"), "Deref": ("DerefMut", "deref", "deref_mut")}
STEPS = {"get": "get_mut", "first": "first_mut", "last": "last_mut", "as_ref": "as_mut", "as_slice": "as_mut_slice",
         "borrow": "borrow_mut", "index": "index_mut", "deref": "deref_mut"}  # fmt: skip


def determined_impls(situation: Situation) -> Iterator[Hypothesis]:
    """Yield the impls that another impl determines."""
    known: set[tuple[str, str]] = set()
    for error in situation.errors:
        if error.code in ("E0594", "E0596") and (said := PLACED.search(error.message)):
            trait, name = ("Index", said["index"]) if said["index"] else ("Deref", said["deref"])
            found = _impl(situation, trait, bare(name))
            if found and (trait, bare(name)) not in known and not _impl(situation, MUTABLE[trait][0], bare(name)):
                known.add((trait, bare(name)))
                path, impl, code = found
                text = _changing(impl, trait, code)
                if text:
                    reason = f"where an element of `{bare(name)}` is, its `{trait}` says, and so its `{MUTABLE[trait][0]}` does"
                    edit = Rewrite(impl.end_byte, impl.end_byte, text)
                    yield situation.hypothesis(error, reason, {path: [edit]}, Cost.NONE, FREE)


def _impl(situation: Situation, trait: str, name: str) -> tuple[str, Any, Statements] | None:
    """Return the one impl of a trait for a type of the crate."""
    found = [
        (path, impl, code) for path, code in situation.sources() for impl in under(code.root, "impl_item")
        if (of := impl.child_by_field_name("trait")) is not None and bare(code.text(of)) == trait
        and bare(code.text(impl.child_by_field_name("type"))) == name and not tested(path, impl, code)
    ]  # fmt: skip
    return found[0] if len(found) == 1 else None


def _changing(impl: Any, trait: str, code: Statements) -> str:
    """Return the impl that lends for changes what an impl lends; "" where its body does not say how."""
    name, method, changing = MUTABLE[trait]
    body = impl.child_by_field_name("body")
    function = next(
        (one for one in under(body, "function_item") if code.text(one.child_by_field_name("name")) == method), None
    )
    if function is None:
        return ""
    returned, inner = function.child_by_field_name("return_type"), function.child_by_field_name("body")
    receiver = function.child_by_field_name("parameters").named_children[0]
    if returned is None or returned.type != "reference_type" or code.text(receiver) != "&self":
        return ""
    called, of = function.child_by_field_name("name"), impl.child_by_field_name("trait")
    ending = of.child_by_field_name("type") or of if of.type == "generic_type" else of
    kind = returned.child_by_field_name("type")
    edits = [
        Rewrite(called.start_byte, called.end_byte, changing),
        Rewrite(receiver.start_byte, receiver.end_byte, "&mut self"),
        Rewrite(kind.start_byte, kind.start_byte, "mut "),
        Rewrite(ending.start_byte, ending.end_byte, code.text(ending).removesuffix(trait) + name),
    ]
    for item in body.named_children:
        if item.type in ("associated_type", "type_item"):
            edits.append(Rewrite(item.start_byte, function.start_byte, ""))
    for end in branch_ends(inner):
        if end.type == "reference_expression":
            value = end.child_by_field_name("value")
            edits.append(Rewrite(value.start_byte, value.start_byte, "mut "))
            continue
        steps = [one for one in under(end, "field_identifier") if code.text(one) in STEPS]
        if end.type != "call_expression" or not steps:
            return ""
        edits += [Rewrite(one.start_byte, one.end_byte, STEPS[code.text(one)]) for one in steps]
    start, indent = impl.start_byte, own_indent(code, impl)
    moved = [Rewrite(one.start - start, one.end - start, one.text) for one in dict.fromkeys(edits)]
    text = applied(code.source[impl.start_byte : impl.end_byte], moved).decode("utf-8", "replace")
    head = code.text(of)
    if "::" not in head and not re.search(rb"\b" + name.encode() + rb"\b", code.source):
        text = re.sub(rf"\b{name}\b", f"std::ops::{name}", text, count=1)
    return f"\n\n{indent}{text}"
