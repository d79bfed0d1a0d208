"""The files of one workspace, opened folder by folder so that no link can lead out of it.

Every change is first staged beside its file, so that what can fail (a full disk, a folder without write permission)
fails before anything is visible. Then files are renamed, which needs no space.

Not covered: times, access lists, extended attributes and the owner of a file that was deleted; a save by the user in
the microseconds between the last check of a file and its renaming.
"""

import errno
import hashlib
import os
import stat
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path, PurePosixPath

from rusta.core.home import persons_umask
from rusta.tools.patch.durable import Durable, write_all
from rusta.tools.patch.refusals import EditRefused, OutsideWorkspace, Stale

FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


@dataclass(frozen=True)
class State:
    """A file's state: its bytes (for a link its target) and its mode, which holds type and permissions."""

    data: bytes
    mode: int
    names: int = field(default=1, compare=False)  # hard links
    owner: tuple[int, int] | None = field(default=None, compare=False)
    stamp: tuple[int, ...] | None = field(default=None, compare=False)

    @cached_property
    def sha(self) -> str:
        """The sha256 of the bytes."""
        return hashlib.sha256(self.data).hexdigest()

    @property
    def is_link(self) -> bool:
        """Whether it is a symbolic link."""
        return stat.S_ISLNK(self.mode)


@dataclass(frozen=True)
class FileChange:
    """One path's state before and after; `None` is no file. `folders` are made, or removed, with the file."""

    path: str
    was: State | None
    now: State | None
    folders: tuple[str, ...] = ()


def stamp(info: os.stat_result) -> tuple[int, ...]:
    """Return values of which at least one changes when the file is written to or replaced."""
    return (info.st_dev, info.st_ino, info.st_mode, info.st_size, info.st_mtime_ns, info.st_ctime_ns)


class FileTree:
    """A folder and everything below it. Files in its `private` folders may not be edited."""

    def __init__(self, root: Path, private: Iterable[Path] = ()) -> None:
        self.root = root
        self.private: list[tuple[str, ...]] = []
        for folder in private:
            self.keep_out(folder)
        self.descriptor = os.open(root, FOLDER)

    def close(self) -> None:
        """Close the folder, which releases a lock on it."""
        if self.descriptor >= 0:
            os.close(self.descriptor)
        self.descriptor = -1

    def keep_out(self, folder: Path) -> None:
        """Refuse edits below this folder."""
        if folder.is_relative_to(self.root):
            self.private.append(folder.relative_to(self.root).parts)

    def parts(self, path: str) -> tuple[str, ...]:
        """Return the components of the path of an editable file. Raises `OutsideWorkspace` or `EditRefused`."""
        pure = PurePosixPath(path)
        if pure.is_absolute() or ".." in pure.parts:
            raise OutsideWorkspace(
                f"{path!r} leads out of the workspace {self.root}. Name it from there, as in 'src/lib.rs'."
            )
        if not pure.parts or path.endswith("/") or "\0" in path:
            raise EditRefused(f"{path!r} names no file. Name one from the workspace {self.root}, as in 'src/lib.rs'.")
        try:
            os.fsencode(path)
        except UnicodeEncodeError:
            raise EditRefused(f"{path!r} cannot be a file name on this disk. Choose another name.") from None
        if any(_on_a_lax_disk(part) in {".git", "git~1"} for part in pure.parts):
            raise EditRefused(f"{path!r} is git's own. I edit what you wrote, git keeps its books: use git for that.")
        if any(pure.parts[: len(folder)] == folder for folder in self.private):
            raise EditRefused(f"{path!r} is kept by git, or by me for /undo, and not a file to edit by hand.")
        return pure.parts

    @contextmanager
    def _inside(self, parts: Sequence[str], make: bool = False) -> Iterator[tuple[int, str | None]]:
        """Yield the path's deepest existing folder, and the file's name if that is its own folder, else None."""
        here = os.dup(self.descriptor)
        try:
            missing = False
            for depth, name in enumerate(parts[:-1]):
                if _is_git_dir(here):
                    raise EditRefused(
                        f"{'/'.join(parts)!r} lies inside a git repository's own folder, which I leave alone."
                    )
                try:
                    below = os.open(name, FOLDER, dir_fd=here)
                except FileNotFoundError:
                    if not make:
                        missing = True
                        break
                    os.mkdir(name, dir_fd=here)
                    below = os.open(name, FOLDER, dir_fd=here)
                    os.fchmod(below, 0o777 & ~persons_umask())
                except OSError:
                    self._not_a_link(here, parts[: depth + 1])
                    if make or not stat.S_ISREG(os.lstat(name, dir_fd=here).st_mode):
                        raise
                    missing = True  # there is a file where the folder would be, so nothing is below it
                    break
                os.close(here)
                here = below
            if not missing and _is_git_dir(here):
                raise EditRefused(
                    f"{'/'.join(parts)!r} lies inside a git repository's own folder, which I leave alone."
                )
            yield here, None if missing else parts[-1]
        finally:
            os.close(here)

    def _not_a_link(self, folder: int, parts: Sequence[str]) -> None:
        """Raise if the last of these components is a link, saying where it leads."""
        if not stat.S_ISLNK(os.lstat(parts[-1], dir_fd=folder).st_mode):
            return
        named = "/".join(parts)
        leads = Path(os.path.realpath(self.root / named))
        if not leads.is_relative_to(self.root):
            raise OutsideWorkspace(f"{named!r} is a link to {leads}, outside the workspace {self.root}. I stay inside.")
        raise EditRefused(f"{named!r} is a link. Name what it leads to: {str(leads.relative_to(self.root))!r}.")

    def read(self, path: str) -> State | None:
        """Return the file's state, or None where there is none.

        Raises `EditRefused` for what is neither file nor link.
        """
        with self._inside(self.parts(path)) as (folder, name):
            if name is None:
                return None
            try:
                info = os.lstat(name, dir_fd=folder)
            except OSError as error:
                if error.errno in (errno.ENOENT, errno.ENAMETOOLONG):
                    return None
                raise
            if stat.S_ISDIR(info.st_mode):
                return None
            with os.scandir(folder) as entries:
                spelled = any(entry.name == name for entry in entries)
            if not spelled:
                raise EditRefused(
                    f"On this disk {path!r} is another spelling of a file that is there. Use its own spelling."
                )
            if stat.S_ISLNK(info.st_mode):
                data = os.fsencode(os.readlink(name, dir_fd=folder))
            elif stat.S_ISREG(info.st_mode):
                with os.fdopen(os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=folder), "rb") as file:
                    data, info = file.read(), os.fstat(file.fileno())
            else:
                raise EditRefused(
                    f"{path!r} is not a file with contents (a pipe, a socket or a device). I leave it alone."
                )
        return State(data, info.st_mode, info.st_nlink, (info.st_uid, info.st_gid), stamp(info))

    def missing_folders(self, path: str) -> tuple[str, ...]:
        """Return the folders that a new file at this path needs and that are missing, outermost first."""
        parents = [str(parent) for parent in PurePosixPath(path).parents][-2::-1]
        return tuple(parent for parent in parents if not (self.root / parent).is_dir())

    def stage(self, changes: Sequence[FileChange], token: str, durable: Durable) -> None:
        """Write each new content under a temporary name, in the deepest existing folder of its path."""
        for number, change in enumerate(changes):
            if change.now is None:
                continue
            with self._inside(self.parts(change.path)) as (folder, _):
                if change.now.is_link:
                    os.symlink(os.fsdecode(change.now.data), _staged(number, token), dir_fd=folder)
                    continue
                flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
                file = os.open(_staged(number, token), flags, 0o600, dir_fd=folder)
            try:
                write_all(file, change.now.data)
                info, owner = os.fstat(file), change.was.owner if change.was else None
                if owner and owner != (info.st_uid, info.st_gid):
                    with suppress(PermissionError):  # git does not keep the owner either
                        os.fchown(file, *owner)
                os.fchmod(file, stat.S_IMODE(change.now.mode))
            except BaseException:
                os.close(file)
                raise
            durable.add(file)

    def swap(self, changes: Sequence[FileChange], token: str, emptied: Iterable[str] = ()) -> None:
        """Make every staged change, or raise half-way: the caller has what is needed to restore the files.

        Folders in `emptied` are removed if nothing is left in them after the deletions. Raises `Stale` where a file is
        not as its change expects, `EditRefused` and `OSError` where a change cannot be made.
        """
        for change in changes:
            if change.now is None:
                with self._at(change) as (folder, name):
                    os.unlink(name, dir_fd=folder)
        self._prune(emptied)
        for number, change in enumerate(changes):
            if change.now is not None:
                self._rename(number, change, token)
        self._sync({PurePosixPath(change.path).parent for change in changes})

    def sweep(self, paths: Iterable[str], token: str) -> None:
        """Remove files that were staged under this token, beside these paths, and not swapped in."""
        places = {parts[:depth] for parts in map(self.parts, paths) for depth in range(len(parts))}
        for place in places:
            # A link that has replaced a folder meanwhile is not followed.
            with suppress(EditRefused), self._inside([*place, "."]) as (folder, name):
                with os.scandir(folder) as entries:
                    left = [entry.name for entry in entries if name and entry.name.startswith(_staged("", token))]
                for staged in left:
                    os.unlink(staged, dir_fd=folder)

    @contextmanager
    def _at(self, change: FileChange, make: bool = False) -> Iterator[tuple[int, str]]:
        """Yield the folder and name of a change, after checking that the file there is still as the change expects."""
        with self._inside(self.parts(change.path), make) as (folder, name):
            try:
                found = stamp(os.lstat(name, dir_fd=folder)) if name is not None else None
            except FileNotFoundError:
                found = None
            if name is None or found != (change.was.stamp if change.was else None):
                if found is not None and stat.S_ISDIR(found[2]):
                    raise EditRefused(
                        f"{change.path!r} is a folder, and I was to write a file there. Choose another name."
                    )
                raise Stale(
                    f"{change.path!r} was changed while I was editing it. Let me read it again: /read {change.path}"
                )
            yield folder, name

    def _rename(self, number: int, change: FileChange, token: str) -> None:
        parts = self.parts(change.path)
        with self._at(change, make=True) as (folder, name):
            for depth in range(len(parts) - 1, -1, -1):
                with self._inside([*parts[:depth], parts[-1]]) as (above, _), suppress(FileNotFoundError):
                    os.rename(_staged(number, token), name, src_dir_fd=above, dst_dir_fd=folder)
                    return
        raise Stale(f"What I had staged for {change.path!r} is gone: somebody else removed it.")

    def _prune(self, folders: Iterable[str]) -> None:
        """Remove those of these folders that are empty, inner ones first."""
        for path in sorted(folders, reverse=True):
            with self._inside(self.parts(path)) as (folder, name), suppress(OSError):
                if name is not None:
                    os.rmdir(name, dir_fd=folder)

    def _sync(self, folders: Iterable[PurePosixPath]) -> None:
        for folder in folders:
            with self._inside([*folder.parts, "."]) as (descriptor, _):
                os.fsync(descriptor)


def _staged(number: int | str, token: str) -> str:
    return f".rusta-{token}-{number}"


def _on_a_lax_disk(name: str) -> str:
    """Return a name as read by file systems that ignore case, invisible characters, trailing dots and streams."""
    seen = "".join(letter for letter in name if unicodedata.category(letter) != "Cf")
    return seen.partition(":")[0].rstrip(" .").casefold()


def _is_git_dir(folder: int) -> bool:
    """Return whether git would take this folder for a repository, and run the hooks in it."""
    try:
        for name in ("HEAD", "objects", "refs"):
            os.lstat(name, dir_fd=folder)
    except OSError:
        return False
    return True
