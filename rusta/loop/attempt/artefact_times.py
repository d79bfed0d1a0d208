"""When cargo last built something in a target directory, and files that are newer than that.

Cargo rebuilds a package where a source is newer than the file `invoked.timestamp` of its last build
(doc.rust-lang.org/nightly/nightly-rustc/cargo/core/compiler/fingerprint, "Mtime and dep-info").
"""

import os
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

FINGERPRINTS, STAMP = ".fingerprint", "invoked.timestamp"
DEPTH = 3  # folders between the target directory and that of a profile: miri/TRIPLE/debug
MOST = 20_000  # builds that are looked at; a build script may have made others
SECOND = 10**9  # ns


def newest_artefact(target: Path) -> int:
    """Return the modification time, in ns, of the newest build below a target directory; 0 where there is none."""
    return max(islice(_times(os.fspath(target), DEPTH), MOST), default=0)


def outdate(path: Path, built: int) -> None:
    """Make a file that was just written newer than `built` (ns), where the clock did not."""
    if path.lstat().st_mtime_ns <= built:
        try:
            os.utime(path, ns=(built + SECOND, built + SECOND))
        except OSError:  # a time that the file system cannot hold, as a build script may set one
            return


def _times(folder: str, depth: int) -> Iterator[int]:
    fingerprints = os.path.join(folder, FINGERPRINTS)  # noqa: PTH118  one of many
    inside = list(_folders(fingerprints))
    for one in inside:
        try:
            yield os.lstat(os.path.join(one, STAMP)).st_mtime_ns  # noqa: PTH118
        except OSError:
            continue
    if not inside and depth:
        for one in _folders(folder):
            yield from _times(one, depth - 1)


def _folders(folder: str) -> Iterator[str]:
    try:
        with os.scandir(folder) as entries:
            yield from (one.path for one in islice(entries, MOST) if one.is_dir(follow_symlinks=False))
    except OSError:
        return
