"""Packages that a workspace does not find: not listed, listed where they are not, or named by a wrong path.

Applies to cargo's own errors. A package below the workspace that cargo refuses is listed in `members`; an entry of
`members`, or the `path` of a dependency, that leads to nothing is led to the one package of that name; a path that leads
to a package of another name gets its name, and a version that the package at the path does not have gets the one it has.
Of two roots, one within the other, the inner one is none if its `[workspace]` table is empty.

Source: the Cargo Book, "Workspaces" and "Specifying Dependencies". Not covered: a package that is meant to stand by itself
(`exclude`, or a `[workspace]` of its own), and one that is nowhere below the workspace.
"""

import difflib
import json
import posixpath
import re
from collections.abc import Iterator

from rusta.loop.think.hypotheses import Cost, Hypothesis
from rusta.loop.think.situation import Situation
from rusta.loop.think.strategies.manifests.package_manifests import MANIFEST, PackageManifests, path_from
from rusta.tools.cargo_faults import Fault, facts
from rusta.tools.diagnostics import Diagnostic
from rusta.tools.statements import Rewrite

JOINS = "it is built, tested and locked with the workspace from now on"
PLACE = "nothing that I can see: the same package, by the way that leads there"


def workspace_members(situation: Situation) -> Iterator[Hypothesis]:
    """Yield what makes cargo find the packages that its errors are about."""
    manifests = PackageManifests(situation)
    for error in situation.errors:
        said = facts(error) if error.code and error.code.startswith("cargo::") else {}
        made: list[Hypothesis | None] = []
        match error.code:
            case Fault.outside_workspace:
                made = [_listed(manifests, error, said)]
            case Fault.two_roots:
                made = [_one_root(manifests, error, said)]
            case Fault.member:
                made = [_renamed_member(manifests, error, said)]
            case Fault.dependency_path:
                made = [_led(manifests, error, said)]
            case Fault.dependency_name:
                made = list(_named(manifests, error, said))
            case Fault.dependency_version:
                made = [_versioned(manifests, error, said)]
            case Fault.dependency_source:
                made = [_sourced(manifests, error, said)]
        yield from (one for one in made if one)


def _listed(manifests: PackageManifests, error: Diagnostic, said: dict[str, str]) -> Hypothesis | None:
    root, folder = said.get("root", ""), posixpath.dirname(said.get("manifest", ""))
    if root not in manifests.tables or not folder:
        return None
    item = path_from(posixpath.dirname(root), folder)
    text = manifests.text(root)
    edits = text.appended(("workspace", "members"), json.dumps(item))
    if not edits and text.value("workspace", "members") is None:
        edits = text.put(("workspace",), "members", f"[{json.dumps(item)}]")
    reason = (
        f"{item} is a member of the workspace of {root}, in which it lies: cargo refuses it as long as it is not listed"
    )
    return manifests.hypothesis([error], reason, {root: edits}, JOINS, Cost.SMALL)


def _one_root(manifests: PackageManifests, error: Diagnostic, said: dict[str, str]) -> Hypothesis | None:
    """Take the empty `[workspace]` table out of a member."""
    path = posixpath.normpath(posixpath.join(said.get("folder", ""), MANIFEST))
    text = manifests.text(path) if path in manifests.tables else None
    place = text.place("workspace") if text else None
    if text is None or place is None or text.under("workspace"):
        return None
    end = text.source.find(b"\n", place[1]) + 1 or len(text.source)
    if text.source[place[1] : end].strip():  # a comment on the line
        return None
    reason = f"{path} is a member, and no workspace of its own: its empty `[workspace]` table goes"
    return manifests.hypothesis([error], reason, {path: [Rewrite(place[0], end, "")]}, JOINS, Cost.SMALL)


def _renamed_member(manifests: PackageManifests, error: Diagnostic, said: dict[str, str]) -> Hypothesis | None:
    root, wanted = said.get("root", ""), said.get("folder", "")
    if root not in manifests.tables:
        return None
    base, text = posixpath.dirname(root), manifests.text(root)
    listed = {
        posixpath.normpath(posixpath.join(base, item)): node for item, node in text.strings("workspace", "members")
    }
    others = [posixpath.dirname(path) for path in manifests.tables if path != root]
    free = [folder for folder in others if folder not in listed]
    last = posixpath.basename(wanted)
    found = [one for one in manifests.packages.get(last, []) if one in free]
    found = found or [one for one in free if posixpath.basename(one) == last]
    found = found or difflib.get_close_matches(wanted, free, 1, 0.7)
    if len(found) != 1 or wanted not in listed:
        return None
    item = path_from(base, found[0])
    reason = f"the member {wanted} is listed as {item}: that is where the package lies"
    return manifests.hypothesis(
        [error], reason, {root: [text.replaced(listed[wanted], json.dumps(item))]}, PLACE, Cost.NONE
    )


def _led(manifests: PackageManifests, error: Diagnostic, said: dict[str, str]) -> Hypothesis | None:
    """Lead every path to the missing folder to the package that is meant."""
    gone = posixpath.normpath(posixpath.dirname(said.get("path", "")))
    rewrites: dict[str, list[Rewrite]] = {}
    new = ""
    for path, entry in manifests.entries():
        folder = posixpath.dirname(path)
        if not entry.path or posixpath.normpath(posixpath.join(folder, entry.path)) != gone:
            continue
        places = manifests.packages.get(entry.package, [])
        if len(places) != 1:
            return None
        new = path_from(folder, places[0])
        rewrites.setdefault(path, []).extend(
            manifests.text(path).put((*entry.table, entry.key), "path", json.dumps(new))
        )
    reason = f"{said.get('name', '')} is found where it lies now: its path is {new}, and there is nothing at {gone}"
    return manifests.hypothesis([error], reason, rewrites, PLACE, Cost.NONE)


def _named(manifests: PackageManifests, error: Diagnostic, said: dict[str, str]) -> Iterator[Hypothesis | None]:
    """Give a dependency the name, or the path, of the package that is meant."""
    wanted, there = said.get("name", ""), posixpath.normpath(said.get("location", ""))
    called = next(
        (one for one, places in manifests.packages.items() if there.rstrip("/") in [p or "." for p in places]), ""
    )
    for path, entry in manifests.entries():
        folder = posixpath.dirname(path)
        if entry.package != wanted or not entry.path or posixpath.normpath(posixpath.join(folder, entry.path)) != there:
            continue
        text, at = manifests.text(path), (*entry.table, entry.key)
        if len(places := manifests.packages.get(wanted, [])) == 1:
            new = path_from(folder, places[0])
            reason = f"the path of {entry.key} is {new}, where the package {wanted} lies"
            yield manifests.hypothesis([error], reason, {path: text.put(at, "path", json.dumps(new))}, PLACE, Cost.NONE)
        elif called:
            reason = f"the package at {entry.path} is called {called}, so {entry.key} names it"
            used = any(re.search(rf"\b{re.escape(entry.rust_name)}\b", source) for source in manifests.sources(folder))
            kept = text.put(at, "package", json.dumps(called))
            edits = kept if used or entry.key != wanted else text.renamed(at, called)
            yield manifests.hypothesis([error], reason, {path: edits}, PLACE, Cost.NONE)


def _versioned(manifests: PackageManifests, error: Diagnostic, said: dict[str, str]) -> Hypothesis | None:
    there, rewrites = posixpath.normpath(said.get("location", "")), dict[str, list[Rewrite]]()
    for path, entry in manifests.entries():
        inside = posixpath.normpath(posixpath.join(posixpath.dirname(path), entry.path)) if entry.path else ""
        if entry.package == said.get("name") and inside == there and entry.requirement:
            edits = manifests.text(path).put((*entry.table, entry.key), "version", json.dumps(said["found"]))
            rewrites.setdefault(path, []).extend(edits)
    reason = f"{said.get('name', '')} is asked for as {said.get('found', '')}, which is what lies at {there}"
    return manifests.hypothesis([error], reason, rewrites, PLACE, Cost.SMALL)


def _sourced(manifests: PackageManifests, error: Diagnostic, said: dict[str, str]) -> Hypothesis | None:
    """Say where a dependency comes from that has neither a version nor a path: the workspace, or a package of it."""
    path, rewrites = error.primary.path if error.primary else "", dict[str, list[Rewrite]]()
    root = next((one for one, table in manifests.tables.items() if "workspace" in table), MANIFEST)
    if "without providing" not in error.message:
        return None
    where = ""
    for at, entry in manifests.entries():
        if at != path or entry.key != said.get("name") or entry.inherited or entry.requirement or entry.path:
            continue
        keys, places = (*entry.table, entry.key), manifests.packages.get(entry.package, [])
        if manifests.text(root).place("workspace", "dependencies", entry.key):
            where = "the workspace's table"
            rewrites.setdefault(path, []).extend(manifests.text(path).put(keys, "workspace", "true"))
        elif len(places) == 1:
            where = new = path_from(posixpath.dirname(path), places[0])
            rewrites.setdefault(path, []).extend(manifests.text(path).put(keys, "path", json.dumps(new)))
    reason = f"{said.get('name', '')} comes from {where}: its entry said nothing about that"
    return manifests.hypothesis([error], reason, rewrites, PLACE, Cost.NONE)
