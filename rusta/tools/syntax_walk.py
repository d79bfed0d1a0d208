"""Walk over a parsed source: all nodes below one, the names that a `use` ends in, and what macros are called with."""

import re
from collections.abc import Iterator
from typing import Any

from rusta.tools import items
from rusta.tools.statements import Rewrite, Statements

FileEdits = dict[str, list[Rewrite]]  # by path

CALLED = re.compile(  # macros whose arguments are expressions
    rb"\b(?:e?print(?:ln)?|format(?:_args)?|write(?:ln)?|(?:debug_)?assert(?:_eq|_ne)?|panic|vec|dbg)(!)\s*[(\[]"
)


def last_name(path: str) -> str:
    """Return the last segment of a type's path, without its arguments."""
    return re.split(r"<", path, maxsplit=1)[0].strip().rpartition("::")[2].strip("& ")


def nodes_below(node: Any) -> Iterator[Any]:
    """Yield a node and all named nodes below it, in the order of the source; nothing for None."""
    todo = [node] if node is not None else []
    while todo:
        node = todo.pop()
        yield node
        todo += reversed(node.named_children)


def under(node: Any, *kinds: str) -> Iterator[Any]:
    """Yield the nodes of these kinds in a tree, in the order of the source."""
    return (at for at in nodes_below(node) if at.type in kinds)


def innermost(node: Any, *kinds: str) -> Any:
    """Return the innermost node of these kinds that holds a node, or is it; None where there is none."""
    while node is not None and node.type not in kinds:
        node = node.parent
    return node


def lies_in(node: Any, around: Any) -> bool:
    """Return whether a node lies in another; False where that is None."""
    return around is not None and around.start_byte <= node.start_byte and node.end_byte <= around.end_byte


def own_indent(code: Statements, node: Any) -> str:
    """Return what stands before a node on its line, if that is white space alone; else ""."""
    line = code.source[code.source.rfind(b"\n", 0, node.start_byte) + 1 : node.start_byte].decode("utf-8", "replace")
    return line if not line.strip() else ""


def use_endings(code: Statements) -> Iterator[tuple[Any, str]]:
    """Yield each node that a `use` ends in, with its full path (without the alias)."""
    for at in nodes_below(code.root):
        todo = [(at.child_by_field_name("argument"), "")] if at.type == "use_declaration" else []
        while todo:
            node, before = todo.pop()
            if node is None:
                continue
            if node.type == "scoped_use_list":
                way = node.child_by_field_name("path")
                way_text = "".join(code.text(way).split()) + "::" if way is not None else ""
                todo.append((node.child_by_field_name("list"), before + way_text))
            elif node.type == "use_list":
                todo += [(child, before) for child in reversed(node.named_children)]
            elif node.type not in items.COMMENTS:
                named = node.child_by_field_name("path") if node.type == "use_as_clause" else node
                yield node, (before + "".join(code.text(named).split())).removesuffix("::self").removeprefix("::")


def opened(code: Statements) -> Statements:
    """Return a source with the same offsets in which `println!(a)` is a call, so that its arguments are expressions."""
    data = bytearray(code.source)
    for found in CALLED.finditer(code.source):
        node = code.root.descendant_for_byte_range(found.start(1), found.end(1))
        if node is not None and node.type == "!" and node.parent.type in ("macro_invocation", "token_tree"):
            trees = [
                one for one in node.parent.children if one.type == "token_tree" and one.start_byte == found.end() - 1
            ]
            for tree in trees:
                data[found.start(1)] = ord(" ")
                data[tree.start_byte], data[tree.end_byte - 1] = ord("("), ord(")")
                for child in tree.children:
                    if code.text(child) == ";" and child.end_byte - child.start_byte == 1:
                        data[child.start_byte] = ord(",")
    return Statements(bytes(data))
