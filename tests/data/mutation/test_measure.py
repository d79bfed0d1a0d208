"""Rows, figures, and what happens to a run that is killed. Real cargo, a mind that is not asked."""

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import pytest

from benchmarks.hands.arms import Arm, Outcome, Rustfix
from benchmarks.hands.measure import Bench, Case, Row, figures, found, read, sound, table
from rusta.core.errors import ConfigError
from rusta.data.mutation.generate import SEEDS, copy, generate
from rusta.data.mutation.judge import Judge
from rusta.data.mutation.mutation import HARD, OPERATORS
from rusta.tools.cargo import Cargo
from rusta.tools.sandbox import choose
from rusta.tools.sandbox.none import Unconfined


@dataclass
class Careful:
    """Does what it is told, and counts how often it is asked."""

    old: str
    new: str
    name: str = "rusta"
    state: str = "1"
    asked: int = 0

    def repair(self, crate: Path, seconds: float) -> Outcome:
        self.asked += 1
        path = crate / "src/lib.rs"
        path.write_text(path.read_text().replace(self.old, self.new))
        return Outcome(3, 2, 1)


def broken(tmp_path: Path, old: str, new: str) -> Case:
    folder = copy(SEEDS / "wrap", tmp_path / "crates" / "wrap-broken")
    text = (folder / "src/lib.rs").read_text()
    assert old in text
    (folder / "src/lib.rs").write_text(text.replace(old, new))
    return Case("wrap-broken", "E0596", folder)


def bench(tmp_path: Path, *arms: Arm) -> Bench:
    return Bench(arms, Judge(Unconfined(), tmp_path / "target-judge"), tmp_path, tmp_path / "rows.jsonl", 120)


def test_a_run_that_was_killed_goes_on_where_it_was(tmp_path: Path) -> None:
    case = broken(tmp_path, "let mut out = Vec::new();", "let out = Vec::new();")
    arm = Careful("let out", "let mut out")
    rows = bench(tmp_path, arm).run([case], lambda *_: None)
    with (tmp_path / "rows.jsonl").open("a") as out:
        out.write('{"crate": "cut off in the mid')
    assert bench(tmp_path, arm).run([case], lambda *_: None) == rows
    assert (arm.asked, rows[0].fixed) == (1, True)
    arm.state = "2"
    bench(tmp_path, arm).run([case], lambda *_: None)
    assert arm.asked == 2
    assert (case.folder / "src/lib.rs").read_text().count("let out = Vec") == 1  # the case itself is left as it was


@pytest.mark.parametrize("which", ["none", "auto"])
def test_cargo_fix_mends_what_the_compiler_is_sure_of(tmp_path: Path, which: str) -> None:
    case = broken(tmp_path, "let mut out = Vec::new();", "let out = Vec::new();")
    arm = Rustfix(choose(which), tmp_path / "target-fix")
    assert bench(tmp_path, arm).run([case], lambda *_: None)[0].fixed


def test_cargo_fix_leaves_the_rest_broken(tmp_path: Path) -> None:
    case = broken(tmp_path, "impl<'t> Lines<'t> {", "impl Lines<'t> {")
    row = bench(tmp_path, Rustfix(Unconfined(), tmp_path / "target-fix")).run([case], lambda *_: None)[0]
    assert (row.fixed, row.why) == (False, "does not compile: E0261")


def test_a_folder_of_ones_own(tmp_path: Path) -> None:
    copy(SEEDS / "wrap", tmp_path / "mine" / "sound")
    case = broken(tmp_path, "let mut out = Vec::new();", "let out = Vec::new();")
    copy(case.folder, tmp_path / "mine" / "mut")
    cases = found(tmp_path / "mine", Unconfined(), tmp_path / "work" / "target")
    assert [(case.name, case.code) for case in cases] == [("mut", "E0596"), ("sound", "tests")]
    assert not (tmp_path / "mine" / "mut" / "Cargo.lock").exists()
    with pytest.raises(ConfigError, match=r"Cargo\.toml"):
        found(tmp_path / "work", Unconfined(), tmp_path / "work" / "target")
    with pytest.raises(ConfigError, match="no folder"):
        found(tmp_path / "nowhere", Unconfined(), tmp_path / "work" / "target")


def crate(folder: Path, body: str, more: str = "", **files: str) -> None:
    """A package, with more in its manifest and beside its library."""
    manifest = f'[package]\nname = "{folder.name}"\nversion = "0.1.0"\nedition = "2021"\n{more}'
    for path, text in {"Cargo.toml": manifest, "src/lib.rs": body, **files}.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)


def test_what_is_no_broken_crate_is_left_out_with_its_reason_and_the_rest_is_measured(tmp_path: Path) -> None:
    mine = tmp_path / "mine"
    crate(mine / "broken", "pub fn f() -> u32 { let n = 1; n += 1; n }\n#[test] fn two() { assert_eq!(f(), 2); }\n")
    crate(mine / "unfetched", "", '[dependencies]\nno-such-crate-of-ours = "1"\n')
    crate(mine / "whole", "pub fn one() -> u32 { 1 }\n#[test] fn is() { assert_eq!(one(), 1); }\n")
    (mine / "manifest").mkdir()
    (mine / "manifest/Cargo.toml").write_text("[package\n")
    (mine / "notes").mkdir()
    (mine / "README.md").write_text("not a folder")
    told: dict[str, str] = {}
    judge = Judge(Unconfined(), tmp_path / "work/judge")
    cases = found(mine, Unconfined(), tmp_path / "work/target", told.__setitem__)
    assert [(case.name, case.code) for case in cases] == [
        ("broken", "E0384"), ("manifest", "cargo::invalid-toml"), ("whole", "tests"),
    ]  # fmt: skip
    assert [case.name for case in cases if sound(case, judge, tmp_path / "work")] == ["whole"]
    assert "Cargo.toml" in told["notes"]
    assert f"--manifest-path {mine}/unfetched/Cargo.toml" in told["unfetched"] and len(told) == 2


def test_a_package_that_its_workspace_does_not_list_is_a_case_and_its_tests_have_to_run(tmp_path: Path) -> None:
    mine = tmp_path / "mine"
    stray = {"stray/Cargo.toml": '[package]\nname = "stray"\n', "stray/src/lib.rs": ""}
    lone = {"lone/Cargo.toml": '[package]\nname = "lone"\n', "lone/src/lib.rs": "#[test] fn it() {}\n"}
    crate(mine / "shop", "", "[workspace]\n", **stray, **lone)
    judge = Judge(Unconfined(), tmp_path / "work/judge")
    (case,) = found(mine, Unconfined(), tmp_path / "work/target")
    assert (case.code, case.asked) == ("cargo::outside-workspace", "lone")
    assert judge.judge(mine / "shop", mine / "shop", case.asked).why == "does not compile: cargo::outside-workspace"
    (mine / "shop/Cargo.toml").write_text((mine / "shop/Cargo.toml").read_text() + 'members = ["lone"]\n')
    assert judge.judge(mine / "shop", mine / "shop", case.asked).why == "1 tests pass"


def test_a_crate_is_measured_with_what_it_leans_on_and_a_refusal_is_one_row(tmp_path: Path) -> None:
    mine = tmp_path / "mine"
    crate(mine / "below", "pub fn one() -> u32 { 1 }\n")
    crate(
        mine / "above",
        "pub fn f() -> u32 { let n = 1; n += below::one(); n }\n",
        '[dependencies]\nbelow = { path = "../below" }\n',
    )
    crate(mine / "elsewhere", "pub fn f() {}\n", **{"rust-toolchain.toml": '[toolchain]\nchannel = "1.0.0"\n'})
    cases = [Case(name, "E0384", mine / name) for name in ("above", "elsewhere")]
    rows = bench(tmp_path / "work", Rustfix(choose("auto"), tmp_path / "work/target-fix")).run(cases, lambda *_: None)
    assert [row.fixed for row in rows] == [True, False] and "1.0.0" in rows[1].why


def test_a_broken_member_of_a_workspace_is_mended_and_only_its_tests_are_put_back(tmp_path: Path) -> None:
    mine = tmp_path / "mine/ws"
    crate(mine, "pub fn root() {}\n", '[workspace]\nmembers = ["inner"]\n')
    test = "#[test] fn two() { assert_eq!(inner::f(), 2); }\n"
    crate(mine / "inner", "pub fn f() -> u32 { let n = 1; n += 1; n }\n", **{"tests/it.rs": test})
    (case,) = found(tmp_path / "mine", Unconfined(), tmp_path / "work/target")
    assert case.code == "E0384"

    class Mends:
        name, state = "rusta", "1"

        def repair(self, crate: Path, seconds: float) -> Outcome:
            source = crate / "inner/src/lib.rs"
            source.write_text(source.read_text().replace("let n", "let mut n"))
            (crate / "inner/tests/it.rs").write_text("#[test] fn two() {}\n")
            return Outcome()

    (row,) = bench(tmp_path / "work", Mends()).run([case], lambda *_: None)
    assert row.fixed and row.why == "1 tests pass"
    assert (tmp_path / "work/rusta/ws/inner/tests/it.rs").read_text() == test


def test_figures_are_counts_beside_their_shares() -> None:
    def row(crate: str, arm: str, fixed: bool, steps: int) -> Row:
        return Row(crate, crate, "E0382", arm, "1", fixed, "", 2.0, steps, 2, 1, "")

    rows = [
        row("a", "rusta", True, 3),
        row("b", "rusta", True, 5),
        row("a", "rustfix", True, 1),
        row("b", "rustfix", False, 1),
    ]
    said = figures(rows)
    assert (said["fixed"], said["fixed_rustfix"], said["fixed_model_alone"], said["n"]) == (2, 1, None, 2)
    assert (said["fixed_share"], said["wellformed"], said["steps_median"]) == (1.0, 0.5, 4)
    json.dumps(said)
    assert "ownership" in table(rows)


def test_rows_survive_the_way_to_disk(tmp_path: Path) -> None:
    row = Row("a", "d", "E0382", "alone", "1", False, "„nein“", 1.5, 2, 1, 1, "```rust\nx\n```")
    (tmp_path / "rows").write_text(json.dumps(asdict(row)) + "\n")
    assert read(tmp_path / "rows") == [row]


def test_a_few_crates_are_broken_as_they_were_meant_to_be(tmp_path: Path) -> None:
    few = generate(tmp_path, n=2, seed=3)
    assert few == generate(tmp_path, n=2, seed=3)  # from what cargo is known to have said
    for one in few:
        assert one.code in OPERATORS[one.mistake].intends
        assert (one.write(tmp_path / one.name) / one.path).read_text() == one.text


@pytest.mark.long
def test_the_set_is_as_varied_as_it_must_be(tmp_path: Path, times: Callable[[int, int], int]) -> None:
    n = times(8, 72)
    crates = generate(tmp_path, n)
    codes = Counter(one.code for one in crates)
    assert len(crates) == n and len(codes) >= min(20, n - 3)
    assert sum(one.family in HARD for one in crates) >= n / 3
    assert max(codes.values()) <= max(2, 0.2 * n)
    assert len({one.text for one in crates}) == len({one.name for one in crates}) == n


@pytest.mark.long
def test_seeds_compile_without_a_warning_and_pass_their_tests(tmp_path: Path, times: Callable[[int, int], int]) -> None:
    for seed in sorted(path for path in SEEDS.iterdir() if path.is_dir())[: times(2, 100)]:
        crate = copy(seed, tmp_path / seed.name)
        assert not Cargo(crate, Unconfined(), tmp_path / "target").check(all_targets=True).diagnostics, seed.name
        assert Judge(Unconfined(), tmp_path / "target").judge(crate, seed).fixed, seed.name
