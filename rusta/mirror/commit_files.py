"""The files of a commit, read from the repository's objects: nothing is laid out, and nothing of it is run.

Only regular files with a path that can be laid out on a disk are files of it. Submodules are none; a path that leads out of
the tree, names git's own folder in any spelling, holds control characters, or is not UTF-8 is refused. Symlinks are none,
except where one leads to Rust sources of the same commit (serde's `src/core` is such a folder): those can be read through
it as well, and are never laid out.
"""

import os
import posixpath
import re
import subprocess
import unicodedata
from collections import OrderedDict
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import TracebackType

from rusta.core import git_runner
from rusta.core.git_runner import GitError
from rusta.library.source_files import MOST_FILES

LONGEST_PATH = 1_000  # characters
LARGEST_FILE = 20_000_000  # bytes of a file that is read or laid out
KEPT_BYTES = 64 << 20  # of blobs that are kept in memory
MOST_LINKS = 1_000  # symlinks and submodules of a commit that are looked at
MOST_LINKED = 20_000  # files that they lead to
LARGEST_LISTING = 1 << 28  # bytes of a tree's listing
PLAIN = re.compile(rb"100(644|755|664)")  # modes of regular files
LINK, SUBMODULE = b"120000", b"160000"
OID = re.compile(r"[0-9a-f]{40}([0-9a-f]{24})?")
GIT_FOLDER = re.compile(r"\.git|git~\d+")


class DamagedRepository(GitError):
    """A repository's objects or references cannot be read."""


@dataclass(frozen=True)
class TreeFile:
    """A regular file of a commit: its blob's hash, its length in bytes, its mode in git's tree."""

    oid: str
    size: int
    mode: str


@dataclass(frozen=True)
class TreeListing:
    """The files of a commit by path, and what is no file of it, each with why.

    `others` are symlinks and submodules with a harmless path, with a length of 0. `linked` are the Rust sources that
    symlinks lead to, by their path through the link.
    """

    files: Mapping[str, TreeFile]
    refused: Mapping[str, str]
    others: Mapping[str, TreeFile] = field(default_factory=dict)
    linked: Mapping[str, TreeFile] = field(default_factory=dict)


class ObjectReader:
    """Reads objects by hash through one `git cat-file --batch`, which is started at the first. Close it after use."""

    def __init__(self, git_dir: Path) -> None:
        self.git_dir = git_dir
        self._process: subprocess.Popen[bytes] | None = None
        self._kept = OrderedDict[str, bytes]()
        self._bytes = 0

    def read(self, oid: str, most: int) -> bytes | None:
        """Return an object's content; None where it is longer than `most` bytes. Raises `DamagedRepository`."""
        if (known := self._kept.get(oid)) is not None:
            self._kept.move_to_end(oid)
            return known if len(known) <= most else None
        content = self._asked(oid, most)
        if content is not None and len(content) <= KEPT_BYTES // 8:
            self._kept[oid] = content
            self._bytes += len(content)
            while self._bytes > KEPT_BYTES:
                self._bytes -= len(self._kept.popitem(last=False)[1])
        return content

    def _asked(self, oid: str, most: int) -> bytes | None:
        if not OID.fullmatch(oid):
            raise DamagedRepository(f"{oid!r} is no hash of an object in {self.git_dir}.")
        process = self._process = self._process or git_runner.start_git(
            "cat-file", "--batch", folder=self.git_dir, git_dir=self.git_dir
        )
        assert process.stdin and process.stdout
        size, parts = 0, list[bytes]()
        try:
            process.stdin.write(f"{oid}\n".encode())
            process.stdin.flush()
            words = process.stdout.readline().split()
            if len(words) != 3:
                raise DamagedRepository(f"The object {oid} is missing in {self.git_dir}, or damaged.")
            size = int(words[2])
            left = size + 1  # a newline follows
            while left and (part := process.stdout.read(min(left, 1 << 20))):
                left -= len(part)
                parts += [part] if size <= most else []
        except (OSError, ValueError):
            left = 1
        except BaseException:
            self.close()  # what it answers next would be taken for the answer to another question
            raise
        if left:
            self.close()
            raise DamagedRepository(f"The object {oid} cannot be read from {self.git_dir}.")
        return b"".join(parts)[:-1] if size <= most else None

    def close(self) -> None:
        """End the process."""
        if process := self._process:
            self._process = None
            for pipe in (process.stdin, process.stdout):
                with suppress(OSError):
                    pipe and pipe.close()
            with suppress(subprocess.TimeoutExpired):
                process.wait(git_runner.GRACE_S)
            if process.returncode is None:
                git_runner.end(process)
                process.wait()

    def __enter__(self) -> "ObjectReader":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


@dataclass(frozen=True)
class CommitFiles:
    """The files of a commit, or those below a folder of it, as `SourceFiles`."""

    listing: TreeListing
    objects: ObjectReader = field(repr=False)
    commit: str
    folder: str = ""  # with a slash at its end, or empty

    def paths(self) -> Mapping[str, str]:
        """Return the files; the mark is the hash of the blob."""
        start = len(self.folder)
        files = (*self.listing.files.items(), *self.listing.linked.items())
        return {path[start:]: one.oid for path, one in files if path.startswith(self.folder)}

    def read(self, path: str, most: int) -> bytes | None:
        """Return a file's content; None where there is no such file, or it is longer than `most` bytes, or than 20 MB."""
        at = f"{self.folder}{path}"
        one = self.listing.files.get(at) or self.listing.linked.get(at)
        if one is None or one.size > min(most, LARGEST_FILE):
            return None
        return self.objects.read(one.oid, most)

    def below(self, folder: str) -> "CommitFiles":
        """Return the files below a folder of these."""
        inner = folder.strip("/")
        return CommitFiles(self.listing, self.objects, self.commit, f"{self.folder}{inner}/" if inner else self.folder)


def listed_tree(git_dir: Path, commit: str) -> TreeListing:
    """List the files of a commit. Raises `DamagedRepository`."""
    ran = git_runner.run("ls-tree", "-r", "-l", "-z", "--full-tree", commit, folder=git_dir, git_dir=git_dir)
    if ran.returncode or len(ran.stdout) > LARGEST_LISTING:
        said = ran.stderr.decode("utf-8", "replace").strip()[:300] or "its listing is too long"
        raise DamagedRepository(f"The files of {commit[:12]} in {git_dir} cannot be listed: {said}")
    files, refused, others = dict[str, TreeFile](), dict[str, str](), dict[str, TreeFile]()
    for entry in ran.stdout.split(b"\0"):
        head, tab, name = entry.partition(b"\t")
        words = head.split()
        if not tab or len(words) != 4:
            continue
        path = os.fsdecode(name)
        if why := _no_file(words[0]) or why_refused(path):
            refused[path] = why
            if words[0] in (LINK, SUBMODULE) and len(others) < MOST_LINKS and not why_refused(path):
                others[path] = TreeFile(words[2].decode(), 0, words[0].decode())
        elif words[3].isdigit() and len(files) < MOST_FILES:
            files[path] = TreeFile(words[2].decode(), int(words[3]), words[0].decode())
        else:
            refused[path] = (
                "its length is not known" if len(files) < MOST_FILES else f"there are more than {MOST_FILES} files"
            )
    return TreeListing(files, refused, others)


def with_links(listing: TreeListing, objects: ObjectReader) -> TreeListing:
    """Return the listing with the Rust sources that its symlinks lead to. A link through another link is not followed."""
    linked = dict[str, TreeFile]()
    for path, link in listing.others.items():
        if link.mode != LINK.decode():
            continue
        said = (objects.read(link.oid, LONGEST_PATH) or b"").decode("utf-8", "replace")
        target = posixpath.normpath(posixpath.join(posixpath.dirname(path), said))
        if said.startswith("/") or why_refused(target):
            continue
        if (one := listing.files.get(target)) and target.endswith(".rs"):
            linked[path] = one
        elif not one:
            below = [name for name in listing.files if name.startswith(f"{target}/") and name.endswith(".rs")]
            linked |= {
                f"{path}{name[len(target) :]}": listing.files[name] for name in below[: MOST_LINKED - len(linked)]
            }
    return replace(listing, linked=linked)


def why_refused(path: str) -> str:
    """Return why a path of a tree cannot be laid out on a disk; empty where it can."""
    if len(path) > LONGEST_PATH:
        return "its path is too long"
    if not path.isprintable():
        return "its path is not UTF-8 or holds control characters"
    if not path or path.startswith("/") or "\\" in path:
        return "its path leads out of the tree"
    for part in path.split("/"):
        if part in ("", ".", ".."):
            return "its path leads out of the tree"
        if _is_git(part):
            return "its path names git's own folder"
        if len(part.encode()) > 255:
            return "its path is too long"
    return ""


def _is_git(part: str) -> bool:
    """Return whether some file system takes a name for `.git`: in other letters, with invisible ones, in its short form."""
    if not part.isascii():
        part = "".join(
            one for one in unicodedata.normalize("NFKC", part) if unicodedata.category(one) not in ("Cf", "Mn")
        )
    return bool(GIT_FOLDER.fullmatch(part.casefold().partition(":")[0].rstrip(". ")))


def _no_file(mode: bytes) -> str:
    if PLAIN.fullmatch(mode):
        return ""
    return {LINK: "it is a symlink", SUBMODULE: "it is a submodule"}.get(mode, "it is no regular file")
