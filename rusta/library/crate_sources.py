"""The crates that a workspace is built of, at the versions of its `Cargo.lock`, and where their sources lie on this machine.

Nothing is run and nothing is downloaded: the lock and the manifests are read, and the places where cargo keeps sources. Those are
a stranger's word, so names and versions that are none are skipped, and every list has a limit. Sources: The Cargo Book, "Cargo
Home", "Source Replacement", "Specifying Dependencies". Not covered: sources that a registry's own configuration puts elsewhere,
and requirements with more than one comparison (they fit every version).
"""

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rusta.core.errors import RustaError
from rusta.library.source_items import library_name
from rusta.tools.manifest import DEPENDENCIES, Manifests, member_folders, nested_table, root_of
from rusta.tools.member_globs import matching_crates
from rusta.tools.sandbox.view import cargo_home
from rusta.tools.workspace_files import read_toml

LARGEST_LOCK = 1 << 22  # bytes
MOST_CRATES = 5_000  # of a lock
MOST_FOLDERS = 2_000  # of the workspace's own crates and of path dependencies
MOST_CHECKOUTS = 2_000  # of git dependencies, looked at
NAME = re.compile(r"[A-Za-z0-9_-]{1,100}")
VERSION = re.compile(r"\d{1,9}\.\d{1,9}\.\d{1,9}(?:[-+][0-9A-Za-z.+-]{1,80})?")
REVISION = re.compile(r"#([0-9a-f]{7,64})$")
INDEX = re.compile(r"/([\w.-]{1,100})-index$")
HOST = re.compile(r"https?://([\w.-]{1,200})")


class UnreadableLock(RustaError):
    """`Cargo.lock`, or the manifest of the workspace, is no such file."""


@dataclass(frozen=True)
class LockedCrate:
    """A package at one version. `root` is the folder of its manifest, None where its source is not on this machine."""

    name: str  # as in the lock
    version: str
    root: Path | None
    own: bool  # of the workspace itself
    frozen: bool = False  # a source that never changes: of a registry, or of git at a revision
    direct: bool = False  # a dependency of the workspace's own crates
    library: str = ""  # the name of its library in Rust, which paths begin with
    names: tuple[str, ...] = ()  # what the workspace calls it in Rust, renamed dependencies included

    def is_called(self, name: str) -> bool:
        """Return whether the workspace, or anybody, calls this crate so."""
        name = name.replace("-", "_")
        return name in (self.library, self.name.replace("-", "_"), *self.names)


def locked_crates(workspace: Path) -> tuple[LockedCrate, ...]:
    """Return the workspace's own crates, then every other package of the lock, in its order.

    Without a lock only the own ones and those at a path are known. Raises `UnreadableLock`.
    """
    root = root_of(workspace)
    lock = root / "Cargo.lock"
    if read_toml(root / "Cargo.toml") is None:
        raise UnreadableLock(f"{root / 'Cargo.toml'} cannot be read as a manifest. See what cargo says: cargo metadata")
    said = read_toml(lock, root, LARGEST_LOCK) if os.path.lexists(lock) else {}
    if said is None:
        raise UnreadableLock(f"{lock} cannot be read as a lock file. Have cargo write it anew: cargo generate-lockfile")
    local = _Local(root)
    local.read()
    places = _Places(root)
    found, seen = list[LockedCrate](local.crates.values()), set(local.crates)
    packages = said.get("package")
    for package in (packages if isinstance(packages, list) else [])[:MOST_CRATES]:
        name, version, source = _stated(package)
        if name and (source or (name, version) not in seen):
            at, frozen = places.of(name, version, source) if source else (None, False)
            manifest = (read_toml(at / "Cargo.toml", at) or {}) if at else {}
            found.append(
                LockedCrate(name, version, at, False, frozen, library=library_name(manifest) or name.replace("-", "_"))
            )
    return tuple(local.called(one, [other for other in found if other.name == one.name]) for one in found)


def _stated(package: Any) -> tuple[str, str, str]:
    """Name, version and source of an entry of a lock; three empty texts for what is none."""
    if not isinstance(package, dict):
        return "", "", ""
    name, version, source = (package.get(key, "") for key in ("name", "version", "source"))
    right = isinstance(name, str) and isinstance(version, str) and isinstance(source, str)
    if not right or not NAME.fullmatch(name) or not VERSION.fullmatch(version):
        return "", "", ""
    return name, version, source


@dataclass
class _Local:
    """The crates that lie at a path: the workspace's own, those below its folder, and those it names elsewhere."""

    root: Path
    crates: dict[tuple[str, str], LockedCrate] = field(default_factory=dict)
    needed: dict[str, list[tuple[str, str]]] = field(
        default_factory=dict
    )  # package: what it is called, its requirement

    def read(self) -> None:
        manifests, seen = Manifests(self.root), dict[Path, None]()
        top = manifests.read(self.root)
        shared = nested_table(top, "workspace", "package")
        todo = [*reversed(member_folders(self.root)), self.root]
        while todo and len(seen) < MOST_FOLDERS:
            folder = todo.pop()
            if folder in seen:
                continue
            seen[folder] = None
            manifest = manifests.read(folder)
            own = folder == self.root or folder.is_relative_to(self.root)
            package = manifest.get("package")
            name, version = (
                (package.get("name"), package.get("version", "0.0.0")) if isinstance(package, dict) else ("", "")
            )
            version = shared.get("version") if isinstance(version, dict) else version
            if (
                isinstance(name, str)
                and isinstance(version, str)
                and NAME.fullmatch(name)
                and VERSION.fullmatch(version)
            ):
                self.crates.setdefault(
                    (name, version), LockedCrate(name, version, folder, own, library=library_name(manifest))
                )
            for key, said in _dependencies(manifest):
                path = said.get("path") if isinstance(said, dict) else None
                if isinstance(path, str) and "\0" not in path:
                    todo.append(Path(os.path.normpath(folder / path)))
                if own:
                    self._need(key, said)

    def _need(self, key: str, said: Any) -> None:
        package, version = (said.get("package"), said.get("version")) if isinstance(said, dict) else (None, said)
        of = self.needed.setdefault(package if isinstance(package, str) else key, [])
        of.append((key.replace("-", "_"), version if isinstance(version, str) else ""))

    def called(self, crate: LockedCrate, alike: list[LockedCrate]) -> LockedCrate:
        """The crate with what the workspace calls it; `alike` are all versions of it."""
        fitting = [
            called
            for called, version in self.needed.get(crate.name, ())
            if len(alike) == 1 or _fits(version, crate.version)
        ]
        names = (name for name in fitting if name not in (crate.library, crate.name.replace("-", "_")))
        return LockedCrate(
            crate.name, crate.version, crate.root, crate.own, crate.frozen, bool(fitting) and not crate.own, crate.library,
            tuple(dict.fromkeys(names)),
        )  # fmt: skip


def _dependencies(manifest: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """Each dependency's key and value in the tables that cargo reads, and each replacement of `[patch]`."""
    for place in (manifest, nested_table(manifest, "workspace"), *nested_table(manifest, "target").values()):
        for kind in DEPENDENCIES:
            yield from nested_table(place, kind).items()
    for table in nested_table(manifest, "patch").values():
        if isinstance(table, dict):
            yield from (
                (key, {**said, "version": ""})
                for key, said in table.items()
                if isinstance(said, dict) and "path" in said
            )


def _fits(requirement: str, version: str) -> bool:
    """Return whether a requirement of one comparison allows a version, by its numbers alone."""
    found = re.fullmatch(
        r"\s*(?P<sign>[\^=~]?)\s*(?P<numbers>\d{1,9}(?:\.\d{1,9}){0,2})(?:[-+][\w.+-]{1,80})?\s*", requirement
    )
    if not found:
        return True
    wanted = [int(one) for one in found["numbers"].split(".")]
    given = [int(one) for one in re.split(r"[-+]", version, maxsplit=1)[0].split(".")]
    if found["sign"] == "=":
        return given[: len(wanted)] == wanted
    same = 2 if found["sign"] == "~" else next((n + 1 for n, one in enumerate(wanted) if one), len(wanted))
    return given[: min(same, len(wanted))] == wanted[:same] and given[: len(wanted)] >= wanted


@dataclass
class _Places:
    """Where cargo keeps the sources that it downloaded."""

    root: Path
    home: Path = field(default_factory=cargo_home)
    _registries: list[Path] = field(default_factory=list)
    _checkouts: dict[str, dict[tuple[str, str], Path]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._registries = _folders(self.home / "registry" / "src")

    def of(self, name: str, version: str, source: str) -> tuple[Path | None, bool]:
        """The folder of a package's source, and whether it never changes."""
        vendor, replaced = self._vendor()
        if replaced and (at := _vendored(vendor, name, version)):
            return at, False
        if source.startswith("git+"):
            revision = REVISION.search(source)
            at = self._checkout(revision[1]).get((name, version)) if revision else None
        else:
            hosts = tuple(f"{one}-" for one in _hosts(source))
            wanted = sorted(self._registries, key=lambda one: not one.name.startswith(hosts))
            folders = (one / f"{name}-{version}" for one in wanted)
            at = next((one for one in folders if (one / "Cargo.toml").is_file()), None)
        return (at, True) if at else (_vendored(vendor, name, version), False)

    def _vendor(self) -> tuple[Path, bool]:
        """The folder of vendored sources, and whether cargo's configuration of the workspace says to use it."""
        for name in ("config.toml", "config"):
            sources = nested_table(read_toml(self.root / ".cargo" / name, self.root), "source").values()
            for one in sources:
                folder = one.get("directory") if isinstance(one, dict) else None
                if isinstance(folder, str) and "\0" not in folder:
                    at = Path(os.path.normpath(self.root / folder))
                    if at.is_relative_to(self.root):
                        return at, True
        return self.root / "vendor", False

    def _checkout(self, revision: str) -> dict[tuple[str, str], Path]:
        """The packages of the checkouts at a revision, by name and version."""
        if revision not in self._checkouts:
            found = self._checkouts[revision] = {}
            of = (one for repository in _folders(self.home / "git" / "checkouts") for one in _folders(repository))
            for folder in list(of)[:MOST_CHECKOUTS]:
                if len(folder.name) >= 7 and revision.startswith(folder.name):
                    manifests = Manifests(folder)
                    shared = nested_table(manifests.read(folder), "workspace", "package")
                    for at in matching_crates(folder, ("**",)):
                        package = nested_table(manifests.read(at), "package")
                        name, version = package.get("name"), package.get("version", "0.0.0")
                        version = shared.get("version") if isinstance(version, dict) else version
                        if isinstance(name, str) and isinstance(version, str):
                            found.setdefault((name, version), at)
        return self._checkouts[revision]


def _hosts(source: str) -> list[str]:
    """What cargo's folders of a registry begin with: its host, and that of the sparse index of a repository NAME-index."""
    host, repository = HOST.search(source), INDEX.search(source)
    return [*([f"index.{repository[1]}"] if repository else []), *([host[1]] if host else [])]


def _vendored(vendor: Path, name: str, version: str) -> Path | None:
    """The folder of a vendored package: `cargo vendor` writes NAME, or NAME-VERSION beside another version."""
    for at in (vendor / f"{name}-{version}", vendor / name):
        package = nested_table(read_toml(at / "Cargo.toml", vendor), "package")
        if (package.get("name"), package.get("version")) == (name, version):
            return at
    return None


def _folders(folder: Path) -> list[Path]:
    try:
        return sorted(one for one in folder.iterdir() if one.is_dir())
    except OSError:
        return []
