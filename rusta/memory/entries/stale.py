"""Mark an entry that the documentation contradicts: with a tag, by which recall ranks it lower, and with what was found.

The entry's words stay as they are. Removing the tag by hand takes the mark back.
"""

from rusta.memory.entries.entry import STALE
from rusta.memory.storage.devlogs import DevLogs


def mark_stale(devlogs: DevLogs, path: str, why: str) -> bool:
    """Mark an entry; `why` is kept with the day in its `stale` key. Returns whether it was not marked before.

    Raises `NoSuchEntry`, and `CannotAmend` if the frontmatter has a form that cannot be changed safely.
    """
    entry = devlogs.read(path)
    if STALE in entry.tags:
        return False
    keys = {"tags": [*entry.tags, STALE], STALE: f"{devlogs.now():%Y-%m-%d}: {why}"}
    devlogs.change(path, keys, why=f"Marked as stale: {why}")
    return True
