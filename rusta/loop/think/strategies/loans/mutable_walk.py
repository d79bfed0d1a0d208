"""From `&` to `&mut` along the whole way to what is changed (E0594, E0596), and `Fn` to `FnMut` for closures that do.

A place that is assigned or borrowed as mutable, behind a `&` reference, is followed back by its syntax: through fields,
indices, `match`, `if let`, `for` and closures' parameters to where it is borrowed. On the way `&x` becomes `&mut x`,
`iter()` becomes `iter_mut()`, `get` becomes `get_mut`; a function's parameter, receiver or result becomes `&mut`, and
every call of this function in the crate is followed in the same way, up to an owner, which gets `let mut`. A method of
a trait is changed in the trait and all of its impls, one of a foreign trait not at all. All edits are one hypothesis.

Not covered: names that several functions have (only calls on `self` are followed), fields that are references
themselves, macros' arguments. Source: the Book, ch. 4.2 and 13.1; rustc --explain E0596.
"""

import re
from collections.abc import Iterator
from typing import Any

from rusta.loop.think.hypotheses import Cost, Hypothesis
from rusta.loop.think.situation import Situation
from rusta.loop.think.strategies.loans.mutable_sites import ADAPTERS, MUTABLE, Functions, bindings, results
from rusta.tools.declared import tested
from rusta.tools.statements import Rewrite, Statements, instead
from rusta.tools.syntax_walk import innermost

BEHIND = re.compile(r"behind a `&` reference|not declared as mutable|is a `&` reference")
MOST = 200  # places that are followed


def mutable_walk(situation: Situation) -> Iterator[Hypothesis]:
    """Yield all edits between what is changed and what owns it."""
    errors = [
        one
        for one in situation.errors
        if one.code in ("E0594", "E0596") and one.primary and BEHIND.search(one.message + (one.primary.label or ""))
    ]
    if not errors:
        return
    walk = _Walk(situation)
    for error in errors:
        at = error.primary
        code = situation.code(at.path) if at else None
        if at and code:
            node = code.node(at.start, at.end)
            if node.type in ("assignment_expression", "compound_assignment_expr"):
                node = node.child_by_field_name("left")
            walk.follow(at.path, node)
    walk.run()
    if walk.edits and not walk.foreign:
        rewrites: dict[str, list[Rewrite]] = {}
        for path, edit in dict.fromkeys(walk.edits):
            rewrites.setdefault(path, []).append(edit)
        names = ", ".join(f"`{name}`" for name in dict.fromkeys(walk.named))
        reason = "what is changed has to be borrowed as mutable all the way from its owner" + (
            f": {names}" if names else ""
        )
        price = "nothing else may look at it while it is changed"
        yield situation.hypothesis(errors[0], reason, rewrites, Cost.INTERFACE, price)


class _Walk:
    """The places that have to be mutable, followed one after another; `edits` are what that takes."""

    def __init__(self, situation: Situation) -> None:
        self.situation = situation
        self.functions = Functions(situation)
        self.edits: list[tuple[str, Rewrite]] = []
        self.named: list[str] = []
        self.foreign = False  # a method of a foreign trait would have to change
        self.todo: list[tuple[str, Any]] = []
        self.seen: set[tuple[str, int, int, str]] = set()

    def follow(self, path: str, node: Any) -> None:
        """Put a place on the list."""
        key = (path, node.start_byte, node.end_byte, node.type)
        code = self.situation.code(path)
        if key not in self.seen and len(self.seen) < MOST and code and not tested(path, node, code):
            self.seen.add(key)
            self.todo.append((path, node))

    def run(self) -> None:
        """Follow all places to their owners."""
        while self.todo and not self.foreign:
            path, node = self.todo.pop()
            if code := self.situation.code(path):
                self._place(path, node, code)

    def _edit(self, path: str, edit: Rewrite) -> None:
        self.edits.append((path, edit))

    def _place(self, path: str, node: Any, code: Statements) -> None:
        """Make one expression mutable: the place itself, or the reference that it yields."""
        match node.type:
            case "field_expression" | "index_expression" | "unary_expression" | "try_expression":
                self.follow(path, node.child_by_field_name("value") or node.named_child(0))
            case "parenthesized_expression" | "await_expression" | "expression_statement":
                self.follow(path, node.named_child(0))
            case "reference_expression":
                value = node.child_by_field_name("value")
                if not any(one.type == "mutable_specifier" for one in node.children):
                    self._edit(path, Rewrite(value.start_byte, value.start_byte, "mut "))
                self.follow(path, value)
            case "block" | "if_expression" | "match_expression" | "unsafe_block":
                for one in results(node):
                    self.follow(path, one)
            case "call_expression":
                self._call(path, node, code)
            case "identifier" | "self":
                self._name(path, node, code)

    def _call(self, path: str, node: Any, code: Statements) -> None:
        called, arguments = node.child_by_field_name("function"), node.child_by_field_name("arguments")
        if called.type == "field_expression":
            method, value = called.child_by_field_name("field"), called.child_by_field_name("value")
            name = code.text(method)
            for closure in arguments.named_children:
                if closure.type == "closure_expression" and name in (
                    "map",
                    "and_then",
                    "find_map",
                    "filter_map",
                    "flat_map",
                ):
                    self.follow(path, closure.child_by_field_name("body"))
            if own := self.functions.named(name, path, node, code):
                for where, function in own:
                    self._returned(where, function)
                return
            if name in MUTABLE:
                self._edit(path, instead(method, MUTABLE[name]))
                if name == "borrow":  # a `RefCell` is not mutable itself
                    return
            if name in MUTABLE or name in ADAPTERS or name.endswith("_mut"):
                self.follow(path, value)
            return
        name = code.text(called).rpartition("::")[2]
        if name in ("Some", "Ok") and arguments.named_children:
            self.follow(path, arguments.named_children[0])
        elif own := self.functions.named(name, path, node, code):
            for where, function in own:
                self._returned(where, function)

    def _returned(self, path: str, function: Any) -> None:
        """Let a function return `&mut`, borrowed from its receiver or its parameter."""
        code, kind = self.situation.code(path), function.child_by_field_name("return_type")
        body = function.child_by_field_name("body")
        if (
            code is None
            or kind is None
            or "&" not in code.text(kind)
            or (path, function.start_byte, 0, "->") in self.seen
        ):
            return
        self.seen.add((path, function.start_byte, 0, "->"))
        said = code.text(kind)
        changed = re.sub(r"&((?:'\w+ )?)(?!mut\b)", r"&\1mut ", said, count=1)
        if changed != said:
            self._edit(path, instead(kind, changed))
        self._noted(function, code)
        for one in results(body) if body is not None else ():
            self.follow(path, one)
        for early in self.functions.returns(function):
            self.follow(path, early)
        parameters = function.child_by_field_name("parameters").named_children
        receiver = next((one for one in parameters if one.type == "self_parameter"), None)
        life = re.search(r"&('\w+)", said)
        if receiver is not None:
            self._receiver(path, function, receiver, code)
        else:
            for n, one in enumerate(parameters):
                shown = (
                    code.text(one.child_by_field_name("type")) if one.child_by_field_name("type") is not None else ""
                )
                if shown.startswith(f"&{life[1]} " if life else "&"):
                    self._parameter(path, function, n, one, code)

    def _name(self, path: str, node: Any, code: Statements) -> None:
        name = code.text(node)
        function = innermost(node, "function_item")
        if function is None:
            return
        parameters = function.child_by_field_name("parameters").named_children
        if name == "self":
            receiver = next((one for one in parameters if one.type == "self_parameter"), None)
            if receiver is not None:
                self._receiver(path, function, receiver, code)
            return
        for how, at, value in bindings(node, name, code):
            if how == "parameter":
                index = next((n for n, one in enumerate(parameters) if one == at), None)
                if index is not None:
                    self._parameter(path, function, index, at, code)
            elif how == "owner":
                if not any(one.type == "mutable_specifier" for one in at.children):
                    pattern = at.child_by_field_name("pattern")
                    self._edit(path, Rewrite(pattern.start_byte, pattern.start_byte, "mut "))
            elif value is not None:
                if how == "walked" and value.type in ("identifier", "field_expression"):
                    continue  # walked by value, or a reference that comes from elsewhere
                self.follow(path, value)

    def _receiver(self, path: str, function: Any, receiver: Any, code: Statements) -> None:
        """Let a method take `&mut self`, and follow what it is called on."""
        said = code.text(receiver)
        if not said.startswith("&") or "mut " in said or (path, function.start_byte, 0, "self") in self.seen:
            return
        self.seen.add((path, function.start_byte, 0, "self"))
        for where, same in self.functions.alike(path, function):
            other = self.situation.code(where)
            if other is None:
                self.foreign = True
                return
            for one in same.child_by_field_name("parameters").named_children:
                if one.type == "self_parameter" and "mut " not in other.text(one):
                    self._edit(where, instead(one, re.sub(r"self$", "mut self", other.text(one))))
        self._noted(function, code)
        for where, call in self.functions.calls(path, function):
            if call.child_by_field_name("function").type == "field_expression":
                self.follow(where, call.child_by_field_name("function").child_by_field_name("value"))

    def _parameter(self, path: str, function: Any, index: int, parameter: Any, code: Statements) -> None:
        """Let a function take `&mut`, and follow what it is given."""
        kind = parameter.child_by_field_name("type")
        said = code.text(kind) if kind is not None else ""
        if kind is None or (path, function.start_byte, index, "(") in self.seen:
            return
        self.seen.add((path, function.start_byte, index, "("))
        if not said.startswith("&"):
            pattern = parameter.child_by_field_name("pattern")
            if not re.match(r"mut\b", code.text(parameter)) and not re.match(r"(?:Option|Box)?<?&", said):
                self._edit(path, Rewrite(pattern.start_byte, pattern.start_byte, "mut "))
            return
        if re.match(r"&(?:'\w+ )?mut\b", said):
            return
        for where, same in self.functions.alike(path, function):
            other = self.situation.code(where)
            parameters = same.child_by_field_name("parameters").named_children
            if other is None or len(parameters) <= index:
                self.foreign = True
                return
            own = parameters[index].child_by_field_name("type")
            self._edit(where, instead(own, re.sub(r"^&((?:'\w+ )?)", r"&\1mut ", other.text(own))))
        self._noted(function, code)
        method = function.child_by_field_name("parameters").named_child(0).type == "self_parameter"
        for where, call in self.functions.calls(path, function):
            given = [one for one in call.child_by_field_name("arguments").named_children if "comment" not in one.type]
            at = index - (1 if method and call.child_by_field_name("function").type == "field_expression" else 0)
            if 0 <= at < len(given):
                self.follow(where, given[at])

    def _noted(self, function: Any, code: Statements) -> None:
        self.named.append(code.text(function.child_by_field_name("name")))
