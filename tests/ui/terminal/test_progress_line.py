"""While nothing appears, a line says that she is at it; and it is never in the way."""

import io
import time
from collections.abc import Iterator

import pytest

from rusta.core import output
from rusta.loop.events import Event, LoopStep, Narrated, Said, Supposed, Tried
from rusta.loop.gates.permissions import Deed
from rusta.ui.terminal.progress_line import ProgressLine
from rusta.ui.terminal.questions import TerminalQuestions

HIDDEN, SHOWN = "\x1b[?25l", "\x1b[?25h"  # the cursor, while the line moves
SUPPOSED = Supposed(number=1, source="mind", reason="", trade_off="", gone=[], diff="")


@pytest.fixture
def screen(monkeypatch: pytest.MonkeyPatch) -> io.StringIO:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm-256color")
    return io.StringIO()


def waiting(screen: io.StringIO) -> ProgressLine:
    console = output.console()
    console.file = screen
    return ProgressLine(console)


def test_the_line_says_what_she_is_at_and_is_gone_when_something_comes(screen: io.StringIO) -> None:
    shown = []

    def events() -> Iterator[Event]:
        for event in (Narrated(step=LoopStep.READ, text="the crate"), SUPPOSED, Said(text="Done.")):
            time.sleep(0.2)
            yield event

    for _ in waiting(screen).between(events()):
        assert screen.getvalue().endswith("\x1b[2K"), "the line is wiped before the event is drawn"
        shown.append(screen.getvalue())
        screen.truncate(0)
        screen.seek(0)
    assert [("thinking" in s, "reading" in s, "cargo tries it" in s) for s in shown] == [
        (True, False, False), (False, True, False), (False, False, True),
    ]  # fmt: skip
    assert all("0:00:00" in text and "Ctrl-C stops me" in text for text in shown)
    assert screen.getvalue() == "", "her words appear by themselves"


def test_while_tests_run_it_says_so(screen: io.StringIO) -> None:
    compiles = Tried(number=1, fixed=["E0382"], new=[], left=0, predicted=True, tests=None, seconds=0.1)

    def events() -> Iterator[Event]:
        yield compiles
        time.sleep(0.2)

    list(waiting(screen).between(events()))
    assert "the tests run" in screen.getvalue()


def test_where_no_terminal_is_nothing_is_drawn() -> None:
    quiet = ProgressLine(output.console())
    quiet.console.file = io.StringIO()
    assert list(quiet.between([SUPPOSED, SUPPOSED])) == [SUPPOSED, SUPPOSED]
    assert quiet.console.file.getvalue() == ""


def test_a_question_has_the_terminal_to_itself(screen: io.StringIO, monkeypatch: pytest.MonkeyPatch) -> None:
    line, seen = waiting(screen), []

    def answer(words: str) -> str:
        seen.append(screen.getvalue().count(HIDDEN) - screen.getvalue().count(SHOWN))
        return "y"

    monkeypatch.setattr(line.console, "input", answer)
    asking = TerminalQuestions(line.console, line)

    def events() -> Iterator[Event]:
        assert asking.permission(Deed.TEST, "run the tests", "").yes
        assert screen.getvalue().count(HIDDEN) == 2, "and then it goes on"
        yield SUPPOSED

    assert list(line.between(events())) == [SUPPOSED]
    assert seen == [0]
    assert asking.yes("Go on?")


def test_it_ends_with_what_broke_off(screen: io.StringIO) -> None:
    def events() -> Iterator[Event]:
        yield SUPPOSED
        raise KeyboardInterrupt

    line = waiting(screen)
    with pytest.raises(KeyboardInterrupt):
        list(line.between(events()))
    assert screen.getvalue().count(HIDDEN) == screen.getvalue().count(SHOWN) == 2
    assert line.line is None
