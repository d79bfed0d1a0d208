"""Mutations of ownership and borrowing: moves, missing clones, missing `mut`, and borrows that last too long."""

import re
from collections.abc import Iterator
from itertools import pairwise

from rusta.data.mutation.mutation import MOVES, Site, Splice, delete_range, operator, replace_node
from rusta.data.mutation.source import RustSource, SyntaxNode, arguments, node_text, returns, tail, up

CONVERSIONS = ("copied", "cloned", "to_owned", "to_string", "to_vec", "into_owned")
BORROWING = ("trim", "as_str", "as_slice", "iter", "chars", "lines", "split", "bytes", "get", "first", "last", "borrow")


@operator("no mut on a binding", "E0384 E0596 E0594")
def _binding(source: RustSource) -> Iterator[Site]:
    for node in source.nodes("mutable_specifier"):
        if node.parent.type in ("let_declaration", "mut_pattern", "parameter") or node_text(node.parent) == "mut self":
            yield delete_range(node.start_byte, node.end_byte + 1)


@operator("&self where &mut self is needed", "E0594 E0596")
def _shared_self(source: RustSource) -> Iterator[Site]:
    for node in source.nodes("self_parameter"):
        if node_text(node) == "&mut self":
            yield replace_node(node, "&self")


@operator("a shared reference where an exclusive one is needed", "E0594 E0596")
def _shared_type(source: RustSource) -> Iterator[Site]:
    for node in source.nodes("reference_type", "reference_expression"):
        if found := re.match(r"&('\w+ )?mut ", node_text(node)):
            yield delete_range(node.start_byte + found.end() - 4, node.start_byte + found.end())


@operator("the shared method where the exclusive one is needed", "E0594 E0596 E0308")
def _shared_method(source: RustSource) -> Iterator[Site]:
    for call, _, name in source.calls():
        if name.endswith("_mut"):
            field = call.child_by_field_name("function").child_by_field_name("field")
            yield replace_node(field, {"as_mut": "as_ref"}.get(name, name.removesuffix("_mut")))


@operator("a missing clone", MOVES)
def _clone(source: RustSource) -> Iterator[Site]:
    for call, receiver, _ in source.calls("clone"):
        yield delete_range(receiver.end_byte, call.end_byte)


@operator("a missing Arc::clone", MOVES)
def _arc_clone(source: RustSource) -> Iterator[Site]:
    for node in source.nodes("call_expression"):
        if node_text(node.child_by_field_name("function")) in ("Arc::clone", "Rc::clone"):
            yield replace_node(node, node_text(arguments(node)[0]).removeprefix("&"))


@operator("a missing conversion to an owned value", MOVES | {"E0308", "E0277", "lifetime", "E0521"})
def _conversion(source: RustSource) -> Iterator[Site]:
    for call, receiver, _ in source.calls(*CONVERSIONS):
        yield delete_range(receiver.end_byte, call.end_byte)


@operator("moving out of a borrow", "E0507 E0382 E0508")
def _move_out(source: RustSource) -> Iterator[Site]:
    for call, receiver, _ in source.calls("take", "as_ref", "as_deref", "as_mut", "by_ref"):
        if not arguments(call):
            yield delete_range(receiver.end_byte, call.end_byte)
    for node in source.nodes("call_expression"):
        if re.search(r"mem::(take|replace)$", node_text(node.child_by_field_name("function"))):
            yield replace_node(node, node_text(arguments(node)[0]).removeprefix("&mut "))


@operator("into_iter where iter is needed", "E0507 E0382 E0505")
def _into_iter(source: RustSource) -> Iterator[Site]:
    for call, _, _ in source.calls("iter", "iter_mut", "drain"):
        if not arguments(call):
            yield replace_node(call.child_by_field_name("function").child_by_field_name("field"), "into_iter")


@operator("a method that takes self", "E0382 E0507 E0505")
def _own_self(source: RustSource) -> Iterator[Site]:
    for node in source.nodes("self_parameter"):
        around = up(node, "impl_item", "trait_item")
        inherent = around is not None and around.child_by_field_name("trait") is None
        if node_text(node) in ("&self", "&mut self") and inherent:
            yield replace_node(node, "self" if node_text(node) == "&self" else "mut self")


@operator("a parameter taken by value", "E0382 E0505 E0507 E0308")
def _own_parameter(source: RustSource) -> Iterator[Site]:
    for node in source.nodes("parameter"):
        kind = node.child_by_field_name("type")
        if kind.type == "reference_type" and not re.search(r"&('\w+ )?(str|\[|mut|dyn)", node_text(kind)):
            yield replace_node(kind, re.sub(r"^&('\w+ )?", "", node_text(kind)))


@operator("matching by value what is borrowed", "E0507 E0382 E0505 E0308")
def _by_value(source: RustSource) -> Iterator[Site]:
    for node in source.nodes("reference_expression"):
        field = next((node.parent.field_name_for_child(i) for i, c in enumerate(node.parent.children) if c == node), "")
        if node.parent.type in ("match_expression", "let_condition", "for_expression", "tuple_expression") or (
            node.parent.type == "let_declaration" and field == "value"
        ):
            yield delete_range(node.start_byte, node.child_by_field_name("value").start_byte)


@operator("an argument by value", "E0308 E0382 E0507")
def _argument(source: RustSource) -> Iterator[Site]:
    for node in source.nodes("reference_expression"):
        if node.parent.type == "arguments":
            yield delete_range(node.start_byte, node.child_by_field_name("value").start_byte)


@operator("a pattern without its &", MOVES | {"E0308", "E0277", "E0369"})
def _pattern(source: RustSource) -> Iterator[Site]:
    for node in source.nodes("reference_pattern"):
        yield delete_range(node.start_byte, node.start_byte + 1)


@operator("a forgotten *", "E0308 E0277 E0369 E0507 E0382 E0506")
def _deref(source: RustSource) -> Iterator[Site]:
    for node in source.nodes("unary_expression"):
        if node_text(node).startswith("*"):
            yield delete_range(node.start_byte, node.start_byte + 1)


@operator("a * too many", "E0614")
def _deref_more(source: RustSource) -> Iterator[Site]:
    for node in source.nodes("identifier", "field_expression"):
        if node.parent.type == "binary_expression":
            yield replace_node(node, f"*{node_text(node)}")


@operator("two statements in the wrong order", MOVES)
def _order(source: RustSource) -> Iterator[Site]:
    for block in source.nodes("block"):
        rows = [node for node in block.named_children if "comment" not in node.type]
        for first, second in pairwise(rows):
            if first.type in ("let_declaration", "expression_statement") and node_text(second).endswith((";", "}")):
                between = source.text[first.end_byte : second.start_byte].decode()
                yield (
                    Splice(
                        first.start_byte, second.end_byte, f"{node_text(second)}{between}{node_text(first)}".encode()
                    ),
                )


@operator("a value that is never given", "E0381")
def _uninitialised(source: RustSource) -> Iterator[Site]:
    for node in source.nodes("let_declaration"):
        value, pattern = node.child_by_field_name("value"), node.child_by_field_name("pattern")
        if value is not None and pattern.type == "identifier" and node.child_by_field_name("alternative") is None:
            kind = node.child_by_field_name("type")
            yield delete_range((kind if kind is not None else pattern).end_byte, value.end_byte)


@operator("an owner in an inner block", "E0597 E0716 E0515")
def _inner(source: RustSource) -> Iterator[Site]:
    for block in source.nodes("block"):
        rows = block.named_children
        for first, second in pairwise(rows):
            if first.type != "let_declaration" or second.type != "let_declaration":
                continue
            name, value = node_text(first.child_by_field_name("pattern")), second.child_by_field_name("value")
            if value is None or not re.fullmatch(r"(mut )?\w+", name):
                continue
            if re.search(rf"(&(mut )?{name}\b|\b{name}\.)", node_text(value)):
                head = node_text(second)[: value.start_byte - second.start_byte]
                new = f"{head}{{ {node_text(first)} {node_text(value)} }};"
                yield (Splice(first.start_byte, second.end_byte, new.encode()),)


@operator("a borrow of a temporary", "E0716 E0597 E0505")
def _temporary(source: RustSource) -> Iterator[Site]:
    for node in source.nodes("let_declaration"):
        value = node.child_by_field_name("value")
        for call, receiver, name in source.calls(*BORROWING):
            if value is not None and value.start_byte == call.start_byte and call.end_byte <= value.end_byte:
                owned = "to_string" if name in ("trim", "chars", "lines", "split", "bytes", "as_str") else "clone"
                yield replace_node(receiver, f"{node_text(receiver)}.{owned}()")


@operator("a reference to a local", "E0515 E0597 E0716")
def _local(source: RustSource) -> Iterator[Site]:
    for function in source.nodes("function_item"):
        end = tail(function)
        if "&" not in returns(function) or end is None:
            continue
        if node_text(end).startswith("&") and not node_text(end).startswith("&mut"):
            yield replace_node(end, f"{node_text(end)}.to_owned()")
        for node in source.nodes("field_expression"):
            if end.start_byte <= node.start_byte < end.end_byte and re.fullmatch(r"self\.\w+", node_text(node)):
                if node.parent.type != "call_expression":
                    yield replace_node(node, f"{node_text(node)}.clone()")
                break
        indent = " " * (function.start_point[1] + 4)
        if not node_text(end).startswith(("&", "if", "match")):
            yield replace_node(end, f"let found = {node_text(end)}.to_owned();\n{indent}&found")


@operator("a value computed in the middle of a borrow", MOVES)
def _inline(source: RustSource) -> Iterator[Site]:
    for node in source.nodes("let_declaration"):
        value, pattern = node.child_by_field_name("value"), node.child_by_field_name("pattern")
        if value is None or pattern.type != "identifier" or not re.search(r"self|\.len\(", node_text(value)):
            continue
        uses = [use for use in _identifiers(node.parent) if node_text(use) == node_text(pattern) and use != pattern]
        if (
            len(uses) == 1
            and uses[0].start_byte > node.end_byte
            and uses[0].parent.type != "shorthand_field_initializer"
        ):
            gap = len(source.text[node.end_byte :]) - len(source.text[node.end_byte :].lstrip())
            yield (Splice(node.start_byte, node.end_byte + gap), *replace_node(uses[0], node_text(value)))


@operator("changing what is being walked over", MOVES)
def _uncollected(source: RustSource) -> Iterator[Site]:
    for node in source.nodes("let_declaration"):
        value, pattern = node.child_by_field_name("value"), node.child_by_field_name("pattern")
        for call, receiver, _ in source.calls("collect"):
            if value is not None and value == call and pattern.type == "identifier":
                head = "mut " if "mut " in node_text(node)[:8] else ""
                yield replace_node(node, f"let {head}{node_text(pattern)} = {node_text(receiver)};")


@operator("two exclusive borrows at once", "E0499 E0502")
def _two(source: RustSource) -> Iterator[Site]:
    for call, receiver, _ in source.calls("split_at_mut"):
        at = node_text(arguments(call)[0])
        yield replace_node(call, f"(&mut {node_text(receiver)}[..{at}], &mut {node_text(receiver)}[{at}..])")
    for node in source.nodes("let_declaration"):
        # The borrow is made first and used last; the statements in between need the same value.
        before = node.prev_named_sibling
        value = node.child_by_field_name("value")
        if (
            value is not None
            and before is not None
            and node_text(value).startswith("&mut ")
            and before.type == "let_declaration"
        ):
            between = source.text[before.end_byte : node.start_byte].decode()
            yield (Splice(before.start_byte, node.end_byte, f"{node_text(node)}{between}{node_text(before)}".encode()),)


@operator("a reference held where a copy was made", "E0499 E0502 E0503 E0505 E0506 E0308")
def _held(source: RustSource) -> Iterator[Site]:
    for node in source.nodes("let_declaration"):
        value, pattern = node.child_by_field_name("value"), node.child_by_field_name("pattern")
        if value is None or pattern.type != "identifier" or value.type not in ("field_expression", "index_expression"):
            continue
        name = node_text(pattern)
        uses = [use for use in _identifiers(node.parent) if node_text(use) == name and use.start_byte > node.end_byte]
        yield (
            *replace_node(value, f"&{node_text(value)}"),
            *(splice for use in uses for splice in replace_node(use, f"*{name}")),
        )


def _identifiers(node: SyntaxNode) -> Iterator[SyntaxNode]:
    if node.type == "identifier":
        yield node
    for child in node.children:
        yield from _identifiers(child)
