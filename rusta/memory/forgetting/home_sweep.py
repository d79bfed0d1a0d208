"""Remove passages from every file below the home folder: sessions, typed input, drafts, undo data, runs, data.

JSON lines are parsed, changed and serialized again, so they stay valid; in a conversation, the answer to a question
that held a passage is removed too, because it may say the same in other words. Whole files are deleted where they are
copies that can be made again (caches, scratch) or would be useless changed (undo contents, named by their hash).

Not covered: weights, from which nothing can be removed; files above `LARGEST`; a line appended at the moment in which
its file is replaced. Journals, their history and their index are not handled here.
"""

import json
import os
import shutil
import stat
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rusta.core.home import whole_file
from rusta.memory.forgetting.passages import FORGOTTEN, Passages

LARGEST = 256 << 20
WEIGHTS = {".gguf", ".safetensors", ".bin", ".pt", ".pth", ".ckpt", ".npy", ".npz"}
DATABASES = (".sqlite", ".sqlite-wal", ".sqlite-shm")
JOURNALS = "devlogs"
CACHES = ("models/prompt-cache",)
"""Cache folders of an engine's processed prompts: opaque, so deleted whole."""
READ_AGAIN = "library/crates.sqlite"
"""The index of crates holds the workspace's documentation, and is made anew when it is missed; so is whatever stands beside it."""
NOT_OURS = ("models", "mirrors")
"""Folders of what others published: weights, and repositories as they are at their upstreams."""
PERSON = "user"  # the role of the user in a session's lines
MARK = ".forgotten.jsonl"
"""In a data source or a folder of `life/`: records that something it was made from was forgotten, and when."""


@dataclass
class Swept:
    """Paths that were changed, removed, or left because they could not be handled; relative to the home."""

    changed: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)


def sweep(home: Path, passages: Passages, skip: Path) -> Swept:
    """Remove the passages from everything below `home` except the journals and `skip`."""
    swept = Swept()
    for cache in sorted(one for name in CACHES for one in home.glob(f"{name}*") if one.is_dir()):
        shutil.rmtree(cache)
        swept.removed.append(cache.relative_to(home).as_posix())
    for index in sorted(home.glob(f"{READ_AGAIN}*")):
        index.unlink()
        swept.removed.append(index.relative_to(home).as_posix())
    gone: set[Path] = set()
    for path in _files(home, skip):
        if any(path.is_relative_to(folder) for folder in gone):
            continue
        name = path.relative_to(home).as_posix()
        try:
            kind = _one(path, name, passages)
        except OSError:
            kind = "left"
        if kind == "scratch":
            folder = home / "scratch" / path.relative_to(home / "scratch").parts[0]
            shutil.rmtree(folder, ignore_errors=True)
            gone.add(folder)
            swept.removed.append(folder.relative_to(home).as_posix())
        elif kind:
            getattr(swept, kind).append(name)
    return swept


def sources_with_passages(home: Path, passages: Passages) -> list[str]:
    """Return the data sources (folders below `data/`) that hold a passage."""
    found = set()
    for path in _files(home / "data", home):
        with suppress(OSError):
            if path.is_file() and passages.within(path.read_bytes()):
                found.add(path.relative_to(home / "data").parts[0])
    return sorted(found)


def harvested(home: Path, passages: Passages) -> Passages:
    """Add the secrets that session files contain where the entry's sentences have a mask."""
    for file in sorted((home / "sessions").glob("*")) if passages.sentences else []:
        with suppress(OSError, UnicodeDecodeError):
            for line in file.read_text(encoding="utf-8").split("\n"):
                with suppress(ValueError):
                    said = json.loads(line)
                    line = said["text"] if isinstance(said, dict) and isinstance(said.get("text"), str) else line
                passages = passages.with_hidden(line)
    return passages


def _files(home: Path, skip: Path) -> Iterator[Path]:
    for folder, folders, files in os.walk(home):
        at = Path(folder)
        folders[:] = [one for one in folders if at / one != skip and not (at == home and one == JOURNALS)]
        if at == home:
            folders[:] = [one for one in folders if one not in NOT_OURS]
        if at.parent == home / "scratch":  # build output is removed with its tree
            folders[:] = [one for one in folders if one != "target"]
        yield from (at / one for one in files)
    private = home / JOURNALS / ".rusta"
    yield from (one for one in (private.iterdir() if private.is_dir() else ()) if one.is_file())


def _one(path: Path, name: str, passages: Passages) -> str:
    """Process one file; return "changed", "removed", "left" or "scratch", or "" if nothing was to be done."""
    seen = path.lstat()
    if not stat.S_ISREG(seen.st_mode) or path.suffix in WEIGHTS or path.name.endswith(DATABASES) or path.name == MARK:
        return ""
    if seen.st_size > LARGEST:
        return "left"
    raw = path.read_bytes()
    new = _without(path.name, raw, passages)
    if new == raw:
        return ""
    if name.startswith("scratch/"):
        return "scratch"
    if b"\0" in raw[:8192] or (name.startswith("undo/") and "/contents/" in name):
        path.unlink()
        return "removed"
    with whole_file(path) as out:
        os.fchmod(out.fileno(), stat.S_IMODE(seen.st_mode))
        out.write(new)
    return "changed"


def _without(name: str, raw: bytes, passages: Passages) -> bytes:
    if name == ".typed":  # prompt_toolkit history: a comment with the time, then the typed lines, each after a plus
        blocks = raw.split(b"\n\n")
        return b"\n\n".join(one for one in blocks if not passages.within(one.replace(b"\n+", b"\n")))
    if name == "uses.jsonl":
        return b"\n".join(line for line in raw.split(b"\n") if not passages.within(line))
    if name.endswith(".jsonl"):
        return _lines(raw, passages)
    if name.endswith(".json"):
        with suppress(ValueError):
            said = json.loads(raw)
            changed = _value(said, passages)
            return raw if changed == said else json.dumps(changed, ensure_ascii=False, indent=1).encode()
    return passages.removed_bytes(raw)


def _lines(raw: bytes, passages: Passages) -> bytes:
    out, answered = [], False
    for line in raw.split(b"\n"):
        try:
            said = json.loads(line)
        except ValueError:
            out.append(passages.removed_bytes(line))
            continue
        changed = _value(said, passages)
        if isinstance(said, dict) and said.get("type") == "turn":
            if answered and said.get("role") != PERSON:
                changed["text"] = FORGOTTEN
            answered = changed != said if said.get("role") == PERSON else False
        out.append(line if changed == said else json.dumps(changed, ensure_ascii=False).encode())
    return b"\n".join(out)


def _value(said: Any, passages: Passages) -> Any:
    """Return JSON data with the passages removed from every string and key."""
    if isinstance(said, str):
        return passages.removed(said)
    if isinstance(said, list):
        return [_value(one, passages) for one in said]
    if isinstance(said, dict):
        return {passages.removed(key): _value(one, passages) for key, one in said.items()}
    return said
