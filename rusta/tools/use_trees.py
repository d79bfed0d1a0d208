"""Change the imports of a source: take names out of `use` trees, and bring others in.

The statements are edited as text; a group that is left with one name loses its braces. A removed statement's place is
where what comes in is written.

Not covered: comments inside of a group that is changed are lost.
"""

from collections.abc import Collection, Iterable
from typing import Any

from rusta.tools import items
from rusta.tools.statements import Rewrite, Statements
from rusta.tools.syntax_walk import innermost, nodes_below, own_indent, use_endings


def imported_names(code: Statements, scope: Any) -> dict[str, str]:
    """Return the full paths of the names that the `use`s directly in a scope bind."""
    inside = {(use.start_byte, use.end_byte) for use in _uses(scope)}
    names = {}
    for leaf, whole in use_endings(code):
        if (use := innermost(leaf, "use_declaration")) is not None and (use.start_byte, use.end_byte) in inside:
            alias = leaf.child_by_field_name("alias") if leaf.type == "use_as_clause" else None
            names[code.text(alias) if alias is not None else whole.rpartition("::")[2]] = whole
    return names


def exchanged(code: Statements, scope: Any, gone: Collection[str], wanted: Iterable[str]) -> list[Rewrite]:
    """Return the edits that remove the imports of these full paths from a scope, and import others.

    `scope` is the file's root or a module's body. `wanted` are full paths, which are grouped by what is before their
    last segment. Public imports stay.
    """
    rewrites: list[Rewrite] = []
    lines = [f"use {one};" for one in _grouped(wanted)]
    at = None
    for use in _uses(scope):
        if any(child.type == "visibility_modifier" for child in use.children):
            continue
        tree = use.child_by_field_name("argument")
        kept = _without(code, tree, "", gone)
        if kept == code.text(tree) or (kept is not None and "".join(kept.split()) == "".join(code.text(tree).split())):
            continue
        indent = own_indent(code, use)
        new = ([f"use {kept};"] if kept else []) + (lines if at is None else [])
        if new:
            rewrites.append(Rewrite(use.start_byte, use.end_byte, f"\n{indent}".join(new)))
        else:
            start = code.source.rfind(b"\n", 0, use.start_byte) + 1
            end = use.end_byte + 1 if code.source[use.end_byte : use.end_byte + 1] == b"\n" else use.end_byte
            rewrites.append(Rewrite(start, end, ""))
        at = use
    if at is None and lines:
        rewrites.append(_inserted(code, scope, lines))
    return rewrites


def _inserted(code: Statements, scope: Any, lines: list[str]) -> Rewrite:
    """Return the edit that writes imports above the first `use` of a scope, or above its first item."""
    inner = ("inner_attribute_item", *items.COMMENTS)
    first = next((use for use in _uses(scope)), None) or next(
        (one for one in scope.named_children if one.type not in inner), None
    )
    above = first.prev_sibling if first is not None else None
    while first is not None and above is not None and above.type in ("attribute_item", *items.COMMENTS):
        if above.type in items.COMMENTS and code.text(above).startswith(("//!", "/*!")):
            break
        first, above = above, above.prev_sibling
    if first is None:
        return Rewrite(scope.start_byte, scope.start_byte, "\n".join(lines) + "\n")
    gap = "\n" if first.type == "use_declaration" else "\n\n"
    indent = own_indent(code, first)
    return Rewrite(first.start_byte, first.start_byte, f"\n{indent}".join(lines) + gap + indent)


def _uses(scope: Any) -> list[Any]:
    return [child for child in scope.named_children if child.type == "use_declaration"]


def _without(code: Statements, node: Any, before: str, gone: Collection[str]) -> str | None:
    """Return the text of a use tree without the leaves whose full path is in `gone`; None where nothing is left."""
    if node.type == "scoped_use_list":
        way = node.child_by_field_name("path")
        way_text = "".join(code.text(way).split()) + "::" if way is not None else ""
        inner = _without(code, node.child_by_field_name("list"), before + way_text, gone)
        if inner is None or inner == "{self}":
            return way_text.removesuffix("::") if inner else None
        return way_text + inner
    if node.type == "use_list":
        parts = [
            (child, _without(code, child, before, gone))
            for child in node.named_children
            if child.type not in items.COMMENTS
        ]
        kept = [part for _, part in parts if part is not None]
        if len(kept) == len(parts) and all(part == code.text(child) for child, part in parts):
            return code.text(node)
        if not kept:
            return None
        return kept[0] if len(kept) == 1 and kept[0] != "self" else "{" + ", ".join(kept) + "}"
    named = node.child_by_field_name("path") if node.type == "use_as_clause" else node
    whole = (before + "".join(code.text(named).split())).removeprefix("::")
    return None if whole in gone else code.text(node)


def _grouped(wanted: Iterable[str]) -> list[str]:
    """Return use trees for full paths: one for each module."""
    modules: dict[str, list[str]] = {}
    for one in sorted(set(wanted)):
        module, _, name = one.rpartition("::")
        modules.setdefault(module, []).append(name)
    return [
        f"{module}::{names[0]}" if len(names) == 1 else f"{module}::{{{', '.join(names)}}}"
        for module, names in modules.items()
    ]


def scope_of(node: Any) -> Any:
    """Return the module body, or the file, that an item or expression is in."""
    while node.parent is not None and not (node.type == "declaration_list" and node.parent.type == "mod_item"):
        node = node.parent
    return node


def scopes(code: Statements) -> list[Any]:
    """Return the file's root and the bodies of its inline modules."""
    return [
        code.root,
        *(
            at.child_by_field_name("body")
            for at in nodes_below(code.root)
            if at.type == "mod_item" and at.child_by_field_name("body")
        ),
    ]
