"""The journals' folder: what lies in it, one writer at a time, and files that are whole or not there.

Not covered: an editor that holds a file open and writes into it after it was replaced; file systems that lie
about fsync; Windows, where the lock does nothing and writers must not meet.
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
"""Beside the journals, hidden and out of their history: the lock, and what history still waits for."""
PATIENCE_S = 3.0
"""Seconds that a writer waits for another before it says so."""
MAKING = ".rusta-"
"""How a file begins that is being written, and that nobody should read."""


class NoSuchEntry(RustaError):
    """A path that names no entry."""


class OutsideJournals(RustaError):
    """A path that leads, or links, out of the journals."""


class CannotRead(RustaError):
    """A file that is there and takes no reading."""


class CannotWrite(RustaError):
    """The journals' folder takes no writing."""


class EditedMeanwhile(RustaError):
    """A file changed under her hands; what stands there now is somebody's and was left alone."""


@dataclass(frozen=True)
class JournalFolder:
    """The folder of the journals. Paths are relative to it, with forward slashes, and never follow a link."""

    root: Path

    @property
    def private(self) -> Path:
        """Ours, not entries."""
        return self.root / PRIVATE

    def paths(self) -> Iterator[str]:
        """Every entry's path, sorted within its folder; links, hidden names and names that are no text are left out."""
        for path, one in self._inside():
            if path.endswith(".md") and "/." not in path and is_text(path) and one.is_file(follow_symlinks=False):
                yield path

    def _inside(self) -> Iterator[tuple[str, os.DirEntry[str]]]:
        """All that lies in the journals with its path, folders before what is in them, sorted within each.

        However deep, as far as the system opens it: what cannot be listed is passed over, and said by the index.
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
        """Symbolic links where entries belong. They are not followed, wherever they lead."""
        for journal in Journal:
            if (self.root / journal).is_symlink():
                yield journal.value
        yield from (path for path, one in self._inside() if one.is_symlink())

    def closed(self) -> Iterator[tuple[str, str]]:
        """Folders that cannot be listed, and why: permissions, or a path longer than the system takes."""
        for path, one in self._inside():
            if one.is_dir(follow_symlinks=False):
                try:
                    os.scandir(self.root / path).close()
                except OSError as error:
                    yield path, error.strerror or str(error)

    def misnamed(self) -> Iterator[str]:
        """Names that are not UTF-8, written in ASCII. No JSON and no index can hold them, so they are no entries."""
        for path, one in self._inside():
            if not is_text(one.name):
                yield f"{path.removesuffix(one.name)}{one.name!a}"

    def path(self, said: str | Path) -> str:
        """The identity of what a person calls it: relative to the journals, absolute, or without `.md`.

        Raises `OutsideJournals` for a path that leaves the journals or goes through a link.
        """
        if not is_text(str(said)) or "\0" in str(said):
            raise OutsideJournals(f"{str(said)!a} is not text that a file of the journals could be called.")
        given = Path(said)
        with suppress(RuntimeError):  # `~name` of nobody here, as a link in an entry may say: a name like another
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
        """The bytes of an entry. Raises `NoSuchEntry`, `CannotRead`."""
        target = self.root / name
        try:
            if not stat.S_ISREG(target.stat().st_mode):  # a pipe would be waited for, for ever
                raise IsADirectoryError
            return target.read_bytes()
        except PermissionError as error:
            raise CannotRead(f"{target}: {error.strerror}. Let me read it: chmod u+r") from None
        except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
            raise NoSuchEntry(
                f"There is no entry {name} in {self.root}. See what there is: rusta devlog list"
            ) from None

    def free_name(self, folder: str, stem: str) -> str:
        """A path in `folder` that nothing lies at yet: `stem.md`, else `stem-2.md` and so on."""
        number = 1
        while os.path.lexists(self.root / (name := f"{folder}/{stem}{f'-{number}' if number > 1 else ''}.md")):
            number += 1
        return name

    def create(self, name: str, raw: bytes) -> None:
        """A new file, durable when this returns. Raises `FileExistsError` if somebody was quicker."""
        self._no_links(name)
        target = self.root / name
        with said_clearly(target):
            new = _folders(self.root, target.parent)
            making = _whole(target, raw)
            try:
                with _without_hard_links(target):
                    os.link(making, target)  # unlike a rename, never puts a file in the place of another
                if not target.exists():
                    making.rename(target)
            finally:
                making.unlink(missing_ok=True)
            for folder in (target.parent, *new):
                _durable(folder)

    def replace(self, name: str, raw: bytes, seen: bytes) -> None:
        """`raw` in the place of `seen`. Raises `EditedMeanwhile` if the file says something else by now."""
        self._no_links(name)
        target = self.root / name
        with said_clearly(target):
            making = _whole(target, raw, like=target)
            kept = making.with_suffix(".kept")
            try:
                if target.read_bytes() != seen:
                    raise EditedMeanwhile(f"{target} is not as I read it: somebody edited it. Read it again.")
                with _without_hard_links(target):
                    os.link(target, kept)  # what is replaced, so that even an edit in this very moment is not lost
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
        """Remove what a killed writer left half written in these folders. To be called under the lock."""
        for folder in folders:
            for left in (self.root / folder).glob(f"{MAKING}*"):
                left.unlink(missing_ok=True)

    @contextmanager
    def lock(self, waits: Callable[[], None] = lambda: None) -> Iterator[int]:
        """One writer at a time, across processes. Gives the lock's descriptor, for child processes to hold as well.

        The system lets go of it when the last process that holds it ends, however it ends. `waits` is called once where
        another holds it for `PATIENCE_S` and longer: a process that was stopped with Ctrl-Z, at worst.
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
    """Whether a name on disk is UTF-8."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def _folders(root: Path, folder: Path) -> list[Path]:
    """Make `folder`; which existing folders got a new name in them, and have to be made durable too."""
    missing = []
    at = folder
    while at != root and not at.is_dir():
        missing.append(at.parent)
        at = at.parent
    folder.mkdir(parents=True, exist_ok=True)
    return missing


def _whole(target: Path, raw: bytes, like: Path | None = None) -> Path:
    """A finished file beside `target`, under a name that nobody reads, its bytes on the disk."""
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
    """A new name is on the disk only when its folder is."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    except OSError as error:  # file systems that cannot
        if error.errno not in {errno.EINVAL, errno.ENOTSUP}:
            raise
    finally:
        os.close(descriptor)


@contextmanager
def _without_hard_links(target: Path) -> Iterator[None]:
    """Go on where the file system has none: then a rename has to do."""
    try:
        yield
    except OSError as error:
        if error.errno not in {errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK}:
            raise


@contextmanager
def said_clearly(path: Path) -> Iterator[None]:
    """What a disk refuses, as a sentence. Raises `NoRoom`, `CannotWrite`, and the rest as it came."""
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
