"""How a workspace is, in sentences from cargo's reports: what is not known, and what no code can mend, is said as such."""

from dataclasses import replace
from pathlib import Path

import pytest

from rusta.loop import events as happened
from rusta.loop.refine.standing_account import builds, of_machine, standing
from rusta.loop.requests import STANDING
from rusta.tools.cargo import CargoReport
from rusta.tools.cargo_faults import from_stderr
from rusta.tools.diagnostics import BuildTarget, Diagnostic, Level
from rusta.tools.libtest import Outcome, Test
from rusta.tools.sandbox import Stopped
from tests.loop.crate import NO_MUT, crate, only, work

FINE = CargoReport("cargo check", True)
TESTS = CargoReport("cargo test", True, tests=(Test("a", Outcome.passed), Test("b", Outcome.ignored)))
ALSA = (
    "error: failed to run custom build command for `alsa-sys v0.5.0`\n\nCaused by:\n  process didn't exit successfully: `b` "
    "(exit status: 101)\n  --- stderr\n\n  thread 'main' panicked at build.rs:9:5:\n  \n  pkg-config exited with status code 1\n"
    "  The system library `alsa` required by crate `alsa-sys` was not found.\n"
)
NEWER = (
    "error: rustc 1.95.0 is not supported by the following packages:\n  grep@0.4.1 requires rustc 1.96\n"
    "  grep@0.4.1 requires rustc 1.96\n  grep-cli@0.1.12 requires rustc 1.96\n"
)


def failed(said: str, folder: Path) -> CargoReport:
    return CargoReport("cargo check", False, tuple(from_stderr(said, folder, folder, errors=False)))


def test_three_answers_to_each_question() -> None:
    assert standing(FINE, TESTS) == "It builds. Its tests pass: 1 passed, 1 ignored."
    stopped = replace(FINE, ok=False, stopped=Stopped.time, seconds=120.2)
    assert builds(stopped) is None and standing(stopped).startswith(
        "I do not know whether it builds: cargo was stopped after 120 s"
    )
    hung = replace(TESTS, ok=False, stopped=Stopped.time, seconds=60)
    assert "I do not know whether its tests pass" in standing(FINE, hung)
    red = replace(TESTS, ok=False, tests=(*TESTS.tests, Test("c::d", Outcome.failed)))
    assert standing(FINE, red).endswith("1 passed, 1 failed, 1 ignored. Failing: `c::d`.")
    assert standing(FINE, replace(TESTS, tests=())).endswith("It has no tests.")
    assert standing(FINE, None, "you said no").endswith("I did not run its tests: you said no.")


def test_what_this_machine_lacks_is_named_once_and_is_no_fault_of_the_code(tmp_path: Path) -> None:
    lacks, newer = failed(ALSA, tmp_path), failed(NEWER, tmp_path)
    assert of_machine(lacks.errors) and of_machine(newer.errors)
    assert standing(lacks).startswith(
        "It does not build here: `alsa-sys` needs the C library `alsa`, which is not installed"
    )
    assert "`grep`, `grep-cli` need rustc 1.96, and this is rustc 1.95.0. A newer toolchain" in standing(newer)


def test_a_benchmark_that_does_not_compile_is_told_beside_a_crate_that_builds() -> None:
    error = Diagnostic(Level.error, "E0433", "cannot find `old`", (), (), "", (), "pool", BuildTarget("bench", "speed"))
    said = standing(replace(FINE, ok=False, diagnostics=(error,)), TESTS)
    assert said.startswith("It builds. Beside that, the benchmark `speed` does not compile: E0433")
    library = replace(error, target=BuildTarget("lib", "pool"))
    assert standing(replace(FINE, ok=False, diagnostics=(library,))).startswith(
        "It does not build: E0433: cannot find `old`"
    )


@pytest.mark.parametrize(
    "asked", ["Does it build, and do its tests pass?", "do all of the tests still pass?", "is this crate broken?"]
)
def test_a_question_for_how_it_is_has_nothing_else_in_it(asked: str) -> None:
    assert STANDING.fullmatch(asked)
    assert not STANDING.fullmatch(asked.rstrip("?") + " if I use Rc?")


def test_the_question_is_answered_from_runs_and_no_model_is_asked(tmp_path: Path) -> None:
    her = work(
        crate(tmp_path / "scores", NO_MUT.replace("let scores", "let mut scores")), tmp_path / "home", ["my own words"]
    )
    seen = list(her.turn("Does it build, and do its tests pass?"))
    assert [event.text for event in only(seen, happened.Said)] == ["It builds. Its tests pass: 1 passed."]
    assert seen[-1].clean and only(seen, happened.Looked)[-1].passed == 1


def test_what_one_member_lacks_keeps_no_other_from_being_mended(tmp_path: Path) -> None:
    place = crate(tmp_path / "scores", NO_MUT)
    (place / "Cargo.toml").write_text(f'{(place / "Cargo.toml").read_text()}\n[workspace]\nmembers = ["sound"]\n')
    (place / "sound/src").mkdir(parents=True)
    (place / "sound/Cargo.toml").write_text('[package]\nname = "sound"\nversion = "0.1.0"\nedition = "2021"\n')
    (place / "sound/src/lib.rs").write_text("")
    missing = "The system library `alsa` required by crate `sound` was not found."
    (place / "sound/build.rs").write_text(f'fn main() {{\n    panic!("{missing}");\n}}\n')
    seen = list(work(place, tmp_path / "home", ["said"]).turn("Fix the error, please."))
    assert any("the C library `alsa`" in event.text for event in only(seen, happened.Narrated))
    assert (
        only(seen, happened.Changed)[0].paths == ["src/lib.rs"]
        and "let mut scores" in (place / "src/lib.rs").read_text()
    )
    assert only(seen, happened.Tried)[-1].tests == "1 passed"
