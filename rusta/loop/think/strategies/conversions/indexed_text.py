"""A text is indexed by a number (E0277 "the type `str` cannot be indexed by `{integer}`"), which no `str` can be.

What it is compared with tells what is meant: with a `char` it is `chars().nth(n)` as an `Option`, with a byte
`as_bytes()[n]`. Elsewhere it is the character, which has to be there; second the byte; third, where a reference is
taken, the slice of one byte.

Not covered: places that are assigned to. Source: the Book, ch. 8.2, "Indexing into Strings".
"""

import re
from collections.abc import Iterator
from typing import Any

from rusta.loop.think.hypotheses import Cost, Hypothesis
from rusta.loop.think.situation import Situation
from rusta.tools.declared import tested
from rusta.tools.diagnostics import Diagnostic
from rusta.tools.statements import Rewrite, Statements, after, instead
from rusta.tools.syntax_walk import innermost

INDEXED = re.compile(r"^the type `(?:str|String)` cannot be indexed by `(?:\{integer\}|usize)`")
THERE = '.expect("there is a character at this place")'
EQUAL = {"==", "!="}


def indexed_text(situation: Situation) -> Iterator[Hypothesis]:
    """Yield the characters that are meant, then the bytes."""
    found: list[tuple[Diagnostic, str, Any, Statements]] = []
    for error in situation.errors:
        at = error.primary
        code = situation.code(at.path) if at and error.code == "E0277" and INDEXED.match(error.message) else None
        if at is None or code is None:
            continue
        node = innermost(code.node(at.start, at.end), "index_expression")
        if node is not None and not tested(at.path, node, code) and not _assigned(node):
            found.append((error, at.path, node, code))
    if not found:
        return
    places = {(path, node.start_byte) for _, path, node, _ in found}
    referred = any(node.parent.type == "reference_expression" for _, _, node, _ in found)
    for way in ("char", "byte", "slice") if referred else ("char", "byte"):
        rewrites: dict[str, list[Rewrite]] = {}
        for _, path, node, code in found:
            rewrites.setdefault(path, []).extend(_edits(way, path, node, code, places))
        what = {
            "char": "its characters are counted",
            "byte": "its bytes are indexed",
            "slice": "a part of it is taken",
        }[way]
        reason = f"a text has characters of different lengths, so it cannot be indexed by a number: {what}"
        price = "it goes through the text up to there" if way == "char" else "a byte is a character only in ASCII"
        yield situation.hypothesis(found[0][0], reason, rewrites, Cost.SMALL, price)


def _assigned(node: Any) -> bool:
    above = node.parent
    return (
        above.type in ("assignment_expression", "compound_assignment_expr")
        and above.child_by_field_name("left") == node
    )


def _edits(way: str, path: str, node: Any, code: Statements, places: set[tuple[str, int]]) -> list[Rewrite]:
    text, index = node.named_children[0], node.named_children[-1]
    said, place = code.text(text), code.text(index)
    character = f"{said}.chars().next()" if place == "0" else f"{said}.chars().nth({place})"
    byte = f"{said}.as_bytes()[{place}]"
    above, sign = node.parent, ""
    if above.type == "binary_expression" and (mark := above.child_by_field_name("operator")) is not None:
        sign = code.text(mark)
    if sign in EQUAL:
        left, right = above.child_by_field_name("left"), above.child_by_field_name("right")
        other = right if left == node else left
        if other.type == "char_literal":
            if code.text(other).startswith("b"):
                return [instead(node, byte)]
            return [instead(node, character), Rewrite(other.start_byte, other.start_byte, "Some("), after(other, ")")]
        if (path, other.start_byte) in places and other.type == "index_expression":
            return [instead(node, character if way == "char" else byte)]
        if other.type == "string_literal" and len(code.text(other)) == 3:  # `text[0] == "a"`
            return [instead(node, character), instead(other, f"Some('{code.text(other)[1]}')")]
    if way == "slice" and above.type == "reference_expression":
        return [instead(index, f"{place}..={place}")]
    return [instead(node, byte if way == "byte" else character + THERE)]
