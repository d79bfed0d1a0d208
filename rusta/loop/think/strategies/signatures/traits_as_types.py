"""A trait stands where a type has to (E0782, or E0277 for a `dyn` without a pointer): a trait object, or `impl Trait`.

Behind `&`, `Box`, `Rc` and `Arc` it becomes `dyn Trait`. In a list, an `Option`, a field or a result, whose size has to be
known, it becomes `Box<dyn Trait>`, and the values that are put there (E0308) are boxed, all of a list at once. A parameter
takes `impl Trait`, as the result of a function that returns a closure does.

Not covered: `impl Trait { … }`, and traits of which no object can be made. Source: the Book, ch. 18.2 ("Trait Objects")
and 20.4 ("Returning Closures"); rustc --explain E0782.
"""

import re
from collections.abc import Iterator
from typing import Any

from rusta.loop.think.hypotheses import FREE, Cost, Hypothesis
from rusta.loop.think.situation import Situation
from rusta.tools.declared import bare, tested
from rusta.tools.statements import Rewrite, Statements, instead
from rusta.tools.syntax_walk import FileEdits, innermost, opened

UNSIZED = re.compile(r"^the size for values of type `\(?dyn .+` cannot be known at compilation time")
BOXED = re.compile(
    r"^expected `Box<\(?dyn (?P<trait>.+?)(?: \+ '\w+)?\)?>`, found (?!`(?:Box|&|Option|Result|Rc|Arc)<?)(?P<of>.+)$"
)
POINTERS = ("Box", "Rc", "Arc", "Weak")
KINDS = ("type_identifier", "generic_type", "scoped_type_identifier", "function_type", "bounded_type", "dynamic_type")


def traits_as_types(situation: Situation) -> Iterator[Hypothesis]:
    """Yield all traits that stand for types as trait objects or `impl`, and all values that have to be boxed for it."""
    rewrites: FileEdits = {}
    first, told = None, []
    for error in situation.errors:
        at = error.primary
        code = situation.code(at.path) if at and (error.code == "E0782" or UNSIZED.match(error.message)) else None
        node = _kind(code.node(at.start, at.end), at.start, at.end) if at and code else None
        if at is None or code is None or node is None or tested(at.path, node, code):
            continue
        said = _instead(node, code)
        if said and (edit := instead(node, said)) not in rewrites.setdefault(at.path, []):
            rewrites[at.path].append(edit)
            first = first or error
            told.append(f"`{said}`")
    if first is not None:
        reason = (
            f"a trait is no type of a size that is known, so it says how it is held: {', '.join(dict.fromkeys(told))}"
        )
        yield situation.hypothesis(first, reason, rewrites, Cost.NONE, "calls go through a table, and values are boxed")
    yield from _boxed(situation)


def _kind(node: Any, start: int, end: int) -> Any:
    """Return the type of exactly these bytes, with what it is bounded by."""
    while node.parent is not None and node.parent.start_byte == start and node.parent.end_byte <= end:
        node = node.parent
    if node.type not in KINDS:
        return None
    if node.parent is not None and node.parent.type in ("dynamic_type", "bounded_type"):
        node = node.parent
    return node


def _instead(node: Any, code: Statements) -> str:
    """Return what a trait becomes in its place, "" where nothing is known for it."""
    name = code.text(node).removeprefix("dyn ").strip()
    plain = f"dyn {name}"
    safe = f"dyn ({name})" if "+" in name else plain
    at = node.parent
    if at.type == "reference_type":
        return f"({plain})" if "+" in name else plain
    above = at
    while above is not None and above.type in ("type_arguments", "generic_type"):
        if above.type == "generic_type" and bare(code.text(above.child_by_field_name("type"))) in POINTERS:
            return plain
        above = above.parent
    if at.type in ("impl_item", "trait_bounds", "where_predicate", "type_binding"):
        return ""
    if at.type == "parameter":
        return f"impl {name}"
    if at.type == "function_item" and at.child_by_field_name("return_type") == node:
        return f"impl {name}" if re.match(r"(?:\w+::)*Fn(?:Mut|Once)?\(", name) else f"Box<{safe}>"
    return f"Box<{plain}>"


def _boxed(situation: Situation) -> Iterator[Hypothesis]:
    """Yield all values that are boxed where a boxed trait object is expected, with those beside them in a list."""
    rewrites: FileEdits = {}
    first, told = None, []
    for error in situation.errors:
        at = error.primary
        said = BOXED.match(at.label or "") if at and error.code == "E0308" else None
        code = situation.code(at.path) if at and said else None
        if at is None or said is None or code is None or tested(at.path, code.node(at.start, at.end), code):
            continue
        node = opened(code).node(at.start, at.end)
        while node.parent is not None and (node.parent.start_byte, node.parent.end_byte) == (at.start, at.end):
            node = node.parent
        if node.type in ("block", "expression_statement"):
            continue
        for one in _beside(node, code):
            for edit in (
                Rewrite(one.start_byte, one.start_byte, "Box::new("),
                Rewrite(one.end_byte, one.end_byte, ")"),
            ):
                if edit not in rewrites.setdefault(at.path, []):
                    rewrites[at.path].append(edit)
        first = first or error
        told.append(f"`{said['trait']}`")
    if first is not None:
        reason = f"values of different types are held as one in boxes: {', '.join(dict.fromkeys(told))}"
        yield situation.hypothesis(first, reason, rewrites, Cost.NONE, FREE)


def _beside(node: Any, code: Statements) -> list[Any]:
    """Return a value, with the others of the list that it is in."""
    list_ = node.parent
    vec = list_ is not None and list_.type == "arguments" and re.match(r"\s*vec\b", code.text(list_.parent))
    if list_ is None or not (list_.type == "array_expression" or vec):
        return [node]
    plain = [one for one in list_.named_children if not code.text(one).startswith("Box::new(")]
    around = innermost(list_, "let_declaration", "function_item")
    return [one for one in plain if around is not None and "comment" not in one.type]
