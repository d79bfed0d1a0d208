"""Mend the macro of one member where the code that it generates does not compile in another.

It applies to errors whose expansion rustc traces to a macro that a member of the workspace defines. Then the fault is in
what the macro quotes, and not where the macro is used:

- a path through a private module (E0603) becomes the path by which the same item is handed on, which is made if there is none;
- a name without a path, one that begins with `crate::`, or with a crate's name and no `::` before it (E0405, E0412, E0422,
  E0425, E0433), becomes the public path; in `macro_rules!` it begins with `$crate::`;
- an `impl` without the `where` clause of the type (E0277) gets the one that `split_for_impl` returns, and one without
  generics (E0107, E0726) gets all three;
- a type parameter that lacks the trait that is derived (E0277) gets it as a bound, as syn's documentation has it.

All of one macro crate together come first, and what rustc suggests where the macro is used comes last. Sources: the
documentation of syn (`Generics::split_for_impl`, the example heapsize) and of quote; The Rust Reference, "Procedural
macros" (hygiene). Not covered: macros that write their code as a string.
"""

import re
from collections.abc import Iterator

from rusta.loop.think.hypotheses import Cost, Hypothesis, beside_macros, name
from rusta.loop.think.situation import Situation
from rusta.loop.think.strategies.dependencies.quoted_code import MacroCrate, QuotedBody, handed_on_name, macro_crate_of
from rusta.loop.think.strategies.dependencies.quoted_impls import QuotedFix, impl_fixes
from rusta.loop.think.strategies.dependencies.workspace_manifests import WorkspaceManifests
from rusta.tools.diagnostics import Diagnostic
from rusta.tools.statements import Rewrite

PRIVATE = re.compile(r"module `(?P<module>\w+)` is private")
ABSENT = re.compile(
    r"cannot find [\w, ]{1,60} `(?P<name>\w+)` in (?:this scope|(?:crate )?`(?P<where>[\w:]+)`|the crate root)"
    r"|unresolved import `(?P<path>[\w:]+)`"
)
IMPORT = re.compile(r"^\s*use (?P<path>[\w:]+);")
LOST = {"E0405", "E0412", "E0422", "E0423", "E0425", "E0432", "E0433", "E0574"}
MOST = 40  # errors that are looked at
OFFERS = 6


def generated_code(situation: Situation) -> Iterator[Hypothesis]:
    """Yield changes of what macros of the workspace generate."""
    traced = [one for one in situation.errors if one.macros or one.code in ("E0107", "E0726")][:MOST]
    if not traced:
        return
    manifests = WorkspaceManifests(situation)
    crates: dict[str, MacroCrate] = {}
    by: dict[str, list[Diagnostic]] = {}
    for error in traced:
        if crate := macro_crate_of(situation, manifests, error):
            crates.setdefault(crate.folder, crate)
            by.setdefault(crate.folder, []).append(error)
    for folder, errors in by.items():
        fixes: dict[str, QuotedFix] = {}
        for error in errors:
            for fix in (*_private(crates[folder], error), *_lost(crates[folder], error)):
                fixes.setdefault(fix.reason, fix).errors.append(error)
        for fix in impl_fixes(crates[folder], errors):
            fixes.setdefault(fix.reason, fix)
        surest = [one for one in fixes.values() if one.sure]
        if len(surest) > 1:
            yield _hypothesis(situation, surest)
        for fix in list(fixes.values())[:OFFERS]:
            yield _hypothesis(situation, [fix])
    yield from beside_macros(situation.errors, situation.read)


def _hypothesis(situation: Situation, fixes: list[QuotedFix]) -> Hypothesis:
    edits: dict[str, list[Rewrite]] = {}
    for fix in fixes:
        for path, of in fix.edits.items():
            edits.setdefault(path, []).extend(one for one in of if one not in edits.get(path, ()))
    changes: dict[str, bytes | None] = {
        path: code.rewritten(of) for path, of in edits.items() if (code := situation.code(path))
    }
    errors = [error for fix in fixes for error in fix.errors]
    trade = "what the macro generates changes for everybody who uses it"
    aims = tuple(dict.fromkeys(name(error) for error in errors))
    return Hypothesis("craft", "; ".join(fix.reason for fix in fixes), trade, changes, aims, Cost.NONE)


def _private(crate: MacroCrate, error: Diagnostic) -> Iterator[QuotedFix]:
    """A path through a private module: by the name under which its item is handed on, or a hidden one that is made."""
    found = PRIVATE.search(error.message) if error.code == "E0603" else None
    declared = next((span for child in error.children for span in child.spans), None)
    if not found or declared is None or not (code := crate.situation.code(declared.path)):
        return
    module, text = found["module"], code.source.decode("utf-8", "replace")
    edits: dict[str, list[Rewrite]] = {}
    made: dict[str, None] = {}
    shown = ""
    for body in crate.quoted:
        for start, end, path, rooted in body.paths():
            at = path.index(module) if module in path[:-1] else 0
            if at:
                item = path[at + 1]
                new = handed_on_name(text, module, item)
                made |= {} if new else {item: None}
                whole = ("::" if rooted else "") + "::".join((*path[:at], new or item, *path[at + 2 :]))
                edits.setdefault(body.path, []).append(Rewrite(start, end, whole))
                shown = shown or f"`{'::'.join(path)}` becomes `{whole}`"
    if made:
        row = "".join(f"#[doc(hidden)]\npub use {module}::{item};\n" for item in made)
        line = code.source.find(b"\n", declared.end) + 1 or len(code.source)
        edits.setdefault(declared.path, []).append(Rewrite(line, line, row))
        shown += ", which is handed on for it"
    if shown:
        yield QuotedFix(f"in what the macro generates {shown}: the module `{module}` is private", edits)


def _lost(crate: MacroCrate, error: Diagnostic) -> Iterator[QuotedFix]:
    """A name that is not in scope where the macro is used: by its public path."""
    found = ABSENT.search(error.message) if error.code in LOST else None
    if not found:
        return
    lost = found["name"] or found["path"].rpartition("::")[2]
    where = found["where"] or (found["path"] or "").rpartition("::")[0]
    public = crate.public_path(lost)
    imports = [
        f"::{said['path']}" for suggestion in error.suggestions for part in suggestion.parts
        if (said := IMPORT.match(part.text)) and said["path"].endswith(f"::{lost}") and not said["path"].startswith("crate::")
    ]  # fmt: skip
    whole = public or next(iter(sorted(imports, key=lambda one: not one.startswith("::std::"))), "")
    edits: dict[str, list[Rewrite]] = {}
    shown = ""
    for body in crate.quoted:
        for start, end, path, rooted in body.paths():
            new = _qualified(crate, body, path, rooted, lost, where, whole)
            if new:
                edits.setdefault(body.path, []).append(Rewrite(start, end, new))
                shown = shown or f"`{'::'.join(path)}` becomes `{new}`"
    if shown:
        yield QuotedFix(f"in what the macro generates {shown}, which is the same wherever the macro is used", edits)


def _qualified(
    crate: MacroCrate, body: QuotedBody, path: tuple[str, ...], rooted: bool, lost: str, where: str, whole: str
) -> str:
    """Return what a path becomes; "" for one that is not meant."""
    if rooted or lost not in path:
        return ""
    if path[0] == "crate" and path[1:2] and (lost in path[1:2] or where in ("", "crate")):
        if body.rules:
            return "::".join(("$crate", *path[1:]))
        return "::".join((f"::{crate.library(crate.facades[0])}", *path[1:])) if crate.facades else ""
    if path[0] == lost and not where and whole:
        return "::".join((whole, *path[1:]))
    known = {crate.library(crate.manifests.member_folder(one)) for one in crate.manifests.paths}
    if path[0] in known and (path[0] == lost or where == path[0]):
        return "::" + "::".join(path)
    return ""
