"""Input besides the words of the command line: a pipe, a file, or the keyboard."""

import os
import select
import stat
import sys

from rusta.core.errors import ConfigError
from rusta.core.output import aside
from rusta.ui.terminal.typed_ahead import TypedAhead

SILENT_PIPE_S = 2.0  # how long a pipe may stay silent when a prompt was given as well


def is_terminal() -> bool:
    """Return whether stdin is a terminal."""
    return sys.stdin.isatty()


def can_open() -> bool:
    """Return whether a full-screen app can run: stdin and stdout are terminals."""
    return sys.stdin.isatty() and sys.stdout.isatty()


def typed_ahead() -> TypedAhead:
    """Return the type-ahead buffer of stdin."""
    return TypedAhead.of(sys.stdin)


def is_confirmed(question: str) -> bool:
    """Ask on the terminal, and return whether the answer is a yes; False where nobody can be asked."""
    if sys.stdin is None or not sys.stdin.isatty():
        return False
    print(f"{question} y/N ", end="", file=sys.stderr, flush=True)
    return sys.stdin.readline().strip().lower() in ("y", "yes")


def piped(beside_a_prompt: bool) -> str:
    """Return what was piped or redirected into stdin, else "". Beside a prompt, a pipe that stays silent is ignored."""
    mode = 0 if sys.stdin is None or sys.stdin.closed or sys.stdin.isatty() else _mode()
    if not (stat.S_ISFIFO(mode) or stat.S_ISREG(mode)):
        return ""
    if beside_a_prompt and stat.S_ISFIFO(mode) and not select.select([sys.stdin], [], [], SILENT_PIPE_S)[0]:
        aside("stdin is open and silent; I go on without it.")
        return ""
    return sys.stdin.buffer.read().decode(errors="surrogateescape").strip()


def must_be_text(question: str) -> None:
    """Raise `ConfigError` for input that is not UTF-8."""
    try:
        question.encode()
    except UnicodeEncodeError as error:
        raise ConfigError(
            f"What you sent is not text: after {error.start} characters comes a byte that is not UTF-8. Send text, or the "
            "part of the file that is."
        ) from None


def _mode() -> int:
    try:
        return os.fstat(sys.stdin.fileno()).st_mode
    except (OSError, ValueError):
        return 0
