"""Find out which external programs work, by running each: a name on PATH proves nothing.

rustup leaves a proxy for every component, installed or not, and a proxy may take a while to report that.
"""

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

SECONDS = 5  # limit for a program to print its version


@dataclass(frozen=True)
class Hand:
    """An external program: the command that prints its version, what it is used for, and how to install it."""

    name: str
    ask: tuple[str, ...]
    adds: str
    get: str


@dataclass(frozen=True)
class Found:
    """Whether a program works, and its version or the reason why not."""

    works: bool
    said: str


HANDS = (
    Hand("rustc", ("rustc", "--version"), "judging Rust, and the pages behind its error codes", "https://rustup.rs"),
    Hand("cargo", ("cargo", "--version"), "building and testing crates", "https://rustup.rs"),
    Hand("clippy", ("cargo", "clippy", "--version"), "lints", "rustup component add clippy"),
    Hand("rustfmt", ("rustfmt", "--version"), "formatting", "rustup component add rustfmt"),
    Hand(
        "miri", ("cargo", "+nightly", "miri", "--version"), "finding undefined behaviour",
        "rustup +nightly component add miri rust-src",
    ),
    Hand(
        "rust-analyzer", ("rust-analyzer", "--version"), "finding definitions and uses",
        "rustup component add rust-analyzer",
    ),
    Hand("git", ("git", "--version"), "undo in a repository, and the commit on run cards", "your package manager"),
)  # fmt: skip


# A sandbox is not asked for a version: it is tested with a probe.
SANDBOXES = (
    Hand("bubblewrap", (), "a sandbox for strangers' build scripts, the stronger one", "apt install bubblewrap, or your package manager"),
    Hand("landlock", (), "a sandbox where bubblewrap is not", "Linux 5.13 or newer, with user namespaces allowed"),
)  # fmt: skip


def contained(sandbox: Hand) -> Found:
    """Run a probe in the sandbox that tries to escape, and return whether it was contained."""
    from rusta.tools.sandbox.choice import KINDS, preflight

    why = preflight(KINDS[sandbox.name]())
    return Found(why is None, why or "contains a probe")


def probe_program(hand: Hand, seconds: float = SECONDS) -> Found:
    """Run the program in the file system's root, where no crate's configuration applies; rustup downloads nothing."""
    env = {**os.environ, "RUSTUP_AUTO_INSTALL": "0", "RUST_BACKTRACE": "0"}
    try:
        answer = subprocess.run(hand.ask, cwd=Path.cwd().anchor, capture_output=True, timeout=seconds, env=env)
    except FileNotFoundError:
        return Found(False, "not here")
    except subprocess.TimeoutExpired:
        return Found(False, f"does not answer in {seconds:g} s")
    except OSError as error:
        return Found(False, f"does not start ({error.strerror})")
    said = answer.stdout.decode("utf-8", "replace").strip()
    if answer.returncode or not said:
        proxy = any(word in answer.stderr for word in (b"rustup", b"toolchain", b"component"))
        return Found(False, "only rustup's proxy for it is here" if proxy else "not here")
    return Found(True, said.splitlines()[0])
