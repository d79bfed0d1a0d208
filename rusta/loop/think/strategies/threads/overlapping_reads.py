"""Whether a `RefCell` is read while an earlier reading of it lasts: as a `Mutex` it would wait for itself for ever."""

import re
from typing import Any

from rusta.tools.name_flow import HANDS_ON, FlowKey, NameFlow
from rusta.tools.statements import Statements
from rusta.tools.syntax_walk import innermost, nodes_below

READS = {"borrow", "try_borrow"}


def reads_overlap(flow: NameFlow, roots: set[FlowKey]) -> bool:
    """Return whether a value is borrowed, or a function called that borrows one, while another `borrow()` of it lasts."""
    reads: list[tuple[str, Any, set[FlowKey]]] = []
    for path, code in flow.code.items():
        for node in nodes_below(code.root):
            called = node.child_by_field_name("function") if node.type == "call_expression" else None
            if (
                called is not None
                and called.type == "field_expression"
                and code.text(called.child_by_field_name("field")) in READS
            ):
                found = {flow.joined(key) for key in flow.keys(path, called.child_by_field_name("value"))} & roots
                if found:
                    reads.append((path, node, found))
    readers = {_function(flow.code[path], node) for path, node, _ in reads} - {""}
    by_path: dict[str, list[tuple[int, set[FlowKey]]]] = {}
    for path, node, found in reads:
        by_path.setdefault(path, []).append((node.end_byte, found))
    for path, node, found in reads:
        code, end = flow.code[path], _lasts(flow.code[path], node)
        if any(node.end_byte < at <= end and found & other for at, other in by_path[path]):
            return True
        rest = code.source[node.end_byte : end].decode("utf-8", "replace")
        called = re.findall(r"(?P<on>self\s*\.\s*|\.\s*|)\b(?P<name>\w+)\s*\(", rest)
        if any(name in readers and (on != "." or name not in HANDS_ON) for on, name in called):
            return True
    return False


def _function(code: Statements, node: Any) -> str:
    node = innermost(node, "function_item")
    return code.text(node.child_by_field_name("name")) if node is not None else ""


def _lasts(code: Statements, node: Any) -> int:
    """Return where the guard that a call gives back ends: with its statement, or with the block if it is named."""
    if node.parent.type == "let_declaration" and node.parent.child_by_field_name("value") == node:
        name, block = code.text(node.parent.child_by_field_name("pattern")), node.parent.parent
        dropped = code.source.find(f"drop({name})".encode(), node.end_byte, block.end_byte)
        return dropped if dropped > 0 else block.end_byte
    at = node
    while at.parent is not None and at.parent.type not in ("block", "match_arm", "closure_expression"):
        condition = at.type not in ("let_condition", "let_chain", "block", "else_clause")
        if condition and at.parent.type in ("if_expression", "while_expression"):
            break
        at = at.parent
    return at.end_byte
