"""Notes planted into journals, about items of published crates: those whose item changed have to be flagged when they are recalled.

Each note of notes.toml is written into real journals and recalled as in a turn. Three workspaces: none, one that is locked to the state
that the notes speak of (what changed in the mirror is told, and that the note still holds), one that is locked to the newest.
"""

import json
import shutil
import sys
import time
import tomllib
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.hands.published import brought
from rusta.core.home import Home
from rusta.loop.events import NoteCompared
from rusta.loop.read.journal_memory import JournalMemory
from rusta.loop.read.note_checks import NoteChecks
from rusta.loop.read.turn_memory import TurnSituation
from rusta.memory.index.vectors import Vectors
from rusta.memory.recall.recall import Memory
from rusta.mirror.kept_apis import KeptApis
from rusta.mirror.read_apis import keep_release

LIST = Path(__file__).with_name("notes.toml")
SOURCE = "registry+https://registry/index"  # cargo is not asked; the sources are found by their names


@dataclass(frozen=True)
class PlantedNote:
    """One note, and what of its item changed ("" for nothing)."""

    path: str
    title: str
    how: str
    kept: bool  # about a crate that was not looked at while the comparison was made


def stale_figures(work: Path) -> dict[str, object]:
    """Plant the notes, recall each, and count which were flagged."""
    told = tomllib.loads(LIST.read_text(encoding="utf-8"))
    place = work / "stale"
    shutil.rmtree(place, ignore_errors=True)
    home = Home(str(place / "home"), "")
    began, read = time.perf_counter(), 0
    with KeptApis(home) as apis:
        for package, newest in told["mirrors"].items():
            for version in (*told["states"][package], newest):
                keep_release(apis, package, version, brought({package: version})[package])
                read += 1
            record = home.mirrors / ".rusta" / "crates" / f"{package}.json"
            record.parent.mkdir(parents=True, exist_ok=True)
            record.write_text(json.dumps({"reflected": told["states"][package][0], "newest": newest, "asked": ""}))
    seconds = time.perf_counter() - began
    memory = Memory(home, vectors=Vectors.none)
    planted = [_written(memory, note) for note in told["note"]]
    found: dict[str, object] = {
        "notes": len(planted), "changed": sum(bool(one.how) for one in planted), "releases_read": read,
        "read_s": round(seconds, 2), "kept_mb": round(apis.file.stat().st_size / 1e6, 2),
    }  # fmt: skip
    found |= _flagged("", memory, planted, None, lambda one: True)
    old = {package: versions[-1] for package, versions in told["states"].items()}
    found |= _flagged("locked_old_", memory, planted, _workspace(place / "old", old), lambda one: True)
    new = _workspace(place / "new", told["mirrors"])
    found |= _flagged("locked_new_", memory, planted, new, lambda one: not one.holds)
    return found


def _written(memory: Memory, note: Mapping[str, Any]) -> PlantedNote:
    day = note.get("date")
    meta = {"version": note["key"]} if "key" in note else {}
    meta |= {"source": note["source"]} if "source" in note else {}
    meta |= {"date": datetime(day.year, day.month, day.day, 12, tzinfo=UTC)} if day else {}
    path = memory.write("semantic", note["title"], note["text"], tags=note.get("tags", ["notes"]), **meta)
    assert path
    return PlantedNote(path, note["title"], note.get("how", ""), note.get("kept", False))


def _flagged(
    name: str, memory: Memory, planted: list[PlantedNote], root: Path | None, counts: Callable[[NoteCompared], bool]
) -> dict[str, object]:
    """Recall every note in a workspace; what is not as it should be is printed."""
    journals, right, times, holding = JournalMemory(memory, root), Counter[bool](), list[float](), 0
    missed, wrong, kinds, kept = list[str](), list[str](), Counter[bool](), Counter[bool]()
    checks = NoteChecks(memory.home, root)
    for one in planted:
        reminders = [it for it in journals.remind(TurnSituation(f"What does {one.path} say?")) if it.path == one.path]
        assert reminders, one
        began = time.perf_counter()
        _, events = checks.compared(reminders)
        times.append(time.perf_counter() - began)
        events = [event for event in (*events, *checks.later()) if counts(event)]
        holding += any(event.holds for event in events)
        if bool(events) != bool(one.how):
            (missed if one.how else wrong).append(one.title)
            print(f"  {'missed' if one.how else 'wrong'} ({name or 'no workspace'}): {one.title}", file=sys.stderr)
        elif events:
            kinds[any(one.how in _changes(event) for event in events)] += 1
        for event in events:
            print(f"    {event.change:<10} {event.fact}", file=sys.stderr)
        right[bool(events) == bool(one.how)] += 1
        kept[bool(events) == bool(one.how)] += one.kept
    times.sort()
    return {
        f"{name}right": right[True], f"{name}missed": len(missed), f"{name}wrong": len(wrong), f"{name}kept_right": kept[True],
        f"{name}kept_not": kept[False], f"{name}same_kind": kinds[True], f"{name}still_holds": holding,
        f"{name}median_ms": round(1000 * times[len(times) // 2], 1), f"{name}most_ms": round(1000 * times[-1], 1),
    }  # fmt: skip


def _changes(event: NoteCompared) -> str:
    words = {
        "is gone": "removed", "is at": "moved", "argument": "signature", "signature": "signature", "returns": "signature",
        "bounds": "signature", "is unsafe": "unsafe", "is deprecated": "deprecated", "needs": "gated",
    }  # fmt: skip
    return f"{event.change} {' '.join(kind for said, kind in words.items() if said in event.fact)}"


def _workspace(folder: Path, versions: Mapping[str, str]) -> Path:
    """A crate whose lock has these versions."""
    (folder / "src").mkdir(parents=True)
    (folder / "src" / "lib.rs").write_text("")
    needed = "".join(f'{name} = "={version}"\n' for name, version in versions.items())
    (folder / "Cargo.toml").write_text(
        f'[package]\nname = "{folder.name}"\nversion = "0.1.0"\n\n[dependencies]\n{needed}'
    )
    locked = (
        f'[[package]]\nname = "{name}"\nversion = "{version}"\nsource = "{SOURCE}"\n'
        for name, version in versions.items()
    )
    (folder / "Cargo.lock").write_text("version = 4\n\n" + "\n".join(locked))
    return folder
