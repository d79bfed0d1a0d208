"""Programs by name, looked for where the person's PATH says and never in the folder that one happens to stand in."""

import os
import shutil
from pathlib import Path


def search_path() -> str:
    """PATH without its relative and empty entries: in a stranger's folder those name the stranger's programs."""
    folders = os.environ.get("PATH", os.defpath).split(os.pathsep)
    return os.pathsep.join(folder for folder in folders if Path(folder).is_absolute())


def find(name: str) -> str | None:
    """Where a program lies, as an absolute path; None where there is none of that name."""
    return shutil.which(name, path=search_path())
