"""A conversation as a person has it, at a keyboard: what they type, what appears, and what is kept."""

import json
import os
import pty
import re
import select
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from prompt_toolkit.application import create_app_session
from prompt_toolkit.input import create_pipe_input
from prompt_toolkit.output import DummyOutput

from rusta.core.home import Home
from rusta.identity.turns import Role, Turn
from rusta.loop.chat_agent import ChatAgent
from rusta.loop.conversation import Conversation
from rusta.loop.read.journal_memory import JournalMemory
from rusta.loop.session import Session, begin, resume
from rusta.memory.recall.recall import Memory
from rusta.mind.engines.fake import Fake
from rusta.mind.mind import Generation
from rusta.ui.terminal.repl import COMMANDS, Repl

WHO = Turn(Role.SYSTEM, "me")
Sit = Callable[..., str]


@pytest.fixture
def sit(home: Home, capsys: pytest.CaptureFixture[str]) -> Iterator[Sit]:
    """Types these lines and leaves; what was on the screen. The session may be one to go on with."""
    with create_pipe_input() as pipe, create_app_session(input=pipe, output=DummyOutput()):

        def typed(*lines: str, session: Session | None = None, mind: Fake | None = None) -> str:
            pipe.send_text("".join(f"{line}\r" for line in lines) + "\x04")
            mind = mind or Fake(script=["Two words.", "Three words here."])
            Repl(
                Conversation(mind, WHO, session or begin(home.sessions), Generation(max_tokens=64)), home, "title"
            ).run()
            return capsys.readouterr().out

        yield typed


def test_a_question_is_answered_kept_and_can_be_gone_on_with(sit: Sit, home: Home) -> None:
    screen = sit("how many?")
    assert screen.count("Two words.") == 1
    kept = resume(home.sessions, "last")
    assert [turn.text for turn in kept.turns] == ["how many?", "Two words."]
    assert f"resume={kept.id}" in screen

    screen = sit("and now?", session=kept)
    assert "how many?" in screen  # what was said last is recalled
    assert [turn.text for turn in resume(home.sessions, "last").turns][2:] == ["and now?", "Two words."]


def test_leaving_without_a_word_leaves_no_session(sit: Sit, home: Home) -> None:
    screen = sit("", "/help", "/quit", "never read")
    assert all(command in screen for command in COMMANDS)
    assert "never read" not in screen and "resume=" not in screen
    assert list(home.sessions.glob("*.jsonl")) == []


def test_an_answer_that_goes_round_in_a_circle_is_ended_and_says_so(sit: Sit, home: Home) -> None:
    screen = sit("why?", mind=Fake(script=["It begins well. " + "and so it is " * 100]))
    assert "I only said the same again" in screen
    said = resume(home.sessions, "last").turns[1].text
    assert said.startswith("It begins well.") and len(said) < 200


def test_again_asks_the_same_anew_and_the_new_answer_stands(sit: Sit, home: Home) -> None:
    assert "no answer to give anew" in sit("/again")
    sit("how many?", "/again")
    assert [turn.text for turn in resume(home.sessions, "last").turns] == ["how many?", "Three words here."]


def test_a_new_page_is_another_session_and_the_old_one_stays(sit: Sit, home: Home) -> None:
    screen = sit("first", "/new", "second", "/sessions")
    opened = sorted(resume(home.sessions, path.stem).turns[0].text for path in home.sessions.glob("*.jsonl"))
    assert opened == ["first", "second"]
    assert all(path.stem in screen for path in home.sessions.glob("*.jsonl"))


def test_a_session_that_is_damaged_is_listed_as_such_and_the_talk_goes_on(sit: Sit, home: Home) -> None:
    home.sessions.mkdir(parents=True)
    (home.sessions / "2026-01-01_damaged.jsonl").write_text("{\n")
    screen = sit("/sessions", "still here?")
    assert "2026-01-01_damaged" in screen and "not as I wrote it" in screen
    assert resume(home.sessions, "last").turns[0].text == "still here?"


def test_the_window_is_shown_and_what_does_not_fit_is_refused_without_ending_the_talk(sit: Sit) -> None:
    screen = sit("/context", "word " * 100, "short", mind=Fake(script=["Fine."], context=100))
    assert "1 of 100 tokens" in screen
    assert "room for 36" in screen and "Fine." in screen


@pytest.mark.parametrize(
    "said", ["[/bold] closes nothing", "Vec<[u8]>, [red]not red[/red]", "[/]", r"\[x]", "a[/quiet]b"]
)
def test_what_looks_like_markup_is_text(said: str, sit: Sit, home: Home) -> None:
    session = begin(home.sessions)
    session.add(Turn(Role.PERSON, said))
    session.add(Turn(Role.RUSTA, f"`{said}`"))
    screen = sit(f"/{said}", "/sessions", session=session)
    assert screen.count(said) >= 3  # recalled twice, listed once


def test_what_everybody_types_is_understood_without_a_slash(sit: Sit, home: Home) -> None:
    screen = sit("help", "exit", "never read")
    assert all(name in screen for name in COMMANDS) and "Two words." not in screen
    assert list(home.sessions.glob("*.jsonl")) == []


def test_a_command_about_edits_says_so_where_none_are_made_and_a_sentence_is_none(sit: Sit, home: Home) -> None:
    assert "edits" in (screen := sit("undo", "/undo 3", "undo that, please")) and "Two words." not in screen
    assert list(home.sessions.glob("*.jsonl")) == []
    assert sit("help me with this", "undo the loan of the map", "exit code 3?", "quit or not").count(" words") == 4


def test_clear_is_an_empty_screen_and_another_conversation_and_the_old_one_stays(sit: Sit, home: Home) -> None:
    screen = sit("first", "/clear", "second", "clear", "/context")
    opened = sorted(resume(home.sessions, path.stem).turns[0].text for path in home.sessions.glob("*.jsonl"))
    assert opened == ["first", "second"] and screen.count("A new page.") == 2
    assert all(f"resume={path.stem}" in screen for path in home.sessions.glob("*.jsonl"))


def test_the_time_and_the_tokens_of_an_answer_are_shown(sit: Sit) -> None:
    screen = sit("how many?", "and now?")
    assert re.search(r"\(\d+\.\d s · 2 tokens\)", screen) and re.search(r"\(\d+\.\d s · 3 tokens\)", screen)


def test_an_unknown_command_names_those_that_exist(sit: Sit) -> None:
    assert "/halp" in (screen := sit("/halp")) and "/help" in screen


def read_until(terminal: int, wanted: str) -> str:
    """What a terminal shows, up to where `wanted` has appeared in it; fails when the program is silent for long."""
    shown = b""
    while wanted.encode() not in shown:
        ready, _, _ = select.select([terminal], [], [], 120)
        assert ready, f"{wanted!r} never came: {shown.decode()}"
        shown += os.read(terminal, 4096)
    return shown.decode(errors="replace")


def test_in_a_real_terminal_ctrl_c_stops_the_answer_and_not_the_talk(tmp_path: Path) -> None:
    terminal, inside = pty.openpty()
    script = "engine.script=[one two three four five six seven eight nine ten, after]"
    words = ["chat", "body=laptop", "model=fake", "engine=fake", "engine.pause=0.3", script]
    # Nobody answers here when prompt_toolkit asks the terminal where its cursor is.
    process = subprocess.Popen([sys.executable, "-m", "rusta", *words], stdin=inside, stdout=inside, stderr=inside,
                               cwd=tmp_path, env={**os.environ, "PROMPT_TOOLKIT_NO_CPR": "1"}, start_new_session=True)  # fmt: skip
    os.close(inside)
    try:
        read_until(terminal, "/help")
        os.write(terminal, b"count\r")
        read_until(terminal, "two")
        process.send_signal(signal.SIGINT)
        read_until(terminal, "stopped")
        read_until(terminal, "›")  # what is typed before the line is there is a draft
        os.write(terminal, b"go on\r")
        read_until(terminal, "after")
        read_until(terminal, "›")
        os.write(terminal, b"\x04")
        read_until(terminal, "resume=")
        assert process.wait() == 0
    finally:
        process.kill()
        process.wait()
        os.close(terminal)
    (session,) = (tmp_path / "home" / "sessions").glob("*.jsonl")
    count, said, go, after = (json.loads(line) for line in session.read_text().splitlines())
    assert (count["text"], go["text"], after["text"]) == ("count", "go on", "after")
    assert said["finish"] == "interrupted" and "one two three four five six seven eight nine ten".startswith(
        said["text"]
    )


def test_a_recall_takes_a_line_and_says_why_when_asked(home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    path = Memory(home).write("semantic", "Build", "Our parser crate lexikon has to build on Rust 1.74.", source="x")
    with create_pipe_input() as pipe, create_app_session(input=pipe, output=DummyOutput()):
        pipe.send_text("/why\rOn which Rust does lexikon have to build?\r/why\r\x04")
        talk = Conversation(Fake(), WHO, begin(home.sessions), Generation(max_tokens=64))
        Repl(talk, home, "title", ChatAgent(talk, JournalMemory(Memory(home)))).run()
    before, _, after = " ".join(capsys.readouterr().out.split()).partition(f"from my journals, from today: {path}")
    assert "Nothing came from my journals" in before
    assert after and "of what was asked" not in after.partition("I am the fake")[0]
    assert "of what was asked" in after or "it means much the same" in after
