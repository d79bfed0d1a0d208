"""The receiving end of a channel that several threads share behind an `Arc` (E0277: `Receiver` cannot be shared).

A `Receiver` belongs to one thread at a time: it goes into a `Mutex`, in its type, where it is made, and where it is
asked. A `while let` becomes a `loop` with `let ... else`, so that the lock is held while a message is waited for, and
not while it is worked on.

Source: the Rust Book, chapter 21 (https://doc.rust-lang.org/book/ch21-02-multithreaded.html).
"""

import re
from collections.abc import Iterator
from typing import Any

from rusta.loop.think.hypotheses import Cost, Hypothesis
from rusta.loop.think.situation import Situation
from rusta.tools import use_trees
from rusta.tools.name_flow import FlowKey, NameFlow
from rusta.tools.statements import Rewrite, after
from rusta.tools.syntax_walk import FileEdits, nodes_below

SHARED = re.compile(r"`(?:\w+::)*Receiver<.*>` cannot be shared between threads safely")
TYPE = re.compile(r"^(?:\w+::)*Arc<\s*(?:\w+::)*Receiver<")
ASKS = {"recv", "try_recv", "recv_timeout"}
MADE = {"Arc": "std::sync::Arc", "Receiver": "std::sync::mpsc::Receiver"}


def shared_receiver(situation: Situation) -> Iterator[Hypothesis]:
    """Yield the change that puts a shared receiver into a `Mutex`."""
    errors = [error for error in situation.errors if SHARED.search(error.message)]
    if not errors:
        return
    flow = NameFlow(dict(situation.sources()), MADE)
    asked: set[FlowKey] = set()
    edits: FileEdits = {}
    for path, code in flow.code.items():
        for node in nodes_below(code.root):
            if node.type == "generic_type" and TYPE.match(code.text(node)):
                inner = node.child_by_field_name("type_arguments").named_children[0]
                mutex = _mutex(flow, path, node, edits)
                edits.setdefault(path, []).extend(
                    [Rewrite(inner.start_byte, inner.start_byte, f"{mutex}<"), after(inner, ">")]
                )
            called = node.child_by_field_name("function") if node.type == "call_expression" else None
            if (
                called is not None
                and called.type == "field_expression"
                and code.text(called.child_by_field_name("field")) in ASKS
            ):
                asked |= {flow.joined(key) for key in flow.keys(path, called.child_by_field_name("value"))}
                edits.setdefault(path, []).extend(_asked(code, node, called))
    for path, code in flow.code.items():
        for node in nodes_below(code.root):
            called = node.child_by_field_name("function") if node.type == "call_expression" else None
            if called is None or not re.fullmatch(r"(?:\w+::)*Arc::new", code.text(called)):
                continue
            if asked & {flow.joined(key) for key in flow.keys(path, node)}:
                given = node.child_by_field_name("arguments").named_children[0]
                mutex = _mutex(flow, path, node, edits)
                edits.setdefault(path, []).extend(
                    [Rewrite(given.start_byte, given.start_byte, f"{mutex}::new("), after(given, ")")]
                )
    if asked and edits:
        reason = "the receiver is in a `Mutex`, so that one thread after another takes a message from it"
        yield situation.hypothesis(
            errors[0], reason, edits, Cost.RUNTIME, "a thread waits while another waits for a message"
        )


def _mutex(flow: NameFlow, path: str, node: Any, edits: FileEdits) -> str:
    """Return how a file says `Mutex`, and have it imported."""
    code, scope = flow.code[path], use_trees.scope_of(node)
    names = use_trees.imported_names(code, scope)
    if names.get("Mutex", "std::sync::Mutex") != "std::sync::Mutex" or "Mutex" in flow.inside:
        return "std::sync::Mutex"
    if "Mutex" not in names:
        new = use_trees.exchanged(code, scope, (), ["std::sync::Mutex"])
        edits.setdefault(path, []).extend(one for one in new if one not in edits[path])
    return "Mutex"


def _asked(code: Any, node: Any, called: Any) -> list[Rewrite]:
    """Return the edits of one call: the lock, and a loop that gives it back before its body."""
    locked = after(called.child_by_field_name("value"), ".lock().unwrap()")
    condition = node.parent
    if condition.type != "let_condition" or condition.parent.type != "while_expression":
        return [locked]
    loop = condition.parent
    body = loop.child_by_field_name("body")
    start = next(child for child in loop.children if child.type == "while").start_byte
    first = body.named_children[0] if body.named_children else body
    line = code.source[code.source.rfind(b"\n", 0, first.start_byte) + 1 : first.start_byte].decode("utf-8", "replace")
    gap = f"\n{line}" if line and not line.strip() else " "
    return [
        Rewrite(start, condition.start_byte, f"loop {{{gap}"),
        locked,
        Rewrite(condition.end_byte, body.start_byte + 1, " else { break };"),
    ]
