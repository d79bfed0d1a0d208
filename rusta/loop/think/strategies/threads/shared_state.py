"""State that threads share is of types that threads cannot share: `Rc`, `RefCell`, `Cell`, `dyn Trait` without `Send`.

rustc says which type "cannot be sent between threads safely" (E0277, and the same about futures without a code), and
which types it lies in. All names that hold such a value change together, in all files: `Rc` to `Arc`, `RefCell` to
`Mutex` (or to `RwLock` where one read happens inside another, which a `Mutex` never gives back), `Cell` to an atomic,
and everything that is in them: the fields of their structs, and `+ Send + Sync` on their trait objects, on the generics
that are put into them and on traits of this crate. Types of the crate that are not sent stay as they are.

Not covered: raw pointers, types of other crates, `Ref::map`, and values in `thread_local!`. What took several steps
under `RefCell` is not one step for other threads: the tests decide.

Source: the Rust Book, Shared-State Concurrency (https://doc.rust-lang.org/book/ch16-03-shared-state.html) and
Extensible Concurrency with Send and Sync (ch16-04).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from rusta.loop.think.hypotheses import Hypothesis
from rusta.loop.think.situation import Situation
from rusta.loop.think.strategies.threads.overlapping_reads import reads_overlap
from rusta.loop.think.strategies.threads.thread_safe import SharingChange, normal
from rusta.tools.diagnostics import Diagnostic
from rusta.tools.name_flow import FlowKey, NameFlow
from rusta.tools.syntax_walk import last_name, nodes_below

SAID = re.compile(r"`(?P<type>.+)` cannot be (?P<how>sent|shared) between threads safely")
FUTURE = re.compile(r"future (?:cannot be sent|cannot be shared|created by|is not)")
LACKS = re.compile(r"the trait `(?P<trait>Send|Sync)` is not implemented for `(?P<type>.+)`")
WRAPPERS = {
    **{name: f"std::rc::{name}" for name in ("Rc", "Weak")},
    **{name: f"std::cell::{name}" for name in ("RefCell", "Cell", "Ref", "RefMut", "OnceCell", "LazyCell")},
}
HEADS = re.compile(r"^\(?(?:std::(?:rc|cell)::)?(?:Rc|Weak|RefCell|Cell|OnceCell|LazyCell|dyn|Ref|RefMut)\b")
ENDS = {"Mutex", "RefCell"}  # what is in it needs `Send` alone
BOTH = frozenset({"Send", "Sync"})


@dataclass
class Reached:
    """What has to change: the roots of names, and the bounds that trait objects need, by the text of their trait."""

    flow: NameFlow
    roots: set[FlowKey] = field(default_factory=set)
    bounds: dict[str, frozenset[str]] = field(default_factory=dict)
    _seen: set[tuple[object, ...]] = field(default_factory=set)

    def struct(self, name: str, shared: bool) -> None:
        """Add what is in a struct or enum; for a trait, what is in the types that implement it."""
        if ("struct", name, shared) not in self._seen:
            self._seen.add(("struct", name, shared))
            for path, body in self.flow.inside.get(name, ()):
                self.type(path, body, shared)

    def type(self, path: str, node: Any, shared: bool) -> None:
        """Add the wrappers in a type, and what they hold."""
        todo = [(path, node, shared)]
        while todo:
            path, node, shared = todo.pop()
            if (path, node.start_byte, node.end_byte, shared) in self._seen:
                continue
            self._seen.add((path, node.start_byte, node.end_byte, shared))
            code = self.flow.code[path]
            if node.type == "dynamic_type":
                self.object(code.text(node), shared)
            elif node.type == "type_identifier":
                key, name = ("at", path, node.start_byte), code.text(node)
                if key in self.flow.places:
                    self.root(self.flow.joined(key), shared)
                elif name in self.flow.aliases:
                    todo.append((*self.flow.aliases[name], shared))
                else:
                    self.struct(name, shared)
            head = node.child_by_field_name("type") if node.type == "generic_type" else None
            if head is not None:
                ends = [at for at in nodes_below(head) if at.type == "type_identifier"][-1:]
                key = ("at", path, ends[0].start_byte if ends else -1)
                name = self.flow.places[key].kind if key in self.flow.places else last_name(code.text(head))
                shared = False if name in ENDS else shared or name in ("Rc", "Arc", "Weak", "RwLock")
            todo += [(path, child, shared) for child in node.named_children]

    def object(self, text: str, shared: bool) -> None:
        """Add the bounds of a trait object, and what is in the types behind it.

        `?` makes a `Box<dyn Error + Send + Sync>` of an error, and no `Box<dyn Error + Send>`.
        """
        trait = normal(text).removeprefix("dyn")
        self.bounds[trait] = self.bounds.get(trait, frozenset()) | (BOTH if shared or trait == "Error" else {"Send"})
        for name in self.flow.implementors.get(last_name(trait), ()) if last_name(trait) in self.flow.traits else ():
            self.struct(name, shared)

    def root(self, root: FlowKey, shared: bool) -> None:
        """Add all names that are joined, and what their declared types hold."""
        if root not in self.roots:
            self.roots.add(root)
            for key, path, node in self.flow.declared:
                if self.flow.joined(key) == root:
                    self.type(path, node, shared)


def shared_state(situation: Situation) -> Iterator[Hypothesis]:
    """Yield changes of all that holds a type which rustc says cannot go to another thread."""
    errors = [one for one in situation.errors if any(HEADS.match(kind) for kind, _ in _types(one))]
    if not errors:
        return
    flow = NameFlow(dict(situation.sources()), WRAPPERS)
    named = Reached(flow)
    for error in errors:
        _named(error, flow, named)
    whole = Reached(flow, bounds=dict(named.bounds))
    for key in flow.places:
        whole.root(flow.joined(key), False)
    seen: list[object] = []
    for reached in (named, whole):
        for lock in ("RwLock", "Mutex") if reads_overlap(flow, reached.roots) else ("Mutex", "RwLock"):
            change = SharingChange(flow, reached.roots, reached.bounds, lock)
            rewrites = change.rewrites()
            if rewrites and rewrites not in seen:
                seen.append(rewrites)
                yield situation.hypothesis(errors[0], change.reason(), rewrites, change.cost(), change.trade_off())


def _types(error: Diagnostic) -> Iterator[tuple[str, bool]]:
    """Yield the types that an error says cannot be sent (or, True, shared)."""
    said = SAID.search(error.message)
    if said:
        yield said["type"], said["how"] == "shared"
    elif not FUTURE.search(error.message):
        return
    for child in error.children:
        if lacks := LACKS.search(child.message):
            yield lacks["type"], lacks["trait"] == "Sync"


def _named(error: Diagnostic, flow: NameFlow, reached: Reached) -> None:
    """Add what one error names: the types around, the values, and all that is declared with the type's text."""
    kinds = list(_types(error))
    shared = any(how for _, how in kinds)
    for span in [*error.spans, *(span for child in error.children for span in child.spans)]:
        code = flow.code.get(span.path)
        node = code.node(span.start, span.end) if code else None
        if code is None or node is None:
            continue
        if node.parent is not None and node.parent.type in ("struct_item", "enum_item"):
            reached.struct(code.text(node), shared)
        elif "has type `" in (span.label or ""):
            names = [at for at in nodes_below(node) if at.type in ("identifier", "field_expression", "self")][:1]
            for key in flow.keys(span.path, names[0] if names else node):
                reached.root(flow.joined(key), shared)
        elif span.primary and (node.type.endswith("_type") or node.type == "type_identifier"):
            reached.type(span.path, node, shared)
    texts = {normal(kind): how for kind, how in kinds}
    for text, how in texts.items():
        if text.startswith("dyn"):
            reached.object(text, how)
    known = False
    for key, path, node in flow.declared:
        for at in nodes_below(node):
            if at.type == "generic_type" and (how := texts.get(_expanded(flow.code[path].text(at), flow))) is not None:
                known = True
                reached.root(flow.joined(key), how)
                reached.type(path, at, how)
    if not known:  # declared nowhere: what the closure uses
        _used(error, flow, reached, shared)


def _used(error: Diagnostic, flow: NameFlow, reached: Reached, shared: bool) -> None:
    """Add the names that the closure or block at the error uses, where they hold a wrapper."""
    holding = {flow.joined(key) for key in flow.places}
    for span in error.spans:
        code = flow.code.get(span.path) if span.primary else None
        for at in nodes_below(code.node(span.start, span.end)) if code else ():
            if at.type == "identifier" and (root := flow.joined(flow.local(span.path, at))) in holding:
                reached.root(root, shared)


def _expanded(text: str, flow: NameFlow) -> str:
    """Return the normal text of a type without the crate's aliases."""
    for _ in range(4):
        words = [word for word in re.findall(r"\b[A-Z]\w*", text) if word in flow.aliases]
        if not words:
            break
        path, node = flow.aliases[words[0]]
        said = flow.code[path].text(node).replace("\\", "")
        text = re.sub(rf"\b{words[0]}\b", said, text)[:2000]
    return normal(text)
