"""Replace an item in place: docs, attributes and indentation are kept unless the new code brings its own.

`#[cfg]` and `#[test]` are kept even if the new code brings other attributes: without them the code would silently not
be compiled, or not be run.
"""

import re
from collections.abc import Sequence, Set
from typing import Any

from rusta.tools.items import Item, tree

KEPT_ANYWAY = re.compile(r"\s*#\[(?:cfg\b|cfg_attr\b|(?:\w+::)?test\b|rstest\b|should_panic\b|ignore\b)")
PART = re.compile(
    r"(?P<doc>///[^\n]*|/\*\*.*?(?:\*/|\Z))|(?P<comment>//[^\n]*|/\*.*?(?:\*/|\Z))|(?P<attribute>#\[)", re.DOTALL
)
ORDER = {"comment": 0, "doc": 1, "attribute": 2}

Head = list[tuple[str, str]]


def renewed(source: bytes, target: Item, code: bytes, chosen: Item, uses: Sequence[str]) -> bytes:
    """Return the file with `chosen`, an item of `code`, in place of `target`, and `uses` added to its `use` lines."""
    end = b"\r\n" if source.count(b"\r\n") * 2 > source.count(b"\n") else b"\n"
    indent = _indent(source, target.start)
    head = _head(code[chosen.start : chosen.code])
    start = target.start if head else target.code
    above = _merged(_head(source[target.start : target.code]), head) if head else []
    rows = [row for _, part in above for row in _moved(part.split("\n"), indent)]
    rows += _body(code, chosen, indent)
    # The file already has the indentation of the first line.
    new = "\n".join(rows).removeprefix(indent).encode(errors="surrogateescape").replace(b"\n", end)
    return _with_uses(source[:start] + new + source[target.end :], uses, end)


def _indent(source: bytes, start: int) -> str:
    row = source[source.rfind(b"\n", 0, start) + 1 : start]
    return row[: len(row) - len(row.lstrip())].decode(errors="surrogateescape")


def _body(code: bytes, chosen: Item, indent: str) -> list[str]:
    """Return the item's lines without docs and attributes, reindented; lines inside string literals are unchanged."""
    begin = code.rfind(b"\n", 0, chosen.code) + 1
    if code[begin : chosen.code].strip():
        begin = chosen.code
    rows = code[begin : chosen.end].decode(errors="surrogateescape").split("\n")
    first = code.count(b"\n", 0, begin)
    held = {row - first for row in _held(tree(code).root_node, chosen)}
    if indent and len(rows) > 1 and not rows[0][:1].isspace() and _leading(rows[-1]) == indent:
        return [indent + rows[0], *rows[1:]]  # copied from the file starting after the first line's indentation
    return _moved(rows, indent, held)


def _held(root: Any, chosen: Item) -> set[int]:
    """Return the rows that begin inside a multi-line string literal, whose leading spaces are part of it."""
    rows: set[int] = set()
    stack = [root]
    while stack:
        node = stack.pop()
        if node.end_byte <= chosen.code or node.start_byte >= chosen.end or node.start_point[0] == node.end_point[0]:
            continue
        if node.type in ("string_literal", "raw_string_literal"):
            rows |= set(range(node.start_point[0] + 1, node.end_point[0] + 1))
        else:
            stack += node.children
    return rows


def _leading(row: str) -> str:
    return row[: len(row) - len(row.lstrip())]


def _moved(rows: Sequence[str], indent: str, held: Set[int] = frozenset()) -> list[str]:
    """Reindent rows: remove the first row's indentation from each and add `indent`, except for the rows in `held`."""
    base = _leading(rows[0])
    moved = []
    for number, row in enumerate(rows):
        plain = row.lstrip()
        if number in held:
            moved.append(row)
        else:
            moved.append(indent + (row.removeprefix(base) if row.startswith(base) else plain) if plain else "")
    return moved


def _head(source: bytes) -> Head:
    """Return the docs, attributes and comments before an item, in order, as (kind, text) pairs."""
    text = source.decode(errors="surrogateescape").replace("\r\n", "\n")
    found: Head = []
    at = 0
    while part := PART.search(text, at):
        kind = str(part.lastgroup)
        at = _closed(text, part.end()) if kind == "attribute" else part.end()
        begin = text.rfind("\n", 0, part.start()) + 1
        found.append((kind, text[part.start() if text[begin : part.start()].strip() else begin : at].rstrip()))
    return found


def _closed(text: str, at: int) -> int:
    """Return the end of the attribute whose bracket was opened before `at`."""
    deep, quoted = 1, False
    while at < len(text) and deep:
        letter = text[at]
        if letter == "\\" and quoted:
            at += 1
        elif letter == '"':
            quoted = not quoted
        elif not quoted:
            deep += (letter == "[") - (letter == "]")
        at += 1
    return at


def _merged(old: Head, new: Head) -> Head:
    """Return the new docs, attributes and comments, plus those of the old ones that are to be kept."""
    brought = {kind for kind, _ in new}
    conditional = any(kind == "attribute" and part.strip().startswith("#[cfg") for kind, part in new)
    said = {"".join(part.split()) for _, part in new}

    def kept(kind: str, part: str) -> bool:
        if kind not in brought:
            return True
        if kind != "attribute" or not KEPT_ANYWAY.match(part) or "".join(part.split()) in said:
            return False
        return not (conditional and part.strip().startswith("#[cfg"))

    stay = [(kind, part) for kind, part in old if kept(kind, part)]
    return sorted([*stay, *new], key=lambda one: ORDER[one[0]]) if stay else new


def _with_uses(source: bytes, uses: Sequence[str], end: bytes) -> bytes:
    """Return the file with `use` lines inserted after its last one, or where the code begins."""
    if not uses:
        return source
    nodes = tree(source).root_node.children
    at = max((node.end_byte for node in nodes if node.type == "use_declaration"), default=0)
    if not at:
        for node in nodes:
            opening = source[node.start_byte : node.start_byte + 3]
            if node.type != "inner_attribute_item" and opening not in (b"//!", b"/*!"):
                break
            at = node.start_byte + len(source[node.start_byte : node.end_byte].rstrip())
    lines = end.join(use.encode(errors="surrogateescape").replace(b"\n", end) for use in uses)
    return source[:at] + (end if at else b"") + lines + (b"" if at else end) + source[at:]
