"""Bring two versions of one crate in the graph together, by the requirement of the person's own manifest.

It applies where rustc says that "there are multiple different versions of crate `x` in the dependency graph" (E0053,
E0271, E0277, E0308 beside it), and where a mismatch names one type of such a crate twice: a type of one version is not
that of the other. Where the manifest asks for the lower version and another dependency brings the higher one, the
manifest asks for the higher. Where the manifest asks for the higher one, or does not name the crate, the dependency that
brings the lower is raised to a version that uses the higher. A version is never lowered, and only versions on this
machine are taken. Source: The Cargo Book, "Dependency Resolution" (version-incompatible duplicates). Not covered: an
older version that only dependencies of dependencies bring.
"""

import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

from rusta.library.cached_crates import cached_versions
from rusta.library.crate_sources import LARGEST_LOCK, LockedCrate
from rusta.loop.think.hypotheses import Hypothesis
from rusta.loop.think.situation import Situation
from rusta.loop.think.strategies.dependencies.workspace_manifests import ManifestDependency, WorkspaceManifests, allows
from rusta.tools.dependency_entries import (
    dependency_entries,
    numbers_of,
    parsed_manifest,
    requirement_like,
    with_requirement,
)
from rusta.tools.diagnostics import Diagnostic
from rusta.tools.lock_file import LOCK

SEVERAL = re.compile(r"(?:two|multiple) different versions of (?:the )?crate `([\w-]{1,100})`")
MISMATCHED = {"E0308", "E0277", "E0053", "E0271"}
MOST = 3  # crates
MOST_ERRORS = 20
TRIED = 3  # versions of a dependency


def crate_versions(situation: Situation) -> Iterator[Hypothesis]:
    """Yield requirements that leave one version of a crate."""
    several: dict[str, list[Diagnostic]] = {}
    for error in situation.errors:
        for said in (error.message, *(child.message for child in error.children)):
            if found := SEVERAL.search(said):
                several.setdefault(found[1].replace("-", "_"), []).append(error)
    alike = [] if several else [error for error in situation.errors if error.code in MISMATCHED]
    if not several and not alike:
        return
    manifests = WorkspaceManifests(situation)
    for error in alike[:MOST_ERRORS]:
        for name in _namesakes(manifests, error):
            several.setdefault(name, []).append(error)
    for name, errors in list(several.items())[:MOST]:
        versions = [one for one in manifests.crates if one.library == name or one.name.replace("-", "_") == name]
        brought = _brought(situation.read(LOCK), versions[0].name) if len(versions) > 1 else {}
        for path in dict.fromkeys(manifests.of_package(error.package) for error in errors):
            if path and brought:
                yield from _aligned(manifests, path, versions, brought, errors)


def _namesakes(manifests: WorkspaceManifests, error: Diagnostic) -> list[str]:
    """Return the crates of which there are two in the lock, and of which this error names one type twice."""
    said = "\n".join(
        [error.message, *(span.label or "" for span in error.spans), *(one.message for one in error.children)]
    )
    counted = Counter(one.library for one in manifests.crates if not one.own)
    found = []
    for name in (name for name, count in counted.items() if count > 1):
        types = re.findall(rf"\b{re.escape(name)}::(?:\w+::)*([A-Z]\w*)", said)
        if any(len(re.findall(rf"\b{one}\b", said)) > types.count(one) for one in types):
            found.append(name)
    return found


def _aligned(
    manifests: WorkspaceManifests,
    path: str,
    versions: list[LockedCrate],
    brought: dict[str, list[tuple[str, str]]],
    errors: list[Diagnostic],
) -> Iterator[Hypothesis]:
    """One requirement raised: of the crate itself, or of what brings its older version."""
    package, facts = versions[0].name, _facts(versions, brought)
    direct = {one.entry.package: one for one in manifests.dependencies(path) if one.crate}
    own = direct.get(package)
    highest = max((one.version for one in versions), key=numbers_of)
    at = own.crate.version if own and own.crate else highest  # of the versions, the one that should remain or rise
    for other in versions:
        names = [name for name, _ in brought.get(other.version, ())]
        by = [name for name in names if name in direct]
        if own and numbers_of(other.version) > numbers_of(at) and names:
            source = manifests.source_of(own)
            wanted = requirement_like(source.entry.requirement, other.version)
            uses = f"the one that {(by or names)[0]} uses, so that there is one"
            reason = f"{facts}; {source.path} asks for {package} {wanted} now, {uses}"
            yield from _offered(manifests, source, wanted, reason, errors)
        elif numbers_of(other.version) < numbers_of(at):
            for name in by:
                dependency = manifests.source_of(direct[name])
                for newer in _using(name, package, at, dependency)[:TRIED]:
                    wanted = requirement_like(dependency.entry.requirement, newer)
                    reason = f"{facts}; {dependency.path} asks for {name} {wanted} now, which uses {package} {at}"
                    yield from _offered(manifests, dependency, wanted, reason, errors)


def _offered(
    manifests: WorkspaceManifests, source: ManifestDependency, wanted: str, reason: str, errors: list[Diagnostic]
) -> Iterator[Hypothesis]:
    text = manifests.text(source.path)
    changed = {source.path: text.rewritten(with_requirement(text, source.entry, wanted))}
    was = source.crate.version if source.crate else "the version before"
    price = f"{source.entry.package} is another version than {was}, whose changes nobody has read"
    if hypothesis := manifests.hypothesis(errors, reason, price, changed):
        yield hypothesis


def _using(name: str, package: str, version: str, now: ManifestDependency) -> list[str]:
    """Return versions of a crate on this machine, higher than the present one, that use this version of a package."""
    assert now.crate is not None
    found = []
    for one in cached_versions(name):
        if numbers_of(one.version) > numbers_of(now.crate.version):
            of = [entry for entry in dependency_entries(one.manifest) if entry.package == package]
            if any(allows(entry.requirement, version) for entry in of):
                found.append(one.version)
    return found


def _brought(lock: bytes | None, name: str) -> dict[str, list[tuple[str, str]]]:
    """Return, by version of a package, the name and version of each package whose lock entry depends on it."""
    found: dict[str, list[tuple[str, str]]] = {}
    packages: Any = parsed_manifest(lock, LARGEST_LOCK).get("package")
    for package in packages if isinstance(packages, list) else ():
        needs = package.get("dependencies") if isinstance(package, dict) else None
        for one in needs if isinstance(needs, list) else ():
            said = one.split(" ") if isinstance(one, str) else []
            if said[:1] == [name] and len(said) > 1:
                found.setdefault(said[1], []).append((str(package.get("name")), str(package.get("version"))))
    return found


def _facts(versions: list[LockedCrate], brought: dict[str, list[tuple[str, str]]]) -> str:
    """Say which versions there are, and who brings each."""
    said = []
    for one in sorted(versions, key=lambda one: numbers_of(one.version)):
        by = [f"{name} {version}" for name, version in brought.get(one.version, ())][:2]
        said.append(f"{one.version} (of {' and '.join(by) or 'the lock'})")
    return f"there are two versions of {versions[0].name}, {', '.join(said)}, whose types are not the same"
