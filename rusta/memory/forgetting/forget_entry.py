"""Forget an entry: remove its content and its names from every file below the home folder and from the git history.

The task is written to `.forgetting/` before it starts (that file holds the passages until the end). Each step can be
repeated, and after a kill `finish_forgetting` finishes the task. What remains is a tombstone: a line with the time.

Not covered: copies outside the home (an export, a push, a backup, disk blocks), the weights of a phase trained on the
entry (they are marked instead), and the undo data that a workspace keeps in its own git.
"""

import json
import re
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from rusta.core.home import Home, alone, write_atomically
from rusta.memory.entries.amend import CannotAmend, set_key
from rusta.memory.entries.entry import parse_leniently
from rusta.memory.forgetting import history_rewrite, home_sweep
from rusta.memory.forgetting import passages as words
from rusta.memory.forgetting.home_sweep import harvested, sweep
from rusta.memory.forgetting.passages import Passages
from rusta.memory.index.index import Index
from rusta.memory.index.vectors import keep_only
from rusta.memory.storage.devlogs import DevLogs
from rusta.memory.storage.history import JournalHistory
from rusta.memory.storage.store import CannotRead, EditedMeanwhile, JournalFolder, NoSuchEntry

INTENTS = ".forgetting"
TOMBSTONES = "forgotten.jsonl"


@dataclass(frozen=True)
class Forgotten:
    """What was changed. Paths are relative to the home; `marked` are data sources and finished phases that used it."""

    entries: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    marked: tuple[str, ...] = ()
    left: tuple[str, ...] = ()


@dataclass(frozen=True)
class Intent:
    """One task of forgetting, as stored in `.forgetting/`."""

    id: str
    path: str
    names: list[str]
    sentences: list[str] = field(default_factory=list)
    secrets: list[str] = field(default_factory=list)

    @property
    def passages(self) -> Passages:
        """The text to look for."""
        return Passages(tuple(self.names), tuple(self.sentences), tuple(self.secrets))


def forget(home: Home, path: str) -> Forgotten:
    """Forget the entry at `path`, with all its past names and versions. Raises `NoSuchEntry`, `HistoryWaits`."""
    logs = DevLogs(home.devlogs)
    with logs.store.lock() as lock:
        history = JournalHistory(logs.store, lock)
        versions, past = [logs.store.read(path)], []
        if history.git.folder.exists():
            history.recover()
            past = history.of(path)
        for one in past:
            with suppress(NoSuchEntry):
                versions.append(history.at(one))
    # An earlier name may belong to another entry by now; that entry stays.
    earlier = [one.path for one in past if not (home.devlogs / one.path).exists()]
    found = harvested(Path(home.root), words.of([path, *dict.fromkeys(earlier)], versions))
    intent = Intent(secrets.token_hex(8), path, list(found.names), list(found.sentences), list(found.secrets))
    write_atomically(_intents(home) / f"{intent.id}.json", json.dumps(asdict(intent)))
    return _do(home, intent) or Forgotten()


def finish_forgetting(home: Home) -> int:
    """Finish the tasks of killed processes. Returns the number of entries forgotten."""
    done = 0
    for file in sorted(_intents(home).glob("*.json")):
        with suppress(FileNotFoundError):
            done += _do(home, Intent(**json.loads(file.read_text(encoding="utf-8")))) is not None
    _tidy(home)
    return done


def _do(home: Home, intent: Intent) -> Forgotten | None:
    """Run every step in order; return None if another process has already finished the task."""
    root, found, file = Path(home.root), intent.passages, _intents(home) / f"{intent.id}.json"
    with alone(root / ".forgetting-one"):
        if not file.exists():
            return None
        gone = {name for name in intent.names if name.endswith(".md")}
        with _journals(home) as (logs, history):
            (logs.store.root / intent.path).unlink(missing_ok=True)
            entries = list(_entries(logs.store, found))
            history_rewrite.rewrite(history, gone, lambda raw: _without(raw, found))
            _leftovers(logs.store, found)
        _index(home)
        marked = _mark(home, found, intent.id)  # before the sweep removes the passages that identify the sources
        swept = sweep(root, found, _intents(home))
        _tombstone(home, intent.id)
        file.unlink()
    _tidy(home)
    return Forgotten(tuple(entries), tuple(swept.changed), tuple(swept.removed), tuple(marked), tuple(swept.left))


@contextmanager
def _journals(home: Home) -> Iterator[tuple[DevLogs, JournalHistory]]:
    logs = DevLogs(home.devlogs)
    with logs.store.lock() as lock:
        history = JournalHistory(logs.store, lock)
        history_rewrite.clear(history)
        if history.git.folder.exists():
            history.recover()
        yield logs, history


def _entries(store: JournalFolder, found: Passages) -> Iterator[str]:
    """Remove the passages from the other entries; yield the paths of those changed."""
    for path in store.paths():
        with suppress(NoSuchEntry, CannotRead, EditedMeanwhile):
            raw = store.read(path)
            if (new := _without(raw, found)) != raw:
                store.replace(path, new, raw)
                yield path


def _without(raw: bytes, found: Passages) -> bytes:
    """Return an entry, or any other blob, without the passages and without links to the forgotten paths."""
    if not found.within(raw):
        return raw
    entry = parse_leniently(raw)
    for key in ("links", "supersedes"):
        there = entry.words(key)
        kept = [one for one in there if one not in found.names]
        if len(kept) < len(there):
            with suppress(CannotAmend):
                raw = set_key(raw, key, kept)
    return found.removed_bytes(raw)


def _leftovers(store: JournalFolder, found: Passages) -> None:
    """Delete files in the journals that are not entries but hold a passage: editor backups, unfinished writes."""
    for file in [one for one in store.root.glob("[!.]*/**/*") if one.is_file() and not one.is_symlink()]:
        hidden = file.name.startswith(".") or not file.name.endswith(".md")
        if hidden and (found.within(file.name.encode(errors="replace")) or found.within(file.read_bytes())):
            file.unlink()


def _index(home: Home) -> None:
    """Rebuild the index and the vectors from the journals, so that no free page or log of SQLite keeps the text, and
    delete copies that were set aside as damaged.
    """
    vectors = home.index.with_name("vectors.sqlite")
    if home.index.exists() and home.devlogs.is_dir():
        index = Index(home.devlogs, home.index)
        index.derived.make_anew()
        keep_only(vectors, [text for _, text in index.active()])
        index.close()
    for made in (home.index, vectors, home.index.with_name("uses.jsonl")):
        for copy in made.parent.glob(f"{made.name}*.damaged*"):
            if copy.is_file():
                copy.unlink()


def _mark(home: Home, found: Passages, id: str) -> list[str]:
    """Mark each data source that holds a passage, and each folder of `life/` whose run.yaml names such a source."""
    sources = [
        name for name in home_sweep.sources_with_passages(Path(home.root), found) if Path(home.data, name).is_dir()
    ]
    marked = [f"data/{name}" for name in sources]
    if marked:
        shutil.rmtree(home.models / "prefix-cache", ignore_errors=True)
    for card in sorted(home.life.glob("*/run.yaml")) if marked else []:
        with suppress(OSError, UnicodeDecodeError):
            said = card.read_text(encoding="utf-8")
            if any(re.search(rf"(?<!\w){re.escape(name)}(?!\w)", said) for name in sources):
                marked.append(f"life/{card.parent.name}")
    for one in marked:
        _said_once(Path(home.root, one, home_sweep.MARK), id, "something that this was made of was forgotten")
    return marked


def _said_once(file: Path, id: str, what: str) -> None:
    if not (file.is_file() and id in file.read_text(encoding="utf-8")):
        with file.open("a", encoding="utf-8") as out:
            out.write(json.dumps({"at": _now(), "id": id, "what": what}) + "\n")


def _tombstone(home: Home, id: str) -> None:
    _said_once(home.devlogs / ".rusta" / TOMBSTONES, id, "an entry was forgotten")


def _tidy(home: Home) -> None:
    with suppress(OSError):  # another task is waiting there
        _intents(home).rmdir()


def _intents(home: Home) -> Path:
    return Path(home.root, INTENTS)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
