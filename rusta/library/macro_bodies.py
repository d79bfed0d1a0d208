"""What the macros of a crate put into the place of their calls, as far as it can be told without expanding them.

Only macros of one rule. Of one that passes items on, the attributes and documentation that it puts above them; of another, the items
that its body spells out, where repetitions stand for nothing. Source: The Rust Reference, "Macros By Example".
"""

import re
from dataclasses import dataclass
from typing import Any

from rusta.library.item_docs import FEATURE, is_documentation

LONGEST_BODY = 200_000  # bytes of a macro that are looked at
MOST_NODES = 20_000  # of its syntax tree
FEATURE_ABOVE = re.compile(
    r"\$\(\s*(?:#\[\s*cfg_attr[^\n]{0,200}\]\s*)?#\[\s*cfg\s*\(\s*(?:all\s*\(\s*)?" + FEATURE.pattern
)  # above every item that the macro is given


@dataclass(frozen=True)
class MacroBody:
    """One macro of a crate. `body` is the node of what it gives, in `source`; None where it passes an item on."""

    features: tuple[str, ...] = ()
    heads: tuple[str, ...] = ()  # comments and attributes above the one item that it passes on
    source: bytes = b""
    body: Any = None


def read_macro(node: Any, source: bytes) -> MacroBody:
    """Read the definition of a macro in a file."""
    if node.end_byte - node.start_byte > LONGEST_BODY:
        return MacroBody()
    features = FEATURE_ABOVE.findall(source[node.start_byte : node.end_byte].decode("utf-8", "replace"))[:1]
    rules = [child for child in node.children if child.type == "macro_rule"]
    body = rules[0].child_by_field_name("right") if len(rules) == 1 else None
    if body is None:
        return MacroBody(tuple(features))
    heads, passes = list[str](), False
    for child in body.children:
        text = source[child.start_byte : child.end_byte].decode("utf-8", "replace")
        if child.type == "metavariable":
            passes = True
            break
        if is_documentation(text[:4]):
            heads.append(text)
        elif child.type == "token_tree" and text.startswith("["):
            heads.append(f"#{text}")
        elif child.type not in ("{", "(", "[", "#", "line_comment", "block_comment"):
            break
    return MacroBody(tuple(features), tuple(heads) if passes else (), source, None if passes else body)


def spelled_out(macro: MacroBody) -> bytes:
    """The body of a macro with its repetitions blanked, byte for byte and line for line."""
    start = macro.body.start_byte
    blanked, todo, seen = bytearray(macro.source[start : macro.body.end_byte]), [macro.body], 0
    while todo and seen < MOST_NODES:
        for child in todo.pop().children:
            seen += 1
            if child.type == "token_repetition":
                at, end = child.start_byte - start, child.end_byte - start
                blanked[at:end] = re.sub(rb"[^\n]", b" ", bytes(blanked[at:end]))
            elif child.type == "token_tree":
                todo.append(child)
    return bytes(blanked)
