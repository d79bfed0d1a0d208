"""Why she does not touch a file, each with what would make it possible."""

import errno
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from rusta.core.errors import RustaError
from rusta.core.home import NoRoom


class EditRefused(RustaError):
    """She will not, or cannot, and nothing was changed."""


class OutsideWorkspace(EditRefused):
    """A path that does not lie in the workspace, or a link that leads out of it."""


class Stale(EditRefused):
    """The file is not as she read it."""


class Busy(EditRefused):
    """Somebody else is at work in the same workspace."""


class Damaged(EditRefused):
    """What was kept for the way back is not there, or not what was kept."""


class Conflict(EditRefused):
    """A person has edited the same lines since. `shown` holds, by path, what stands against what."""

    def __init__(self, message: str, shown: Mapping[str, str]) -> None:
        super().__init__("\n\n".join([message, *(f"{path}:\n{text}" for path, text in shown.items())]))
        self.shown = dict(shown)


@contextmanager
def explained(what: str) -> Iterator[None]:
    """What the disk refuses, as a refusal of hers."""
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
