"""Which states of a crate matter to whoever works in a workspace: what is locked, the newest of its mirror, what an entry speaks of.

States are those whose API is kept (`kept_apis`). A release that would be needed, lies on this machine and is not kept yet is listed in
`missing`. Nothing is read of its sources here, and of the lock only names, versions and sources, as cargo writes them: manifests are
read where a crate is locked at several versions, for the one that the workspace names. Not covered: locked dependencies on git
repositories and paths, and renamed ones.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from rusta.core.errors import RustaError
from rusta.core.home import Home
from rusta.core.network import Network
from rusta.core.regular_file import read_file
from rusta.library.cached_crates import cached_versions
from rusta.library.crate_sources import LARGEST_LOCK, LockedCrate, UnreadableLock, locked_crates
from rusta.mirror.kept_apis import KeptApis, KeptState, MissingRelease, crate_key
from rusta.mirror.mirror_state import MirrorRecords
from rusta.mirror.note_mentions import KnownCrates, NotedState
from rusta.mirror.registry_index import version_order
from rusta.mirror.release_mirrors import ReleaseMirrors
from rusta.mirror.releases import CRATE
from rusta.tools.dependency_entries import numbers_of
from rusta.tools.manifest import root_of
from rusta.tools.sandbox.view import cargo_home

LOCKED = re.compile(
    r'^\[\[package\]\]\nname = "([A-Za-z][\w-]{0,63})"\nversion = "([^"\n]{1,100})"\nsource = "(?:registry|sparse)\+',
    re.MULTILINE,
)
FULL = re.compile(r"\d+\.\d+\.\d+")
RELEASE_FOLDER = re.compile(r"([A-Za-z][\w-]{0,63})-\d+\.\d+\.\d+")
MOST_FOLDERS = 20_000  # of cargo's sources, whose names are looked at


@dataclass(frozen=True)
class LockedState:
    """What a workspace has locked of a crate. `state` is None where its API is not kept."""

    package: str
    version: str
    state: KeptState | None


@dataclass
class CrateStates:
    """The states, for one home and perhaps one workspace. `refresh` it before a turn."""

    home: Home
    workspace: Path | None
    apis: KeptApis
    missing: dict[MissingRelease, None] = field(default_factory=dict, init=False)
    lacked: bool = field(default=False, init=False)  # whether something was missing since this was set to False
    waits: bool = field(default=True, init=False)  # whether what is missing may come yet
    _lock: tuple[object, Mapping[str, list[tuple[str, str]]]] = field(default=(None, {}), init=False)

    def refresh(self, waits: bool) -> None:
        """Forget what another process may have changed."""
        self.missing, self.waits, self._read = {}, waits, dict[str, list[KeptState]]()
        for name in ("known", "_mirrored", "_locked"):
            self.__dict__.pop(name, None)

    @cached_property
    def known(self) -> KnownCrates:
        """The crates whose items can be looked up, and all others on this machine."""
        read = self.apis.crates() | self._locked.keys() | self._mirrored.keys()
        return KnownCrates(frozenset(read), self._others)

    def of(self, crate: str) -> list[KeptState]:
        """The kept states of a crate, those kept last first."""
        if crate not in self._read:
            self._read[crate] = self.apis.states(crate)
        return self._read[crate]

    def locked(self, crate: str) -> LockedState | None:
        """What the workspace has locked; None where it does not depend on the crate."""
        states = self.of(crate)
        several = self._locked.get(states[0].crate if states else crate)
        if not several:
            return None
        package, version = several[0] if len(several) == 1 else self._named(several)
        state = next((one for one in states if not one.origin and one.version == version), None)
        if state is None:
            self._lack_here(package, version)
        return LockedState(package, version, state)

    def _named(self, several: list[tuple[str, str]]) -> tuple[str, str]:
        """Of several versions of a crate the one that the workspace depends on itself, else the newest."""
        package = several[0][0]
        found = [one.version for one in self._crates if one.name == package and one.direct]
        return package, max(found or [version for _, version in several], key=version_order)

    @cached_property
    def _crates(self) -> tuple[LockedCrate, ...]:
        try:
            return locked_crates(self.workspace) if self.workspace else ()
        except UnreadableLock:
            return ()

    def newest(self, crate: str) -> tuple[KeptState | None, str]:
        """The newest state of a crate's mirror, and which one that is: one of a repository before one of releases."""
        states = self.of(crate)
        for origin in dict.fromkeys(one.origin for one in states if one.origin):
            note = MirrorRecords(self.home.mirrors / ".rusta").note(origin)
            state = next((one for one in states if one.origin == origin and one.revision == note.newest), None)
            if state is not None:
                return state, origin
        package = self._mirrored.get(crate)
        if package is None:
            return None, ""
        name = f"{CRATE}{package}"
        try:
            newest = ReleaseMirrors(self.home, Network(False)).record(name).newest
        except RustaError:
            return None, ""
        state = next((one for one in states if not one.origin and one.version == newest), None)
        if state is None:
            self._lack_here(package, newest)
        return state, name

    def noted(self, crate: str, said: NotedState, day: str, locked: LockedState | None) -> tuple[KeptState | None, str]:
        """The state that an entry of a day speaks of, and how that is known: commit, version, date."""
        states = self.of(crate)
        if said.revision and len(said.revision) >= 7 and not FULL.match(said.revision):
            for one in states:
                if one.origin == said.mirror and one.revision.startswith(said.revision):
                    return one, "commit"
        if said.version:
            return self._of_version(crate, said.version, locked), "version"
        known = [one for one in states if one.at and one.at[:10] <= day and "-" not in one.version]
        return max(known, key=lambda one: (not one.origin, state_order(one), one.at), default=None), "date"

    def _of_version(self, crate: str, version: str, locked: LockedState | None) -> KeptState | None:
        """The release of a version: the locked one, where the first numbers of a version name it, else the nearest one above."""
        if locked and fits_version(locked.version, version) and (locked.state or self.waits):
            return locked.state
        releases = [one for one in self.of(crate) if not one.origin]
        if fitting := [one for one in releases if fits_version(one.version, version)]:
            return max(fitting, key=state_order)
        packages = [locked.package] if locked else [self._mirrored.get(crate, crate), crate.replace("_", "-")]
        here = (one for package in packages for one in cached_versions(package))
        if one := next((one for one in here if fits_version(one.version, version)), None):
            self._lack(one.name, one.version, one.root)
        commits = [one for one in self.of(crate) if one.origin and one.version == version]
        above = [one for one in releases if version_order(one.version) > version_order(version)]
        return commits[-1] if commits else min(above, key=state_order, default=None)

    def _lack_here(self, package: str, version: str) -> None:
        """Lack a release whose sources are on this machine."""
        root = next((one.root for one in cached_versions(package) if one.version == version), None)
        if root is not None:
            self._lack(package, version, root)

    def _lack(self, package: str, version: str, root: Path) -> None:
        if self.waits:
            self.missing[package, version, root] = None
            self.lacked = True

    @cached_property
    def _mirrored(self) -> dict[str, str]:
        """The crates that are mirrored by their releases, by what states are kept under."""
        names = (name.removeprefix(CRATE) for name in ReleaseMirrors(self.home, Network(False)).here())
        return {crate_key(name): name for name in names}

    @cached_property
    def _others(self) -> frozenset[str]:
        """The crates whose sources are on this machine."""
        names = (RELEASE_FOLDER.match(name) for name, _ in zip(_release_folders(), range(MOST_FOLDERS), strict=False))
        return frozenset(crate_key(one[1]) for one in names if one)

    @cached_property
    def _locked(self) -> Mapping[str, list[tuple[str, str]]]:
        """The registry's packages of the lock and their versions, by what states are kept under; read again where the lock changed."""
        if self.workspace is None:
            return {}
        try:
            file = root_of(self.workspace) / "Cargo.lock"
            status = file.stat()
            if self._lock[0] != (mark := (status.st_mtime_ns, status.st_size)):
                text = read_file(file, LARGEST_LOCK, file.parent).decode("utf-8", "replace").replace("\r\n", "\n")
                found = dict[str, list[tuple[str, str]]]()
                for one in LOCKED.finditer(text):
                    found.setdefault(crate_key(one[1]), []).append((one[1], one[2]))
                self._lock = mark, found
                self.__dict__.pop("_crates", None)
        except OSError:
            return {}
        return self._lock[1]


def state_order(state: KeptState) -> tuple[object, ...]:
    """Return what states are ordered by."""
    return version_order(state.version)


def fits_version(version: str, said: str) -> bool:
    """Return whether a version is the one that is said, or one of those that its first numbers name: `0.10` is every 0.10.x."""
    if not said or version.partition("+")[0] == said:
        return bool(said)
    numbers = numbers_of(said)
    return (
        "-" not in said and "-" not in version and len(numbers) < 3 and numbers_of(version)[: len(numbers)] == numbers
    )


def _release_folders() -> Iterator[str]:
    for registry in (cargo_home() / "registry" / "src").glob("*"):
        if registry.is_dir():
            yield from (folder.name for folder in registry.iterdir())
