"""A trait where a type is needed (E0782), or a trait object without a pointer (E0277, E0746): `Vec<Fn(u8)>`, `dyn Shape`.

In a field, in a list and where several values are kept it is `Box<dyn Trait>`; as a parameter `impl Trait`, `&dyn Trait`
or a box; as a result `impl Trait` or a box. All places change together: with boxes everywhere, with `impl` for what is
taken and given back, and with references for what is taken. Behind a pointer that is there (`&`, `Rc<Trait>`) and in
`impl Trait { … }` it is `dyn Trait`. What is put there follows by `fitting_types`.

Not covered: traits that are not dyn-compatible. Source: the Book, ch. 18.2, 20.4; the Reference, "Trait objects".
"""

import re
from collections.abc import Iterator
from typing import Any

from rusta.loop.think.hypotheses import Cost, Hypothesis
from rusta.loop.think.situation import Situation
from rusta.tools.declared import bare, tested
from rusta.tools.statements import Rewrite, Statements, instead
from rusta.tools.syntax_walk import FileEdits, innermost, under

UNSIZED = re.compile(r"^the size for values of type `(?:\()?dyn ")
KEPT = ("field_declaration", "ordered_field_declaration_list", "type_arguments", "let_declaration", "type_item")
POINTERS, CELLS = ("Box", "Rc", "Arc", "Weak"), ("RefCell", "Mutex", "RwLock")
WAYS = (("boxed", "Box"), ("taken as they are", "impl"), ("lent", "&"))
BareTrait = tuple[str, Any, str]


def bare_traits(situation: Situation) -> Iterator[Hypothesis]:
    """Yield the pointers of all places."""
    places: list[BareTrait] = []
    first = None
    for error in situation.errors:
        at = error.primary
        wanted = error.code in ("E0782", "E0746") or (error.code == "E0277" and UNSIZED.match(error.message))
        code = situation.code(at.path) if at and wanted else None
        if at is None or code is None:
            continue
        node = code.node(at.start, at.end)
        if error.code == "E0277":
            node = next((one for one in under(node, "dynamic_type") if one.parent.type != "reference_type"), None)
        node = _type(node, at.start, at.end)
        if node is None or tested(at.path, node, code) or any(one[1] == node for one in places):
            continue
        places.append((at.path, node, _role(node)))
        first = first or error
    if first is None:
        return
    seen: list[FileEdits] = []
    for told, way in WAYS:
        edits: FileEdits = {}
        for path, node, role in places:
            if code := situation.code(path):
                edits.setdefault(path, []).append(_edit(node, role, way, code))
        if edits not in seen:
            seen.append(edits)
            reason = f"a trait is no type of a known size: its values are {told}"
            yield situation.hypothesis(first, reason, edits, Cost.NONE, "calls may go through a table")


def _type(node: Any, start: int, end: int) -> Any:
    """Return the type at a place, with what belongs to it: `dyn`, and other bounds."""
    kinds = (
        "dynamic_type",
        "function_type",
        "type_identifier",
        "generic_type",
        "scoped_type_identifier",
        "bounded_type",
    )
    if node is None or node.type not in kinds:
        return None
    while node.parent.type in ("dynamic_type", "bounded_type") or (
        node.parent.type in kinds and node.parent.start_byte == node.start_byte and node.parent.end_byte <= max(end, node.end_byte)
    ):  # fmt: skip
        node = node.parent
    return node


def _role(node: Any) -> str:
    around = innermost(node.parent, *KEPT, "parameter", "function_item", "function_signature_item", "impl_item")
    if around is None or around.type == "impl_item":
        return ""
    if around.type in KEPT:
        return "kept"
    return "taken" if around.type == "parameter" else "given"


def _edit(node: Any, role: str, way: str, code: Statements) -> Rewrite:
    trait = re.sub(r"^dyn\s+", "", code.text(node))
    if node.parent.type == "reference_type":
        return instead(node, f"(dyn {trait})" if "+" in trait else f"dyn {trait}")
    if node.parent.type == "impl_item" or _pointed(node, code):
        return instead(node, f"dyn {trait}")
    if way == "impl" and role == "taken":
        return instead(node, f"impl {trait}" if "'" in trait or "+" in trait else f"impl {trait} + 'static")
    if way == "impl" and role == "given":
        return instead(node, f"impl {trait}")
    if way == "&" and role == "taken":
        return instead(node, f"&(dyn {trait})" if "+" in trait else f"&dyn {trait}")
    return instead(node, f"Box<dyn {trait}>")


def _pointed(node: Any, code: Statements) -> bool:
    """Return whether a type is what a pointer of std points to, also within a cell."""
    while node.parent.type == "type_arguments":
        node = node.parent.parent
        name = bare(code.text(node.child_by_field_name("type"))) if node.type == "generic_type" else ""
        if name in POINTERS:
            return True
        if name not in CELLS:
            return False
    return False
