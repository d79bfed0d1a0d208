"""Run git for edits, and raise its errors as `EditRefused`."""

import subprocess
from collections.abc import Sequence
from pathlib import Path

from rusta.core import git_runner as runner
from rusta.core.home import persons_umask
from rusta.tools.patch.refusals import EditRefused


def git(
    *words: str, folder: Path, git_dir: Path | None = None, stdin: bytes = b"", fine: Sequence[int] = (0,), **env: str
) -> "subprocess.CompletedProcess[bytes]":
    """Run git in a folder. Raises `EditRefused` if git is missing, or its exit status is not in `fine`."""
    try:
        ran = runner.run(
            *words,
            folder=folder,
            git_dir=git_dir,
            stdin=stdin,
            settings={"core.fsync": "reference"},
            env=env,
            umask=persons_umask(),
        )
    except runner.NoGit:
        raise EditRefused("I need git to show and to merge edits, and there is none on PATH. apt install git") from None
    except runner.GitError as error:
        raise EditRefused(str(error)) from None
    if ran.returncode not in fine:
        said = ran.stderr.decode(errors="replace").strip() or f"status {ran.returncode}"
        raise EditRefused(f"git {words[0]} did not work in {folder}: {said}")
    return ran
