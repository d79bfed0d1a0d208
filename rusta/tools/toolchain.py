"""Which cargo judges: `toolchain=cargo`, or `toolchain=none` to keep her hands off.

The toolchain is asked of rustup once, in the workspace, and then called by its own path: a `rust-toolchain.toml` is
obeyed, and rustup's proxies, which cost ten milliseconds a call and want to write, stay out of the sandbox.
"""

import os
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Protocol

from rusta.errors import RustaError
from rusta.tools.sandbox.base import Ran

SECONDS = 10  # for rustup to say a path


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
        try:
            # 2026-11-22 rustup 1.29 fetches a toolchain that is missing unless it is told not to
            asked = subprocess.run(
                ("rustup", "which", "cargo"), cwd=self.folder, capture_output=True, text=True, timeout=SECONDS,
                env={**os.environ, "RUSTUP_AUTO_INSTALL": "0"},
            )  # fmt: skip
        except FileNotFoundError:
            plain = shutil.which("cargo")
            if not plain:
                raise NoCargo(
                    "There is no cargo on this machine, so I can read Rust and not try it. Install it: https://rustup.rs, "
                    "or just talk with me: toolchain=none"
                ) from None
            return Path(plain).resolve().parent
        except subprocess.TimeoutExpired:
            raise NoCargo(f"rustup did not say in {SECONDS} s where cargo is. Ask it: rustup which cargo") from None
        if asked.returncode:
            why = next((line for line in asked.stderr.splitlines() if line.startswith("error:")), asked.stderr.strip())
            raise NoCargo(f"rustup has no cargo for {self.folder}: {why.removeprefix('error: ')} Look: rustup show")
        return Path(asked.stdout.strip()).parent

    @cached_property
    def version(self) -> str:
        """The compiler's own words for which it is ("rustc 1.95.0"), or nothing where it does not say."""
        try:
            asked = subprocess.run((self.bin / "rustc", "--version"), capture_output=True, text=True, timeout=SECONDS)
        except (OSError, subprocess.TimeoutExpired):
            return ""
        return " ".join(asked.stdout.split()[:2])

    def path(self) -> str:
        """PATH with this toolchain before everything else."""
        return f"{self.bin}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
