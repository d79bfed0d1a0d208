"""The `Cargo.lock` of changed manifests, resolved from what is on this machine, without writing to the workspace.

The manifests are laid out in a temporary folder with an empty file for each source, and `cargo fetch --offline`
resolves there. It runs no code of the crate, and is started in the file system's root, so that no configuration of the
workspace counts (`dependencies.py`). Path dependencies outside of the workspace are links to where they are.

Not covered: a registry or a vendored folder that only the workspace's own configuration names.
"""

import os
import subprocess
import tempfile
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path

from rusta.core.programs import find_program
from rusta.tools.dependencies import OFFLINE
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
        words = ["fetch", "--offline", "--manifest-path", str(copy / "Cargo.toml")]
        words += ["--target", _host()] if _host() else []
        env = {
            **os.environ,
            "CARGO_TERM_COLOR": "never",
            "RUSTUP_AUTO_INSTALL": "0",
            "CARGO_TARGET_DIR": f"{place}/notes",
        }
        try:
            did = subprocess.run(
                [_cargo(), *words], cwd=root.anchor, env=env, capture_output=True, timeout=OFFLINE
            )  # fmt: skip
        except (subprocess.TimeoutExpired, OSError):
            return None
        lock = copy / LOCK
        return lock.read_bytes() if not did.returncode and lock.is_file() else None


def _cargo() -> str:
    return find_program("cargo") or "cargo"


@cache
def _host() -> str:
    """The platform that cargo builds for; "" where it does not say."""
    try:
        said = subprocess.run([_cargo(), "-vV"], cwd="/", capture_output=True, text=True, timeout=OFFLINE).stdout
    except (subprocess.TimeoutExpired, OSError):
        return ""
    return next((line.removeprefix("host: ") for line in said.splitlines() if line.startswith("host: ")), "")
