"""A folder of weights that was generated here, from a GGUF or a description, and can be generated again.

Beside it is the record `.NAME.made` with size, modification time and hash of each file. A file with the recorded size
and time is accepted; one with another time (a copy) is accepted if its hash matches. Folders of earlier versions have
no record, and are accepted.

Not covered: data corrupted by the disk itself, which does not change the modification time.
"""

import hashlib
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from rusta.core.derived_files import recalled, set_aside
from rusta.core.home import alone, keep_derived, whole_folder
from rusta.core.output import aside

CONFIG = "config.json"


def made_folder(folder: Path, make: Callable[[Path], None]) -> Path:
    """Return `folder`, filled by `make` unless all its files are there unchanged. It is complete or does not exist."""
    if _trouble(folder) is None:
        return folder
    with alone(folder):
        if trouble := _trouble(folder):
            if folder.is_dir():
                if any(folder.iterdir()):
                    aside(f"{folder} is damaged ({trouble}): I make it anew.")
            elif folder.exists():
                set_aside(folder, "no folder")
            with whole_folder(folder) as making:
                make(making)
            _remember(folder)
    return folder


def _record(folder: Path) -> Path:
    return folder.with_name(f".{folder.name}.made")


def _remember(folder: Path) -> None:
    files = {path.name: {**_stamp(path), "sha256": _hash(path)} for path in sorted(folder.iterdir())}
    keep_derived(_record(folder), json.dumps(files))


def _trouble(folder: Path) -> str | None:
    """Return what differs from the record, or None."""
    if not (folder / CONFIG).is_file():
        return f"{CONFIG} is missing"
    recorded = os.path.lexists(_record(folder))
    known = recalled(_record(folder), _parsed)
    if known is None:
        if recorded:
            _remember(folder)
        return None
    copied = False
    for name, was in known.items():
        path = folder / name
        try:
            if not path.is_file() or path.stat().st_size != was["bytes"]:
                return f"{name} is missing, or has another size"
            if _stamp(path)["changed_ns"] != was["changed_ns"]:
                copied = True
                if _hash(path) != was["sha256"]:
                    return f"{name} is not as it was made"
        except OSError as error:
            return f"{name}: {error.strerror}"
    if copied:
        _remember(folder)
    return None


def _parsed(raw: bytes) -> dict[str, dict[str, Any]]:
    said = json.loads(raw)
    return {str(name): {key: of[key] for key in ("bytes", "changed_ns", "sha256")} for name, of in said.items()}


def _stamp(path: Path) -> dict[str, int]:
    status = path.stat()
    return {"bytes": status.st_size, "changed_ns": status.st_mtime_ns}


def _hash(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
