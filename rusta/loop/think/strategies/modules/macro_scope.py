"""A `macro_rules!` is used where it is not in scope yet: before its definition, or in another module.

The Reference, "Macros By Example", Scoping: the textual scope begins behind the definition and ends with the module,
unless the module has `#[macro_use]`; then it goes on behind the `mod` item. So a definition moves up within its module,
and a `mod` item gets the attribute and moves above those that use its macros. The other way is the path-based scope:
`pub(crate) use name;` behind the definition, and an import where it is used, whatever the order.

Not covered: macros of another crate or target, and those that a macro defines.
"""

import re
from collections.abc import Iterator
from typing import Any

from rusta.loop.think.hypotheses import Cost, Hypothesis
from rusta.loop.think.situation import Situation
from rusta.tools.declared import BESIDE, attributes_of, tested, with_import
from rusta.tools.diagnostics import Diagnostic
from rusta.tools.items import module
from rusta.tools.statements import Rewrite, Statements
from rusta.tools.syntax_walk import FileEdits, innermost, under
from rusta.tools.use_trees import scope_of

MISSING = re.compile(r"cannot find macro `(\w+)` in this scope")


def macro_scope(situation: Situation) -> Iterator[Hypothesis]:
    """Yield, for macros that are used out of their scope, the definitions moved or marked, and the paths."""
    missing: dict[str, list[tuple[Diagnostic, str, int]]] = {}
    for error in situation.errors:
        span = next((one for one in error.spans if one.primary), None)
        if span is not None and (told := MISSING.match(error.message)):
            missing.setdefault(told[1], []).append((error, span.path, span.start))
    if not missing:
        return
    defined: dict[str, list[tuple[str, Any]]] = {}
    for path, code in situation.sources():
        for node in under(code.root, "macro_definition"):
            if (named := node.child_by_field_name("name")) is not None and code.text(named) in missing:
                defined.setdefault(code.text(named), []).append((path, node))
    found = {name: all_[0] for name, all_ in defined.items() if len(all_) == 1}
    yield from _textual(situation, missing, found)
    yield from _by_path(situation, missing, found)


def _textual(
    situation: Situation, missing: dict[str, list[tuple[Diagnostic, str, int]]], found: dict[str, tuple[str, Any]]
) -> Iterator[Hypothesis]:
    done: set[tuple[str, int]] = set()
    for name, (path, node) in found.items():
        code = situation.code(path)
        error = missing[name][0][0]
        if code is None:
            continue
        scope = scope_of(node)
        inside = [at for _, where, at in missing[name] if where == path and scope.start_byte <= at < scope.end_byte]
        if inside and (edits := _moved_up(code, scope, node, name)):
            reason = f"a macro is in scope behind its definition only, so `{name}` is defined before it is used"
            yield situation.hypothesis(error, reason, {path: edits}, Cost.NONE)
        if len(inside) == len(missing[name]):
            continue
        marked = _marked(situation, path, node, name)
        if marked is None or marked[1] in done:
            continue
        done.add(marked[1])
        reason = f"a macro is in scope behind its definition only, so the module of `{name}` comes first, with `#[macro_use]`"
        yield situation.hypothesis(error, reason, marked[0], Cost.NONE)


def _whole(node: Any) -> int:
    """Return where an item begins, with the attributes and comments that belong to it."""
    start, above = node.start_byte, node.prev_sibling
    while above is not None and above.type in BESIDE and not above.text.startswith((b"//!", b"/*!")):
        start, above = above.start_byte, above.prev_sibling
    return start


def _moved(code: Statements, node: Any, to: int, mark: str = "") -> list[Rewrite]:
    """Return the edits that move an item with its attributes and comments; `mark` is written directly above it."""
    start, end = _whole(node), node.end_byte
    gap = code.source[end : end + 2]
    end += 2 if gap == b"\n\n" and node.type == "macro_definition" else 1 if gap[:1] == b"\n" else 0
    line = code.source.rfind(b"\n", 0, start) + 1
    indent = code.source[line:start].decode() if not code.source[line:start].strip() else ""
    above = code.source[start : node.start_byte].decode("utf-8", "replace")
    text = f"{above}{mark}{code.text(node)}"
    apart = f"\n\n{indent}" if node.type == "macro_definition" else f"\n{indent}"
    return [Rewrite(to, to, text + apart), Rewrite(line if indent or line == start else start, end, "")]


def _calls(code: Statements, node: Any, name: str) -> bool:
    """Return whether an item calls a macro, other than in a macro's definition."""
    return node.type != "macro_definition" and bool(re.search(rf"\b{name}!\s*[\w({{\[]", code.text(node)))


def _moved_up(code: Statements, scope: Any, node: Any, name: str) -> list[Rewrite]:
    """Return the edits that move a definition above the first item of its scope that needs it."""
    for one in scope.named_children:
        if one == node:
            return []
        if one.type not in BESIDE and _calls(code, one, name):
            return _moved(code, node, _whole(one))
    return []


def _marked(situation: Situation, path: str, node: Any, name: str) -> tuple[FileEdits, tuple[str, int]] | None:
    """Return the edits that mark the modules around a macro and move the outermost one up; and which one that is."""
    edits: FileEdits = {}
    where, code = path, situation.code(path)
    inline = innermost(node, "mod_item")
    top: tuple[str, Any] | None = None
    while code is not None:
        if inline is not None:
            item: Any = inline
        elif not module(where):
            break
        else:
            declared = _declared(situation, where)
            if declared is None:
                return None
            where, item = declared
            code = situation.code(where)
            if code is None:
                return None
        if top is not None:
            below = situation.code(top[0])
            if below is not None and not _has_mark(below, top[1]):
                edits.setdefault(top[0], []).append(below.before(top[1], "#[macro_use]"))
        top = (where, item)
        inline = innermost(item.parent, "mod_item")
    code = situation.code(top[0]) if top is not None else None
    if top is None or code is None:
        return None
    where, item = top
    line = code.source.rfind(b"\n", 0, item.start_byte) + 1
    mark = "" if _has_mark(code, item) else f"#[macro_use]\n{code.source[line : item.start_byte].decode()}"
    first = None
    for one in item.parent.named_children:
        if one == item:
            break
        other = one.type == "mod_item" and one.child_by_field_name("body") is None and not _has_mark(code, one)
        if one.type not in BESIDE and (other or _calls(code, one, name)):
            first = one
            break
    if first is not None:
        edits.setdefault(where, []).extend(_moved(code, item, _whole(first), mark))
    elif mark:
        edits.setdefault(where, []).append(Rewrite(item.start_byte, item.start_byte, mark))
    return (edits, (where, item.start_byte)) if edits else None


def _has_mark(code: Statements, item: Any) -> bool:
    return any("macro_use" in code.text(one) for one in attributes_of(item))


def _declared(situation: Situation, path: str) -> tuple[str, Any] | None:
    """Return the `mod` item that declares a file's module, and the file it is in."""
    way = module(path)
    start = path.rpartition("src/")[0]
    for where, code in situation.sources():
        if where.rpartition("src/")[0] != start or way[: len(module(where))] != module(where) or where == path:
            continue
        for item in under(code.root, "mod_item"):
            around, outer = [], item
            while outer is not None:
                around.append(code.text(outer.child_by_field_name("name")))
                outer = innermost(outer.parent, "mod_item")
            if item.child_by_field_name("body") is None and (*module(where), *reversed(around)) == way:
                return where, item
    return None


def _by_path(
    situation: Situation, missing: dict[str, list[tuple[Diagnostic, str, int]]], found: dict[str, tuple[str, Any]]
) -> Iterator[Hypothesis]:
    """Yield all macros that are missing in other modules re-exported by path, and imported where they are used."""
    edits: FileEdits = {}
    names, first = [], None
    for name, (path, node) in found.items():
        code = situation.code(path)
        users = {where for _, where, _ in missing[name] if where != path}
        exported = code is None or any("macro_export" in code.text(one) for one in attributes_of(node))
        if code is None or exported or not users or scope_of(node) != code.root or tested(path, node, code):
            continue
        edits.setdefault(path, []).append(Rewrite(node.end_byte, node.end_byte, f"\npub(crate) use {name};"))
        for where in sorted(users):
            other = situation.code(where)
            line = with_import("::".join(("crate", *module(path), name)), other) if other is not None else None
            if line is not None:
                edits.setdefault(where, []).append(line)
        names.append(name)
        first = first or missing[name][0][0]
    if first is not None:
        said = "`, `".join(names)
        reason = f"`{said}` can be named by a path once it is re-exported, so it is imported where it is used"
        yield situation.hypothesis(first, reason, edits, Cost.INTERFACE)
