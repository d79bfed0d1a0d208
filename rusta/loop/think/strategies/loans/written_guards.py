"""What is read through a guard is changed (E0594, E0596: "in dereference of `Ref<..>`"): the guard is taken for writing.

`.borrow()` of a `RefCell` is `.borrow_mut()`, `.read()` of an `RwLock` is `.write()`, at the place itself or where the
variable is bound, which becomes `mut`. All such places change together.

Not covered: guards that a function gives back. Source: the documentation of `RefCell` and `RwLock`.
"""

import re
from collections.abc import Iterator
from typing import Any

from rusta.loop.think.hypotheses import Cost, Hypothesis
from rusta.loop.think.situation import Situation
from rusta.loop.think.strategies.conversions.absent_values import bound_by
from rusta.tools.declared import tested
from rusta.tools.statements import Rewrite, Statements, instead
from rusta.tools.syntax_walk import FileEdits, under

GUARD = re.compile(r"dereference of `(?:\w+::)*(?P<guard>Ref|RwLockReadGuard)<")
WRITES = {"Ref": ("borrow", "borrow_mut"), "RwLockReadGuard": ("read", "write")}


def written_guards(situation: Situation) -> Iterator[Hypothesis]:
    """Yield guards for writing at all places that change something."""
    edits: FileEdits = {}
    first = None
    for error in situation.errors:
        said, at = GUARD.search(error.message) if error.code in ("E0594", "E0596") else None, error.primary
        code = situation.code(at.path) if at and said else None
        node = code.node(at.start, at.end) if at and code else None
        if said is None or at is None or code is None or node is None or tested(at.path, node, code):
            continue
        for edit in _written(node, *WRITES[said["guard"]], code):
            if edit not in edits.setdefault(at.path, []):
                edits[at.path].append(edit)
            first = first or error
    if first is not None:
        reason = "what is changed behind a guard needs one for writing"
        yield situation.hypothesis(first, reason, edits, Cost.NONE, "while it is held nobody else may read")


def _written(node: Any, reads: str, writes: str, code: Statements) -> list[Rewrite]:
    """Return the edits of the guard that a place is read through."""
    own = _calls(node, reads, writes, code)
    if own:
        return own
    for name in under(node, "identifier"):
        let = bound_by(name, code)
        if let is not None and (value := let.child_by_field_name("value")) is not None:
            pattern = let.child_by_field_name("pattern")
            mutable = any(one.type == "mutable_specifier" for one in let.children)
            more = [] if mutable else [Rewrite(pattern.start_byte, pattern.start_byte, "mut ")]
            found = _calls(value, reads, writes, code)
            return [*found, *more] if found else []
    return []


def _calls(node: Any, reads: str, writes: str, code: Statements) -> list[Rewrite]:
    return [
        instead(called.child_by_field_name("field"), writes)
        for call in under(node, "call_expression")
        if (called := call.child_by_field_name("function")).type == "field_expression"
        and code.text(called.child_by_field_name("field")) == reads
        and not call.child_by_field_name("arguments").named_children
    ]
