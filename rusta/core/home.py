"""Rusta's home folder, and writing files there so that a crash leaves either the old or the new version."""

import os
import shutil
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import BinaryIO

from rusta.core.derived_files import make_way
from rusta.core.errors import RustaError

OTHERS = 0o077  # permission bits of group and others
AT_FDCWD, RENAME_EXCHANGE = -100, 2  # linux/fcntl.h, linux/fs.h


class NoHome(RustaError):
    """The home folder is not defined, or the path given for it is unusable."""


class NoRoom(RustaError):
    """The disk has less free space than the thing that was about to be written needs."""


def resolved(said: str | None) -> Path:
    """Return the absolute path of the home folder for a setting: `~` is expanded, None or blank means `~/.rusta`.

    A relative path is resolved against the working directory. The folder need not exist. Raises `NoHome` for an invalid
    path, and where no folder can be created: below a file, behind a dangling symlink.
    """
    try:
        path = Path(said).expanduser() if said and said.strip() else Path.home() / ".rusta"
        path = path if path.is_absolute() else Path.cwd() / path
        trouble = _no_folder(path)
    # No HOME and no user entry for this uid, ~name of an unknown user, a deleted working directory, a NUL byte.
    except (RuntimeError, OSError, ValueError) as error:
        raise NoHome(f"RUSTA_HOME={said or ''} leads nowhere ({error}). Name a folder: RUSTA_HOME=/PATH") from None
    if trouble:
        raise NoHome(f"RUSTA_HOME={said or ''} cannot be my home: {trouble}. Name a folder: RUSTA_HOME=/PATH")
    return path


def _no_folder(path: Path) -> str | None:
    """Return why a path is not a folder and cannot become one, or None."""
    try:
        str(path).encode()
    except UnicodeEncodeError:  # much of what is stored there is JSON that contains paths
        return "its name is not UTF-8"
    for at in (path, *path.parents):
        try:
            mode = at.stat().st_mode
        except (FileNotFoundError, NotADirectoryError):
            if at.is_symlink():
                return f"{at} is a link to {at.readlink()}, which is not there"
            continue
        except OSError as error:
            return f"{at}: {error.strerror}"
        return None if stat.S_ISDIR(mode) else f"{at} is not a folder"
    return None


def standard() -> Path:
    """Return the home folder given by `RUSTA_HOME`, for configuration, sandbox and scripts. Raises `NoHome`."""
    return resolved(os.environ.get("RUSTA_HOME"))


@dataclass(frozen=True)
class Home:
    """The home folder (`RUSTA_HOME`, default `~/.rusta`) and the output folder of this run."""

    root: str  # folder of everything kept: weights, journals, sessions, lives
    run: str  # folder of this run

    def __post_init__(self) -> None:
        object.__setattr__(self, "root", str(resolved(self.root)))

    @property
    def models(self) -> Path:
        """Weights, one folder per model."""
        return Path(self.root, "models")

    @property
    def life(self) -> Path:
        """Results of finished phases: `life/<phase>/`."""
        return Path(self.root, "life")

    @property
    def exports(self) -> Path:
        """Exported models: `exports/<phase>/<form>/`."""
        return Path(self.root, "exports")

    @property
    def sessions(self) -> Path:
        """Conversations, one JSONL file each."""
        return Path(self.root, "sessions")

    @property
    def devlogs(self) -> Path:
        """The journals: `devlogs/<journal>/`. These files are the source of truth; the index is derived from them."""
        return Path(self.root, "devlogs")

    @property
    def index(self) -> Path:
        """The SQLite index of the journals, derived from them; use counts and vectors lie beside it."""
        return Path(self.root, "index.sqlite")

    @property
    def data(self) -> Path:
        """Training data that is not part of the project, one folder per source."""
        return Path(self.root, "data")

    @property
    def mirrors(self) -> Path:
        """Mirrors of upstream repositories, a work tree each; `.rusta` there holds what is kept beside them."""
        return Path(self.root, "mirrors")

    @property
    def upgrades(self) -> Path:
        """What held in upgrades: rules, a file a crate."""
        return Path(self.root, "upgrades")


def keep_private(root: Path) -> None:
    """Make all files this process creates from now on, and all below `root`, private to their owner (0600, 0700).

    The mode of the root itself is changed last, so that it tells whether the rest was done. Files that belong to other
    users or cannot be changed are skipped.
    """
    persons_umask()
    os.umask(OTHERS)
    try:
        done = not stat.S_IMODE(root.stat().st_mode) & OTHERS or os.statvfs(root).f_flag & os.ST_RDONLY
    except OSError:
        return
    if done:
        return
    ahead = [str(root)]
    while ahead:  # os.walk recurses, and folders may be nested a thousand deep
        with suppress(OSError), os.scandir(ahead.pop()) as found:
            for one in found:
                _close(one)
                if one.is_dir(follow_symlinks=False):
                    ahead.append(one.path)
    _close(root.resolve())


@cache
def persons_umask() -> int:
    """Return the user's umask from before `keep_private`, for files that are theirs, such as those in their crate."""
    umask = os.umask(OTHERS)
    os.umask(umask)
    return umask


def _close(path: "os.PathLike[str]") -> None:
    with suppress(OSError):
        mode = os.lstat(path).st_mode
        if not stat.S_ISLNK(mode) and mode & OTHERS:
            Path(path).chmod(stat.S_IMODE(mode) & ~OTHERS)


def need_room(folder: Path, size: int, what: str) -> None:
    """Raise `NoRoom` where the disk cannot hold `size` more bytes in `folder`, which is created if missing."""
    folder.mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(folder).free
    if free < size:
        raise NoRoom(
            f"{what} needs {in_bytes(size)} in {folder}, and {in_bytes(free)} are free. "
            "Make room, or move me to a larger disk: RUSTA_HOME=PATH"
        )


def in_bytes(size: int) -> str:
    """Format a size in the largest decimal unit in which it is at least 1: "491 MB", "9.93 GB"."""
    for unit, name in ((10**9, "GB"), (10**6, "MB"), (10**3, "kB")):
        if size >= unit:
            return f"{size / unit:.3g} {name}" if size < 1000 * unit else f"{size / unit:,.0f} {name}"
    return f"{size} bytes"


@contextmanager
def alone(path: Path) -> Iterator[None]:
    """Hold a lock on `path` among this machine's processes, such as parallel jobs of a sweep; others wait for it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        import fcntl
    except ImportError:  # Windows: jobs there run one after another
        yield
        return
    lock = path.with_name(f".{path.name}.lock")
    while True:
        make_way(lock)  # opening a pipe of that name would wait for a reader
        with lock.open("a") as file:
            fcntl.flock(file, fcntl.LOCK_EX)  # released when the file is closed, or its process dies
            # The previous holder deletes the lock file: a waiter may now lock the deleted file, which excludes nobody.
            try:
                mine = os.path.samestat(lock.stat(), os.fstat(file.fileno()))
            except FileNotFoundError:
                mine = False
            if not mine:
                continue
            try:
                yield
            finally:
                lock.unlink(missing_ok=True)
            return


def write_atomically(path: Path, text: str) -> None:
    """Replace a file atomically: after a crash it has either the old or the new content, never half of each."""
    with whole_file(path) as out:
        out.write(text.encode())


def keep_derived(path: Path, text: str) -> bool:
    """Write a derived file, replacing whatever is at `path`. Returns False where the home is not writable."""
    try:
        make_way(path)
        write_atomically(path, text)
    except OSError:
        return False
    return True


@contextmanager
def whole_file(path: Path) -> Iterator[BinaryIO]:
    """Yield a file to write, which is synced and atomically replaces `path` when the block ends without an error."""
    path.parent.mkdir(parents=True, exist_ok=True)
    making = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with making.open("wb") as out:
            yield out
            out.flush()
            os.fsync(out.fileno())
        making.replace(path)
    finally:
        making.unlink(missing_ok=True)


@contextmanager
def whole_folder(path: Path) -> Iterator[Path]:
    """Yield a folder to fill, which replaces `path` when the block ends without an error.

    Atomic where the file system can exchange two folders (Linux's own can); elsewhere a process killed between two
    renames leaves the old folder beside `path`, as `.NAME.PID.old`.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    making = path.with_name(f".{path.name}.{os.getpid()}")
    shutil.rmtree(making, ignore_errors=True)
    making.mkdir()
    old = path.with_name(f".{path.name}.{os.getpid()}.old")
    try:
        yield making
        if not (path.exists() and _exchanged(making, path)):
            if path.exists():
                path.rename(old)
            making.rename(path)
    finally:
        shutil.rmtree(making, ignore_errors=True)
        if old.exists() and not path.exists():
            old.rename(path)
        shutil.rmtree(old, ignore_errors=True)


def _exchanged(one: Path, other: Path) -> bool:
    """Exchange two paths atomically (renameat2 with RENAME_EXCHANGE, which Python lacks); return if that worked."""
    import ctypes

    exchange = getattr(ctypes.CDLL(None), "renameat2", None) if sys.platform == "linux" else None
    return bool(exchange) and exchange(AT_FDCWD, os.fsencode(one), AT_FDCWD, os.fsencode(other), RENAME_EXCHANGE) == 0
