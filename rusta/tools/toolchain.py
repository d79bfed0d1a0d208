"""The Rust toolchain to use: `toolchain=cargo`, or `toolchain=none` to compile nothing.

Rustup is asked once, in the workspace, which toolchain applies, and that toolchain is then called by its own path: so a
`rust-toolchain.toml` is obeyed, and rustup's proxies, which take ten milliseconds a call and need write access, are not
used in the sandbox.

It is obeyed only where it gives a name: a workspace may choose one of the user's toolchains, and cannot supply a
compiler. No program of the toolchain is run here; they are run in the sandbox.
"""

import os
import stat
import subprocess
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Protocol

from rusta.core.errors import RustaError
from rusta.core.programs import find_program, search_path
from rusta.tools.sandbox.base import Ran
from rusta.tools.sandbox.view import rustup_home

SECONDS = 10  # for rustup to print a path
MOST = 2**16  # bytes of a rust-toolchain file


class Program(Protocol):
    """A function that runs a program of the toolchain in the sandbox, with no writable folder."""

    def __call__(self, name: str, words: Sequence[str], stdin: bytes = b"", cwd: Path | None = None) -> Ran:
        """Run it until it ends."""
        ...


class NoCargo(RustaError):
    """There is no Rust toolchain on this machine, or not the one the crate selects."""


@dataclass(frozen=True)
class Toolchain:
    """`toolchain=cargo`: the agent compiles, lints and tests. Resource limits are the sandbox's settings."""


@dataclass(frozen=True)
class NoToolchain:
    """`toolchain=none`: the agent reads and answers, and nothing is compiled."""


@dataclass(frozen=True)
class Installed:
    """The toolchain that a folder selects."""

    folder: Path

    @cached_property
    def bin(self) -> Path:
        """The folder of its programs. Raises `NoCargo`."""
        rustup = find_program("rustup")
        if rustup is None:
            plain = find_program("cargo")
            if not plain:
                raise NoCargo(
                    "There is no cargo on this machine, so I can read Rust and not try it. Install it: https://rustup.rs, "
                    "or just talk with me: toolchain=none"
                )
            return Path(plain).resolve().parent
        _need_short_files(self.folder)
        try:
            # 2026-11-22 rustup 1.29 fetches a toolchain that is missing unless it is told not to
            asked = subprocess.run(
                (rustup, "which", "cargo"), cwd=self.folder, capture_output=True, text=True, timeout=SECONDS,
                env={**os.environ, "PATH": search_path(), "RUSTUP_AUTO_INSTALL": "0"},
            )  # fmt: skip
        except subprocess.TimeoutExpired:
            raise NoCargo(f"rustup did not say in {SECONDS} s where cargo is. Ask it: rustup which cargo") from None
        if asked.returncode:
            why = next((line for line in asked.stderr.splitlines() if line.startswith("error:")), asked.stderr.strip())
            raise NoCargo(f"rustup has no cargo for {self.folder}: {why.removeprefix('error: ')} Look: rustup show")
        found = Path(asked.stdout.strip()).parent
        if not (os.environ.get("RUSTUP_TOOLCHAIN") or _installed(found)):
            raise NoCargo(
                f"A rust-toolchain file at or above {self.folder} names a toolchain by its path: {found.parent}. I run no "
                "compiler that a workspace brings along. Use one of yours (rustup toolchain list) for it: "
                "RUSTUP_TOOLCHAIN=stable, or give that one a name if you trust it: "
                f"rustup toolchain link NAME {found.parent}, and RUSTUP_TOOLCHAIN=NAME"
            )
        return found

    def path(self) -> str:
        """Return PATH with this toolchain's folder first."""
        return f"{self.bin}{os.pathsep}{search_path()}"


def _installed(bin: Path) -> bool:
    """Return whether `bin` is of a toolchain that rustup installed, or that the user linked in rustup's folder."""
    toolchains = bin.parent.parent
    return ".." not in bin.parts and toolchains.resolve() == rustup_home() / "toolchains"


def _need_short_files(folder: Path) -> None:
    """Raise `NoCargo` for a rust-toolchain file that is too large or endless: rustup reads it unsandboxed."""
    for at in (folder, *folder.parents):
        for name in ("rust-toolchain", "rust-toolchain.toml"):
            with suppress(OSError):  # there is none, or rustup reports what is wrong
                seen = (at / name).stat()
                if not ((stat.S_ISREG(seen.st_mode) and seen.st_size <= MOST) or stat.S_ISDIR(seen.st_mode)):
                    raise NoCargo(f"{at / name} is no file of a few lines, and I don't have rustup read it. Remove it.")
