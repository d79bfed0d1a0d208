"""What was composed before need not be composed again: light modes answer without waiting for Hydra.

Composing the whole tree takes longer than all that a light mode does. So the resolved settings of a light mode are
kept, keyed by the words, the environment they may read, and every configuration file's size and time of change;
any change composes anew. What a person says to her journals and sessions (`devlog.KEY=`) is no part of the key, since nothing
else depends on it: a search for other words is answered at once too. Deleting the folder costs one slow start.
"""

import hashlib
import importlib
import json
import os
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from rusta.derived_files import recalled
from rusta.home import keep_derived, standard
from rusta.vocabulary import folders

LIGHT = ("hello", "doctor", "devlog", "sessions")
LARGEST = 1_000_000  # bytes of what is kept; it takes two thousand
NOTHING: Mapping[str, str] = {}


def recall(words: Sequence[str], conf: Path, said: Mapping[str, str] = NOTHING) -> Any | None:
    """The mode that these words built before, built again without Hydra; None if they are not known.

    `said` stands in the mode's own `said`. What was said when it was composed is not known otherwise.
    """
    if not _light(words):
        return None
    try:
        record = _read(words, conf)
        if not set(record["spoken"]) <= set(said):
            return None  # its value when nobody speaks of it was never seen
        if said:
            record["mode"]["said"].update({key: said[key] for key in said if _known(key, record)})
        return _build(record["mode"])
    except (OSError, ValueError, KeyError, TypeError, AttributeError, ImportError):
        return None  # composed by another version: compose anew


def remember(words: Sequence[str], conf: Path, mode: Any, said: Mapping[str, str] = NOTHING) -> None:
    """Keep the resolved settings of a light mode. A read-only home only costs time."""
    if not _light(words):
        return
    spoken = set(said)
    if spoken:
        with suppress(OSError, ValueError, KeyError, TypeError, AttributeError):  # none before, or another version's
            before = _read(words, conf)
            mode["said"].update({key: before["mode"]["said"][key] for key in spoken - set(before["spoken"])})
            spoken &= set(before["spoken"])
        mode["said"].update(dict.fromkeys(spoken))  # it is said anew each time, and may be what was to be forgotten
    keep_derived(_path(words, conf), json.dumps({"mode": mode, "spoken": sorted(spoken)}))


def _known(key: str, record: Any) -> bool:
    if key not in record["mode"]["said"]:
        raise KeyError(key)  # Hydra says it better
    return True


def _read(words: Sequence[str], conf: Path) -> Any:
    found = recalled(_path(words, conf), json.loads, LARGEST)
    if found is None:
        raise FileNotFoundError
    return found


def _light(words: Sequence[str]) -> bool:
    said = dict(word.split("=", 1) for word in words if "=" in word)
    plain = not any(word.startswith("-") or "${" in word for word in words)  # an interpolation may read anything
    return plain and said.get("mode", "hello") in LIGHT and "+phase" not in said


def _path(words: Sequence[str], conf: Path) -> Path:
    """Of this interpreter, these words, and every file of this folder and of the person's own."""
    every = (path for folder in (conf, *folders()[1:]) for path in folder.rglob("*.yaml"))
    files = sorted((str(p), s.st_size, s.st_mtime_ns) for p in every for s in (p.stat(),))
    key = json.dumps([sys.version, str(conf), files, str(standard()), list(words)])
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
