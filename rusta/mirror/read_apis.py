"""Read the public APIs of the states that are known, and keep them (`kept_apis`): of mirrors, of releases, of what a workspace has locked.

Nothing is brought and nothing is run. What is kept already is not read again; a package whose sources are the same in two commits is
read once.
"""

import sqlite3
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from hashlib import sha256
from pathlib import Path

from rusta.core.errors import RustaError
from rusta.core.home import Home
from rusta.core.network import Network
from rusta.core.output import aside, now
from rusta.library.cfg_settings import CfgSetting
from rusta.library.crate_sources import UnreadableLock, locked_crates
from rusta.library.source_files import FolderFiles, HeldFiles, SourceFiles
from rusta.mirror.api import LARGEST_BUILD, CrateApi, public_api
from rusta.mirror.commit_files import CommitFiles
from rusta.mirror.exported_crates import with_exported
from rusta.mirror.item_rows import item_rows
from rusta.mirror.kept_apis import KeptApis, MissingRelease, crate_key
from rusta.mirror.mirrors import Mirrors
from rusta.mirror.registry_index import published_versions
from rusta.mirror.release_mirrors import ReleaseMirrors
from rusta.mirror.release_sources import source_length
from rusta.mirror.releases import CRATE, CrateUpstream
from rusta.mirror.repository import opened_mirror
from rusta.mirror.repository_packages import repository_packages
from rusta.mirror.revision_changes import StepCount
from rusta.mirror.workspace_changes import changed_apis, package_marks
from rusta.tools.workspace_files import LARGEST_TOML, parse_toml

NO_VERSION = "0.0.0"


def keep_release(apis: KeptApis, package: str, version: str, root: Path) -> None:
    """Read one version of a crate whose sources lie at `root`, unless it is kept."""
    crate, mark = crate_key(package), f"release {version}"
    if not apis.holds(crate, mark):
        files = FolderFiles(root)
        _keep(apis, crate, mark, with_exported(public_api(files), root), files)
    published = next((one.published for one in published_versions(package) if one.version == version), "")
    apis.keep_states([(crate, mark, version, "", version, published)])


def keep_releases(apis: KeptApis, releases: ReleaseMirrors, name: str) -> None:
    """Read the release of a crate (`crate:NAME`) that was understood last, and the newest, as far as they are on this machine."""
    package, record = name.removeprefix(CRATE), releases.record(name)
    kept = {one.version for one in apis.states(crate_key(package)) if not one.origin}
    for version in dict.fromkeys((record.reflected, record.newest)):
        if version not in kept:
            with suppress(RustaError):  # its sources are not here
                keep_release(apis, package, version, CrateUpstream(package, Network(False)).files(version).root)


def keep_locked(apis: KeptApis, workspace: Path) -> None:
    """Read the locked versions of those direct dependencies of a workspace of which a state is kept."""
    known = apis.crates()
    with suppress(UnreadableLock):
        for one in locked_crates(workspace):
            crate = crate_key(one.name)
            if not (one.direct and one.frozen and one.root is not None and crate in known):
                continue
            if all(one.version != state.version or state.origin for state in apis.states(crate)):
                keep_release(apis, one.name, one.version, one.root)


def keep_mirror(apis: KeptApis, mirrors: Mirrors, name: str, told: StepCount = lambda done, of: None) -> None:
    """Read the published packages of a mirror, at the state that was understood last and at the newest."""
    with opened_mirror(mirrors.home.mirrors / name) as repository:
        for commit in dict.fromkeys((repository.reflected, repository.newest)):
            if commit and not apis.knows(name, commit):
                _keep_commit(apis, name, repository.files(commit), commit, told)


def _keep_commit(apis: KeptApis, name: str, files: CommitFiles, commit: str, told: StepCount) -> None:
    packages = {one.name: one for one in repository_packages(files) if one.published}
    folders = {package: one.folder for package, one in packages.items()}
    marks = {package: _mark(of) for package, of in package_marks(files, folders).items()}
    missing = {one: folders[one] for one, mark in marks.items() if not apis.holds(crate_key(one), mark)}
    for package, api in changed_apis(HeldFiles({}), files, {}, missing, told=told).new.items():
        _keep(apis, crate_key(package), marks[package], api, files.below(folders[package]))
    at = now()
    apis.keep_states(
        (crate_key(one), mark, str(packages[one].said("version")[0] or NO_VERSION)[:40], name, commit, at)
        for one, mark in marks.items()
    )


def _keep(apis: KeptApis, crate: str, mark: str, api: CrateApi, files: SourceFiles) -> None:
    exports = ((one.path, one.target, one.glob) for one in api.exports)
    apis.keep(crate, mark, item_rows(api, _by_default(files)), exports)


def read_missing(home: Home, missing: Iterable[MissingRelease], most: int, until: Callable[[], bool]) -> None:
    """Read releases of at most `most` bytes each, while `until` says so. What cannot be kept is left."""
    with KeptApis(home) as apis, suppress(sqlite3.Error, OSError):
        for package, version, root in missing:
            if until() and source_length(root) <= most:
                keep_release(apis, package, version, root)


def keep_apis(
    mirrors: Mirrors, releases: ReleaseMirrors, names: Iterable[str], workspace: Path, told: Callable[[str], StepCount]
) -> None:
    """Keep the newest states of these mirrors, and of what the workspace has locked of them. What cannot be kept is said, and left."""
    with KeptApis(mirrors.home) as apis:
        for name in names:
            try:
                if name.startswith(CRATE):
                    keep_releases(apis, releases, name)
                else:
                    keep_mirror(apis, mirrors, name, told(f"{name}: reading its API"))
            except (RustaError, sqlite3.Error, OSError) as error:
                aside(f"What {name} offers now could not be kept ({error}), so I do not compare notes with it.")
        with suppress(sqlite3.Error, OSError):
            keep_locked(apis, workspace)


def _by_default(files: SourceFiles) -> Callable[[str], bool]:
    """What tells of a predicate whether it holds with the default features of a package."""
    manifest = parse_toml(files.read("Cargo.toml", LARGEST_TOML) or b"") or {}
    build = files.read("build.rs", LARGEST_BUILD) or b""
    return CfgSetting(frozenset(("default",))).of(manifest, build.decode("utf-8", "replace")).holds


def _mark(files: Mapping[str, str]) -> str:
    return sha256("\n".join(f"{path} {mark}" for path, mark in sorted(files.items())).encode()).hexdigest()[:32]
