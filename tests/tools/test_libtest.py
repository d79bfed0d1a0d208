"""What tests said, one by one: from events and from lines alike, the hung and the crashed among them."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rusta.core.errors import ConfigError
from rusta.tools.libtest import Outcome, from_events, from_text, suites
from rusta.tools.sandbox import Limits, Stopped

LIB = """
/// ```
/// assert_eq!(small::two(), 3);
/// ```
pub fn two() -> u8 { 2 }
#[cfg(test)]
mod inner {
    #[test]
    fn good() {}
    #[test]
    fn bad() { println!("said on the way"); assert_eq!(1, 2, "not equal"); }
    #[test]
    #[ignore = "slow"]
    fn left_out() {}
    #[test]
    #[should_panic(expected = "boo")]
    fn panics_otherwise() { panic!("other") }
}
"""
ENDS = {"inner::good": "passed", "inner::bad": "failed", "inner::left_out": "ignored", "inner::panics_otherwise": "failed",
        "outside": "passed", "src/lib.rs - two (line 2)": "failed"}  # fmt: skip


def test_every_test_is_told_with_its_end_its_binary_and_what_it_printed(crate, hands) -> None:
    report = hands(crate(lib=LIB, **{"tests/it.rs": '#[test]\nfn outside() { println!("{{\\"type\\":"); }\n'})).test()
    assert not report.ok and {test.name: test.outcome.value for test in report.tests} == ENDS
    named = {test.name: test for test in report.tests}
    assert "said on the way" in named["inner::bad"].output and "not equal" in named["inner::bad"].output
    assert "panic did not contain expected string" in named["inner::panics_otherwise"].output
    assert "left: 2" in named["src/lib.rs - two (line 2)"].output
    assert [named[name].suite for name in ENDS] == ["src/lib.rs"] * 4 + ["tests/it.rs", "doc small"]
    assert named["inner::good"].output == ""


def test_a_harness_of_the_crates_own_is_asked_for_nothing_it_may_not_know(crate, hands) -> None:
    own = 'fn main() { assert_eq!(std::env::args().count(), 1, "unknown option"); println!("test custom ... ok"); }\n'
    folder = crate(lib=LIB, manifest='[[test]]\nname = "own"\nharness = false\n', **{"tests/own.rs": own})
    report = hands(folder).test(docs=False)
    lines = {test.name: test.outcome.value for test in report.tests}
    assert lines.pop("custom") == "passed"
    assert lines == {name: end for name, end in ENDS.items() if name.startswith("inner")}
    assert "not equal" in next(test.output for test in report.failures if test.name == "inner::bad")


def test_where_events_cannot_be_had_the_lines_are_read(crate, hands) -> None:
    cargo = hands(crate(lib=LIB))
    cargo.__dict__["_host"] = (
        "ANOTHER_TARGET"  # as where `build.target` is not this machine's, and the runner is not asked
    )
    assert {test.name: test.outcome.value for test in cargo.test(docs=False).tests} == {
        name: end for name, end in ENDS.items() if name.startswith("inner")
    }


def test_a_filter_runs_what_it_names_and_cannot_be_an_option(crate, hands) -> None:
    cargo = hands(crate(lib=LIB))
    assert [test.name for test in cargo.test("good", docs=False).tests] == ["inner::good"]
    with pytest.raises(ConfigError, match="starts like an option"):
        cargo.test("--nocapture")


def test_a_test_that_never_ends_is_stopped_and_named(crate, hands) -> None:
    lib = "#[test]\nfn quick() {}\n#[test]\nfn forever() { loop { std::thread::sleep(std::time::Duration::from_secs(1)) } }\n"
    cargo = hands(crate(lib=lib))
    assert cargo.test("quick", docs=False).ok  # built, so that the limit is the test's
    cargo.limits = Limits(seconds=6)
    report = cargo.test()
    assert (report.ok, report.stopped) == (False, Stopped.time) and report.seconds < 30
    assert [test.name for test in report.failures] == ["forever"]
    assert report.failures[0].outcome == Outcome.unfinished


def test_a_test_that_takes_its_process_with_it_is_named(crate, hands) -> None:
    report = hands(crate(lib="#[test]\nfn aborts() { std::process::abort() }\n")).test()
    assert [(test.name, test.outcome) for test in report.failures] == [("aborts", Outcome.unfinished)]
    assert "SIGABRT" in report.output


@given(st.lists(st.one_of(st.text(max_size=40), st.sampled_from([
    '{ "type": "test", "event": "started", "name": "a" }', '{ "type": "test", "name": "a", "event": "ok" }',
    '{ "type": "suite", "event": "started", "test_count": 1 }', "running 1 test", "test a ... ok", "---- a stdout ----", "failures:",
    '{"type": 3}', '{"type": "test", "name": []}', "test b has been running for over 60 seconds",
])), max_size=12))  # fmt: skip
def test_no_output_breaks_the_reader(lines: list[str]) -> None:
    for read in (from_events, from_text):
        for test in read(lines, []):
            assert test.name and test.outcome in Outcome


def test_noise_in_front_of_an_event_does_not_hide_it() -> None:
    event = json.dumps({"type": "test", "event": "ok", "name": "a"})
    assert [test.outcome for test in from_events([f"no newline{event}"], [])] == [Outcome.passed]


def test_binaries_are_told_in_the_order_they_ran() -> None:
    said = (
        "   Compiling a v0.1.0\n     Running unittests src/lib.rs (target/debug/deps/a-1)\n"
        "     Running tests/it.rs (x/it-2)\n   Doc-tests a\n"
    )
    assert suites(said) == ["src/lib.rs", "tests/it.rs", "doc a"]
