"""Select the turns that fit in the context window: always the identity prompt, then the newest exchanges, whole."""

from collections.abc import Callable, Sequence

from rusta.core.errors import RustaError
from rusta.identity.turns import Role, Turn


class TooLong(RustaError):
    """The identity prompt and the last turn do not fit together."""


def fit(identity: Turn, turns: Sequence[Turn], room: int, count: Callable[[Sequence[Turn]], int]) -> list[Turn]:
    """Return the identity turn and as many of the newest turns as fit in `room` tokens.

    The oldest exchanges are dropped whole, so that the first turn kept is always the user's. The identity and the last
    turn are never dropped: if those two do not fit, `TooLong` is raised with the figures.
    """
    used = 0
    starts = [n for n, turn in enumerate(turns) if turn.role is Role.PERSON]
    for start in starts:
        kept = [identity, *turns[start:]]
        used = count(kept)
        if used <= room:
            return kept
    raise TooLong(
        f"What you sent takes {used} tokens together with who I am, and there is room for {room}. "
        "Send less of it, or leave me a larger window: engine.context=N (and generation.max_tokens=N for a shorter answer)."
    )
