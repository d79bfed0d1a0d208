"""What `Cargo.toml` says without asking cargo: whether a folder is a crate she may work in, its root, and a file's edition."""

import os
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from rusta.errors import RustaError

NEAR = 3  # how many folders down another Cargo.toml is worth naming


class NotACrate(RustaError):
    """A folder that holds no crate, or that is too much to be one: the whole disk, or somebody's home."""


def opened(folder: Path) -> Path:
    """The folder itself, resolved, if there is a crate to work on. Raises `NotACrate`."""
    path = folder.expanduser().resolve()
    if not path.is_dir():
        raise NotACrate(f"{folder} is {'no folder' if path.exists() else 'not there'}. Name a crate: workspace=PATH")
    if path == Path(path.anchor) or path == Path.home().resolve() or Path.home().resolve().is_relative_to(path):
        raise NotACrate(
            f"{path} holds more than a crate, and I only work in one. Go into the crate, or name it: workspace=PATH"
        )
    if (path / "Cargo.toml").is_file():
        return path
    above = next((up for up in path.parents if (up / "Cargo.toml").is_file()), None)
    below = sorted(at.parent for depth in range(1, NEAR + 1) for at in path.glob("*/" * depth + "Cargo.toml"))
    near = ([above] if above else []) + below
    known = (
        f"There is one in {', '.join(str(at) for at in near[:4])}: workspace={near[0]}"
        if near
        else "Make one: cargo init"
    )
    raise NotACrate(f"There is no Cargo.toml in {path}, so cargo has nothing to judge. {known}")


def root_of(package: Path) -> Path:
    """The root of the workspace a package belongs to: the nearest folder upward that says `[workspace]`, else its own."""
    for folder in (package, *package.parents):
        if "workspace" in _read(folder / "Cargo.toml"):
            return folder
    return package


def edition_of(file: Path) -> str:
    """The edition that a source file is written in. A manifest that does not say means 2015, as it does for cargo."""
    for folder in file.parents:
        said = _read(folder / "Cargo.toml")
        if package := said.get("package"):
            edition = package.get("edition", "2015")
            if isinstance(edition, dict):  # edition.workspace = true
                edition = _read(root_of(folder) / "Cargo.toml").get("workspace", {}).get("package", {}).get("edition")
            return str(edition or "2015")
    return "2024"  # a file outside of any package


def beside(root: Path) -> tuple[Path, ...]:
    """Folders of path dependencies outside of a workspace, and of theirs in turn: what a build has to read."""
    said = _read(root / "Cargo.toml").get("workspace", {})
    members = [at for pattern in said.get("members", []) if isinstance(pattern, str) for at in root.glob(pattern)]
    seen = {root, *members}
    todo = list(seen)
    while todo:
        folder = todo.pop()
        for path in _paths(_read(folder / "Cargo.toml")):
            at = Path(os.path.normpath(folder / path))
            if at not in seen and at.is_dir():
                seen.add(at)
                todo.append(at)
    return tuple(sorted(at for at in seen if not at.is_relative_to(root)))


def own_harness(package: Path) -> bool:
    """Whether a package here, or one below it, tests itself without libtest (`harness = false`), which knows no JSON."""
    skipped = {"target", ".git", "node_modules"}
    for folder, names, files in os.walk(package):
        names[:] = [name for name in names if name not in skipped]
        if "Cargo.toml" in files:
            said = _read(Path(folder, "Cargo.toml"))
            targets = [*said.get("test", []), *said.get("bin", []), said.get("lib", {})]
            if any(isinstance(target, dict) and target.get("harness") is False for target in targets):
                return True
    return False


def _paths(said: Any) -> Iterator[str]:
    """Every `path` of a dependency table, however deep: targets and the workspace have tables of their own."""
    for key, value in said.items() if isinstance(said, dict) else ():
        if key.endswith("dependencies") and isinstance(value, dict):
            yield from (of["path"] for of in value.values() if isinstance(of, dict) and isinstance(of.get("path"), str))
        else:
            yield from _paths(value)


def _read(manifest: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(manifest.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError):
        return {}  # cargo says what is wrong with it, better than we could
