"""Rename an item, a method, a field or a variant: where rustc says that the name is meant.

The definition is marked `#[deprecated]` in a copy; rustc then points at every use of it, with types and imports resolved. What
is inside of the definition itself, where that lint is silent, is found by the errors that are left. Nothing is written here.

Not covered: modules, macros, locals, parameters and lifetimes; code that this platform or these features leave out.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rusta.tools.declared import derived
from rusta.tools.diagnostics import Diagnostic
from rusta.tools.statements import Rewrite, Statements, applied
from rusta.tools.syntax_walk import innermost, last_name, nodes_below, under

MARK = "#[deprecated] "
DEFINING = {
    "function_item": "function", "function_signature_item": "function", "struct_item": "struct", "enum_item": "enum",
    "union_item": "union", "trait_item": "trait", "type_item": "type", "const_item": "constant", "static_item": "static",
    "enum_variant": "variant", "field_declaration": "field",
}  # fmt: skip
MEMBERS = ("method", "field", "variant")
KINDS = {"fn": "function", "method": "function", "const": "constant"}  # what people call them
NAMES = ("identifier", "type_identifier", "field_identifier", "shorthand_field_identifier")
IDENTIFIER = re.compile(r"(?!_$)[A-Za-z_]\w*")
KEYWORDS = """as async await break const continue crate dyn else enum extern false fn for if impl in let loop match mod move mut pub
    ref return self Self static struct super trait true type unsafe use where while abstract become box do final gen macro
    override priv try typeof unsized virtual yield"""


# Methods that std gives to many types: a method of a type's own takes their place without a word.
GIVEN = """clone clone_from eq ne cmp partial_cmp lt le gt ge max min clamp hash fmt default to_string to_owned into try_into from
    try_from borrow borrow_mut as_ref as_mut deref deref_mut drop type_id"""
# Traits of std without methods that an implementation may leave out.
WHOLE = """Display Debug Drop Default From Index IndexMut FromStr AsRef AsMut Borrow Add Sub Mul Div Rem Neg Not AddAssign SubAssign
    MulAssign DivAssign IntoIterator FromIterator Extend Sum Product Error Clone PartialEq Eq Hash Deref DerefMut"""
DERIVED = "Clone Copy Debug Default PartialEq Eq PartialOrd Ord Hash"  # std's, of which none but Debug shows a name


@dataclass(frozen=True)
class NamedDefinition:
    """Where a name is defined: `owner` is the type or trait that it belongs to, `trait` what an `impl` around it is of."""

    path: str
    kind: str
    name: str
    owner: str
    trait: str
    at: int  # byte at which the item begins, without attributes
    line: int
    public: bool

    @property
    def spelled(self) -> str:
        """The path as a person says it."""
        return f"{self.owner}::{self.name}" if self.owner else self.name


def definitions(sources: Mapping[str, Statements], name: str) -> Iterator[NamedDefinition]:
    """Yield what is defined under a name."""
    for path, code in sources.items():
        for node in nodes_below(code.root):
            named = node.child_by_field_name("name") if node.type in DEFINING else None
            if named is None or code.text(named) != name:
                continue
            around = innermost(
                node.parent,
                "impl_item",
                "trait_item",
                "enum_variant",
                "enum_item",
                "struct_item",
                "union_item",
                "function_item",
            )
            owner, trait = "", ""
            if around is not None and around.type == "impl_item":
                owner = last_name(code.text(around.child_by_field_name("type")))
                of = around.child_by_field_name("trait")
                trait = last_name(code.text(of)) if of is not None else ""
            elif around is not None and around.type != "function_item":
                owner = code.text(around.child_by_field_name("name"))
            kind = "method" if DEFINING[node.type] == "function" and owner else DEFINING[node.type]
            public = any(child.type == "visibility_modifier" and code.text(child) == "pub" for child in node.children)
            shown = (
                public or kind == "variant" or (around is not None and around.type in ("trait_item", "enum_variant"))
            )
            yield NamedDefinition(path, kind, name, owner, trait, node.start_byte, node.start_point[0] + 1, shown)


def chosen(found: Sequence[NamedDefinition], kind: str, owner: str) -> list[NamedDefinition]:
    """Return the definitions that are meant: of one item, with its twins for other platforms, and its implementations."""
    kind = KINDS.get(kind, kind)
    fitting = [one for one in found if not kind or kind in (one.kind, "function" if one.kind == "method" else "")]
    fitting = [one for one in fitting if not owner or owner in (one.owner, one.trait)]
    groups: dict[tuple[str, str], list[NamedDefinition]] = {}
    for one in fitting:
        groups.setdefault((one.kind, one.trait or one.owner), []).append(one)
    if len(groups) != 1:
        return []
    (key,) = groups
    return [one for one in found if (one.kind, one.trait or one.owner) == key]


def why_not_renamed(sources: Mapping[str, Statements], meant: Sequence[NamedDefinition], new: str) -> str:
    """Return why this cannot be renamed with certainty, as a sentence; "" where it can."""
    first = meant[0]
    if not IDENTIFIER.fullmatch(new) or new in KEYWORDS.split():
        return f"`{new}` cannot be a name in Rust."
    if first.trait and all(one.trait for one in meant):
        return f"`{first.spelled}` implements `{first.trait}`, which is not of this workspace: its name is given there."
    if any(
        re.search(rb"\b(?:allow|expect)\s*\([^)]{0,200}\b(?:deprecated|warnings)\b", code.source)
        for code in sources.values()
    ):
        return "This crate turns the lint `deprecated` off, by which rustc would show me the uses."
    for path, code in sources.items():
        for node in nodes_below(code.root):
            if node.type not in NAMES or code.text(node) != new:
                continue
            place = f"{path}:{node.start_point[0] + 1}"
            if first.kind not in ("method", "field"):
                return f"The name `{new}` is in use at {place}: what it means there might change."
            parent = node.parent
            if parent.type in DEFINING and parent.child_by_field_name("name") == node:
                one = next(d for d in definitions({path: code}, new) if d.at == parent.start_byte)
                if one.kind == first.kind and (
                    one.owner in {d.owner for d in meant} or _around(parent) == "trait_item"
                ):
                    return f"There is a {one.kind} `{one.spelled}` at {place} already."
    if first.kind == "method" and new in GIVEN.split():
        return f"`{new}` is a method that std gives to many types: calls of it might mean the new one."
    owners = {one.owner for one in meant}
    own = {
        code.text(node.child_by_field_name("name"))
        for code in sources.values()
        for node in under(code.root, "trait_item")
    }
    called = first.kind == "method" and any(
        node.type == "field_identifier" and code.text(node) == new
        for code in sources.values()
        for node in nodes_below(code.root)
    )
    for path, code in sources.items():
        for node in nodes_below(code.root):
            if node.type == "impl_item" and (of := node.child_by_field_name("trait")) is not None:
                whose = last_name(code.text(node.child_by_field_name("type")))
                trait = last_name(code.text(of))
                if called and whose in owners and trait not in own and trait not in WHOLE.split():
                    return (
                        f"`{whose}` implements `{trait}`, which may have a `{new}`, and there are calls of that name."
                    )
                if first.kind in ("method", "field") and whose in owners and trait == "Deref":
                    return f"`{whose}` derefs to another type ({path}:{node.start_point[0] + 1}), which may have the same names."
    return ""


def takers(sources: Mapping[str, Statements], meant: Sequence[NamedDefinition]) -> list[str]:
    """Return the derives, beyond std's, that see the names of a type, its fields or its variants."""
    owners = {one.owner if one.kind in ("field", "variant") else one.name for one in meant}
    found: dict[str, None] = {}
    for code in sources.values():
        for node in under(code.root, "struct_item", "enum_item", "union_item"):
            inside = {code.text(one.child_by_field_name("name")) for one in under(node, "enum_variant", node.type)}
            if meant[0].kind != "method" and inside & owners:
                found |= dict.fromkeys(name for name in derived(node, code) if name not in DERIVED.split())
    return list(found)


def _around(node: Any) -> str:
    above = innermost(node.parent, "impl_item", "trait_item")
    return above.type if above is not None else ""


def marked(sources: Mapping[str, Statements], meant: Sequence[NamedDefinition]) -> dict[str, bytes]:
    """Return the files with the definitions marked, so that rustc tells their uses. Implementations of a trait are not."""
    files: dict[str, list[Rewrite]] = {}
    for one in meant:
        if not one.trait:
            files.setdefault(one.path, []).append(Rewrite(one.at, one.at, MARK))
    return {path: applied(sources[path].source, edits) for path, edits in files.items()}


def places_used(
    reported: Iterable[Diagnostic], read: Mapping[str, Statements], old: str, field: bool
) -> dict[str, set[int]]:
    """Return the bytes at which the name stands, by file, in what rustc points at. Files that are not in `read` are left out.

    rustc points at the name alone, at a path that ends in it, or at a field with its value.
    """
    found: dict[str, set[int]] = {}
    for one in reported:
        if not re.search(rf"\b{re.escape(old)}\b", one.message):
            continue
        for span in one.spans:
            code = read.get(span.path)
            if code is None or not span.primary:
                continue
            inside = list(re.finditer(rb"\b" + old.encode() + rb"\b", code.source[span.start : span.end]))
            if inside:
                found.setdefault(span.path, set()).add(span.start + inside[0 if field else -1].start())
    return found


def renamed(code: Statements, places: Iterable[int], old: str, new: str, field: bool) -> list[Rewrite]:
    """Return the edits that write the new name at these bytes; a field in its short form is written out."""
    edits = []
    for at in sorted(places):
        node = code.root.descendant_for_byte_range(at, at + len(old.encode()))
        above = node.parent if node is not None else None
        if above is not None and above.type == "shorthand_field_initializer":
            edits.append(Rewrite(at, at + len(old.encode()), f"{new}: {old}" if field else f"{old}: {new}"))
        elif above is not None and node.type == "shorthand_field_identifier":
            edits.append(Rewrite(above.start_byte, above.start_byte, f"{new}: "))
        else:
            edits.append(Rewrite(at, at + len(old.encode()), new))
    return edits


def name_places(code: Statements, meant: Sequence[NamedDefinition]) -> list[int]:
    """Return where the names stand in their definitions, in a source with or without the marks."""
    wanted = {(one.kind, one.owner, one.trait) for one in meant}
    found = []
    for one in definitions({meant[0].path: code}, meant[0].name):
        if (one.kind, one.owner, one.trait) in wanted:
            node = code.root.descendant_for_byte_range(one.at, one.at)
            while node is not None and (node.type not in DEFINING or node.start_byte != one.at):
                node = node.parent
            if node is not None:
                found.append(node.child_by_field_name("name").start_byte)
    return found


def in_docs(code: Statements, old: str, new: str) -> list[Rewrite]:
    """Return the edits of documentation that names the item between backticks; `old` and `new` are paths or names."""
    edits = []
    for node in nodes_below(code.root):
        if node.type in ("line_comment", "block_comment") and code.text(node).startswith(("///", "//!", "/**", "/*!")):
            for quoted in re.finditer(rb"`[^`\n]{1,200}`", code.source[node.start_byte : node.end_byte]):
                for said in re.finditer(rb"(?<![\w:])" + re.escape(old.encode()) + rb"\b", quoted[0]):
                    at = node.start_byte + quoted.start() + said.start()
                    edits.append(Rewrite(at, at + len(old.encode()), new))
    return edits


def left(sources: Mapping[str, Statements], old: str) -> list[str]:
    """Return the places at which the word still stands in code."""
    found = []
    for path, code in sources.items():
        for node in nodes_below(code.root):
            if node.type in NAMES and code.text(node) == old:
                found.append(f"{path}:{node.start_point[0] + 1}")
    return list(dict.fromkeys(found))
