"""Which direct dependencies of a workspace are behind what its Rust version allows, and what each bump would touch.

Versions are those that cargo heard of last; with the network open the registry is asked. Where the sources of both releases are
on this machine, the changed items that the workspace uses are counted, for as long as `seconds` last.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from rusta.core.errors import RustaError
from rusta.core.network import Network
from rusta.library.crate_sources import locked_crates
from rusta.mirror.fact import UsedAt
from rusta.mirror.registry_index import PublishedVersion, newest_published, published_versions, version_order
from rusta.mirror.releases import CrateUpstream, LockedRelease, locked_releases
from rusta.tools.dependency_entries import compatible_with, numbers_of
from rusta.tools.manifest import Manifests, nested_table, root_of
from rusta.upgrade.affected_items import affected_items
from rusta.upgrade.crate_changes import crate_changes
from rusta.upgrade.siblings import direct_dependents

RustVersion = tuple[int, ...]
"""The numbers of a version of Rust; () where nothing is said, which allows any."""


@dataclass(frozen=True)
class BehindCrate:
    """A direct dependency with a newer release. `items` and `sites` are None where its sources were not compared."""

    name: str
    locked: str
    newest: str  # that the workspace's Rust version allows; "" where only a newer Rust has one
    compatible: bool  # the manifests' kind of requirement allows it: `cargo update` is enough
    newer: str  # a newer one still, which needs a newer Rust; "" for none
    items: int | None
    sites: int | None
    siblings: tuple[str, ...]


def behind_crates(
    workspace: Path,
    network: Network,
    used: UsedAt,
    seconds: float,
    told: Callable[[int, int], None] = lambda done, of: None,
) -> list[BehindCrate]:
    """Return the direct dependencies that are behind, in the order of their names. Raises `UnreadableLock`, `NoRelease`."""
    rust, found = rust_of(workspace), list[BehindCrate]()
    locked = [one for one in locked_releases(workspace) if one.direct]
    dependents = direct_dependents(workspace)
    end = time.monotonic() + seconds
    for done, one in enumerate(locked):
        told(done, len(locked))
        if network.online:
            CrateUpstream(one.name, network).update()
        fitting, newer = (
            version if version and version_order(version) > version_order(one.locked) else ""
            for version in newest_for(published_versions(one.name), rust)
        )
        if fitting or newer:
            counts = _counts(one, fitting, used) if fitting and time.monotonic() < end else None
            found.append(
                BehindCrate(
                    one.name, one.locked, fitting, bool(fitting) and compatible_with(fitting) == compatible_with(one.locked), newer,
                    *(counts or (None, None)), dependents.get((one.name, one.locked), ()),
                )
            )  # fmt: skip
    told(len(locked), len(locked))
    return found


def newest_for(published: Sequence[PublishedVersion], rust: RustVersion) -> tuple[str, str]:
    """Return the newest release that a Rust version allows, and the newest of all where that is another; "" for none."""
    fitting = newest_published(one for one in published if not rust or not one.rust or numbers_of(one.rust) <= rust)
    newest = newest_published(published)
    return fitting, newest if newest != fitting else ""


def rust_of(workspace: Path) -> RustVersion:
    """Return the least `rust-version` of a workspace's own crates, () where none says one."""
    said = [numbers_of(one) for one in _rust_versions(workspace)]
    return min(said, default=())


def _rust_versions(workspace: Path) -> Iterator[str]:
    manifests = Manifests(root_of(workspace))
    inherited = nested_table(manifests.read(root_of(workspace)), "workspace", "package").get("rust-version")
    for crate in locked_crates(workspace):
        if crate.own and crate.root:
            one = nested_table(manifests.read(crate.root), "package").get("rust-version")
            if isinstance(one, dict):
                one = inherited
            if isinstance(one, str) and numbers_of(one):
                yield one


def _counts(one: LockedRelease, newest: str, used: UsedAt) -> tuple[int, int] | None:
    """How many changed items are used, and at how many sites; None where the sources of a release are not here."""
    try:
        upstream = CrateUpstream(one.name, Network(False))
        old, new = (upstream.files(version).root for version in (one.locked, newest))
        changes = crate_changes(one.name, one.locked, old, newest, new)
    except RustaError:
        return None
    items = affected_items(changes, used)
    return len(items), len({site for item in items for site in item.sites})
