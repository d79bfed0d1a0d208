"""What a release re-exports of other crates, as items of its own, so far as the sources of those lie on this machine.

The version of a dependency is the newest here that its manifest allows, as cargo would take it. What cannot be read stays a re-export,
below which anything may be. Not covered: dependencies on repositories and paths, and requirements of more than one comparison.
"""

from collections.abc import Iterator, Set
from dataclasses import replace
from pathlib import Path

from rusta.library.cached_crates import CachedCrate, cached_versions
from rusta.library.source_files import FolderFiles
from rusta.mirror.api import CrateApi, ForeignExport, public_api
from rusta.mirror.foreign_items import exported_items
from rusta.mirror.release_sources import source_length
from rusta.tools.dependency_entries import REQUIREMENT, DependencyEntry, compatible_with, dependency_entries, numbers_of
from rusta.tools.workspace_files import read_toml

MOST_CRATES = 6  # that are read for one
MOST_BYTES = 1_500_000  # of the sources of each


def with_exported(api: CrateApi, root: Path) -> CrateApi:
    """Return the API with the items of the crates that it re-exports, and the re-exports that are left."""
    wanted = {one.target.partition("::")[0] for one in api.exports}
    beside = {name: read for name, read in _read(root, wanted) if read.items}
    if not beside:
        return api
    items = exported_items(api, beside.values())
    return replace(api, items=(*api.items, *items), exports=tuple(_left(api, beside)))


def _read(root: Path, wanted: set[str]) -> Iterator[tuple[str, CrateApi]]:
    for name, one in dependency_sources(root, wanted):
        yield name, replace(public_api(FolderFiles(one.root)), name=name)


def dependency_sources(root: Path, wanted: Set[str]) -> Iterator[tuple[str, CachedCrate]]:
    """Yield the dependencies of a release with these names in Rust, at the newest version here that its manifest allows."""
    left, count = set(wanted), 0
    for entry in dependency_entries(read_toml(root / "Cargo.toml", root) or {}):
        if entry.rust_name in left and entry.kind == "dependencies" and count < MOST_CRATES:
            left.discard(entry.rust_name)
            one = _source(entry)
            if one is not None and source_length(one.root) <= MOST_BYTES:
                count += 1
                yield entry.rust_name, one


def _source(entry: DependencyEntry) -> CachedCrate | None:
    """The newest version here that a requirement allows."""
    said = REQUIREMENT.fullmatch(entry.requirement)
    if said is None:
        return None
    for one in cached_versions(entry.package):
        exact = said["sign"] == "=" and numbers_of(one.version)[: len(numbers_of(said["numbers"]))] != numbers_of(
            said["numbers"]
        )
        same = compatible_with(one.version)[: len(numbers_of(said["numbers"]))] == compatible_with(said["numbers"])
        if same and not exact and numbers_of(one.version) >= numbers_of(said["numbers"]):
            return one
    return None


def _left(api: CrateApi, beside: dict[str, CrateApi]) -> Iterator[ForeignExport]:
    """The re-exports of crates that were not read, and those that the crates that were read have themselves."""
    for one in api.exports:
        read = beside.get(one.target.partition("::")[0])
        if read is None:
            yield one
            continue
        for inner in read.exports:
            if inner.path == one.target or inner.path.startswith(f"{one.target}::"):
                path = f"{one.path}{inner.path[len(one.target) :]}"
                if inner.target.partition("::")[0] not in ("std", "core", "alloc"):
                    yield ForeignExport(path, inner.target, inner.glob, one.gate or inner.gate)
