"""What is typed before a question is shown answers nothing, is not printed, and makes a draft."""

import io
import os
import pty
import select
import termios
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import Console

from rusta.loop.gates.permissions import Deed
from rusta.ui.terminal.progress_line import ProgressLine
from rusta.ui.terminal.questions import TerminalQuestions
from rusta.ui.terminal.typed_ahead import TypedAhead
from tests.linear import soon


@pytest.fixture
def silent(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[int, TypedAhead]]:
    """A terminal that is held, from outside and from inside."""
    outside, inside = pty.openpty()
    with os.fdopen(inside, "r") as stream:
        monkeypatch.setattr("sys.stdin", stream)
        ahead = TypedAhead.of(stream)
        with ahead.held():
            yield outside, ahead
        assert termios.tcgetattr(outside)[3] & termios.ECHO
    os.close(outside)


def test_a_question_is_answered_only_by_what_comes_after_it(silent: tuple[int, TypedAhead]) -> None:
    outside, ahead = silent
    screen = io.StringIO()

    class Later(Console):
        """A person who answers once the question is there."""

        def input(self, prompt: object = "", **_: object) -> str:  # type: ignore[override]
            self.print(prompt)
            os.write(outside, b"no, not like this\n")
            return input()

    asking = TerminalQuestions(console := Later(file=screen), ProgressLine(console), ahead)
    os.write(outside, b"y\ny")
    said = asking.permission(Deed.EDIT, "change src/lib.rs", "+ a line")
    assert (said.yes, said.why) == (False, "not like this")
    assert "y ⏎ y" in screen.getvalue()
    assert ahead.take() == "y\ny" and ahead.take() == ""


def test_nothing_of_what_is_typed_meanwhile_is_echoed(silent: tuple[int, TypedAhead]) -> None:
    outside, ahead = silent
    os.write(outside, b"typed over the line that moves\n")
    assert not select.select([outside], [], [], 0.05)[0]
    ahead.gather()
    assert ahead.take() == "typed over the line that moves"


def test_a_line_that_comes_while_the_draft_is_taken_is_left_whole_for_the_prompt(
    silent: tuple[int, TypedAhead],
) -> None:
    outside, ahead = silent
    assert ahead.descriptor is not None
    ahead.gather(quiet_s=0)
    assert ahead.take_line() == ""
    os.write(outside, b"count\r")
    assert ahead.take() == "" and select.select([ahead.descriptor], [], [], 5)[0]
    assert os.read(ahead.descriptor, 64) == b"count\n"


@pytest.mark.parametrize(
    ("keys", "draft"),
    [
        ("one\rtwo\r\n", "one\ntwo"),
        ("fxi\x7f\x7fix", "fix"),
        ("gone\x15kept", "kept"),
        ("first\rgone\x15kept", "first\nkept"),
        ("take this back\x17\x17that", "take that"),
        ("\x1b[200~pasted\nlines\x1b[201~", "pasted\nlines"),
        ("a\x1b[Ab\x1bOPc\x1b[24;1Rd\x04\x00e", "abcde"),
        ("\x1b\rtwo", "two"),
        (" \r \r", ""),
        ("é → 漢", "é → 漢"),
    ],
)
def test_a_draft_is_what_stands_in_a_line_after_these_keys(keys: str, draft: str) -> None:
    ahead = TypedAhead()
    ahead.add(keys)
    assert ahead.take() == draft


def test_a_paste_of_a_megabyte_is_a_draft_in_linear_time() -> None:
    ahead = TypedAhead()
    with soon():
        ahead.add("a " * 500_000 + "\r")
        ahead.add("\x17" * 1_000 + "\x7f" * 1_000)
    assert len(ahead.take()) == 1_000_000 - 2 - 2_000 - 1_000 + 1


@settings(max_examples=40)
@given(st.lists(st.text(alphabet=st.characters(codec="utf-8")), max_size=5))
def test_no_key_leaves_anything_in_a_draft_that_drives_a_terminal(keys: list[str]) -> None:
    ahead = TypedAhead()
    for some in keys:
        ahead.add(some)
    assert all(sign.isprintable() or sign in "\n\t" for sign in ahead.take())
