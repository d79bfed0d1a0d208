"""A Rust file as a tree-sitter syntax tree, in which mutations find their sites."""

from collections.abc import Iterator
from functools import cached_property
from typing import Any

SyntaxNode = Any  # tree_sitter.Node: compiled, without type information


def parse(text: bytes) -> SyntaxNode:
    """Return the root of a file's syntax tree."""
    import tree_sitter
    import tree_sitter_rust

    return tree_sitter.Parser(tree_sitter.Language(tree_sitter_rust.language())).parse(text).root_node


def is_test_code(node: SyntaxNode) -> bool:
    """Whether an item has the attribute `#[cfg(test)]` or `#[test]`."""
    before = node.prev_named_sibling
    while before is not None and before.type in ("attribute_item", "line_comment"):
        if before.text in (b"#[cfg(test)]", b"#[test]"):
            return True
        before = before.prev_named_sibling
    return False


class RustSource:
    """One file. `nodes` leaves test code out, because the tests judge a repair and must not be mutated."""

    def __init__(self, path: str, text: bytes) -> None:
        self.path, self.text = path, text

    @cached_property
    def root(self) -> SyntaxNode:
        """The root of the syntax tree."""
        return parse(self.text)

    @cached_property
    def _all(self) -> list[SyntaxNode]:
        found: list[SyntaxNode] = []

        def walk(node: SyntaxNode) -> None:
            if node.type in ("mod_item", "function_item") and is_test_code(node):
                return
            found.append(node)
            for child in node.children:
                walk(child)

        walk(self.root)
        return found

    def nodes(self, *kinds: str) -> Iterator[SyntaxNode]:
        """Return the nodes of these kinds, in the order of the text."""
        return (node for node in self._all if node.type in kinds)

    def calls(self, *methods: str) -> Iterator[tuple[SyntaxNode, SyntaxNode, str]]:
        """Yield method calls as (call, receiver, method name), of the named methods or of all."""
        for node in self.nodes("call_expression"):
            function = node.child_by_field_name("function")
            if function.type != "field_expression":
                continue
            name = node_text(function.child_by_field_name("field"))
            if not methods or name in methods:
                yield node, function.child_by_field_name("value"), name


def node_text(node: SyntaxNode) -> str:
    """Return a node's text."""
    return node.text.decode()


def up(node: SyntaxNode, *kinds: str) -> SyntaxNode | None:
    """Return the nearest ancestor of one of these kinds, or None."""
    around = node.parent
    while around is not None and around.type not in kinds:
        around = around.parent
    return around


def arguments(call: SyntaxNode) -> list[SyntaxNode]:
    """Return the arguments of a call."""
    return [node for node in call.child_by_field_name("arguments").named_children if "comment" not in node.type]


def returns(node: SyntaxNode) -> str:
    """Return the return type of the function around a node, or an empty string."""
    function = node if node.type == "function_item" else up(node, "function_item", "closure_expression")
    kind = function.child_by_field_name("return_type") if function is not None else None
    return node_text(kind) if kind is not None else ""


def tail(function: SyntaxNode) -> SyntaxNode | None:
    """Return the final expression of a function's block, or None."""
    body = function.child_by_field_name("body")
    last = body.named_children[-1] if body is not None and body.named_children else None
    if last is None or last.type.endswith(("_item", "_statement", "_declaration", "comment")):
        return None
    return last
