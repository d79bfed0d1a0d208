"""What `mutable_walk` looks up: which function a call means, which calls a function has, where a name is bound.

By syntax and name alone, within one crate; a name that several functions have is told apart only by `self`.
"""

from collections.abc import Iterator
from typing import Any

from rusta.loop.think.situation import Situation
from rusta.tools.declared import bare
from rusta.tools.statements import Statements
from rusta.tools.syntax_walk import innermost, under

MUTABLE = {
    "iter": "iter_mut", "get": "get_mut", "first": "first_mut", "last": "last_mut", "values": "values_mut",
    "as_ref": "as_mut", "as_deref": "as_deref_mut", "as_slice": "as_mut_slice", "chunks": "chunks_mut",
    "peek": "peek_mut", "front": "front_mut", "back": "back_mut", "split_at": "split_at_mut", "borrow": "borrow_mut",
    "split_first": "split_first_mut", "split_last": "split_last_mut", "chunks_exact": "chunks_exact_mut",
}  # fmt: skip
ADAPTERS = {
    "filter", "enumerate", "zip", "rev", "skip", "take", "step_by", "find", "next", "nth", "unwrap", "expect", "ok_or",
    "ok_or_else", "max_by_key", "min_by_key", "max_by", "min_by", "map", "and_then", "find_map", "filter_map", "flatten",
    "flat_map", "skip_while", "take_while", "chain", "by_ref", "into_iter", "inspect", "peekable", "for_each", "or_else",
}  # fmt: skip
REFERRING = {*MUTABLE, "unwrap", "expect", "find", "next", "nth", "max_by_key", "min_by_key", "ok_or", "ok_or_else"}
Located = tuple[str, Any]


class Functions:
    """The functions of a crate and their calls, by name."""

    def __init__(self, situation: Situation) -> None:
        self.situation = situation
        self.declared: dict[str, list[Located]] = {}
        self.called: dict[str, list[Located]] = {}
        self.traits: set[str] = set()
        for path, code in situation.sources():
            for node in under(code.root, "function_item", "function_signature_item", "call_expression", "trait_item"):
                if node.type == "call_expression":
                    function = node.child_by_field_name("function")
                    field = function.child_by_field_name("field") if function.type == "field_expression" else function
                    self.called.setdefault(bare(code.text(field)), []).append((path, node))
                elif node.type == "trait_item":
                    self.traits.add(code.text(node.child_by_field_name("name")))
                else:
                    self.declared.setdefault(code.text(node.child_by_field_name("name")), []).append((path, node))

    def named(self, name: str, path: str, call: Any, code: Statements) -> list[Located]:
        """Return the function that a call means: the only one of its name, or the one in the same impl for `self`."""
        known = self.declared.get(name, [])
        if len(known) > 1:
            function = call.child_by_field_name("function")
            value = function.child_by_field_name("value") if function.type == "field_expression" else None
            own = innermost(call, "impl_item")
            if value is None or code.text(value) != "self" or own is None:
                return []
            known = [(where, one) for where, one in known if where == path and innermost(one, "impl_item") == own]
        elif known and call.child_by_field_name("function").type == "field_expression":
            first = known[0][1].child_by_field_name("parameters").named_child(0)
            if first is None or first.type != "self_parameter":
                return []
        return known

    def alike(self, path: str, function: Any) -> list[Located]:
        """Return a function with those that have to have the same signature; a place without a file is foreign."""
        owner = innermost(function, "impl_item", "trait_item")
        code = self.situation.code(path)
        if owner is None or code is None:
            return [(path, function)]
        named = owner.child_by_field_name("name" if owner.type == "trait_item" else "trait")
        if named is None:
            return [(path, function)]
        trait, name = bare(code.text(named)), code.text(function.child_by_field_name("name"))
        if trait not in self.traits:
            return [("", function)]
        found = []
        for where, one in self.declared[name]:
            other, holder = self.situation.code(where), innermost(one, "impl_item", "trait_item")
            said = holder.child_by_field_name("name" if holder.type == "trait_item" else "trait") if holder else None
            if other and said is not None and bare(other.text(said)) == trait:
                found.append((where, one))
        return found

    def calls(self, path: str, function: Any) -> Iterator[Located]:
        """Yield the calls of a function; only those on `self` in the same impl where its name is not its own."""
        code = self.situation.code(path)
        name = code.text(function.child_by_field_name("name")) if code else ""
        same = {one.id for _, one in self.alike(path, function)}
        alone = all(one.id in same for _, one in self.declared.get(name, []))
        for where, call in self.called.get(name, []):
            other, called = self.situation.code(where), call.child_by_field_name("function")
            value = called.child_by_field_name("value") if called.type == "field_expression" else None
            own = value is not None and other and other.text(value) == "self"
            if alone or (own and innermost(call, "impl_item") == innermost(function, "impl_item") and where == path):
                yield where, call

    def returns(self, function: Any) -> Iterator[Any]:
        """Yield the values of a function's `return`s."""
        for one in under(function, "return_expression"):
            if one.named_children and innermost(one, "closure_expression", "function_item") == function:
                yield one.named_child(0)


def results(node: Any) -> Iterator[Any]:
    """Yield the expressions that a block, an `if` or a `match` can be the value of."""
    todo = [node]
    while todo:
        at = todo.pop()
        if at.type in ("block", "unsafe_block"):
            inside = [one for one in at.named_children if "comment" not in one.type]
            if inside and not inside[-1].type.endswith(("_item", "_declaration")):
                last = inside[-1]
                inner = last.named_child(0) if last.type == "expression_statement" else last
                if inner is not None and (last.type != "expression_statement" or inner.type in BRANCHES):
                    todo.append(inner)
        elif at.type == "if_expression":
            todo += [
                one for side in ("consequence", "alternative") if (one := at.child_by_field_name(side)) is not None
            ]
        elif at.type == "else_clause":
            todo += at.named_children
        elif at.type == "match_expression":
            todo += [one.child_by_field_name("value") for one in under(at.child_by_field_name("body"), "match_arm")]
        elif at.type not in ("return_expression", "continue_expression", "break_expression"):
            yield at


BRANCHES = ("if_expression", "match_expression")


def bindings(node: Any, name: str, code: Statements) -> Iterator[tuple[str, Any, Any]]:
    """Yield how the nearest binding of a name came about: `how`, its node, and the value it is taken from.

    `how`: "parameter", "owner" (a `let` of a value), "taken" (from a reference), "walked" (by a `for`).
    """
    at = node
    while at is not None and at.parent is not None:
        above = at.parent
        if above.type == "block":
            one = at.prev_named_sibling
            while one is not None:
                if one.type == "let_declaration" and _binds(one.child_by_field_name("pattern"), name, code):
                    value = one.child_by_field_name("value")
                    refers = value is not None and (
                        _refers(value, code) or one.child_by_field_name("pattern").type != "identifier"
                    )
                    yield ("taken" if refers else "owner"), one, value
                    return
                one = one.prev_named_sibling
        elif above.type == "for_expression" and _binds(above.child_by_field_name("pattern"), name, code):
            if at == above.child_by_field_name("body"):
                yield "walked", above, above.child_by_field_name("value")
                return
        elif above.type in ("if_expression", "while_expression") and at != above.child_by_field_name("condition"):
            for one in under(above.child_by_field_name("condition"), "let_condition"):
                if _binds(one.child_by_field_name("pattern"), name, code):
                    yield "taken", one, one.child_by_field_name("value")
                    return
        elif above.type == "match_arm" and _binds(above.child_by_field_name("pattern"), name, code):
            yield "taken", above, above.parent.parent.child_by_field_name("value")
            return
        elif above.type == "closure_expression" and _binds(above.child_by_field_name("parameters"), name, code):
            call = above.parent.parent
            called = (
                call.child_by_field_name("function") if call is not None and call.type == "call_expression" else None
            )
            if called is not None and called.type == "field_expression":
                yield "taken", above, called.child_by_field_name("value")
            return
        elif above.type == "function_item":
            for one in above.child_by_field_name("parameters").named_children:
                if one.type == "parameter" and _binds(one.child_by_field_name("pattern"), name, code):
                    yield "parameter", one, None
            return
        at = above


def _binds(pattern: Any, name: str, code: Statements) -> bool:
    return pattern is not None and any(
        code.text(one) == name for one in under(pattern, "identifier", "shorthand_field_identifier")
    )


def _refers(value: Any, code: Statements) -> bool:
    """Return whether a value is a reference, as far as its syntax says so."""
    while value.type in ("try_expression", "parenthesized_expression"):
        value = value.named_child(0)
    if value.type == "reference_expression":
        return True
    called = value.child_by_field_name("function") if value.type == "call_expression" else None
    if called is not None and called.type == "field_expression":
        return code.text(called.child_by_field_name("field")) in REFERRING or "self" in code.text(called)[:4]
    return value.type in ("match_expression", "if_expression")
