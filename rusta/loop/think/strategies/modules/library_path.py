"""A program, test or example that names a module of the package's library as if it were its own.

`src/main.rs` and `src/lib.rs` are two crates: what the library declares is `package::module` for the program, and neither
`crate::module` nor `module`. Applies to E0432 and E0433 in a crate beside the library, where the library has a module, or
an item in its root, of the name that is not found. All such paths are changed at once; tests are left as they are.

Source: the Book, chapter 7.1, "Packages and Crates". Not covered: a module that is private in the library.
"""

import posixpath
import re
from collections.abc import Iterator
from typing import Any

from rusta.loop.think.hypotheses import Cost, Hypothesis, name
from rusta.loop.think.situation import Situation
from rusta.loop.think.strategies.modules.module_files import PackageCrates, named_in, package_of, qualifier
from rusta.loop.think.strategies.modules.moved_item import split_use
from rusta.tools.diagnostics import Diagnostic
from rusta.tools.statements import Rewrite, instead
from rusta.tools.syntax_walk import innermost

LACKS = re.compile(
    r"^(?:could not find `(\w+)` in the crate root|no `(\w+)` in the root|use of unresolved module .*`(\w+)`)$"
)


def library_paths(situation: Situation) -> Iterator[Hypothesis]:
    """Yield one hypothesis that leads such paths to the library."""
    known = PackageCrates(situation)
    rewrites: dict[str, set[Rewrite]] = {}
    lists: dict[tuple[str, int], tuple[Any, dict[str, str]]] = {}  # a `use`, and the new paths of its names
    aims: dict[str, Diagnostic] = {}
    called = ""
    for error in situation.errors:
        for span in error.spans if error.code in ("E0432", "E0433") else ():
            found, code = LACKS.match(span.label or ""), situation.code(span.path)
            folder = package_of(situation, span.path)
            if span.path.startswith(posixpath.join(folder, "tests/")):
                continue
            crates = known[folder] if found and code else []
            if (
                not found
                or code is None
                or not crates
                or span.path in crates[0].files
                or not crates[0].root.endswith("lib.rs")
            ):
                continue
            wanted = found[1] or found[2] or found[3]
            node = named_in(span, wanted, code)
            if node is None or not (crates[0].exists((wanted,)) or _defines(situation, crates[0].root, wanted)):
                continue
            before = qualifier(node, code)
            use, library = innermost(node, "use_declaration"), crates[0].name
            path = node.parent.child_by_field_name("path")
            if before == ["crate"] and path is not None and code.text(path) == "crate":
                rewrites.setdefault(span.path, set()).add(instead(path, library))
            elif before == ["crate"] and use is not None:  # one of a list
                lists.setdefault((span.path, use.start_byte), (use, {}))[1][wanted] = f"{library}::{wanted}"
            elif not before:
                rewrites.setdefault(span.path, set()).add(Rewrite(node.start_byte, node.start_byte, f"{library}::"))
            else:
                continue
            aims[name(error)], called = error, library
    for (path, _), (use, names) in lists.items():
        code = situation.code(path)
        if code and (edit := split_use(use, names, code)):
            rewrites.setdefault(path, set()).add(edit)
    if rewrites:
        reason = f"the program is a crate of its own, and names what the library has by `{called}::`"
        made = situation.hypothesis(
            next(iter(aims.values())), reason, {path: list(edits) for path, edits in rewrites.items()}, Cost.NONE
        )
        yield Hypothesis(made.source, made.reason, made.trade_off, made.changes, tuple(aims), made.cost)


def _defines(situation: Situation, root: str, wanted: str) -> bool:
    code = situation.code(root)
    names = (node.child_by_field_name("name") for node in code.root.named_children) if code else ()
    return any(code is not None and one is not None and code.text(one) == wanted for one in names)
