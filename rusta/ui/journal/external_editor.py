"""Open a file in the user's own editor."""

import os
import shlex
import subprocess
from pathlib import Path

from rusta.core.errors import RustaError
from rusta.core.programs import find_program


class NoEditor(RustaError):
    """There is no editor, or the one that VISUAL or EDITOR names cannot be run."""


def edit(file: Path) -> int:
    """Open the file, wait for the editor to end, and return its exit code. Raises `NoEditor`."""
    editor = os.environ.get("VISUAL") or os.environ.get("EDITOR") or find_program("nano") or find_program("vi")
    if not editor:
        raise NoEditor("There is no editor here: set EDITOR.")
    try:
        return subprocess.run([*shlex.split(editor), str(file)]).returncode
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else error
        raise NoEditor(f"The editor {editor!r} cannot be run ({why}): set EDITOR to one that is here.") from None
