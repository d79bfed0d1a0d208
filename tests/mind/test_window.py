"""Who she is and what was just said never fall out of the window; whole old exchanges do, as few as possible."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rusta.identity.turns import Role, Turn
from rusta.mind.window import TooLong, fit

WHO = Turn(Role.SYSTEM, "me")
SAID = st.lists(st.text("w", min_size=1, max_size=9), min_size=1, max_size=9).map(
    lambda said: [Turn((Role.PERSON, Role.RUSTA)[n % 2], text) for n, text in enumerate(said)]
)


def count(turns: Sequence[Turn]) -> int:
    """Letters, and four a turn for its markers."""
    return sum(len(turn.text) + 4 for turn in turns)


def starts(turns: Sequence[Turn]) -> list[int]:
    """Where the window may begin: with something the person said."""
    return [n for n, turn in enumerate(turns) if turn.role is Role.PERSON]


@given(turns=SAID, room=st.integers(0, 140))
def test_what_is_kept_is_identity_and_the_longest_run_of_newest_exchanges_that_fits(
    turns: list[Turn], room: int
) -> None:
    fitting = [n for n in starts(turns) if count([WHO, *turns[n:]]) <= room]
    if not fitting:
        with pytest.raises(TooLong):
            fit(WHO, turns, room, count)
    else:
        assert fit(WHO, turns, room, count) == [WHO, *turns[fitting[0] :]]


@given(turns=SAID, room=st.integers(0, 140))
def test_more_room_never_keeps_less(turns: list[Turn], room: int) -> None:
    def kept(room: int) -> int:
        try:
            return len(fit(WHO, turns, room, count))
        except TooLong:
            return 0

    assert kept(room) <= kept(room + 1)


def test_a_refusal_says_how_much_there_is_and_how_much_was_sent() -> None:
    turns = [Turn(Role.PERSON, "old"), Turn(Role.RUSTA, "old"), Turn(Role.PERSON, "w" * 100)]
    with pytest.raises(TooLong, match=r"takes 110 tokens .* room for 50.*engine\.context=N"):
        fit(WHO, turns, 50, count)
