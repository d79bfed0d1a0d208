"""The app ends with its terminal, also where no signal tells it that the terminal is gone."""

import os
import pty
import select
import subprocess
import sys
import time
from pathlib import Path

PATIENCE_S = 60


def test_the_app_ends_when_its_terminal_is_closed(tmp_path: Path) -> None:
    held, theirs = pty.openpty()
    words = [sys.executable, "-m", "rusta", "devlog", "body=tiny"]
    app = subprocess.Popen(
        words, stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True, cwd=tmp_path,
        env={**os.environ, "TERM": "xterm-256color"},
    )  # fmt: skip
    os.close(theirs)
    try:
        seen, until = b"", time.monotonic() + PATIENCE_S
        while b"\x1b[?1049h" not in seen and time.monotonic() < until:  # the app has taken the screen
            if select.select([held], [], [], 0.5)[0]:
                seen += os.read(held, 1 << 16)
        assert b"\x1b[?1049h" in seen
        os.close(held)
        app.wait(PATIENCE_S)
    finally:
        app.kill()
        app.wait()
