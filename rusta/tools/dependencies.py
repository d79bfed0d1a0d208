"""Fetch a crate's dependencies outside of the sandbox, before the crate is built without network inside it.

`cargo fetch` runs no code of the crate, provided that cargo's configuration is not the crate's either: a
`.cargo/config.toml` may name a compiler wrapper. Cargo and rustup search for their configuration from the current
folder upwards, so both run in the file system's root. Hence registries named only in the workspace's configuration are
not used.
"""

import os
import re
import subprocess
import tempfile
from functools import cache
from pathlib import Path

from rusta.core.errors import RustaError
from rusta.core.programs import find_program
from rusta.tools.manifest import root_of

OFFLINE, ONLINE = 60, 600  # seconds

# Cargo's messages that the lock file is out of date, and that a dependency is not on this machine.
UNLOCKED = re.compile(r"lock file .{0,1000} because --(?:frozen|locked) was passed|needs to be updated but --")
UNFETCHED = re.compile(
    r"you're using offline mode|in the offline mode|but --(?:frozen|offline) was specified|failed to download"
)
YANKED = re.compile(r"^ +version \S+ is yanked$", re.M)
NAMES = (
    re.compile(r"no matching package named `([^`]+)`"),
    re.compile(r"failed to download `([^`]+)`"),
    re.compile(r"failed to get `([^`]+)` as a dependency"),
    re.compile(r"failed to select a version for the requirement `([^`]+)`"),
)


class Unfetched(RustaError):
    """The crate needs a dependency that is not on this machine. `said` is cargo's stderr."""

    said = ""


class Unlocked(RustaError):
    """There is no up-to-date `Cargo.lock`, and it could not be written. `said` is cargo's stderr."""

    said = ""


def run_fetch(manifest: Path, online: bool, *more: str) -> "subprocess.CompletedProcess[bytes] | None":
    """Run `cargo fetch` for a manifest, in the file system's root; None where it did not end in time."""
    return _run(["fetch"], manifest, online, *more)


def run_update(manifest: Path, crate: str, old: str, new: str) -> "subprocess.CompletedProcess[bytes] | None":
    """Run `cargo update` of one crate to one version, offline; `old` is the version that it has, "" where there is only one."""
    return _run(["update"], manifest, False, "--precise", new, f"{crate}@{old}" if old else crate)


def _run(command: list[str], manifest: Path, online: bool, *more: str) -> "subprocess.CompletedProcess[bytes] | None":
    words = [_cargo(), *command, "--manifest-path", str(manifest), *([] if online else ["--offline"]), *more]
    try:
        with tempfile.TemporaryDirectory() as notes:  # for what cargo caches about rustc, even for a fetch
            env = {**os.environ, "CARGO_TERM_COLOR": "never", "RUSTUP_AUTO_INSTALL": "0", "CARGO_TARGET_DIR": notes}
            limit = ONLINE if online else OFFLINE
            return subprocess.run(words, cwd=manifest.anchor, env=env, capture_output=True, timeout=limit)
    except subprocess.TimeoutExpired:
        return None


@cache
def host_platform() -> str:
    """Return the platform that cargo builds for by default; "" where it does not say."""
    try:
        said = subprocess.run([_cargo(), "-vV"], cwd="/", capture_output=True, text=True, timeout=OFFLINE).stdout
    except (subprocess.TimeoutExpired, OSError):
        return ""
    return next((line.removeprefix("host: ") for line in said.splitlines() if line.startswith("host: ")), "")


def _cargo() -> str:
    return find_program("cargo") or "cargo"


def fetch(workspace: Path, online: bool, named: Path | None = None) -> None:
    """Update `Cargo.lock` and fetch what it names. Raises `Unfetched` or `Unlocked`, with cargo's reason.

    `named` is the user's folder, where `workspace` is a copy of it.
    """
    named = named or workspace
    root = root_of(workspace)
    lock = root / "Cargo.lock"
    if lock.is_symlink() and not lock.resolve().is_relative_to(root.resolve()):  # cargo would write to its target
        told = named / "Cargo.lock" if root == workspace else lock
        raise Unlocked(f"{told} is a link that leads out of the workspace. Make it a file of its own.")
    did = run_fetch(workspace / "Cargo.toml", online)
    if did is None:
        seconds = ONLINE if online else OFFLINE
        raise Unfetched(
            f"cargo fetch did not end in {seconds} s for {named}. Run it yourself: cargo fetch --manifest-path {named / 'Cargo.toml'}"
        )
    if did.returncode:
        said = did.stderr.decode("utf-8", "replace")
        if UNFETCHED.search(said):
            raise unfetched(said, named, online)
        refusal = Unlocked(
            f"{named / 'Cargo.lock'} is missing or does not fit, and cargo could not write it: "
            f"{reason(said).replace(str(workspace), str(named))}"
        )
        refusal.said = said
        raise refusal


def unfetched(said: str, workspace: Path, online: bool) -> Unfetched:
    """Return the error that names the missing dependency, if cargo did, and the command that fetches it."""
    name = next((found[1] for pattern in NAMES if (found := pattern.search(said))), None)
    what = f"{name}, which is not on this machine" if name else "something that is not on this machine"
    refusal = Unfetched(
        f"{workspace} depends on {name}, of which every version that fits was withdrawn by its authors (yanked), and it has no "
        "Cargo.lock that keeps one: cargo cannot build it anywhere, until what needs it asks for another version"
        if name and YANKED.search(said)
        else f"{workspace} depends on {what}, and it could not be fetched: {reason(said)}"
        if online
        else f"{workspace} depends on {what}, and the network is shut (network=offline). Fetch it once: "
        f"cargo fetch --manifest-path {workspace / 'Cargo.toml'}, or let me: network=online"
    )
    refusal.said = said
    return refusal


def reason(said: str) -> str:
    """Return cargo's errors in one line: the first error and its causes."""
    lines = [line.strip() for line in said.splitlines()]
    kept = [
        line.removeprefix("error: ") for line in lines if line and not line.startswith(("Caused by", "As a reminder"))
    ]
    return "; ".join(kept)[:600] or "it gave no reason"
