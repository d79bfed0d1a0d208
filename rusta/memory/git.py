"""Git, run by plumbing with fixed words: none of a person's settings reach it, and no repository but the one it is for.

No hooks, no signing, no templates, no filters, no line ends made native, no network.
"""

import os
import re
import subprocess
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from rusta.errors import RustaError

HEX = re.compile(r"[0-9a-f]{40,64}")
PATIENCE = 120
"""Seconds after which a git that says nothing is taken for stuck."""
ATTRIBUTES = "* -text -eol -filter -ident -working-tree-encoding\n"
SETTINGS = {
    "core.hooksPath": os.devnull,
    "core.fsmonitor": "false",
    "core.autocrlf": "false",
    "core.eol": "lf",
    "core.fileMode": "false",
    "core.excludesFile": os.devnull,
    "core.attributesFile": os.devnull,
    "core.quotePath": "false",
    "core.splitIndex": "true",  # else the whole index is written with every entry: 70 ms at 100,000
    "core.fsync": "loose-object,pack,reference",
    "core.commitGraph": "true",
    "commit.gpgSign": "false",
    "gc.auto": "0",
    "maintenance.auto": "false",
    "log.showSignature": "false",
    "protocol.allow": "never",
    "fastimport.unpackLimit": "100",
}

ALONE = {
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_ATTR_NOSYSTEM": "1",
    "GIT_LITERAL_PATHSPECS": "1",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_TERMINAL_PROMPT": "0",
    "LC_ALL": "C",
}


class HistoryWaits(RustaError):
    """Git could not record a change. The files are safe; the sentence says why and what mends it."""


class Refused(HistoryWaits):
    """Git ran, and would not. `said` is its first line."""

    def __init__(self, root: Path | str, said: str) -> None:
        super().__init__(f"git cannot record in {root}: {said}. See: rusta devlog doctor")
        self.said = said

    @property
    def damage(self) -> bool:
        """Whether the repository is to blame, and not whose folder it is."""
        return "dubious ownership" not in self.said


@dataclass(frozen=True)
class Git:
    """Git on one folder, whose repository lies in it.

    `lock` is the descriptor of the writers' lock: git inherits it, so that a git that outlives its killed writer still
    keeps others out, and whoever holds the lock knows that no git of ours is at work.
    """

    root: Path
    lock: int | None = None

    @property
    def folder(self) -> Path:
        """The repository."""
        return self.root / ".git"

    def branch(self) -> tuple[str, bool]:
        """The branch that HEAD names, and whether it has a commit yet. Raises `HistoryWaits` where HEAD is detached."""
        with suppress(OSError, UnicodeDecodeError):  # the usual case, at the price of two small files
            said = (self.folder / "HEAD").read_text(encoding="ascii").strip()
            name = said.removeprefix("ref: ")
            if name != said and HEX.fullmatch((self.folder / name).read_text(encoding="ascii").strip()):
                return name, True
        try:
            name = self.run("rev-parse", "--symbolic-full-name", "--verify", "HEAD").decode().strip()
        except HistoryWaits:
            name = self.run("symbolic-ref", "HEAD").decode().strip()
            if (self.folder / name).exists():  # it names a commit, and that commit cannot be read
                raise
            return name, False
        if name == "HEAD":
            raise HistoryWaits(
                f"{self.root} is not on a branch: somebody looks at an older state there, so history waits. "
                "Go back with git switch main."
            )
        return name, True

    def persons(self, key: str) -> str:
        """One of the person's own settings, such as `user.name`; empty where there is none. Only read."""
        asked = subprocess.run(
            ["git", "config", "--global", "--get", key],
            capture_output=True,
            cwd="/",
            stdin=subprocess.DEVNULL,
            timeout=PATIENCE,
        )
        return asked.stdout.decode("utf-8", "replace").strip()

    def run(
        self, *words: str, stdin: bytes = b"", more: Mapping[str, str] | None = None, patience: int = PATIENCE
    ) -> bytes:
        """What git answers about this repository. Raises `HistoryWaits` where it refuses."""
        here = (f"--git-dir={self.folder}", f"--work-tree={self.root}")
        return self.bare(*here, *words, stdin=stdin, more=more, cwd=self.root, patience=patience)

    def bare(
        self,
        *words: str,
        stdin: bytes = b"",
        more: Mapping[str, str] | None = None,
        cwd: Path | None = None,
        patience: int = PATIENCE,
    ) -> bytes:
        """The same, with no repository named: git looks for one from `cwd` upwards."""
        settings = [word for key, value in SETTINGS.items() for word in ("-c", f"{key}={value}")]
        env = {key: value for key, value in os.environ.items() if not key.startswith("GIT_")} | ALONE | dict(more or {})
        held = (self.lock,) if self.lock is not None else ()
        try:
            done = subprocess.run(
                ["git", *settings, *words],
                input=stdin,
                capture_output=True,
                env=env,
                cwd=cwd,
                pass_fds=held,
                timeout=patience,
            )
        except FileNotFoundError:
            raise HistoryWaits(
                "git is not installed, so the journals' history waits. Install it: apt install git."
            ) from None
        except subprocess.TimeoutExpired:
            raise HistoryWaits(f"git said nothing for {patience} s in {self.root}, so history waits.") from None
        if done.returncode:
            lines = done.stderr.decode("utf-8", "replace").strip().splitlines() or [f"it ended with {done.returncode}"]
            raise Refused(self.root, lines[0])
        return done.stdout
