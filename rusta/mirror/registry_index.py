"""Which versions of a crate its registry has, as cargo last heard it: the index files in cargo's home, read offline.

Such a file holds every version as a line of JSON. It is a stranger's: bounded, and entries that are none are skipped.
Sources: The Cargo Book, "Registry Index"; cargo's `sources/registry/index/cache.rs` for the layout of the cache. Not
covered: versions published since cargo last asked, and caches of another layout (then no version is known).
"""

import json
import re
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from rusta.core.regular_file import read_file
from rusta.tools.dependency_entries import compatible_with, numbers_of
from rusta.tools.sandbox.view import cargo_home

LARGEST_INDEX = 1 << 25  # bytes of one crate's file
MOST_REGISTRIES = 50
MOST_PUBLISHED = 5_000  # versions of one crate
HEAD = b"\x03"  # version of the cache's layout; four bytes more are the version of the index
CRATE_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,63}")
CRATE_VERSION = re.compile(r"\d{1,9}\.\d{1,9}\.\d{1,9}(?:-[0-9A-Za-z.-]{1,80})?(?:\+[0-9A-Za-z.+-]{1,80})?")


@dataclass(frozen=True)
class PublishedVersion:
    """A version of a crate, as its registry has it."""

    version: str
    yanked: bool
    rust: str  # the least version of Rust; "" where nothing is said
    published: str  # when, ISO 8601; "" where the index does not say

    @property
    def preliminary(self) -> bool:
        """Whether it is a pre-release."""
        return "-" in self.version.partition("+")[0]


def published_versions(name: str) -> list[PublishedVersion]:
    """Return the versions of a crate, yanked ones included, the newest first; [] where cargo never asked for it."""
    if not CRATE_NAME.fullmatch(name):
        return []
    found = dict[str, PublishedVersion]()
    for file in _index_files(name.lower()):
        with suppress(OSError):
            for one in _versions(read_file(file, LARGEST_INDEX), name):
                found.setdefault(one.version, one)
    return sorted(found.values(), key=lambda one: version_order(one.version), reverse=True)


def newest_published(versions: Iterable[PublishedVersion], like: str = "") -> str:
    """Return the newest of these versions that is no pre-release and not yanked; `like`: of those compatible with it. "" if none."""
    kept = [
        one.version
        for one in versions
        if not one.yanked and not one.preliminary and (not like or _fits(one.version, like))
    ]
    return max(kept, key=version_order, default="")


def version_order(version: str) -> tuple[tuple[int, ...], bool, tuple[tuple[int, int, str], ...]]:
    """Return what versions are ordered by: numbers, a release behind its pre-releases, and their parts (semver.org, 11)."""
    before = version.partition("+")[0].partition("-")[2]
    parts = before.split(".") if before else []
    order = ((0, int(one), "") if one.isdecimal() else (1, 0, one) for one in parts)
    return numbers_of(version), not before, tuple(order)


def _fits(version: str, like: str) -> bool:
    return compatible_with(version) == compatible_with(like)


def _index_files(name: str) -> list[Path]:
    """The files that may hold a crate's index, those that cargo wrote last first."""
    parts = {1: ("1",), 2: ("2",), 3: ("3", name[0])}.get(len(name), (name[:2], name[2:4]))
    registries = list((cargo_home() / "registry" / "index").glob("*"))[:MOST_REGISTRIES]
    files = [one.joinpath(".cache", *parts, name) for one in registries]
    return sorted((one for one in files if one.is_file()), key=lambda one: -one.stat().st_mtime)


def _versions(content: bytes, name: str) -> Iterable[PublishedVersion]:
    if content[:1] != HEAD:
        return
    for part in content[5:].split(b"\0")[: 2 * MOST_PUBLISHED]:
        if part[:1] != b"{":
            continue
        with suppress(ValueError, RecursionError):
            said = json.loads(part)
            version, rust, at = said.get("vers"), said.get("rust_version"), said.get("pubtime")
            if said.get("name") == name and isinstance(version, str) and CRATE_VERSION.fullmatch(version):
                yield PublishedVersion(
                    version, said.get("yanked") is True, rust[:40] if isinstance(rust, str) else "",
                    at[:40] if isinstance(at, str) else "",
                )  # fmt: skip
