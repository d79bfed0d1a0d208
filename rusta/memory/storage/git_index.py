"""The git index of the journals' repository: check its trailing checksum, and rebuild it from the last commit.

The index is needed only for a person's `git status` and for recording edits by hand; commits of entries do not read it.
Not covered: an index without a checksum (`index.skipHash`), of which only the beginning is checked.
"""

import hashlib
import os
import stat
import time
from contextlib import suppress
from pathlib import Path

from rusta.memory.storage.git import Git

HASH = 20  # bytes of the SHA-1 at the end of an index; the journals' repository uses SHA-1
LEAST = 12 + HASH


def damaged(folder: Path) -> bool:
    """Whether the index in the repository `folder` is incomplete or corrupt. A missing index is not damaged."""
    try:
        raw = _read(folder / "index")
        shared = _shared(raw)
        if shared:
            _read(folder / f"sharedindex.{shared}")
    except FileNotFoundError as error:
        return error.filename != str(folder / "index")
    except (OSError, ValueError):
        return True
    return False


def make_anew(git: Git) -> None:
    """Rename the index files to `index*-damaged-TIME` and rebuild from the last commit. Raises `HistoryWaits`."""
    now = int(time.time())
    for old in (git.folder / "index", *git.folder.glob("sharedindex.*")):
        with suppress(FileNotFoundError):
            old.rename(old.with_name(f"{old.name.replace('shared', '')}-damaged-{now}"))
    if git.branch()[1]:
        git.run("read-tree", "HEAD")


def _read(file: Path) -> bytes:
    """Read and verify an index file. Raises `ValueError` if it is not a valid index, `OSError`."""
    if not stat.S_ISREG(os.lstat(file).st_mode):
        raise ValueError(f"{file} is no regular file")
    raw = file.read_bytes()
    if len(raw) < LEAST or not raw.startswith(b"DIRC"):
        raise ValueError(f"{file} does not begin as an index")
    said = raw[-HASH:]
    if said != bytes(HASH) and hashlib.sha1(raw[:-HASH], usedforsecurity=False).digest() != said:
        raise ValueError(f"{file} does not have the hash that it ends with")
    return raw


def _shared(raw: bytes) -> str:
    """Return the base file's hash of a split index, from its `link` extension; empty for a complete index."""
    at = raw.rfind(b"link")
    size = int.from_bytes(raw[at + 4 : at + 8], "big") if at >= 0 else 0
    if size < HASH or at + 8 + size > len(raw) - HASH:  # the word occurs in a path
        return ""
    base = raw[at + 8 : at + 8 + HASH]
    return base.hex() if base != bytes(HASH) else ""
