"""Getting what a crate depends on, outside of the sandbox and before it: inside there is no network and nothing to lock.

`cargo fetch` runs no code of the crate, as long as cargo's own configuration is not the crate's either: a
`.cargo/config.toml` may name a compiler wrapper. Cargo and rustup look for theirs from the folder they stand in, so
they stand in the file system's root. What follows: registries that only the workspace's configuration names are not seen.
"""

import os
import re
import subprocess
import tempfile
from pathlib import Path

from rusta.core.errors import RustaError
from rusta.core.programs import find
from rusta.tools.manifest import root_of

OFFLINE, ONLINE = 60, 600  # seconds

# How cargo says that its lock file does not fit, and that something is not on this machine.
UNLOCKED = re.compile(r"lock file .{0,1000} because --(?:frozen|locked) was passed|needs to be updated but --")
UNFETCHED = re.compile(
    r"you're using offline mode|in the offline mode|but --(?:frozen|offline) was specified|failed to download"
)
NAMES = (
    re.compile(r"no matching package named `([^`]+)`"),
    re.compile(r"failed to download `([^`]+)`"),
    re.compile(r"failed to get `([^`]+)` as a dependency"),
    re.compile(r"failed to select a version for the requirement `([^`]+)`"),
)


class Unfetched(RustaError):
    """The crate needs another crate that is not on this machine."""


class Unlocked(RustaError):
    """There is no `Cargo.lock` that fits, and none could be made."""


def fetch(workspace: Path, online: bool, named: Path | None = None) -> None:
    """Make `Cargo.lock` fit and bring what it names. Raises `Unfetched` or `Unlocked`, with cargo's reason.

    `named` is the folder that a person knows, where `workspace` is a copy of it.
    """
    named = named or workspace
    cargo = find("cargo") or "cargo"
    manifest = workspace / "Cargo.toml"
    words = [cargo, "fetch", "--manifest-path", str(manifest), *([] if online else ["--offline"])]
    seconds = ONLINE if online else OFFLINE
    root = root_of(workspace)
    lock = root / "Cargo.lock"
    if lock.is_symlink() and not lock.resolve().is_relative_to(root.resolve()):  # cargo would write what it leads to
        told = named / "Cargo.lock" if root == workspace else lock
        raise Unlocked(f"{told} is a link that leads out of the workspace. Make it a file of its own.")
    try:
        with tempfile.TemporaryDirectory() as notes:  # what it writes down about rustc, even for a fetch
            env = {**os.environ, "CARGO_TERM_COLOR": "never", "RUSTUP_AUTO_INSTALL": "0", "CARGO_TARGET_DIR": notes}
            did = subprocess.run(words, cwd=manifest.anchor, env=env, capture_output=True, timeout=seconds)
    except subprocess.TimeoutExpired:
        raise Unfetched(
            f"cargo fetch did not end in {seconds} s for {named}. Run it yourself: cargo fetch --manifest-path {named / 'Cargo.toml'}"
        ) from None
    if did.returncode:
        said = did.stderr.decode("utf-8", "replace")
        if UNFETCHED.search(said):
            raise unfetched(said, named, online)
        raise Unlocked(
            f"{named / 'Cargo.lock'} is missing or does not fit, and cargo could not write it: "
            f"{reason(said).replace(str(workspace), str(named))}"
        )


def unfetched(said: str, workspace: Path, online: bool) -> Unfetched:
    """What is missing, by name where cargo gave one, and the command that brings it."""
    name = next((found[1] for pattern in NAMES if (found := pattern.search(said))), None)
    what = f"{name}, which is not on this machine" if name else "something that is not on this machine"
    if online:
        return Unfetched(f"{workspace} depends on {what}, and it could not be fetched: {reason(said)}")
    return Unfetched(
        f"{workspace} depends on {what}, and the network is shut (network=offline). Fetch it once: "
        f"cargo fetch --manifest-path {workspace / 'Cargo.toml'}, or let me: network=online"
    )


def reason(said: str) -> str:
    """Cargo's errors in one line: the first, and what caused it."""
    lines = [line.strip() for line in said.splitlines()]
    kept = [
        line.removeprefix("error: ") for line in lines if line and not line.startswith(("Caused by", "As a reminder"))
    ]
    return "; ".join(kept)[:600] or "it gave no reason"
