"""Where she lives on disk, and how things are put there so that a crash leaves the old or the new."""

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

OTHERS = 0o077  # what a mode allows to anybody but the owner
AT_FDCWD, RENAME_EXCHANGE = -100, 2  # linux/fcntl.h, linux/fs.h


class NoHome(RustaError):
    """Nothing says where her home is, or what says so leads nowhere."""


class NoRoom(RustaError):
    """The disk has less free space than the thing that was about to be written needs."""


def resolved(said: str | None) -> Path:
    """Where her home is if this is said of it, absolute: `~` is the person's home folder, and nothing is `~/.rusta`.

    A relative path counts from the folder that the process stands in. It need not be there yet. Raises `NoHome`, also
    where no folder can be: below a file, behind a link that leads nowhere.
    """
    try:
        path = Path(said).expanduser() if said and said.strip() else Path.home() / ".rusta"
        path = path if path.is_absolute() else Path.cwd() / path
        trouble = _no_folder(path)
    # No HOME and nobody of this number, ~name of nobody, a folder that is gone, a name with a null byte.
    except (RuntimeError, OSError, ValueError) as error:
        raise NoHome(f"RUSTA_HOME={said or ''} leads nowhere ({error}). Name a folder: RUSTA_HOME=/PATH") from None
    if trouble:
        raise NoHome(f"RUSTA_HOME={said or ''} cannot be my home: {trouble}. Name a folder: RUSTA_HOME=/PATH")
    return path


def _no_folder(path: Path) -> str | None:
    """Why a path is no folder and cannot become one, or None."""
    try:
        str(path).encode()
    except UnicodeEncodeError:  # half of what is kept there is JSON that holds paths
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
    """Where her home is by the environment: what configuration, sandbox and scripts ask. Raises `NoHome`."""
    return resolved(os.environ.get("RUSTA_HOME"))


@dataclass(frozen=True)
class Home:
    """Her folder (`RUSTA_HOME`, default `~/.rusta`) and this run's own output folder."""

    root: str  # folder of everything kept: weights, journals, sessions, lives
    run: str  # folder of this run

    def __post_init__(self) -> None:
        object.__setattr__(self, "root", str(resolved(self.root)))

    @property
    def models(self) -> Path:
        """Weights, each model in a folder of its name."""
        return Path(self.root, "models")

    @property
    def life(self) -> Path:
        """What each finished phase left: `life/<phase>/`."""
        return Path(self.root, "life")

    @property
    def exports(self) -> Path:
        """What was taken elsewhere: `exports/<phase>/<form>/`."""
        return Path(self.root, "exports")

    @property
    def sessions(self) -> Path:
        """Conversations, one JSONL file each."""
        return Path(self.root, "sessions")

    @property
    def devlogs(self) -> Path:
        """Her journals: `devlogs/<journal>/`, files that are the truth."""
        return Path(self.root, "devlogs")

    @property
    def index(self) -> Path:
        """The index of her journals, made from them; counts of use and vectors lie beside it."""
        return Path(self.root, "index.sqlite")

    @property
    def data(self) -> Path:
        """Training data that is not part of the project, one folder a source."""
        return Path(self.root, "data")


def keep_private(root: Path) -> None:
    """What this process makes from now on is its owner's alone (0600, 0700), and so is what lies below `root` already.

    The root is done last, so that its own mode says whether the rest was. What is somebody else's, or takes no change, stays.
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
    while ahead:  # os.walk recurses, and a folder may lie a thousand deep
        with suppress(OSError), os.scandir(ahead.pop()) as found:
            for one in found:
                _close(one)
                if one.is_dir(follow_symlinks=False):
                    ahead.append(one.path)
    _close(root.resolve())


@cache
def persons_umask() -> int:
    """What the person's own umask was before `keep_private`: for files that are theirs, such as a new one in their crate."""
    umask = os.umask(OTHERS)
    os.umask(umask)
    return umask


def _close(path: "os.PathLike[str]") -> None:
    with suppress(OSError):
        mode = os.lstat(path).st_mode
        if not stat.S_ISLNK(mode) and mode & OTHERS:
            Path(path).chmod(stat.S_IMODE(mode) & ~OTHERS)


def need_room(folder: Path, size: int, what: str) -> None:
    """Refuse before writing `size` bytes to a disk that cannot hold them. Raises `NoRoom`."""
    folder.mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(folder).free
    if free < size:
        raise NoRoom(
            f"{what} needs {in_bytes(size)} in {folder}, and {in_bytes(free)} are free. "
            "Make room, or move me to a larger disk: RUSTA_HOME=PATH"
        )


def in_bytes(size: int) -> str:
    """A size in the largest unit that leaves something before the point: "491 MB", "9.93 GB"."""
    for unit, name in ((10**9, "GB"), (10**6, "MB"), (10**3, "kB")):
        if size >= unit:
            return f"{size / unit:.3g} {name}" if size < 1000 * unit else f"{size / unit:,.0f} {name}"
    return f"{size} bytes"


@contextmanager
def alone(path: Path) -> Iterator[None]:
    """One process of this machine at a time: the jobs of a sweep may run side by side. Others wait for the block's end."""
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        import fcntl
    except ImportError:  # Windows: jobs there run one after another
        yield
        return
    lock = path.with_name(f".{path.name}.lock")
    while True:
        make_way(lock)  # a pipe of that name would wait for a reader
        with lock.open("a") as file:
            fcntl.flock(file, fcntl.LOCK_EX)  # let go when the file is closed, or its process dies
            # Who waited for the one before may hold a file that is no longer there, which keeps nobody out.
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
    """Replace a file in one step: after a crash it is the old one or the new one, never half of either."""
    with whole_file(path) as out:
        out.write(text.encode())


def keep_derived(path: Path, text: str) -> bool:
    """Keep what can be made again, in place of whatever stands there. False where the home takes no writing."""
    try:
        make_way(path)
        write_atomically(path, text)
    except OSError:
        return False
    return True


@contextmanager
def whole_file(path: Path) -> Iterator[BinaryIO]:
    """A file to write, which takes the place of `path` when the block ends well. Its bytes are on the disk before that."""
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
    """A folder to fill, which takes the place of `path` when the block ends well.

    In one step where the file system can exchange two folders (Linux's own can); elsewhere a kill between two renames leaves
    the old one beside `path`, as `.NAME.PID.old`.
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
    """Whether the two have changed places: renameat2 with RENAME_EXCHANGE, which Python does not offer."""
    import ctypes

    exchange = getattr(ctypes.CDLL(None), "renameat2", None) if sys.platform == "linux" else None
    return bool(exchange) and exchange(AT_FDCWD, os.fsencode(one), AT_FDCWD, os.fsencode(other), RENAME_EXCHANGE) == 0
