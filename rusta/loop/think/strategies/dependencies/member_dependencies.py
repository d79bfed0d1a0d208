"""The dependencies of one member of a workspace, at the versions of the lock, and the features that it turns on of them.

Names in the member's sources are traced to the dependency that they are of. Not covered: a name that comes in by a glob.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from rusta.library.crate_sources import LockedCrate
from rusta.library.feature_gates import Ways, crate_features, gated_finds
from rusta.library.use_paths import use_leaves
from rusta.loop.think.strategies.dependencies.workspace_manifests import ManifestDependency, WorkspaceManifests
from rusta.tools.diagnostics import Diagnostic, Span


@dataclass(frozen=True)
class FeatureRequest:
    """A dependency of a member, the features that it should have on, and what it lacks without them, in words."""

    dependency: ManifestDependency
    features: frozenset[str]
    lacks: str


class MemberDependencies:
    """The dependencies of one manifest."""

    def __init__(self, manifests: WorkspaceManifests, path: str, new: ManifestDependency | None = None) -> None:
        """Read a manifest's dependencies, or the one (`new`) that it is about to have."""
        self.manifests = manifests
        self.direct = [new] if new else [one for one in manifests.dependencies(path) if one.crate and one.crate.root]

    def asked(self, crate: LockedCrate, ways: Ways, lacks: str) -> Iterator[FeatureRequest]:
        """Turn what a crate needs into features of a direct dependency: its own, or ones that forward to it."""
        for one in self.direct:
            root = one.crate.root if one.crate else None
            if root is None or one.crate is None:
                continue
            features = crate_features(root)
            on = self.turned_on(one)
            own = one.crate.root == crate.root
            said = crate_features(crate.root) if crate.root else None
            wanted = list[tuple[int, frozenset[str]]]()
            for way in ways:
                needed = {feature for feature in way if not feature.startswith("!")}
                if own and needed <= on:
                    return  # it is there already, and not the reason
                if own and any(feature.removeprefix("!") in on for feature in way - needed):
                    continue
                if own:
                    named = {features.smallest(feature) for feature in needed if feature not in on}
                elif said is None or any(feature not in said.declared for feature in needed):
                    continue
                else:
                    named = {features.forwards(crate.name, feature) for feature in needed} - on
                if named and "" not in named:
                    wanted.append((len(way) - len(needed), frozenset(named)))
            if wanted:  # what stands in while a feature is off comes last, then what turns on least
                best = min(wanted, key=lambda some: (some[0], len(features.closure(*some[1])), sorted(some[1])))[1]
                yield FeatureRequest(one, best, lacks)
                return

    def turned_on(self, one: ManifestDependency) -> frozenset[str]:
        """The features of a dependency that the manifest turns on."""
        source = self.manifests.source_of(one).entry
        root = one.crate.root if one.crate else None
        features = crate_features(root) if root else None
        named = [
            *one.entry.features,
            *source.features,
            *(["default"] if one.entry.defaults and source.defaults else []),
        ]
        return features.closure(*named) if features else frozenset(named)

    def owner(self, span: Span) -> LockedCrate | None:
        """The crate that a note's place lies in, other than the workspace's own under the root's own folder."""
        path = PurePosixPath(span.path)
        for one in self.manifests.crates:
            if one.root and path.is_absolute() and path.is_relative_to(one.root):
                return one
            inside = one.root and not path.is_absolute() and one.root != self.manifests.situation.root
            if inside and one.root and (self.manifests.situation.root / path).is_relative_to(one.root):
                return one
        return None

    def called(self, path: str, error: Diagnostic | None) -> ManifestDependency | None:
        """The dependency that a path begins with, or whose item a `use` of the error's file brings in by this name."""
        first = path.partition("::")[0]
        for one in self.direct:
            if one.entry.rust_name == first and ("::" in path or error is None or path == first):
                return one
        code = self.manifests.situation.code(error.primary.path) if error and error.primary else None
        if code is not None:
            for declared in re.finditer(rb"\buse\s+([^;]{1,2000});", code.source):
                for leaf, name in use_leaves(declared[1].decode("utf-8", "replace")):
                    if name == first and (
                        found := next((o for o in self.direct if o.entry.rust_name == leaf[0]), None)
                    ):
                        return found
        return next((one for one in self.direct if one.crate and one.crate.root and self._defines(one, first)), None)

    def _defines(self, one: ManifestDependency, name: str) -> bool:
        root = one.crate.root if one.crate else None
        if not root or not re.fullmatch(r"[A-Z]\w*", name):
            return False
        return bool(gated_finds(root, rf"\bpub\s+(?:struct|enum|union|trait|type)\s+{name}\b"))

    def with_parts(self, one: ManifestDependency) -> Sequence[LockedCrate]:
        """A dependency, and the crates it is made of: `serde_core` of `serde`, `futures-util` of `futures`."""
        if one.crate is None:
            return ()
        parts = (f"{one.crate.name}_", f"{one.crate.name}-")
        return [one.crate, *(other for other in self.manifests.crates if other.name.startswith(parts) and other.root)]
