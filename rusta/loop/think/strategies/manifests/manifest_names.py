"""Names in a manifest that are almost right: a key, a feature, the file of a target.

Applies to cargo's errors about a feature that there is none of, of the package or of a dependency, and about a target whose
file is not there; and, where a package has errors of any kind, to keys that cargo would leave unread ("unused manifest
key"): what is close to a known name is written like it. A feature that includes `dep:x` where x is not optional makes x
optional; one whose dependency the workspace has inherits it.

Source: the Cargo Book, "The Manifest Format", "Cargo Targets", "Features". Not covered: names that resemble several.
"""

import difflib
import json
import posixpath
import re
from collections.abc import Iterator, Sequence

from rusta.loop.think.hypotheses import Cost, Hypothesis
from rusta.loop.think.situation import Situation
from rusta.loop.think.strategies.manifests.package_manifests import PackageManifests
from rusta.loop.think.strategies.modules.module_files import crates_of
from rusta.tools.cargo_faults import Fault, facts
from rusta.tools.dependency_entries import dependency_entries
from rusta.tools.diagnostics import Diagnostic
from rusta.tools.manifest import DEPENDENCIES, nested_table
from rusta.tools.statements import Rewrite
from rusta.tools.toml_text import TomlText

LIKE = 0.75  # of two names, as difflib measures it
MEANT = "nothing that I can see, if that is what was meant"
MAIN = re.compile(rb"^[ \t]*(?:pub\s+)?(?:async\s+)?fn\s+main\b", re.M)
NEWLINE = b"\n"
TABLES = (
    "package", "lib", "bin", "test", "bench", "example", "dependencies", "dev-dependencies", "build-dependencies", "target",
    "features", "patch", "replace", "profile", "workspace", "badges", "lints", "hints", "cargo-features",
)  # fmt: skip
KNOWN = {
    "package": (
        "name", "version", "authors", "edition", "rust-version", "description", "documentation", "readme", "homepage",
        "repository", "license", "license-file", "keywords", "categories", "workspace", "build", "links", "exclude", "include",
        "publish", "metadata", "default-run", "autolib", "autobins", "autoexamples", "autotests", "autobenches", "resolver",
    ),
    "workspace": ("members", "exclude", "default-members", "resolver", "package", "dependencies", "lints", "metadata"),
    "target": (
        "name", "path", "test", "doctest", "bench", "doc", "proc-macro", "harness", "crate-type", "required-features",
        "edition", "plugin", "doc-scrape-examples",
    ),
    "dependency": (
        "version", "path", "git", "branch", "tag", "rev", "registry", "features", "default-features", "optional", "package",
        "workspace", "public", "artifact", "lib", "target",
    ),
}  # fmt: skip


def manifest_names(situation: Situation) -> Iterator[Hypothesis]:
    """Yield the names that were meant."""
    manifests = PackageManifests(situation)
    for error in situation.errors:
        said = facts(error)
        path = error.primary.path if error.primary else ""
        made: list[Hypothesis | None] = []
        if path in manifests.tables:
            match error.code:
                case Fault.feature_member:
                    made = [_member(manifests, error, path, said)] if said else []
                case Fault.dependency_feature:
                    made = [_feature(manifests, error, path, said)]
                case Fault.target_file:
                    made = list(_file(manifests, error, path, said))
                case Fault.no_targets:
                    made = [_target(manifests, error, path)]
        yield from (one for one in made if one)
    if situation.errors and (unread := _unread(manifests, situation.errors)):
        yield unread


def _member(manifests: PackageManifests, error: Diagnostic, path: str, said: dict[str, str]) -> Hypothesis | None:
    """Correct what a feature includes, or what it takes for granted of a dependency."""
    text, wanted = manifests.text(path), said["member"]
    entries = [one for one in dependency_entries(manifests.tables[path]) if one.table[0] != "workspace"]
    node = next((node for one, node in text.strings("features", said["feature"]) if one == wanted), None)
    crate = re.sub(r"^dep:|\??/.*$", "", wanted)
    plain = [one for one in entries if one.key == crate]
    if plain and "optional" in error.rendered:
        one = plain[0]
        edits = text.put((*one.table, one.key), "optional", "true")
        reason = f"{crate} is optional, as the feature {said['feature']} turns it on"
        return manifests.hypothesis([error], reason, {path: edits}, "without the feature it is not built", Cost.ASKED)
    known = [one for one in text.under("features") if one != said["feature"]] if crate == wanted else []
    alike = difflib.get_close_matches(crate, [*known, *(one.key for one in entries)], 1, LIKE)
    if alike and node is not None:
        new = json.dumps(wanted.replace(crate, alike[0], 1))
        reason = f"the feature {said['feature']} includes {alike[0]}: there is no {crate}"
        return manifests.hypothesis([error], reason, {path: [text.replaced(node, new)]}, MEANT, Cost.SMALL)
    root = next((one for one, table in manifests.tables.items() if "workspace" in table), "")
    if root and crate in nested_table(manifests.tables[root], "workspace", "dependencies"):
        edits = text.put(("dependencies",), crate, "{ workspace = true, optional = true }")
        reason = f"{crate} is an optional dependency, inherited from the workspace, as the feature {said['feature']} names it"
        return manifests.hypothesis([error], reason, {path: edits}, "one more crate with the feature", Cost.ASKED, True)
    return None


def _feature(manifests: PackageManifests, error: Diagnostic, path: str, said: dict[str, str]) -> Hypothesis | None:
    """Correct the name of a dependency's feature by those that cargo lists, or that its manifest here has."""
    listed = re.findall(r"does have feature `([^`]+)`", error.rendered)
    listed += re.findall(r"[\w+-]+", "".join(re.findall(r"available features: (.*)", error.rendered)))
    for folder in manifests.packages.get(said["name"], []):
        listed += nested_table(manifests.tables[posixpath.join(folder, "Cargo.toml")], "features")
    alike = difflib.get_close_matches(said["feature"], list(dict.fromkeys(listed)), 1, 0.6)
    rewrites: dict[str, list[Rewrite]] = {}
    for file, entry in manifests.entries() if alike else ():
        if entry.package == said["name"] and said["feature"] in entry.features:
            text = manifests.text(file)
            for one, node in text.strings(*entry.table, entry.key, "features"):
                if one == said["feature"]:
                    rewrites.setdefault(file, []).append(text.replaced(node, json.dumps(alike[0])))
    reason = f"the feature of {said['name']} is called {alike[0] if alike else ''}, and not {said['feature']}"
    return manifests.hypothesis([error], reason, rewrites, MEANT, Cost.SMALL)


def _file(
    manifests: PackageManifests, error: Diagnostic, path: str, said: dict[str, str]
) -> Iterator[Hypothesis | None]:
    """Lead a target to its file: of the same name elsewhere in the package, else of a similar one."""
    text, kind, folder = manifests.text(path), said.get("kind", "bin"), posixpath.dirname(path)
    situation = manifests.situation
    taken = {one.root for one in crates_of(situation, folder)}
    inside = f"{folder}/" if folder else ""
    free = [
        one[len(inside) :]
        for one in situation.files
        if one.startswith(inside) and one.endswith(".rs") and one not in taken
    ]
    wanted = posixpath.relpath(said.get("path", ""), folder or ".")
    if kind in ("bin", "example"):
        free = [one for one in free if MAIN.search(situation.read(inside + one) or b"")]
    same = [one for one in free if posixpath.basename(one) == posixpath.basename(wanted)]
    found = same if len(same) == 1 else difflib.get_close_matches(wanted, free, 2, LIKE)
    found = found or (free if len(free) == 1 and kind in ("bin", "lib") else [])
    if not found and kind == "bin" and f"{inside}src/main.rs" in situation.files:
        found = ["src/main.rs"]
    at = next((n for n in text.under(kind) if text.string(kind, n, "name") == said.get("name")), None)
    table = (kind,) if kind == "lib" else (kind, at) if at is not None else None
    for file in found[:2] if table else ():
        reason = f"the {kind} {said.get('name', '')} is in {file}: there is nothing at {wanted}"
        edits = text.put(table or (), "path", json.dumps(file), "name")
        yield manifests.hypothesis([error], reason, {path: edits}, MEANT, Cost.SMALL)


def _target(manifests: PackageManifests, error: Diagnostic, path: str) -> Hypothesis | None:
    """Name the file of a package without a target: its only source, or the only one that is called like a target's."""
    folder, situation = posixpath.dirname(path), manifests.situation
    inside = f"{folder}/" if folder else ""
    files = [one[len(inside) :] for one in situation.files if one.startswith(inside) and one.endswith(".rs")]
    files = [one for one in files if one.split("/")[0] not in ("tests", "examples", "benches") and one != "build.rs"]
    called = [one for one in files if posixpath.basename(one).lower() in ("lib.rs", "main.rs")]
    found = called if len(called) == 1 else files
    if len(found) != 1:
        return None
    text, (file,) = manifests.text(path), found
    kind = "bin" if MAIN.search(situation.read(inside + file) or b"") else "lib"
    name = f"name = {json.dumps(text.string('package', 'name'))}\n" if kind == "bin" else ""
    head = "[[bin]]" if kind == "bin" else "[lib]"
    row = f"{'' if text.source.endswith(NEWLINE) else chr(10)}\n{head}\n{name}path = {json.dumps(file)}\n"
    reason = f"{file} is the {'program' if kind == 'bin' else 'library'} of the package: cargo looks for it elsewhere"
    edits = [Rewrite(len(text.source), len(text.source), row)]
    return manifests.hypothesis([error], reason, {path: edits}, MEANT, Cost.SMALL)


def _unread(manifests: PackageManifests, errors: Sequence[Diagnostic]) -> Hypothesis | None:
    """Correct every key that cargo does not know and that is close to one it knows."""
    rewrites: dict[str, list[Rewrite]] = {}
    said: list[str] = []
    for path in manifests.tables:
        text = manifests.text(path)
        for keys, known in _keys(text):
            alike = difflib.get_close_matches(keys[-1].replace("_", "-"), known, 1, LIKE)
            if keys[-1] in known or not alike or text.place(*keys[:-1], alike[0]):
                continue
            at = next((one for one in text.places if one[: len(keys)] == keys), keys)
            edits = text.renamed(keys, alike[0]) if at == keys else []
            if edits:
                rewrites.setdefault(path, []).extend(edits)
                said.append(f"{'.'.join(keys)} in {path} is {alike[0]}")
    reason = f"{'; '.join(said)}: cargo leaves unread what it does not know"
    return manifests.hypothesis(errors, reason, rewrites, MEANT, Cost.SMALL) if said else None


def _keys(text: TomlText) -> Iterator[tuple[tuple[str, ...], Sequence[str]]]:
    """Yield each key of the tables that cargo reads with the keys that it knows there."""
    old = {*DEPENDENCIES, "project"}
    yield from (((key,), TABLES) for key in text.under() if key not in old)
    yield from ((("package", key), KNOWN["package"]) for key in text.under("package"))
    yield from ((("workspace", key), KNOWN["workspace"]) for key in text.under("workspace"))
    yield from ((("lib", key), KNOWN["target"]) for key in text.under("lib") if key != "crate_type")
    for kind in ("bin", "test", "bench", "example"):
        for n in text.under(kind):
            yield from (((kind, n, key), KNOWN["target"]) for key in text.under(kind, n))
    for table in [("workspace", "dependencies"), *((kind,) for kind in DEPENDENCIES)]:
        for name in text.under(*table):
            of = ((*table, name, key) for key in text.under(*table, name))
            yield from ((keys, KNOWN["dependency"]) for keys in of if keys[-1] != "default_features")
