"""The edits that make chosen names of a crate hold what threads can share; `shared_state` chooses them.

`Rc` becomes `Arc`, `RefCell` a lock, `Cell` of a number or `bool` an atomic (of anything else a lock), with every
method that is called on them, the imports, and the bounds of trait objects and generics.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from rusta.loop.think.hypotheses import Cost
from rusta.tools import use_trees
from rusta.tools.name_flow import Key, NameFlow, Place, below, last_name
from rusta.tools.statements import Rewrite, Statements, after, instead

ATOMIC = {f"{sign}{bits}" for sign in "iu" for bits in ("8", "16", "32", "64", "size")} | {"bool"}
INSTEAD = {"Rc": "Arc", "Weak": "Weak", "OnceCell": "OnceLock", "LazyCell": "LazyLock"}
GUARDS = {"Mutex": ("MutexGuard", "MutexGuard"), "RwLock": ("RwLockReadGuard", "RwLockWriteGuard")}
NEVER = '.expect("there is always a next value")'
READS = {"borrow", "try_borrow"}
LOCKED = {
    "Mutex": {"borrow": "lock().unwrap()", "borrow_mut": "lock().unwrap()", "try_borrow": "try_lock()",
              "try_borrow_mut": "try_lock()"},
    "RwLock": {"borrow": "read().unwrap()", "borrow_mut": "write().unwrap()", "try_borrow": "try_read()",
               "try_borrow_mut": "try_write()"},
}  # fmt: skip
FETCH = {"+": "fetch_add", "-": "fetch_sub", "|": "fetch_or", "&": "fetch_and", "^": "fetch_xor"}
KEEPERS = ("match_expression", "let_condition", "for_expression")


@dataclass
class Change:
    """One change of everything that is joined with `roots`. `bounds` are those that trait objects need."""

    flow: NameFlow
    roots: set[Key]
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
            missing = wanted - set(use_trees.imported(code, scope).values())
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

    def _atomics(self) -> dict[Key, str]:
        """Return what each joined `Cell` becomes: an atomic, or a lock where it holds no number."""
        held: dict[Key, set[str]] = {}
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
                self._bound[at] = use_trees.imported(code, scope)
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

    def _new(self, key: Key, kind: str) -> str:
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

    def _rename(self, key: Key, place: Place) -> None:
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
        done: list[tuple[int, int]] = []  # calls that were changed as a whole
        for node in below(code.root):
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
                if roots & self.cells and self._cell(path, code, node, name, holder, given):
                    continue
                if atoms and (edited := self._atom(path, code, node, name, holder, given, atoms[0])):
                    done += edited

    def _cell(self, path: str, code: Statements, node: Any, name: str, holder: Any, given: list[Any]) -> bool:
        """Change a call of a `RefCell`'s method."""
        begins = node.child_by_field_name("function").child_by_field_name("field").start_byte
        access = LOCKED[self.lock]["borrow_mut"]
        if name in LOCKED[self.lock] and not given:
            self._edit(path, Rewrite(begins, node.end_byte, LOCKED[self.lock][name]))
        elif not given and (name == "into_inner" or (name == "get_mut" and self._direct(path, holder))):
            self._edit(path, after(node, ".unwrap()"))
        elif name == "replace" and len(given) == 1 and self._direct(path, holder):
            self._edit(path, Rewrite(holder.start_byte, holder.start_byte, "std::mem::replace(&mut *"))
            self._edit(path, Rewrite(begins, given[0].start_byte, f"{access}, "))
        elif name == "take" and not given and self._direct(path, holder):
            self._edit(path, Rewrite(holder.start_byte, holder.start_byte, "std::mem::take(&mut *"))
            self._edit(path, Rewrite(begins, node.end_byte, f"{access})"))
        else:
            return False
        return True

    def _direct(self, path: str, holder: Any) -> bool:
        """Return whether a name is declared as a `RefCell`, or as a pointer to one."""
        keys = set(self.flow.keys(path, holder)) if holder.type in ("identifier", "field_expression") else set()
        pattern = r"^(?:&|mut\s|'\w+\s|(?:\w+::)*(?:Rc|Arc|Box)<|\s)*(?:\w+::)*RefCell<"
        return any(
            key in keys and re.match(pattern, self.flow.code[at].text(node)) for key, at, node in self.flow.declared
        )

    def _atom(
        self, path: str, code: Statements, node: Any, name: str, holder: Any, given: list[Any], kind: str
    ) -> list[tuple[int, int]]:
        """Change a call of a `Cell`'s method; return the ranges in which nothing else is to be changed."""
        begins, said = node.child_by_field_name("function").child_by_field_name("field").start_byte, code.text(holder)
        if not kind.startswith("Atomic"):
            return self._held(path, code, node, name, holder, given)
        order = f"{self._named(path, node, 'std::sync::atomic::Ordering')}::SeqCst"
        value = given[0] if given else None
        if name == "get" and value is None:
            if step := self._step(code, node, said):
                statement, by, sign = step
                self._edit(path, Rewrite(begins, node.end_byte, f"{FETCH[sign]}({by}, {order})"))
                self._edit(path, _removed(code, statement))
                return [(node.start_byte, node.end_byte), (statement.start_byte, statement.end_byte)]
            self._edit(path, Rewrite(begins, node.end_byte, f"load({order})"))
        elif name == "set" and value is not None:
            before = f"{said}.get()"
            text = code.text(value)
            if value.type == "binary_expression" and text.count(before) == 1:
                left, sign = value.child_by_field_name("left"), code.text(value.child_by_field_name("operator"))
                if code.text(left) == before and sign in FETCH:
                    by = code.text(value.child_by_field_name("right"))
                    self._edit(path, Rewrite(begins, node.end_byte, f"{FETCH[sign]}({by}, {order})"))
                    return [(node.start_byte, node.end_byte)]
            if before in text:
                change = text.replace(before, "now")
                self._edit(
                    path,
                    Rewrite(
                        node.start_byte,
                        node.end_byte,
                        f"{said}.fetch_update({order}, {order}, |now| Some({change})){NEVER}",
                    ),
                )
                return [(node.start_byte, node.end_byte)]
            self._edit(path, Rewrite(begins, value.start_byte, "store("), after(value, f", {order}"))
        elif name == "replace" and value is not None:
            self._edit(path, Rewrite(begins, value.start_byte, "swap("), after(value, f", {order}"))
        elif name == "take" and value is None:
            self._edit(
                path, Rewrite(begins, node.end_byte, f"swap({'false' if kind == 'AtomicBool' else '0'}, {order})")
            )
        elif name == "update" and value is not None and value.type == "closure_expression":
            self._edit(
                path,
                instead(node, f"{said}.fetch_update({order}, {order}, |now| Some(({code.text(value)})(now))){NEVER}"),
            )
            return [(node.start_byte, node.end_byte)]
        return [(node.end_byte, node.end_byte)]

    def _step(self, code: Statements, node: Any, said: str) -> tuple[Any, str, str] | None:
        """Return the statement `c.set(n + 1)` that follows a `let n = c.get();`: both are one step of an atomic."""
        let = node.parent
        if let.type != "let_declaration" or let.child_by_field_name("pattern").type != "identifier":
            return None
        name = re.escape(code.text(let.child_by_field_name("pattern")))
        pattern = rf"^{re.escape(said)}\s*\.\s*set\(\s*{name}\s*(?P<sign>[-+|&^])\s*(?P<by>[\w.]+)\s*\);$"
        later = let.next_named_sibling
        while later is not None:
            if found := re.match(pattern, code.text(later)):
                return later, found["by"], found["sign"]
            if said in code.text(later):
                return None
            later = later.next_named_sibling
        return None

    def _held(
        self, path: str, code: Statements, node: Any, name: str, holder: Any, given: list[Any]
    ) -> list[tuple[int, int]]:
        """Change a call of a `Cell`'s method where the cell becomes a lock."""
        begins, said = node.child_by_field_name("function").child_by_field_name("field").start_byte, code.text(holder)
        reads, writes = LOCKED[self.lock]["borrow"], LOCKED[self.lock]["borrow_mut"]
        if name == "get" and not given:
            copied = f"(*{said}.{reads})" if node.parent.type == "field_expression" else f"*{said}.{reads}"
            self._edit(path, instead(node, copied))
        elif name == "set" and given:
            text = code.text(given[0]).replace(f"{said}.get()", "*held")
            alone = node.parent if node.parent.type == "expression_statement" else node
            self._edit(path, instead(alone, f"{{ let mut held = {said}.{writes}; *held = {text}; }}"))
        elif name in ("replace", "take"):
            text = f", {code.text(given[0])}" if given else ""
            self._edit(path, instead(node, f"std::mem::{name}(&mut *{said}.{writes}{text})"))
        elif name == "into_inner":
            self._edit(path, Rewrite(begins, node.end_byte, "into_inner().unwrap()"))
        return [(node.start_byte, node.end_byte)]

    def _objects(self, path: str, code: Statements) -> None:
        """Add bounds to trait objects, to the generics that are put into them, and to traits of this crate."""
        for node in below(code.root):
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
        from rusta.loop.think.strategies.shared_state import normal

        return self.bounds.get(normal(trait), frozenset())


def _is_parameter(node: Any) -> bool:
    while node is not None and node.type not in ("parameter", "function_item", "field_declaration", "impl_item"):
        node = node.parent
    return node is not None and node.type == "parameter"


def _removed(code: Statements, statement: Any) -> Rewrite:
    start = code.source.rfind(b"\n", 0, statement.start_byte) + 1
    alone = not code.source[start : statement.start_byte].strip() and code.source[statement.end_byte :][:1] == b"\n"
    return Rewrite(start, statement.end_byte + 1, "") if alone else instead(statement, "")


def is_test(path: str) -> bool:
    """Return whether a file is one of a package's integration tests."""
    return "tests" in path.split("/")[:-1] and "src" not in path.split("/")


def reads_overlap(flow: NameFlow, roots: set[Key]) -> bool:
    """Return whether a value is borrowed, or a function called that borrows one, while another `borrow()` of it lasts."""
    reads: list[tuple[str, Any, set[Key]]] = []
    for path, code in flow.code.items():
        for node in below(code.root):
            called = node.child_by_field_name("function") if node.type == "call_expression" else None
            if (
                called is not None
                and called.type == "field_expression"
                and code.text(called.child_by_field_name("field")) in READS
            ):
                found = {flow.joined(key) for key in flow.keys(path, called.child_by_field_name("value"))} & roots
                if found:
                    reads.append((path, node, found))
    readers = {_function(flow.code[path], node) for path, node, _ in reads} - {""}
    by_path: dict[str, list[tuple[int, set[Key]]]] = {}
    for path, node, found in reads:
        by_path.setdefault(path, []).append((node.end_byte, found))
    for path, node, found in reads:
        code, end = flow.code[path], _lasts(flow.code[path], node)
        if any(node.end_byte < at <= end and found & other for at, other in by_path[path]):
            return True
        rest = code.source[node.end_byte : end].decode("utf-8", "replace")
        if any(name in readers for name in re.findall(r"\b(\w+)\s*\(", rest)):
            return True
    return False


def _function(code: Statements, node: Any) -> str:
    while node is not None and node.type != "function_item":
        node = node.parent
    return code.text(node.child_by_field_name("name")) if node is not None else ""


def _lasts(code: Statements, node: Any) -> int:
    """Return where the guard that a call gives back ends: with its statement, or with the block if it is named."""
    if node.parent.type == "let_declaration" and node.parent.child_by_field_name("value") == node:
        name, block = code.text(node.parent.child_by_field_name("pattern")), node.parent.parent
        dropped = code.source.find(f"drop({name})".encode(), node.end_byte, block.end_byte)
        return dropped if dropped > 0 else block.end_byte
    at = node
    while at.parent is not None and at.parent.type not in ("block", "match_arm", "closure_expression"):
        condition = at.type not in ("let_condition", "let_chain", "block", "else_clause")
        if condition and at.parent.type in ("if_expression", "while_expression"):
            break
        at = at.parent
    return at.end_byte
