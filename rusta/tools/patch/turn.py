"""What a file becomes when one of her steps is taken back, or made again, over whatever a person did since."""

import stat
from collections.abc import Callable, Mapping, Sequence

from rusta.tools.patch.journal import Kept
from rusta.tools.patch.merge import merge
from rusta.tools.patch.refusals import Conflict
from rusta.tools.patch.tree import State


class Clash(Exception):
    """Why one file cannot be turned, with what stands against what."""


def fits(state: State | None, kept: Kept | None) -> bool:
    """Whether the file is exactly what was kept, or both are none."""
    return state is None if kept is None else kept.fits(state)


def turned(
    now: State | None, left: Kept | None, wanted: Kept | None, verb: str, data_of: Callable[[Kept], bytes]
) -> State | None:
    """The file that `now` becomes. As she left it: what is wanted, to the byte. Otherwise a three-way merge.

    Where a person has already done by hand what is wanted, it stays as it is. Raises `Clash`.
    """
    if fits(now, left):
        return State(data_of(wanted), wanted.mode) if wanted else None
    if fits(now, wanted):
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
    if left.sha == wanted.sha:  # only the mode was hers
        return State(now.data, mode)
    merged, clash = merge(data_of(left), now.data, data_of(wanted), verb)
    if merged is None:
        raise Clash(clash)
    return State(merged, mode)


def conflict(verb: str, step: int, reason: str, clear: Sequence[int], clashes: Mapping[str, str]) -> Conflict:
    """The refusal for a step that cannot be turned; those in `clear`, which come before it, can."""
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
