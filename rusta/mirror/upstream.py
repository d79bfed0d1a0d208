"""What is mirrored: where a repository lies, which state of it is followed, and which of its files count."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from rusta.core.errors import ConfigError
from rusta.mirror.file_kinds import CountedFolders, FileKind, file_kind
from rusta.mirror.path_patterns import path_matches

NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
HTTPS = re.compile(r"https://(?P<host>[A-Za-z0-9][A-Za-z0-9.-]*(:\d+)?)(?P<path>/[^\s\x00-\x1f\x7f?#]+)")
VERSION = re.compile(r"(\d{1,9})\.(\d{1,9})(?:\.(\d{1,9}))?")
REF_NAME = re.compile(r"(?![-./])(?!.*(\.\.|//|@\{|\.lock(/|$)|\.$|/$|/\.))[^\x00-\x20\x7f~^:?*\[\\]{1,250}")
HEADS, TAGS = "refs/heads/", "refs/tags/"
STD = "std"  # the name of the mirror that has no repository: `rusta.mirror.std_mirror`


@dataclass(frozen=True)
class Upstream:
    """A repository to mirror. Patterns are paths with `*`, `?` and `[...]` within a folder's name, and `**` for any folders."""

    address: str  # https://... or a folder of this machine
    branch: str | None = None  # the branch to follow; null: the one that the upstream calls its default
    release: str | None = (
        None  # follow the newest release instead: the tag of the highest version behind this prefix, such as v
    )
    depth: int = 100  # commits of history to hold
    only: list[str] = field(default_factory=list)  # patterns of the part that is laid out as files; empty: all of it
    core: list[str] = field(
        default_factory=list
    )  # patterns of the code that counts, with the packages it is in; empty: the sources of all
    docs: list[str] = field(default_factory=list)  # patterns of documentation, beside what is known as such
    examples: list[str] = field(default_factory=list)  # patterns of examples, beside what is known as such
    ignored: list[str] = field(default_factory=list)  # patterns of what does not count, beside CI

    def __post_init__(self) -> None:
        where = f"the mirror of {self.address}"
        if self.branch is not None and self.release is not None:
            raise ConfigError(f"{where}: branch={self.branch} and release={self.release}. It follows one of the two.")
        if self.branch is not None and not REF_NAME.fullmatch(self.branch):
            raise ConfigError(f"{where}: branch={self.branch!r} is no name of a branch.")
        if self.release is not None and not re.fullmatch(r"[\w./+-]{0,100}", self.release):
            raise ConfigError(f"{where}: release={self.release!r} is no prefix of a tag, such as v or tokio-.")
        if not 1 <= self.depth <= 100_000:
            raise ConfigError(f"{where}: depth={self.depth}. It is a number of commits, from 1 to 100000.")
        usable_address(self.address)

    @property
    def folder(self) -> Path | None:
        """The upstream's folder where it lies on this machine, else None."""
        return None if self.address.startswith("https://") else Path(self.address)

    @property
    def protocol(self) -> str:
        """Git's name of how it is reached: `file` or `https`."""
        return "file" if self.folder else "https"

    @property
    def follows(self) -> str:
        """What is followed, in words."""
        if self.release is not None:
            return f"the newest release ({self.release}X.Y.Z)"
        return f"branch {self.branch}" if self.branch else "its default branch"

    @property
    def counted(self) -> CountedFolders:
        """What counts as core, documentation and examples, and what does not count."""
        return CountedFolders(tuple(self.core), tuple(self.docs), tuple(self.examples), tuple(self.ignored))

    def kind(self, path: str) -> FileKind:
        """Return what a file is for."""
        return file_kind(path, self.counted)

    def laid_out(self, path: str) -> bool:
        """Return whether the file is put into the mirror's work tree."""
        return (not self.only or _matches(self.only, path)) and not self.counted.ignores(path)

    def chosen(self, default: str, refs: Mapping[str, str]) -> tuple[str, str]:
        """Return the ref to follow, and its commit, of those that an upstream offers.

        `default` is the ref of its default branch, empty where it says none. Raises `ConfigError` where there is none.
        """
        if self.release is not None:
            released = newest_release(self.release, [ref.removeprefix(TAGS) for ref in refs if ref.startswith(TAGS)])
            if released is None:
                raise ConfigError(
                    f"{self.address} has no tag {self.release}X.Y.Z, so there is no release to follow. {_some_tags(refs)}"
                )
            return f"{TAGS}{released}", refs[f"{TAGS}{released}"]
        ref = f"{HEADS}{self.branch}" if self.branch else default
        if ref not in refs:
            there = sorted(one.removeprefix(HEADS) for one in refs if one.startswith(HEADS))
            named = f"has no branch {self.branch}" if self.branch else "names no default branch that has a commit"
            listed = (
                f"It has: {', '.join(there[:8])}{' ...' if len(there) > 8 else ''}" if there else "It has no commit yet"
            )
            raise ConfigError(f"{self.address} {named}. {listed}. Name one: branch=NAME")
        return ref, refs[ref]


def usable_address(address: str) -> None:
    """Raise `ConfigError` unless the address is `https://HOST/PATH` without credentials, or an absolute path."""
    if address.startswith("/") and not re.search(r"[\x00-\x1f\x7f]", address):
        return
    if re.match(r"https://[^/]*@", address):
        raise ConfigError(
            "The address holds a user name or a password. I fetch without credentials: leave it out of the address."
        )
    if not HTTPS.fullmatch(address):
        raise ConfigError(
            f"{address!r} is no address to mirror. There are: https://HOST/PATH, or a folder of this machine."
        )


def name_for(address: str) -> str:
    """Return the name a mirror gets from its address: the last part of it, in small letters."""
    last = address.rstrip("/").removesuffix("/.git").rpartition("/")[2].removesuffix(".git").lower()
    return re.sub(r"[^a-z0-9_-]+", "-", last).strip("-_")[:64]


def version_of(prefix: str, tag: str) -> tuple[int, int, int] | None:
    """Return the version that a tag names behind a prefix; None for another tag, and for a pre-release."""
    found = VERSION.fullmatch(tag.removeprefix(prefix)) if tag.startswith(prefix) else None
    return (int(found[1]), int(found[2]), int(found[3] or 0)) if found else None


def newest_release(prefix: str, tags: list[str]) -> str | None:
    """Return the tag of the highest version behind a prefix; None where there is none."""
    versions = [(version, tag) for tag in tags if (version := version_of(prefix, tag))]
    return max(versions)[1] if versions else None


def _some_tags(refs: Mapping[str, str]) -> str:
    tags = sorted(ref.removeprefix(TAGS) for ref in refs if ref.startswith(TAGS))
    return f"Its tags read like {', '.join(tags[-4:])}." if tags else "It has no tags."


def _matches(patterns: list[str], path: str) -> bool:
    return any(path_matches(pattern, path) for pattern in patterns)
