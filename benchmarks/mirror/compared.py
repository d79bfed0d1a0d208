"""The changes that are read from sources beside those between rustdoc's own listings: precision, recall, and every miss."""

import json
import time
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

from benchmarks.mirror.documented import Pair, Release, documented, sources
from benchmarks.mirror.rustdoc_api import rustdoc_api
from rusta.library.cfg_settings import CfgSetting
from rusta.library.source_files import FolderFiles
from rusta.mirror.api import CrateApi, public_api
from rusta.mirror.api_changes import flat_changes

Unit = tuple[str, str, str]  # kind, public path, change
UNSEEN = ("gated", "ungated")  # of which rustdoc's JSON knows nothing


@dataclass(frozen=True)
class Compared:
    """One pair of releases."""

    package: str
    old: str
    new: str
    kept: bool
    units: int  # by rustdoc
    both: int
    extra: list[Unit]  # told by the sources alone
    missed: list[Unit]  # told by rustdoc alone
    behind_macros: int  # of the missed, where macros could not be read
    unread: dict[str, int]
    seconds: float  # to read both states and compare
    rustdoc_seconds: float

    @property
    def name(self) -> str:
        """By which it is found again."""
        return f"{self.package} {self.old} {self.new}"


def compared(pair: Pair, work: Path) -> Compared:
    """Read a pair by both ways."""
    told = [documented(one, work) for one in (pair.old, pair.new)]
    truth = _units(*(rustdoc_api(file) for file, _ in told))
    began = time.perf_counter()
    old, new = (read(one) for one in (pair.old, pair.new))
    ours = _units(old, new)
    seconds = time.perf_counter() - began
    missed, unread = sorted(truth - ours), dict(old.unread) | dict(new.unread)
    behind = len(missed) if any(what.endswith("!") for what in unread) else 0
    return Compared(
        pair.new.package, pair.old.version, pair.new.version, pair.kept, len(truth), len(truth & ours), sorted(ours - truth), missed,
        behind, unread, round(seconds, 3), sum(took for _, took in told),
    )  # fmt: skip


def read(release: Release) -> CrateApi:
    """Read a release's sources for the same features as rustdoc, which sets `doc`."""
    base = CfgSetting()
    setting = CfgSetting(frozenset(release.features) if release.features else None, base.flags | {"doc"})
    return public_api(FolderFiles(sources(release)), setting)


def _units(old: CrateApi, new: CrateApi) -> set[Unit]:
    return {(one.kind, one.path, one.change) for one in flat_changes(old, new) if one.change not in UNSEEN}


def recalled_rows(file: Path) -> dict[str, Compared]:
    """Return what was measured before."""
    rows = dict[str, Compared]()
    for line in file.read_text(encoding="utf-8").splitlines() if file.is_file() else ():
        told = json.loads(line)
        told |= {side: [tuple(one) for one in told[side]] for side in ("extra", "missed")}
        row = Compared(**told)
        rows[row.name] = row
    return rows


def keep_row(file: Path, row: Compared) -> None:
    """Add what was measured."""
    with file.open("a", encoding="utf-8") as kept:
        kept.write(json.dumps(asdict(row)) + "\n")


def api_figures(rows: Iterable[Compared]) -> dict[str, object]:
    """The figures of the crates that the reader was made with, and of those that were kept back."""
    found = dict[str, object]()
    rows = list(rows)
    for name, kept in (("", False), ("kept_", True)):
        of = [row for row in rows if row.kept is kept]
        both, extra, missed = (
            (sum(n) for n in zip(*((row.both, len(row.extra), len(row.missed)) for row in of), strict=True))
            if of
            else (0, 0, 0)
        )
        found |= {
            f"{name}crates": len(of), f"{name}changes": sum(row.units for row in of),
            f"{name}precision": round(both / (both + extra), 4) if both + extra else None,
            f"{name}recall": round(both / (both + missed), 4) if both + missed else None,
            f"{name}missed": missed, f"{name}extra": extra, f"{name}behind_macros": sum(row.behind_macros for row in of),
        }  # fmt: skip
    return found
