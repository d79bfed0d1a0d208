"""Unified diffs and three-way merges of file contents, both made by git."""

import os
import re
import stat
import tempfile
from collections.abc import Mapping
from pathlib import Path

from rusta.tools.patch.git import git
from rusta.tools.patch.tree import State

SHOWN = 60  # lines of a conflict
CLASH = re.compile(rb"^<<<<<<< .*?(?:^>>>>>>> [^\n]*$|\Z)", re.DOTALL | re.MULTILINE)


def merge(base: bytes, now: bytes, wanted: bytes, verb: str) -> tuple[bytes | None, str]:
    """Merge the change from `base` to `wanted` into `now`.

    Return (merged bytes, ""), or (None, the conflicting lines).
    """
    with tempfile.TemporaryDirectory(prefix="rusta-") as scratch:
        folder = Path(scratch)
        for name, data in (("now", now), ("base", base), ("wanted", wanted)):
            (folder / name).write_bytes(data)
        labels = ("-L", "as it is now", "-L", "as I left it", "-L", f"as my {verb} would leave it")
        merged = git("merge-file", "-p", "--diff3", *labels, "now", "base", "wanted", folder=folder,
                     fine=range(256), GIT_CEILING_DIRECTORIES=str(folder.parent))  # fmt: skip
    if merged.returncode == 0:
        return merged.stdout, ""
    clashes = b"\n".join(CLASH.findall(merged.stdout))
    return None, _short(clashes.decode(errors="replace")) or "it is not text, so I cannot merge the two versions"


def git_diff(was: Mapping[str, State | None], now: Mapping[str, State | None]) -> str:
    """Return a unified diff in git's format. Bytes that are not UTF-8 become U+FFFD; binary files are only named."""
    with tempfile.TemporaryDirectory(prefix="rusta-") as scratch:
        folder = Path(scratch)
        for side, snapshot in (("a", was), ("b", now)):
            (folder / side).mkdir()
            for path, state in snapshot.items():
                if state is not None:
                    _lay(folder / side / path, state)
        shown = git("diff", "--no-index", "--no-prefix", "--no-renames", "a", "b", folder=folder, fine=(0, 1),
                    GIT_CEILING_DIRECTORIES=str(folder.parent))  # fmt: skip
    return shown.stdout.decode(errors="replace")


def _lay(path: Path, state: State) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    if state.is_link:
        path.symlink_to(os.fsdecode(state.data))
    else:
        path.write_bytes(state.data)
        path.chmod(stat.S_IMODE(state.mode) | 0o600)


def _short(text: str) -> str:
    lines = text.splitlines()
    return "\n".join([*lines[:SHOWN], f"... and {len(lines) - SHOWN} lines more"] if len(lines) > SHOWN else lines)
