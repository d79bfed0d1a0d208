"""The errors of edits, each with advice on what would make the edit possible."""

import errno
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from rusta.core.errors import RustaError
from rusta.core.home import NoRoom


class EditRefused(RustaError):
    """The edit is not allowed or not possible, and nothing was changed."""


class OutsideWorkspace(EditRefused):
    """A path that is not in the workspace, or a link that leads out of it."""


class Stale(EditRefused):
    """The file is not as the agent read it."""


class Busy(EditRefused):
    """Another process is editing the same workspace."""


class Damaged(EditRefused):
    """Undo data is missing, or not what was stored."""


class Conflict(EditRefused):
    """The user has edited the same lines since. `shown` maps each path to its conflicting lines."""

    def __init__(self, message: str, shown: Mapping[str, str]) -> None:
        super().__init__("\n\n".join([message, *(f"{path}:\n{text}" for path, text in shown.items())]))
        self.shown = dict(shown)


@contextmanager
def explained(what: str) -> Iterator[None]:
    """Turn `OSError` into `EditRefused`, or into `NoRoom` for a full disk."""
    try:
        yield
    except RustaError:
        raise
    except OSError as error:
        named = f" ({os.fsdecode(error.filename)!r})" if isinstance(error.filename, str | bytes) else ""
        said = f"{(error.strerror or str(error)).lower()}{named}"
        if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
            raise NoRoom(f"I cannot {what}: {said}. Everything is as it was. Make room and ask again.") from error
        raise EditRefused(f"I cannot {what}: {said}. Everything is as it was.") from error
