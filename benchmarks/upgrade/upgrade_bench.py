"""Every arm on every upgrade case, judged, one row each; and the first fact at every error, beside the key."""

import json
import statistics
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path

from benchmarks.hands import alone, arms
from benchmarks.hands.looped import result_of
from benchmarks.hands.measure import placed
from benchmarks.upgrade.upgrade_cases import UpgradeCase, asks_for
from rusta.core.errors import RustaError
from rusta.data.mutation.judge import tests_run
from rusta.data.mutation.mutation import digest
from rusta.library.cached_crates import cached_versions
from rusta.loop.attempt.repair_search import Budget, RepairSearch
from rusta.loop.attempt.scratch_copy import Scratch
from rusta.loop.attempt.upgrade_session import UpgradeSession, UpgradeStep
from rusta.loop.gates.permissions import Approve
from rusta.loop.think.model_proposer import Consult
from rusta.loop.think.situation import Situation
from rusta.loop.think.strategies import STRATEGIES
from rusta.loop.think.strategies.releases.left_sites import LeftSite, left_sites
from rusta.loop.workplace import Workplace
from rusta.mind.mind import Generation, Mind
from rusta.mirror.registry_index import version_order
from rusta.mirror.releases import locked_releases
from rusta.tools.cargo import Cargo
from rusta.tools.dependencies import fetch
from rusta.tools.dependency_entries import compatible_with
from rusta.tools.sandbox import Limits, Sandbox
from rusta.upgrade.releases_between import releases_between

ROOT = Path(__file__).resolve().parents[2]
KEY = Path(__file__).with_name("sites.tsv")
RELEASES = "rusta.loop.think.strategies.releases"
SECONDS = 300  # of one run of cargo
ANSWERS, TOKENS = 2, 320  # of the mind
Healthy = tuple[Path, Counter[str]]


@dataclass(frozen=True)
class UpgradeRow:
    """What one arm made of one case."""

    case: str
    arm: str
    state: str
    mended: bool
    why: str
    seconds: float


@dataclass(frozen=True)
class FactAtSite:
    """The first fact that is shown at an error, and whether the key has it; `key` "" where it has no line for this error."""

    case: str
    place: str
    said: str
    became: str
    key: str

    @property
    def right(self) -> bool:
        """Whether what is shown is one of the key's answers: a path or its end, or `-` where nothing took its place."""
        answers = [one.strip() for one in self.key.split("|")]
        parts = self.became.replace(".", "::").split("::")
        return any(parts[-len(want) :] == want for one in answers if (want := one.replace(".", "::").split("::"))) or (
            not self.became and "-" in answers
        )


@dataclass
class UpgradeBench:
    """Runs arms on cases. `work` keeps the rows, the build folders and the copies."""

    sandbox: Sandbox
    work: Path
    seconds: float
    form: str
    awake: Callable[[], Mind]

    @cached_property
    def state(self) -> str:
        """What the results depend on, as a digest."""
        rooms = ("loop", "tools", "upgrade", "mirror", "library")
        files = [path for room in rooms for path in (ROOT / "rusta" / room).rglob("*.py")]
        return digest(*(path.read_bytes() for path in sorted(files)), str(self.seconds))

    def run(self, cases: Sequence[UpgradeCase], names: Sequence[str]) -> tuple[list[UpgradeRow], list[FactAtSite]]:
        """Return a row for each case and arm, and a fact for each site."""
        known = {(row.case, row.arm): row for row in self._read()}
        rows, sites, key = list[UpgradeRow](), list[FactAtSite](), read_key()
        for n, case in enumerate(cases, 1):
            healthy: Healthy | None = None
            for name in names:
                row = known.get((case.name, name))
                if row is None or row.state != self.state:
                    healthy = healthy or self._healthy(case)
                    row = self._measure(case, name, *healthy)
                    with (self.work / "rows.jsonl").open("a", encoding="utf-8") as out:
                        out.write(json.dumps(asdict(row)) + "\n")
                rows.append(row)
                mark = "mended" if row.mended else "-"
                print(
                    f"{n:>3}/{len(cases)} {name:<8}{case.name:<34}{row.seconds:>7.1f} s  {mark:<7}{row.why}",
                    file=sys.stderr,
                    flush=True,
                )
            of = list(self._sites(case, key))
            right = sum(one.right for one in of)
            print(f"{'':>8}{'sites':<8}{case.name:<34}{right} of {len(of)}", file=sys.stderr, flush=True)
            sites += of
        return rows, sites

    def _read(self) -> Iterable[UpgradeRow]:
        file = self.work / "rows.jsonl"
        lines = file.read_text(encoding="utf-8").splitlines() if file.is_file() else []
        for line in lines:
            try:
                yield UpgradeRow(**json.loads(line))
            except (ValueError, TypeError):  # a line that was being written when the run was killed
                continue

    def _healthy(self, case: UpgradeCase) -> Healthy:
        """The crate as it was published, and the tests that it runs."""
        folder = case.healthy(self.work / "healthy" / case.name)
        try:
            fetch(folder, False)
        except RustaError:  # the first run brings what the crate was published with
            fetch(folder, True)
        report = self._cargo(folder, "judge", case).test()
        return folder, tests_run(report)

    def _cargo(self, folder: Path, name: str, case: UpgradeCase) -> Cargo:
        return Cargo(folder, self.sandbox, self.work / f"target-{name}", Limits(seconds=SECONDS))

    def _measure(self, case: UpgradeCase, name: str, healthy: Path, tests: Counter[str]) -> UpgradeRow:
        begun = healthy if name in ("upgrade", "mind") else case.folder
        folder = placed(begun, self.work / name / case.name)
        if begun is healthy and (healthy / "Cargo.lock").is_file():
            (folder / "Cargo.lock").write_bytes((healthy / "Cargo.lock").read_bytes())
        began = time.perf_counter()
        try:
            self._done(case, name, folder)
            seconds = time.perf_counter() - began
            why = self._judged(case, folder, tests)
        except RustaError as refusal:
            seconds, why = time.perf_counter() - began, str(refusal).splitlines()[0]
        return UpgradeRow(case.name, name, self.state, not why, why, round(seconds, 1))

    def _done(self, case: UpgradeCase, name: str, folder: Path) -> None:
        target = self.work / f"target-{name}"
        match name:
            case "rustfix":
                arms.Rustfix(self.sandbox, target).repair(folder, self.seconds)
            case "alone":
                alone.Alone(self.awake(), self.sandbox, target, "", self.form).repair(folder, self.seconds)
            case "before":
                self._searched(folder, target)
            case _:
                self._upgraded(case, folder, target, name == "mind")

    def _upgraded(self, case: UpgradeCase, folder: Path, target: Path, with_mind: bool) -> None:
        consult = Consult(self.awake(), Generation(max_tokens=TOKENS, repetition_penalty=1.0)) if with_mind else None
        with tempfile.TemporaryDirectory() as home:
            place = self._place(folder, Path(home), target)
            with place.history:
                locked = [one.locked for one in locked_releases(folder) if one.name == case.dependency and one.direct]
                old, new = max(locked, key=version_order), self._newest(case)
                step = UpgradeStep(case.dependency, old, new)
                session = UpgradeSession(place, consult, Budget(seconds=self.seconds, answers=ANSWERS))
                events = session.run(step, releases_between(case.dependency, old, new))
                told = self.work / "tried" / f"{case.name}{'-mind' if with_mind else ''}.txt"
                told.parent.mkdir(exist_ok=True)
                with told.open("w", encoding="utf-8") as out:
                    result_of(events, lambda one: print(json.dumps(one.as_line()), file=out, flush=True))

    def _newest(self, case: UpgradeCase) -> str:
        """The newest release on this machine that a bump to the wanted version brings."""
        wanted = compatible_with(case.wanted)
        return next(one.version for one in cached_versions(case.dependency) if compatible_with(one.version) == wanted)

    def _searched(self, folder: Path, target: Path) -> None:
        """The search as it was before: without what releases say of each other."""
        before = tuple(one for one in STRATEGIES if not getattr(one, "__module__", "").startswith(RELEASES))
        with tempfile.TemporaryDirectory() as home:
            place = self._place(folder, Path(home), target)
            with place.history:
                place.scratch.sync()
                report = place.trial.check(all_targets=True)
                search = RepairSearch(place.scratch, place.trial, None, Budget(seconds=self.seconds), strategies=before)
                ended = result_of(search.run(report))
                if ended.chain:
                    for path, content in ended.chain[-1].state.items():
                        (folder / path).write_bytes(content or b"")

    def _place(self, folder: Path, home: Path, target: Path) -> Workplace:
        limits = Limits(seconds=min(SECONDS, self.seconds))
        place = Workplace.open(folder, home, self.sandbox, limits, Approve.all, None, "bench")
        place.scratch.target = place.trial.target = target
        return place

    def _judged(self, case: UpgradeCase, folder: Path, tests: Counter[str]) -> str:
        """Why a crate is not upgraded; "" where it is."""
        cargo = self._cargo(folder, "judge", case)
        report = cargo.check(all_targets=True)
        before = {
            one.message for one in self._cargo(self.work / "healthy" / case.name, "judge", case).check(True).errors
        }
        if error := next((one for one in report.errors if one.message not in before), None):
            return f"does not compile: {error.code or 'error'}"
        if not report.ok and not before:
            return (report.output.strip().splitlines() or ["cargo comes to no judgement"])[0]
        if not asks_for(folder, case.dependency, case.wanted):
            return f"{case.dependency} is not at {case.wanted}"
        ran = cargo.test()
        if ran.failures or not ran.ok:
            return f"fails {ran.failures[0].name}" if ran.failures else "its tests do not run"
        gone = tests - tests_run(ran)
        return f"the test {next(iter(gone))} did not run" if gone else ""

    def _sites(self, case: UpgradeCase, key: Mapping[tuple[str, str], str]) -> Iterable[FactAtSite]:
        """The first fact at each error of the bumped crate."""
        for one in self._facts(case):
            yield FactAtSite(case.name, one.place, one.said, one.became, key.get((case.name, one.place), ""))

    def _facts(self, case: UpgradeCase) -> list[LeftSite]:
        kept = self.work / "facts" / f"{case.name}.json"
        if kept.is_file() and (known := json.loads(kept.read_text()))["state"] == self.state:
            return [LeftSite(**one) for one in known["sites"]]
        folder = placed(case.folder, self.work / "sites" / case.name)
        scratch = Scratch(folder, self.work / "sites-home")
        scratch.sync()
        report = Cargo(scratch.root, self.sandbox, self.work / "target-sites", Limits(seconds=SECONDS)).check(
            all_targets=True
        )
        found = left_sites(Situation(report.errors, scratch.read, scratch.sources(), scratch.root))
        kept.parent.mkdir(parents=True, exist_ok=True)
        kept.write_text(json.dumps({"state": self.state, "sites": [asdict(one) for one in found]}))
        return found


def read_key() -> dict[tuple[str, str], str]:
    """The answers of the key by case and place (FILE:LINE:COLUMN, as the error has it)."""
    lines = KEY.read_text(encoding="utf-8").splitlines() if KEY.is_file() else []
    rows = (line.split("\t") for line in lines if line and not line.startswith("#"))
    return {(row[0], row[1]): row[2] for row in rows}


def upgrade_figures(
    rows: Sequence[UpgradeRow], sites: Sequence[FactAtSite], cases: Sequence[UpgradeCase]
) -> dict[str, object]:
    """The figures of a run."""
    by = {name: [row for row in rows if row.arm == name] for name in dict.fromkeys(row.arm for row in rows)}
    keyed = [one for one in sites if one.key]
    names = {
        "upgrade": "mended",
        "before": "mended_search_before",
        "rustfix": "mended_cargo_fix",
        "alone": "mended_mind_alone",
        "mind": "mended_with_mind",
    }
    figures: dict[str, object] = {"n": len(cases)}
    figures |= {names[name]: sum(row.mended for row in of) for name, of in by.items()}
    if "upgrade" in by:
        figures["share"] = round(sum(row.mended for row in by["upgrade"]) / len(by["upgrade"]), 3)
        figures["seconds_median"] = round(statistics.median(row.seconds for row in by["upgrade"]), 1)
    return figures | {
        "sites": len(keyed),
        "sites_right": sum(one.right for one in keyed),
        "sites_without_key": len(sites) - len(keyed),
    }
