"""Mutations of names and items: misspelt, not imported, private, or incomplete."""

import re
from collections.abc import Iterator

from rusta.data.mutation.mutation import MOVES, Site, Splice, delete_range, operator, replace_node
from rusta.data.mutation.source import RustSource, SyntaxNode, arguments, node_text, up


def misspelt(name: str) -> str:
    """Return the name with two adjacent letters swapped, or with an "s" added if that is not possible."""
    for at in range(len(name) // 2, len(name) - 1):
        if name[at] != name[at + 1] and "_" not in name[at : at + 2]:
            return f"{name[:at]}{name[at + 1]}{name[at]}{name[at + 2 :]}"
    return f"{name}s"


def _without(source: RustSource, node: SyntaxNode) -> Site:
    """Remove a member of a comma-separated list, with one of its commas."""
    after = re.match(rb"\s*,\s?", source.text[node.end_byte :])
    if after:
        return delete_range(node.start_byte, node.end_byte + after.end())
    before = source.text[: node.start_byte].rstrip()
    return delete_range(len(before) - 1 if before.endswith(b",") else node.start_byte, node.end_byte)


@operator("a misspelt name", "E0425 E0433 E0412 E0405 E0599 E0609 E0560 E0026 E0432 E0531 E0559")
def _name(source: RustSource) -> Iterator[Site]:
    for node in source.nodes("identifier", "field_identifier", "type_identifier", "shorthand_field_initializer"):
        inside = node.parent.type
        if len(node_text(node)) > 3 and inside in (
            "field_expression", "call_expression", "scoped_identifier", "arguments", "binary_expression",
            "reference_type", "field_initializer", "generic_type", "use_list", "scoped_use_list", "struct_expression",
        ):  # fmt: skip
            yield replace_node(node, misspelt(node_text(node)))


@operator("a missing use", "E0433 E0412 E0405 E0404 E0425 E0599 E0422 E0432")
def _use(source: RustSource) -> Iterator[Site]:
    for node in source.nodes("use_declaration"):
        yield delete_range(node.start_byte, node.end_byte + 1)
    for node in source.nodes("use_list"):
        for name in node.named_children:
            if len(node.named_children) > 1:
                yield _without(source, name)


@operator("a wrong path in a use", "E0432 E0433")
def _path(source: RustSource) -> Iterator[Site]:
    for node in source.nodes("use_declaration"):
        if found := re.search(r"collections|crate::|std::sync|std::fmt|std::cmp|std::rc", node_text(node)):
            wrong = {"collections": "collection", "crate::": "", "std::sync": "std::thread", "std::fmt": "fmt",
                     "std::cmp": "std::ops", "std::rc": "std::sync"}[found[0]]  # fmt: skip
            yield replace_node(node, node_text(node).replace(found[0], wrong, 1))


@operator("a forgotten self", "E0425 E0424")
def _self(source: RustSource) -> Iterator[Site]:
    for node in source.nodes("field_expression"):
        if node_text(node.child_by_field_name("value")) == "self":
            yield replace_node(node, node_text(node.child_by_field_name("field")))
    for node in source.nodes("scoped_identifier"):
        if node_text(node).startswith("Self::") and node_text(node)[6:7].islower():
            yield replace_node(node, node_text(node)[6:])


@operator("a method without its self", "E0424 E0425")
def _selfless(source: RustSource) -> Iterator[Site]:
    for node in source.nodes("self_parameter"):
        if "self" in node_text(up(node, "function_item") or node)[120:]:
            yield _without(source, node)


@operator("a method without its parentheses", "E0615 E0616")
def _parentheses(source: RustSource) -> Iterator[Site]:
    for call, _, _ in source.calls():
        if not arguments(call):
            yield delete_range(call.child_by_field_name("function").end_byte, call.end_byte)


@operator("a field that is called", "E0599 E0618")
def _called(source: RustSource) -> Iterator[Site]:
    for node in source.nodes("field_expression"):
        if re.fullmatch(r"self\.\w+", node_text(node)) and node.parent.type in ("binary_expression", "arguments"):
            yield replace_node(node, f"{node_text(node)}()")


@operator("a dot for ::", "E0423 E0424 E0425")
def _dot(source: RustSource) -> Iterator[Site]:
    for node in source.nodes("scoped_identifier"):
        if node.parent.type == "call_expression" and re.fullmatch(r"[A-Z]\w+::[a-z]\w+", node_text(node)):
            yield replace_node(node, node_text(node).replace("::", "."))


@operator("a match that forgets a case", "E0004")
def _arm(source: RustSource) -> Iterator[Site]:
    for node in source.nodes("match_arm"):
        start = len(source.text[: node.start_byte].rstrip())
        yield delete_range(start, node.end_byte)


@operator("a struct without one of its fields", "E0063")
def _initialiser(source: RustSource) -> Iterator[Site]:
    kinds = ("field_initializer", "shorthand_field_initializer", "base_field_initializer")
    for node in source.nodes(*kinds):
        yield _without(source, node)


@operator("a pattern without one of its fields", "E0027 E0023")
def _field_pattern(source: RustSource) -> Iterator[Site]:
    for node in source.nodes("field_pattern"):
        yield _without(source, node)
    for node in source.nodes("tuple_struct_pattern"):
        if len(node.named_children) > 2:
            yield _without(source, node.named_children[-1])


@operator("an argument too few", "E0061 E0057 E0060")
def _arity(source: RustSource) -> Iterator[Site]:
    for node in source.nodes("call_expression"):
        if found := arguments(node):
            yield _without(source, found[-1])


@operator("an argument too many", "E0061")
def _arity_more(source: RustSource) -> Iterator[Site]:
    for node in source.nodes("parameter"):
        function = up(node, "function_item")
        around = up(node, "impl_item", "trait_item")
        if function is not None and (around is None or around.child_by_field_name("trait") is None):
            start = node.prev_sibling
            yield delete_range(start.start_byte if node_text(start) == "," else node.start_byte, node.end_byte)


@operator("an impl without one of its members", "E0046")
def _member(source: RustSource) -> Iterator[Site]:
    for node in source.nodes("function_item", "type_item", "associated_type"):
        around = up(node, "impl_item")
        if around is not None and around.child_by_field_name("trait") is not None and up(node, "block") is None:
            yield delete_range(len(source.text[: node.start_byte].rstrip()), node.end_byte)


@operator("a signature that is not the trait's", "E0053 E0050 E0186 E0407 E0195 E0437")
def _signature(source: RustSource) -> Iterator[Site]:
    for node in source.nodes("function_item"):
        around = up(node, "impl_item")
        if around is None or around.child_by_field_name("trait") is None or up(node, "block") is not None:
            continue
        yield replace_node(node.child_by_field_name("name"), misspelt(node_text(node.child_by_field_name("name"))))
        for given in node.child_by_field_name("parameters").named_children:
            text = node_text(given)
            other = {"&self": "&mut self", "&mut self": "&self", "self": "&self"}.get(text)
            kind = given.child_by_field_name("type") if given.type == "parameter" else None
            if other:
                yield replace_node(given, other)
            elif kind is not None:
                yield replace_node(
                    kind, node_text(kind)[1:] if node_text(kind).startswith("&") else f"&{node_text(kind)}"
                )


@operator("a private item", "E0603 E0616 E0624 E0451 E0364 E0365 E0432")
def _private(source: RustSource) -> Iterator[Site]:
    for node in source.nodes("visibility_modifier"):
        yield delete_range(node.start_byte, node.end_byte + 1)


@operator("a missing impl", "E0277 E0599 E0608 E0369 E0614")
def _impl(source: RustSource) -> Iterator[Site]:
    for node in source.nodes("impl_item"):
        if node.child_by_field_name("trait") is not None:
            yield delete_range(node.start_byte, node.end_byte)


@operator("a missing derive", MOVES | {"E0277", "E0369", "E0599", "E0204"})
def _derive(source: RustSource) -> Iterator[Site]:
    for node in source.nodes("attribute_item"):
        if found := re.fullmatch(r"#\[derive\((.*)\)\]", node_text(node)):
            names = found[1].split(", ")
            for gone in names:
                kept = ", ".join(name for name in names if name != gone)
                yield replace_node(node, f"#[derive({kept})]" if kept else "")


@operator("a missing bound", MOVES | {"E0277", "E0599", "E0369", "E0282", "E0618", "E0310"})
def _trait_bound(source: RustSource) -> Iterator[Site]:
    for node in source.nodes("trait_bounds"):
        bounds = [bound for bound in node.named_children if "comment" not in bound.type]
        if len(bounds) == 1:
            if node.parent.type == "type_parameter":
                yield delete_range(node.start_byte, node.end_byte)
            continue
        for n, bound in enumerate(bounds):
            if bound.type != "lifetime":
                first, last = (
                    (bound.start_byte, bounds[1].start_byte) if n == 0 else (bounds[n - 1].end_byte, bound.end_byte)
                )
                yield delete_range(first, last)
    for node in source.nodes("where_predicate"):
        yield _without(source, node)


@operator("a type without its arguments", "E0107 E0106")
def _generic(source: RustSource) -> Iterator[Site]:
    for node in source.nodes("generic_type"):
        yield replace_node(node, node_text(node.child_by_field_name("type")))
    for node in source.nodes("type_arguments"):
        if len(node.named_children) > 1:
            yield _without(source, node.named_children[-1])


@operator("a type parameter that nobody declared", "E0412 E0425")
def _type_parameter(source: RustSource) -> Iterator[Site]:
    for node in source.nodes("type_parameter"):
        if len(node.parent.named_children) == 1:
            yield delete_range(node.parent.start_byte, node.parent.end_byte)
        else:
            yield _without(source, node)


@operator("a trait as a type without dyn", "E0782")
def _dyn(source: RustSource) -> Iterator[Site]:
    for node in source.nodes("dynamic_type"):
        yield delete_range(node.start_byte, node.start_byte + 4)


@operator("a type of endless size", "E0072")
def _endless(source: RustSource) -> Iterator[Site]:
    for node in source.nodes("generic_type"):
        if node_text(node).startswith("Box<") and up(node, "enum_variant", "struct_item") is not None:
            yield replace_node(node, node_text(node)[4:-1])


@operator("a closure written as a function", "E0434")
def _function(source: RustSource) -> Iterator[Site]:
    for node in source.nodes("let_declaration"):
        value, pattern = node.child_by_field_name("value"), node.child_by_field_name("pattern")
        if value is not None and pattern.type == "identifier" and up(node, "for_expression") is not None:
            yield replace_node(node, f"fn {node_text(pattern)}() -> usize {{ {node_text(value)} }}")


@operator("Rc where threads share", "E0277")
def _rc(source: RustSource) -> Iterator[Site]:
    if b"std::sync" not in source.text:
        return
    for wanted, given, home in (("Arc", "Rc", "std::rc::Rc"), ("Mutex", "RefCell", "std::cell::RefCell")):
        uses = [node for node in source.nodes("identifier", "type_identifier") if node_text(node) == wanted]
        listed = [node for node in uses if node.parent.type in ("use_list", "scoped_use_list")]
        spot = up(listed[0], "use_declaration") if listed else None
        if spot is not None:
            splices = [splice for node in uses if node not in listed for splice in replace_node(node, given)]
            yield (
                *splices,
                *_without(source, listed[0]),
                Splice(spot.start_byte, spot.start_byte, f"use {home};\n".encode()),
            )


@operator("a forgotten semicolon", "syntax E0308")
def _semicolon(source: RustSource) -> Iterator[Site]:
    for node in source.nodes("let_declaration", "expression_statement"):
        if node_text(node).endswith(";"):
            yield delete_range(node.end_byte - 1, node.end_byte)


@operator("a forgotten bracket or comma", "syntax")
def _bracket(source: RustSource) -> Iterator[Site]:
    for node in source.nodes("match_arm", "field_declaration_list", "arguments"):
        if (node.type == "match_arm" and node_text(node).endswith(",")) or (
            node.type == "arguments" and node_text(node).count("(") > 1
        ):
            yield delete_range(node.end_byte - 1, node.end_byte)
