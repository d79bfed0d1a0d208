"""A file in the person's own editor."""

import os
import shlex
import subprocess
from pathlib import Path

from rusta.core.errors import RustaError
from rusta.core.programs import find


class NoEditor(RustaError):
    """There is none, or what EDITOR says cannot be run."""


def edit(file: Path) -> int:
    """Wait until the person is done. What the editor ended with. Raises `NoEditor`."""
    editor = os.environ.get("VISUAL") or os.environ.get("EDITOR") or find("nano") or find("vi")
    if not editor:
        raise NoEditor("There is no editor here: set EDITOR.")
    try:
        return subprocess.run([*shlex.split(editor), str(file)]).returncode
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else error
        raise NoEditor(f"The editor {editor!r} cannot be run ({why}): set EDITOR to one that is here.") from None
