"""Statements of a Rust source, by tree-sitter: which one holds a node, how to move one, which names are taken.

Nothing is written: edits are byte ranges with their new text, and new bytes are returned.

Not covered: code inside a macro's arguments, which tree-sitter sees as tokens; it counts as part of the macro's
statement.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from rusta.tools import items

MOVABLE = ("let_declaration", "expression_statement")  # neither a block's tail expression nor a nested item


@dataclass(frozen=True)
class Rewrite:
    """An edit: the bytes from `start` to `end` are replaced by `text`."""

    start: int
    end: int
    text: str


class Statements:
    """One parsed source. Nodes are tree-sitter's."""

    def __init__(self, source: bytes) -> None:
        self.source, self.root = source, items.tree(source).root_node

    def node(self, start: int, end: int) -> Any:
        """Return the smallest named node that covers these bytes."""
        return self.root.named_descendant_for_byte_range(start, end)

    def text(self, node: Any) -> str:
        """Return the source text of a node."""
        return self.source[node.start_byte : node.end_byte].decode("utf-8", "replace")

    def statement(self, node: Any) -> Any:
        """Return the statement, in the innermost block, that contains a node; None outside of blocks."""
        while node is not None and node.parent is not None and node.parent.type != "block":
            node = node.parent
        return node if node is not None and node.parent is not None else None

    def siblings(self, one: Any, other: Any) -> tuple[Any, Any] | None:
        """Return the two statements of the innermost common block that contain two nodes; None if there are none."""
        there = {at.parent.id: at for at in self._around(other)}
        for at in self._around(one):
            if at.parent.id in there:
                return None if there[at.parent.id] == at else (at, there[at.parent.id])
        return None

    def _around(self, node: Any) -> Iterable[Any]:
        """Yield the statement of a node, the statement that contains that one, and so on outwards."""
        at = self.statement(node)
        while at is not None:
            yield at
            at = self.statement(at.parent)

    def leans(self, statement: Any, others: Iterable[Any]) -> bool:
        """Return whether a statement uses a name declared by one of the others, so that it cannot precede them."""
        patterns = [other.child_by_field_name("pattern") for other in others if other.type == "let_declaration"]
        bound = {word for pattern in patterns if pattern is not None for word in _words(self.text(pattern))}
        return not bound.isdisjoint(_words(self.text(statement)))

    def between(self, one: Any, other: Any) -> list[Any]:
        """Return the statements of a block from `one` up to, but without, `other`."""
        found = []
        while one is not None and one != other:
            found.append(one)
            one = one.next_named_sibling
        return found

    def moved(self, statement: Any, to: int) -> list[Rewrite]:
        """Return the edits that move a statement, with the comments directly above it, to byte `to`.

        `to` is where another statement begins or ends.
        """
        start, end = statement.start_byte, statement.end_byte
        above = statement.prev_sibling
        while above is not None and above.type in items.COMMENTS:
            start, above = above.start_byte, above.prev_sibling
        text = self.source[start:end].decode("utf-8", "replace")
        line = self.source.rfind(b"\n", 0, start) + 1
        alone = not self.source[line:start].strip() and self.source[end : end + 1] == b"\n"
        gone = Rewrite(line, end + 1, "") if alone else Rewrite(start, end, "")
        indent = self._indent(min(to, start))
        return [Rewrite(to, to, f"{text}\n{indent}" if to < start else f"\n{indent}{text}"), gone]

    def before(self, statement: Any, text: str) -> Rewrite:
        """Return the edit that inserts `text` as a line of its own above a statement."""
        return Rewrite(statement.start_byte, statement.start_byte, f"{text}\n{self._indent(statement.start_byte)}")

    def fresh(self, value: Any) -> str:
        """Return a variable name for a value, after its expression, that is not used elsewhere in the function."""
        named = re.findall(r"[a-z_]\w*", self.text(value).split("(")[0])
        called = named[-1] if named and named[-1] not in ("self", "mut", "_", "as", "dyn") else "value"
        function = value
        while function.parent is not None and function.type != "function_item":
            function = function.parent
        rest = (
            self.source[function.start_byte : value.start_byte] + b" " + self.source[value.end_byte : function.end_byte]
        )
        known = set(_words(rest.decode("utf-8", "replace")))
        return next(one for one in (called, *(f"{called}_{n}" for n in range(2, 1000))) if one not in known)

    def rewritten(self, rewrites: Sequence[Rewrite]) -> bytes:
        """Return the source with all edits applied; in a source with CRLF, new line ends are CRLF."""
        return applied(self.source, rewrites)

    def _indent(self, at: int) -> str:
        line = self.source[self.source.rfind(b"\n", 0, at) + 1 : at]
        return line.decode("utf-8", "replace") if not line.strip() else " "


def applied(source: bytes, rewrites: Sequence[Rewrite]) -> bytes:
    """Return a source with all edits applied; in a source with CRLF, new line ends are CRLF."""
    crlf, data = b"\r\n" in source, source
    for one in sorted(rewrites, key=lambda one: (one.start, one.end), reverse=True):
        text = one.text.encode()
        data = data[: one.start] + (text.replace(b"\n", b"\r\n") if crlf else text) + data[one.end :]
    return data


def instead(node: Any, text: str) -> Rewrite:
    """Return the edit that replaces a node by `text`."""
    return Rewrite(node.start_byte, node.end_byte, text)


def after(node: Any, text: str) -> Rewrite:
    """Return the edit that inserts `text` after a node."""
    return Rewrite(node.end_byte, node.end_byte, text)


def _words(code: str) -> list[str]:
    """Return the identifiers in `code`, without those that follow a dot (fields and methods)."""
    return re.findall(r"(?<![.\w])(?!mut\b|ref\b|_\b)[A-Za-z_]\w*", code)
