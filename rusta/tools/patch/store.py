"""Where the contents of edits are kept: in the workspace's own git, under private refs, or in a folder of hers.

Both are addressed by content. What is there already is read before it is relied on: it may be damaged, and the file that is
about to be swapped the last good copy. Git is written to object by object, as bytes, so that no filter, no line-ending rule, no
index and no hook has a part in it. An operation is a ref, `refs/rusta/<session>-<opening>/<n>`, and its commits hold the
edited files alone: one of what was, then one a step, with its reason. So `git gc` keeps it, and `git show` explains it.

Not covered: `git push --mirror` takes these refs along, as it takes every ref, and with them what she edited in files
that git ignores.
"""

import hashlib
import os
import stat
import time
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Protocol

from rusta.core.regular_file import read_file
from rusta.tools.patch.durable import Durable
from rusta.tools.patch.git import git
from rusta.tools.patch.refusals import Damaged, EditRefused
from rusta.tools.patch.tree import State

LARGEST = 1 << 32  # bytes of one content
Snapshot = Mapping[str, State | None]  # by path; None is no file


@dataclass(frozen=True)
class Chapter:
    """A step's part in an operation: its title, and what its paths became."""

    title: str
    became: Snapshot


class ContentStore(Protocol):
    """Keeps contents for good, and gives them back by the name it gave them."""

    def keep(self, before: Snapshot, chapters: Sequence[Chapter], durable: Durable) -> dict[str, str]:
        """Write every content for `durable` to settle. Returns the names to ask for them by, by their sha256."""
        ...

    def hold(self, name: str) -> None:
        """Once settled: see to it that what was kept last is never cleared away. The operation's name tells a reader."""
        ...

    def get(self, names: Iterable[str]) -> dict[str, bytes]:
        """Contents by name. Raises `Damaged` for what is not there."""
        ...


class FolderStore:
    """A file for each content, named by its sha256."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def _path(self, name: str) -> Path:
        return self.folder / name[:2] / name[2:]

    def keep(self, before: Snapshot, chapters: Sequence[Chapter], durable: Durable) -> dict[str, str]:
        """See `ContentStore`. Names are the hashes themselves."""
        states = [state for snapshot in (before, *(c.became for c in chapters)) for state in snapshot.values() if state]
        for sha, data in {state.sha: state.data for state in states}.items():
            path = self._path(sha)
            if not durable.has(path, data.__eq__, len(data)):
                path.parent.mkdir(parents=True, exist_ok=True)
                durable.place(path, data, 0o600)
        return {state.sha: state.sha for state in states}

    def hold(self, name: str) -> None:
        """Nobody clears this folder."""

    def get(self, names: Iterable[str]) -> dict[str, bytes]:
        """See `ContentStore`."""
        try:
            return {name: read_file(self._path(name), LARGEST) for name in names}
        except FileNotFoundError as error:
            raise Damaged(
                f"What /undo needs is gone: {error.filename} was removed. What it held, I cannot restore."
            ) from None
        except OSError as error:
            raise Damaged(
                f"The way back is damaged: {error.filename} cannot be read ({error.strerror}), and nothing was touched. "
                "Restore that file, or let me read it: chmod u+r"
            ) from None


class GitStore:
    """Loose objects and one ref an operation, in the repository that a workspace belongs to."""

    def __init__(self, git_dir: Path, algorithm: str) -> None:
        self.git_dir = git_dir
        self.algorithm = algorithm
        self.objects = git_dir / "objects"
        self._commit = ""

    @classmethod
    def of(cls, workspace: Path) -> "GitStore | None":
        """The store of the repository whose work tree this is, if it can be written to, and is this work tree's own."""
        try:
            asked = ("--is-inside-work-tree", "--show-object-format", "--git-common-dir")
            said = os.fsdecode(git("rev-parse", *asked, folder=workspace).stdout)
        except EditRefused:
            return None
        inside, algorithm, where = said.removesuffix("\n").split("\n", 2)
        git_dir = (workspace / where).resolve()
        usable = (
            inside == "true" and algorithm in hashlib.algorithms_available and os.access(git_dir / "objects", os.W_OK)
        )
        return cls(git_dir, algorithm) if usable and _is_its_own(git_dir, workspace) else None

    def keep(self, before: Snapshot, chapters: Sequence[Chapter], durable: Durable) -> dict[str, str]:
        """See `ContentStore`. A commit of what was, and one for each chapter: `git log -p` of the ref tells it."""
        objects: dict[str, bytes] = {}
        names: dict[str, str] = {}
        files: dict[str, tuple[bytes, str]] = {}
        commit = ""
        for chapter in (Chapter("Before", before), *chapters):
            for path, state in chapter.became.items():
                if state is None:
                    files.pop(path, None)
                else:
                    names[state.sha] = blob = self._object(objects, b"blob", state.data)
                    files[path] = (_git_mode(state.mode), blob)
            tree = self._tree(objects, {os.fsencode(path): entry for path, entry in files.items()})
            signed = f"Rusta <rusta@localhost> {int(time.time())} +0000"
            parent = f"parent {commit}\n" if commit else ""
            text = f"tree {tree}\n{parent}author {signed}\ncommitter {signed}\n\n{chapter.title}\n"
            commit = self._object(objects, b"commit", text.replace("\0", "").encode(errors="replace"))
        shared = stat.S_IMODE(self.objects.stat().st_mode)  # a repository that a group writes to stays one
        for one, whole in objects.items():
            path = self.objects / one[:2] / one[2:]
            if durable.has(path, partial(_unpacks, whole), len(whole) + len(whole) // 100 + 1024):
                continue
            if path.parent.is_symlink():
                raise EditRefused(
                    f"{path.parent} is a link, and objects of git lie in a folder of theirs. Remove the link."
                )
            if not path.parent.is_dir():
                path.parent.mkdir(exist_ok=True)
                path.parent.chmod(shared)
            durable.place(path, zlib.compress(whole, 1), 0o444)
        self._commit = commit
        return names

    def hold(self, name: str) -> None:
        """See `ContentStore`. The ref must be new: the way back of another history may hang on one that is there."""
        words = ("--no-deref", f"refs/rusta/{name}", self._commit, "0" * len(self._commit))
        git("update-ref", *words, folder=self.git_dir, git_dir=self.git_dir)

    def get(self, names: Iterable[str]) -> dict[str, bytes]:
        """See `ContentStore`."""
        wanted = list(names)
        if not wanted:
            return {}
        asked = "".join(f"{name}\n" for name in wanted).encode()
        try:
            said = git("cat-file", "--batch", folder=self.git_dir, git_dir=self.git_dir, stdin=asked).stdout
        except EditRefused as why:
            raise Damaged(
                f"What /undo needs is damaged, and nothing was touched: {why}. What is damaged: git -C {self.git_dir} fsck"
            ) from None
        found, at = {}, 0
        for name in wanted:
            end = said.index(b"\n", at)
            _, kind, *size = said[at:end].split(b" ")
            if kind != b"blob":
                raise Damaged(
                    f"What /undo needs is gone: {self.git_dir} no longer has {name}. Were the refs under refs/rusta removed, or is "
                    f"it damaged? git -C {self.git_dir} fsck"
                )
            found[name] = said[end + 1 : end + 1 + int(size[0])]
            at = end + 2 + int(size[0])
        return found

    def _object(self, objects: dict[str, bytes], kind: bytes, data: bytes) -> str:
        whole = kind + b" %d\0" % len(data) + data
        name = hashlib.new(self.algorithm, whole, usedforsecurity=False).hexdigest()
        objects[name] = whole
        return name

    def _tree(self, objects: dict[str, bytes], files: Mapping[bytes, tuple[bytes, str]]) -> str:
        """A tree object of these files, and those of its folders beneath."""
        folders: dict[bytes, dict[bytes, tuple[bytes, str]]] = {}
        entries: dict[bytes, tuple[bytes, str]] = {}
        for path, entry in files.items():
            top, slash, rest = path.partition(b"/")
            if slash:
                folders.setdefault(top, {})[rest] = entry
            else:
                entries[top] = entry
        entries |= {top: (b"40000", self._tree(objects, beneath)) for top, beneath in folders.items()}
        # Git sorts a folder as if its name ended in a slash.
        ordered = sorted(entries.items(), key=lambda item: item[0] + (b"/" if item[1][0] == b"40000" else b""))
        return self._object(objects, b"tree", b"".join(b"%s %s\0" % (mode, top) + bytes.fromhex(name)
                                                       for top, (mode, name) in ordered))  # fmt: skip


def _is_its_own(git_dir: Path, workspace: Path) -> bool:
    """Whether a repository belongs to the work tree that it was found from, so that it may be written to.

    `.git` may be a file, or a link, that a stranger wrote and that leads to another repository of the person's. One that
    lies elsewhere has to lead back, as those of submodules and of `git worktree` do.
    """
    entry = next((at / ".git" for at in (workspace, *workspace.parents) if os.path.lexists(at / ".git")), None)
    if entry is None or any((git_dir / name).is_symlink() for name in ("objects", "refs", "refs/rusta")):
        return False
    if git_dir.stat().st_uid not in (os.geteuid(), workspace.stat().st_uid):
        return False
    if git_dir.is_relative_to(entry.parent):
        return True
    try:
        said = git("rev-parse", "--absolute-git-dir", folder=workspace).stdout
        linked = Path(os.fsdecode(said.removesuffix(b"\n")))
        back = linked / "gitdir"
        if linked.parent == git_dir / "worktrees" and back.is_file():
            return (linked / back.read_text().removesuffix("\n")).resolve() == entry
        top = git("rev-parse", "--show-toplevel", folder=Path("/"), git_dir=git_dir).stdout  # as core.worktree says
    except (EditRefused, OSError, ValueError):
        return False
    return Path(os.fsdecode(top.removesuffix(b"\n"))).resolve() == entry.parent


def _unpacks(whole: bytes, raw: bytes) -> bool:
    """Whether a loose object, as it lies on disk, unpacks to these bytes and no others."""
    unpacker = zlib.decompressobj()
    try:
        return unpacker.decompress(raw, len(whole) + 1) == whole and unpacker.eof and not unpacker.unused_data
    except zlib.error:
        return False


def _git_mode(mode: int) -> bytes:
    return b"120000" if stat.S_ISLNK(mode) else b"100755" if mode & 0o100 else b"100644"
