"""Files that can be made again: kept measurements, caches, indices. One that is damaged costs its making, never a command.

Whoever reads such a file checks it by a hash or by its structure. What does not pass is moved to `NAME.damaged`, said in
one line, and made anew by whoever needs it. What stands there and is no regular file (a folder, a pipe) is moved as well
and never deleted: something of a person's may lie in it.

Not for what cannot be made again: entries, sessions, the way back of edits, adapters. Those are refused by name.
"""

import os
import stat
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from rusta.core.output import aside
from rusta.core.regular_file import read_file

MOST = 1 << 26  # bytes of a derived file that is read whole; the largest, scores and counts, have a hundredth of it
# What reading a foreign shape raises: no JSON, no such key, another type, nested too deeply.
MISSHAPEN = (ValueError, LookupError, TypeError, AttributeError, ArithmeticError, RecursionError)
T = TypeVar("T")


def recalled(path: Path, parse: Callable[[bytes], T], most: int = MOST, say: Callable[[str], None] = aside) -> T | None:
    """What `parse` makes of the file's bytes; None where there is no file, or where it was damaged and is set aside.

    `parse` raises any of `MISSHAPEN` for what it cannot accept.
    """
    try:
        return parse(read_file(path, most))
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        set_aside(path, error.strerror or str(error), say)
    except MISSHAPEN as error:
        set_aside(path, f"{type(error).__name__}: {error}"[:200], say)
    return None


def make_way(path: Path, say: Callable[[str], None] = aside) -> None:
    """Have nothing at `path` but a regular file that can be read: for what a library opens by name, or a rename replaces."""
    try:
        status = path.stat()
    except OSError:  # nothing there, or a link that leads nowhere, which is replaced
        return
    if not stat.S_ISREG(status.st_mode):
        set_aside(path, "a folder" if stat.S_ISDIR(status.st_mode) else "no regular file", say)
    elif not os.access(path, os.R_OK):
        set_aside(path, "it cannot be read", say)


def set_aside(path: Path, why: str, say: Callable[[str], None] = aside) -> bool:
    """Move what is damaged to `NAME.damaged`, in place of an earlier one, and say so. Folders get a name of their own.

    Returns whether the place is free now.
    """
    to, number = path.with_name(f"{path.name}.damaged"), 1
    try:
        while os.path.lexists(to) and (_is_folder(path) or _is_folder(to)):
            number += 1
            to = path.with_name(f"{path.name}.damaged-{number}")
        path.rename(to)
    except FileNotFoundError:  # another process was quicker
        return True
    except OSError as error:
        say(f"{path} is damaged ({why}), and I cannot move it away ({error.strerror}): I go on without it.")
        return False
    say(f"{path} is damaged ({why}): it lies in {to.name} now, and I make it anew.")
    return True


def _is_folder(path: Path) -> bool:
    return path.is_dir() and not path.is_symlink()
