"""What a crate's own types say about copies: their fields, which of them are `Copy`, and what plain getters return.

Not covered: types of other crates, and names that two modules use for different types, whose fields are put together.
"""

import re
from dataclasses import dataclass, field
from typing import Any

from rusta.loop.think.situation import Situation
from rusta.loop.think.strategies.loans.name_uses import preorder
from rusta.tools.statements import Statements
from rusta.tools.syntax_walk import innermost

COPIES = re.compile(
    r"[iu](?:8|16|32|64|128|size)|f32|f64|bool|char|\(\)|(?:std::time::)?(?:Duration|Instant)|&(?:'\w+ )?(?!mut\b)[\w\[\]<>&' ]+"
)
WRAPPED = re.compile(r"^\((.+)\)$|^Option<([^<>]+)>$")
POINTERS = re.compile(r"(?:std::)?(?:sync::|rc::)?(Arc|Rc)<")


@dataclass
class CrateTypes:
    """Types as they are written. `getters` are functions of `self` alone, and what they return."""

    fields: dict[str, dict[str, str]] = field(default_factory=dict)
    copied: set[str] = field(default_factory=set)
    cloned: set[str] = field(default_factory=set)
    getters: dict[str, str] = field(default_factory=dict)

    def of_fields(self, paths: set[str]) -> dict[str, str]:
        """Return the types of these fields, as `at.x`, of the one struct that has them all; {} where it is not known."""
        heads = {path.split(".")[0] for path in paths}
        owners = [name for name, known in self.fields.items() if heads <= known.keys()]
        found = [{path: self._at(owner, path) for path in paths} for owner in owners]
        return found[0] if found and all(one == found[0] for one in found) else {}

    def copy(self, said: str, kind: str) -> str:
        """Return the expression that makes an owned value of the place `said`, whose type is `kind` ("": not known)."""
        if pointer := POINTERS.match(kind):
            return f"{pointer[1]}::clone(&{said})"
        parts = [part.strip() for part in WRAPPED.sub(r"\1\2", kind).split(",")]
        plain = all(part in self.copied or COPIES.fullmatch(part) for part in parts if part)
        return said if kind and plain else f"{said}.clone()"

    def _at(self, owner: str, path: str) -> str:
        kind = owner
        for step in path.split("."):
            kind = self.fields.get(kind.lstrip("&"), {}).get(step, "")
        return kind


def crate_types(situation: Situation) -> CrateTypes:
    """Read the types of every source once."""
    found = CrateTypes()
    for _, code in situation.sources():
        for at in preorder(code.root):
            if at.type in ("struct_item", "enum_item"):
                _type(code, at, found)
            elif at.type == "function_item":
                _getter(code, at, found)
    return found


def owner_name(code: Statements, node: Any) -> str:
    """Return the name of the type whose `impl` block contains a node, "" outside of one."""
    block = innermost(node, "impl_item")
    kind = block.child_by_field_name("type") if block is not None else None
    return re.split(r"[<\s]", code.text(kind))[0].rpartition("::")[2] if kind is not None else ""


def _type(code: Statements, node: Any, found: CrateTypes) -> None:
    named, body = node.child_by_field_name("name"), node.child_by_field_name("body")
    if named is None:
        return
    above = node.prev_sibling
    while above is not None and above.type in ("attribute_item", "line_comment", "block_comment"):
        derived = re.findall(r"\w+", code.text(above)) if above.type == "attribute_item" else []
        if "derive" in derived:
            found.copied |= {code.text(named)} if "Copy" in derived else set()
            found.cloned |= {code.text(named)} if "Clone" in derived else set()
        above = above.prev_sibling
    fields = found.fields.setdefault(code.text(named), {}) if node.type == "struct_item" else {}
    place = 0
    for one in body.named_children if body is not None else ():
        if one.type == "field_declaration":
            name, kind = (one.child_by_field_name(part) for part in ("name", "type"))
            if name is not None and kind is not None:
                fields[code.text(name)] = code.text(kind)
        elif body.type == "ordered_field_declaration_list" and one.type not in (
            "visibility_modifier",
            "attribute_item",
        ):
            fields[str(place)] = code.text(one)
            place += 1


def _getter(code: Statements, node: Any, found: CrateTypes) -> None:
    given = node.child_by_field_name("parameters").named_children
    returned, name = node.child_by_field_name("return_type"), node.child_by_field_name("name")
    if (
        len(given) == 1
        and code.text(given[0]).endswith("self")
        and "mut" not in code.text(given[0])
        and returned is not None
        and name is not None
    ):
        found.getters.setdefault(code.text(name), code.text(returned))
