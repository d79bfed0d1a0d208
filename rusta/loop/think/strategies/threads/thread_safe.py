"""The edits that make chosen names of a crate hold what threads can share; `shared_state` chooses them.

`Rc` becomes `Arc`, `RefCell` a lock, `Cell` of a number or `bool` an atomic (of anything else a lock), with every
method that is called on them, the imports, and the bounds of trait objects and generics.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from rusta.loop.think.hypotheses import Cost
from rusta.loop.think.strategies.threads.cell_calls import LOCKED, CellCalls
from rusta.tools import use_trees
from rusta.tools.name_flow import FlowKey, NameFlow, WrapperPlace
from rusta.tools.statements import Rewrite, Statements, after, instead
from rusta.tools.syntax_walk import innermost, last_name, nodes_below

ATOMIC = {f"{sign}{bits}" for sign in "iu" for bits in ("8", "16", "32", "64", "size")} | {"bool"}
INSTEAD = {"Rc": "Arc", "Weak": "Weak", "OnceCell": "OnceLock", "LazyCell": "LazyLock"}
GUARDS = {"Mutex": ("MutexGuard", "MutexGuard"), "RwLock": ("RwLockReadGuard", "RwLockWriteGuard")}


@dataclass
class SharingChange:
    """One change of everything that is joined with `roots`. `bounds` are those that trait objects need."""

    flow: NameFlow
    roots: set[FlowKey]
    bounds: Mapping[str, frozenset[str]]
    lock: str
    _edits: dict[str, list[Rewrite]] = field(default_factory=dict)
    _wanted: dict[tuple[str, int], set[str]] = field(default_factory=dict)  # full paths, by file and scope
    _bound: dict[tuple[str, int], dict[str, str]] = field(default_factory=dict)
    _done: list[str] = field(default_factory=list)

    def rewrites(self) -> dict[str, list[Rewrite]]:
        """Return the edits, by file."""
        if self._edits:
            return self._edits
        self.places = {
            key: place
            for key, place in self.flow.places.items()
            if self.flow.joined(key) in self.roots and not is_test(place.path)
        }
        self.cells = {self.flow.joined(key) for key, place in self.places.items() if place.kind == "RefCell"}
        self.atoms = self._atomics()
        self.gone = {path: self._unused(path) for path in {place.path for place in self.places.values()}}
        for key, place in self.places.items():
            self._rename(key, place)
        for path, code in self.flow.code.items():
            if not is_test(path):
                self._methods(path, code)
                self._objects(path, code)
        for (path, start), wanted in self._wanted.items():
            code = self.flow.code[path]
            scope = next(one for one in use_trees.scopes(code) if one.start_byte == start)
            missing = wanted - set(use_trees.imported_names(code, scope).values())
            self._edit(path, *use_trees.exchanged(code, scope, self.gone.get(path, ()), missing))
        return self._edits

    def reason(self) -> str:
        """Return what is changed and why, as a sentence."""
        said = list(dict.fromkeys(self._done))
        return f"other threads can share it: {', '.join(said)}" if said else "nothing is changed"

    def cost(self) -> Cost:
        """Return `Cost.RUNTIME` where there is a lock now, else what a bound costs."""
        return Cost.RUNTIME if self.cells or self.atoms else Cost.INTERFACE

    def trade_off(self) -> str:
        """Return what the change costs, as a phrase."""
        if self.cells or self.atoms:
            return "each use takes a lock or an atomic step, and between two uses another thread may come"
        return "a counter is kept that all threads share" if self.places else "callers may pass only what can be sent"

    def _edit(self, path: str, *rewrites: Rewrite) -> None:
        self._edits.setdefault(path, []).extend(rewrites)

    def _atomics(self) -> dict[FlowKey, str]:
        """Return what each joined `Cell` becomes: an atomic, or a lock where it holds no number."""
        held: dict[FlowKey, set[str]] = {}
        for key, place in self.places.items():
            if place.kind == "Cell":
                some = held.setdefault(self.flow.joined(key), set())
                above = place.whole.parent
                given = above.child_by_field_name("type_arguments") if above.type == "generic_type" else None
                if given is not None:
                    some.add(self.flow.code[place.path].text(given).strip("<> "))
        return {
            root: f"Atomic{next(iter(kinds)).capitalize()}" if len(kinds) == 1 and kinds <= ATOMIC else self.lock
            for root, kinds in held.items()
        }

    def _unused(self, path: str) -> set[str]:
        """Return the full paths whose names a file uses nowhere any more."""
        code = self.flow.code[path]
        changed = {place.name.start_byte for place in self.places.values() if place.path == path}
        left: set[str] = set()
        todo = [code.root]
        while todo:
            node = todo.pop()
            if node.type in ("identifier", "type_identifier") and node.start_byte not in changed:
                left.add(code.text(node))
            elif node.type != "use_declaration":
                todo += node.children
        from_std = {place.kind for place in self.places.values() if place.path == path and place.whole == place.name}
        return {self.flow.wrappers[kind] for kind in from_std if kind not in left}

    def _named(self, path: str, node: Any, whole: str) -> str:
        """Return how a file says an item of the standard library at a node, and have it imported there."""
        code = self.flow.code[path]
        scope = use_trees.scope_of(node)
        name = whole.rpartition("::")[2]
        while True:
            at = (path, scope.start_byte)
            if at not in self._bound:
                self._bound[at] = use_trees.imported_names(code, scope)
            if scope.parent is None or any(kind in self._bound[at].values() for kind in self.flow.wrappers.values()):
                break
            if "super::*" not in self._bound[at].values():
                break
            scope = use_trees.scope_of(scope.parent)
        known = {name: full for name, full in self._bound[at].items() if full not in self.gone.get(path, ())}
        if known.get(name, whole) != whole or name in self.flow.inside:
            return whole
        self._wanted.setdefault(at, set()).add(whole)
        return name

    def _new(self, key: FlowKey, kind: str) -> str:
        """Return the full path of what a wrapper becomes."""
        match kind:
            case "RefCell":
                return f"std::sync::{self.lock}"
            case "Cell":
                name = self.atoms[self.flow.joined(key)]
                return f"std::sync::{'atomic::' if name.startswith('Atomic') else ''}{name}"
            case "Ref" | "RefMut":
                return f"std::sync::{GUARDS[self.lock][kind == 'RefMut']}"
        return f"std::sync::{INSTEAD[kind]}"

    def _rename(self, key: FlowKey, place: WrapperPlace) -> None:
        new = self._new(key, place.kind)
        name = new.rpartition("::")[2]
        if name != place.kind:
            self._done.append(f"`{place.kind}` becomes `{name}`")
        at = place.whole
        if name.startswith("Atomic") and at.parent.type == "generic_type":
            at = at.parent
        bare = place.whole == place.name
        self._edit(place.path, instead(at, self._named(place.path, place.name, new) if bare else new))

    def _methods(self, path: str, code: Statements) -> None:
        """Change what is called on the values."""
        calls = CellCalls(self.flow, self.lock, self._named, self._edit)
        done: list[tuple[int, int]] = []  # calls that were changed as a whole
        for node in nodes_below(code.root):
            if node.type != "call_expression" or any(
                start <= node.start_byte and node.end_byte <= end for start, end in done
            ):
                continue
            called = node.child_by_field_name("function")
            if called.type != "field_expression":
                continue
            name, holder = code.text(called.child_by_field_name("field")), called.child_by_field_name("value")
            given = node.child_by_field_name("arguments").named_children
            if name in LOCKED[self.lock] or name in (
                "get",
                "set",
                "replace",
                "take",
                "into_inner",
                "get_mut",
                "swap",
                "update",
            ):
                roots = {self.flow.joined(key) for key in self.flow.keys(path, holder)}
                atoms = [self.atoms[root] for root in roots & self.atoms.keys()]
                if roots & self.cells and calls.cell(path, code, node, name, holder, given):
                    continue
                if atoms and (edited := calls.atom(path, code, node, name, holder, given, atoms[0])):
                    done += edited

    def _objects(self, path: str, code: Statements) -> None:
        """Add bounds to trait objects, to the generics that are put into them, and to traits of this crate."""
        for node in nodes_below(code.root):
            if node.type == "dynamic_type":
                trait = code.text(node.named_children[-1])
            elif node.type == "trait_item":
                trait = code.text(node.child_by_field_name("name"))
            elif node.type == "abstract_type" and _is_parameter(node):
                trait = code.text(node.named_children[-1])
            elif node.type == "trait_bounds" and node.parent.type in ("type_parameter", "where_predicate"):
                trait = next((code.text(one) for one in node.named_children if self._needs(code.text(one))), "")
            else:
                continue
            if not (needed := self._needs(trait)):
                continue
            ours = last_name(trait) in self.flow.traits
            if ours != (node.type == "trait_item"):
                continue
            around = node.parent if node.parent.type == "bounded_type" else node
            there = node.child_by_field_name("bounds") if node.type == "trait_item" else around
            words = set(re.findall(r"\w+", code.text(there))) if there is not None else set()
            new = " + ".join(one for one in sorted(needed) if one not in words)
            if not new:
                continue
            self._done.append(f"`{' '.join(trait.split())}` has to be `{' + '.join(sorted(needed))}`")
            if node.type == "trait_item":
                name = node.child_by_field_name("type_parameters") or node.child_by_field_name("name")
                self._edit(path, after(there, f" + {new}") if there is not None else after(name, f": {new}"))
            elif around.parent.type in ("reference_type", "pointer_type") and around == node:
                self._edit(path, instead(node, f"({code.text(node)} + {new})"))
            else:
                self._edit(path, after(node, f" + {new}"))

    def _needs(self, trait: str) -> frozenset[str]:
        return self.bounds.get(normal(trait), frozenset())


def _is_parameter(node: Any) -> bool:
    node = innermost(node, "parameter", "function_item", "field_declaration", "impl_item")
    return node is not None and node.type == "parameter"


def is_test(path: str) -> bool:
    """Return whether a file is one of a package's integration tests."""
    return "tests" in path.split("/")[:-1] and "src" not in path.split("/")


def normal(text: str) -> str:
    """Return a type's text without what rustc and a source write differently: paths, lifetimes, gaps, parentheses."""
    text = re.sub(r"\s*\+\s*'\w+", "", re.sub(r"for<[^>]*>\s*", "", text))
    text = re.sub(r"'\w+\s*,?\s*", "", re.sub(r"\b(?:\w+::)+", "", text)).replace("<>", "")
    text = re.sub(r"\((dyn [^()]*(?:\([^()]*\)[^()]*)*)\)", r"\1", text)
    return "".join(text.split())
