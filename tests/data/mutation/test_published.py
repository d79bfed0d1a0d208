"""Faults in published crates: the list, what is made of a package, where faults are planted, and what counts as worse."""

import random
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pytest

from benchmarks.hands.arms import Outcome
from benchmarks.hands.measure import Row
from benchmarks.hands.planting import Kinds, Planted, kept, plant, sources
from benchmarks.hands.published import listed, with_paths
from benchmarks.hands.warm import NotHealthy, Standing, Warm, WarmBench, touched, warm_figures
from rusta.data.mutation.generate import SEEDS, copy
from rusta.data.mutation.judge import Judge
from rusta.data.mutation.mutation import OPERATORS
from rusta.tools.diagnostics import BuildTarget
from rusta.tools.sandbox.none import Unconfined


def test_the_list_has_twenty_crates_of_the_kinds_that_are_asked_for_each_at_one_version() -> None:
    crates = listed()
    kinds = Counter(kind for one in crates for kind in one.kinds)
    assert len(crates) == len({one.name for one in crates}) == 20
    assert kinds["workspace"] >= 5 and kinds["macro"] >= 5 and kinds["async"] >= 3
    assert all(len(one.packages) > 1 for one in crates if "workspace" in one.kinds)
    assert all(version.count(".") == 2 and one.why for one in crates for version in one.versions.values())


def test_members_are_found_by_path_and_others_as_before() -> None:
    manifest = (
        '[dependencies.one-macro]\nversion = "=1.0.0"\n\n[target."cfg(unix)".dev-dependencies.other]\nversion = "1"\n'
    )
    said = with_paths(manifest, ["one", "one-macro"])
    assert said == manifest.replace("one-macro]\n", 'one-macro]\npath = "../one-macro"\n')


def crate(tmp_path: Path) -> Path:
    return copy(SEEDS / "ring", tmp_path / "healthy")


def intended(path: str, text: bytes) -> str:
    return "E0308"


def test_the_same_seed_plants_the_same_two_faults_and_another_seed_others(tmp_path: Path) -> None:
    def faults(seed: int) -> list[Planted]:
        return plant(crate(tmp_path), Kinds(seed), random.Random(seed), intended)

    assert faults(1) == faults(1) != faults(2)
    assert [OPERATORS[fault.operator].hard for fault in faults(1)] == [True, False]


def test_an_operator_that_was_used_comes_last(tmp_path: Path) -> None:
    kinds = Kinds(0)
    first = plant(crate(tmp_path), kinds, random.Random(0), intended)
    then = plant(crate(tmp_path), kinds, random.Random(0), intended)
    assert not {fault.operator for fault in first} & {fault.operator for fault in then}


def test_what_compiles_or_fails_in_another_way_is_no_fault(tmp_path: Path) -> None:
    assert plant(crate(tmp_path), Kinds(0), random.Random(0), lambda path, text: "") == []
    assert plant(crate(tmp_path), Kinds(0), random.Random(0), lambda path, text: "E9999") == []


def test_tests_and_files_that_are_no_text_are_not_mutated(tmp_path: Path) -> None:
    folder = crate(tmp_path)
    (folder / "src/odd.rs").write_bytes(b"// \xff")
    (folder / "examples").mkdir()
    (folder / "examples/one.rs").write_text("fn main() {}")
    assert [source.path for source in sources(folder)] == ["src/lib.rs"]


def test_what_was_planted_is_kept_for_the_same_state(tmp_path: Path) -> None:
    file, fault = tmp_path / "kept.json", Planted("a forgotten *", "src/lib.rs", "E0308", "fn ñ() {}")
    assert kept(file, "1", lambda: [fault]) == [fault]
    assert kept(file, "1", lambda: []) == [fault]
    assert kept(file, "2", lambda: []) == []


def test_less_that_compiles_or_passes_is_worse() -> None:
    lib, test = BuildTarget("lib", "a"), BuildTarget("test", "b")
    assert Standing(frozenset({lib}), 0).below(Standing(frozenset({lib, test}), 0))
    assert Standing(frozenset({lib}), 1).below(Standing(frozenset({lib}), 2))
    assert not Standing(frozenset({lib, test}), 2).below(Standing(frozenset({lib}), 2))


def row(arm: str, fixed: bool, over: float, worse: bool = False) -> Row:
    return Row("a", "d", "E0308", arm, "1", fixed, "", over + 1, 1, 0, 0, "", 0.25, over, worse, "a forgotten *")


def test_hers_are_told_with_the_model_or_where_it_did_not_take_part_without() -> None:
    facts = warm_figures([row("search", True, 3.0), row("rustfix", False, 1.0, worse=True)])
    assert (facts["fixed_search"], facts["seconds_over_warm_median"], facts["worse"]) == (1, 3.0, 0)
    assert (facts["worse_rustfix"], facts["seconds_first_word_median"]) == (1, 0.25)
    facts = warm_figures([row("search", False, 3.0), row("rusta", True, 7.0)])
    assert (facts["fixed"], facts["fixed_share_search"], facts["seconds_over_warm_median"]) == (1, 0.0, 7.0)


@dataclass
class Writes:
    """Replaces a text in the library."""

    old: str
    new: str
    name: str
    target: Path = Path()
    state: str = "1"

    def repair(self, crate: Path, seconds: float) -> Outcome:
        path = crate / "src/lib.rs"
        path.write_text(path.read_text().replace(self.old, self.new))
        return Outcome(1, first_word=0.5)


@pytest.mark.long
def test_arms_share_a_warm_folder_and_are_judged_by_the_healthy_tests(tmp_path: Path) -> None:
    healthy = copy(SEEDS / "wrap", tmp_path / "healthy")
    text = (healthy / "src/lib.rs").read_text().replace("let mut out = Vec::new();", "let out = Vec::new();", 1)
    case = Planted("a forgotten mut", "src/lib.rs", "E0596", text).case("wrap", healthy, tmp_path / "broken")
    warm = Warm(Unconfined(), tmp_path)
    arms = [
        Writes("let out", "let mut out", "search"), Writes("", "", "rustfix"), Writes("pub fn", "pub fun", "alone")
    ]  # fmt: skip
    bench = WarmBench(arms, Judge(Unconfined(), tmp_path / "target-judge"), tmp_path, tmp_path / "rows.jsonl", 60)
    bench.of(warm, healthy)
    mended, same, broken = bench.run([case], lambda *_: None)
    assert (mended.fixed, mended.worse, same.why, broken.fixed) == (True, False, "nothing was changed", False)
    assert {arm.target for arm in arms} == {tmp_path / "target-warm-wrap"} and (tmp_path / "target-warm-wrap").is_dir()
    assert mended.over_warm is not None and mended.over_warm < mended.seconds
    (healthy / "src/lib.rs").write_text("fn no")
    with pytest.raises(NotHealthy, match="cargo check"):
        warm.settle("other", healthy)
    assert not list(tmp_path.glob("target-warm-*"))


def test_touched_sources_are_newer(tmp_path: Path) -> None:
    file = crate(tmp_path) / "src/lib.rs"
    before = file.stat().st_mtime_ns
    touched(tmp_path / "healthy")
    assert file.stat().st_mtime_ns > before
