"""Declarations of a crate as repair strategies need them: the types, their derives and attributes, and imports.

All of it is read from the syntax tree, and every change is returned as an edit of the source that was parsed.

Not covered: types that a macro generates, and names that a glob import brings in.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Any

from rusta.tools.items import module
from rusta.tools.statements import Rewrite, Statements
from rusta.tools.syntax_walk import under

TYPES = ("struct_item", "enum_item", "union_item")
BESIDE = {"attribute_item", "line_comment", "block_comment"}
OUTSIDE = ("tests", "benches", "examples")  # targets of a package that use its library from outside


def attributes_of(node: Any) -> list[Any]:
    """Return the attributes written above an item, the topmost first."""
    found, above = [], node.prev_sibling
    while above is not None and above.type in BESIDE:
        if above.type == "attribute_item":
            found.append(above)
        above = above.prev_sibling
    return found[::-1]


def derived(node: Any, code: Statements) -> dict[str, str]:
    """Return what a type derives: each trait's name, with its path as it is written."""
    said = [text for one in attributes_of(node) if (text := code.text(one)).startswith("#[derive")]
    names = [word.strip() for text in said for word in text.partition("(")[2].rpartition(")")[0].split(",")]
    return {bare(name): name for name in names if name}


def derive(node: Any, traits: Sequence[str], code: Statements) -> Rewrite:
    """Return the edit that makes a type derive these traits as well."""
    for one in attributes_of(node):
        text = code.text(one)
        if text.startswith("#[derive") and ")" in text:
            at = one.start_byte + len(text[: text.rindex(")")].rstrip().rstrip(",").encode())
            empty = text[: text.rindex(")")].rstrip().endswith("(")
            return Rewrite(at, at, ("" if empty else ", ") + ", ".join(traits))
    return code.before(node, f"#[derive({', '.join(traits)})]")


def bare(path: str) -> str:
    """Return the name of a type without its path, references and generic arguments: `io::Error` is `Error`."""
    head = re.split(r"[<(\[{ ]", path.strip().lstrip("&").removeprefix("mut ").strip(), maxsplit=1)[0]
    return head.rpartition("::")[2]


def declarations(sources: Iterator[tuple[str, Statements]]) -> dict[str, list[tuple[str, Any]]]:
    """Return the types that a crate declares, by name: where each one is."""
    found: dict[str, list[tuple[str, Any]]] = {}
    for path, code in sources:
        for node in under(code.root, *TYPES):
            if (named := node.child_by_field_name("name")) is not None:
                found.setdefault(code.text(named), []).append((path, node))
    return found


def tested(path: str, node: Any, code: Statements) -> bool:
    """Return whether code belongs to tests, which no repair changes."""
    if path.split("/")[0] in OUTSIDE or any(f"/{folder}/" in path for folder in OUTSIDE):
        return True
    while node is not None:
        if node.type in ("mod_item", "function_item") and any(
            re.match(r"#\[(cfg\(test\)|[\w:]{0,40}\btest\b)", code.text(one)) for one in attributes_of(node)
        ):
            return True
        node = node.parent
    return False


def same_type(written: str, shown: str, code: Statements) -> bool:
    """Return whether a type as a source writes it is the one that rustc shows, as `io::Error` is `std::io::Error`."""
    one, other = ("".join(text.split()) for text in (written, shown))
    name = re.match(r"[\w:]+", one)
    if name and (renamed := re.search(rb"([\w:]{1,80}) as " + re.escape(name[0].encode()) + rb"\b", code.source)):
        one = one.replace(name[0], renamed[1].decode(), 1)
    if one == other:
        return True
    if bare(one) != bare(other) or _arguments(one) != _arguments(other):
        return False
    head, shown_head = (re.split(r"[<(\[]", text, maxsplit=1)[0].split("::") for text in (one, other))
    if len(head) == 1 < len(shown_head):  # a name alone: what is imported under it decides
        said = re.search(rb"\b(\w+)::(?:\{[^{}]{0,400}\b)?" + re.escape(head[0].encode()) + rb"\b[^:]", code.source)
        return said is None or said[1].decode() == shown_head[-2]
    length = min(len(head), len(shown_head))
    return head[-length:] == shown_head[-length:]


def _arguments(text: str) -> list[str]:
    return re.findall(r"\w+(?!\w|::)", text[len(re.split(r"[<(\[]", text, maxsplit=1)[0]) :])


def with_import(path: str, code: Statements) -> Rewrite | None:
    """Return the edit that imports a path at the top of a file; None where its name is in use there already."""
    name = path.rpartition("::")[2]
    uses = [node for node in code.root.named_children if node.type == "use_declaration"]
    if any(re.search(rf"\b{name}\b", code.text(use)) for use in uses):
        return None
    if plain := [use for use in uses if not attributes_of(use)]:
        return code.before(plain[0], f"use {path};")
    inner = ("inner_attribute_item", "line_comment")
    first = next(
        (
            node
            for node in code.root.named_children
            if node.type not in inner or (node.type == "line_comment" and not code.text(node).startswith("//!"))
        ),
        None,
    )
    at = first.start_byte if first is not None else len(code.source)
    return Rewrite(at, at, f"use {path};\n\n")


def reachable(name: str, where: str, path: str, code: Statements) -> str:
    """Return how the source `path` can name an item that the file `where` declares at its top."""
    if where == path or re.search(rb"\buse [^;]{0,400}\b" + re.escape(name.encode()) + rb"\b", code.source):
        return name
    return "::".join(("crate", *module(where), name))
