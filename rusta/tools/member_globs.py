"""Expand the patterns of `workspace.members`, below the root only and within a limit of steps.

The patterns are untrusted, so neither `/**/*` nor `**/**/**` over a large tree may take long. Symbolic links are
followed by `*` where they stay below the root, and never by `**`; `**` also skips hidden and build folders, `*` hidden
ones.

Source: The Cargo Book, "The workspace section". Not covered: cargo's own expansion of the patterns, in the sandbox.
"""

import os
import re
from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase
from pathlib import Path

MOST_LOOKS = 20_000  # folder entries and pattern parts looked at, for all patterns together
LONGEST = 1024  # characters of a pattern
SKIPPED = {"target", "node_modules"}
MAGIC = re.compile(r"[*?\[]")


def matching_crates(root: Path, patterns: Iterable[str], most: int = MOST_LOOKS) -> Iterator[Path]:
    """Yield folders with a manifest at or below `root`, as `root/...`.

    A pattern that is absolute or begins with `..` matches nothing. The search ends after `most` steps.
    """
    top = os.path.realpath(root)
    for pattern in patterns:
        most -= 1
        parts = os.path.normpath(pattern).split("/")
        parts = [part for n, part in enumerate(parts) if part != "**" or parts[n + 1 : n + 2] != ["**"]]
        if len(pattern) > LONGEST or "\0" in pattern or parts[0] in ("", ".."):
            continue
        todo = [(str(root), 0)]
        while todo:
            most -= 1
            if most < 0:
                return
            at, done = todo.pop()
            if done == len(parts):
                # The test for a manifest comes first: most folders have none, and `realpath` is slower.
                if os.path.isfile(f"{at}/Cargo.toml") and Path(os.path.realpath(at)).is_relative_to(top):  # noqa: PTH113
                    yield Path(at)
                continue
            part = parts[done]
            if not MAGIC.search(part):
                todo.append((os.path.join(at, part), done + 1))  # noqa: PTH118  thousands of calls
                continue
            inside = _folders(at, part, most)
            most -= len(inside)
            if part == "**":
                todo += [(os.path.join(at, name), done) for name in inside if name] + [(at, done + 1)]  # noqa: PTH118
            else:
                todo += [(os.path.join(at, name), done + 1) for name in inside if name]  # noqa: PTH118


def _folders(at: str, part: str, most: int) -> list[str]:
    """Return names of matching subfolders, in reverse order; "" for each other one of the first `most` entries."""
    found: list[str] = []
    try:
        with os.scandir(at) as entries:
            for entry in entries:
                if len(found) >= most:
                    break
                seen = part[0] == "." or entry.name[0] != "."
                if part == "**":
                    wanted = seen and entry.name not in SKIPPED and entry.is_dir(follow_symlinks=False)
                else:
                    wanted = seen and fnmatchcase(entry.name, part) and entry.is_dir()
                found.append(entry.name if wanted else "")
    except OSError:  # not a folder, or not readable
        pass
    return sorted(found, reverse=True)
