"""A cache of composed configs, so that light modes answer without waiting for Hydra.

Composing the whole config takes longer than anything else a light mode does. So the resolved settings of a light mode
are cached, keyed by the words of the command line, the environment they may read, and the size and mtime of every
configuration file; any change composes anew. A record is data: it can only build the few classes that light modes
consist of (`MADE_OF`), and with anything else in it the words are composed anew. The arguments of journal and session
commands (`devlog.KEY=`) are not part of the key, since nothing else depends on them: a search for other words hits the
cache too. Deleting the cache folder costs one slow start.
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

LIGHT = ("hello", "doctor", "devlog", "sessions", "library", "mirror", "upgrade")
LARGEST = 1_000_000  # largest record that is read, in bytes; usual ones have 2000
MODES = "mode"
# The only classes that a record may build, by the config key they stand under.
MADE_OF = {
    MODES: ("rusta.modes.hello.Hello", "rusta.modes.doctor.Doctor", "rusta.modes.devlog.DevLog", "rusta.modes.sessions.Sessions",
            "rusta.modes.library.LibraryMode", "rusta.modes.mirror.MirrorMode", "rusta.modes.upgrade.UpgradeMode"),
    "mirrors": ("rusta.mirror.upstream.Upstream",),
    "network": ("rusta.core.network.Network",),
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
    """Rebuild the mode from the cached settings of the same words, without Hydra; None if there are none.

    `said` overrides entries of the mode's own `said`. A key that was given when the record was made has to be given
    again: its default is not known.
    """
    if not _light(words):
        return None
    try:
        record = _read(words, conf)
        if not set(record["spoken"]) <= set(said):
            return None  # its default was never composed
        if said:
            record["mode"]["said"].update({key: said[key] for key in said if _known(key, record)})
        return _build(record["mode"], MODES)
    except UNUSABLE:
        return None  # missing, or written by another version: compose anew


def remember(words: Sequence[str], conf: Path, mode: Any, said: Mapping[str, str] = NOTHING) -> None:
    """Cache the resolved settings of a light mode. If the cache cannot be written, that only costs time."""
    if not _light(words):
        return
    spoken = set(said)
    if spoken:
        with suppress(*UNUSABLE):  # no earlier record, or one of another version
            before = _read(words, conf)
            mode["said"].update({key: before["mode"]["said"][key] for key in spoken - set(before["spoken"])})
            spoken &= set(before["spoken"])
        mode["said"].update(dict.fromkeys(spoken))  # not stored: it is given each time, and may be text to be forgotten
    keep_derived(_path(words, conf), json.dumps({"mode": mode, "spoken": sorted(spoken)}))


def _known(key: str, record: Any) -> bool:
    if key not in record["mode"]["said"]:
        raise KeyError(key)  # so that Hydra reports it, with a better message
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
    """Return the record's path, keyed by interpreter, words, and all files of `conf` and the user's config folder."""
    every = (path for folder in (conf, *folders()[1:]) for path in folder.rglob("*.yaml"))
    files = sorted((str(p), s.st_size, s.st_mtime_ns) for p in every for s in (p.stat(),))
    key = json.dumps([sys.version, str(conf), files, str(standard()), list(words)])
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache", "rusta", "composed")
    return cache / f"{hashlib.sha256(key.encode()).hexdigest()[:24]}.json"


def _build(node: Any, under: str) -> Any:
    """Build what a record describes: a class of `MADE_OF` under its key, elsewhere plain data. Raises TypeError."""
    if under not in MADE_OF:
        if isinstance(node, dict) and "_target_" in node:
            raise TypeError(f"nothing is made under {under}")
        return node
    if "_target_" not in node:  # parts of one kind by name
        return {name: _build(one, under) for name, one in node.items()}
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
