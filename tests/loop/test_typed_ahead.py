"""What is typed before a question is shown answers nothing: at a real terminal, with the real program and the real cargo."""

import io
import json
import os
import pty
import select
import subprocess
import sys
import termios
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import Console

from rusta.identity.turns import Role
from rusta.loop.asking import Asking
from rusta.loop.permissions import Deed
from rusta.loop.typed_ahead import TypedAhead
from rusta.loop.waiting import Waiting
from tests.loop.crate import NO_MUT, crate


@dataclass
class Terminal:
    """A program at a terminal of its own, seen from the person's side."""

    descriptor: int
    screen: str = ""

    def type(self, keys: str) -> None:
        """Press these keys at once."""
        os.write(self.descriptor, keys.encode())

    def until(self, *wanted: str) -> str:
        """Read until one of these has appeared since the last call. What has."""
        shown = ""
        while not any(one in shown for one in wanted):
            ready, _, _ = select.select([self.descriptor], [], [], 120)
            assert ready, f"{wanted} never came: {shown}"
            shown += os.read(self.descriptor, 4096).decode(errors="replace")
        self.screen += shown
        return next(one for one in wanted if one in shown)


@contextmanager
def chatting(folder: Path, *words: str) -> Iterator[Terminal]:
    """`rusta chat WORDS...` at a terminal, in `folder`."""
    outside, inside = pty.openpty()
    said = ["chat", "body=laptop", "model=fake", "engine=fake", *words]
    process = subprocess.Popen([sys.executable, "-m", "rusta", *said], stdin=inside, stdout=inside, stderr=inside, cwd=folder,
                               env={**os.environ, "PROMPT_TOOLKIT_NO_CPR": "1"}, start_new_session=True)  # fmt: skip
    os.close(inside)
    try:
        yield Terminal(outside)
    finally:
        process.kill()
        process.wait()
        os.close(outside)


def test_keys_pressed_while_she_reads_approve_nothing_and_wait_in_the_line(tmp_path: Path) -> None:
    place = crate(tmp_path / "scores", NO_MUT)
    with chatting(place) as terminal:
        terminal.until("/help")
        terminal.until("›")
        terminal.type("fix it\ry\ry\r")
        terminal.until("what does the compiler say?")
        terminal.type("y\ry\r")
        terminal.until("May I run")
        terminal.type("y\r")
        terminal.until("May I change")
        terminal.type("no\r")
        seen = terminal.until("proposed, not made", "/undo takes")
        assert seen == "proposed, not made", "an edit was made that nobody has seen"
        terminal.until("›")
        terminal.type("and a word\r")  # the draft is in the line: what is sent now begins with it
        terminal.until("I am the fake")
    assert (place / "src/lib.rs").read_text() == NO_MUT
    (session,) = (tmp_path / "home/sessions").glob("*.jsonl")
    lines = [json.loads(line) for line in session.read_text().splitlines()]
    asked = [line["text"] for line in lines if line.get("role") == Role.PERSON.value]
    assert asked == ["fix it", "y\ny\ny\nyand a word"]


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

    asking = Asking(console := Later(file=screen), Waiting(console), ahead)
    os.write(outside, b"y\ny")
    said = asking.permission(Deed.EDIT, "change src/lib.rs", "+ a line")
    assert (said.yes, said.why) == (False, "not like this")
    assert "y ⏎ y" in screen.getvalue()
    assert ahead.take() == "y\ny" and ahead.take() == ""


def test_nothing_of_what_is_typed_meanwhile_is_echoed(silent: tuple[int, TypedAhead]) -> None:
    outside, ahead = silent
    os.write(outside, b"typed over the line that moves\n")
    assert not select.select([outside], [], [], 0.05)[0]
    assert ahead.take() == "typed over the line that moves"


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


@settings(max_examples=40)
@given(st.lists(st.text(alphabet=st.characters(codec="utf-8")), max_size=5))
def test_no_key_leaves_anything_in_a_draft_that_drives_a_terminal(keys: list[str]) -> None:
    ahead = TypedAhead()
    for some in keys:
        ahead.add(some)
    assert all(sign.isprintable() or sign in "\n\t" for sign in ahead.take())


def test_where_no_terminal_is_nothing_is_asked_and_approve_decides(rusta: Callable, tmp_path: Path) -> None:
    place = crate(tmp_path / "scores", NO_MUT)
    words = [
        "mode=chat",
        "body=laptop",
        "model=fake",
        "engine=fake",
        f"workspace={place}",
        "memory=ephemeral",
        "output=json",
    ]
    ended = rusta(*words, "prompt=fix it", stdin="y\ny\ny\n")
    assert ended.returncode == 0 and "May I" not in ended.stderr
    assert (place / "src/lib.rs").read_text() == NO_MUT and json.loads(ended.stdout)["proposed"]
