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

from rusta.tools.dependencies import host_platform, run_fetch
from rusta.tools.manifest import path_dependencies

LOCK = "Cargo.lock"
MOST_FILES = 20_000  # of a workspace that is laid out


def relocked(
    root: Path, files: Sequence[str], read: Callable[[str], bytes | None], changes: Mapping[str, bytes | None]
) -> bytes | None:
    """Return the lock file of a workspace with these changes; None where cargo cannot resolve it offline.

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
        return lock.read_bytes() if did and not did.returncode and lock.is_file() else None
