"""Stores for the contents of edits: the workspace's own git, under private refs, or a folder of Rusta's.

Both are content-addressed. Contents that exist already are read before they are relied on: they may be damaged, and the
file about to be swapped the last good copy. Git objects are written one by one, as bytes, without filters, line-ending
rules, index or hooks. An operation is a ref, `refs/rusta/<session>-<opening>/<n>`, and its commits hold the edited
files alone: one with the state before, then one per step, with its reason. So `git gc` keeps it, and `git show`
displays it.

Not covered: `git push --mirror` pushes these refs too, as it does every ref, and with them the agent's edits of files
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
    """A step's part in an operation: its title, and the new states of its paths."""

    title: str
    became: Snapshot


class ContentStore(Protocol):
    """Stores contents permanently, and returns them by the name that it gave them."""

    def keep(self, before: Snapshot, chapters: Sequence[Chapter], durable: Durable) -> dict[str, str]:
        """Write every content, for `durable` to settle. Return the store's name of each, by its sha256."""
        ...

    def hold(self, name: str) -> None:
        """After settling, protect what was stored last from being removed. `name` is the operation's, for a reader."""
        ...

    def get(self, names: Iterable[str]) -> dict[str, bytes]:
        """Return contents by name. Raises `Damaged` for what is missing."""
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
        """Do nothing: this folder is never cleaned up."""

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
    """Loose objects and one ref per operation, in the repository that a workspace belongs to."""

    def __init__(self, git_dir: Path, algorithm: str) -> None:
        self.git_dir = git_dir
        self.algorithm = algorithm
        self.objects = git_dir / "objects"
        self._commit = ""

    @classmethod
    def of(cls, workspace: Path) -> "GitStore | None":
        """Return the store of this work tree's repository; None if it is not writable, or of another work tree."""
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
        """See `ContentStore`.

        Makes a commit with the state before, and one for each chapter: `git log -p` of the ref shows them.
        """
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
        shared = stat.S_IMODE(self.objects.stat().st_mode)  # a repository that is writable by a group stays so
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
        """See `ContentStore`. The ref must be new: an existing one may hold another history's undo data."""
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
        """Add a tree object of these files, and the trees of its subfolders; return its name."""
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
    """Return whether a repository belongs to the work tree from which it was found, so that it may be written to.

    `.git` may be an untrusted file or link that points to another repository of the user's. A repository that
    is elsewhere has to point back, as those of submodules and of `git worktree` do.
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
        top = git("rev-parse", "--show-toplevel", folder=Path("/"), git_dir=git_dir).stdout  # from core.worktree
    except (EditRefused, OSError, ValueError):
        return False
    return Path(os.fsdecode(top.removesuffix(b"\n"))).resolve() == entry.parent


def _unpacks(whole: bytes, raw: bytes) -> bool:
    """Return whether a loose object on disk decompresses to exactly these bytes."""
    unpacker = zlib.decompressobj()
    try:
        return unpacker.decompress(raw, len(whole) + 1) == whole and unpacker.eof and not unpacker.unused_data
    except zlib.error:
        return False


def _git_mode(mode: int) -> bytes:
    return b"120000" if stat.S_ISLNK(mode) else b"100755" if mode & 0o100 else b"100644"
