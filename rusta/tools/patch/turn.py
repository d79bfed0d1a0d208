"""Compute the state of a file after one of the agent's steps is undone or redone, keeping the user's edits since."""

import stat
from collections.abc import Callable, Mapping, Sequence

from rusta.tools.patch.journal import Kept
from rusta.tools.patch.merge import merge
from rusta.tools.patch.refusals import Conflict
from rusta.tools.patch.tree import State


class Clash(Exception):
    """The reason why one file cannot be undone or redone, with the conflicting lines where there are any."""


def matches_stored(state: State | None, kept: Kept | None) -> bool:
    """Return whether the file is exactly as stored, or both are None (no file)."""
    return state is None if kept is None else kept.fits(state)


def turned(
    now: State | None, left: Kept | None, wanted: Kept | None, verb: str, data_of: Callable[[Kept], bytes]
) -> State | None:
    """Return what `now` becomes: `wanted`, if the file is as the agent left it, else a three-way merge.

    A file that is already as wanted, because the user made the change, stays as it is. Raises `Clash`.
    """
    if matches_stored(now, left):
        return State(data_of(wanted), wanted.mode) if wanted else None
    if matches_stored(now, wanted):
        return now
    if now is None:
        raise Clash("it was deleted since")
    if left is None:
        raise Clash("somebody else has put a file there since")
    if stat.S_IFMT(now.mode) != stat.S_IFMT(left.mode):
        raise Clash(f"it is a {'link' if now.is_link else 'file'} now, and was none when I left it")
    if wanted is None:
        raise Clash(f"I made this file, and it was edited since: my {verb} would delete those edits with it")
    if now.is_link or stat.S_IFMT(wanted.mode) != stat.S_IFMT(left.mode):
        raise Clash("it leads elsewhere now" if now.is_link else "it was edited since")
    if not now.mode & stat.S_IWUSR:
        raise Clash("it was edited since, and made read-only")
    if now.mode != left.mode != wanted.mode and now.mode != wanted.mode:
        raise Clash(f"its mode was {left.mode:o} when I left it, is {now.mode:o}, and would be {wanted.mode:o}")
    mode = wanted.mode if now.mode == left.mode else now.mode
    if now.sha == left.sha:
        return State(data_of(wanted), mode)
    if left.sha == wanted.sha:  # only the mode was changed by the agent
        return State(now.data, mode)
    merged, clash = merge(data_of(left), now.data, data_of(wanted), verb)
    if merged is None:
        raise Clash(clash)
    return State(merged, mode)


def conflict(verb: str, step: int, reason: str, clear: Sequence[int], clashes: Mapping[str, str]) -> Conflict:
    """Return the error for a step that cannot be undone or redone; the steps in `clear`, which come before it, can."""
    way = (
        f"Up to there I can {verb}: /{verb} {' '.join(map(str, clear))}."
        if clear
        else f"/diff {step} shows what my step was."
    )
    return Conflict(
        f"I won't {verb} step {step} ({reason}): {', '.join(clashes)} changed since, where I had edited. "
        f"Nothing was touched. {way}",
        clashes,
    )
