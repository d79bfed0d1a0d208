"""Mutations of values: a wrong type, a missing unwrap, a missing wrapper, a missing return value."""

from collections.abc import Iterator

from rusta.data.mutation.mutation import Site, Splice, delete_range, operator, replace_node
from rusta.data.mutation.source import RustSource, arguments, node_text, returns, tail, up

NUMBERS = {"usize": "u32", "u64": "u32", "u32": "u64", "u8": "u16", "f64": "f32", "i64": "i32"}


@operator("a forgotten ?", "E0308 E0599 E0609 E0277 E0614")
def _question(source: RustSource) -> Iterator[Site]:
    for node in source.nodes("try_expression"):
        yield delete_range(node.end_byte - 1, node.end_byte)


@operator("a value that is not wrapped", "E0308")
def _unwrapped(source: RustSource) -> Iterator[Site]:
    for node in source.nodes("call_expression"):
        if node_text(node.child_by_field_name("function")) in (
            "Some",
            "Ok",
            "Err",
            "Cow::Owned",
            "Cow::Borrowed",
            "Box::new",
        ):
            yield replace_node(node, node_text(arguments(node)[0]) if arguments(node) else "()")


@operator("a number of another type", "E0308 E0277")
def _number(source: RustSource) -> Iterator[Site]:
    for node in source.nodes("primitive_type"):
        if node_text(node) in NUMBERS and up(node, "parameter", "field_declaration", "function_item") is not None:
            yield replace_node(node, NUMBERS[node_text(node)])


@operator("a semicolon that swallows the result", "E0308 E0277")
def _swallowed(source: RustSource) -> Iterator[Site]:
    for function in source.nodes("function_item"):
        end = tail(function)
        if end is not None and returns(function) and end.type not in ("if_expression", "match_expression"):
            yield (Splice(end.end_byte, end.end_byte, b";"),)


@operator("a forgotten cast", "E0308 E0277")
def _cast(source: RustSource) -> Iterator[Site]:
    for node in source.nodes("type_cast_expression"):
        yield replace_node(node, node_text(node.child_by_field_name("value")))


@operator("a function that does not say what it returns", "E0308")
def _unreturned(source: RustSource) -> Iterator[Site]:
    for node in source.nodes("function_item"):
        kind, parameters = node.child_by_field_name("return_type"), node.child_by_field_name("parameters")
        if kind is not None:
            yield delete_range(parameters.end_byte, kind.end_byte)


@operator("a result that was not taken apart", "E0308 E0277 E0599")
def _optional(source: RustSource) -> Iterator[Site]:
    for call, receiver, _ in source.calls(
        "unwrap_or", "ok_or", "ok_or_else", "unwrap", "expect", "or_default", "or_insert"
    ):
        yield delete_range(receiver.end_byte, call.end_byte)


@operator("a type that cannot be guessed", "E0282 E0283 E0284")
def _annotation(source: RustSource) -> Iterator[Site]:
    for node in source.nodes("let_declaration"):
        kind, pattern = node.child_by_field_name("type"), node.child_by_field_name("pattern")
        if kind is not None:
            yield delete_range(pattern.end_byte, kind.end_byte)
    for node in source.nodes("generic_function"):
        yield replace_node(node, node_text(node.child_by_field_name("function")))


@operator("a literal of another type", "E0308 E0277")
def _literal(source: RustSource) -> Iterator[Site]:
    for node in source.nodes("char_literal"):
        yield replace_node(node, f'"{node_text(node)[1:-1]}"')
    for node in source.nodes("integer_literal"):
        if node_text(node).isdigit() and node.parent.type in (
            "let_declaration",
            "binary_expression",
            "field_initializer",
        ):
            yield replace_node(node, f"{node_text(node)}.0")


@operator("an if without else", "E0317 E0308")
def _otherwise(source: RustSource) -> Iterator[Site]:
    for node in source.nodes("if_expression"):
        other = node.child_by_field_name("alternative")
        if other is not None:
            yield delete_range(node.child_by_field_name("consequence").end_byte, other.end_byte)


@operator("= for ==", "E0308 E0070")
def _assigned(source: RustSource) -> Iterator[Site]:
    for node in source.nodes("binary_expression"):
        sign = node.child_by_field_name("operator")
        if node_text(sign) == "==" and node.parent.type in ("if_expression", "block"):
            yield replace_node(sign, "=")
