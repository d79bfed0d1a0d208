"""Prepare the home folder when the process starts, and end the process: with a message, or silently."""

import os
import sys
from pathlib import Path
from typing import NoReturn

from rusta.core import home_version
from rusta.core.errors import RustaError
from rusta.core.home import Home, keep_private
from rusta.core.output import aside, visible


def settle_in(root: Path) -> None:
    """Make the home folder private to its owner, and finish an interrupted `forget`. Call before anything uses it.

    Raises `NewerHome` for a home of a later version, and touches nothing in it.
    """
    home_version.check(root)
    keep_private(root)
    if not (root / ".forgetting").is_dir():
        return
    from rusta.memory.forgetting.forget_entry import finish_forgetting

    try:
        done = finish_forgetting(Home(str(root), str(root)))
    except (RustaError, OSError) as why:
        return aside(f"I was stopped while I forgot something, and cannot go on yet: {why}")
    if done:
        aside("I was stopped while I forgot something, and have gone on: it is done.")


def hang_up() -> NoReturn:
    """End the process silently, with exit code 0: the reader of stdout has closed the pipe."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    raise SystemExit(0)


def exit_with_message(words: str, code: int) -> NoReturn:
    """Print a paragraph to stderr and end the process with the exit code."""
    print(visible(words), file=sys.stderr)
    raise SystemExit(code)
