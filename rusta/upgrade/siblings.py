"""Which other direct dependencies of a workspace depend on one that is to be upgraded, read from `Cargo.lock`.

Where such a sibling keeps the old version, the graph holds two, and their types do not fit each other.
"""

from pathlib import Path
from typing import Any

from rusta.library.crate_sources import LARGEST_LOCK, MOST_CRATES, locked_crates
from rusta.tools.manifest import root_of
from rusta.tools.workspace_files import read_toml


def siblings(workspace: Path, crate: str, version: str) -> tuple[str, ...]:
    """Return `NAME VERSION` of the direct dependencies that depend on this version of a crate. Raises `UnreadableLock`."""
    direct = {(one.name, one.version) for one in locked_crates(workspace) if one.direct and not one.own}
    root = root_of(workspace)
    said: dict[str, Any] = read_toml(root / "Cargo.lock", root, LARGEST_LOCK) or {}
    packages = said.get("package")
    found = list[str]()
    for one in (packages if isinstance(packages, list) else [])[:MOST_CRATES]:
        if not isinstance(one, dict) or (one.get("name"), one.get("version")) not in direct or one.get("name") == crate:
            continue
        needed = one.get("dependencies")
        # The lock names the version where there are several of the crate.
        if any(said in (crate, f"{crate} {version}") for said in (needed if isinstance(needed, list) else [])):
            found.append(f"{one['name']} {one['version']}")
    return tuple(sorted(found))
