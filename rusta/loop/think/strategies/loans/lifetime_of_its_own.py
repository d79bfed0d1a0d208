"""A field `&'a mut T<'a>` borrows `T` for all its life; the loan gets a lifetime of its own.

The Nomicon's page on variance: a mutable reference is invariant in what it refers to, so that `'a` cannot be shortened,
and `T` stays borrowed as long as what it borrows itself. The struct gets one lifetime more, for the loan, and every
place of the crate that writes the struct's lifetimes is changed together: its `impl` blocks, signatures and other
fields. A parameter of the same type, or `self`, borrows for the call only.

Not covered: enums, type aliases, and structs of which a macro writes the type.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from rusta.loop.think.hypotheses import Cost, Hypothesis
from rusta.loop.think.situation import Situation
from rusta.loop.think.strategies.loans.loan_labels import CONFLICTS
from rusta.loop.think.strategies.loans.name_uses import preorder
from rusta.tools.statements import Rewrite, Statements, instead
from rusta.tools.syntax_walk import innermost

MET = CONFLICTS | {"E0597", "E0515", "E0716"}
TIED = re.compile(r"&('\w+) mut (\w+)<\1\b")


@dataclass
class TiedStruct:
    """A struct with such a field. `loan` is the new lifetime, `inner` the type that is borrowed."""

    name: str
    inner: str
    loan: str
    edits: dict[str, list[Rewrite]] = field(default_factory=dict)


def lifetime_of_its_own(situation: Situation) -> Iterator[Hypothesis]:
    """Yield the new lifetime for each struct whose field borrows for ever."""
    error = next((one for one in situation.errors if one.code in MET and one.primary), None)
    if error is None:
        return
    sources = [(path, code) for path, code in situation.sources() if b"&'" in code.source or b"<'" in code.source]
    for tied in list(_structs(sources))[:2]:
        for path, code in sources:
            edits = list(dict.fromkeys(_edits(code, tied)))
            if edits:
                tied.edits[path] = edits
        reason = (
            f"`{tied.name}` borrows its `{tied.inner}` for a lifetime of its own, shorter than what that one borrows"
        )
        trade = f"`{tied.name}` has one lifetime more, which callers see"
        yield situation.hypothesis(error, reason, tied.edits, Cost.INTERFACE, trade)


def _structs(sources: list[tuple[str, Statements]]) -> Iterator[TiedStruct]:
    for _, code in sources:
        for at in preorder(code.root):
            body = at.child_by_field_name("body") if at.type == "struct_item" else None
            tied = TIED.search(code.text(body)) if body is not None else None
            if tied is not None and at.child_by_field_name("type_parameters") is not None:
                used = set(re.findall(r"'\w+", code.source.decode("utf-8", "replace")))
                loan = next(one for one in ("'l", "'s", "'r", "'loan", "'lent") if one not in used)
                yield TiedStruct(code.text(at.child_by_field_name("name")), tied[2], loan)


def _edits(code: Statements, tied: TiedStruct) -> Iterator[Rewrite]:
    for at in preorder(code.root):
        if at.type == "struct_item" and code.text(at.child_by_field_name("name")) == tied.name:
            yield _first(at.child_by_field_name("type_parameters"), tied.loan)
        elif at.type == "impl_item" and _named(code, at.child_by_field_name("type")) == tied.name:
            if (parameters := at.child_by_field_name("type_parameters")) is not None:
                yield _first(parameters, tied.loan)
        elif at.type == "generic_type" and _named(code, at) == tied.name:
            yield _first(at.child_by_field_name("type_arguments"), _argument(code, at, tied))
        elif at.type == "self_parameter" and (
            life := next((one for one in at.children if one.type == "lifetime"), None)
        ):
            owner = innermost(at, "impl_item")
            if owner is not None and _named(code, owner.child_by_field_name("type")) == tied.inner:
                yield Rewrite(life.start_byte, life.end_byte + 1, "")
        elif at.type == "reference_type" and (found := TIED.match(code.text(at))) and found[2] == tied.inner:
            life = next(one for one in at.children if one.type == "lifetime")
            owner = innermost(at, "struct_item", "impl_item")
            whose = (
                owner.child_by_field_name("name" if owner.type == "struct_item" else "type")
                if owner is not None
                else None
            )
            if whose is not None and _named(code, whose) == tied.name:
                yield instead(life, tied.loan)
            elif innermost(at, "parameters") is not None:
                yield Rewrite(life.start_byte, life.end_byte + 1, "")


def _argument(code: Statements, kind: Any, tied: TiedStruct) -> str:
    """Return the lifetime that a written type of the struct gets for the loan."""
    block = innermost(kind, "impl_item")
    if block is not None and _named(code, block.child_by_field_name("type")) == tied.name:
        header = kind.end_byte <= block.child_by_field_name("body").start_byte
        named = block.child_by_field_name("type_parameters") is not None
        return tied.loan if named else "'_" if header or innermost(kind, "function_item") is not None else "'static"
    if innermost(kind, "function_item", "function_signature_item") is not None:
        return "'_"
    lifetimes = re.findall(r"'\w+", code.text(kind))
    return lifetimes[0] if lifetimes else "'_"


def _first(list_: Any, life: str) -> Rewrite:
    """Return the edit that puts a lifetime at the head of a list in angle brackets."""
    return Rewrite(list_.start_byte + 1, list_.start_byte + 1, f"{life}, ")


def _named(code: Statements, kind: Any) -> str:
    return re.split(r"[<\s]", code.text(kind))[0].rpartition(":")[2]
