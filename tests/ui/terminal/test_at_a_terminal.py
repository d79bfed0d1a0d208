"""The real program and the real cargo at a real terminal: what is typed before a question is shown answers nothing."""

import json
import os
import pty
import select
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from rusta.identity.turns import Role
from tests.loop.crate import NO_MUT, crate


@dataclass
class Terminal:
    """A program at a terminal of its own, seen from the person's side."""

    descriptor: int
    shown: str = ""  # since the call before the last

    def type(self, keys: str) -> None:
        """Press these keys at once."""
        os.write(self.descriptor, keys.encode())

    def until(self, *wanted: str) -> str:
        """Read until one of these has appeared since the last call. What has."""
        shown = ""
        while not any(one in shown for one in wanted):
            ready, _, _ = select.select([self.descriptor], [], [], 60)
            assert ready, f"{wanted} never came: {shown}"
            shown += os.read(self.descriptor, 4096).decode(errors="replace")
        self.shown = shown
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
        terminal.type("fix it\ry\ry\r")  # while the program starts
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


def test_keys_pressed_while_she_speaks_are_not_printed_over_the_line_that_moves(tmp_path: Path) -> None:
    with chatting(
        tmp_path, "engine.pause=0.05", "engine.script=[one two three four five six seven eight nine ten]"
    ) as terminal:
        terminal.until("›")
        terminal.type("count\r")
        terminal.until("two")
        terminal.type("zebra")
        terminal.until("›")
        assert "zebra" not in terminal.shown.partition("›")[0]
        if "zebra" not in terminal.shown:
            terminal.until("zebra")


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
