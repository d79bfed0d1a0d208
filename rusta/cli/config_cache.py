"""What was composed before need not be composed again: light modes answer without waiting for Hydra.

Composing the whole tree takes longer than all that a light mode does. So the resolved settings of a light mode are
kept, keyed by the words, the environment they may read, and every configuration file's size and time of change;
any change composes anew. A record is data: it chooses among the few classes that a light mode is made of (`MADE_OF`), and
where it says anything else, the words are composed anew. What a person says to her journals and sessions (`devlog.KEY=`) is
no part of the key, since nothing else depends on it: a search for other words is answered at once too. Deleting the folder
costs one slow start.
"""

import hashlib
import importlib
import json
import os
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import fields
from pathlib import Path
from typing import Any

from rusta.cli.vocabulary import folders
from rusta.core.derived_files import recalled
from rusta.core.errors import RustaError
from rusta.core.field_types import fits, may_be_null
from rusta.core.home import keep_derived, standard

LIGHT = ("hello", "doctor", "devlog", "sessions")
LARGEST = 1_000_000  # bytes of a record; they take two thousand
MODES = "mode"
# All that a record may build, by the key that it stands under.
MADE_OF = {
    MODES: ("rusta.modes.hello.Hello", "rusta.modes.doctor.Doctor", "rusta.modes.devlog.DevLog", "rusta.modes.sessions.Sessions"),
    "model": (
        "rusta.mind.model.Gguf", "rusta.mind.model.Folder", "rusta.mind.model.Random", "rusta.mind.model.Nobody",
    ),
    "shape": ("rusta.mind.shape.Shape",),
    "home": ("rusta.core.home.Home",),
    "body": ("rusta.mind.bodies.Body",),
    "memory": ("rusta.memory.recall.recall.Memory", "rusta.memory.recall.ephemeral.Ephemeral"),
}  # fmt: skip
UNUSABLE = (OSError, ValueError, KeyError, TypeError, AttributeError, ImportError, RecursionError, RustaError)
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
        return _build(record["mode"], MODES)
    except UNUSABLE:
        return None  # composed by another version, or by nobody: compose anew


def remember(words: Sequence[str], conf: Path, mode: Any, said: Mapping[str, str] = NOTHING) -> None:
    """Keep the resolved settings of a light mode. A read-only home only costs time."""
    if not _light(words):
        return
    spoken = set(said)
    if spoken:
        with suppress(*UNUSABLE):  # none before, or another version's
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
    path = _path(words, conf)
    if path.is_symlink() or path.lstat().st_uid != os.geteuid():
        raise OSError(f"{path} is no record of this user's")
    found = recalled(path, json.loads, LARGEST)
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


def _build(node: Any, under: str) -> Any:
    """What a record says, made: under a key of `MADE_OF` one of its classes, elsewhere plain data. Raises TypeError."""
    if under not in MADE_OF:
        if isinstance(node, dict) and "_target_" in node:
            raise TypeError(f"nothing is made under {under}")
        return node
    target = node["_target_"]
    if target not in MADE_OF[under]:
        raise TypeError(f"{target} is not made under {under}")
    module, _, name = target.rpartition(".")
    made = getattr(importlib.import_module(module), name)
    given = {key: value for key, value in node.items() if key not in ("_target_", "_convert_")}
    for of in (of for of in fields(made) if of.name in given):
        value = given[of.name]
        if value is None and may_be_null(of):
            continue
        given[of.name] = value = _build(value, of.name)
        if not fits(value, of.type):
            raise TypeError(f"{under}.{of.name} is a {type(value).__name__}")
    return made(**given)
