"""Which version of the home's layout is on disk: a newer one is left alone, since this code would misread it.

A home without the file `.version` is of version 1, and so is every home so far. A later version that moves what an older one
wrote writes the file, and comes with one function per step, each of which may be killed and run again.
"""

import re
from pathlib import Path

from rusta.core.derived_files import recalled
from rusta.core.errors import RustaError

VERSION = 1
NAME = ".version"


class NewerHome(RustaError):
    """The home was written by a newer version of this program."""


def check(root: Path) -> None:
    """Raise `NewerHome` for a home of a later version."""
    found = recalled(root / NAME, _number)
    if found is not None and found > VERSION:
        raise NewerHome(
            f"{root} was written by a newer version of me (layout {found}, and I know up to {VERSION}). I touch nothing in it. "
            "Bring me up to date, or use another home: RUSTA_HOME=PATH"
        )


def _number(raw: bytes) -> int:
    if not re.fullmatch(rb"[1-9]\d{0,5}\s*", raw):
        raise ValueError("no version")
    return int(raw)
