"""How a question at the terminal takes what is answered."""

import io
from collections.abc import Iterator

import pytest
from rich.console import Console

from rusta.loop.gates.permissions import Deed
from rusta.ui.terminal.progress_line import ProgressLine
from rusta.ui.terminal.questions import TerminalQuestions


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[TerminalQuestions, list[str], io.StringIO]]:
    """Somebody who asks, the answers that wait, and the screen."""
    screen = io.StringIO()
    console = Console(file=screen, width=200)
    waiting: list[str] = []

    def said(words: str) -> str:
        console.print(words)
        if not waiting:
            raise EOFError
        return waiting.pop(0)

    monkeypatch.setattr(console, "input", said)
    return TerminalQuestions(console, ProgressLine(console)), waiting, screen


@pytest.mark.parametrize("said", ["ok", "sure", "yes please", "go ahead"])
def test_the_question_takes_them_so(said: str, answers: tuple[TerminalQuestions, list[str], io.StringIO]) -> None:
    asking, waiting, _ = answers
    waiting += [said, said]
    assert asking.permission(Deed.EDIT, "change src/lib.rs", "").yes and asking.yes("Go on?")


def test_an_unclear_answer_is_asked_again_and_is_the_reason_of_a_no_that_follows(
    answers: tuple[TerminalQuestions, list[str], io.StringIO],
) -> None:
    asking, waiting, screen = answers
    waiting += ["", "hm", "the whole list is copied", "no"]
    said = asking.permission(Deed.EDIT, "change src/lib.rs", "")
    assert not said.yes and said.why == "the whole list is copied" and waiting == []
    assert screen.getvalue().count("May I change src/lib.rs?") == 4
    waiting += ["what would it cost?", "yes please"]
    assert asking.permission(Deed.EDIT, "change src/lib.rs", "").yes
    waiting += ["perhaps"]  # and then Ctrl-D
    said = asking.permission(Deed.EDIT, "change src/lib.rs", "")
    assert not said.yes and said.why == ""
