"""One question, one answer: on disk before it is seen, and kept whatever interrupts it."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from rusta.core.errors import RustaError
from rusta.identity.turns import Role, Turn
from rusta.loop.conversation import Conversation
from rusta.loop.session import begin, resume
from rusta.mind.engines.fake import Fake
from rusta.mind.mind import Constraint, Generation, Piece
from rusta.mind.window import TooLong

WHO = Turn(Role.SYSTEM, "I am I")


@dataclass
class Listening(Fake):
    """The shipped fake, which also remembers what it was given, and can break off with an error."""

    heard: list[list[Turn]] = field(default_factory=list)
    breaks_after: int = 10**6
    closed: int = 0

    def stream(
        self, turns: Sequence[Turn], generation: Generation, constraint: Constraint | None = None
    ) -> Iterator[Piece]:
        self.heard.append(list(turns))
        try:
            for piece in super().stream(turns, generation, constraint):
                if piece.tokens > self.breaks_after:
                    raise RustaError("The engine broke.")
                yield piece
        finally:
            self.closed += 1


def talking(folder: Path, mind: Fake | None = None, max_tokens: int = 100) -> Conversation:
    return Conversation(mind or Listening(), WHO, begin(folder), Generation(max_tokens=max_tokens))


def on_disk(conversation: Conversation) -> list[dict]:
    return [json.loads(line) for line in conversation.session.path.read_text().splitlines()]


def test_an_answer_streams_and_both_turns_are_kept_with_their_facts(tmp_path: Path) -> None:
    conversation = talking(tmp_path, Listening(script=["one two three"]))
    pieces = list(conversation.ask("count"))
    assert "".join(piece.text for piece in pieces) == "one two three"
    assert (pieces[-1].finish, pieces[-1].tokens) == ("stop", 3)
    assert conversation.session.turns == [Turn(Role.PERSON, "count"), Turn(Role.RUSTA, "one two three")]
    asked, said = on_disk(conversation)
    assert asked["text"] == "count"
    assert (said["text"], said["finish"], said["tokens"], said["model"]) == ("one two three", "stop", 3, "fake")


def test_the_question_is_on_disk_before_the_first_piece(tmp_path: Path) -> None:
    conversation = talking(tmp_path)
    answer = conversation.ask("are you there?")
    next(answer)
    assert [event["text"] for event in on_disk(conversation)] == ["are you there?"]


def test_she_hears_who_she_is_first_and_all_that_was_said_before(tmp_path: Path) -> None:
    mind = Listening(script=["first", "second"])
    conversation = talking(tmp_path, mind)
    for question in ("a", "b"):
        list(conversation.ask(question))
    assert [turn.text for turn in mind.heard[-1]] == ["I am I", "a", "first", "b"]
    assert mind.heard[-1][0] is WHO
    assert conversation.used() == mind.count([WHO, *conversation.session.turns])


def test_an_answer_that_is_stopped_keeps_what_was_said_and_stops_the_engine(tmp_path: Path) -> None:
    mind = Listening(script=["one two three four"])
    conversation = talking(tmp_path, mind)
    answer = conversation.ask("count")
    next(answer), next(answer)
    answer.close()
    assert mind.closed == 1
    assert conversation.session.turns[-1] == Turn(Role.RUSTA, "one two")
    assert (on_disk(conversation)[-1]["finish"], on_disk(conversation)[-1]["tokens"]) == ("interrupted", 2)
    assert resume(tmp_path, "last").turns == conversation.session.turns


def test_an_answer_that_is_stopped_before_a_word_leaves_no_hole_in_the_conversation(tmp_path: Path) -> None:
    mind = Listening(script=["never", "heard"], breaks_after=0)
    conversation = talking(tmp_path, mind)
    with pytest.raises(RustaError):
        list(conversation.ask("lost"))
    assert conversation.session.turns == []
    mind.breaks_after = 10
    list(conversation.ask("again"))
    assert [turn.text for turn in mind.heard[-1]] == ["I am I", "again"]
    assert resume(tmp_path, "last").turns == conversation.session.turns


def test_an_engine_that_breaks_loses_nothing_it_had_said(tmp_path: Path) -> None:
    conversation = talking(tmp_path, Listening(script=["one two three"], breaks_after=2))
    with pytest.raises(RustaError, match=r"The engine broke\."):
        list(conversation.ask("count"))
    assert resume(tmp_path, "last").turns == [Turn(Role.PERSON, "count"), Turn(Role.RUSTA, "one two")]


def test_a_question_that_does_not_fit_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    conversation = talking(tmp_path, Listening(context=20), max_tokens=10)
    with pytest.raises(TooLong):
        next(conversation.ask("word " * 50))
    assert (conversation.session.turns, list(tmp_path.iterdir())) == ([], [])
    assert list(conversation.ask("short"))


def test_room_is_left_for_the_answer_and_what_falls_out_is_counted(tmp_path: Path) -> None:
    mind = Listening(script=["an answer of five words"], context=30)
    conversation = talking(tmp_path, mind, max_tokens=10)
    left_out = []
    for n in range(6):
        list(conversation.ask(f"question number {n}"))
        assert mind.count(mind.heard[-1]) + 10 <= mind.context
        assert mind.heard[-1][0] is WHO and mind.heard[-1][-1].text == f"question number {n}"
        left_out.append(conversation.left_out)
    # Three words of identity, exchanges of eight: beside the question two of them fit in twenty tokens at most.
    assert left_out == [0, 0, 2, 4, 6, 8]
    assert len(conversation.session.turns) == 12  # nothing is forgotten, only not shown to the engine
