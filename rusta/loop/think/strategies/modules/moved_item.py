"""A path to an item that lies in another module by now: write the path that leads there.

Applies to E0432, E0433, E0425 and their like where rustc finds no item of a name in a module, and exactly one item of that
name is defined in the crate. Every such path of a state is changed at once: a name in a `use` list gets a `use` of its own,
a path in code another beginning. What another crate of the workspace, or a test, still names by the old path is exported
there again (`pub use`), and nobody else's code changes. A path that begins with a module which lies in another one, and is
the only one of its name, begins at the crate.

Source: rustc --explain E0432, E0433; the Reference, "Use declarations". Not covered: items that macros write, methods, and
paths through renamed modules.
"""

import re
from collections.abc import Iterator
from typing import Any

from rusta.loop.think.hypotheses import Cost, Hypothesis, name
from rusta.loop.think.situation import Situation
from rusta.loop.think.strategies.modules.module_files import (
    CrateModules,
    Names,
    PackageCrates,
    module_led_to,
    named_in,
    package_of,
    qualifier,
)
from rusta.tools.diagnostics import Diagnostic
from rusta.tools.statements import Rewrite, Statements, instead
from rusta.tools.syntax_walk import innermost

LACKS = re.compile(
    r"^(?:could not find `(\w+)` in |no `(\w+)` in |not found in `|use of unresolved module or unlinked crate `)"
)
ITEMS = {
    "function_item", "struct_item", "enum_item", "union_item", "trait_item", "const_item", "static_item", "type_item",
    "mod_item",
}  # fmt: skip


def moved_items(situation: Situation) -> Iterator[Hypothesis]:
    """Yield one hypothesis that leads every path to where its item is."""
    known = PackageCrates(situation)
    items: dict[str, dict[str, list[tuple[Names, Any]]]] = {}
    rewrites: dict[str, list[Rewrite]] = {}
    uses: dict[tuple[str, int], tuple[Any, dict[str, str]]] = {}
    found: dict[str, str] = {}
    aims: dict[str, Diagnostic] = {}
    exported: set[tuple[str, Names, str]] = set()
    for error in situation.errors:
        for span in (
            error.spans if error.code and error.code in ("E0432", "E0433", "E0425", "E0412", "E0422", "E0423") else ()
        ):
            lacks, code = LACKS.match(span.label or ""), situation.code(span.path)
            if not lacks or code is None:
                continue
            wanted = lacks[1] or lacks[2] or code.source[span.start : span.end].decode("utf-8", "replace")
            node = named_in(span, wanted, code)
            if node is None or code.text(node) != wanted:
                continue
            crates = known[package_of(situation, span.path)]
            own = next((one for one in crates if span.path in one.files), None)
            crate, module = _leads(own, crates, code, node, span.path, span.start)
            begins = (span.label or "").startswith("use of unresolved module")  # a path begins with this name
            if begins:
                crate = own
            if crate is None or (module is None and not begins):
                continue
            if crate.root not in items:
                items[crate.root] = _items(crate)
            of = items[crate.root]
            places = [(at, item) for at, item in of.get(wanted, []) if at != module]
            if len(places) != 1 or len(of.get(wanted, [])) != 1:
                continue
            there = "::".join(("crate", *places[0][0], wanted))
            aims[name(error)] = error
            found[wanted] = there
            if crate is not own and module is not None:
                if (crate.root, module, wanted) not in exported and (row := _export(crate, module, there)):
                    exported.add((crate.root, module, wanted))
                    rewrites.setdefault(row[0], []).append(row[1])
                continue
            use = innermost(node, "use_declaration")
            if begins or module is None:
                edit = Rewrite(node.start_byte, node.start_byte, there.removesuffix(wanted))
                if places[0][1].type == "mod_item" and edit not in rewrites.setdefault(span.path, []):
                    rewrites[span.path].append(edit)
            elif use is not None:
                uses.setdefault((span.path, use.start_byte), (use, {}))[1][wanted] = there
            elif node.parent.child_by_field_name("path") is not None:
                path = node.parent.child_by_field_name("path")
                rewrites.setdefault(span.path, []).append(instead(path, there.rpartition("::")[0]))
    for (path, _), (use, names) in uses.items():
        code = situation.code(path)
        if code and (edit := split_use(use, names, code)):
            rewrites.setdefault(path, []).append(edit)
    if not any(rewrites.values()):
        return
    said = ", ".join(f"{one} as {there}" for one, there in list(found.items())[:4])
    how = "is exported where it was" if exported else "is named where it is now"
    cost = Cost.INTERFACE if exported else Cost.NONE
    made = situation.hypothesis(next(iter(aims.values())), f"what was moved {how}: {said}", rewrites, cost)
    yield Hypothesis(made.source, made.reason, made.trade_off, made.changes, tuple(aims), made.cost)


def _leads(
    own: CrateModules | None, crates: list[CrateModules], code: Statements, node: Any, path: str, start: int
) -> tuple[CrateModules | None, Names | None]:
    """Return the crate and the module that the path before a name leads to."""
    before = qualifier(node, code)
    if own is not None:
        here = own.at(path, code, start)
        module = module_led_to(before, here)
        if module is None and before:
            module = next((one for one in ((*here, *before), tuple(before)) if own.exists(one)), None)
        if module is not None and own.exists(module):
            return own, module
    library = crates[0] if crates else None
    if before and library is not None and library is not own and library.name == before[0]:
        return library, tuple(before[1:]) if library.exists(tuple(before[1:])) else None
    return None, None


def _items(crate: CrateModules) -> dict[str, list[tuple[Names, Any]]]:
    """Return the crate's items by name, each with its module."""
    found: dict[str, list[tuple[Names, Any]]] = {}
    for path, names in crate.files.items():
        code = crate.situation.code(path)
        todo = [(code.root, names)] if code else []
        while todo and code:
            at, module = todo.pop()
            for node in at.named_children:
                called = node.child_by_field_name("name") if node.type in ITEMS else None
                if called is not None:
                    found.setdefault(code.text(called), []).append((module, node))
                if node.type == "mod_item" and (body := node.child_by_field_name("body")) is not None:
                    todo.append((body, (*module, code.text(called))))
    return found


def _export(crate: CrateModules, module: Names, there: str) -> tuple[str, Rewrite] | None:
    """Return the file and the edit that export an item from its old module: below the imports of the module's file."""
    place = crate.file_of(module)
    code = crate.situation.code(place[0]) if place and place[1] == module else None
    if place is None or code is None:
        return None
    imports = [one for one in code.root.named_children if one.type == "use_declaration"]
    if imports:
        return place[0], Rewrite(imports[-1].end_byte, imports[-1].end_byte, f"\npub use {there};")
    first = next(
        (one for one in code.root.named_children if one.type not in ("line_comment", "inner_attribute_item")), None
    )
    at = first.start_byte if first is not None else len(code.source)
    return place[0], Rewrite(at, at, f"pub use {there};\n\n")


def split_use(use: Any, names: dict[str, str], code: Statements) -> Rewrite | None:
    """Return the edit that takes names out of a `use` and gives them one of their own; None for nested lists."""
    tree = use.child_by_field_name("argument")
    head = code.source[use.start_byte : tree.start_byte].decode("utf-8", "replace")
    items = tree.child_by_field_name("list") if tree.type == "scoped_use_list" else None
    kept: list[str] = []
    rows: list[str] = []
    for leaf in items.named_children if items is not None else [tree]:
        said = code.text(leaf)
        path, _, alias = said.partition(" as ")
        last = path.split("::")[-1].strip()
        if last in names and leaf.type not in ("scoped_use_list", "use_wildcard"):
            rows.append(f"{head}{names[last]}{f' as {alias}' if alias else ''};")
        elif leaf.type in ("line_comment", "block_comment"):
            return None
        else:
            kept.append(said)
    if not rows:
        return None
    if kept:
        path, listed = code.text(tree.child_by_field_name("path")), ", ".join(kept)
        rows.insert(0, f"{head}{path}::{listed if len(kept) == 1 and listed != 'self' else f'{{{listed}}}'};")
    line = code.source[code.source.rfind(b"\n", 0, use.start_byte) + 1 : use.start_byte].decode("utf-8", "replace")
    return instead(use, f"\n{line if not line.strip() else ''}".join(rows))
