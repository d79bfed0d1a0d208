"""Find programs on the user's PATH, never in the working directory."""

import os
import shutil
from pathlib import Path


def search_path() -> str:
    """Return PATH without relative and empty entries: inside a stranger's folder those find the stranger's programs."""
    folders = os.environ.get("PATH", os.defpath).split(os.pathsep)
    return os.pathsep.join(folder for folder in folders if Path(folder).is_absolute())


def find_program(name: str) -> str | None:
    """Return the absolute path of a program, or None where there is none of that name."""
    return shutil.which(name, path=search_path())
