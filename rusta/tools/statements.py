"""The statements of a Rust source, by tree-sitter: in which one a place lies, how one is moved, what a name would collide with.

Nothing is written: edits are byte ranges with their new text, and new bytes are handed back.

Not covered: code inside a macro's arguments, which tree-sitter sees as tokens; it counts as part of the macro's statement.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from rusta.tools import items

MOVABLE = ("let_declaration", "expression_statement")  # not the value of a block, nor an item in it


@dataclass(frozen=True)
class Rewrite:
    """The bytes from `start` to `end` give way to `text`."""

    start: int
    end: int
    text: str


class Statements:
    """One source. Nodes are tree-sitter's."""

    def __init__(self, source: bytes) -> None:
        self.source, self.root = source, items.tree(source).root_node

    def node(self, start: int, end: int) -> Any:
        """The smallest node around these bytes."""
        return self.root.named_descendant_for_byte_range(start, end)

    def text(self, node: Any) -> str:
        """As it is written."""
        return self.source[node.start_byte : node.end_byte].decode("utf-8", "replace")

    def statement(self, node: Any) -> Any:
        """The statement of the innermost block that a node lies in; None outside of blocks."""
        while node is not None and node.parent is not None and node.parent.type != "block":
            node = node.parent
        return node if node is not None and node.parent is not None else None

    def siblings(self, one: Any, other: Any) -> tuple[Any, Any] | None:
        """The two statements of one block that two nodes lie in, that block being the innermost there is."""
        there = {at.parent.id: at for at in self._around(other)}
        for at in self._around(one):
            if at.parent.id in there:
                return None if there[at.parent.id] == at else (at, there[at.parent.id])
        return None

    def _around(self, node: Any) -> Iterable[Any]:
        """The statement of a node, the one which that lies in, and so on outwards."""
        at = self.statement(node)
        while at is not None:
            yield at
            at = self.statement(at.parent)

    def leans(self, statement: Any, others: Iterable[Any]) -> bool:
        """Whether a statement names what one of the others declares: it cannot come before them."""
        patterns = [other.child_by_field_name("pattern") for other in others if other.type == "let_declaration"]
        bound = {word for pattern in patterns if pattern is not None for word in _words(self.text(pattern))}
        return not bound.isdisjoint(_words(self.text(statement)))

    def between(self, one: Any, other: Any) -> list[Any]:
        """The statements of a block from `one` on, up to and without `other`."""
        found = []
        while one is not None and one != other:
            found.append(one)
            one = one.next_named_sibling
        return found

    def moved(self, statement: Any, to: int) -> list[Rewrite]:
        """A statement, with the comments that stand on it, at `to`: where another one begins, or ends."""
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
        """A line of its own above a statement."""
        return Rewrite(statement.start_byte, statement.start_byte, f"{text}\n{self._indent(statement.start_byte)}")

    def fresh(self, value: Any) -> str:
        """A name for a value, by what gives it, that nothing else in its function has."""
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
        """The source with all of them; in one with CRLF, new line ends are CRLF."""
        crlf, data = b"\r\n" in self.source, self.source
        for one in sorted(rewrites, key=lambda one: (one.start, one.end), reverse=True):
            text = one.text.encode()
            data = data[: one.start] + (text.replace(b"\n", b"\r\n") if crlf else text) + data[one.end :]
        return data

    def _indent(self, at: int) -> str:
        line = self.source[self.source.rfind(b"\n", 0, at) + 1 : at]
        return line.decode("utf-8", "replace") if not line.strip() else " "


def instead(node: Any, text: str) -> Rewrite:
    """This text for a node."""
    return Rewrite(node.start_byte, node.end_byte, text)


def after(node: Any, text: str) -> Rewrite:
    """This text behind a node."""
    return Rewrite(node.end_byte, node.end_byte, text)


def _words(code: str) -> list[str]:
    """Names as code uses them by themselves: no field's, no method's."""
    return re.findall(r"(?<![.\w])(?!mut\b|ref\b|_\b)[A-Za-z_]\w*", code)
