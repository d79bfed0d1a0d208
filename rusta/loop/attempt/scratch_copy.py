"""A copy of the workspace in which everything is tried first, so that the workspace only gets changes that passed.

The copy lies under RUSTA_HOME at the same path as the original, so that `../other` in a manifest still leads to the
other crate (copied beside it). It is kept between sessions, so that cargo need not rebuild. In a git repository, the
files that git tracks or would track are copied; elsewhere all but `target` and hidden folders. Whatever is written is
newer than every artefact in the target directory: cargo compares modification times, and would otherwise report on a
state that is no longer there, as after the clock was set back or on a file system that keeps whole seconds.

Not covered: files that a build reads by an absolute path of the workspace itself; those are read from the original.
"""

import difflib
import hashlib
import os
import re
import shutil
from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import Path

from rusta.core import git_runner
from rusta.core.derived_files import set_aside
from rusta.core.errors import RustaError
from rusta.core.file_clone import clone_or_copy
from rusta.loop.attempt.artefact_times import newest_artefact, outdate
from rusta.tools.lock_file import LOCK, lock_rows
from rusta.tools.manifest import path_dependencies
from rusta.tools.patch import OutsideWorkspace
from rusta.tools.patch.refusals import explained
from rusta.tools.sandbox.disk import used
from rusta.tools.sandbox.folders import remove

LARGEST = 256 * 2**20  # bytes; a larger workspace is not copied
LARGEST_TARGET = 16 * 10**9  # bytes of the copy's target directory, over all sessions
SKIPPED = {"target", "node_modules"}
ScratchChanges = Mapping[str, bytes | None]  # relative path -> whole new content; None removes the file


class TooLarge(RustaError):
    """The workspace is too large to be copied."""


class Scratch:
    """The copy of one workspace. `root` is the directory that cargo runs in."""

    def __init__(self, workspace: Path, home: Path) -> None:
        self.workspace = workspace.resolve()
        name = hashlib.sha256(str(self.workspace).encode()).hexdigest()[:12]
        self.place = home / "scratch" / name
        self.root = self.place / "tree" / self.workspace.relative_to(self.workspace.anchor)
        self.target = self.place / "target"
        self._looked = False  # whether the target directory was measured: once per session, some milliseconds
        self.changed: dict[str, bytes | None] = {}  # what differs from the workspace as synced, by relative path
        self._synced: dict[str, bytes | None] = {}  # contents as synced; the workspace may have been edited since

    def sync(self) -> None:
        """Make the copy equal to the workspace, touching only what differs.

        Raises `TooLarge`, and `Refused` for errors of the file system.
        """
        with explained(f"copy {self.workspace} to {self.place}, where I try things"):
            if not self._looked and used(self.target) > LARGEST_TARGET:  # the limit per command does not bound the sum
                remove(self.target)
            self._looked = True
            for folder in (self.place, self.target):
                if folder.exists() and not folder.is_dir():
                    set_aside(folder, "no folder")
            self.target.mkdir(parents=True, exist_ok=True)
            built = newest_artefact(self.target)
            for folder in (self.workspace, *path_dependencies(self.workspace)):
                _mirror(folder, self.place / "tree", self._excludes, built)
        self.changed, self._synced = {}, {}

    @cached_property
    def _excludes(self) -> str:
        """The user's global git ignore file (core.excludesFile)."""
        return git_runner.owners_setting("core.excludesFile", "--type=path")

    def read(self, name: str) -> bytes | None:
        """Return the content of a file of the copy, or None."""
        path = self.root / name
        return path.read_bytes() if path.is_file() and path.resolve().is_relative_to(self.root.resolve()) else None

    def sources(self) -> tuple[str, ...]:
        """Return the paths of the copy's sources, manifests and lock file, as it is now."""
        kept = (name for name in _walk(self.root) if name.endswith((".rs", "Cargo.toml", "Cargo.lock")))
        return tuple(sorted(name for name in kept if not (self.root / name).is_symlink()))

    def beyond(self, name: str) -> Path | None:
        """Return where a path leads if a symlink takes it outside the copy; None for all others."""
        real = Path(os.path.realpath(self.root / name))
        return None if real.is_relative_to(os.path.realpath(self.root)) else real

    def synced(self, name: str) -> bytes | None:
        """Return a file's content in the workspace as of the last sync, whatever has been tried since."""
        return self._synced[name] if name in self._synced else self.read(name)

    def differing(self, changes: ScratchChanges) -> ScratchChanges:
        """Return those of `changes` that differ from the workspace as synced."""
        return {name: content for name, content in changes.items() if content != self.synced(name)}

    def difference(self, changes: ScratchChanges) -> str:
        """Return a unified diff from the copy's current content to these contents; of a lock the packages that go and come."""
        told: list[str] = []
        for path, content in sorted(changes.items()):
            was = self.read(path)
            if path.endswith(LOCK) and (rows := lock_rows(was, content)):
                told += [f"--- a/{path}\n", f"+++ b/{path}\n", "@@ packages @@\n"]
                told += [f"{sign}{row}\n" for sign, side in zip("-+", rows, strict=True) for row in side]
                continue
            old, new = (_rows((side or b"").decode("utf-8", "replace")) for side in (was, content))
            before = "/dev/null" if was is None else f"a/{path}"
            told += difflib.unified_diff(old, new, before, "/dev/null" if content is None else f"b/{path}")
        return "".join(line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in told)

    def become(self, changes: ScratchChanges) -> None:
        """Set the copy to the workspace as synced plus exactly these changes; revert earlier ones that are not named.

        Raises `OutsideWorkspace`, before anything is written, for a path that a symlink leads outside the copy.
        """
        for name in changes:
            if real := self.beyond(name):
                raise OutsideWorkspace(f"{name!r} leads by a link to {real}, outside the workspace. I stay inside.")
        built = newest_artefact(self.target)
        for name in {*self.changed, *changes}:
            path = self.root / name
            was = self._synced.setdefault(name, self.read(name))
            content = changes.get(name, was)
            if content is None:
                path.unlink(missing_ok=True)
            elif not path.is_file() or path.read_bytes() != content:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(content)
                outdate(path, built)
        self.changed = dict(changes)


def _mirror(folder: Path, tree: Path, excludes: str, built: int) -> None:
    """Mirror `folder` at the same path beneath `tree`.

    `excludes` is the user's global git ignore file, `built` the newest artefact's time in nanoseconds.
    """
    into = tree / folder.relative_to(folder.anchor)
    wanted: dict[str, Path] = {}
    size = 0
    for name in _files(folder, excludes):
        path = folder / name
        size += path.lstat().st_size
        if size > LARGEST:
            raise TooLarge(
                f"{folder} holds more than {LARGEST >> 20} MB besides target, and I try things on a copy. Start me in the crate "
                "itself (rusta chat workspace=PATH), or have git ignore what is no source."
            )
        wanted[name] = path
    # Before anything is removed or written: a folder that was a symlink at the last sync still leads out of the copy.
    folders = {into, *(into / os.path.dirname(name) for name in wanted)}  # noqa: PTH120  tens of thousands of names
    for above in sorted({above for one in folders for above in (one, *one.parents) if above.is_relative_to(tree)}):
        if above.is_symlink() or above.is_file():
            above.unlink()
    into.mkdir(parents=True, exist_ok=True)
    for name in set(_walk(into)) - set(wanted):
        (into / name).unlink()
    for name, path in wanted.items():
        copy = into / name
        if path.is_symlink():
            if not (copy.is_symlink() and copy.readlink() == path.readlink()):
                _clear(copy)
                copy.symlink_to(path.readlink())
        elif copy.is_symlink() or not copy.is_file() or not _same(path, copy):
            _clear(copy)
            clone_or_copy(path, copy)
            shutil.copymode(path, copy)
            outdate(copy, built)


def _files(folder: Path, excludes: str) -> Iterator[str]:
    """Yield the files that git tracks or would track; without git, all but build output and hidden folders."""
    names = _listed(folder, excludes)
    if "Cargo.toml" not in names:  # no repository, or an ignored crate, such as one inside a build directory
        yield from _walk(folder)
        return
    # Cargo reads the lock file and its configuration even where git ignores them.
    names |= {name for name in ("Cargo.lock", ".cargo/config.toml") if (folder / name).is_file()}
    for name in names:
        path = folder / name
        if path.is_file() or path.is_symlink():
            yield name
        elif path.is_dir():  # a submodule or nested repository: git lists only the folder
            for inner in _files(path, excludes):
                yield str(Path(name, inner))


def _listed(folder: Path, excludes: str) -> set[str]:
    """Return the files that git lists; empty where there is no git, no repository, or one that git refuses to read."""
    try:
        settings = {"core.excludesFile": excludes} if excludes else {}
        listed = git_runner.run("ls-files", "-z", "-co", "--exclude-standard", folder=folder, settings=settings)
    except git_runner.GitError:
        return set()
    return {os.fsdecode(name) for name in listed.stdout.split(b"\0") if name} if listed.returncode == 0 else set()


def _walk(folder: Path) -> Iterator[str]:
    for at, folders, files in os.walk(folder):
        folders[:] = [
            name for name in folders if name not in SKIPPED and (not name.startswith(".") or name == ".cargo")
        ]
        for name in (*files, *folders):
            path = Path(at, name)
            if path.is_symlink() or (name in files and path.is_file()):  # skips pipes and sockets
                yield str(path.relative_to(folder))


def _same(one: Path, other: Path) -> bool:
    return one.stat().st_size == other.stat().st_size and one.read_bytes() == other.read_bytes()


def _clear(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    path.unlink(missing_ok=True)


def _rows(text: str) -> list[str]:
    """Split into lines with their ends at line feeds only, as git and rustc do: not at a form feed or U+2028."""
    return re.findall(r"[^\n]*\n|[^\n]+", text)
