"""A file of the crate that no `mod` names: declare it, where its path says it belongs.

Applies to a path whose next part rustc "could not find" in a module (E0432, E0433) where a file of that name lies in the
module's folder and nothing declares it. All such files of a state are declared together. It is `pub` where another crate
of the workspace names it (a test, a program, another member), `pub(crate)` where only modules beside its parent do, else
private. A bare `name::…` whose file belongs to the crate's root is written `crate::name::…`.

Source: the Book, chapter 7.5, "Separating Modules into Different Files"; the Reference, "Modules". Not covered: a file
that only a macro or `include!` reads.
"""

import posixpath
import re
from collections.abc import Iterator

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
from rusta.tools.diagnostics import Diagnostic, Span
from rusta.tools.statements import Rewrite

LACKS = re.compile(
    r"^(?:could not find `(?P<a>\w+)` in |no `(?P<b>\w+)` in |use of unresolved module or unlinked crate `(?P<c>\w+)`)"
)


def undeclared_files(situation: Situation) -> Iterator[Hypothesis]:
    """Yield one hypothesis that declares every file that is missing from the module tree."""
    wanted: dict[tuple[str, Names], tuple[CrateModules, list[tuple[Diagnostic, bool, Names | None]]]] = {}
    rewrites: dict[str, list[Rewrite]] = {}
    known = PackageCrates(situation)
    for error in situation.errors:
        for span in error.spans if error.code in ("E0432", "E0433") else ():
            lacks = LACKS.match(span.label or "")
            if not lacks or span.path not in situation.files:
                continue
            missing = lacks["a"] or lacks["b"] or lacks["c"]
            crates = known[package_of(situation, span.path)]
            for crate, module, bare in _meant(situation, span, missing, crates, known):
                if crate.exists(module) or not (file := _file(crate, module)) or file in crates[0].files:
                    continue  # or a program means the library's (`library_path`)
                inside = span.path in crate.files
                code = situation.code(span.path)
                here = crate.at(span.path, code, span.start) if inside and code else None
                wanted.setdefault((crate.root, module), (crate, []))[1].append((error, not inside, here))
                edit = Rewrite(span.start, span.start, "crate::")
                if bare and edit not in rewrites.setdefault(span.path, []):
                    rewrites[span.path].append(edit)
                break
    if not wanted:
        return
    aims: dict[str, None] = {}
    said, public = [], False
    for (_, module), (crate, uses) in sorted(wanted.items()):
        outside = any(other for _, other, _ in uses) or _named_outside(situation, crate, module)
        beside = any(here is not None and here[: len(module) - 1] != module[:-1] for _, _, here in uses)
        visible = "pub" if outside else "pub(crate)" if beside else ""
        found = crate.declaration(module, visible)
        if found is None:
            continue
        public = public or outside
        rewrites.setdefault(found[0], []).append(found[1])
        why = ", and `pub` because others name it" if outside else ""
        said.append(f"{_file(crate, module)} is declared in {found[0]}, as nothing names it yet{why}")
        aims |= {name(error): None for error, _, _ in uses}
    if said:
        made = situation.hypothesis(
            next(iter(wanted.values()))[1][0][0], "; ".join(said), rewrites, Cost.INTERFACE if public else Cost.NONE
        )
        yield Hypothesis(made.source, made.reason, made.trade_off, made.changes, tuple(aims), made.cost)


def _meant(
    situation: Situation, span: Span, missing: str, crates: list[CrateModules], known: PackageCrates
) -> Iterator[tuple[CrateModules, Names, bool]]:
    """Yield the modules that a missing name may be, the likeliest first; True where its path lacks `crate::`."""
    code = situation.code(span.path)
    node = named_in(span, missing, code) if code else None
    if code is None or node is None or code.text(node) != missing:
        return
    before = qualifier(node, code)
    crate = next((one for one in crates if span.path in one.files), None)
    if crate is not None:
        here = crate.at(span.path, code, span.start)
        module = module_led_to(before, here)
        if module is not None:
            yield crate, (*module, missing), False
            return
        yield crate, (*here, *before, missing), False
        yield crate, (*before, missing), not before and bool(here)
    for manifest in situation.files if before else ():
        if posixpath.basename(manifest) == "Cargo.toml":
            other = next(iter(known[posixpath.dirname(manifest)]), None)
            if other is not None and other.name == before[0]:
                yield other, (*before[1:], missing), False


def _file(crate: CrateModules, module: Names) -> str:
    """Return the file of a module that nothing declares, or ""."""
    parent = crate.file_of(module[:-1])
    places = crate.places(parent[0], parent[1], module) if parent and crate.exists(module[:-1]) else []
    return next((path for path in places if path in crate.situation.files and path not in crate.files), "")


def _named_outside(situation: Situation, crate: CrateModules, module: Names) -> bool:
    """Return whether a file that is not the crate's own names the module by the crate's name."""
    inner = r"(?:\w+::)*" if len(module) > 1 else ""
    named = re.compile(
        rf"\b{re.escape(crate.name)}::{inner}(?:\{{[^;]{{0,2000}}?\b)?{re.escape(module[-1])}\b".encode()
    )
    return any(
        named.search(situation.read(path) or b"")
        for path in situation.files
        if path.endswith(".rs") and path not in crate.files
    )
