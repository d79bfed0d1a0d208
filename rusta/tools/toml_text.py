"""Manifests as text: where a key stands, and edits that keep the comments, the order and the layout of a person.

A TOML text is parsed by tree-sitter, also where it has errors: every key has its bytes. Edits are byte ranges with
their new text (`Rewrite`), as for Rust sources. The text is untrusted: keys with many parts and deep inline tables are
left out.

Source: the TOML specification 1.0, and the Cargo Book, "The Manifest Format". Not covered: values that an edit would
have to write as more than one line; a key that is quoted in one place and bare in another is one key.
"""

import json
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any

import tree_sitter_toml
from tree_sitter import Language, Parser

from rusta.tools.statements import Rewrite, applied

DEEPEST = 8  # parts of a key, and inline tables within one another
BARE = re.compile(r"[A-Za-z0-9_-]+")


@cache
def _parser() -> Parser:
    return Parser(Language(tree_sitter_toml.language()))


class TomlText:
    """One parsed TOML text. `places` has the node of each key path: a `pair`, or a table by its header.

    The n-th `[[bin]]` has the path `("bin", "n")`, counted from 0. Where a key is defined twice the first counts.
    """

    def __init__(self, source: bytes) -> None:
        self.source = source
        self.places: dict[tuple[str, ...], Any] = {}
        counts: Counter[tuple[str, ...]] = Counter()
        for node in _parser().parse(source).root_node.named_children:
            if node.type == "pair":
                self._pair((), node)
            elif node.type in ("table", "table_array_element") and (head := self._keys(node.named_child(0))):
                path = head
                if node.type == "table_array_element":
                    path = (*head, str(counts[head]))
                    counts[head] += 1
                self.places.setdefault(path, node)
                for child in node.named_children:
                    if child.type == "pair":
                        self._pair(path, child)

    def text(self, node: Any) -> str:
        """Return the text of a node."""
        return self.source[node.start_byte : node.end_byte].decode("utf-8", "replace")

    def place(self, *keys: str) -> tuple[int, int] | None:
        """Return the bytes of a key path: a key with its value, the header of a table, or the first key below it."""
        node = self.places.get(keys) or next((one for at, one in self.places.items() if at[: len(keys)] == keys), None)
        if node is None:
            return None
        if node.type == "pair":
            return node.start_byte, node.end_byte
        end = self.source.find(b"]", node.named_child(0).end_byte)
        return node.start_byte, (end if end >= 0 else node.named_child(0).end_byte) + 1

    def value(self, *keys: str) -> Any:
        """Return the node of a key's value; None for a table with a header, or where there is no such key."""
        node = self.places.get(keys)
        inner = [child for child in node.named_children if child.type != "comment"] if node is not None else []
        return inner[1] if node is not None and node.type == "pair" and len(inner) > 1 else None

    def string(self, *keys: str) -> str | None:
        """Return a key's value if it is a plain string."""
        node = self.value(*keys)
        return _string(self.text(node)) if node is not None and node.type == "string" else None

    def strings(self, *keys: str) -> list[tuple[str, Any]]:
        """Return the strings of an array, each with its node."""
        node = self.value(*keys)
        inner = node.named_children if node is not None and node.type == "array" else []
        return [(said, one) for one in inner if one.type == "string" and (said := _string(self.text(one))) is not None]

    def under(self, *keys: str) -> list[str]:
        """Return the keys directly below a path, in their order, each once."""
        depth = len(keys)
        return list(dict.fromkeys(path[depth] for path in self.places if len(path) > depth and path[:depth] == keys))

    def put(self, table: Sequence[str], key: str, value: str, behind: str = "") -> list[Rewrite]:
        """Return the edits that set a key of a table, and make the table where there is none.

        A new key stands behind the key `behind` if there is one, right below the header for "[", else at the table's end.
        """
        path = tuple(table)
        if (node := self.value(*path, key)) is not None:
            return [Rewrite(node.start_byte, node.end_byte, value)]
        row = f"{toml_key(key)} = {value}"
        at = self.places.get(path)
        if at is not None and at.type == "pair":
            return self._inline(at, row)
        if at is not None:
            near = self.places.get((*path, behind)) if behind else None
            if behind == "[":
                return [self._row(at.named_child(0), row, False)]
            return [self._row(near, row) if near is not None else self._line_after(at, row)]
        if any(one[: len(path)] == path for one in self.places):  # of dotted keys: a header would define it again
            return []
        return [self._table(path, row)]

    def appended(self, keys: Sequence[str], item: str) -> list[Rewrite]:
        """Return the edits that append an item to an array, laid out as its other items are; [] where it is none."""
        array = self.value(*keys)
        if array is None or array.type != "array":
            return []
        inner = [one for one in array.named_children if one.type != "comment"]
        if not inner:
            return [Rewrite(array.start_byte + 1, array.start_byte + 1, item)]
        last = inner[-1]
        line = self.source.rfind(b"\n", array.start_byte, last.start_byte)
        comma = next((one for one in _following(last) if one.type == ","), None)
        if line < 0:  # the last item is on the line of the bracket
            return [Rewrite(comma.end_byte, comma.end_byte, f" {item},")] if comma else [_after(last, f", {item}")]
        indent = re.match(rb"[ \t]*", self.source[line + 1 :])
        row = f"\n{indent[0].decode() if indent else ''}{item},"
        end = (comma or last).end_byte
        note = next((one for one in _following(last) if one.type == "comment"), None)
        if note is not None and b"\n" not in self.source[end : note.start_byte]:
            end = note.end_byte
        if comma is None:
            return [_after(last, ","), Rewrite(end, end, row)]
        return [Rewrite(end, end, row)]

    def replaced(self, node: Any, text: str) -> Rewrite:
        """Return the edit that replaces a node, such as one string of an array."""
        return Rewrite(node.start_byte, node.end_byte, text)

    def renamed(self, keys: Sequence[str], to: str) -> list[Rewrite]:
        """Return the edit that renames the last part of a key path, where the key or the table's header names it."""
        node = self.places.get(tuple(keys))
        key = node.named_child(0) if node is not None else None
        while key is not None and key.type == "dotted_key":
            key = key.named_children[-1]
        return [Rewrite(key.start_byte, key.end_byte, toml_key(to))] if key is not None else []

    def rewritten(self, rewrites: Sequence[Rewrite]) -> bytes:
        """Return the text with all edits applied."""
        return applied(self.source, rewrites)

    def _pair(self, prefix: tuple[str, ...], node: Any) -> None:
        keys = self._keys(node.named_child(0))
        path = (*prefix, *keys)
        if not keys or len(path) > DEEPEST:
            return
        self.places.setdefault(path, node)
        value = self.value(*path) if self.places.get(path) is node else None
        if value is not None and value.type == "inline_table":
            for child in value.named_children:
                if child.type == "pair":
                    self._pair(path, child)

    def _keys(self, node: Any) -> tuple[str, ...]:
        """Return the parts of a key; () for one with too many."""
        parts: list[str] = []
        todo = [node] if node is not None else []
        while todo:
            one = todo.pop()
            if one.type == "dotted_key":
                todo += reversed(one.named_children)
            elif one.type in ("bare_key", "quoted_key"):
                text = self.text(one)
                parts.append(text if one.type == "bare_key" else _string(text) or "")
            if len(parts) > DEEPEST:
                return ()
        return tuple(parts)

    def _inline(self, pair: Any, row: str) -> list[Rewrite]:
        """Return the edit of `name = { … }`, or of `name = "1"`, whose value becomes the version of a table."""
        value = pair.named_child(1)
        if value.type == "string":
            return [Rewrite(value.start_byte, value.end_byte, f"{{ version = {self.text(value)}, {row} }}")]
        if value.type != "inline_table":
            return []
        pairs = [one for one in value.named_children if one.type == "pair"]
        if pairs:
            return [_after(pairs[-1], f", {row}")]
        return [Rewrite(value.start_byte, value.end_byte, f"{{ {row} }}")]

    def _line_after(self, table: Any, row: str) -> Rewrite:
        pairs = [one for one in table.named_children if one.type == "pair"]
        return self._row(pairs[-1] if pairs else table.named_child(0), row, bool(pairs))

    def _row(self, node: Any, row: str, indented: bool = True) -> Rewrite:
        """Return the edit that writes a line below the one on which a node ends."""
        line = self.source.rfind(b"\n", 0, node.start_byte) + 1
        before = self.source[line : node.start_byte].decode("utf-8", "replace") if indented else ""
        end = self.source.find(b"\n", node.end_byte)
        indent = before if not before.strip() else ""
        if end < 0:
            return Rewrite(len(self.source), len(self.source), f"\n{indent}{row}\n")
        return Rewrite(end + 1, end + 1, f"{indent}{row}\n")

    def _table(self, path: tuple[str, ...], row: str) -> Rewrite:
        """Return the edit that adds a table: behind the last one of the same family, else at the end."""
        text = f"[{'.'.join(map(toml_key, path))}]\n{row}\n"
        kin = [node for one, node in self.places.items() if one[0] == path[0] and node.type != "pair"]
        end = len(self.source)
        if kin and kin[-1].end_byte < len(self.source.rstrip()):
            last = kin[-1].named_children[-1]
            at = self.source.find(b"\n", last.end_byte) + 1
            return Rewrite(at, at, f"\n{text}") if at else Rewrite(end, end, f"\n\n{text}")
        gap = "" if not self.source else "\n" if self.source.endswith(b"\n") else "\n\n"
        return Rewrite(end, end, f"{gap}{text}")


def toml_key(key: str) -> str:
    """Return a key as TOML writes it, or a value as a string if it is none that can stand bare."""
    return key if BARE.fullmatch(key) else json.dumps(key, ensure_ascii=False)


def _string(text: str) -> str | None:
    if text.startswith(("'''", '"""')) or len(text) < 2:
        return None
    if text[0] == "'":
        return text[1:-1]
    try:
        said = json.loads(text)
    except ValueError:
        return None
    return said if isinstance(said, str) else None


def _after(node: Any, text: str) -> Rewrite:
    return Rewrite(node.end_byte, node.end_byte, text)


def _following(node: Any) -> Iterator[Any]:
    while (node := node.next_sibling) is not None:
        yield node
