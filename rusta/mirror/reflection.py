"""Write what changed in a mirror into the journals, once: a semantic note a slice, and a habit where code is to be written otherwise.

A note is found again by its `source`, so that a cycle that was killed goes on where it was. Older notes of the same items are
superseded; of other notes that name an item that changed it is marked that they are stale. What was written is also kept
in a manifest (`REFLECTIONS`), which growth reads. Nothing substantial: nothing is written, and the manifest says why.
"""

import json
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from rusta.core.derived_files import recalled
from rusta.core.home import keep_derived
from rusta.memory.entries.entry import Confidence, Journal
from rusta.memory.entries.stale import mark_stale
from rusta.memory.forgetting.secret_masking import masked
from rusta.memory.index.index import IndexRow
from rusta.memory.index.tags import contains_name
from rusta.memory.recall.recall import Memory
from rusta.mirror.example_marks import ExampleMarks
from rusta.mirror.fact import UsedAt
from rusta.mirror.note_text import MirrorNote, note_of, rest_of
from rusta.mirror.revision_changes import RevisionChanges, StepCount
from rusta.mirror.slices import ChangeSlice, slices

REFLECTIONS = "reflections.json"
MOST_NOTES = 40  # of one cycle; what is beyond stands by its paths in one more
MOST_SPOKEN = 8  # notes of one cycle to which a trusted mind adds words
MOST_ENTRIES = 20_000  # of the journals that are looked through
MOST_CYCLES = 1_000  # that the manifest keeps
ITEM = re.compile(r"^- [a-z ]{1,40}: \w+ `([^`\n]{1,300})`", re.MULTILINE)


@dataclass(frozen=True)
class Reflection:
    """One cycle. `notes` and `stale` are paths of entries; `before` says how many of them an earlier try had written."""

    mirror: str
    old: str
    new: str
    substantial: bool
    why: str
    notes: tuple[str, ...] = ()
    habits: tuple[str, ...] = ()
    superseded: tuple[str, ...] = ()
    stale: tuple[str, ...] = ()
    before: int = 0

    @property
    def key(self) -> tuple[str, str, str]:
        """What tells cycles apart."""
        return self.mirror, self.old, self.new


@dataclass
class MirrorJournal:
    """The journals as a mirror writes them. `folder` is that of the mirrors, where the manifest lies.

    `marks` says at which states the changed examples compile, `own` what a trusted mind says of a note's facts ("" for none).
    """

    memory: Memory
    folder: Path
    marks: Callable[[RevisionChanges], ExampleMarks] = lambda of: {}
    own: Callable[[str], str] = lambda facts: ""

    def reflect(
        self,
        of: RevisionChanges,
        used: UsedAt = lambda path: (),
        told: StepCount = lambda done, all_: None,
    ) -> Reflection:
        """Write the notes of a change; `told` hears of each. The caller marks the revision as reflected afterwards."""
        found = Reflection(of.mirror, of.old.revision, of.new.revision, of.substance.substantial, of.substance.said)
        if of.substance.substantial:
            found = self._written(found, of, slices(of.api, of.facts, used), used, told)
            written = {*found.notes, *found.habits, *found.superseded}
            found = replace(found, stale=tuple(self._stale(of, written)))
        self._keep(found)
        return found

    def cycles(self) -> list[Reflection]:
        """Every cycle that the manifest holds, the latest last."""
        return recalled(self.folder / REFLECTIONS, lambda raw: [_cycle(one) for one in json.loads(raw)]) or []

    def _written(
        self, found: Reflection, of: RevisionChanges, cut: Sequence[ChangeSlice], used: UsedAt, told: StepCount
    ) -> Reflection:
        known = {row.source: row for row in self._entries(of.mirror) if row.source.startswith("mirror/")}
        notes, habits, superseded = list[str](), list[str](), list[str]()

        def put(
            journal: Journal,
            note: MirrorNote,
            body: str,
            key: str,
            older: Iterable[str] = (),
            links: Sequence[str] = (),
        ) -> str:
            """The path of an entry, which is written where no earlier try has written it."""
            source = _source(of, key)
            if source in known:
                return known[source].path
            replaced = list(older)
            superseded.extend(replaced)
            return self._put(journal, note, body, of, source, replaced, links)

        parts = cut[:MOST_NOTES]
        fresh = [one for one in parts if _source(of, one.key) not in known]
        before = len(parts) - len(fresh)
        marks = self.marks(of) if any(fact.kind == "example" for one in fresh for fact in one.facts) else {}
        for done, one in enumerate(parts):
            told(done, len(parts))
            note = note_of(one, of, used, marks)
            if one in fresh[:MOST_SPOKEN] and (said := self.own(note.body)):
                note = note_of(one, of, used, marks, said)
            path = put(
                Journal.SEMANTIC, note, note.body, one.key, _replaced(note.body, known.values(), Journal.SEMANTIC)
            )
            notes.append(path)
            if note.habit:
                older = _replaced_habits(note.when, known.values())
                habits.append(put(Journal.PROCEDURAL, note, note.habit, f"{one.key}/habit", older, (path,)))
        if rest := cut[MOST_NOTES:]:
            note = rest_of(rest, of)
            notes.append(put(Journal.SEMANTIC, note, note.body, "rest"))
        told(len(parts), len(parts))
        return replace(
            found, notes=tuple(notes), habits=tuple(habits), superseded=tuple(dict.fromkeys(superseded)), before=before
        )

    def _put(
        self, journal: Journal, note: MirrorNote, body: str, of: RevisionChanges, source: str, older: Sequence[str],
        links: Sequence[str],
    ) -> str:  # fmt: skip
        meta: dict[str, Any] = {"repo": of.mirror, "version": note.version, "source": source}
        meta |= {"commit": of.new.revision} if len(of.new.revision) == 40 else {}
        meta |= {"when": list(note.when)} if journal is Journal.PROCEDURAL else {}
        meta |= {"supersedes": list(older)} if older else {}
        meta |= {"links": list(links)} if links else {}
        title = note.title if journal is Journal.SEMANTIC else f"On {note.title}"
        return self.memory.devlogs.write(
            journal,
            masked(title),
            masked(body),
            tags=note.tags,
            confidence=Confidence.HIGH,
            context=f"mirror of {of.mirror}",
            **meta,
        )

    def _entries(self, mirror: str | None = None) -> list[IndexRow]:
        """The entries of the journals: those of one mirror whatever their status, or all that are active."""
        if not self.memory.home.devlogs.is_dir():
            return []
        self.memory.index.refresh()
        status = "all" if mirror else "active"
        return [hit.row for hit in self.memory.index.search("", repo=mirror, status=status, limit=MOST_ENTRIES)]

    def _stale(self, of: RevisionChanges, written: set[str]) -> Iterator[str]:
        """Mark the entries that name an item that changed, and yield their paths."""
        changed = {one.path: one.change for one in of.api if one.change != "added" and one.kind != "impl"}
        changed |= {one.old.path: one.change for one in of.api if one.old and one.change == "moved"}
        for row in self._entries() if changed else ():
            if row.path in written or row.journal not in (Journal.SEMANTIC, Journal.PROCEDURAL):
                continue
            named = next((path for path in changed if _names(row, path)), None)
            if named and mark_stale(
                self.memory.devlogs, row.path, f"`{named}` changed ({changed[named]}) in {of.mirror} {of.new.short}"
            ):
                yield row.path

    def _keep(self, one: Reflection) -> None:
        cycles = {known.key: known for known in self.cycles()}
        cycles[one.key] = one
        kept = [asdict(known) for known in list(cycles.values())[-MOST_CYCLES:]]
        keep_derived(self.folder / REFLECTIONS, json.dumps(kept, indent=1))


def _source(of: RevisionChanges, key: str) -> str:
    return f"mirror/{of.mirror}@{of.old.short}..{of.new.short}#{key}"


def _replaced(body: str, rows: Iterable[IndexRow], journal: Journal) -> Iterator[str]:
    """The older notes that are about nothing but items of this one."""
    items = set(ITEM.findall(body))
    for row in rows:
        theirs = set(ITEM.findall(row.body))
        if row.journal == journal and row.status == "active" and theirs and theirs <= items:
            yield row.path


def _replaced_habits(when: Sequence[str], rows: Iterable[IndexRow]) -> Iterator[str]:
    """The older habits that fire on nothing but items of this one."""
    items = {one.removeprefix("item:") for one in when}
    for row in rows:
        theirs = set(re.findall(r"^When I (?:meet|call) `([^`\n]{1,300})`", row.body, re.MULTILINE))
        if row.journal == Journal.PROCEDURAL and row.status == "active" and theirs and theirs <= items:
            yield row.path


def _names(row: IndexRow, path: str) -> bool:
    """Whether an entry names an item: by its path, or by its last two names where the crate is named, too."""
    text = f"{row.title}\n{row.body}"
    if re.search(rf"(?<![\w:]){re.escape(path)}(?![\w])", text):
        return True
    parts = path.split("::")
    short = "::".join(parts[-2:])
    if len(parts) < 3 or f"`{short}" not in text or not re.search(rf"`{re.escape(short)}(?!\w)", text):
        return False
    crate = parts[0]
    return crate.replace("_", "-") in row.tags or row.repo == crate or contains_name(text, crate)


def _cycle(said: Any) -> Reflection:
    """A cycle of the manifest. Raises `KeyError`, `TypeError` for what is none."""
    lists = ("notes", "habits", "superseded", "stale")
    told: dict[str, Any] = {key: tuple(value) if key in lists else value for key, value in said.items()}
    return Reflection(**told)
