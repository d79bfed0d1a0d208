"""Find Rust items by name or position, to read, list or replace one function of a file.

Paths are spelled as in Rust, relative to the file: `pool::Pool::take` for a method in `mod pool`, `impl Display for
Pool` for a block, `<Pool as Display>::fmt` where `Pool::fmt` is ambiguous. Items of one name under different `cfg`s
share a path: `find` returns all of them.

Most input does not compile. tree-sitter recovers from most errors; where a brace is missing it takes the
next items for the body of the one before, and there the layout of formatted lines decides (`rusta.tools.layout`).

Not covered: items that a macro generates, and functions inside function bodies.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cache, lru_cache
from typing import Any

from rusta.tools.layout import Outline, outlines

LONGEST_SIGNATURE = 240  # characters


class ItemKind(StrEnum):
    """The kind of an item, by its keyword."""

    FUNCTION = "fn"
    STRUCT = "struct"
    ENUM = "enum"
    UNION = "union"
    TRAIT = "trait"
    IMPL = "impl"
    MODULE = "mod"
    CONST = "const"
    STATIC = "static"
    TYPE = "type"
    MACRO = "macro_rules!"


NODES = {
    "function_item": ItemKind.FUNCTION,
    "function_signature_item": ItemKind.FUNCTION,
    "struct_item": ItemKind.STRUCT,
    "enum_item": ItemKind.ENUM,
    "union_item": ItemKind.UNION,
    "trait_item": ItemKind.TRAIT,
    "impl_item": ItemKind.IMPL,
    "mod_item": ItemKind.MODULE,
    "const_item": ItemKind.CONST,
    "static_item": ItemKind.STATIC,
    "type_item": ItemKind.TYPE,
    "associated_type": ItemKind.TYPE,
    "macro_definition": ItemKind.MACRO,
}
COMMENTS = {"line_comment", "block_comment"}
OPAQUE = {"token_tree", "macro_definition", "raw_string_literal", "block_comment"}
DESCENDED = {"ERROR", "foreign_mod_item", "declaration_list", "expression_statement"}


@dataclass(frozen=True)
class Item:
    """An item of one file.

    `start`, `end`, `code` are byte offsets; `line` is that of its first keyword, counted from 1.
    """

    path: str
    kind: ItemKind
    start: int  # including its attributes, docs and the comments directly above
    end: int
    signature: str
    code: int  # start of the item itself, after attributes and docs
    line: int
    trait: str = ""  # for an `impl` and the items in it: the trait with its arguments
    cfg: tuple[str, ...] = ()
    public: bool = False

    @property
    def name(self) -> str:
        """The last path segment; for an impl block the whole `impl Display for Pool`."""
        return self.path[self.path.index("impl ") :] if self.kind is ItemKind.IMPL else self.path.rpartition("::")[2]

    @property
    def qualified(self) -> str:
        """The path including the trait, which is unambiguous: `<Pool as Display>::fmt`."""
        owner, _, name = self.path.rpartition("::")
        return f"<{owner} as {self.trait}>::{name}" if self.trait and self.kind is not ItemKind.IMPL else self.path


@cache
def language() -> Any:
    """Return tree-sitter's grammar of Rust."""
    from tree_sitter import Language
    from tree_sitter_rust import language as rust

    return Language(rust())


def tree(source: bytes) -> Any:
    """Return the syntax tree of a source, including error nodes."""
    from tree_sitter import Parser

    return Parser(language()).parse(source)


@lru_cache(maxsize=64)
def _read(source: bytes) -> tuple[Item, ...]:
    root = tree(source).root_node
    found = list(_walk(root, source, (), ""))
    if root.has_error:
        found = _mended(found, outlines(source), root)
    return tuple(sorted(found, key=lambda item: (item.start, -item.end)))


def items(source: bytes) -> list[Item]:
    """Return every item of a file in order, an `impl` or `mod` before its contents."""
    return list(_read(source))


def enclosing(source: bytes, offset: int) -> Item | None:
    """Return the innermost item at a byte offset, attributes and docs included; None outside of items."""
    around = [item for item in _read(source) if item.start <= offset < item.end]
    return min(around, key=lambda item: item.end - item.start, default=None)


def module(path: str) -> tuple[str, ...]:
    """Return the module path of a file: `src/net/pool.rs` is `net::pool`. `#[path]` is not followed."""
    parts = path.removesuffix(".rs").split("/")
    if "src" in parts:
        parts = parts[len(parts) - parts[::-1].index("src") :]
    if parts and parts[-1] in ("lib", "main", "mod"):
        parts = parts[:-1]
    return tuple(parts)


def find(source: bytes, path: str, file: str = "") -> list[Item]:
    """Return the items named by `path`: exactly, else by its last segments, else preceded by the modules of `file`.

    Generics, `crate::`, visibility, keywords and a call's parentheses in `path` are ignored; a keyword still
    distinguishes `struct a` from `fn a`. Several results mean that the name is ambiguous.
    """
    kind, wanted, trait = _wanted(path)
    if not wanted:
        return []
    known = [item for item in _read(source) if (kind is None) or item.kind is kind]
    if kind is ItemKind.IMPL:
        for alike in (_squeezed, _bare, _last_names):
            if found := [item for item in known if alike(item.name) == alike(wanted[0])]:
                return found
        return []
    known = [
        item for item in known if item.kind is not ItemKind.IMPL and (not trait or _bare(item.trait) == _bare(trait))
    ]
    named = [(item, tuple(_bare(item.path).split("::"))) for item in known]
    return (
        [item for item, path in named if path == wanted]
        or [item for item, path in named if path[-len(wanted) :] == wanted]
        or [item for item, path in named if wanted[-len(path) :] == path and _leads(wanted[: -len(path)], file)]
    )


def same_item(one: Item, other: Item) -> bool:
    """Return whether two items have the same name and owner; one may be from a fragment without its context."""
    if one.kind is ItemKind.IMPL or other.kind is ItemKind.IMPL:
        return one.kind is other.kind and _last_names(one.name) == _last_names(other.name)
    mine, theirs = _bare(one.path).split("::"), _bare(other.path).split("::")
    length = min(len(mine), len(theirs))
    alike = not one.trait or not other.trait or _last_names(one.trait) == _last_names(other.trait)
    return mine[-length:] == theirs[-length:] and alike


def _leads(before: Sequence[str], file: str) -> bool:
    """Return whether the leading segments of a path can be the module path of that file."""
    way = module(file)
    return way[-len(before) :] == tuple(before) if file else all(part.islower() for part in before)


KEYWORDS = re.compile(
    r"(?:pub(?:\([\w: ]{0,60}\))?|async|unsafe|default|(?P<kind>fn|struct|enum|union|trait|mod|const|static|type|macro_rules!))\s+"
)
BLOCK = re.compile(r"\bimpl\b.*")
AS = re.compile(r"^(?P<before>[\w:]*)<(?P<type>[^<>]+) as (?P<trait>.+)>::(?P<name>\w+)$")


def _wanted(path: str) -> tuple[ItemKind | None, tuple[str, ...], str]:
    """Return the item kind that a spelling requires, its path segments, and the trait it names."""
    path = " ".join(path[:400].split()).strip("`*' \"")
    if block := BLOCK.search(path):
        return ItemKind.IMPL, (block[0],), ""
    kind, trait = None, ""
    while keyword := KEYWORDS.match(path):
        if keyword["kind"]:
            kind = ItemKind(keyword["kind"])
        path = path[keyword.end() :]
    path = path.partition("(")[0].strip()
    if qualified := AS.match(path):
        trait, path = qualified["trait"], f"{qualified['before']}{qualified['type']}::{qualified['name']}"
    parts = [part for part in _bare(path).removesuffix("!").split("::") if part]
    while parts and parts[0] in ("crate", "self", "super", "Self"):
        parts = parts[1:]
    return kind, tuple(parts), trait


def _squeezed(text: str) -> str:
    """Remove insignificant spaces, and the parameters of `impl<T>`."""
    text = " ".join(text.split())
    if text.startswith("impl<"):
        text = "impl " + text[4 + _closing(text[4:]) :].strip()
    return re.sub(r" ?(<) ?| (?=[>,])|(?<=[,&]) ", r"\1", text)


def _closing(text: str) -> int:
    """Return the length of the angle-bracketed part at the start of `text`."""
    depth = 0
    for at, letter in enumerate(text):
        depth += (letter == "<") - (letter == ">" and text[at - 1] != "-")
        if not depth:
            return at + 1
    return len(text)


def _bare(text: str) -> str:
    """Remove generic arguments, lifetimes and references: `impl From<A> for &'a P<T>` becomes `impl From for P`."""
    text = _squeezed(text)
    kept, depth = [], 0
    for at, letter in enumerate(text):
        if letter == "<":
            depth += 1
        elif letter == ">" and (at == 0 or text[at - 1] != "-"):
            depth = max(0, depth - 1)
        elif not depth:
            kept.append(letter)
    flat = re.sub(r"&(?:'\w+\s+)?(?:mut\s+)?", "", "".join(kept))
    return re.sub(r"::(?:::)+", "::", flat).strip().strip(":")


def _last_names(text: str) -> str:
    """Shorten paths to their last names: `impl fmt::Display for net::Pool<T>` becomes `impl Display for Pool`."""
    return re.sub(r"\b\w++::", "", _bare(text))


def _walk(node: Any, source: bytes, way: tuple[str, ...], trait: str) -> Iterator[Item]:
    """Yield the items below a node; `way` is the path of segments leading to it."""
    head: list[Any] = []  # attributes and comments directly above the next item
    for child in node.children:
        kind = NODES.get(child.type)
        if child.type == "attribute_item" or (child.type in COMMENTS and not _inner(child, source)):
            if head and not _touch(head[-1], child, source):
                head = []
            # A comment after code on the same line belongs to that code, not to the next item.
            if child.type == "attribute_item" or _begins_line(child, source):
                head.append(child)
            continue
        if kind is None:
            if child.type in DESCENDED:
                yield from _walk(child, source, way, trait)
            head = []
            continue
        if head and not _touch(head[-1], child, source):
            head = [part for part in head if part.type == "attribute_item"]
        item = _item(child, kind, head, source, way, trait)
        head = []
        if item is None:
            continue
        yield item
        body = child.child_by_field_name("body")
        if body is not None and kind in (ItemKind.IMPL, ItemKind.TRAIT, ItemKind.MODULE):
            below = _owner(child, source) if kind is ItemKind.IMPL else item.name
            inside = item.trait if kind is ItemKind.IMPL else ""
            yield from _walk(body, source, (*way, below), inside)


def _item(
    node: Any, kind: ItemKind, head: Sequence[Any], source: bytes, way: tuple[str, ...], trait: str
) -> Item | None:
    body = node.child_by_field_name("body") or node.child_by_field_name("value")
    if kind is ItemKind.MACRO:
        body = next((child for child in node.children if child.type in ("macro_rule", "(", "{", "[")), None)
    until = body.start_byte if body is not None else node.end_byte
    signature = _text(source[node.start_byte : until]).rstrip("={; ")
    if kind is ItemKind.IMPL:
        of = node.child_by_field_name("trait")
        trait = _text(source[of.start_byte : of.end_byte]) if of is not None else ""
        negative = "!" if any(child.type == "!" for child in node.children) else ""
        whose = node.child_by_field_name("type")
        owner = _text(source[whose.start_byte : whose.end_byte]) if whose is not None else ""
        name = f"impl {negative}{trait} for {owner}" if trait else f"impl {owner}"
    else:
        named = node.child_by_field_name("name")
        if named is None or named.start_byte == named.end_byte:
            return None
        name = _text(source[named.start_byte : named.end_byte])
    return Item(
        path="::".join((*way, name)),
        kind=kind,
        start=head[0].start_byte if head else node.start_byte,
        end=node.end_byte,
        signature=signature[:LONGEST_SIGNATURE],
        code=node.start_byte,
        line=node.start_point[0] + 1,
        trait=trait,
        cfg=tuple(
            said
            for part in head
            if part.type == "attribute_item" and (said := _text(source[part.start_byte : part.end_byte])).startswith("#[cfg")
        ),
        public=any(child.type == "visibility_modifier" for child in node.children),
    )  # fmt: skip


def _owner(node: Any, source: bytes) -> str:
    """Return the name of the type that an `impl` is for."""
    whose = node.child_by_field_name("type")
    return _bare(_text(source[whose.start_byte : whose.end_byte])) if whose is not None else "?"


def _text(source: bytes) -> str:
    return " ".join(source.decode("utf-8", errors="replace").split())


def _inner(comment: Any, source: bytes) -> bool:
    """Return whether a comment documents the enclosing item: `//!` or `/*!`."""
    return source[comment.start_byte : comment.start_byte + 3] in (b"//!", b"/*!")


def _touch(one: Any, other: Any, source: bytes) -> bool:
    """Return whether no blank line separates two nodes. A doc comment's node includes its line break."""
    end = one.start_byte + len(source[one.start_byte : one.end_byte].rstrip())
    return source.count(b"\n", end, other.start_byte) <= 1


def _begins_line(node: Any, source: bytes) -> bool:
    return not source[source.rfind(b"\n", 0, node.start_byte) + 1 : node.start_byte].strip()


def _mended(found: list[Item], seen: Sequence[Outline], root: Any) -> list[Item]:
    """Merge the items of a tree with syntax errors with those found by layout alone."""
    known = {item.code: item for item in found}
    heads = [(outline.code, outline.indent) for outline in seen]
    cut: list[tuple[int, int]] = []  # ranges from an item's start to the wrong end that the tree gave it
    for outline in seen:
        item = known.get(outline.code)
        if item and any(outline.code < code < item.end and indent <= outline.indent for code, indent in heads):
            known[outline.code] = replace(item, end=outline.end)
            cut.append((outline.code, item.end))
    for outline in seen:
        item = known.get(outline.code)
        if item is None:
            if not _opaque(root, outline.code):
                known[outline.code] = Item(
                    outline.path, ItemKind(outline.keyword), outline.start, outline.end, outline.signature, outline.code,
                    outline.line, outline.trait, outline.cfg, outline.public,
                )  # fmt: skip
        elif outline.path.endswith(f"::{item.path}") or any(start < outline.code < end for start, end in cut):
            known[outline.code] = replace(item, path=outline.path, trait=outline.trait)
    return list(known.values())


def _opaque(root: Any, offset: int) -> bool:
    """Return whether an offset is inside of text that only looks like items: a macro's rules, a string, a comment."""
    node = root.descendant_for_byte_range(offset, offset + 1)
    while node is not None:
        if node.type in OPAQUE and not node.has_error:
            return True
        node = node.parent
    return False
