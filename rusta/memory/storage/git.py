"""Run git plumbing commands on the journals. Content is recorded byte by byte, without line-end conversion."""

import os
import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from rusta.core import git_runner
from rusta.core.errors import RustaError

HEX = re.compile(r"[0-9a-f]{40,64}")
PATIENCE = 120
"""Timeout of a git command in seconds."""
ATTRIBUTES = "* -text -eol -filter -ident -working-tree-encoding\n"
SETTINGS = {
    "safe.directory": "",  # refuse a repository owned by another user, as git does by default
    "core.autocrlf": "false",
    "core.eol": "lf",
    "core.fileMode": "false",
    "core.excludesFile": os.devnull,
    "core.splitIndex": "true",  # otherwise each entry rewrites the whole index: 70 ms at 100,000 entries
    "core.fsync": "loose-object,pack,reference",
    "core.fsyncMethod": "batch",  # one flush for all objects of an `add`: 50,000 files take seconds, not minutes
    "core.commitGraph": "true",
    "fastimport.unpackLimit": "100",
}


class HistoryWaits(RustaError):
    """Git could not record a change. The files are safe; the message says why and how to fix it."""


class GitRefused(HistoryWaits):
    """Git ran and returned an error. `said` is the first line of its message."""

    def __init__(self, root: Path | str, said: str) -> None:
        super().__init__(f"git cannot record in {root}: {said}. See: rusta devlog doctor")
        self.said = said

    @property
    def damage(self) -> bool:
        """Whether the repository itself is at fault, rather than the owner of its folder."""
        return "dubious ownership" not in self.said


@dataclass(frozen=True)
class Git:
    """Git on one folder that contains its repository.

    `lock` is the descriptor of the writers' lock. Git inherits it, so that a git process that outlives its killed
    writer still keeps other writers out, and the holder of the lock knows that no other git process of ours is running.
    """

    root: Path
    lock: int | None = None

    @property
    def folder(self) -> Path:
        """The repository folder (`.git`)."""
        return self.root / ".git"

    def branch(self) -> tuple[str, bool]:
        """Return the branch of HEAD, and whether it has a commit yet. Raises `HistoryWaits` if HEAD is detached."""
        with suppress(OSError, UnicodeDecodeError):  # the usual case: reads only two small files
            said = (self.folder / "HEAD").read_text(encoding="ascii").strip()
            name = said.removeprefix("ref: ")
            if name != said and HEX.fullmatch((self.folder / name).read_text(encoding="ascii").strip()):
                return name, True
        try:
            name = self.run("rev-parse", "--symbolic-full-name", "--verify", "HEAD").decode().strip()
        except HistoryWaits:
            name = self.run("symbolic-ref", "HEAD").decode().strip()
            if (self.folder / name).exists():  # the branch names a commit that cannot be read
                raise
            return name, False
        if name == "HEAD":
            raise HistoryWaits(
                f"{self.root} is not on a branch: somebody looks at an older state there, so history waits. "
                "Go back with git switch main."
            )
        return name, True

    def run(
        self, *words: str, stdin: bytes = b"", more: Mapping[str, str] | None = None, patience: int = PATIENCE
    ) -> bytes:
        """Run git on this repository and return its stdout. Raises `HistoryWaits` if it fails."""
        return self._run(words, self.folder, stdin, more, patience)

    def found(self, *words: str) -> bytes:
        """Run git on the repository that it discovers from the folder upwards. Raises `HistoryWaits` if it fails."""
        return self._run(words, None)

    def _run(
        self, words: tuple[str, ...], git_dir: Path | None, stdin: bytes = b"",
        more: Mapping[str, str] | None = None, patience: int = PATIENCE,
    ) -> bytes:  # fmt: skip
        try:
            done = git_runner.run(
                *words,
                folder=self.root,
                git_dir=git_dir,
                work_tree=self.root if git_dir else None,
                stdin=stdin,
                settings=SETTINGS,
                env={"GIT_LITERAL_PATHSPECS": "1", **(more or {})},
                pass_fds=(self.lock,) if self.lock is not None else (),
                seconds=patience,
            )
        except git_runner.NoGit:
            raise HistoryWaits(
                "git is not installed, so the journals' history waits. Install it: apt install git."
            ) from None
        except git_runner.GitSlow:
            raise HistoryWaits(f"git said nothing for {patience} s in {self.root}, so history waits.") from None
        except git_runner.GitError as error:
            raise GitRefused(self.root, str(error)) from None
        if done.returncode:
            lines = done.stderr.decode("utf-8", "replace").strip().splitlines() or [f"it ended with {done.returncode}"]
            raise GitRefused(self.root, lines[0])
        return done.stdout
