"""What one upgrade of a dependency would take, before anything is changed: the used items that changed, and what else is in its way.

Everything in a plan is a fact or a quote of the crate's own files; nothing of the workspace is changed and nothing is run.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from rusta.core.errors import RustaError
from rusta.core.network import Network
from rusta.library.crate_sources import locked_crates
from rusta.mirror.crate_states import fits_version
from rusta.mirror.fact import UsedAt, whole_sentences
from rusta.mirror.registry_index import published_versions, version_order
from rusta.mirror.releases import CrateUpstream, LockedRelease, locked_releases
from rusta.tools.dependency_entries import compatible_with, dependency_entries, numbers_of
from rusta.tools.manifest import Manifests, member_folders, root_of
from rusta.upgrade.affected_items import AffectedItem, affected_items
from rusta.upgrade.behind import newest_for, rust_of
from rusta.upgrade.crate_changes import CrateChanges, crate_changes
from rusta.upgrade.siblings import direct_dependents

MOST_GUIDES = 5  # sections of migration guides
LONGEST_GUIDE = 400  # characters of one
MOST_NAMED = 12  # crates or versions in a message


class NoUpgrade(RustaError):
    """There is nothing to plan: the crate is no dependency of the workspace, or the version is none to move to."""


@dataclass(frozen=True)
class Requirement:
    """Where a manifest asks for the crate. `file` is below the workspace's root."""

    file: str
    key: str
    requirement: str
    inherited: bool  # workspace = true: the workspace's own table decides


@dataclass(frozen=True)
class GuideSection:
    """What a migration guide says, and where."""

    text: str
    place: str


@dataclass(frozen=True)
class UpgradePlan:
    """An upgrade. `rust` is what the new release needs where that is more than the workspace's own crates promise, else ""."""

    crate: str
    old: str
    new: str
    compatible: bool  # `cargo update` is enough
    rust: str
    items: tuple[AffectedItem, ...]
    others: int  # changed items that the workspace does not use
    requirements: tuple[Requirement, ...]
    siblings: tuple[str, ...]
    guide: tuple[GuideSection, ...]

    @property
    def sites(self) -> int:
        """How many places of the workspace use an item that changed."""
        return len({site for one in self.items for site in one.sites})


def upgrade_plan(
    workspace: Path,
    crate: str,
    version: str,
    network: Network,
    used: UsedAt,
    told: Callable[[int, int], None] = lambda done, of: None,
) -> UpgradePlan:
    """Plan the upgrade of a direct dependency to a version, or to the first numbers of one; "" for the newest that its Rust allows.

    Raises `NoUpgrade`, `NoRelease`, `DoorShut`, `UnreadableLock`.
    """
    locked, new = upgrade_target(workspace, crate, version, network)
    told(0, 1)
    upstream = CrateUpstream(crate, network)
    changes = crate_changes(crate, locked.locked, upstream.files(locked.locked).root, new, upstream.files(new).root)
    told(1, 1)
    items = affected_items(changes, used)
    changed = {one.path for one in changes.api if one.change != "added" and one.kind not in ("impl", "package")}
    return UpgradePlan(
        crate, locked.locked, new, compatible_with(new) == compatible_with(locked.locked), _needed(workspace, crate, new),
        tuple(items), len(changed - {one.path for one in items}), tuple(_requirements(workspace, crate)),
        direct_dependents(workspace).get((crate, locked.locked), ()), tuple(_guide(changes)),
    )  # fmt: skip


def upgrade_target(workspace: Path, crate: str, version: str, network: Network) -> tuple[LockedRelease, str]:
    """Return the locked release of a direct dependency, and the version to move to. Raises `NoUpgrade`, `NoRelease`, `UnreadableLock`."""
    locked = _locked(workspace, crate)
    if network.online:
        CrateUpstream(crate, network).update()
    return locked, _target(workspace, locked, version)


def _locked(workspace: Path, crate: str) -> LockedRelease:
    """The version in the lock; the newest one where there are several."""
    known = [one for one in locked_releases(workspace) if one.direct]
    if found := [one for one in known if one.name == crate]:
        return max(found, key=lambda one: version_order(one.locked))
    elsewhere = next((one for one in locked_crates(workspace) if one.name == crate), None)
    if elsewhere:
        what = "is of this workspace" if elsewhere.own else "comes along with others, or from git or a path"
        raise NoUpgrade(f"{crate} {what}: no manifest asks a registry for it, so there is nothing here to upgrade.")
    names = sorted({one.name for one in known})
    more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
    raise NoUpgrade(
        f"This workspace does not depend on {crate}. It does on: {', '.join(names[:MOST_NAMED]) or 'nothing'}{more}."
    )


def _target(workspace: Path, locked: LockedRelease, said: str) -> str:
    """The version to move to."""
    published = published_versions(locked.name)
    if not published:
        raise NoUpgrade(
            f"cargo has not heard which versions of {locked.name} there are. Ask: rusta upgrade {locked.name} network=online"
        )
    if not said:
        fitting, newest = newest_for(published, rust_of(workspace))
        if not fitting or version_order(fitting) <= version_order(locked.locked):
            later = newest and version_order(newest) > version_order(locked.locked)
            needs = f" {newest} is newer and needs a newer Rust." if later else ""
            raise NoUpgrade(
                f"{locked.name} {locked.locked} is the newest that this workspace's Rust version allows.{needs}"
            )
        return fitting
    fitting_said = [one for one in published if fits_version(one.version, said)]
    if not fitting_said:
        shown = ", ".join(one.version for one in published if not one.yanked and not one.preliminary)
        raise NoUpgrade(f"There is no {locked.name} {said}, as far as cargo has heard. There are: {shown[:200]}")
    if not (kept := [one.version for one in fitting_said if not one.yanked]):
        raise NoUpgrade(f"{locked.name} {said} was yanked: its authors took it back. Name another version.")
    new = max(kept, key=version_order)
    if version_order(new) <= version_order(locked.locked):
        raise NoUpgrade(f"{locked.name} {new} is no newer than {locked.locked}, which is locked here.")
    return new


def _needed(workspace: Path, crate: str, new: str) -> str:
    said = next((one.rust for one in published_versions(crate) if one.version == new), "")
    promised = rust_of(workspace)
    return said if said and promised and numbers_of(said) > promised else ""


def _requirements(workspace: Path, crate: str) -> Sequence[Requirement]:
    root, found = root_of(workspace), list[Requirement]()
    manifests = Manifests(root)
    for folder in dict.fromkeys((root, *member_folders(root))):
        file = (folder / "Cargo.toml").relative_to(root).as_posix() if folder.is_relative_to(root) else str(folder)
        for one in dependency_entries(manifests.read(folder)):
            if one.package == crate and not one.path:
                found.append(Requirement(file, one.key, one.requirement, one.inherited))
    return list(dict.fromkeys(found))


def _guide(changes: CrateChanges) -> Sequence[GuideSection]:
    found = [one for one in changes.entries if one.guide]
    return [GuideSection(whole_sentences(one.block.text, LONGEST_GUIDE), one.place) for one in found[:MOST_GUIDES]]
