"""A crate's releases as an upstream: the sources its registry publishes, as cargo brings them into its own cache.

Which versions there are is read from cargo's copy of the index, and a state is the unpacked folder of one version, so
everything but bringing works offline. Bringing asks cargo for one version (`cargo info`), or where cargo is older than
that command for a crate of one dependency (`cargo fetch`); both run no code of any crate, in the file system's root, where
no workspace's configuration is. Source: The Cargo Book, "cargo info", "Cargo Home". Not covered: registries that only a
workspace's configuration names.
"""

import hashlib
import json
import os
import re
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rusta.core.errors import ConfigError, RustaError
from rusta.core.network import DoorShut, Network
from rusta.core.programs import find_program
from rusta.library.cached_crates import cached_versions
from rusta.library.crate_sources import LARGEST_LOCK, MOST_CRATES, UnreadableLock, locked_crates
from rusta.library.source_files import FolderFiles
from rusta.mirror.registry_index import (
    CRATE_NAME,
    CRATE_VERSION,
    PublishedVersion,
    newest_published,
    published_versions,
    version_order,
)
from rusta.tools.dependencies import ONLINE, reason, run_fetch
from rusta.tools.manifest import root_of
from rusta.tools.sandbox.view import cargo_home
from rusta.tools.workspace_files import read_toml

CRATE = "crate:"  # what an upstream's address begins with, where it is a crate
LARGEST_RELEASE_FILE = 1 << 26  # bytes of one file
MOST_NAMED = 6  # versions in a message
REGISTRIES = ("registry+", "sparse+")  # what sources of a lock begin with
UNKNOWN = re.compile(r"could not find `|no matching package|failed to select a version")
UNREACHABLE = re.compile(
    r"spurious network error|download of .{1,200} failed|failed to (?:download|fetch|query)"
    r"|Could(?:n't| not) (?:resolve|connect)|tim(?:ed|e) ?out",
    re.I,
)


class NoRelease(RustaError):
    """A crate or a version that there is not, or that could not be brought."""


@dataclass(frozen=True)
class ReleaseFiles:
    """The files of one published version. Marks are hashes of the content: cargo gives every file the same time."""

    root: Path
    version: str
    _marks: dict[str, str] = field(default_factory=dict, compare=False, repr=False)

    def paths(self) -> Mapping[str, str]:
        """Return the files, each with the hash of its content."""
        if not self._marks:
            files = FolderFiles(self.root)
            for path in files.paths():
                content = files.read(path, LARGEST_RELEASE_FILE)
                self._marks[path] = hashlib.sha256(content or b"").hexdigest()[:32]
        return self._marks

    def read(self, path: str, most: int) -> bytes | None:
        """Return a file's content."""
        return FolderFiles(self.root).read(path, most)

    def below(self, folder: str) -> "ReleaseFiles":
        """Return the files of a folder in this one."""
        inside = f"{folder.strip('/')}/" if folder.strip("/") else ""
        marks = {path.removeprefix(inside): mark for path, mark in self.paths().items() if path.startswith(inside)}
        return ReleaseFiles(self.root / folder, self.version, marks)


@dataclass(frozen=True)
class CrateRelease:
    """One version of a crate. `root` is the folder of its sources, None where they are not on this machine."""

    version: str
    root: Path | None
    published: str = ""
    rust: str = ""

    @property
    def preliminary(self) -> bool:
        """Whether it is a pre-release."""
        return "-" in self.version.partition("+")[0]


@dataclass(frozen=True)
class CrateUpstream:
    """The releases of one crate. Raises `NoRelease`, and `DoorShut` for what needs the network where it is shut."""

    name: str
    network: Network

    def __post_init__(self) -> None:
        if not CRATE_NAME.fullmatch(self.name):
            raise ConfigError(f"{self.name!r} is no name of a crate. Name one as in Cargo.toml: {CRATE}rand")

    def releases(self) -> list[CrateRelease]:
        """Return the versions that are known without the network, yanked ones left out, the newest first."""
        published = {one.version: one for one in published_versions(self.name)}
        here = self._here()
        known = [*here, *(one for one in published if one not in here)]
        kept = [one for one in known if one not in published or not published[one].yanked]
        nothing = PublishedVersion("", False, "", "")
        found = (
            CrateRelease(one, here.get(one), (of := published.get(one, nothing)).published, of.rust) for one in kept
        )
        return sorted(found, key=lambda one: version_order(one.version), reverse=True)

    def newest(self) -> CrateRelease:
        """Return the newest release, pre-releases left out where there is another."""
        known = self.releases()
        if not known:
            raise (
                self._shut(f"Nothing of the crate {self.name} is on this machine", f"cargo info {self.name}")
                if not self.network.online
                else NoRelease(
                    f"Nothing of the crate {self.name} is on this machine. Bring it: rusta mirror add {CRATE}{self.name}"
                )
            )
        return next((one for one in known if not one.preliminary), known[0])

    def files(self, version: str) -> ReleaseFiles:
        """Return the files of a version; it is brought first where it is not on this machine and the network is open."""
        if not CRATE_VERSION.fullmatch(version):
            raise ConfigError(f"{version!r} is no version. Give all of it, such as 1.2.3. {self._known()}")
        at = self._here().get(version)
        if at is None:
            published = published_versions(self.name)
            if published and not self.network.online and all(one.version != version for one in published):
                raise NoRelease(f"As far as this machine knows, {self.name} has no version {version}. {self._known()}")
            if not self.network.online:
                raise self._shut(
                    f"The sources of {self.name} {version} are not on this machine", f"cargo info {self.name}@{version}"
                )
            self._bring(version)
            at = self._here().get(version)
        if at is None:
            raise NoRelease(
                f"cargo brought {self.name} {version}, and its sources are not where cargo keeps them: {cargo_home()}"
            )
        return ReleaseFiles(at, version)

    def update(self) -> CrateRelease:
        """Ask the registry which versions there are, and return the newest. Its sources are brought as well."""
        self.network.require(f"Asking which versions of {self.name} there are", "network=online")
        self._bring("")
        newest = self.newest()
        self.files(newest.version)
        return next(one for one in self.releases() if one.version == newest.version)

    def _here(self) -> dict[str, Path]:
        """The versions whose sources are on this machine, pre-releases included."""
        found = {one.version: one.root for one in cached_versions(self.name)}
        for registry in sorted((cargo_home() / "registry" / "src").glob("*")):
            for folder in registry.glob(f"{self.name}-[0-9]*-*"):
                version = folder.name[len(self.name) + 1 :]
                if CRATE_VERSION.fullmatch(version) and (folder / "Cargo.toml").is_file():
                    found.setdefault(version, folder)
        return found

    def _known(self) -> str:
        """A sentence with the versions there are."""
        known = [one.version for one in self.releases()]
        if not known:
            return f"This machine knows no version of {self.name}."
        more = f", and {len(known) - MOST_NAMED} older ones" if len(known) > MOST_NAMED else ""
        return f"There are {', '.join(known[:MOST_NAMED])}{more}."

    def _shut(self, what: str, command: str) -> DoorShut:
        return DoorShut(
            f"{what}, and the network is shut (network=offline). Bring it once: {command}, or let me: network=online"
        )

    def _bring(self, version: str) -> None:
        """Have cargo fetch a version, "" for the one that it takes for the newest."""
        said = _asked(f"{self.name}@{version}" if version else self.name)
        if said is not None and "no such command" in said:
            said = _fetched(self.name, version)
        if said is None:
            return
        wanted = f"{self.name} {version}".strip()
        if UNREACHABLE.search(said):
            raise NoRelease(
                f"The registry could not be reached, so {wanted} could not be brought: {reason(_errors(said))}. "
                f"Try again where there is a network. {self._known()}"
            )
        if UNKNOWN.search(said) and version and self.releases():
            raise NoRelease(f"{self.name} has no version {version}. {self._known()}")
        if UNKNOWN.search(said):
            raise NoRelease(f"The registry has no crate called {wanted}. Look for its name: cargo search {self.name}")
        raise NoRelease(f"cargo could not bring {wanted}: {reason(_errors(said))}")


def _asked(crate: str) -> str | None:
    """Run `cargo info`; None where it succeeded, else what it printed."""
    words = [find_program("cargo") or "cargo", "info", "--color", "never", "--quiet", "--", crate]
    env = {**os.environ, "CARGO_TERM_COLOR": "never", "RUSTUP_AUTO_INSTALL": "0", "CARGO_NET_OFFLINE": "false"}
    try:
        ran = subprocess.run(words, cwd=Path(cargo_home()).anchor, env=env, capture_output=True, timeout=ONLINE)
    except subprocess.TimeoutExpired:
        return f"failed to fetch: cargo info did not end in {ONLINE} s"
    except OSError:
        raise NoRelease(
            "There is no cargo on this machine, and it is cargo that brings crates: https://rustup.rs"
        ) from None
    return ran.stderr.decode("utf-8", "replace") if ran.returncode else None


def _fetched(name: str, version: str) -> str | None:
    """Run `cargo fetch` for a crate that needs this one; None where it succeeded, else what it printed."""
    with tempfile.TemporaryDirectory() as folder:
        wanted = json.dumps(f"={version}" if version else "*")
        manifest = Path(folder, "Cargo.toml")
        manifest.write_text(
            f'[package]\nname = "brought"\nversion = "0.0.0"\nedition = "2021"\n[lib]\npath = "lib.rs"\n[dependencies]\n{name} = {wanted}\n'
        )
        Path(folder, "lib.rs").write_text("")
        ran = run_fetch(manifest, True)
    if ran is None:
        return f"failed to fetch: cargo fetch did not end in {ONLINE} s"
    return ran.stderr.decode("utf-8", "replace") if ran.returncode else None


def _errors(said: str) -> str:
    """What cargo printed, without its warnings of further tries."""
    lines = [line for line in said.splitlines() if not re.match(r"\s*(?:warning:|Updating|Locking|Downloading)", line)]
    return "\n".join(lines)


@dataclass(frozen=True)
class LockedRelease:
    """A registry's crate that a workspace depends on: the version in its lock, and the newest as far as this machine knows."""

    name: str
    locked: str
    newest: str  # "" where cargo's index says nothing of it
    compatible: str  # the newest that the locked one could be updated to
    direct: bool  # named in a manifest of the workspace


def locked_releases(workspace: Path) -> list[LockedRelease]:
    """Return the registry's crates of a workspace's lock, direct dependencies first. Raises `UnreadableLock`."""
    root = root_of(workspace)
    direct = {(one.name, one.version) for one in locked_crates(workspace) if one.direct}
    said: dict[str, Any] = read_toml(root / "Cargo.lock", root, LARGEST_LOCK) or {}
    if not said:
        raise UnreadableLock(
            f"There is no Cargo.lock in {root}, so no versions are fixed. Make one: cargo generate-lockfile"
        )
    packages, found = said.get("package"), dict[tuple[str, str], LockedRelease]()
    for one in (packages if isinstance(packages, list) else [])[:MOST_CRATES]:
        name, version, source = (
            one.get(key) if isinstance(one, dict) else None for key in ("name", "version", "source")
        )
        right = isinstance(name, str) and isinstance(version, str) and isinstance(source, str)
        if right and source.startswith(REGISTRIES) and CRATE_NAME.fullmatch(name) and CRATE_VERSION.fullmatch(version):
            published = published_versions(name)
            found[name, version] = LockedRelease(
                name,
                version,
                newest_published(published),
                newest_published(published, version),
                (name, version) in direct,
            )
    return sorted(found.values(), key=lambda one: (not one.direct, one.name, version_order(one.locked)))
