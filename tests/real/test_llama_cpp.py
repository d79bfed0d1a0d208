"""llama.cpp with the real stand-in: she answers, remembers what she read, and keeps to a form."""

import json

import pytest

from rusta.core.home import Home
from rusta.identity.identity import NAME
from rusta.identity.turns import Role, Turn
from rusta.mind import weights
from rusta.mind.engines.llama_cpp import LlamaCpp
from rusta.mind.mind import Constraint, Generation, Piece
from rusta.mind.model import Gguf
from rusta.mind.threads import ThreadChoice

GREEDY = Generation(max_tokens=48, temperature=0.0, repetition_penalty=1.0)


@pytest.fixture(scope="module")
def mind(model: Gguf, own: Home) -> LlamaCpp:
    mind = LlamaCpp(model, own, context=2048)
    mind.wake()
    return mind


def say(mind: LlamaCpp, turns: list[Turn], constraint: Constraint | None = None) -> tuple[str, Piece]:
    pieces = list(mind.stream(turns, GREEDY, constraint))
    return "".join(piece.text for piece in pieces), pieces[-1]


def test_she_answers_what_was_asked(mind: LlamaCpp) -> None:
    said, last = say(
        mind, [NAME, Turn(Role.PERSON, "Which command compiles a Rust project? Answer with the command alone.")]
    )
    assert "cargo" in said
    assert last.finish in ("stop", "length")
    assert last.tokens > 0 and last.first_token_s > 0 and last.tokens_per_s > 0


def test_greedy_answers_repeat_themselves(mind: LlamaCpp) -> None:
    turns = [NAME, Turn(Role.PERSON, "What is a borrow?")]
    assert say(mind, turns)[0] == say(mind, turns)[0]


def test_a_schema_is_kept(mind: LlamaCpp) -> None:
    schema = {
        "type": "object",
        "properties": {"crate": {"type": "string", "maxLength": 20}, "stars": {"type": "integer"}},
        "required": ["crate", "stars"],
    }
    said, _ = say(mind, [NAME, Turn(Role.PERSON, "Name a Rust crate.")], Constraint(json_schema=schema))
    assert set(json.loads(said)) == {"crate", "stars"}


def test_a_grammar_is_kept(mind: LlamaCpp) -> None:
    said, _ = say(mind, [NAME, Turn(Role.PERSON, "Tell me a long story.")], Constraint(grammar='root ::= "yes" | "no"'))
    assert said in ("yes", "no")


def test_a_long_conversation_is_not_read_anew_every_turn(mind: LlamaCpp) -> None:
    turns = [NAME, Turn(Role.PERSON, "Here is a list: " + "alpha beta gamma " * 200 + ". Say ok.")]
    said, first = say(mind, turns)
    _, second = say(mind, [*turns, Turn(Role.RUSTA, said), Turn(Role.PERSON, "And again?")])
    assert second.first_token_s < first.first_token_s / 2


def test_stopping_in_the_middle_leaves_an_engine_that_answers(mind: LlamaCpp) -> None:
    pieces = mind.stream([NAME, Turn(Role.PERSON, "Count to one hundred.")], GREEDY)
    next(pieces)
    pieces.close()
    assert say(mind, [NAME, Turn(Role.PERSON, "Say hello.")])[0]


def test_going_over_to_another_number_of_threads_keeps_what_was_read(
    mind: LlamaCpp, monkeypatch: pytest.MonkeyPatch
) -> None:
    turns = [NAME, Turn(Role.PERSON, "What is a lifetime?")]
    said, _ = say(mind, turns)
    slot, moved, server = mind._slot, [], mind._server

    def watched(action: str, name: str) -> bool:
        moved.append((action, slot(action, name)))
        return moved[-1][1]

    def change(_: ThreadChoice, __: float) -> int:
        mind._choice.current = 3 - min(mind._choice.current, 2)
        return mind._choice.current

    monkeypatch.setattr(mind, "_slot", watched)
    monkeypatch.setattr(ThreadChoice, "next", change)
    assert say(mind, turns)[0] == said
    assert moved == [("save", True), ("restore", True)]  # and her identity was neither read nor restored again
    assert mind._server is not server


def test_both_engines_read_the_same_tokens(mind: LlamaCpp, model: Gguf, own: Home) -> None:
    tokenizer = weights.tokenizer(model.folder(own))
    for text in ("Why does E0382 exist?", 'fn main() { let s = "héllo"; }\n\n\t// 10_000', "日本語 and `&'a mut T`"):
        turns = [NAME, Turn(Role.PERSON, text)]
        rendered = tokenizer.apply_chat_template(
            [turn.as_message() for turn in turns], tokenize=False, add_generation_prompt=True
        )
        assert mind.count(turns) == len(tokenizer(rendered, add_special_tokens=False).input_ids)
