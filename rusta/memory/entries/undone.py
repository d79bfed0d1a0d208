"""Mark an entry whose change was undone: with a tag, a closing sentence, and status archived (excluded from recall)."""

from rusta.memory.entries.amend import set_key
from rusta.memory.entries.entry import Status, parse_leniently
from rusta.memory.storage.devlogs import DevLogs
from rusta.memory.storage.history import Author

TAG = "taken-back"


def mark_undone(devlogs: DevLogs, path: str, yes: bool) -> bool:
    """Mark an entry, or remove the mark if `yes` is false. Returns whether anything changed.

    Raises `NoSuchEntry`, and `CannotAmend` if the frontmatter has a form that cannot be changed safely.
    """
    raw = devlogs.raw(path)
    entry = parse_leniently(raw, path)
    if (TAG in entry.tags) is yes:
        return False
    tags = [*entry.tags, TAG] if yes else [tag for tag in entry.tags if tag != TAG]
    status = Status.ARCHIVED if yes else Status.ACTIVE
    said = "Taken back: the change this was learnt from was undone" if yes else "Made again: the change was redone"
    changed = set_key(set_key(raw, "tags", tags), "status", status.value)
    line = f"\n\n{said} on {devlogs.now():%Y-%m-%d}.\n"
    devlogs.rewrite(path, changed.rstrip() + line.encode(), seen=raw, author=Author.RUSTA)
    return True
