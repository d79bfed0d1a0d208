"""Name a crate in the manifest that the sources use and the manifest lacks.

It applies to E0432, E0433 and E0463 where rustc says that a module or crate is "unlinked", or cannot be found. The crate
is a member of the workspace (added by its path), one of `[workspace.dependencies]` (inherited), one that the lock has
already (the same version), or the newest in cargo's cache that the member's `rust-version` allows, with the features that
the items need which the sources use. It becomes a dependency of tests where only tests, examples and benches use it, and
of the build script where only that does. All that lack are one hypothesis. Source: The Cargo Book, "Specifying
Dependencies"; rustc --explain E0432, E0433, E0463. Not covered: a crate that is not on this machine, whose name may be
anybody's; and a feature that only a trait's implementation needs, which the errors after it name.
"""

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from rusta.library.cached_crates import cached_versions
from rusta.library.crate_sources import LockedCrate
from rusta.library.use_paths import use_leaves
from rusta.loop.think.hypotheses import Hypothesis
from rusta.loop.think.situation import Situation
from rusta.loop.think.strategies.dependencies.feature_requests import FeatureReader
from rusta.loop.think.strategies.dependencies.workspace_manifests import ManifestDependency, WorkspaceManifests
from rusta.tools.dependency_entries import (
    DependencyEntry,
    dependency_entries,
    dependency_value,
    newest,
    numbers_of,
    with_dependency,
)
from rusta.tools.diagnostics import Diagnostic
from rusta.tools.manifest import nested_table

UNLINKED = re.compile(r"unresolved module or unlinked crate `(\w{1,100})`|can't find crate for `(\w{1,100})`")
OURS = frozenset(("std", "core", "alloc", "proc_macro", "test", "crate", "self", "super"))
MOST = 12  # crates
MOST_USED = 40  # items of one crate
QUOTE = chr(34)
PRICE = "one more crate is trusted and built, by everybody who builds this"


@dataclass(frozen=True)
class _Added:
    """A dependency to be added to a table (`kind`) of a manifest, and the errors that ask for it."""

    path: str
    kind: str
    key: str
    value: str
    errors: list[Diagnostic]


def missing_dependency(situation: Situation) -> Iterator[Hypothesis]:
    """Yield manifests that name the crates that lack: all together, then each alone."""
    lacking: dict[tuple[str, str], list[Diagnostic]] = {}
    for error in situation.errors:
        if error.code in ("E0432", "E0433", "E0463"):
            for said in (error.message, *(span.label or "" for span in error.spans)):
                if (found := UNLINKED.search(said)) and (name := found[1] or found[2]) not in OURS:
                    errors = lacking.setdefault((error.package, name), [])
                    errors += [] if error in errors else [error]
    if not lacking:
        return
    manifests = WorkspaceManifests(situation)
    added: list[_Added] = []
    for (package, name), errors in list(lacking.items())[:MOST]:
        path = manifests.of_package(package)
        if path and (found := _found(manifests, path, name)):
            added.append(_Added(path, _kind(manifests, path, errors), found[0], found[1], errors))
    if whole := _hypothesis(manifests, added):
        yield whole
        return
    alone = [(one, hypothesis) for one in added if (hypothesis := _hypothesis(manifests, [one]))]
    if 1 < len(alone) < len(added) and (most := _hypothesis(manifests, [one for one, _ in alone])):
        yield most  # what one of them needs is not on this machine
        return
    yield from (hypothesis for _, hypothesis in alone)


def _hypothesis(manifests: WorkspaceManifests, added: list[_Added]) -> Hypothesis | None:
    changes: dict[str, bytes | None] = {}
    for one in added:
        text = manifests.text(one.path, changes)
        changes[one.path] = text.rewritten(with_dependency(text, one.kind, one.key, one.value))
    reasons = [
        f"{one.key} is named in the [{one.kind}] of {one.path}, as the sources use it ({one.value.replace(QUOTE, '')})"
        for one in added
    ]
    return manifests.hypothesis([error for one in added for error in one.errors], "; ".join(reasons), PRICE, changes)


def _found(manifests: WorkspaceManifests, path: str, name: str) -> tuple[str, str] | None:
    """Return how a crate of this name is written as a dependency of a member: its key and value."""
    shared = [
        entry for said in manifests.tables.values() for entry in dependency_entries(said)
        if entry.table == ("workspace", "dependencies") and entry.rust_name == name
    ]  # fmt: skip
    if shared:
        return shared[0].key, "{ workspace = true }"
    root = manifests.situation.root
    for one in manifests.crates:
        if one.own and one.root and one.library == name and one.root != root / manifests.member_folder(path):
            where = os.path.relpath(one.root, root / manifests.member_folder(path))
            return one.name, dependency_value({"path": PurePosixPath(Path(where)).as_posix()})
    locked = [one for one in manifests.crates if not one.own and one.root and one.is_called(name)]
    if locked:
        version = newest([one.version for one in locked])
        crate = next(one for one in locked if one.version == version)
        return crate.name, dependency_value(_fields(manifests, path, name, crate))
    said = nested_table(manifests.tables.get(path, {}), "package")
    rust = said.get("rust-version")
    if isinstance(rust, dict):
        rust = nested_table(manifests.tables.get(manifests.paths[0], {}), "workspace", "package").get("rust-version")
    least = numbers_of(rust) if isinstance(rust, str) else ()
    for key in dict.fromkeys((name, name.replace("_", "-"))):
        if fitting := [one for one in cached_versions(key) if one.runs_on(least)]:
            crate = LockedCrate(key, fitting[0].version, fitting[0].root, False, library=name)
            return key, dependency_value(_fields(manifests, path, name, crate))
    return None


def _fields(manifests: WorkspaceManifests, path: str, name: str, crate: LockedCrate) -> dict[str, Any]:
    """The version, and the features that the items need which a member's sources use."""
    used, derived = dict[str, None](), set[str]()
    folder = manifests.member_folder(path)
    for file in manifests.situation.files:
        text = (
            manifests.situation.read(file)
            if file.endswith(".rs") and (not folder or file.startswith(f"{folder}/"))
            else None
        )
        if text is None or name.encode() not in text:
            continue
        source = text.decode("utf-8", "replace")
        derived |= {one for of in re.findall(r"#\[derive\(([^)]{0,500})\)", source) for one in re.findall(r"\w+", of)}
        used |= dict.fromkeys(re.findall(rf"\b{name}::(\w+)", source))
        for declared in re.findall(rf"\buse\s+({name}::[^;]{{1,2000}});", source):
            used |= {leaf[1]: None for leaf, _ in use_leaves(declared) if len(leaf) > 1}
    entry = DependencyEntry(("dependencies",), crate.name, crate.name, _plain(crate.version), (), True, False, "")
    reader = FeatureReader(manifests, path, ManifestDependency(path, entry, crate))
    features = reader.of_new(name, list(used)[:MOST_USED], derived)
    return {"version": _plain(crate.version), **({"features": features} if features else {})}


def _plain(version: str) -> str:
    return version.partition("+")[0]


def _kind(manifests: WorkspaceManifests, path: str, errors: list[Diagnostic]) -> str:
    folder = manifests.member_folder(path)
    build = str(PurePosixPath(folder, "build.rs"))
    if all(one.primary and one.primary.path == build for one in errors):
        return "build-dependencies"
    return "dev-dependencies" if manifests.only_tested(path, errors) else "dependencies"
