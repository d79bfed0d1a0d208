"""The crates that the patterns of `workspace.members` name: below the root only, in a limited number of looks.

A stranger writes the patterns, so neither `/**/*` nor `**/**/**` over a large tree may take long. Symbolic links are
followed by `*` where they stay below the root, and never by `**`; hidden folders, and builds for `**`, are passed over.

Source: The Cargo Book, "The workspace section". Not covered: cargo itself, which expands the patterns in the sandbox.
"""

import os
import re
from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase
from pathlib import Path

MOST_LOOKS = 20_000  # at entries of folders and parts of patterns, for all patterns together
LONGEST = 1024  # characters of a pattern
SKIPPED = {"target", "node_modules"}
MAGIC = re.compile(r"[*?\[]")


def matching_crates(root: Path, patterns: Iterable[str], most: int = MOST_LOOKS) -> Iterator[Path]:
    """Folders with a manifest at or below `root`, as `root/...`; none for a pattern that begins elsewhere. It ends after `most` looks."""
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
                # Where a manifest is first: of most folders nothing more is asked.
                if os.path.isfile(f"{at}/Cargo.toml") and Path(os.path.realpath(at)).is_relative_to(top):  # noqa: PTH113
                    yield Path(at)
                continue
            part = parts[done]
            if not MAGIC.search(part):
                todo.append((os.path.join(at, part), done + 1))  # noqa: PTH118  thousands of them
                continue
            inside = _folders(at, part, most)
            most -= len(inside)
            if part == "**":
                todo += [(os.path.join(at, name), done) for name in inside if name] + [(at, done + 1)]  # noqa: PTH118
            else:
                todo += [(os.path.join(at, name), done + 1) for name in inside if name]  # noqa: PTH118


def _folders(at: str, part: str, most: int) -> list[str]:
    """Names of the folders in a folder that match, last first; "" for every other of its first `most` entries."""
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
    except OSError:  # no folder, or one that may not be read
        pass
    return sorted(found, reverse=True)
