"""A lock on a run's folder, for one process at a time: two would mix checkpoints and `resume=last` entries."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from rusta.core.errors import RustaError

NAME = ".running"
OTHERS = 100  # alternative folder names that are tried


class UnderWay(RustaError):
    """Another process is training in the folder."""


@contextmanager
def new_run(folder: Path) -> Iterator[Path]:
    """Lock and yield `folder`, or `folder-2` and so on if another process uses it: two runs may start in one second."""
    for at in (folder, *(folder.with_name(f"{folder.name}-{n}") for n in range(2, OTHERS))):
        if lock := _taken(at):
            with lock:
                yield at
            return
    raise UnderWay(f"{folder} and the {OTHERS} folders beside it are in use. Name another: hydra.run.dir=PATH")


@contextmanager
def same_run(folder: Path) -> Iterator[Path]:
    """Lock and yield the folder of a resumed run. Raises `UnderWay` if a process is using it."""
    lock = _taken(folder)
    if lock is None:
        raise UnderWay(
            f"{folder} is being trained by process {_holder(folder)}. Let it end, or end it (Ctrl-C, or kill: it saves its "
            "step), and then go on."
        )
    with lock:
        yield folder


def _taken(folder: Path) -> BinaryIO | None:
    """Return the lock file, locked until it is closed or its process dies; None if another process holds the lock."""
    folder.mkdir(parents=True, exist_ok=True)
    lock = (folder / NAME).open("a+b")
    try:
        import fcntl

        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except ImportError:  # Windows
        return lock
    except OSError:
        lock.close()
        return None
    lock.truncate(0)
    lock.write(str(os.getpid()).encode())
    lock.flush()
    return lock


def _holder(folder: Path) -> str:
    try:
        return (folder / NAME).read_text().strip() or "unknown"
    except (OSError, ValueError):
        return "unknown"
