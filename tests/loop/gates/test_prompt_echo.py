"""What a person sees of an answer: no call, no sentence of the prompt said back; and every other letter, as it comes."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rusta.loop import events as happened
from rusta.loop.attempt.actions import format_description
from rusta.loop.gates.prompt_echo import EchoFilter
from tests.loop.crate import NO_MUT, crate, only, work

MANUAL = format_description()
CALL = '<tools>\n{"name": "read", "arguments": {"path": "src/lib.rs"}}\n</tools>'


def shown(answer: str, size: int = 3) -> str:
    filter = EchoFilter([MANUAL])
    pieces = [answer[at : at + size] for at in range(0, len(answer), size)]
    return "".join([*(filter.feed(piece) for piece in pieces), filter.end()])


@pytest.mark.parametrize("size", [1, 3, 7, 1000])
def test_the_prompt_said_back_is_not_shown(size: int) -> None:
    assert shown(MANUAL, size).strip() == ""


def test_a_sentence_out_of_its_middle_is_not_shown_and_what_follows_is() -> None:
    said = "Then I take one action, in exactly one of these forms, and stop.\nIt compiles."
    assert shown(said) == "It compiles."


@pytest.mark.parametrize(
    "call", [CALL, CALL.replace("\n", ""), CALL.replace("tools", "tool_call"), CALL.splitlines()[1]]
)
def test_a_call_is_not_shown(call: str) -> None:
    assert shown(f"I look first.\n\n{call}\n\nDone.").split() == ["I", "look", "first.", "Done."]


def test_a_call_that_was_cut_is_not_shown() -> None:
    assert shown(f"I look.\n{CALL[:30]}") == "I look.\n"


@pytest.mark.parametrize("said", [
    "It compiles.", "First, the loan.\n\n- one\n- two\n", "{ let x = 1; }\n", "[1, 2, 3]\n", "<T> is a parameter", "To", "First I say no.",
    "```rust\nfn main() {}\n```\n", "a < b && c > d\n",
])  # fmt: skip
def test_everything_else_is_shown_to_the_letter(said: str) -> None:
    assert shown(said) == said


@given(st.text(alphabet="ab <>{}[]\n.!", max_size=80), st.integers(1, 9))
def test_no_letter_of_other_words_is_lost(said: str, size: int) -> None:
    assert shown(said, size) == said


def test_who_says_back_her_prompt_is_answered_for_by_the_facts(tmp_path: Path) -> None:
    place = crate(tmp_path / "scores", NO_MUT)
    seen = list(work(place, tmp_path / "home", [MANUAL]).turn("Does it compile?"))
    said = "".join(one.text for one in only(seen, happened.Said))
    assert "E0596" in said and "How I act" not in said and "src/pool.rs" not in said
    assert not only(seen, happened.Called), "the example of the prompt is no call of hers"
    turns = [json.loads(line) for line in next((tmp_path / "home/sessions").glob("*.jsonl")).read_text().splitlines()]
    assert "E0596" in [turn["text"] for turn in turns if turn["type"] == "turn"][-1]


def test_a_healthy_crate_is_said_to_compile(tmp_path: Path) -> None:
    place = crate(tmp_path / "scores", NO_MUT.replace("let scores", "let mut scores"))
    seen = list(work(place, tmp_path / "home", [MANUAL]).turn("Does it compile?"))
    assert "".join(one.text for one in only(seen, happened.Said)) == "It builds."
