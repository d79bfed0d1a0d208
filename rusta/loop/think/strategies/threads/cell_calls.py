"""What is called on a `RefCell` or a `Cell`, as it is called on a lock or on an atomic (for `thread_safe`).

A value that is read and then set is one step of an atomic: `c.set(c.get() + 1)` is `fetch_add`, also where the reading is
a `let` and the setting a statement after it.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from rusta.tools.name_flow import NameFlow
from rusta.tools.statements import Rewrite, Statements, after, instead

LOCKED = {
    "Mutex": {"borrow": "lock().unwrap()", "borrow_mut": "lock().unwrap()", "try_borrow": "try_lock()",
              "try_borrow_mut": "try_lock()"},
    "RwLock": {"borrow": "read().unwrap()", "borrow_mut": "write().unwrap()", "try_borrow": "try_read()",
               "try_borrow_mut": "try_write()"},
}  # fmt: skip
FETCH = {"+": "fetch_add", "-": "fetch_sub", "|": "fetch_or", "&": "fetch_and", "^": "fetch_xor"}
NEVER = '.expect("there is always a next value")'


@dataclass(frozen=True)
class CellCalls:
    """The edits of calls. `named` says an item of the standard library in a file, `edit` keeps an edit of a file."""

    flow: NameFlow
    lock: str
    named: Callable[[str, Any, str], str]
    edit: Callable[..., None]

    def cell(self, path: str, code: Statements, node: Any, name: str, holder: Any, given: list[Any]) -> bool:
        """Change a call of a `RefCell`'s method."""
        begins = node.child_by_field_name("function").child_by_field_name("field").start_byte
        access = LOCKED[self.lock]["borrow_mut"]
        if name in LOCKED[self.lock] and not given:
            self.edit(path, Rewrite(begins, node.end_byte, LOCKED[self.lock][name]))
        elif not given and (name == "into_inner" or (name == "get_mut" and self._direct(path, holder))):
            self.edit(path, after(node, ".unwrap()"))
        elif name == "replace" and len(given) == 1 and self._direct(path, holder):
            self.edit(path, Rewrite(holder.start_byte, holder.start_byte, "std::mem::replace(&mut *"))
            self.edit(path, Rewrite(begins, given[0].start_byte, f"{access}, "))
        elif name == "take" and not given and self._direct(path, holder):
            self.edit(path, Rewrite(holder.start_byte, holder.start_byte, "std::mem::take(&mut *"))
            self.edit(path, Rewrite(begins, node.end_byte, f"{access})"))
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

    def atom(
        self, path: str, code: Statements, node: Any, name: str, holder: Any, given: list[Any], kind: str
    ) -> list[tuple[int, int]]:
        """Change a call of a `Cell`'s method; return the ranges in which nothing else is to be changed."""
        begins, said = node.child_by_field_name("function").child_by_field_name("field").start_byte, code.text(holder)
        if not kind.startswith("Atomic"):
            return self._held(path, code, node, name, holder, given)
        order = f"{self.named(path, node, 'std::sync::atomic::Ordering')}::SeqCst"
        value = given[0] if given else None
        if name == "get" and value is None:
            if step := self._step(code, node, said):
                statement, by, sign = step
                self.edit(path, Rewrite(begins, node.end_byte, f"{FETCH[sign]}({by}, {order})"))
                self.edit(path, _removed(code, statement))
                return [(node.start_byte, node.end_byte), (statement.start_byte, statement.end_byte)]
            self.edit(path, Rewrite(begins, node.end_byte, f"load({order})"))
        elif name == "set" and value is not None:
            before = f"{said}.get()"
            text = code.text(value)
            if value.type == "binary_expression" and text.count(before) == 1:
                left, sign = value.child_by_field_name("left"), code.text(value.child_by_field_name("operator"))
                if code.text(left) == before and sign in FETCH:
                    by = code.text(value.child_by_field_name("right"))
                    self.edit(path, Rewrite(begins, node.end_byte, f"{FETCH[sign]}({by}, {order})"))
                    return [(node.start_byte, node.end_byte)]
            if before in text:
                change = text.replace(before, "now")
                self.edit(
                    path,
                    Rewrite(
                        node.start_byte,
                        node.end_byte,
                        f"{said}.fetch_update({order}, {order}, |now| Some({change})){NEVER}",
                    ),
                )
                return [(node.start_byte, node.end_byte)]
            self.edit(path, Rewrite(begins, value.start_byte, "store("), after(value, f", {order}"))
        elif name == "replace" and value is not None:
            self.edit(path, Rewrite(begins, value.start_byte, "swap("), after(value, f", {order}"))
        elif name == "take" and value is None:
            self.edit(
                path, Rewrite(begins, node.end_byte, f"swap({'false' if kind == 'AtomicBool' else '0'}, {order})")
            )
        elif name == "update" and value is not None and value.type == "closure_expression":
            self.edit(
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
            self.edit(path, instead(node, copied))
        elif name == "set" and given:
            text = code.text(given[0]).replace(f"{said}.get()", "*held")
            alone = node.parent if node.parent.type == "expression_statement" else node
            self.edit(path, instead(alone, f"{{ let mut held = {said}.{writes}; *held = {text}; }}"))
        elif name in ("replace", "take"):
            text = f", {code.text(given[0])}" if given else ""
            self.edit(path, instead(node, f"std::mem::{name}(&mut *{said}.{writes}{text})"))
        elif name == "into_inner":
            self.edit(path, Rewrite(begins, node.end_byte, "into_inner().unwrap()"))
        return [(node.start_byte, node.end_byte)]


def _removed(code: Statements, statement: Any) -> Rewrite:
    start = code.source.rfind(b"\n", 0, statement.start_byte) + 1
    alone = not code.source[start : statement.start_byte].strip() and code.source[statement.end_byte :][:1] == b"\n"
    return Rewrite(start, statement.end_byte + 1, "") if alone else instead(statement, "")
