"""The `Cargo.lock` of changed manifests, resolved from what is on this machine, without writing to the workspace.

The manifests are laid out in a temporary folder with an empty file for each source, and `cargo fetch --offline`
resolves there. It runs no code of the crate, and is started in the file system's root, so that no configuration of the
workspace counts (`dependencies.py`). Path dependencies outside of the workspace are links to where they are.

Not covered: a registry or a vendored folder that only the workspace's own configuration names.
"""

import os
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from rusta.tools.dependencies import host_platform, run_fetch, run_update
from rusta.tools.manifest import path_dependencies
from rusta.tools.workspace_files import parse_toml

LOCK = "Cargo.lock"
LARGEST_LOCK_SHOWN = 1 << 24  # bytes
MOST_FILES = 20_000  # of a workspace that is laid out


def relocked(
    root: Path, files: Sequence[str], read: Callable[[str], bytes | None], changes: Mapping[str, bytes | None],
    moved: tuple[str, str, str] | None = None,
) -> bytes | None:  # fmt: skip
    """Return the lock file of a workspace with these changes; None where cargo cannot resolve it offline.

    `moved` is a crate with the version that it has and the one that it should have.

    `files` are the sources and manifests below `root`, by relative path. All that the lock names for this platform is
    on this machine.
    """
    if len(files) > MOST_FILES:
        return None
    with tempfile.TemporaryDirectory() as place:
        tree = Path(place, "tree")
        copy = tree / root.relative_to(root.anchor)
        for name in {*files, *changes}:
            content = changes[name] if name in changes else read(name) if name.endswith((".toml", ".lock")) else b""
            if content is not None:
                at = copy / name
                at.parent.mkdir(parents=True, exist_ok=True)
                at.write_bytes(content)
        for folder in path_dependencies(root):
            at = tree / folder.relative_to(folder.anchor)
            at.parent.mkdir(parents=True, exist_ok=True)
            if not os.path.lexists(at):
                at.symlink_to(folder)
        host = host_platform()
        try:
            did = run_fetch(copy / "Cargo.toml", False, *(["--target", host] if host else []))
        except OSError:  # there is no cargo
            return None
        lock = copy / LOCK
        if moved and did and not did.returncode and not _has(lock, moved[0], moved[2]):
            # Cargo took another version that fits, or left the one that was there.
            for at in (moved[1], ""):
                did = run_update(copy / "Cargo.toml", moved[0], at, moved[2])
                if did is None or not did.returncode:
                    break
            if not _has(lock, moved[0], moved[2]):
                return None
        return lock.read_bytes() if did and not did.returncode and lock.is_file() else None


def _has(lock: Path, crate: str, version: str) -> bool:
    said = f'name = "{crate}"\nversion = "{version}"\n'
    return lock.is_file() and said in lock.read_text(encoding="utf-8", errors="replace").replace("\r\n", "\n")


def lock_rows(old: bytes | None, new: bytes | None) -> tuple[list[str], list[str]] | None:
    """Return what two lock files differ in as rows `NAME VERSION`, without and with a package; None where that is not all of it.

    It is not where one cannot be read, or where a package of one name and version has another source or checksum.
    """
    sides = [_packages(side) for side in (old, new)]
    if sides[0] is None or sides[1] is None:
        return None
    was, now = sides[0], sides[1]
    if any(was[one] != now[one] for one in was.keys() & now.keys()):
        return None
    gone, come = (
        sorted(f"{name} {version}" for name, version in side)
        for side in (was.keys() - now.keys(), now.keys() - was.keys())
    )
    return (gone, come) if gone or come else None


def _packages(lock: bytes | None) -> dict[tuple[str, str], tuple[object, object]] | None:
    """The packages of a lock with what they come from; None for no lock."""
    said: Any = parse_toml(lock or b"", LARGEST_LOCK_SHOWN)
    packages = said.get("package") if said else None
    if not isinstance(packages, list) or not all(isinstance(one, dict) for one in packages):
        return None
    return {
        (str(one.get("name")), str(one.get("version"))): (one.get("source"), one.get("checksum")) for one in packages
    }
