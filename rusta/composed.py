"""What was composed before need not be composed again: hello and doctor answer without waiting for Hydra.

Composing the whole tree takes longer than all that a light mode does. So the resolved settings of a light mode are
kept, keyed by the words, the environment they may read, and every configuration file's size and time of change;
any change composes anew. Deleting the folder costs one slow start.
"""

import hashlib
import importlib
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rusta.home import write_atomically

LIGHT = ("hello", "doctor")
READ = ("HOME", "RUSTA_HOME")


def recall(words: Sequence[str], conf: Path) -> Any | None:
    """The mode that these words built before, built again without Hydra; None if they are not known."""
    if not _light(words):
        return None
    try:
        return _build(json.loads(_path(words, conf).read_text(encoding="utf-8")))
    except (OSError, ValueError, KeyError, TypeError, AttributeError, ImportError):
        return None  # composed by another version: compose anew


def remember(words: Sequence[str], conf: Path, mode: object) -> None:
    """Keep the resolved settings of a light mode. A read-only home only costs time."""
    if _light(words):
        try:
            write_atomically(_path(words, conf), json.dumps(mode))
        except OSError:
            return


def _light(words: Sequence[str]) -> bool:
    said = dict(word.split("=", 1) for word in words if "=" in word)
    plain = not any(word.startswith("-") or "${" in word for word in words)  # an interpolation may read anything
    return plain and said.get("mode", "hello") in LIGHT and "+phase" not in said


def _path(words: Sequence[str], conf: Path) -> Path:
    """Of this interpreter, this folder (which may hold local options), these files and these words."""
    files = sorted((str(p), s.st_size, s.st_mtime_ns) for p in conf.rglob("*.yaml") for s in (p.stat(),))
    read = [os.environ.get(name) for name in READ]
    key = json.dumps([sys.version, str(conf), files, read, list(words)])
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache", "rusta", "composed")
    return cache / f"{hashlib.sha256(key.encode()).hexdigest()[:24]}.json"


def _build(node: Any) -> Any:
    if isinstance(node, list):
        return [_build(item) for item in node]
    if not isinstance(node, dict):
        return node
    built = {key: _build(value) for key, value in node.items() if key not in ("_target_", "_convert_")}
    if "_target_" not in node:
        return built
    module, _, name = node["_target_"].rpartition(".")
    if not module.startswith("rusta."):
        raise ImportError(f"{module} is not mine")
    return getattr(importlib.import_module(module), name)(**built)
