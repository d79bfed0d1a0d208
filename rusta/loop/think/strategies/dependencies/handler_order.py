"""Move a handler's parameter that consumes the request to the end, where the framework wants it.

It applies where a function does not implement a framework's `Handler` (E0277), or where `debug_handler` says that a
parameter "consumes the request body": frameworks of tower's kind read every parameter but the last from the request's
head (`FromRequestParts`), and only the last from the whole of it (`FromRequest`). Which parameters consume is read from
the impls of the dependency, and by the names that are common. Calls of the function get the same order. Source: the
documentation of axum, "The order of extractors". Not covered: two parameters that both consume the body, a return
type that is no response, and a parameter that is no extractor.
"""

import re
from collections.abc import Iterator
from typing import Any

from rusta.library.feature_gates import gated_finds
from rusta.loop.think.hypotheses import Cost, Hypothesis
from rusta.loop.think.situation import Situation
from rusta.loop.think.strategies.dependencies.workspace_manifests import WorkspaceManifests
from rusta.tools.diagnostics import Diagnostic
from rusta.tools.statements import Rewrite, Statements, instead
from rusta.tools.syntax_walk import innermost, under

HANDLER = re.compile(
    r"\bfn\([^`]*\{(?P<name>[\w:]+)\}.*\bHandler\b|\bHandler\b.*\bfn\([^`]*\{(?P<later>[\w:]+)\}", re.DOTALL
)
CONSUMES = re.compile(r"consumes the request body|must be the last argument")
BODIES = {
    "Json",
    "Form",
    "Multipart",
    "Bytes",
    "String",
    "Request",
    "RawBody",
    "RawForm",
    "Body",
    "BytesMut",
    "Protobuf",
}
MOST = 6


def handler_order(situation: Situation) -> Iterator[Hypothesis]:
    """Yield handlers whose consuming parameter stands last: all of them together."""
    functions: dict[tuple[str, str], Diagnostic] = {}
    for error in situation.errors:
        for path, name in _named(situation, error):
            functions.setdefault((path, name), error)
    if not functions:
        return
    bodies = BODIES | _consuming(WorkspaceManifests(situation))
    edits: dict[str, list[Rewrite]] = {}
    moved, first = list[str](), next(iter(functions.values()))
    for (path, name), _ in list(functions.items())[:MOST]:
        code = situation.code(path)
        function = _function(code, name) if code else None
        order = _order(function, code, bodies) if function is not None and code else []
        if order and code:
            edits.setdefault(path, []).extend(_reordered(_parameters(function), order, code))
            moved.append(f"`{code.text(_parameters(function)[order[-1]])}` of `{name}`")
            for other, text in situation.sources():
                for call in _calls(text, name, len(order)):
                    edits.setdefault(other, []).extend(_reordered(call, order, text))
    if moved:
        reason = f"{', '.join(moved)} comes last, because it consumes the request, and only the last one may"
        yield situation.hypothesis(
            first, reason, edits, Cost.INTERFACE, "whoever calls it passes its arguments in another order"
        )


def _named(situation: Situation, error: Diagnostic) -> Iterator[tuple[str, str]]:
    """The functions that an error says are no handlers, with the file that defines each."""
    said = "\n".join(
        [error.message, *(span.label or "" for span in error.spans), *(one.message for one in error.children)]
    )
    if error.code == "E0277" and (found := HANDLER.search(said)):
        name = (found["name"] or found["later"]).rpartition("::")[2]
        near = [error.primary.path] if error.primary else []
        paths = [*near, *(path for path in situation.files if path.endswith(".rs") and path not in near)]
        path = next((one for one in paths if (code := situation.code(one)) and _function(code, name) is not None), "")
        yield from [(path, name)] if path else []
    elif CONSUMES.search(error.message) and error.primary and (code := situation.code(error.primary.path)):
        node = innermost(code.node(error.primary.start, error.primary.end), "function_item")
        named = node.child_by_field_name("name") if node is not None else None
        yield from [(error.primary.path, code.text(named))] if named is not None else []


def _consuming(manifests: WorkspaceManifests) -> set[str]:
    """The types that a dependency implements `FromRequest` for, and not `FromRequestParts`."""
    found = {"FromRequest": set[str](), "FromRequestParts": set[str]()}
    for crate in manifests.crates:
        if crate.root and crate.direct:
            for trait, types in found.items():
                finds = gated_finds(crate.root, rf"\b{trait}\s*<[^{{}};]{{0,80}}>\s*for\s+(?:\w+::)*[A-Z]\w*")
                types |= {find.text.rpartition("for")[2].rpartition("::")[2].strip() for find in finds}
    return {one for one in found["FromRequest"] - found["FromRequestParts"] if len(one) > 1}


def _order(function: Any, code: Statements, bodies: set[str]) -> list[int]:
    """Return the order with the consuming parameter last; [] where it is so already, or is not clear."""
    parameters = _parameters(function)
    consuming = [n for n, one in enumerate(parameters) if _type(one, code) in bodies]
    if len(consuming) != 1 or consuming[0] == len(parameters) - 1:
        return []
    return [*(n for n in range(len(parameters)) if n != consuming[0]), consuming[0]]


def _type(parameter: Any, code: Statements) -> str:
    node = parameter.child_by_field_name("type")
    found = re.match(r"(?:\w+\s*::\s*)*(\w+)", code.text(node)) if node is not None else None
    return found[1] if found else ""


def _parameters(function: Any) -> list[Any]:
    of = function.child_by_field_name("parameters")
    return [one for one in of.named_children if one.type == "parameter"] if of is not None else []


def _reordered(nodes: list[Any], order: list[int], code: Statements) -> list[Rewrite]:
    return [instead(at, code.text(nodes[n])) for at, n in zip(nodes, order, strict=True) if at != nodes[n]]


def _function(code: Statements, name: str) -> Any:
    for node in under(code.root, "function_item"):
        named = node.child_by_field_name("name")
        if named is not None and code.text(named) == name:
            return node
    return None


def _calls(code: Statements, name: str, count: int) -> Iterator[list[Any]]:
    """The arguments of each call of a function by its name."""
    for node in under(code.root, "call_expression") if name.encode() in code.source else ():
        called, given = node.child_by_field_name("function"), node.child_by_field_name("arguments")
        arguments = [one for one in given.named_children if "comment" not in one.type] if given is not None else []
        plain = called is not None and called.type in ("identifier", "scoped_identifier")
        if plain and code.text(called).rpartition("::")[2] == name and len(arguments) == count:
            yield arguments
