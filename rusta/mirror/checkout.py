"""Lay out a commit of a mirror as files: only regular ones with a harmless path, and only those that were asked for.

The index is built beside the old one from the commit's listing and replaces it at the end, so an interrupted layout is
completed by the next. Files that are no longer part of the state are removed; nothing that another program put into the
work tree is, unless it has the path of a file of the state. Symlinks are not written and not followed.
"""

import os
import shutil
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from rusta.mirror.commit_files import LARGEST_FILE, DamagedRepository, TreeFile
from rusta.mirror.repository import MirrorRepository
from rusta.mirror.upstream import Upstream

INDEX = "rusta-index"


@dataclass(frozen=True)
class LaidOut:
    """What laying out a state came to. `skipped` are paths of the state that were not laid out, each with why."""

    files: int
    removed: int
    skipped: Mapping[str, str]


def lay_out(repository: MirrorRepository, commit: str, upstream: Upstream) -> LaidOut:
    """Make the work tree the files of a commit. Raises `DamagedRepository`, and `OSError` where files cannot be written."""
    listing = repository.files(commit).listing
    wanted, skipped = _wanted(listing.files, upstream)
    skipped |= listing.refused
    new = repository.git_dir / INDEX
    before, all_of_it = _copied_index(repository, new), {**listing.others, **listing.files}
    # Unwanted files stand in the index with a mark not to lay them out, so `git status` in the mirror reports no change.
    entries = [f"0 {'0' * 40}\t{path}" for path in before.keys() - all_of_it.keys()]
    entries += [
        f"{one.mode} {one.oid} 0\t{path}"
        for path, one in all_of_it.items()
        if before.get(path) != (one.mode, one.oid, "H")
    ]
    env = {"GIT_INDEX_FILE": str(new)}
    repository.git("update-index", "-z", "--add", "--replace", "--index-info", stdin=_lines(entries), env=env)
    if unwanted := all_of_it.keys() - wanted.keys():
        repository.git("update-index", "-z", "--skip-worktree", "--stdin", stdin=_lines(unwanted), env=env)
    removed = _remove(
        repository.folder, [path for path, (_, _, tag) in before.items() if tag == "H" and path not in wanted]
    )
    blocked = [
        path
        for path in wanted
        if path not in before and (at := repository.folder / path).is_dir() and not at.is_symlink()
    ]
    for path in blocked:
        skipped[path] = "a folder with files of somebody else's is in its place"
        del wanted[path]
    repository.git("checkout-index", "-f", "-u", "-q", "-z", "--stdin", stdin=_lines(wanted), env=env, seconds=600.0)
    new.replace(repository.git_dir / "index")
    repository.git("update-ref", "--no-deref", "HEAD", commit)
    return LaidOut(len(wanted), removed, dict(sorted(skipped.items())))


def _wanted(files: Mapping[str, TreeFile], upstream: Upstream) -> tuple[dict[str, TreeFile], dict[str, str]]:
    wanted, skipped, seen = dict[str, TreeFile](), dict[str, str](), dict[str, str]()
    for path, one in files.items():
        if not upstream.laid_out(path):
            continue
        # Folders are compared as well: on a disk that ignores case, A/x and a/y share a folder, and one takes the other's name.
        twin = next((other for at in _spellings(path) if (other := seen.setdefault(at.casefold(), at)) != at), None)
        if one.size > LARGEST_FILE:
            skipped[path] = f"it is larger than {LARGEST_FILE // 1_000_000} MB"
        elif twin is not None:
            skipped[path] = f"its name differs from {twin} in letter case alone"
        else:
            wanted[path] = one
    return wanted, skipped


def _spellings(path: str) -> list[str]:
    parts = path.split("/")
    return ["/".join(parts[: n + 1]) for n in range(len(parts))]


def _copied_index(repository: MirrorRepository, new: Path) -> dict[str, tuple[str, str, str]]:
    """Copy the index, and return its paths with mode, hash and tag (`H`, or `S` for one that is not laid out).

    An index that cannot be read is left behind: every file is compared with the state then.
    """
    new.unlink(missing_ok=True)
    with suppress(OSError):
        shutil.copyfile(repository.git_dir / "index", new)
    try:
        ran = repository.git("ls-files", "-t", "-s", "-z", env={"GIT_INDEX_FILE": str(new)})
    except DamagedRepository:
        new.unlink(missing_ok=True)
        return {}
    found = dict[str, tuple[str, str, str]]()
    for entry in ran.stdout.split(b"\0"):
        head, tab, name = entry.partition(b"\t")
        words = head.decode().split()
        if tab and len(words) == 4:
            found[os.fsdecode(name)] = (words[1], words[2], words[0])
    return found


def _remove(root: Path, paths: list[str]) -> int:
    """Remove files of an earlier state, and folders that are empty then. Nothing behind a symlink is touched."""
    removed = 0
    for path in paths:
        file = root / path
        above = [at for at in file.parents if at.is_relative_to(root) and at != root]
        if any(at.is_symlink() for at in above):
            continue
        with suppress(OSError):
            file.unlink()
            removed += 1
        for at in above:
            try:
                at.rmdir()
            except OSError:
                break
    return removed


def _lines(words: "Mapping[str, object] | list[str] | set[str]") -> bytes:
    return b"".join(os.fsencode(word) + b"\0" for word in words)
