"""Nobody mends a crate by mending its tests. Real cargo; the seed's own code."""

from pathlib import Path

import pytest

from rusta.data.mutation.generate import SEEDS, copy
from rusta.data.mutation.judge import Judge, count_tests, restore_tests, with_tests_of
from rusta.tools.sandbox.none import Unconfined

MAIN = "src/lib.rs"


@pytest.fixture
def crate(tmp_path: Path) -> Path:
    return copy(SEEDS / "wrap", tmp_path / "crate")


@pytest.fixture
def judge(tmp_path: Path) -> Judge:
    return Judge(Unconfined(), tmp_path / "target", seconds=120)


def change(crate: Path, old: str, new: str) -> None:
    text = (crate / MAIN).read_text()
    assert old in text
    (crate / MAIN).write_text(text.replace(old, new))


def test_a_sound_crate_passes(crate: Path, judge: Judge) -> None:
    assert judge.judge(crate, SEEDS / "wrap").why == "3 tests pass"


def test_what_fails_its_tests_is_not_fixed(crate: Path, judge: Judge) -> None:
    change(crate, "free / 2", "free / 3")  # no test looks at this
    change(crate, "found.len() >= word.len()", "found.len() > word.len()")
    said = judge.judge(crate, SEEDS / "wrap")
    assert not said.fixed
    assert said.why.startswith("fails") and "a_word_outlives_the_stop_list" in said.why


def test_tests_that_were_taken_away_come_back_and_judge(crate: Path, judge: Judge) -> None:
    text = (crate / MAIN).read_text()
    (crate / MAIN).write_text(text[: text.index("#[cfg(test)]")].replace("self.others }", "self.first }"))
    said = judge.judge(crate, SEEDS / "wrap")
    assert not said.fixed
    assert "styles_apply" in said.why


def test_tests_that_were_edited_are_what_they_were(crate: Path) -> None:
    change(crate, 'assert_eq!(word, Some("quick"));', "let _ = word;")
    restore_tests(crate, SEEDS / "wrap")
    assert (crate / MAIN).read_bytes() == (SEEDS / "wrap" / MAIN).read_bytes()


def test_a_test_module_that_was_switched_off_is_switched_on(crate: Path) -> None:
    change(crate, "#[cfg(test)]\nmod tests", "#[cfg(any())]\nmod tests")
    restore_tests(crate, SEEDS / "wrap")
    assert (crate / MAIN).read_bytes() == (SEEDS / "wrap" / MAIN).read_bytes()


def test_a_crate_that_hides_itself_has_not_run_its_tests(crate: Path, judge: Judge) -> None:
    change(crate, "//! Breaks text", "#![cfg(any())]\n//! Breaks text")
    said = judge.judge(crate, SEEDS / "wrap")
    assert not said.fixed
    assert "did not run" in said.why


def test_what_does_not_compile_says_its_code(crate: Path, judge: Judge) -> None:
    change(crate, "let mut out = Vec::new();", "let out = Vec::new();")
    assert judge.judge(crate, SEEDS / "wrap").why == "does not compile: E0596"


def test_tests_that_never_end_are_stopped(crate: Path, tmp_path: Path) -> None:
    change(crate, "self.rest = rest.trim_start();", "")
    said = Judge(Unconfined(), tmp_path / "target", seconds=15).judge(crate, SEEDS / "wrap")
    assert not said.fixed
    assert "stopped" in said.why


def test_files_of_tests_are_put_back(tmp_path: Path) -> None:
    there = copy(SEEDS / "ledger", tmp_path / "ledger")
    (there / "tests/bank.rs").unlink()
    restore_tests(there, SEEDS / "ledger")
    assert count_tests(there) == count_tests(SEEDS / "ledger")


def test_tests_come_back_into_source_that_is_no_rust() -> None:
    pristine = (SEEDS / "wrap" / MAIN).read_bytes()
    tests = pristine[pristine.index(b"#[cfg(test)]") :].strip()
    assert with_tests_of(b"Sorry, I cannot {{ help", pristine).strip().endswith(tests)


def test_a_test_behind_a_feature_is_run_with_the_feature(tmp_path: Path) -> None:
    crate = tmp_path / "two"
    (crate / "src").mkdir(parents=True)
    (crate / "Cargo.toml").write_text('[package]\nname = "two"\nedition = "2021"\n[features]\nloud = []\n')
    gated = '#[cfg(feature = "loud")]\n#[test]\nfn loud() {}\n'
    (crate / "src/lib.rs").write_text(f"#[test]\nfn quiet() {{}}\n\n{gated}")
    judge = Judge(Unconfined(), tmp_path / "target")
    assert judge.judge(crate, crate).why == "2 tests pass"
