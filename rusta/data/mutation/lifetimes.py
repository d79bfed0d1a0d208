"""Mutations of lifetimes: missing, undeclared, too short, too long, or a missing `move` into a thread."""

import re
from collections.abc import Iterator

from rusta.data.mutation.mutation import LIVES, MOVES, Site, Splice, delete_range, operator, replace_node
from rusta.data.mutation.source import RustSource, node_text, up


@operator("a field without its lifetime", "E0106 E0726")
def _field(source: RustSource) -> Iterator[Site]:
    for node in source.nodes("lifetime"):
        if up(node, "field_declaration", "enum_variant", "ordered_field_declaration_list") is not None:
            if node.parent.type == "reference_type":
                yield delete_range(node.start_byte, node.end_byte + 1)
            elif node.parent.type == "type_arguments":
                yield replace_node(
                    node.parent, re.sub(rf"{node_text(node)}(, )?", "", node_text(node.parent)).replace("<>", "")
                )


@operator("a borrowed field in a struct that owns", "E0106")
def _borrowed_field(source: RustSource) -> Iterator[Site]:
    for node in source.nodes("field_declaration"):
        if node_text(node.child_by_field_name("type")) == "String":
            yield replace_node(node.child_by_field_name("type"), "&str")


@operator("a lifetime that nobody declared", "E0261")
def _undeclared(source: RustSource) -> Iterator[Site]:
    for node in source.nodes("lifetime_parameter"):
        if node.parent.type == "type_parameters":
            after = source.text[node.end_byte : node.end_byte + 2]
            if after == b", ":
                yield delete_range(node.start_byte, node.end_byte + 2)
            elif len(node.parent.named_children) == 1:
                yield delete_range(node.parent.start_byte, node.parent.end_byte)


@operator("a misspelt lifetime", "E0261")
def _misspelt(source: RustSource) -> Iterator[Site]:
    for node in source.nodes("lifetime"):
        if node_text(node) in ("'_", "'static") or node.parent.type == "lifetime_parameter":
            continue
        if up(node, "function_item", "field_declaration") is not None:
            yield replace_node(node, "'s" if node_text(node) != "'s" else "'a")


@operator("a return type without its lifetime", LIVES | MOVES)
def _returned(source: RustSource) -> Iterator[Site]:
    for node in source.nodes("lifetime"):
        function = up(node, "function_item", "function_signature_item")
        kind = function.child_by_field_name("return_type") if function is not None else None
        if kind is None or not kind.start_byte <= node.start_byte < kind.end_byte:
            continue
        if node.parent.type == "reference_type":
            yield delete_range(node.start_byte, node.end_byte + 1)
        elif node.parent.type == "type_arguments" and node_text(node) != "'_":
            yield replace_node(node, "'_")


@operator("a parameter without its lifetime", LIVES)
def _parameter(source: RustSource) -> Iterator[Site]:
    for node in source.nodes("lifetime"):
        if node.parent.type == "reference_type" and up(node, "parameter") is not None:
            yield delete_range(node.start_byte, node.end_byte + 1)
        elif node.parent.type == "type_arguments" and up(node, "parameter") is not None and node_text(node) != "'_":
            yield replace_node(node, "'_")


@operator("a bound that does not say how long", LIVES)
def _bound(source: RustSource) -> Iterator[Site]:
    for node in source.nodes("lifetime"):
        if node.parent.type in ("trait_bounds", "bounded_type", "dynamic_type", "abstract_type"):
            before = source.text[: node.start_byte].rstrip()
            if before.endswith(b"+"):
                yield delete_range(len(before[:-1].rstrip()), node.end_byte)
            elif before.endswith(b":"):
                after = re.match(rb" \+ ", source.text[node.end_byte :])
                yield (
                    delete_range(node.start_byte, node.end_byte + 3)
                    if after
                    else delete_range(len(before) - 1, node.end_byte)
                )


@operator("'static where a borrow is enough", LIVES | {"E0597", "E0716"})
def _static(source: RustSource) -> Iterator[Site]:
    for node in source.nodes("lifetime"):
        function = up(node, "function_item")
        if function is not None and node.parent.type == "reference_type" and node_text(node) not in ("'_", "'static"):
            yield replace_node(node, "'static")


@operator("a closure that does not move", "E0373 E0597 E0521 E0505 E0382 E0506")
def _closure(source: RustSource) -> Iterator[Site]:
    for node in source.nodes("closure_expression"):
        if node_text(node).startswith("move "):
            yield delete_range(node.start_byte, node.start_byte + 5)


@operator("data shared by reference with a thread", LIVES | MOVES)
def _thread(source: RustSource) -> Iterator[Site]:
    for node in source.nodes("let_declaration"):
        value = node.child_by_field_name("value")
        if value is None or not re.search(r"(Arc|Rc)::clone\(|\.clone\(\)$", node_text(value)):
            continue
        text = re.sub(r"(Arc|Rc)::clone\((.*)\)$", r"\2", node_text(value)).removesuffix(".clone()")
        yield replace_node(value, text if text.startswith("&") else f"&{text}")


@operator("one lifetime where two are needed", LIVES | MOVES)
def _tied(source: RustSource) -> Iterator[Site]:
    for function in source.nodes("function_item"):
        generics = up(function, "impl_item")
        names = re.findall(r"'\w+", node_text(generics.child_by_field_name("type"))) if generics is not None else []
        if not names or function.child_by_field_name("return_type") is None:
            continue
        for node in function.child_by_field_name("parameters").named_children:
            kind = node.child_by_field_name("type") if node.type == "parameter" else None
            if kind is not None and re.match(r"&(str|\[|[A-Z])", node_text(kind)):
                yield (Splice(kind.start_byte + 1, kind.start_byte + 1, f"{names[0]} ".encode()),)
            elif node_text(node) == "&mut self":
                yield replace_node(node, f"&{names[0]} mut self")


@operator("an opaque type that hides a borrow", "E0700 E0106 lifetime E0515 E0597")
def _opaque(source: RustSource) -> Iterator[Site]:
    for node in source.nodes("lifetime"):
        if node_text(node) == "'_" and node.parent.type in ("trait_bounds", "bounded_type", "abstract_type"):
            before = source.text[: node.start_byte].rstrip()
            if before.endswith(b"+"):
                yield delete_range(len(before[:-1].rstrip()), node.end_byte)
