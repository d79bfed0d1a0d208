"""A generic type without its arguments in a field, a parameter or an `impl` (E0107), where nothing infers them.

An `impl Stack` of `struct Stack<T>` is `impl<T> Stack<T>`, with the bounds of the struct. In a field or a signature the
arguments are those that the crate names for this type elsewhere, the most frequent ones first: `Cache<String, u32>`.

Not covered: types of other crates in an `impl`, lifetimes. What a body infers is in `missing_generics`.
Source: rustc --explain E0107; the Reference, "Implementations".
"""

import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

from rusta.loop.think.hypotheses import Cost, Hypothesis
from rusta.loop.think.situation import Situation
from rusta.tools.declared import bare, declarations, tested
from rusta.tools.statements import Rewrite, Statements, after, instead
from rusta.tools.syntax_walk import innermost, under

MISSING = re.compile(r"^(?:missing generics for (?:struct|enum|type alias|union) `|(?:struct|enum|type alias) takes )")
FEWER = re.compile(r"takes (?:at least )?(\d+) generic arguments? but (\d+) generic")
HELD = (
    "field_declaration",
    "ordered_field_declaration_list",
    "parameter",
    "type_item",
    "enum_variant",
    "static_item",
)
MOST = 3


def told_generics(situation: Situation) -> Iterator[Hypothesis]:
    """Yield the parameters of impls, and the arguments that are named elsewhere."""
    places: list[tuple[str, Any, str]] = []
    heads: dict[str, list[Rewrite]] = {}
    first = None
    types = declarations(situation.sources())
    for error in situation.errors:
        at = error.primary
        code = situation.code(at.path) if at and error.code == "E0107" and MISSING.match(error.message) else None
        node = code.node(at.start, at.end) if at and code else None
        fewer = FEWER.search(error.message)
        if (
            at is None
            or code is None
            or node is None
            or tested(at.path, node, code)
            or (fewer and int(fewer[2]) > int(fewer[1]))
        ):
            continue
        name = bare(code.text(node))
        impl = (
            node.parent if node.parent.type == "impl_item" and node.parent.child_by_field_name("type") == node else None
        )
        if impl is not None and len(types.get(name, [])) == 1:
            where, struct = types[name][0]
            other = situation.code(where)
            if other and (edits := _header(impl, node, struct, code, other)):
                heads.setdefault(at.path, []).extend(edits)
                first = first or error
        elif innermost(node, *HELD, "block") is not None and innermost(node, *HELD, "block").type != "block":
            whole = node.parent if node.parent.type == "generic_type" else node
            places.append((at.path, whole, name))
            first = first or error
    if first is None:
        return
    told = _named(situation, {name for *_, name in places})
    reason = "a generic type needs its arguments where nothing infers them"
    for nth in range(min(MOST, max((len(told[name]) for *_, name in places), default=1)) or (1 if heads else 0)):
        rewrites = {path: list(edits) for path, edits in heads.items()}
        said = []
        for path, node, name in places:
            if ways := told[name]:
                arguments = ways[min(nth, len(ways) - 1)]
                said.append(f"`{name}{arguments}`")
                head = node.child_by_field_name("type") if node.type == "generic_type" else node
                code = situation.code(path)
                known = rewrites.setdefault(path, [])
                known += [instead(node, f"{code.text(head)}{arguments}")] if code else []
        if any(rewrites.values()):
            more = f": {', '.join(dict.fromkeys(said))}, as elsewhere" if said else ", and an `impl` declares its own"
            yield situation.hypothesis(first, reason + more, rewrites, Cost.NONE)


def _named(situation: Situation, names: set[str]) -> dict[str, list[str]]:
    """Return the arguments that the crate names for these types, the most frequent ones first."""
    counts: dict[str, Counter[str]] = {name: Counter() for name in names}
    for _, code in situation.sources():
        for one in under(code.root, "generic_type", "generic_type_with_turbofish"):
            name = bare(code.text(one.child_by_field_name("type")))
            arguments = one.child_by_field_name("type_arguments")
            if name not in counts or arguments is None:
                continue
            words = re.findall(r"\w+", code.text(arguments))
            own = {
                code.text(named) for item in _around(one) for named in under(item, "type_identifier")
            }  # the parameters of the items around
            if "_" not in words and not own & set(words) and "'" not in code.text(arguments):
                counts[name][code.text(arguments)] += 1
    parts = {name: counter.most_common(MOST) for name, counter in counts.items()}
    longest = {name: max((text.count(",") for text, _ in found), default=0) for name, found in parts.items()}
    return {name: [text for text, _ in found if text.count(",") == longest[name]] for name, found in parts.items()}


def _around(node: Any) -> Iterator[Any]:
    """Yield the lists of type parameters around a node."""
    while node is not None:
        parameters = node.child_by_field_name("type_parameters")
        if parameters is not None:
            yield parameters
        node = node.parent


def _header(impl: Any, node: Any, struct: Any, code: Statements, other: Statements) -> list[Rewrite]:
    """Return the edits of an `impl` that declares the parameters of its type."""
    parameters = struct.child_by_field_name("type_parameters")
    if parameters is None:
        return []
    declared = [re.sub(r"\s*=\s*[^=>]+$", "", other.text(one)) for one in parameters.named_children]
    names = [other.text(one.child_by_field_name("name") or one) for one in parameters.named_children]
    there = impl.child_by_field_name("type_parameters")
    if there is not None:
        known = {code.text(one.child_by_field_name("name") or one) for one in there.named_children}
        if not set(names) <= known:
            return []
        return [after(node, f"<{', '.join(names)}>")]
    start = next(one for one in impl.children if one.type == "impl")
    return [after(start, f"<{', '.join(declared)}>"), after(node, f"<{', '.join(names)}>")]
