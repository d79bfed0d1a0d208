"""Every arm on every broken crate, judged, one row each: a killed run goes on where it was.

Rows stand in a JSON Lines file and are believed as long as the crate and what the arm is made of are the same.
"""

import json
import os
import shutil
import statistics
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from benchmarks.hands.arms import Arm, Outcome
from rusta.core.errors import ConfigError, RustaError
from rusta.data.mutation.generate import Broken, copy
from rusta.data.mutation.judge import Judge, RepairVerdict, code, count_tests, first_error
from rusta.data.mutation.mutation import digest, family
from rusta.tools.cargo import Cargo
from rusta.tools.manifest import path_dependencies
from rusta.tools.sandbox.base import Limits
from rusta.tools.sandbox.folders import remove
from rusta.tools.sandbox.protocol import Sandbox


@dataclass(frozen=True)
class Case:
    """A broken crate in a folder, as it lies: its tests there are the ones that count.

    `asked` is the package below it that is to be mended, where its own workspace does not list it; "" is the whole.
    `of` is the healthy crate that it was made of, and `mistake` what was done to it, where that is known.
    """

    name: str
    code: str
    folder: Path
    asked: str = ""
    of: str = ""
    mistake: str = ""

    @property
    def digest(self) -> str:
        """By content."""
        files = (path for path in sorted(self.folder.rglob("*")) if path.is_file())
        kept = [path for path in files if not {"target", ".git"} & set(path.relative_to(self.folder).parts)]
        return digest(*(part for path in kept for part in (str(path.relative_to(self.folder)), path.read_bytes())))


@dataclass(frozen=True)
class Row:
    """What one arm made of one crate. `seconds` are the arm's, the judge's not counted.

    Where the healthy crate is known, `over_warm` is without one warm check and one test of it, and `worse` says that
    fewer targets compile or fewer tests pass than before. `first_word` are the seconds until the loop says what it does.
    """

    crate: str
    digest: str
    code: str
    arm: str
    state: str
    fixed: bool
    why: str
    seconds: float
    steps: int
    actions: int
    wellformed: int
    note: str
    first_word: float | None = None
    over_warm: float | None = None
    worse: bool = False
    mistake: str = ""


def written(broken: Iterable[Broken], folder: Path) -> list[Case]:
    """The generated crates on disk."""
    return [Case(one.name, one.code, one.write(folder / one.name)) for one in broken]


def placed(crate: Path, folder: Path) -> Path:
    """A copy of a crate in a folder of its own, and of the crates outside it that it names by path, at the same distance."""
    others = path_dependencies(crate)
    base = Path(os.path.commonpath([crate, *others]))
    shutil.rmtree(folder, ignore_errors=True)
    for one in (*others, crate):
        copy(one, folder / one.relative_to(base))
    return folder / crate.relative_to(base)


def found(
    folder: Path, sandbox: Sandbox, target: Path, left_out: Callable[[str, str], None] = lambda *_: None
) -> list[Case]:
    """The crates in the subfolders of a folder, with the code cargo finds first. Raises `ConfigError` where there are none.

    `left_out` hears of each subfolder that is none, or that cargo cannot come to a judgement about, and why.
    """
    if not folder.is_dir():
        raise ConfigError(f"--crates {folder} is no folder. Name one with a broken crate in each subfolder.")
    inside = sorted(path for path in folder.iterdir() if path.is_dir() and not path.name.startswith("."))
    crates = [path for path in inside if (path / "Cargo.toml").is_file()]
    if not crates:
        raise ConfigError(
            f"No subfolder of {folder} has a Cargo.toml. One broken crate a folder: {folder}/NAME/Cargo.toml"
        )
    for path in inside:
        if path not in crates:
            left_out(path.name, "no Cargo.toml in it")
    cases = []
    for crate in crates:
        looked = placed(crate, target.parent / f"{target.name}-at")  # cargo writes a lock file where it looks
        try:
            cargo = Cargo(looked, sandbox, target, Limits(seconds=300), copy_of=crate)
            report = cargo.check(all_targets=True)
            asked = "" if report.errors else unlisted(cargo)
            if asked:
                report = replace(cargo, asked=looked / asked).check(all_targets=True)
        except RustaError as refusal:
            left_out(crate.name, str(refusal))
            continue
        error = first_error(report)
        if error is None and not report.ok:
            left_out(crate.name, (report.output.strip().splitlines() or ["cargo comes to no judgement"])[0])
            continue
        cases.append(Case(crate.name, code(error) if error else "tests", crate, asked))
    shutil.rmtree(target.parent / f"{target.name}-at")
    return cases


def unlisted(cargo: Cargo) -> str:
    """The first package below a workspace, with tests of its own, that cargo refuses when it is asked in its folder; or ""."""
    for manifest in sorted(cargo.workspace.rglob("Cargo.toml")):
        folder = manifest.parent
        inside = folder.relative_to(cargo.workspace)
        own = inside.parts and "target" not in inside.parts and count_tests(folder)
        if own and replace(cargo, asked=folder).check().errors:
            return str(inside)
    return ""


def sound(case: Case, judge: Judge, work: Path) -> bool:
    """Whether there is nothing to mend: it compiles, and its tests pass. Every arm would be credited with it."""
    return (
        case.code == "tests"
        and judge.judge(placed(case.folder, work / "sound" / case.name), case.folder, case.asked).fixed
    )


class Bench:
    """Runs arms on cases. `work` is a folder of its own, `rows` the file that is appended to."""

    def __init__(self, arms: Sequence[Arm], judge: Judge, work: Path, rows: Path, seconds: float) -> None:
        self.arms, self.judge, self.work, self.rows, self.seconds = arms, judge, work, rows, seconds

    def run(self, cases: Sequence[Case], told: Callable[[Row, int, int], None]) -> list[Row]:
        """Every row, measured or known. `told` hears of each with its number and how many there are."""
        known = {(row.digest, row.arm, row.state): row for row in read(self.rows)}
        rows: list[Row] = []
        for case in cases:
            for arm in self.arms:
                key = (case.digest, arm.name, arm.state)
                row = known.get(key) or self._measure(case, arm)
                rows.append(row)
                told(row, len(rows), len(cases) * len(self.arms))
        return rows

    def _measure(self, case: Case, arm: Arm) -> Row:
        folder = placed(case.folder, self.work / arm.name / case.name)
        self.settled(case, arm)
        began = time.perf_counter()
        try:
            did = arm.repair(folder / case.asked, self.seconds)
            seconds = time.perf_counter() - began
            said = self.verdict(case, folder)
        except RustaError as refusal:  # of this crate: a toolchain that is not here, a tree too large to copy
            did, seconds = Outcome(note="refused"), time.perf_counter() - began
            said = RepairVerdict(False, str(refusal))
        row = self.row(case, arm, did, said, seconds, folder)
        self.cleared()
        self.rows.parent.mkdir(parents=True, exist_ok=True)
        with self.rows.open("a", encoding="utf-8") as out:
            out.write(json.dumps(asdict(row), ensure_ascii=False) + "\n")
        return row

    def settled(self, case: Case, arm: Arm) -> None:
        """Make ready what an arm needs before its time begins."""

    def verdict(self, case: Case, folder: Path) -> RepairVerdict:
        """Judge what an arm left."""
        return self.judge.judge(folder, case.folder, case.asked)

    def row(self, case: Case, arm: Arm, did: Outcome, said: RepairVerdict, seconds: float, folder: Path) -> Row:
        """What is written down of it."""
        return Row(
            case.name, case.digest, case.code, arm.name, arm.state, said.fixed, said.why, round(seconds, 2),
            did.steps, did.actions, did.wellformed, did.note, did.first_word,
        )  # fmt: skip

    def cleared(self) -> None:
        """Remove what was built: it is large, and of no use to the next crate."""
        for target in (self.judge.target, *self.work.glob("target-*")):
            remove(target)


def read(rows: Path) -> list[Row]:
    """The rows of a file; one that was cut off by a kill is passed over."""
    lines = rows.read_text(encoding="utf-8").splitlines() if rows.is_file() else []
    return [Row(**json.loads(line)) for line in lines if line.startswith("{") and line.endswith("}")]


def figures(rows: Sequence[Row]) -> dict[str, object]:
    """One flat object: counts and shares of what each arm fixed, and hers of what it took her."""
    per_arm: Mapping[str, list[Row]] = defaultdict(list)
    for row in rows:
        per_arm[row.arm].append(row)
    n = len({row.crate for row in rows})
    said: dict[str, object] = {}
    for arm, key in (("rusta", "fixed"), ("rustfix", "fixed_rustfix"), ("alone", "fixed_model_alone")):
        mine = per_arm.get(arm)
        count = sum(row.fixed for row in mine) if mine else None
        said[key] = count
        said[key.replace("fixed", "fixed_share", 1)] = None if count is None else round(count / n, 4)
    if "search" in per_arm:
        said["fixed_search"] = sum(row.fixed for row in per_arm["search"])
    # Hers, or where she did not take part, the model's alone; its well-formedness too where she had no need to ask.
    hers = per_arm.get("rusta") or per_arm.get("alone") or []
    asked = next((rows for rows in (hers, per_arm.get("alone", [])) if any(row.actions for row in rows)), [])
    actions = sum(row.actions for row in asked)
    said |= {
        "n": n,
        "codes": len({row.code for row in rows}),
        "wellformed": round(sum(row.wellformed for row in asked) / actions, 4) if actions else None,
        "steps_median": statistics.median([row.steps for row in hers]) if hers else None,
        "seconds_median": round(statistics.median([row.seconds for row in hers]), 2) if hers else None,
    }
    for arm, mine in per_arm.items():
        said[f"seconds_median_{arm}"] = round(statistics.median([row.seconds for row in mine]), 2)
        said[f"seconds_total_{arm}"] = round(sum(row.seconds for row in mine), 1)
    return said


def table(rows: Sequence[Row]) -> str:
    """Fixed by family of errors and by arm."""
    arms = list(dict.fromkeys(row.arm for row in rows))
    families: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        families[family(row.code)].append(row)
    lines = [f"{'family':<12}{'n':>5}" + "".join(f"{arm:>12}" for arm in arms)]
    for name, mine in [*sorted(families.items()), ("all", list(rows))]:
        count = len({row.crate for row in mine})
        fixed = "".join(f"{sum(row.fixed for row in mine if row.arm == arm):>12}" for arm in arms)
        lines.append(f"{name:<12}{count:>5}{fixed}")
    return "\n".join(lines)
