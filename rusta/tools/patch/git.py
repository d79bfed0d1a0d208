"""Git, asked for one thing at a time, with nothing of the repository's own configuration able to run.

A repository may come from a stranger. Hooks, filters, file-system monitors, external diffs, text converters and lazy
fetches are all programs that a configuration can name, so every call turns off those that it could reach.
"""

import os
import subprocess
from collections.abc import Sequence
from pathlib import Path

from rusta.tools.patch.refusals import Refused

QUIET = (
    "core.hooksPath=/dev/null", "core.fsmonitor=false", "core.attributesFile=/dev/null", "core.pager=cat", "core.quotePath=false",
    "core.fsync=reference", "gc.auto=0", "maintenance.auto=false", "protocol.allow=never", "safe.directory=*",
)  # fmt: skip
WORLD = {
    "GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": os.devnull, "GIT_ATTR_NOSYSTEM": "1", "GIT_OPTIONAL_LOCKS": "0",
    "GIT_NO_REPLACE_OBJECTS": "1", "GIT_NO_LAZY_FETCH": "1", "GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C",
}  # fmt: skip


def git(
    *words: str, folder: Path, stdin: bytes = b"", fine: Sequence[int] = (0,), **env: str
) -> "subprocess.CompletedProcess[bytes]":
    """Run git in a folder. Raises `Refused` where there is no git, or it answers with another status than `fine`."""
    settings = [word for setting in QUIET for word in ("-c", setting)]
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    try:
        ran = subprocess.run(
            ["git", *settings, *words], cwd=folder, input=stdin, capture_output=True, env={**kept, **WORLD, **env}
        )
    except FileNotFoundError:
        raise Refused("I need git to show and to merge edits, and there is none on PATH. apt install git") from None
    if ran.returncode not in fine:
        said = ran.stderr.decode(errors="replace").strip() or f"status {ran.returncode}"
        raise Refused(f"git {words[0]} did not work in {folder}: {said}")
    return ran
