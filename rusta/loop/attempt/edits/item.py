"""REPLACE ITEM: find the item in a file, and check that the code is that item and nothing else.

What models add around an item is ignored if it changes nothing: the `impl` around it, neighbouring items that are
already in the file unchanged. New `use` lines are added to the file's others, and new functions put to their place.
Everything else is refused with a message that says what to send instead.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Any

from rusta.loop.attempt.actions import ReplaceItem
from rusta.loop.attempt.edits.placing import placed
from rusta.loop.attempt.edits.renewal import renewed
from rusta.loop.attempt.edits.text import DoesNotApply, omission
from rusta.tools.items import Item, ItemKind, find, items, same_item, tree

SHOWN = 24  # names listed in a message
BESIDE = {"line_comment", "block_comment", "attribute_item", "inner_attribute_item", "empty_statement"}


def matching_items(source: bytes, edit: ReplaceItem, name: str) -> list[Item]:
    """Return the items of a file that an edit can mean; duplicates are told apart by line, `cfg` and trait."""
    found = find(source, edit.item, name)
    if edit.line and len(found) > 1:
        here = [item for item in found if _line(source, item.start) <= edit.line <= _line(source, item.end)]
        found = here or found
    if len(found) > 1:
        brought = [item for item in items(edit.code.encode(errors="surrogateescape")) if item.name == found[0].name]
        for brings in ("cfg", "trait"):
            said = {getattr(item, brings) for item in brought} - {"", ()}
            if len(fitting := [item for item in found if getattr(item, brings) in said]) == 1:
                return fitting
    return found


def replace_item(source: bytes, target: Item, edit: ReplaceItem) -> bytes:
    """Return the file with the item replaced. Raises `DoesNotApply`."""
    if left_out := omission(edit.code, source[target.start : target.end].decode(errors="replace")):
        raise DoesNotApply(
            f"REPLACE ITEM {edit.item}: `{left_out}` stands for code that I would lose. Send the item whole."
        )
    code, root = _parsed(edit, target)
    chosen, new = _chosen(source, target, edit, code)
    uses = _uses(source, code, root, edit)
    if uses and any(item.kind is ItemKind.MODULE and item.start < target.start < item.end for item in items(source)):
        raise DoesNotApply(
            f"REPLACE ITEM {edit.item}: `{uses[0]}` belongs into the module around it. Send the item alone, "
            "and that line with SEARCH and REPLACE."
        )
    made = renewed(source, target, code, chosen, uses)
    owner = target.path.split("::")[-2] if "::" in target.path else ""
    for item in new:
        made = placed(made, code[item.start : item.end].decode(errors="surrogateescape") + "\n", owner)
    return made


def unknown(sources: dict[str, bytes], edit: ReplaceItem) -> str:
    """Return the message for an item that no file has."""
    wanted = re.split(r"::|\s", edit.item)[-1].lower()
    known = [(path, item) for path, source in sources.items() for item in items(source)]
    near = [
        (path, item) for path, item in known if wanted and (wanted in item.path.lower() or item.name.lower() in wanted)
    ]
    shown = [f"{item.path} ({path}:{item.line})" for path, item in (near or known)[:SHOWN]]
    more = len(near or known) - len(shown)
    return (
        f"There is no item {edit.item} in {edit.path or 'the open files'}. There are: {', '.join(shown) or 'none'}"
        f"{f' and {more} more' if more > 0 else ''}. A new item goes in with SEARCH and REPLACE, or with FILE."
    )


def ambiguous(found: Sequence[tuple[str, Item]], edit: ReplaceItem) -> str:
    """Return the message for a name that several items have."""
    shown = [f"{' '.join((*item.cfg, item.qualified))} ({path}:{item.line})" for path, item in found[:SHOWN]]
    path, item = found[0]
    return (
        f"{edit.item} names {len(found)} items: {', '.join(shown)}. Say which, by its whole path or by a line of it: "
        f"REPLACE ITEM {edit.item} in {path}:{item.line}"
    )


def _parsed(edit: ReplaceItem, target: Item) -> tuple[bytes, Any]:
    """Return the code and its syntax tree, wrapped in a trait if it only parses there.

    Raises `DoesNotApply` for broken code.
    """
    code = edit.code.encode(errors="surrogateescape")
    root = tree(code).root_node
    if not root.has_error:
        return code, root
    if "::" in target.path:
        wrapped = b"trait X {\n" + code + b"}\n"
        inside = tree(wrapped).root_node
        if not inside.has_error:
            return wrapped, inside
    node = next(_wrong(root))
    line = node.start_point[0]
    row = code.split(b"\n")[line].decode(errors="replace").strip()
    what = f"a `{node.type}` is missing" if node.is_missing else "the syntax breaks"
    raise DoesNotApply(
        f"REPLACE ITEM {edit.item}: that code does not parse; {what} at its line {line + 1}: `{row[:120]}`. Send the item whole."
    )


def _wrong(node: Any) -> Iterator[Any]:
    """Yield the innermost syntax errors and missing nodes of a tree, in order, and finally the tree itself."""
    stack = [node]
    while stack:
        one = stack.pop()
        if one.is_missing or (one.is_error and not any(child.has_error for child in one.children)):
            yield one
        if one.has_error:
            stack += reversed(one.children)
    yield node


def _chosen(source: bytes, target: Item, edit: ReplaceItem, code: bytes) -> tuple[Item, list[Item]]:
    """Return the one item of the code that is the target, and new functions beside it.

    Raises `DoesNotApply` for none, and for others beside it: of what is there already one is changed at a time.
    """
    brought = items(code)
    tops = [item for item in brought if not any(_holds(other, item) for other in brought)]
    fitting = [item for item in brought if item.kind is target.kind and same_item(item, target)]
    if len(fitting) != 1:
        names = ", ".join(item.name if item.kind is ItemKind.IMPL else f"{item.kind} {item.name}" for item in tops[:6])
        raise DoesNotApply(
            f"REPLACE ITEM {edit.item}: that code is {names or 'no item'}. Send `{target.signature}` whole, and only it."
        )
    chosen = fitting[0]
    around = [item for item in brought if _holds(item, chosen)]
    beside = [item for item in tops if item is not chosen and item not in around]
    for outer in around:
        beside += [item for item in brought if _holds(outer, item) and item not in around and not _holds(chosen, item)]
    stand = {(item.kind, item.name, _squeezed(source[item.code : item.end])) for item in items(source)}
    new = [
        item
        for item in beside
        if item is not chosen and (item.kind, item.name, _squeezed(code[item.code : item.end])) not in stand
    ]
    named = {(item.kind, item.name) for item in items(source)}
    if all(item.kind is ItemKind.FUNCTION and (item.kind, item.name) not in named for item in new):
        return chosen, new
    if new:
        names = ", ".join(item.name if item.kind is ItemKind.IMPL else f"{item.kind} {item.name}" for item in new[:6])
        raise DoesNotApply(
            f"REPLACE ITEM {edit.item}: that code also brings {names}. One item at a time: send {target.path} alone, then the rest "
            "by its own REPLACE ITEM, or what is new with SEARCH and REPLACE."
        )
    return chosen, []


def _uses(source: bytes, code: bytes, root: Any, edit: ReplaceItem) -> list[str]:
    """Return the `use` lines of the code that the file lacks. Raises `DoesNotApply` for code outside of the items."""
    known = {_squeezed(source[node.start_byte : node.end_byte]) for node in tree(source).root_node.children}
    brought = items(code)
    found = []
    for node in root.children:
        if node.type == "use_declaration":
            if _squeezed(code[node.start_byte : node.end_byte]) not in known:
                found.append(code[node.start_byte : node.end_byte].decode(errors="surrogateescape"))
        elif node.type not in BESIDE and not any(item.start <= node.start_byte < item.end for item in brought):
            raise DoesNotApply(
                f"REPLACE ITEM {edit.item}: line {node.start_point[0] + 1} of that code stands outside of the item. Send the item alone."
            )
    return found


def _holds(outer: Item, inner: Item) -> bool:
    return outer is not inner and outer.start <= inner.start and inner.end <= outer.end


def _squeezed(code: bytes) -> bytes:
    return b"".join(code.split())


def _line(source: bytes, offset: int) -> int:
    return source.count(b"\n", 0, offset) + 1
