"""The crates of registries whose sources cargo has unpacked on this machine, at every version, locked or not.

Only names of folders and manifests are read. Source: The Cargo Book, "Cargo Home". Not covered: archives that were
downloaded and never unpacked.
"""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rusta.tools.dependency_entries import numbers_of
from rusta.tools.manifest import nested_table
from rusta.tools.sandbox.view import cargo_home
from rusta.tools.workspace_files import read_toml

MOST_VERSIONS = 200  # of one crate


@dataclass(frozen=True)
class CachedCrate:
    """One version of a crate, and the folder of its sources."""

    name: str
    version: str
    root: Path

    @property
    def manifest(self) -> dict[str, Any]:
        """Its manifest, as it was published."""
        return read_toml(self.root / "Cargo.toml", self.root) or {}

    def runs_on(self, rust: tuple[int, ...]) -> bool:
        """Return whether its `rust-version` allows this version of Rust; () is any."""
        least = nested_table(self.manifest, "package").get("rust-version")
        return not rust or not isinstance(least, str) or numbers_of(least) <= rust


def cached_versions(name: str) -> list[CachedCrate]:
    """Return the versions of a crate that are on this machine, the newest first, pre-releases left out."""
    found = dict[str, CachedCrate]()
    if not re.fullmatch(r"[A-Za-z0-9_-]{1,100}", name):
        return []
    for registry in sorted((cargo_home() / "registry" / "src").glob("*")):
        for folder in sorted(registry.glob(f"{name}-[0-9]*"))[:MOST_VERSIONS]:
            version = folder.name[len(name) + 1 :]
            if (
                re.fullmatch(r"\d{1,9}\.\d{1,9}\.\d{1,9}(?:\+[\w.+-]{1,80})?", version)
                and (folder / "Cargo.toml").is_file()
            ):
                found.setdefault(version, CachedCrate(name, version, folder))
    return sorted(found.values(), key=lambda one: numbers_of(one.version), reverse=True)
