"""Arms on faults in the same crate, with one build folder that stays warm among them, beside what the healthy crate takes.

Wall time is compared with one warm `cargo check` and one `cargo test` of the healthy crate: dependencies built, its own
files newer than what was built of them, as after an edit.
"""

import os
import shutil
import statistics
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from benchmarks.hands.arms import Arm, Outcome
from benchmarks.hands.measure import Bench, Case, Row, figures, placed
from rusta.core.errors import RustaError
from rusta.data.mutation.generate import copy
from rusta.data.mutation.judge import RepairVerdict, changed_sources, code, first_error, rust_files, tests_run
from rusta.tools.cargo import Cargo, CargoReport
from rusta.tools.libtest import Outcome as TestOutcome
from rusta.tools.sandbox.base import Limits
from rusta.tools.sandbox.folders import remove
from rusta.tools.sandbox.protocol import Sandbox

SECONDS = 300.0  # of one command on a healthy crate
WARM = 90.0  # of a warm check and a test of a healthy crate; one that takes longer is left out


class NotHealthy(RustaError):
    """A crate that does not build untouched, whose tests do not pass, or take too long, on this machine."""


@dataclass(frozen=True)
class Standing:
    """What works in a crate, broken or not: the targets that compile, and how many tests pass."""

    built: frozenset[object]
    passing: int

    def below(self, other: "Standing") -> bool:
        """Whether something works in the other that does not work here."""
        return bool(other.built - self.built) or self.passing < other.passing


@dataclass
class Warm:
    """The healthy crate that is worked on, and its build folder. Only one is kept: another crate's is removed."""

    sandbox: Sandbox
    work: Path
    crate: str = ""
    tests: Counter[str] = field(default_factory=Counter)  # that the healthy crate runs, by function name
    seconds: float = 0.0  # of a warm check and a test

    @property
    def target(self) -> Path:
        """The build folder."""
        return self.work / f"target-warm-{self.crate}"

    def settle(self, crate: str, healthy: Path) -> None:
        """Build the healthy crate and run its tests, if it is another than the last. Raises `NotHealthy`."""
        if crate == self.crate:
            return
        self.drop()
        self.crate = crate
        folder = self.place(healthy)
        cargo = Cargo(folder, self.sandbox, self.target, Limits(seconds=SECONDS))
        first = self._well(cargo.check(all_targets=True))
        if not first.built:
            raise self._refused("cargo compiles nothing of it")
        self._well(cargo.test())
        touched(folder)
        began = time.perf_counter()
        self._well(cargo.check(all_targets=True))
        said = self._well(cargo.test())
        self.seconds, self.tests = time.perf_counter() - began, tests_run(said)
        if not self.tests:
            raise self._refused("it has no tests that run")
        if self.seconds > WARM:
            raise self._refused(f"a warm check and its tests take {self.seconds:.0f} s")

    def _well(self, report: CargoReport) -> CargoReport:
        if report.ok:
            return report
        error = first_error(report)
        failed = report.failures[0].name if report.failures else (report.output.splitlines() or ["cargo failed"])[0]
        raise self._refused(f"{report.command}: {f'{code(error)}: {error.message}' if error else failed}")

    def _refused(self, why: str) -> NotHealthy:
        self.drop()
        return NotHealthy(why)

    def place(self, healthy: Path) -> Path:
        """Return a copy of the healthy crate in which something may be tried."""
        folder = self.work / "tried" / self.crate
        shutil.rmtree(folder, ignore_errors=True)
        return copy(healthy, folder)

    def drop(self) -> None:
        """Remove the build folder."""
        if self.crate:
            remove(self.target)
        self.crate = ""

    def code_with(self, folder: Path, path: str, text: bytes) -> str:
        """Return the code of cargo's first error with another text of a file, which is put back; "" where it compiles."""
        file = folder / path
        before = file.read_bytes()
        file.write_bytes(text)
        error = first_error(Cargo(folder, self.sandbox, self.target, Limits(seconds=SECONDS)).check(all_targets=True))
        file.write_bytes(before)
        return code(error) if error else ""

    def standing(self, folder: Path) -> Standing:
        """Return what works in a crate as it lies."""
        cargo = Cargo(folder, self.sandbox, self.target, Limits(seconds=SECONDS))
        built = cargo.check(all_targets=True).built
        passed = sum(test.outcome is TestOutcome.passed for test in cargo.test().tests)
        return Standing(built, passed)


def touched(folder: Path) -> None:
    """Make a crate's own sources newer than what was built of them."""
    for path in rust_files(folder):
        os.utime(path)


class WarmBench(Bench):
    """A bench on faults in healthy crates. Call `of` before the cases of another crate."""

    warm: Warm
    healthy: Path
    broken: dict[str, Standing]

    def of(self, warm: Warm, healthy: Path) -> None:
        """Set the healthy crate that the next cases are of."""
        self.warm, self.healthy, self.broken = warm, healthy, {}

    def settled(self, case: Case, arm: Arm) -> None:
        """Give arm and judge the warm build folder."""
        self.warm.settle(case.of, self.healthy)
        self.judge.target = arm.target = self.warm.target

    def cleared(self) -> None:
        """Keep what is built."""

    def verdict(self, case: Case, folder: Path) -> RepairVerdict:
        """Judge by the tests of the healthy crate; what was not changed is as broken as before."""
        if not changed_sources(folder, case.folder):
            return RepairVerdict(False, "nothing was changed")
        return self.judge.judge(folder, case.folder, case.asked, self.warm.tests)

    def row(self, case: Case, arm: Arm, did: Outcome, said: RepairVerdict, seconds: float, folder: Path) -> Row:
        """Add how long it took beyond the healthy crate, and whether less works than before."""
        row = super().row(case, arm, did, said, seconds, folder)
        worse = False
        if not said.fixed and folder.is_dir() and changed_sources(folder, case.folder):
            if case.name not in self.broken:
                there = placed(case.folder, self.work / "standing" / case.name)
                self.broken[case.name] = self.warm.standing(there)
            worse = self.warm.standing(folder).below(self.broken[case.name])
        return replace(row, over_warm=round(seconds - self.warm.seconds, 2), worse=worse, mistake=case.mistake)


def warm_figures(rows: Sequence[Row]) -> dict[str, object]:
    """The figures of all benches, and those that need the healthy crate; hers of the loop with the model, or without."""
    facts = figures(rows)
    n = len({row.crate for row in rows})
    arms = {row.arm for row in rows}
    hers = [row for row in rows if row.arm == ("rusta" if "rusta" in arms else "search")]
    facts |= {f"worse_{arm}": sum(row.worse for row in rows if row.arm == arm) for arm in sorted(arms)}
    beyond = [row.over_warm for row in hers if row.over_warm is not None]
    words = [row.first_word for row in hers if row.first_word is not None]
    return facts | {
        "fixed_share_search": round(sum(row.fixed for row in rows if row.arm == "search") / n, 4),
        "worse": sum(row.worse for row in hers),
        "mistakes": len({row.mistake for row in rows}),
        "seconds_over_warm_median": round(statistics.median(beyond), 2) if beyond else None,
        "seconds_first_word_median": round(statistics.median(words), 3) if words else None,
    }
