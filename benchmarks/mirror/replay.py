"""Cycles over releases of tokio, one after the other, from a local upstream that grows by a tag at a time: what was told, and how often.

Expected is what the comparison itself says: each change of the API and each line of a changelog stands in exactly one note, each other
fact's place in at least one. After a cycle the same change is reflected on again, which has to write nothing.
"""

import shutil
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

from rusta.core.errors import ConfigError
from rusta.core.home import Home
from rusta.core.network import Network
from rusta.memory.entries.entry import Entry, Journal
from rusta.memory.recall.recall import Memory, Vectors
from rusta.mirror.change_words import change_entry
from rusta.mirror.fact import ChangeFact
from rusta.mirror.mirrors import Mirrors
from rusta.mirror.reflection import MirrorJournal
from rusta.mirror.reflection_cycle import ReflectionCycle
from rusta.mirror.repository_states import RepositoryStates
from rusta.mirror.revision_changes import RevisionChanges, revision_changes
from rusta.mirror.slices import TOLD_ALONE
from rusta.mirror.upstream import Upstream

NAME, PREFIX = "tokio", "tokio-"
RELEASES = (
    "1.44.2", "1.45.0", "1.45.1", "1.46.0", "1.46.1", "1.47.0", "1.48.0", "1.49.0", "1.50.0", "1.51.0", "1.52.0", "1.53.0", "1.53.1",
)  # fmt: skip
CORE = ["tokio/src/**"]


@dataclass
class Told:
    """What one cycle told, beside what it had to tell."""

    changes: int = 0
    lines: int = 0  # of changelogs
    facts: int = 0  # others
    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)


def growing_upstream(source: Path, folder: Path) -> Path:
    """Make a bare repository that has the source's objects and no reference yet."""
    shutil.rmtree(folder, ignore_errors=True)
    subprocess.run(["git", "init", "-q", "--bare", str(folder)], check=True)
    common = subprocess.run(
        ["git", "-C", str(source), "rev-parse", "--path-format=absolute", "--git-common-dir"],
        capture_output=True,
        text=True,
        check=True,
    )
    (folder / "objects" / "info" / "alternates").write_text(f"{common.stdout.strip()}/objects\n")
    return folder


def released(source: Path, upstream: Path, version: str) -> None:
    """Give the upstream the tag of another release."""
    ref = f"refs/tags/{PREFIX}{version}"
    found = subprocess.run(
        ["git", "-C", str(source), "rev-parse", f"{ref}^{{commit}}"], capture_output=True, text=True, check=False
    )
    if found.returncode:
        raise ConfigError(f"{source} has no tag {PREFIX}{version}.")
    subprocess.run(["git", "-C", str(upstream), "update-ref", ref, found.stdout.strip()], check=True)


def cycle_at(home: Home, upstream: Path) -> tuple[Mirrors, ReflectionCycle]:
    """The mirror of that upstream in that home, and its cycle."""
    mirrors = Mirrors(home, {NAME: Upstream(str(upstream), release=PREFIX, core=CORE)}, Network(online=False))
    journal = MirrorJournal(Memory(home, vectors=Vectors.none), home.mirrors)
    return mirrors, ReflectionCycle(RepositoryStates(mirrors), journal)


def replay_figures(source: Path, work: Path, releases: Sequence[str] = RELEASES) -> dict[str, object]:
    """Run the cycles, and count. The notes stay in `work` for whoever wants to read them."""
    shutil.rmtree(work, ignore_errors=True)
    upstream, home = growing_upstream(source, work / "upstream"), Home(str(work / "home"), str(work / "run"))
    mirrors, cycle = cycle_at(home, upstream)
    released(source, upstream, releases[0])
    mirrors.update(NAME)
    seconds, every, again, substantial = list[float](), Told(), 0, 0
    for old, version in pairwise(releases):
        released(source, upstream, version)
        began = time.perf_counter()
        mirrors.update(NAME)
        done = cycle.run(NAME)
        seconds.append(time.perf_counter() - began)
        substantial += done.substantial
        with cycle.source.states(NAME, done.old) as states:
            changes = revision_changes(states)
            repeated = cycle.journal.reflect(changes)
        again += len(repeated.notes) - repeated.before
        told = told_once(changes, _notes(cycle.journal.memory, done.notes)) if done.substantial else Told()
        print(
            f"{old:>7} to {version:<7} {seconds[-1]:>6.1f} s {len(done.notes):>4} notes {len(done.habits):>3} habits"
            f" {told.changes:>4} changes {told.lines:>4} lines {told.facts:>4} facts"
            f" {len(told.lost):>3} lost {len(told.doubled):>3} doubled",
            file=sys.stderr,
        )
        for mark, lines in (("-", told.lost), ("+", told.doubled)):
            for line in lines[:10]:
                print(f"    {mark} {line[:150]}", file=sys.stderr)
        every = Told(
            every.changes + told.changes, every.lines + told.lines, every.facts + told.facts, every.lost + told.lost,
            every.doubled + told.doubled,
        )  # fmt: skip
    sources = Counter(entry.text("source") for entry in cycle.journal.memory.devlogs.entries())
    return {
        "replay_releases": len(seconds), "replay_substantial": substantial, "replay_entries": len(sources),
        "replay_changes": every.changes, "replay_lines": every.lines, "replay_facts": every.facts,
        "replay_lost": len(every.lost), "replay_doubled": len(every.doubled) + sum(count - 1 for count in sources.values()),
        "replay_written_again": again, "replay_s_a_cycle": round(sum(seconds) / len(seconds), 2),
        "replay_slowest_s": round(max(seconds), 2),
        "replay_notes_at": str(home.devlogs),
    }  # fmt: skip


def told_once(of: RevisionChanges, notes: Sequence[Entry]) -> Told:
    """Count what the notes of a cycle tell of a change. A change of the API is told by its line and its place."""
    bodies = [one.body for one in notes if one.journal is Journal.SEMANTIC]
    api = [
        one
        for one in of.api
        if one.kind != "package" and not (one.kind == "use" and one.change in ("gated", "ungated"))
    ]
    wanted = Counter("\n".join(_ends([*change_entry(of, one)])) for one in api)
    found = Counter[str]()
    for body in bodies:
        entry = list[str]()
        for line in body.split("\n"):
            if line.startswith("- "):
                entry = [line]
            elif entry and line.startswith(f"  ({of.mirror}@"):
                found["\n".join([*entry, line])] += 1
                entry = []
    listed = {
        (one.package, line.strip("-* \t")): line.strip()
        for one in _of_kinds(of, True)
        for line in one.text.split("\n")
        if _listed(line)
    }
    lines = Counter(listed.values())  # what a backported release says again is told once
    said = Counter(
        line.removeprefix("> ").strip() for body in bodies for line in body.split("\n") if line.startswith("> ")
    )
    same = {line.lstrip("-* "): line for line in lines}
    said = Counter(same[text] for line in said.elements() if (text := line.lstrip("-* ")) in same)
    others, whole = list(_of_kinds(of, False)), "\n".join(bodies)
    unplaced = [f"{one.kind} {one.anchor}" for one in others if one.anchor not in whole and one.path not in whole]
    lost, doubled = (wanted - found) + (lines - said), (found - wanted) + (said - lines)
    return Told(sum(wanted.values()), sum(lines.values()), len(others), [*lost, *unplaced], [*doubled])


def _ends(entry: list[str]) -> list[str]:
    return [entry[0], entry[-1]]


def _of_kinds(of: RevisionChanges, by_lines: bool) -> list[ChangeFact]:
    return [
        one for one in of.facts if not one.minor and one.kind in TOLD_ALONE and (one.kind == "changelog") is by_lines
    ]


def _listed(line: str) -> bool:
    return line.lstrip().startswith(("- ", "* "))


def _notes(memory: Memory, paths: Sequence[str]) -> list[Entry]:
    return [memory.devlogs.read(path) for path in paths]
