"""A value behind `&mut` is moved out to become the next one: something cheap is left in its place meanwhile.

The Book and the documentation of `std::mem::replace`, `std::mem::take` and `Option::take` (E0507). It applies where the
place gets a value again: `self.state = match self.state { .. }`, a later assignment in the same block, or a `match` or
`if let` on the place whose arms assign it. An arm that does not assign puts back what was taken before it runs. What is
left meanwhile is `None`, a variant without fields, or the type's default.

Not covered: places that are assigned only on some ways through an arm, and types with neither such a variant nor
`Default`.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from rusta.loop.think.hypotheses import Cost, Hypothesis
from rusta.loop.think.situation import Situation
from rusta.loop.think.strategies.loans.name_uses import bound_names, indent_of, preorder, unused
from rusta.tools.declared import bare, declarations, derived
from rusta.tools.diagnostics import Diagnostic
from rusta.tools.statements import Rewrite, Statements, instead
from rusta.tools.syntax_walk import innermost

EMPTIED = {"Vec", "String", "HashMap", "HashSet", "BTreeMap", "BTreeSet", "VecDeque", "BinaryHeap"}
PLACES = ("field_expression", "unary_expression")
LEAVING = ("return_expression", "try_expression", "break_expression", "continue_expression", "await_expression")


@dataclass(frozen=True)
class MovedPlace:
    """A place behind `&mut` that is moved out, and the variables of its patterns that are moved (byte offsets)."""

    code: Statements
    path: str
    place: Any
    bound: frozenset[int]

    @property
    def said(self) -> str:
        """The place as it is written."""
        return "".join(self.code.text(self.place).split())

    def assigns(self, node: Any) -> bool:
        """Return whether a node is an assignment to the place, as a statement or an expression."""
        if node.type == "expression_statement" and node.named_children:
            node = node.named_children[0]
        left = node.child_by_field_name("left") if node.type == "assignment_expression" else None
        return left is not None and "".join(self.code.text(left).split()) == self.said

    def reads(self, node: Any, but: Any = None) -> bool:
        """Return whether a node mentions the place, or all of what it is a part of, otherwise than at `but`."""
        owner = re.split(r"[.*]", self.said.lstrip("*"))[0]
        alone = self.said.startswith("*")
        for at in preorder(node):
            if at.type == "token_tree":
                if re.search(rf"\b{owner}\b", self.code.text(at)):
                    return True
            elif self.code.text(at) == owner and at.type in ("self", "identifier"):
                whole = at
                while whole.parent.type == "field_expression" and whole.parent.named_children[0] == whole:
                    whole = whole.parent
                called = (
                    whole.parent.type == "call_expression" and whole.parent.child_by_field_name("function") == whole
                )
                text = "".join(self.code.text(whole.named_children[0] if called else whole).split())
                inside = but is not None and but.start_byte <= at.start_byte < but.end_byte
                if not inside and (alone or self.said == text or f"{self.said}.".startswith(f"{text}.")
                                   or text.startswith(f"{self.said}.")):  # fmt: skip
                    return True
        return False


def replaced_state(situation: Situation) -> Iterator[Hypothesis]:
    """Yield, for each move out of a mutable reference, the place with something cheap in it until it is assigned."""
    types: dict[str, list[tuple[str, Any]]] | None = None
    for error in situation.errors:
        moved = _moved(situation, error)
        if moved is None:
            continue
        types = types if types is not None else declarations(situation.sources())
        given = _taken(situation, error, moved, types)
        if given is None:
            continue
        taken, left = given
        edits = _swapped(moved) or _assigned(moved, taken) or _arms(moved, taken) or _or_else(moved, taken)
        if edits is None:
            continue
        reason = (
            f"`{moved.said}` is behind `&mut`, so a value has to stay there: {left} does until the next one is "
            "assigned or the old one is put back"
        )
        trade = f"what runs in between finds {left} in `{moved.said}`, and so does everybody if it panics"
        yield situation.hypothesis(error, reason, {moved.path: edits}, Cost.NONE, trade)


def _moved(situation: Situation, error: Diagnostic) -> MovedPlace | None:
    if error.code != "E0507" or "which is behind a mutable reference" not in error.message:
        return None
    span = next((one for one in error.spans if one.primary), None)
    code = situation.code(span.path) if span is not None else None
    if span is None or code is None:
        return None
    place = code.node(span.start, span.end)
    if place is None or place.type not in PLACES:
        return None
    if place.type == "unary_expression" and not code.text(place).startswith("*"):
        return None
    bound = frozenset(one.start for one in error.spans if one.path == span.path and not one.primary)
    return MovedPlace(code, span.path, place, bound)


def _taken(
    situation: Situation, error: Diagnostic, moved: MovedPlace, types: dict[str, list[tuple[str, Any]]]
) -> tuple[str, str] | None:
    """Return the expression that takes the value out, and what it leaves there; None where nothing is cheap."""
    said = moved.said
    lent = said.removeprefix("*") if said.startswith("*") else f"&mut {said}"
    shown = re.search(r"has type `([^`]*)`", " ".join([error.message, *(one.label or "" for one in error.spans)]))
    name = bare(shown[1]) if shown and not moved.bound else ""
    variant = re.search(r"as enum variant `(\w+)`", error.message)
    if name == "Option" or (variant and variant[1] == "Some"):
        return f"{said if not said.startswith('*') else said[1:]}.take()", "`None`"
    if name in EMPTIED:
        return f"std::mem::take({lent})", "an empty one"
    found = list(types.get(name, ())) if name else []
    if variant and not found:
        found = [one for each in types.values() for one in each if variant[1] in _variants(situation, one)]
        whole = moved.code.text(innermost(moved.place, "match_expression", "if_expression") or moved.place)
        named = [one for one in found if re.search(rf"\b{_name(situation, one)}::{variant[1]}\b", whole)]
        found = named or found
    if len(found) != 1:
        return None
    path, item = found[0]
    code = situation.code(path)
    if code is None:
        return None
    if item.type == "enum_item":
        units = [one for one, plain in _variants(situation, found[0]).items() if plain]
        function = innermost(moved.place, "function_item")
        around = moved.code.text(function) if function is not None else ""
        named_first = re.findall(rf"(?<![=!])=\s*(?:Self|{_name(situation, found[0])})::(\w+)\s*;", around)
        units = [*(one for one in named_first if one in units), *units]
        if units:
            written = re.search(rf"([\w:]*\b{_name(situation, found[0])})::\w+", around)
            prefix = written[1] if written else ("Self" if "Self::" in around else _name(situation, found[0]))
            return f"std::mem::replace({lent}, {prefix}::{units[0]})", f"`{prefix}::{units[0]}`"
    implemented = any(
        re.search(rb"\bimpl\s*(?:<[^{}]{0,200}>)?\s*Default\s+for\s+" + _name(situation, found[0]).encode() + rb"\b",
                  one.source) for _, one in situation.sources()
    )  # fmt: skip
    if "Default" in derived(item, code) or implemented:
        return f"std::mem::take({lent})", "the default"
    return None


def _name(situation: Situation, one: tuple[str, Any]) -> str:
    code = situation.code(one[0])
    return code.text(one[1].child_by_field_name("name")) if code is not None else ""


def _variants(situation: Situation, one: tuple[str, Any]) -> dict[str, bool]:
    """Return the variants of an enum, each with whether it has no fields."""
    code, body = situation.code(one[0]), one[1].child_by_field_name("body")
    if code is None or body is None or one[1].type != "enum_item":
        return {}
    return {
        code.text(at.child_by_field_name("name")): at.child_by_field_name("body") is None
        for at in body.named_children
        if at.type == "enum_variant"
    }


def _swapped(moved: MovedPlace) -> list[Rewrite] | None:
    """Return `let old = replace(place, new)` for a `let old = place;` with `place = new;` after it."""
    let = moved.place.parent
    later = let.next_named_sibling if let.type == "let_declaration" else None
    if later is None or not moved.assigns(later) or later.type != "expression_statement":
        return None
    if let.child_by_field_name("alternative") is not None:
        return None
    new = later.named_children[0].child_by_field_name("right")
    names = bound_names(moved.code, let.child_by_field_name("pattern"))
    if any(re.search(rf"\b{name}\b", moved.code.text(new)) for name in names) or moved.reads(new):
        return None
    lent = moved.said[1:] if moved.said.startswith("*") else f"&mut {moved.said}"
    return [
        instead(moved.place, f"std::mem::replace({lent}, {moved.code.text(new)})"),
        Rewrite(let.end_byte, later.end_byte, ""),
    ]


def _or_else(moved: MovedPlace, taken: str) -> list[Rewrite] | None:
    """Return the edits of a `let .. else` before the assignment: what does not fit is put back before it leaves."""
    code, let = moved.code, moved.place.parent
    other = let.child_by_field_name("alternative") if let.type == "let_declaration" else None
    pattern, later = let.child_by_field_name("pattern"), let.next_named_sibling
    if other is None or pattern is None or later is None or not moved.assigns(later) or moved.reads(other):
        return None
    names = bound_names(code, pattern)
    if not names or re.search(r"\bmut\b", code.text(pattern)):
        return None
    bound = names[0] if len(names) == 1 else f"({', '.join(names)})"
    kept = unused(code, innermost(let, "function_item"), "kept", set())
    inner, deep = indent_of(code, let) + "    ", indent_of(code, let) + "        "
    text = (
        f"let {bound} = match {taken} {{\n{inner}{code.text(pattern)} => {bound},\n{inner}{kept} => {{\n"
        f"{deep}{moved.said} = {kept};\n{deep}{code.text(other)[1:-1].strip()}\n{inner}}}\n{indent_of(code, let)}}};"
    )
    return [instead(let, text)]


def _leaves(node: Any) -> bool:
    """Return whether control may leave a node other than at its end."""
    todo = [node]
    while todo:
        at = todo.pop()
        if at.type in LEAVING:
            return True
        if at.type not in ("closure_expression", "function_item", "async_block"):
            todo += at.named_children
    return False


def _assigned(moved: MovedPlace, taken: str) -> list[Rewrite] | None:
    """Return the edits for a place that is assigned by the same statement, or by a later one of the same block."""
    code, statement = moved.code, moved.code.statement(moved.place)
    if statement is None:
        return None
    outer = moved.place.parent
    while outer != statement and not moved.assigns(outer):
        outer = outer.parent
    if moved.assigns(outer):
        whole = outer.named_children[0] if outer.type == "expression_statement" else outer
        value = whole.child_by_field_name("right")
        same = [arm for arm in _match_arms(value) if _kept(moved, arm)]
        inside = {one.child_by_field_name("value").start_byte for one in same}
        again = [at for at in preorder(value) if at.type in PLACES and code.text(at) == code.text(moved.place)
                 and at != moved.place and at.start_byte not in inside]  # fmt: skip
        back = _left(moved, value)
        if back is None or again:
            return None
        edits = [instead(moved.place, taken), *back]
        for arm in same:
            pattern = arm.child_by_field_name("pattern")
            name = unused(code, innermost(arm, "function_item"), "same", set())
            before = name if code.text(pattern) == "_" else f"{name} @ {code.text(pattern)}"
            edits += [instead(pattern, before), instead(arm.child_by_field_name("value"), name)]
        return edits
    later = statement.next_named_sibling
    if "take()" in taken and any(moved.assigns(at) for at in preorder(statement)):
        match = innermost(moved.place, "match_expression", "if_expression", "block")
        return None if match.type != "block" else [instead(moved.place, taken)]
    if _leaves(statement) or moved.reads(statement, moved.place):
        return None
    while later is not None:
        if moved.assigns(later):
            value = later.named_children[0] if later.type == "expression_statement" else later
            value = value.child_by_field_name("right")
            return None if _leaves(value) or moved.reads(value) else [instead(moved.place, taken)]
        if _leaves(later) or moved.reads(later):
            return None
        later = later.next_named_sibling
    return None


def _left(moved: MovedPlace, value: Any) -> list[Rewrite] | None:
    """Return the edits of the arms that leave before the assignment: they put back what was taken."""
    if not _leaves(value):
        return []
    found = _matched(moved)
    function = innermost(value, "function_item")
    if found is None or function is None or found[0] != value:
        return None
    kept, edits = unused(moved.code, function, "kept", set()), list[Rewrite]()
    for arm in _match_arms(value):
        if _leaves(arm):
            back = _put_back(moved, arm, found[1], found[2], kept)
            if back is None:
                return None
            edits += back
    return edits


def _match_arms(value: Any) -> list[Any]:
    body = value.child_by_field_name("body") if value.type == "match_expression" else None
    return [one for one in body.named_children if one.type == "match_arm"] if body is not None else []


def _kept(moved: MovedPlace, arm: Any) -> bool:
    """Return whether an arm gives the place itself back, and takes nothing of it."""
    pattern, value = arm.child_by_field_name("pattern"), arm.child_by_field_name("value")
    same = "".join(moved.code.text(value).split()) == moved.said
    return same and pattern.child_by_field_name("condition") is None and not bound_names(moved.code, pattern)


def _arms(moved: MovedPlace, taken: str) -> list[Rewrite] | None:
    """Return the edits for a `match` or `if let` on the place whose arms assign it, or leave it as it is."""
    code, above = moved.code, moved.place.parent
    function = innermost(moved.place, "function_item")
    if function is None:
        return None
    kept = unused(code, function, "kept", set())
    if above.type == "let_condition" and above.parent.type == "if_expression":
        branch = above.parent
        block, other = branch.child_by_field_name("consequence"), branch.child_by_field_name("alternative")
        if not _sets(moved, block):
            return None
        if taken.endswith(".take()") and code.text(above.child_by_field_name("pattern")).startswith("Some("):
            return [instead(moved.place, taken)]
        rest = ""
        if other is not None:
            inner = other.named_children[0]
            rest = code.text(inner)
            rest = rest[1:-1].strip() if inner.type == "block" else rest
        indent = indent_of(code, branch)
        pattern = code.text(above.child_by_field_name("pattern"))
        deeper = code.text(block).replace("\n", "\n    ")
        after = f"\n{indent}        {rest}" if rest else ""
        text = (
            f"match {taken} {{\n{indent}    {pattern} => {deeper}\n"
            f"{indent}    {kept} => {{\n{indent}        {moved.said} = {kept};{after}\n{indent}    }}\n{indent}}}"
        )
        return [instead(branch, text)]
    found = _matched(moved)
    if found is None:
        return None
    edits, some = [instead(moved.place, taken)], False
    for arm in _match_arms(found[0]):
        guard = arm.child_by_field_name("pattern").child_by_field_name("condition")
        if guard is not None and moved.reads(guard):
            return None
        if _sets(moved, arm.child_by_field_name("value")):
            some = True
        elif not (taken.endswith(".take()") and moved.code.text(arm.child_by_field_name("pattern")) == "None"):
            back = _put_back(moved, arm, found[1], found[2], kept)
            if back is None:
                return None
            edits += back
    return edits if some else None


def _matched(moved: MovedPlace) -> tuple[Any, int | None, int] | None:
    """Return the `match` on the place, or on a tuple with it: then its index, and the tuple's length."""
    at, width, place, above = None, 0, moved.place, moved.place.parent
    if above.type == "tuple_expression":
        at, width = list(above.named_children).index(place), len(above.named_children)
        place, above = above, above.parent
    if above.type != "match_expression" or above.child_by_field_name("value") != place:
        return None
    return above, at, width


def _put_back(moved: MovedPlace, arm: Any, at: int | None, width: int, kept: str) -> list[Rewrite] | None:
    """Return the edits by which an arm that takes nothing of the value puts it back before its body runs."""
    code, pattern = moved.code, arm.child_by_field_name("pattern")
    guard = pattern.child_by_field_name("condition")
    whole = next((one for one in pattern.named_children if one != guard), None)
    own = whole if whole is not None else pattern
    if at is not None and own.type == "tuple_pattern":
        own = own.named_children[at] if len(own.named_children) == width else None
    elif at is not None and code.text(own) != "_":
        return None
    if own is None or (own.type == "identifier" and code.text(own)[:1].islower()):
        return None
    text = code.text(own)
    if not moved.bound and bound_names(code, own):
        return None
    if any(one.start_byte in moved.bound for one in preorder(own) if one.type.endswith("identifier")):
        return None
    new = kept if text == "_" else f"{kept} @ {text}" if own.type != "or_pattern" else f"{kept} @ ({text})"
    if at is not None and text == "_" and own.parent.type != "tuple_pattern":
        new = "(" + ", ".join(kept if n == at else "_" for n in range(width)) + ")"
    return [instead(own, new), *_first(moved, arm.child_by_field_name("value"), kept)]


def _first(moved: MovedPlace, value: Any, kept: str) -> list[Rewrite]:
    """Return the edits that put a value back before the body of an arm runs."""
    code, indent = moved.code, indent_of(moved.code, value)
    line = f"{moved.said} = {kept};"
    if value.type == "block":
        inner = f"\n{indent}    {line}" if value.named_children else f"\n{indent}    {line}\n{indent}"
        return [Rewrite(value.start_byte + 1, value.start_byte + 1, inner)]
    whole = code.text(value)
    rest = "" if whole == "()" else f"\n{indent}    {whole}"
    return [instead(value, f"{{\n{indent}    {line}{rest}\n{indent}}}")]


def _sets(moved: MovedPlace, body: Any) -> bool:
    """Return whether a body assigns the place before anything reads it or leaves."""
    if moved.assigns(body):
        return not moved.reads(body.child_by_field_name("right"))
    for one in body.named_children if body.type == "block" else ():
        if moved.assigns(one):
            whole = one.named_children[0] if one.type == "expression_statement" else one
            return not moved.reads(whole.child_by_field_name("right"))
        if _leaves(one) or moved.reads(one):
            return False
    return False
