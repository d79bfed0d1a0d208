"""Read `Cargo.toml` without running cargo: whether a folder is a crate, its workspace root, and a file's edition.

Manifests are untrusted, so they are read by `workspace_files`, and one call looks at a limited number of folder entries
for `members`, and of manifests and their bytes for what those name. Whatever is beyond a limit is ignored.
"""

import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rusta.core.errors import ConfigError
from rusta.tools.member_globs import MAGIC, matching_crates
from rusta.tools.workspace_files import LARGEST_TOML, read_toml

NEAR = 3  # folder levels below that are searched for another Cargo.toml to suggest
MOST_MANIFESTS = 10_000  # read for one call; the largest workspaces have some hundred members
MOST_BYTES = 16 * LARGEST_TOML  # of those manifests together: some seconds of parsing for the slowest TOML
DEPENDENCIES = ("dependencies", "dev-dependencies", "dev_dependencies", "build-dependencies", "build_dependencies")


class NotACrate(ConfigError):
    """A folder without a crate, or one that is too large to be a crate: the file system's root, or a home folder."""


def crate_folder(folder: Path) -> Path:
    """Return the resolved folder if it has a crate. Raises `NotACrate`."""
    path = folder.expanduser().resolve()
    if not path.is_dir():
        raise NotACrate(f"{folder} is {'no folder' if path.exists() else 'not there'}. Name a crate: workspace=PATH")
    if path == Path(path.anchor) or path == Path.home().resolve() or Path.home().resolve().is_relative_to(path):
        raise NotACrate(
            f"{path} holds more than a crate, and I only work in one. Go where its Cargo.toml is, or name it: workspace=PATH"
        )
    if (path / "Cargo.toml").is_file():
        return path
    above = next((up for up in path.parents if (up / "Cargo.toml").is_file()), None)
    below = sorted(matching_crates(path, ["/".join("*" * depth) for depth in range(1, NEAR + 1)]))
    near = ([above] if above else []) + below
    known = (
        f"There is one in {', '.join(str(at) for at in near[:4])}: workspace={near[0]}"
        if near
        else "Make one: cargo init"
    )
    raise NotACrate(f"There is no Cargo.toml in {path}, so cargo has nothing to judge. {known}")


def root_of(package: Path) -> Path:
    """Return the root of a package's workspace: the nearest folder upward with `[workspace]`, else `package`."""
    for folder in (package, *package.parents):
        if "workspace" in _read(folder / "Cargo.toml"):
            return folder
    return package


def members_aside(root: Path) -> bool:
    """Return whether cargo at this root checks the root package only, unless given `--workspace`."""
    said = _read(root / "Cargo.toml")
    return "package" in said and "workspace" in said and "default-members" not in nested_table(said, "workspace")


def edition_of(file: Path) -> str:
    """Return the edition of a source file. A manifest without one means 2015, as in cargo."""
    for folder in file.parents:
        said = _read(folder / "Cargo.toml")
        if package := nested_table(said, "package"):
            edition = package.get("edition", "2015")
            if isinstance(edition, dict):  # edition.workspace = true
                edition = nested_table(_read(root_of(folder) / "Cargo.toml"), "workspace", "package").get("edition")
            return str(edition or "2015")
    return "2024"  # a file outside of any package


def path_dependencies(root: Path) -> tuple[Path, ...]:
    """Return the folders of path dependencies outside of a workspace, recursively: a build has to read them.

    Untrusted code can read these folders, so only crates that cargo itself would open are included, and no other path
    that a manifest names.
    """
    manifests = Manifests(root)
    seen, todo = {root}, [root, *member_folders(root)]
    while todo:
        folder = todo.pop()
        said = manifests.read(folder)
        if said:
            seen.add(folder)
            todo += [at for path in _paths(said) if (at := Path(os.path.normpath(folder / path))) not in seen]
    return tuple(sorted(at for at in seen if not at.is_relative_to(root)))


@dataclass(frozen=True)
class Crates:
    """Package names as spelled in the manifests: those of a workspace (`own`), and those they depend on (`needed`)."""

    own: tuple[str, ...] = ()
    needed: tuple[str, ...] = ()


def crate_names(root: Path) -> Crates:
    """Return the names of a workspace's packages and of their dependencies, as far as the manifests give them."""
    manifests = Manifests(root)
    own: dict[str, None] = {}
    needed: dict[str, None] = {}
    for folder in (root, *member_folders(root)):
        said = manifests.read(folder)
        name = nested_table(said, "package").get("name")
        own |= {name: None} if isinstance(name, str) else {}
        for table in _dependencies(said):
            for key, one in table.items():
                renamed = one.get("package") if isinstance(one, dict) else None
                needed |= dict.fromkeys((key, renamed) if isinstance(renamed, str) else (key,))
    return Crates(tuple(own), tuple(name for name in needed if name not in own))


def own_harness(package: Path) -> bool:
    """Return whether a package here or below has a target without libtest (`harness = false`), hence without JSON."""
    manifests = Manifests(package)
    for folder in matching_crates(package, ("**",)):
        said = manifests.read(folder)
        targets = [*_list(said.get("test")), *_list(said.get("bin")), said.get("lib")]
        if any(isinstance(target, dict) and target.get("harness") is False for target in targets):
            return True
    return False


class Manifests:
    """Reads manifests for one question, up to a limit of their number and total size."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._looks, self._bytes = MOST_MANIFESTS, MOST_BYTES

    def read(self, folder: Path) -> dict[str, Any]:
        """Return the manifest of a folder.

        {} where it cannot be read, a link leads out of the workspace, or a limit is reached.
        """
        self._looks -= 1
        if self._looks < 0 or self._bytes < 0:
            return {}
        manifest = folder / "Cargo.toml"
        with suppress(OSError, ValueError):  # there is none, or its path is invalid
            self._bytes -= min(manifest.stat().st_size, LARGEST_TOML)
            return _read(manifest, self.root if folder.is_relative_to(self.root) else folder)
        return {}


def _paths(said: dict[str, Any]) -> Iterator[str]:
    """Yield every dependency's `path` in the tables that cargo reads; others, as under `metadata`, are ignored."""
    for table in (*_dependencies(said), nested_table(said, "replace"), *nested_table(said, "patch").values()):
        of = table.values() if isinstance(table, dict) else ()
        yield from (one["path"] for one in of if isinstance(one, dict) and isinstance(one.get("path"), str))


def member_folders(root: Path) -> list[Path]:
    """Return the folders that a workspace lists as its members."""
    said = _list(nested_table(_read(root / "Cargo.toml"), "workspace").get("members"))
    named = [one for one in said if isinstance(one, str) and "\0" not in one]
    plain = [Path(os.path.normpath(root / one)) for one in named if not MAGIC.search(one)]
    return [*plain, *matching_crates(root, (one for one in named if MAGIC.search(one)))]


def _dependencies(said: dict[str, Any]) -> list[dict[str, Any]]:
    """Return every table in which cargo looks for dependencies."""
    places = [said, nested_table(said, "workspace"), *nested_table(said, "target").values()]
    return [nested_table(place, kind) for place in places for kind in DEPENDENCIES]


def nested_table(said: Any, *names: str) -> dict[str, Any]:
    """Return the nested table of these names; {} where there is none or another type, which cargo will report."""
    for name in names:
        said = said.get(name) if isinstance(said, dict) else None
    return said if isinstance(said, dict) else {}


def _list(said: Any) -> list[Any]:
    return said if isinstance(said, list) else []


def _read(manifest: Path, within: Path | None = None) -> dict[str, Any]:
    """Return a parsed manifest; {} where it cannot be read, which cargo will report.

    A symbolic link is followed within `within`, by default the manifest's own folder.
    """
    return read_toml(manifest, within or manifest.parent) or {}
