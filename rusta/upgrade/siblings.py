"""Which other direct dependencies of a workspace depend on one that is to be upgraded, read from `Cargo.lock`.

Where such a sibling keeps the old version, the graph holds two, and their types do not fit each other.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rusta.library.crate_sources import LARGEST_LOCK, MOST_CRATES, locked_crates
from rusta.tools.manifest import root_of
from rusta.tools.workspace_files import read_toml

Dependents = Mapping[tuple[str, str], tuple[str, ...]]
"""`NAME VERSION` of the direct dependencies that depend on a crate, by its name and version."""


def direct_dependents(workspace: Path) -> Dependents:
    """Return which direct dependencies depend on which version of which crate. Raises `UnreadableLock`."""
    direct = {(one.name, one.version) for one in locked_crates(workspace) if one.direct and not one.own}
    root = root_of(workspace)
    said: dict[str, Any] = read_toml(root / "Cargo.lock", root, LARGEST_LOCK) or {}
    packages = said.get("package")
    every = [one for one in (packages if isinstance(packages, list) else [])[:MOST_CRATES] if isinstance(one, dict)]
    versions = dict[str, list[str]]()
    for one in every:
        versions.setdefault(str(one.get("name")), []).append(str(one.get("version")))
    found = dict[tuple[str, str], set[str]]()
    for one in every:
        needed = one.get("dependencies")
        if (one.get("name"), one.get("version")) not in direct:
            continue
        for said_of in needed if isinstance(needed, list) else []:
            name, _, version = str(said_of).partition(" ")
            # The lock names the version where there are several of the crate.
            for each in [version.partition(" ")[0]] if version else versions.get(name, []):
                found.setdefault((name, each), set()).add(f"{one['name']} {one['version']}")
    return {crate: tuple(sorted(of)) for crate, of in found.items()}
