"""The manifests of a workspace in one state, their dependencies, and changes of them together with the lock file."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path, PurePosixPath
from typing import Any

from rusta.library.crate_sources import LockedCrate, UnreadableLock, locked_crates
from rusta.loop.think.hypotheses import Cost, Hypothesis
from rusta.loop.think.situation import Situation
from rusta.loop.think.strategies.manifests.package_manifests import manifest_change, manifest_tables
from rusta.tools.dependency_entries import (
    REQUIREMENT,
    DependencyEntry,
    compatible_with,
    dependency_entries,
    numbers_of,
)
from rusta.tools.diagnostics import Diagnostic
from rusta.tools.lock_file import LOCK
from rusta.tools.manifest import nested_table
from rusta.tools.toml_text import TomlText

TESTED = ("tests", "examples", "benches")


@dataclass(frozen=True)
class ManifestDependency:
    """A dependency of one member: where it is written, and the package that the lock chose for it."""

    path: str  # of the manifest, relative to the folder that cargo runs in
    entry: DependencyEntry
    crate: LockedCrate | None


@dataclass(frozen=True)
class WorkspaceManifests:
    """The manifests of a `Situation`."""

    situation: Situation

    @cached_property
    def tables(self) -> Mapping[str, dict[str, Any]]:
        """Each manifest, parsed, by its path, the root's first."""
        return manifest_tables(self.situation)

    @property
    def paths(self) -> tuple[str, ...]:
        """The paths of all manifests, the root's first."""
        return tuple(self.tables)

    @cached_property
    def crates(self) -> tuple[LockedCrate, ...]:
        """The workspace's own crates and those of its lock; () where they cannot be read."""
        content = tuple(self.situation.read(path) for path in (*self.paths, LOCK))
        return _locked(self.situation.root, hash(content))

    def text(self, path: str, changes: Mapping[str, bytes | None] | None = None) -> TomlText:
        """Return a manifest as text that can be edited, with earlier changes."""
        changed = (changes or {}).get(path)
        return TomlText(changed if changed is not None else self.situation.read(path) or b"")

    def of_package(self, package: str) -> str:
        """Return the path of a package's manifest; the only one, or "", where the package is not known."""
        for path, said in self.tables.items():
            if nested_table(said, "package").get("name") == package:
                return path
        return self.paths[0] if len(self.paths) == 1 else ""

    def dependencies(self, path: str) -> Iterator[ManifestDependency]:
        """Yield the dependencies of a member, each where its version and source are written down."""
        for entry in dependency_entries(self.tables.get(path, {})):
            if entry.table[0] != "workspace":
                yield ManifestDependency(
                    path, entry, self._crate(self.source_of(ManifestDependency(path, entry, None)).entry)
                )

    def source_of(self, one: ManifestDependency) -> ManifestDependency:
        """Return the entry of `[workspace.dependencies]` that an entry inherits, else the entry itself."""
        if one.entry.inherited:
            for path, said in self.tables.items():
                for entry in dependency_entries(said):
                    if entry.table == ("workspace", "dependencies") and entry.key == one.entry.key:
                        return ManifestDependency(path, entry, self._crate(entry))
        return one

    def _crate(self, entry: DependencyEntry) -> LockedCrate | None:
        alike = [one for one in self.crates if one.name == entry.package]
        fitting = [one for one in alike if allows(entry.requirement, one.version)]
        return next(iter(fitting or alike), None)

    def member_folder(self, path: str) -> str:
        """Return the folder of a manifest, relative to the root: "" for the root's."""
        folder = str(PurePosixPath(path).parent)
        return "" if folder == "." else folder

    def only_tested(self, path: str, errors: Sequence[Diagnostic]) -> bool:
        """Return whether all these errors lie in tests, examples and benches of a member, or below `#[cfg(test)]`."""
        return all(self._tested(path, one) for one in errors)

    def _tested(self, path: str, error: Diagnostic) -> bool:
        place, folder = error.primary, self.member_folder(path)
        if place is None:
            return False
        inside = PurePosixPath(place.path)
        if folder and inside.is_relative_to(folder):
            inside = inside.relative_to(folder)
        if inside.parts[:1] and inside.parts[0] in TESTED:
            return True
        code = self.situation.code(place.path)
        node = code.node(place.start, place.end) if code else None
        while node is not None and code is not None:
            above = node.prev_named_sibling
            while above is not None and above.type in ("attribute_item", "line_comment", "block_comment"):
                if "".join(code.text(above).split()).startswith(("#[cfg(test)", "#[test]", "#[tokio::test")):
                    return True
                above = above.prev_named_sibling
            node = node.parent
        return False

    def hypothesis(
        self,
        errors: Sequence[Diagnostic],
        reason: str,
        trade_off: str,
        manifests: Mapping[str, bytes | None],
    ) -> Hypothesis | None:
        """Return a change of manifests with the lock that belongs to it; None where cargo cannot resolve it offline."""
        return manifest_change(self.situation, errors, reason, trade_off, manifests, Cost.ASKED, locked=True)


def allows(requirement: str, version: str) -> bool:
    """Return whether a requirement of one comparison allows a version; others allow every version."""
    found = REQUIREMENT.fullmatch(requirement)
    if not found:
        return True
    wanted, given = numbers_of(found["numbers"]), numbers_of(version)
    if found["sign"] == "=":
        return given[: len(wanted)] == wanted
    same = wanted[:2] if found["sign"] == "~" else compatible_with(found["numbers"])
    return given[: len(same)] == same and given >= wanted


@lru_cache(8)
def _locked(root: Path, content: int) -> tuple[LockedCrate, ...]:
    try:
        return locked_crates(root)
    except UnreadableLock:
        return ()
