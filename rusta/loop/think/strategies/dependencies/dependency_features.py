"""Turn on the features of a dependency that the errors ask for, in the manifest of the member that uses it.

It applies where an item, a trait's implementation, a method or a macro of a locked dependency is gated by a feature
that the manifest leaves off (E0277, E0432, E0433, E0599, macros that are not found). All features that the errors of
one dependency ask for are one hypothesis, and those of all dependencies together come first. A dependency that only tests use
stays one of tests. Source: The Cargo Book, "Features" and "Specifying Dependencies". Not covered: features of the
person's own crate, and ones that lie behind a build script.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from rusta.library.feature_gates import crate_features
from rusta.loop.think.hypotheses import Hypothesis, beside_features
from rusta.loop.think.situation import Situation
from rusta.loop.think.strategies.dependencies.feature_requests import FeatureReader, FeatureRequest
from rusta.loop.think.strategies.dependencies.workspace_manifests import ManifestDependency, WorkspaceManifests
from rusta.tools.dependency_entries import dependency_value, with_dependency, with_features
from rusta.tools.diagnostics import Diagnostic

CODES = {"E0277", "E0369", "E0432", "E0433", "E0599", "E0425", "E0412", "E0405", None}
MOST = 80  # errors that are looked at
KINDS = 4  # dependencies
PRICE = "more of the dependency is compiled, and whoever builds this needs it too"


@dataclass
class _Asked:
    """What the errors ask of one dependency of one member."""

    dependency: ManifestDependency
    features: dict[str, None] = field(default_factory=dict)
    lacks: list[str] = field(default_factory=list)
    errors: list[Diagnostic] = field(default_factory=list)


def dependency_features(situation: Situation) -> Iterator[Hypothesis]:
    """Yield features to turn on."""
    errors = [one for one in situation.errors if one.code in CODES][:MOST]
    if not errors:
        return
    manifests = WorkspaceManifests(situation)
    readers: dict[str, FeatureReader] = {}
    asked: dict[tuple[str, str], _Asked] = {}
    said: dict[tuple[str, str], FeatureRequest | None] = {}
    for error in errors:
        path = manifests.of_package(error.package)
        if not path:
            continue
        reader = readers.setdefault(path, FeatureReader(manifests, path))
        key = (path, error.message)
        if key not in said:
            said[key] = next(reader.requests(error), None)
        if request := said[key]:
            of = asked.setdefault((path, request.dependency.entry.key), _Asked(request.dependency))
            of.features = _needed(request.dependency, [*of.features, *sorted(request.features)])
            of.lacks.append(request.lacks)
            of.errors.append(error)
    each = list(asked.values())
    whole = _hypothesis(manifests, each) if len(each) > 1 else None
    alone = [(one, hypothesis) for one in each[:KINDS] if (hypothesis := _hypothesis(manifests, [one]))]
    if whole is None and 1 < len(alone) < len(each):  # what one of them needs is not on this machine
        whole = _hypothesis(manifests, [one for one, _ in alone])
    yield from [whole] if whole else []
    yield from (hypothesis for _, hypothesis in alone)
    yield from beside_features(situation.errors, situation.read)


def _hypothesis(manifests: WorkspaceManifests, asked: Sequence[_Asked]) -> Hypothesis | None:
    changes: dict[str, bytes | None] = {}
    for one in asked:
        changes |= _edited(manifests, one, changes)
    reasons = [
        f"{_listed(one.features)} of {one.dependency.entry.package} {'is' if len(one.features) == 1 else 'are'} turned on: "
        f"{one.lacks[0].replace('with them', 'with it' if len(one.features) == 1 else 'with them')}"
        for one in asked
    ]
    return manifests.hypothesis([error for one in asked for error in one.errors], "; ".join(reasons), PRICE, changes)


def _edited(manifests: WorkspaceManifests, asked: _Asked, changes: dict[str, bytes | None]) -> dict[str, bytes | None]:
    """The manifest with the features of one dependency: of the tests' entry where only tests need it, else the first."""
    path, key, features = asked.dependency.path, asked.dependency.entry.key, list(asked.features)
    entries = [one for one in manifests.dependencies(path) if one.entry.key == key]
    tested = manifests.only_tested(path, asked.errors)
    wanted = [one for one in entries if (one.entry.kind == "dev-dependencies") == tested]
    if not wanted and tested and entries:  # used by the library without the feature
        entry = entries[0].entry
        fields: dict[str, object] = {"workspace": True} if entry.inherited else {}
        fields |= {"version": entry.requirement} if entry.requirement else {}
        fields |= {"path": entry.path} if entry.path else {}
        fields |= {"package": entry.package} if entry.package != key else {}
        fields |= {} if entry.defaults or entry.inherited else {"default-features": False}
        if fields:
            value = dependency_value({**fields, "features": features})
            text = manifests.text(path, changes)
            return {path: text.rewritten(with_dependency(text, "dev-dependencies", key, value))}
    found = next(iter(wanted or entries), asked.dependency)
    sharing = [other for other in manifests.paths if other != path and _inherits(manifests, other, key)]
    if found.entry.inherited and sharing and _all_ask(manifests, asked, sharing):
        found = manifests.source_of(found)
    text = manifests.text(found.path, changes)
    return {found.path: text.rewritten(with_features(text, found.entry, features))}


def _inherits(manifests: WorkspaceManifests, path: str, key: str) -> bool:
    return any(one.entry.key == key and one.entry.inherited for one in manifests.dependencies(path))


def _all_ask(manifests: WorkspaceManifests, asked: _Asked, others: Sequence[str]) -> bool:
    packages = {error.package for error in manifests.situation.errors}
    return any(manifests.tables[path].get("package", {}).get("name") in packages for path in others)


def _needed(dependency: ManifestDependency, features: Sequence[str]) -> dict[str, None]:
    """Return features without those that another of them turns on."""
    root = dependency.crate.root if dependency.crate else None
    known = crate_features(root) if root else None
    named = list(dict.fromkeys(features))
    return {
        one: None for one in named
        if known is None or not any(other != one and one in known.closure(other) for other in named)
    }  # fmt: skip


def _listed(features: Sequence[str] | dict[str, None]) -> str:
    names = [f"`{one}`" for one in features]
    if len(names) == 1:
        return f"the feature {names[0]}"
    return f"the features {', '.join(names[:-1])} and {names[-1]}"
