"""What is typed arrives as it was meant: lines, pastes, commands half typed, and the two ways to leave."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prompt_toolkit.application import create_app_session
from prompt_toolkit.completion import CompleteEvent
from prompt_toolkit.document import Document
from prompt_toolkit.input import create_pipe_input
from prompt_toolkit.output import DummyOutput

from rusta.ui.terminal.keyboard import Commands, Keyboard
from rusta.ui.terminal.repl import COMMANDS

ENTER, ALT_ENTER, CTRL_C, CTRL_D, UP = "\r", "\x1b\r", "\x03", "\x04", "\x1b[A"


@pytest.fixture
def typed(tmp_path: Path) -> Iterator[Callable[[str], str]]:
    """What the keyboard reads when these keys are pressed; the history lasts from one call to the next."""
    with create_pipe_input() as pipe, create_app_session(input=pipe, output=DummyOutput()):

        def read(keys: str) -> str:
            pipe.send_text(keys)
            return Keyboard(tmp_path / "home" / ".typed", COMMANDS).read()

        yield read


@pytest.mark.parametrize(
    ("keys", "text"),
    [
        ("hello" + ENTER, "hello"),
        ("one" + ALT_ENTER + "two" + ENTER, "one\ntwo"),
        ("  padded  " + ENTER, "padded"),
        ("\x1b[200~pasted\nlines\n\x1b[201~ and more" + ENTER, "pasted\nlines\n and more"),
        ("/help" + ENTER, "/help"),
        (ENTER, ""),
    ],
)
def test_enter_sends_and_alt_enter_and_pasting_keep_lines(keys: str, text: str, typed: Callable[[str], str]) -> None:
    assert typed(keys) == text


def test_what_was_said_comes_back_with_the_arrow(typed: Callable[[str], str]) -> None:
    typed("first" + ENTER)
    typed("second" + ENTER)
    assert typed(UP + UP + ENTER) == "first"


def test_ctrl_c_and_ctrl_d_are_told_apart(typed: Callable[[str], str]) -> None:
    with pytest.raises(KeyboardInterrupt):
        typed("half a sente" + CTRL_C)
    with pytest.raises(EOFError):
        typed(CTRL_D)


def completed(text: str) -> list[str]:
    """The whole line after each completion that is offered."""
    found = Commands(COMMANDS).get_completions(Document(text), CompleteEvent())
    return [text[: len(text) + completion.start_position] + completion.text for completion in found]


@given(
    st.one_of(
        st.text(), st.sampled_from(list(COMMANDS)).flatmap(lambda name: st.integers(0, 9).map(lambda n: name[:n]))
    )
)
def test_what_is_offered_goes_on_from_what_is_there_and_is_a_command(text: str) -> None:
    offered = completed(text)
    assert offered == [name for name in COMMANDS if text.startswith("/") and name.startswith(text)]


def test_a_slash_offers_all_and_words_offer_nothing() -> None:
    assert completed("/") == list(COMMANDS)
    assert completed("/h") == ["/help"]
    assert completed("") == completed("help") == completed("why /") == completed("/help me") == []


def test_the_history_on_disk_holds_no_password(typed: Callable[[str], str], tmp_path: Path) -> None:
    assert typed("The staging password is plumtree42." + ENTER) == "The staging password is plumtree42."
    assert typed("what is a lifetime" + ENTER)
    kept = (tmp_path / "home" / ".typed").read_text()
    assert "plumtree42" not in kept and "The staging password is [secret]." in kept and "what is a lifetime" in kept
