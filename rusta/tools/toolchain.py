"""Which cargo judges: `toolchain=cargo`, or `toolchain=none` to keep her hands off.

The toolchain is asked of rustup once, in the workspace, and then called by its own path: a `rust-toolchain.toml` is
obeyed, and rustup's proxies, which cost ten milliseconds a call and want to write, stay out of the sandbox.

Obeyed by name alone: a workspace says which of the person's toolchains judges it, and never brings a compiler of its own.
Nothing of the toolchain is run here; its programs are run in the sandbox.
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
from rusta.core.programs import find, search_path
from rusta.tools.sandbox.base import Ran
from rusta.tools.sandbox.view import rustup_home

SECONDS = 10  # for rustup to say a path
MOST = 2**16  # bytes of a rust-toolchain file


class Program(Protocol):
    """Runs a program of the toolchain in the sandbox, with nothing that it may write."""

    def __call__(self, name: str, words: Sequence[str], stdin: bytes = b"", cwd: Path | None = None) -> Ran:
        """Run it to its end."""
        ...


class NoCargo(RustaError):
    """There is no Rust toolchain here, or not the one the crate asks for."""


@dataclass(frozen=True)
class Toolchain:
    """`toolchain=cargo`: she compiles, lints and tests. What one command may take is the sandbox's to say."""


@dataclass(frozen=True)
class NoToolchain:
    """`toolchain=none`: she reads and talks, and nothing is compiled."""


@dataclass(frozen=True)
class Installed:
    """The toolchain that a folder asks for."""

    folder: Path

    @cached_property
    def bin(self) -> Path:
        """Where its programs lie. Raises `NoCargo`."""
        rustup = find("rustup")
        if rustup is None:
            plain = find("cargo")
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
        """PATH with this toolchain before everything else."""
        return f"{self.bin}{os.pathsep}{search_path()}"


def _installed(bin: Path) -> bool:
    """Whether it is the `bin` of a toolchain of rustup's own, or of one that the person has linked there."""
    toolchains = bin.parent.parent
    return ".." not in bin.parts and toolchains.resolve() == rustup_home() / "toolchains"


def _need_short_files(folder: Path) -> None:
    """Raise `NoCargo` for a rust-toolchain file that rustup, outside of the sandbox, would read without end."""
    for at in (folder, *folder.parents):
        for name in ("rust-toolchain", "rust-toolchain.toml"):
            with suppress(OSError):  # there is none, or rustup says what is wrong with it
                seen = (at / name).stat()
                if not ((stat.S_ISREG(seen.st_mode) and seen.st_size <= MOST) or stat.S_ISDIR(seen.st_mode)):
                    raise NoCargo(f"{at / name} is no file of a few lines, and I don't have rustup read it. Remove it.")
