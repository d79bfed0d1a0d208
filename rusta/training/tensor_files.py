"""Atomic writing and checking of tensor files: complete or absent after a kill or a full disk, corruption detected.

Lightning writes a checkpoint to the system's temporary folder and moves it, which across two disks is a copy: a kill
during it leaves half a file under the newest name. Here it is written to a temporary file in the target's folder,
synced, and renamed.
"""

import errno
import os
import re
import stat
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from lightning.fabric.plugins.io import TorchCheckpointIO
from safetensors import SafetensorError

from rusta.core.home import NoRoom, whole_file

FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)  # the disk, a quota, a limit on file sizes
MAKING = re.compile(r"\..+\.\d+", re.DOTALL)  # `.NAME.PID`
WORDS = ("No space left", "quota exceeded", "File too large", "PytorchStreamWriter failed", "unexpected pos")


class Whole(TorchCheckpointIO):
    """The plugin with which Lightning saves checkpoints."""

    def save_checkpoint(self, checkpoint: dict[str, Any], path: Any, storage_options: Any = None) -> None:
        """Write the checkpoint atomically. Raises `NoRoom`."""
        save(checkpoint, Path(path))


def save(value: object, path: Path) -> None:
    """`torch.save`, so that `path` is always the complete old or new file. Raises `NoRoom`."""
    with told(path.name, path.parent), whole_file(path) as out:
        torch.save(value, out)


@contextmanager
def told(what: str, folder: Path) -> Iterator[None]:
    """Turn the error of a full disk into `NoRoom`, with the command that resumes from the last checkpoint."""
    try:
        yield
    except (OSError, RuntimeError, SafetensorError) as error:
        if not full(error):
            raise
        raise NoRoom(
            f"The disk is full: {what} did not fit in {folder}. What was saved before it is whole. Make room and go on from "
            "there: resume=last"
        ) from error


def full(error: BaseException | None) -> bool:
    """Whether an error, or its cause, means a full disk. Libraries that write tensors say so only in the message."""
    while error is not None:
        if isinstance(error, OSError) and error.errno in FULL:
            return True
        if any(words in str(error) for words in WORDS):
            return True
        error = error.__cause__ or error.__context__
    return False


def readable(path: Path) -> str | None:
    """Return what is wrong with a file that `save` wrote, or None. Every byte is read: torch checks no checksums."""
    try:
        # O_NONBLOCK: do not wait for a pipe of that name.
        with os.fdopen(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as raw:
            if not stat.S_ISREG(os.fstat(raw.fileno()).st_mode):
                return "it is not a file"
            with zipfile.ZipFile(raw) as file:
                broken = file.testzip()
                if not broken and not any(name.endswith("/data.pkl") for name in file.namelist()):
                    return "torch did not write it"
    except (OSError, EOFError, zipfile.BadZipFile, zlib.error, ValueError, RuntimeError, NotImplementedError) as error:
        return str(error)
    return f"the sum of {broken} is wrong" if broken else None


def tidy(folder: Path) -> None:
    """Remove temporary files of killed processes (`rusta.core.home.whole_file`), and no others."""
    for path in folder.glob(".*"):
        if MAKING.fullmatch(path.name) and path.is_file():
            path.unlink()
