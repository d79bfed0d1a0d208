"""What a stranger's text holds reaches a terminal as pictures, whatever road it takes; a pipe and a program get it as it is."""

import io
import json
import os
import pty
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest
from rich.markdown import Markdown
from rich.syntax import Syntax
from rich.table import Table

from rusta.core import output
from rusta.loop import events
from rusta.loop.events import LoopStep
from rusta.loop.narration import Narration
from rusta.ui.terminal.markdown import Appearing
from rusta.ui.terminal.narrator import Narrator

HOSTILE = "a\x1b]0;owned\x07b\x1b[2Jc\u202ed\x9b31me\x7f"
SENT = ("\x1b]", "\x1b[2J", "\x07", "\u202e", "\x9b", "\x7f")


def on_a_terminal(folder: Path, *words: str, **env: str) -> str:
    """What `rusta WORDS...` sends to the terminal that it is started in."""
    ours, its = pty.openpty()
    process = subprocess.Popen([sys.executable, "-m", "rusta", *words], cwd=folder, stdin=its, stdout=its, stderr=its,
                               env={**os.environ, **env, "TERM": "xterm"})  # fmt: skip
    os.close(its)
    sent = b""
    with suppress(OSError):  # how Linux says that the other end is gone
        while piece := os.read(ours, 4096):
            sent += piece
    os.close(ours)
    assert process.wait() == 0, sent
    return sent.decode(errors="replace")


@pytest.mark.parametrize("form", ["text", "json", "jsonl"])
def test_a_one_shot_answer_does_not_drive_the_terminal(tmp_path: Path, form: str) -> None:
    words = ["mode=chat", "model=fake", "engine=fake", f'engine.script=["{HOSTILE}"]', "prompt=hi"]
    sent = on_a_terminal(tmp_path, *words, f"output={form}", "memory=ephemeral", "toolchain=none")
    assert "owned" in sent
    assert not [code for code in SENT if code in sent]


def test_a_program_gets_the_text_as_it_is(rusta) -> None:
    words = ["mode=chat", "model=fake", "engine=fake", f'engine.script=["{HOSTILE}"]', "prompt=hi"]
    assert HOSTILE in rusta(*words, "memory=ephemeral").stdout
    assert json.loads(rusta(*words, "memory=ephemeral", "output=json").stdout)["text"] == HOSTILE


def test_nothing_that_a_console_prints_drives_the_terminal() -> None:
    screen, out = output.console(), io.StringIO()
    screen.file = out
    table = Table("head")
    table.add_row(HOSTILE)
    for what in (HOSTILE, Markdown(HOSTILE), Syntax(HOSTILE, "rust"), table):
        screen.print(what, markup=False)
    narrator = Narrator(screen, Narration.full)
    for event in (
        events.Narrated(LoopStep.READ, HOSTILE), events.Changed(1, [HOSTILE], HOSTILE, HOSTILE, [], [], HOSTILE),
        events.Declined(HOSTILE, HOSTILE),
    ):  # fmt: skip
        narrator.show(event)
    with Appearing(screen) as answer:
        answer.show(HOSTILE, last=True)
    assert "owned" in out.getvalue()
    assert not [code for code in SENT if code in out.getvalue()]
