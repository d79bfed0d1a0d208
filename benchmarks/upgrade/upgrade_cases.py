"""Upgrade cases: published crates whose dependency was bumped as a bot would, and the same crates before the bump.

They are laid out as README.md says, one in a folder CRATE-DEPENDENCY-VERSION; what they were before is what the registry
published. Nothing of them is kept in this repository.
"""

import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from rusta.library.cached_crates import cached_versions
from rusta.loop.think.strategies.dependencies.workspace_manifests import allows
from rusta.tools.dependency_entries import compatible_with, dependency_entries
from rusta.tools.workspace_files import read_toml

PUBLISHED_ALONE = (".cargo-ok", ".cargo_vcs_info.json", "Cargo.lock", "Cargo.toml.orig")


@dataclass(frozen=True)
class UpgradeCase:
    """A bumped crate, and the dependency that it was bumped to."""

    name: str
    folder: Path
    crate: str
    version: str
    dependency: str
    wanted: str

    def healthy(self, into: Path) -> Path:
        """Lay out the crate as it was published; return its folder. Raises `FileNotFoundError` where cargo has it no longer."""
        root = next((one.root for one in cached_versions(self.crate) if one.version == self.version), None)
        if root is None:
            raise FileNotFoundError(f"{self.crate} {self.version} is not where cargo keeps crates: make the cases anew")
        shutil.rmtree(into, ignore_errors=True)
        shutil.copytree(root, into, ignore=shutil.ignore_patterns(*PUBLISHED_ALONE))
        return into


def upgrade_cases(folder: Path, left_out: Callable[[str, str], None]) -> Iterator[UpgradeCase]:
    """Yield the cases below a folder; `left_out` hears of what is none, and why."""
    for at in sorted(path for path in folder.iterdir() if path.is_dir() and not path.name.startswith(".")):
        manifest = read_toml(at / "Cargo.toml", at) or {}
        package = manifest.get("package", {})
        crate, version = str(package.get("name", "")), str(package.get("version", ""))
        asked = at.name.removeprefix(f"{crate}-")
        found = re.fullmatch(r"(.+)-(\d[\w.]*)", asked)
        if not found:
            left_out(at.name, "its name is not CRATE-DEPENDENCY-VERSION")
            continue
        if not any(one.package == found[1] for one in dependency_entries(manifest)):
            left_out(at.name, f"its manifest does not ask for {found[1]}")
            continue
        yield UpgradeCase(at.name, at, crate, version, found[1], found[2])


def asks_for(crate: Path, dependency: str, wanted: str) -> bool:
    """Whether a crate's manifest asks for the wanted major version wherever it asks for the dependency, and its lock has that."""
    asked = [
        one for one in dependency_entries(read_toml(crate / "Cargo.toml", crate) or {}) if one.package == dependency
    ]
    lock = (crate / "Cargo.lock").read_text(encoding="utf-8", errors="replace")
    versions = re.findall(rf'name = "{re.escape(dependency)}"\nversion = "([^"]+)"', lock)
    fitting = [one for one in versions if compatible_with(one) == compatible_with(wanted)]
    return bool(asked) and all(any(allows(one.requirement, version) for version in fitting) for one in asked)
