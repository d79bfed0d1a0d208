"""She stops by herself when she repeats, is not understood, or has used up what a turn may cost; and not before."""

from collections.abc import Iterator
from itertools import count

import pytest

from rusta.core.errors import ConfigError
from rusta.loop.attempt.actions import Call, CargoCall, ReadCall, Reply, ReplyProblem, Search, Trouble
from rusta.loop.refine.turn_limits import Patience, Rule, Stop, Stops, chants, until_chant
from rusta.mind.mind import Piece


def acting(*calls: Call) -> Reply:
    return Reply(calls)


def rule(stop: Stop | None) -> Rule | None:
    return stop.rule if stop else None


BAD = Reply((ReplyProblem(Trouble.UNREADABLE, "no"),))
A, B = acting(ReadCall("a.rs")), acting(Search("x"))


def heard(stops: Stops, *steps: tuple[Reply, str]) -> list[Rule | None]:
    said = []
    for reply, told in steps:
        said.append(rule(stops.heard(reply, 10)))
        stops.saw(told)
    return said


def test_the_same_step_three_times_is_the_last() -> None:
    assert heard(Stops(), (A, "text"), (A, "text"), (A, "text")) == [None, None, Rule.REPEATED]


def test_the_same_step_with_another_outcome_is_work() -> None:
    check = acting(CargoCall("check"))
    assert heard(Stops(), (check, "3 errors"), (check, "2 errors"), (check, "1 error"), (check, "none")) == [None] * 4


def test_going_back_and_forth_ends() -> None:
    steps = [(A, "a"), (B, "b")] * 3
    assert heard(Stops(), *steps) == [None] * 5 + [Rule.ALTERNATING]
    assert heard(Stops(), (A, "a"), (B, "b"), (A, "a"), (B, "other"), (A, "a"), (B, "b")) == [None] * 6


def test_three_answers_in_a_row_that_cannot_be_read_are_enough() -> None:
    assert heard(Stops(), (BAD, ""), (BAD, ""), (BAD, "")) == [None, None, Rule.UNREADABLE]
    assert heard(Stops(), (BAD, ""), (A, "a"), (BAD, ""), (BAD, "")) == [None] * 4


@pytest.mark.parametrize(
    ("patience", "expected"),
    [(Patience(steps=2), Rule.STEPS), (Patience(tokens=15), Rule.TOKENS), (Patience(seconds=1.5), Rule.TIME)],
)
def test_each_budget_ends_a_turn(patience: Patience, expected: Rule) -> None:
    now = iter(range(10))
    stops = Stops(patience, clock=lambda: float(next(now)))
    assert heard(stops, (A, "a"), (B, "b")) == [None, expected]


def test_a_stop_reads_as_her_words() -> None:
    stop = Stops(Patience(steps=1)).heard(A, 1)
    assert f"I stop here: {stop}" == "I stop here: 1 steps are enough for one request"


def test_patience_is_more_than_nothing() -> None:
    with pytest.raises(ConfigError, match=r"patience\.steps=0"):
        Patience(steps=0)


@pytest.mark.parametrize("piece", ["a", "and so ", "// fix the borrow\n", "x" * 60 + "y" * 60])
def test_a_chant_is_heard(piece: str) -> None:
    assert chants("It began well. " + piece * 70)
    assert not chants("It began well. " + piece * 3)


def test_a_paragraph_that_comes_a_third_time_is_a_chant_and_a_drawn_line_is_none() -> None:
    said = (
        "The value was moved into the vector. " * 2
        + "So the name is cloned first, and kept for a while:\n\n    let a = b;\n\n"
    )
    assert chants("It began well. " + said * 3) and not chants("It began well. " + said * 2)
    assert not chants("// " + "=" * 100) and not chants("| a | b |\n|" + "-" * 120)


def test_what_only_repeats_itself_is_ended_and_the_engine_is_stopped() -> None:
    ended = []

    def endless() -> Iterator[Piece]:
        try:
            for n in count(1):
                yield Piece("and so ", n)
        finally:
            ended.append(n)

    pieces = list(until_chant(endless()))
    assert pieces[-1].finish == "repeated" and pieces[-1].tokens_per_s > 0
    assert ended == [len(pieces)] and len(pieces) < 20
    plain = [Piece("It ", 1), Piece("ends.", 2), Piece("", 2, finish="stop")]
    assert list(until_chant(iter(plain))) == plain


def test_code_is_no_chant() -> None:
    assert not chants("fn main() {\n" + "".join(f"    let x{n} = {n};\n" for n in range(40)) + "}\n")
    assert not chants(" " * 300)
    assert not chants("")
