"""How the process settles in its home, and how it ends: in a paragraph, or in silence."""

import os
import sys
from pathlib import Path
from typing import NoReturn

from rusta.core import home_version
from rusta.core.errors import RustaError
from rusta.core.home import Home, keep_private
from rusta.core.output import aside, visible


def settle_in(root: Path) -> None:
    """What comes before anything else in her home: it is the owner's alone, and what was being forgotten is forgotten."""
    home_version.check(root)
    keep_private(root)
    if not (root / ".forgetting").is_dir():
        return
    from rusta.memory.forgetting.forget_entry import resume

    try:
        done = resume(Home(str(root), str(root)))
    except (RustaError, OSError) as why:
        return aside(f"I was stopped while I forgot something, and cannot go on yet: {why}")
    if done:
        aside("I was stopped while I forgot something, and have gone on: it is done.")


def hang_up() -> NoReturn:
    """End the process in silence: whoever read our stdout has left."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    raise SystemExit(0)


def leave(words: str, code: int) -> NoReturn:
    """End the process with a paragraph on stderr."""
    print(visible(words), file=sys.stderr)
    raise SystemExit(code)
