"""What the model reads of a report: short, in order, and the same for the same."""

import subprocess
from pathlib import Path

import pytest

from rusta.tools.cargo import CargoReport
from rusta.tools.diagnostics import Diagnostic, Level, Span
from rusta.tools.libtest import Outcome, Test
from rusta.tools.present import present, shorten
from rusta.tools.sandbox import Stopped

# Small crates that do not compile, each as a person would break it.
BROKEN = {
    "borrow": 'pub fn push(v: &mut Vec<String>) {\n    let first = &v[0];\n    v.push(first.clone());\n    println!("{first}");\n}\n',
    "lifetime": "pub struct P<'a> { s: &'a str }\nimpl<'a> P<'a> {\n    pub fn longest(&self, o: &str) -> &'a str {\n"
    "        if o.len() > self.s.len() { o } else { self.s }\n    }\n}\n",
    "bounds": "use std::collections::HashMap;\n#[derive(Clone)]\npub struct K(f64);\npub fn m() -> HashMap<K, u8> {\n"
    "    let mut m = HashMap::new();\n    m.insert(K(1.0), 1);\n    m.insert(K(2.0), 2);\n    m\n}\n",
    "many": "".join(f"pub fn f{n}() -> u8 {{\n    let s: String = {n};\n    s\n}}\n" for n in range(12)),
    "warnings": "use std::fmt::Debug;\nuse std::io;\npub fn a() -> u8 {\n    let mut x = 1;\n    let y = 2;\n    true\n}\n",
    "trait": "pub trait Shape { fn area(&self) -> f64; fn name(&self) -> String; }\npub struct Sq(f64);\n"
    "impl Shape for Sq {\n    fn area(&self) -> u32 { self.0 * self.0 }\n}\n",
}


def bare(folder: Path, target: Path) -> str:
    """What cargo prints for people."""
    import os

    did = subprocess.run(
        ["cargo", "check", "--offline"], cwd=folder, capture_output=True, text=True,
        env={**os.environ, "CARGO_TARGET_DIR": str(target), "CARGO_TERM_COLOR": "never"},
    )  # fmt: skip
    return did.stdout + did.stderr


def test_it_is_shorter_than_what_cargo_prints_and_names_every_error_code(crate, hands, tmp_path: Path) -> None:
    ours = theirs = 0
    for name, lib in BROKEN.items():
        cargo = hands(crate(name, lib=lib))
        report = cargo.check()
        text = present(report)
        assert {one.code for one in report.errors if one.code} <= set(text.replace("[", " ").replace("]", " ").split())
        raw = bare(cargo.workspace, tmp_path / "bare")
        assert len(text) < len(raw), name
        ours, theirs = ours + len(text), theirs + len(raw)
    print(f"{ours} of {theirs} characters")
    assert ours < 0.7 * theirs


def test_two_runs_of_the_same_crate_read_the_same(crate, hands) -> None:
    test = "#[test] fn t() { assert_eq!(1, 2); }\n"
    folder = crate(lib="pub fn f() -> u8 { let x = 1; 2 }\n" + test)
    cargo = hands(folder)
    assert present(cargo.test()) == present(cargo.test())
    first, second = cargo.check(), cargo.check()
    assert present(first) == present(second)
    assert "0 fixed, 0 new, 1 the same" in present(second, first)


def one(code: str, level: Level = Level.error, path: str = "src/lib.rs", line: int = 1) -> Diagnostic:
    span = Span(path, line, line + 1, line, 1, line, 2, True, None, ("let x",))
    drawn = f"{level}[{code}]: words\n --> {path}:{line}:1\n  |\n{line} | let x\n  |     ^\n\n"
    return Diagnostic(level, code, "words", (span,), (), drawn, ())


def test_errors_are_drawn_first_ones_first_and_warnings_only_when_nothing_else_is_wrong() -> None:
    errors = [one(f"E000{n}", line=n) for n in range(1, 8)]
    warning = one("unused", Level.warning)
    text = present(CargoReport("cargo check", False, (warning, *errors)))
    assert text.startswith("cargo check: 7 errors, 1 warning.")
    assert [code for code in ("E0001", "E0002", "E0003", "E0004") if f"error[{code}]" in text] == [
        "E0001",
        "E0002",
        "E0003",
        "E0004",
    ]
    assert "error[E0005]" not in text and "warning[unused]" not in text
    assert "... and 4 more: E0005, E0006, E0007, unused." in text
    assert "warning[unused]: words" in present(CargoReport("cargo check", True, (warning,)))


def test_warnings_of_files_that_nobody_touched_are_only_counted() -> None:
    there, here = one("unused", Level.warning, "src/far.rs"), one("dead_code", Level.warning, "src/near.rs")
    text = present(CargoReport("cargo check", True, (there, here)), touched={"src/near.rs"})
    assert "dead_code" in text and "unused" not in text and "1 warning in files you have not touched" in text
    assert "E0308" in present(CargoReport("cargo check", False, (one("E0308", path="src/far.rs"),)), touched=set())


def test_a_change_is_told_with_what_is_fixed_and_what_was_not_reached() -> None:
    before = CargoReport("cargo check", False, (one("E0308", line=1), one("E0382", line=2)))
    broken = one("E0432", line=3)
    text = present(CargoReport("cargo check", False, (broken,)), before)
    assert "0 fixed, 1 new, 0 the same" in text and "Not reached this time, so not known to be fixed: E0308" in text
    text = present(CargoReport("cargo check", False, (one("E0308", line=9),)), before)
    assert "1 fixed, 0 new, 1 the same" not in text  # E0382 may only be hidden behind E0308
    text = present(CargoReport("cargo check", True), before)
    assert "2 fixed, 0 new, 0 the same" in text and "Fixed: E0308 words (src/lib.rs); E0382 words" in text


def test_failing_tests_show_what_they_printed_without_what_changes_from_run_to_run() -> None:
    said = "thread 't' (1234) panicked at src/lib.rs:3:5:\nleft: 1\nnote: run with `RUST_BACKTRACE=1` environment variable\n"
    tests = (Test("a::ok", Outcome.passed), Test("a::bad", Outcome.failed, said), Test("a::hung", Outcome.unfinished))
    text = present(CargoReport("cargo test", False, tests=tests, stopped=Stopped.time, seconds=120.2))
    assert text.startswith("cargo test: 1 passed, 1 failed, 1 unfinished.")
    assert "Stopped after 120 s, its limit" in text and "a::hung started and never came back" in text
    assert "left: 1" in text and "1234" not in text and "BACKTRACE" not in text and "a::ok" not in text


def test_long_output_keeps_head_and_tail_and_a_terminal_has_nothing_to_obey() -> None:
    text = shorten("\n".join(f"line {n}" for n in range(1000)), 10)
    assert text.splitlines()[0] == "line 0" and text.splitlines()[-1] == "line 999" and len(text.splitlines()) == 10
    assert "... 991 lines ..." in text
    assert shorten("\x1b[31mred\x1b[0m\x1b]0;title\x07\x00\x9b31m" + "x" * 500, 3).startswith("red")
    assert len(shorten("y" * 10_000, 3)) < 300


@pytest.mark.parametrize("size", [0, 1, 39, 40, 41, 100_000])
def test_no_report_is_long(size: int) -> None:
    output = "\n".join("a line of some length that goes on" for _ in range(size))
    diagnostics = tuple(one(f"E{n:04}", line=n) for n in range(1, size % 1000 + 1))
    assert len(present(CargoReport("cargo run", False, diagnostics, output=output))) < 12_000
