"""Ask for `DeserializeOwned` where what is deserialized may not borrow from the input.

It applies where a function or `impl` is generic over `T: Deserialize<'x>` and gives back a `T` read from data of its own
(E0597, E0515, E0505, E0716, E0521: the lifetime `'x` is the caller's, and the data ends here), or hands `T` on to what asks for
`DeserializeOwned` (E0277). The bound becomes `DeserializeOwned` wherever the item says it, in the trait and in all its impls
where it is a trait's method, and the lifetime goes where nothing else uses it. Source: serde.rs, "Deserializer lifetimes".
Not covered: a type with borrowed fields, which cannot be owned.
"""

import re
from collections.abc import Iterator
from typing import Any

from rusta.loop.think.hypotheses import Cost, Hypothesis
from rusta.loop.think.situation import Situation
from rusta.tools.diagnostics import Diagnostic
from rusta.tools.statements import Rewrite, Statements

CODES = {"E0597", "E0515", "E0505", "E0716", "E0521", "E0277", "E0310", "E0495"}
LIFETIME = re.compile(r"lifetime `('\w+)` defined here|borrowed for `('\w+)`|outlives `('\w+)`")
BOUND = re.compile(r"(?P<path>(?:\w+\s*::\s*)*)Deserialize\s*<\s*(?P<lifetime>'\w+)\s*>")
FUNCTIONS = ("function_item", "function_signature_item")
MOST = 4  # items
REASON = "what is read from data that ends here may not borrow from it: `Deserialize<'_>` becomes `DeserializeOwned`"
PRICE = "what is read owns its data: a type that borrows from the input can no longer be asked for"


def owned_deserialize(situation: Situation) -> Iterator[Hypothesis]:
    """Yield bounds of items that read from data of their own."""
    done = set[tuple[str, int]]()
    offers: list[tuple[Diagnostic, dict[str, list[Rewrite]]]] = []
    for error in situation.errors:
        if error.code not in CODES or not error.primary or len(done) >= MOST:
            continue
        code = situation.code(error.primary.path)
        if code is None or b"Deserialize" not in code.source:
            continue
        item = _generic(code, error)
        if item is None or (error.primary.path, item.start_byte) in done:
            continue
        done.add((error.primary.path, item.start_byte))
        named = item.child_by_field_name("name") if item.type in FUNCTIONS and _of_trait(item) else None
        edits: dict[str, list[Rewrite]] = {}
        if named is None:
            edits[error.primary.path] = _owned(item, code)
        else:  # a trait's method: its declaration and every impl say the same
            for path, other in situation.sources():
                for one in _methods(other, code.text(named)):
                    edits.setdefault(path, []).extend(_owned(one, other))
        if any(edits.values()):
            offers.append((error, edits))
    whole: dict[str, list[Rewrite]] = {}
    for _, edits in offers if len(offers) > 1 else ():
        for path, of in edits.items():
            whole.setdefault(path, []).extend(one for one in of if one not in whole.get(path, ()))
    for error, edits in ([(offers[0][0], whole)] if whole else []) + offers:
        yield situation.hypothesis(error, REASON, edits, Cost.INTERFACE, PRICE)


def _generic(code: Statements, error: Diagnostic) -> Any:
    """Return the function or impl around an error whose head bounds a type by `Deserialize` of the caller's lifetime."""
    assert error.primary is not None
    said = [error.message, *(span.label or "" for span in error.spans), *(child.message for child in error.children)]
    lifetimes = {one for text in said for found in LIFETIME.findall(text) for one in found if one}
    if error.code == "E0277" and not any("DeserializeOwned" in text for text in said):
        return None
    node = code.node(error.primary.start, error.primary.end)
    while node is not None:
        if node.type in (*FUNCTIONS, "impl_item"):
            found = BOUND.search(_head(node, code))
            if found and (error.code == "E0277" or found["lifetime"] in lifetimes):
                return node
        node = node.parent
    return None


def _head(node: Any, code: Statements) -> str:
    body = node.child_by_field_name("body")
    return code.source[node.start_byte : body.start_byte if body is not None else node.end_byte].decode(
        "utf-8", "replace"
    )


def _owned(node: Any, code: Statements) -> list[Rewrite]:
    """The edits of one item's head: its bounds, and a lifetime that nothing uses any more."""
    head, edits, gone = _head(node, code), list[Rewrite](), set[str]()
    known = re.search(rb"\buse\s+serde::[^;]*\bDeserializeOwned\b", code.source)
    for found in BOUND.finditer(head):
        path = "".join(found["path"].split())
        within = path if path == "de::" or path.endswith("::de::") else f"{path or 'serde::'}de::"
        new = "DeserializeOwned" if known else f"{within}DeserializeOwned"
        start = node.start_byte + len(head[: found.start()].encode())
        edits.append(Rewrite(start, start + len(found[0].encode()), new))
        gone.add(found["lifetime"])
    parameters = next((child for child in node.children if child.type == "type_parameters"), None)
    whole = BOUND.sub("", code.text(node))
    if parameters is None:
        return edits
    for lifetime in sorted(gone):
        text = code.text(parameters)
        if len(re.findall(rf"{lifetime}\b", whole)) == 1 and (
            found := re.search(rf"{lifetime}\s*,\s*|,?\s*{lifetime}\s*(?=>)", text)
        ):
            start = parameters.start_byte + len(text[: found.start()].encode())
            if found[0].strip(" ,") == text.strip("<> "):
                edits.append(Rewrite(parameters.start_byte, parameters.end_byte, ""))
            else:
                edits.append(Rewrite(start, start + len(found[0].encode()), ""))
    return edits


def _of_trait(item: Any) -> bool:
    around = item.parent.parent if item.parent is not None else None
    return around is not None and (
        around.type == "trait_item" or (around.type == "impl_item" and around.child_by_field_name("trait") is not None)
    )


def _methods(code: Statements, name: str) -> Iterator[Any]:
    todo = [code.root]
    while todo:
        node = todo.pop()
        if node.type in FUNCTIONS:
            named = node.child_by_field_name("name")
            if named is not None and code.text(named) == name and _of_trait(node) and BOUND.search(_head(node, code)):
                yield node
        elif node.type in ("source_file", "mod_item", "declaration_list", "trait_item", "impl_item"):
            todo += node.named_children
