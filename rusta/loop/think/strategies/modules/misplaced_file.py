"""A `mod` whose file is not where it looks for it (E0583), and one that is declared twice (E0428).

For E0583, in this order: a module that is declared elsewhere in the crate is imported instead (`use crate::…`); a file of
that name that nothing declares is declared where it lies, and imported; or it is moved to where the `mod` looks; a file
beside it whose name is almost the same is renamed, or the `mod` is, as the paths in the sources say. For E0428 the second
of two `mod x;` is left out, and the more visible one stays.

Source: rustc --explain E0583, E0428; the Reference, "Module Source Filenames". Not covered: two files that both could be it.
"""

import difflib
import posixpath
import re
from collections.abc import Iterator

from rusta.loop.think.hypotheses import Cost, Hypothesis, name
from rusta.loop.think.situation import Situation
from rusta.loop.think.strategies.modules.module_files import CrateModules, Names, crates_of, package_of, top
from rusta.tools.diagnostics import Diagnostic
from rusta.tools.statements import Rewrite, Statements, instead

LIKE = 0.7  # of two names, as difflib measures it
FILE = "the files are the same, one of them in another place"


def misplaced_files(situation: Situation) -> Iterator[Hypothesis]:
    """Yield what brings a `mod` and its file together, for the first such error, and what ends declarations made twice."""
    yield from _twice(situation)
    error = next((one for one in situation.errors if one.code == "E0583" and one.primary), None)
    place = error.primary if error else None
    code = situation.code(place.path) if place else None
    if error is None or place is None or code is None:
        return
    crates = crates_of(situation, package_of(situation, place.path))
    crate = next((one for one in crates if place.path in one.files), None)
    found = [
        (names, one)
        for names, all_of in (crate.declared.items() if crate else ())
        for one in all_of
        if one.inside == place.path and one.node.start_byte <= place.start < one.node.end_byte and not one.file
    ]
    if crate is None or not found:
        return
    module, declared = found[-1]
    yield from _imported(situation, error, crate, module, declared.node, code)
    yield from _there(situation, error, crate, module, declared.node, code)
    yield from _almost(situation, error, crate, module, declared.node, code)


def _imported(
    situation: Situation, error: Diagnostic, crate: CrateModules, module: Names, node: object, code: Statements
) -> Iterator[Hypothesis]:
    """Import the module that is declared elsewhere."""
    others = [
        names for names, all_of in crate.declared.items() if names[-1] == module[-1] and any(d.file for d in all_of)
    ]
    if len(others) == 1 and error.primary:
        path = "::".join(("crate", *others[0]))
        reason = f"{module[-1]} is declared once, as {path}, and imported here: its file is there"
        yield situation.hypothesis(error, reason, {error.primary.path: [_use(node, code, path)]}, Cost.NONE)


def _there(
    situation: Situation, error: Diagnostic, crate: CrateModules, module: Names, node: object, code: Statements
) -> Iterator[Hypothesis]:
    """Declare a file where it lies, or move it to where it is looked for."""
    files = [path for path in crate.loose if _stem(path) == module[-1]]
    if len(files) != 1 or not error.primary:
        return
    (file,) = files
    inside = posixpath.relpath(file, posixpath.dirname(crate.root) or ".")
    parent = tuple(part for part in posixpath.dirname(inside.removesuffix("/mod.rs")).split("/") if part)
    path = error.primary.path
    visible = code.text(node).partition("mod ")[0].strip()
    visible = visible or ("" if module[: len(parent)] == parent else "pub(crate)")
    if crate.exists(parent) and parent != module[:-1] and (row := crate.declaration((*parent, module[-1]), visible)):
        there = "::".join(("crate", *parent, module[-1]))
        rewrites: dict[str, list[Rewrite]] = {path: [_use(node, code, there)]}
        rewrites.setdefault(row[0], []).append(row[1])
        reason = f"{file} is declared in {row[0]}, where it belongs by its place, and imported here as {there}"
        yield situation.hypothesis(error, reason, rewrites, Cost.NONE)
    to = crate.places(path, crate.files[path], module)[0]
    yield _moved(situation, error, file, to, f"{file} is moved to {to}, where `mod {module[-1]}` looks for it")


def _almost(
    situation: Situation, error: Diagnostic, crate: CrateModules, module: Names, node: object, code: Statements
) -> Iterator[Hypothesis]:
    """Give a file and the `mod` that means it the same name: that which the paths in the sources use."""
    if not error.primary:
        return
    path, wanted = error.primary.path, module[-1]
    expected = crate.places(path, crate.files[path], module)
    folder = posixpath.dirname(expected[0])
    near = {_stem(one): one for one in crate.loose if posixpath.dirname(one.removesuffix("/mod.rs")) == folder}
    alike = next(iter(difflib.get_close_matches(wanted, near, 1, LIKE)), "")
    alike = alike or next((one for one in near if one.lower().replace("-", "_") == wanted.lower()), "")
    if not alike or alike == wanted:
        return
    texts = b"\n".join(situation.read(one) or b"" for one in situation.files if one.endswith(".rs"))
    uses = {one: len(re.findall(rf"\b{re.escape(one)}\s*::".encode(), texts)) for one in (wanted, alike)}
    to = expected[0] if near[alike].endswith(f"/{alike}.rs") or near[alike] == f"{alike}.rs" else expected[1]
    moved = _moved(situation, error, near[alike], to, f"{near[alike]} is called {to}, as `mod {wanted}` looks for it")
    if alike.isidentifier():
        reason = f"`mod {wanted}` is `mod {alike}`, as its file is called"
        named = node.child_by_field_name("name")  # type: ignore[attr-defined]
        renamed = situation.hypothesis(error, reason, {path: [instead(named, alike)]}, Cost.NONE)
        yield from (moved, renamed) if uses[wanted] > uses[alike] else (renamed, moved)
    else:
        yield moved


def _twice(situation: Situation) -> Iterator[Hypothesis]:
    """Leave out every `mod x;` that is there already."""
    rewrites: dict[str, list[Rewrite]] = {}
    errors: list[Diagnostic] = []
    for error in situation.errors:
        code = situation.code(error.primary.path) if error.code == "E0428" and error.primary else None
        if code is None or error.primary is None:
            continue
        spans = [span for span in error.spans if span.path == error.primary.path]
        nodes = [code.node(span.start, span.end) for span in spans]
        whole = re.compile(r"(?:pub(?:\([^)]*\))?\s+)?mod\s+\w+\s*;")
        if len(nodes) != 2 or not all(node.type == "mod_item" and whole.fullmatch(code.text(node)) for node in nodes):
            continue
        nodes.sort(key=lambda node: (-len(code.text(node)), node.start_byte))  # the one with `pub` first
        gone = nodes[1]
        if top(gone, code) != gone:  # with a text of its own
            continue
        end = gone.end_byte + (1 if code.source[gone.end_byte : gone.end_byte + 1] == b"\n" else 0)
        start = code.source.rfind(b"\n", 0, gone.start_byte) + 1
        start = start if not code.source[start : gone.start_byte].strip() else gone.start_byte
        rewrites.setdefault(error.primary.path, []).append(Rewrite(start, end, ""))
        errors.append(error)
    if errors:
        made = situation.hypothesis(
            errors[0], "a module is declared once: the second `mod` of it goes", rewrites, Cost.NONE
        )
        aims = tuple(dict.fromkeys(name(error) for error in errors))
        yield Hypothesis(made.source, made.reason, made.trade_off, made.changes, aims, made.cost)


def _moved(situation: Situation, error: Diagnostic, file: str, to: str, reason: str) -> Hypothesis:
    changes = {file: None, to: situation.read(file)}
    return Hypothesis("craft", reason, FILE, changes, (name(error),), Cost.NONE)


def _use(node: object, code: Statements, path: str) -> Rewrite:
    """Return the edit that writes `use path;` for `mod x;`, as visible."""
    visible, _, _ = code.text(node).partition("mod ")
    return instead(node, f"{visible}use {path};")


def _stem(path: str) -> str:
    return posixpath.basename(path.removesuffix("/mod.rs").removesuffix(".rs"))
