"""The journals' folder: list and read files, one writer at a time, atomic and durable writes.

Not covered: an editor that holds a file open and writes into it after it was replaced; file systems that do not
honour fsync; Windows, where the lock does nothing and concurrent writers are unsafe.
"""

import errno
import os
import stat
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from rusta.core.errors import RustaError
from rusta.core.home import NoRoom
from rusta.memory.entries.entry import Journal

PRIVATE = ".rusta"
"""Hidden folder beside the journals, not in their history: the lock and the list of unrecorded changes."""
PATIENCE_S = 3.0
"""Seconds that a writer waits for the lock before it reports so."""
MAKING = ".rusta-"
"""Prefix of the name of an unfinished file, which readers ignore."""


class NoSuchEntry(RustaError):
    """The path is not an existing entry."""


class OutsideJournals(RustaError):
    """The path leads out of the journals, directly or through a link."""


class CannotRead(RustaError):
    """The file exists but cannot be read."""


class CannotWrite(RustaError):
    """The journals' folder cannot be written."""


class EditedMeanwhile(RustaError):
    """A file was changed by somebody else during a write; their version was kept."""


@dataclass(frozen=True)
class JournalFolder:
    """The folder of the journals. Paths are relative to it, use forward slashes, and never follow a symbolic link."""

    root: Path

    @property
    def private(self) -> Path:
        """The folder for the lock and other internal files."""
        return self.root / PRIVATE

    def paths(self) -> Iterator[str]:
        """Yield every entry's path, sorted within its folder, except links, hidden names and names not in UTF-8."""
        for path, one in self._inside():
            if path.endswith(".md") and "/." not in path and is_text(path) and one.is_file(follow_symlinks=False):
                yield path

    def _inside(self) -> Iterator[tuple[str, os.DirEntry[str]]]:
        """Yield everything in the journals with its path, folders before their content, sorted within each.

        Any depth that the system can open is read; a folder that cannot be listed is skipped (the index reports it).
        """
        at = [self._listed(journal.value) for journal in Journal if not (self.root / journal).is_symlink()][::-1]
        while at:
            if (one := next(at[-1], None)) is None:
                at.pop()
                continue
            yield one
            if one[1].is_dir(follow_symlinks=False):
                at.append(self._listed(one[0]))

    def _listed(self, folder: str) -> Iterator[tuple[str, os.DirEntry[str]]]:
        with suppress(OSError), os.scandir(self.root / folder) as found:
            return iter(sorted(((f"{folder}/{one.name}", one) for one in found), key=lambda one: one[0]))
        return iter(())

    def links(self) -> Iterator[str]:
        """Yield the paths of symbolic links in the journals. They are never followed."""
        for journal in Journal:
            if (self.root / journal).is_symlink():
                yield journal.value
        yield from (path for path, one in self._inside() if one.is_symlink())

    def closed(self) -> Iterator[tuple[str, str]]:
        """Yield folders that cannot be listed, and why: permissions, or a path that is too long."""
        for path, one in self._inside():
            if one.is_dir(follow_symlinks=False):
                try:
                    os.scandir(self.root / path).close()
                except OSError as error:
                    yield path, error.strerror or str(error)

    def misnamed(self) -> Iterator[str]:
        """Yield the paths of names that are not UTF-8, escaped as ASCII. JSON and the index cannot hold them."""
        for path, one in self._inside():
            if not is_text(one.name):
                yield f"{path.removesuffix(one.name)}{one.name!a}"

    def path(self, said: str | Path) -> str:
        """Normalize a path (absolute or relative to the journals, with or without `.md`) to an entry's identity.

        Raises `OutsideJournals` for a path that leaves the journals or goes through a link.
        """
        if not is_text(str(said)) or "\0" in str(said):
            raise OutsideJournals(f"{str(said)!a} is not text that a file of the journals could be called.")
        given = Path(said)
        with suppress(RuntimeError):  # `~name` of an unknown user, as in an entry's link: an ordinary name
            given = given.expanduser()
        if given.is_absolute():
            for root in (self.root, self.root.resolve()):
                if given.is_relative_to(root):
                    given = given.relative_to(root)
                    break
            else:
                raise OutsideJournals(f"{said} is not in the journals, which are {self.root}.")
        parts = PurePosixPath(given.as_posix()).parts
        if ".." in parts or not parts or any(part.startswith(".") for part in parts):
            raise OutsideJournals(f"{said} is not an entry of the journals in {self.root}.")
        if parts[0] not in set(Journal) or len(parts) < 2:
            raise OutsideJournals(f"{said} is in none of the journals: {', '.join(Journal)}.")
        name = "/".join(parts) if parts[-1].endswith(".md") else "/".join(parts) + ".md"
        self._no_links(name)
        return name

    def _no_links(self, name: str) -> None:
        at = self.root
        for part in PurePosixPath(name).parts:
            at = at / part
            try:
                linked = at.is_symlink()
            except OSError as error:
                if error.errno != errno.ENAMETOOLONG:
                    raise
                raise OutsideJournals(f"{name[:60]}... is longer than the name of any file.") from None
            if linked:
                raise OutsideJournals(
                    f"{at} is a link to {at.readlink()}, and I do not write through links. Put a folder there."
                )

    def read(self, name: str) -> bytes:
        """Return the bytes of an entry. Raises `NoSuchEntry`, `CannotRead`."""
        target = self.root / name
        try:
            if not stat.S_ISREG(target.stat().st_mode):  # reading a pipe would block
                raise IsADirectoryError
            return target.read_bytes()
        except PermissionError as error:
            raise CannotRead(f"{target}: {error.strerror}. Let me read it: chmod u+r") from None
        except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
            raise NoSuchEntry(
                f"There is no entry {name} in {self.root}. See what there is: rusta devlog list"
            ) from None

    def free_name(self, folder: str, stem: str) -> str:
        """Return an unused path in `folder`: `stem.md`, else `stem-2.md` and so on."""
        number = 1
        while os.path.lexists(self.root / (name := f"{folder}/{stem}{f'-{number}' if number > 1 else ''}.md")):
            number += 1
        return name

    def create(self, name: str, raw: bytes) -> None:
        """Create a file durably. Raises `FileExistsError` if it exists by now."""
        self._no_links(name)
        target = self.root / name
        with said_clearly(target):
            new = _folders(self.root, target.parent)
            making = _whole(target, raw)
            try:
                with _without_hard_links(target):
                    os.link(making, target)  # unlike a rename, never replaces a file
                if not target.exists():
                    making.rename(target)
            finally:
                making.unlink(missing_ok=True)
            for folder in (target.parent, *new):
                _durable(folder)

    def replace(self, name: str, raw: bytes, seen: bytes) -> None:
        """Replace the content `seen` by `raw`. Raises `EditedMeanwhile` if the file has other content by now."""
        self._no_links(name)
        target = self.root / name
        with said_clearly(target):
            making = _whole(target, raw, like=target)
            kept = making.with_suffix(".kept")
            try:
                if target.read_bytes() != seen:
                    raise EditedMeanwhile(f"{target} is not as I read it: somebody edited it. Read it again.")
                with _without_hard_links(target):
                    os.link(target, kept)  # keeps the replaced file, so that even an edit at this moment is not lost
                making.rename(target)
                if kept.exists() and kept.read_bytes() != seen:
                    kept.rename(target)
                    raise EditedMeanwhile(
                        f"{target} was edited while I changed it. The edit stands, my change does not."
                    )
            finally:
                making.unlink(missing_ok=True)
                kept.unlink(missing_ok=True)
            _durable(target.parent)

    def sweep(self, folders: Iterable[str]) -> None:
        """Remove unfinished files of killed writers from these folders. Call under the lock."""
        for folder in folders:
            for left in (self.root / folder).glob(f"{MAKING}*"):
                left.unlink(missing_ok=True)

    @contextmanager
    def lock(self, waits: Callable[[], None] = lambda: None) -> Iterator[int]:
        """Hold the writers' lock, across processes. Yields its descriptor, for child processes to inherit.

        The system releases it when the last process that holds it ends. `waits` is called once if another process holds
        it for `PATIENCE_S` or longer, for example one stopped with Ctrl-Z.
        """
        with said_clearly(self.root):
            self.private.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(self.private / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            with suppress(ImportError):
                import fcntl

                try:
                    fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    told = threading.Timer(PATIENCE_S, waits)
                    told.start()
                    try:
                        fcntl.flock(descriptor, fcntl.LOCK_EX)
                    finally:
                        told.cancel()
            yield descriptor
        finally:
            os.close(descriptor)


def is_text(name: str) -> bool:
    """Whether a file name is valid UTF-8."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def _folders(root: Path, folder: Path) -> list[Path]:
    """Create `folder`; return the existing or new parents that got a new name and must be synced."""
    missing = []
    at = folder
    while at != root and not at.is_dir():
        missing.append(at.parent)
        at = at.parent
    folder.mkdir(parents=True, exist_ok=True)
    return missing


def _whole(target: Path, raw: bytes, like: Path | None = None) -> Path:
    """Write a finished, synced temporary file beside `target`; return its path."""
    making = target.with_name(f"{MAKING}{os.getpid()}-{os.urandom(4).hex()}")
    try:
        with os.fdopen(os.open(making, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o644), "wb") as out:
            if like:
                os.fchmod(out.fileno(), stat.S_IMODE(like.stat().st_mode))
            out.write(raw)
            out.flush()
            os.fsync(out.fileno())
    except BaseException:
        making.unlink(missing_ok=True)
        raise
    return making


def _durable(folder: Path) -> None:
    """Sync a folder to disk, which makes new names in it durable."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    except OSError as error:  # a file system without fsync for folders
        if error.errno not in {errno.EINVAL, errno.ENOTSUP}:
            raise
    finally:
        os.close(descriptor)


@contextmanager
def _without_hard_links(target: Path) -> Iterator[None]:
    """Ignore the error of a file system without hard links; the caller then uses a rename."""
    try:
        yield
    except OSError as error:
        if error.errno not in {errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK}:
            raise


@contextmanager
def said_clearly(path: Path) -> Iterator[None]:
    """Turn a disk error into a clear message. Raises `NoRoom`, `CannotWrite`; other errors pass unchanged."""
    try:
        yield
    except FileExistsError:
        raise
    except OSError as error:
        if error.errno in {errno.ENOSPC, errno.EDQUOT}:
            raise NoRoom(
                f"{path}: no room left on the disk. Nothing was half written. Make room and say it again."
            ) from None
        if error.errno in {errno.EROFS, errno.EACCES, errno.EPERM, errno.ENOTDIR, errno.ENAMETOOLONG, errno.ELOOP}:
            raise CannotWrite(
                f"{path}: {error.strerror}. My journals live there; let me write, or give me another home: RUSTA_HOME=PATH"
            ) from None
        raise
