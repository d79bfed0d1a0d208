"""What Miri says, read; and what is said where it is not."""

import shutil
from pathlib import Path

import pytest

from rusta.tools.cargo import Cargo
from rusta.tools.diagnostics import Level
from rusta.tools.libtest import Outcome
from rusta.tools.miri import NoMiri, parse
from rusta.tools.preflight import HANDS, probe_program
from rusta.tools.present import present
from rusta.tools.sandbox.none import Unconfined

# In the format of Miri's own expected outputs (rust-lang/miri, tests/fail), of a test in a crate of ours.
RECORDED = """\
   Compiling pool v0.1.0 (/ws)
    Finished `test` profile [unoptimized + debuginfo] target(s) in 0.31s
     Running unittests src/lib.rs (target/miri/x86_64-unknown-linux-gnu/debug/deps/pool-0c5d1b6d0f0f1a2b)
error: Undefined Behavior: memory access failed: alloc1207 has been freed, so this pointer is dangling
  --> src/lib.rs:12:22
   |
12 |     let x = unsafe { *p };
   |                      ^^ memory access failed: alloc1207 has been freed, so this pointer is dangling
   |
   = help: this indicates a bug in the program: it performed an invalid operation, and caused Undefined Behavior
   = help: see https://doc.rust-lang.org/nightly/reference/behavior-considered-undefined.html for further information
help: alloc1207 was allocated here:
  --> src/lib.rs:9:17
   |
9  |         let b = Box::new(42);
   |                 ^^^^^^^^^^^^
help: alloc1207 was deallocated here:
  --> src/lib.rs:11:5
   |
11 |     };
   |     ^
   = note: BACKTRACE (of the first span):
   = note: inside `tests::dangles` at src/lib.rs:12:22: 12:24

note: some details are omitted, run with `MIRIFLAGS=-Zmiri-backtrace=full` for a verbose backtrace

error: aborting due to 1 previous error; 1 warning emitted

error: test failed, to rerun pass `--lib`

Caused by:
  process didn't exit successfully: `cargo-miri runner target/miri/debug/deps/pool-0c5d` (exit status: 1)
"""


def test_undefined_behaviour_is_a_diagnostic_with_its_place_and_what_led_there() -> None:
    (found,) = parse(RECORDED.encode(), Path("/ws"))
    assert (found.level, found.code) == (Level.error, "Undefined Behavior")
    assert found.message.startswith("Undefined Behavior: memory access failed")
    assert found.primary and (found.primary.path, found.primary.line, found.primary.column) == ("src/lib.rs", 12, 22)
    assert found.primary.text == ("    let x = unsafe { *p };",)
    where = {
        child.message: [(span.line, span.column) for span in child.spans] for child in found.children if child.spans
    }
    assert where == {"alloc1207 was allocated here:": [(9, 17)], "alloc1207 was deallocated here:": [(11, 5)]}
    assert "inside `tests::dangles`" in found.rendered and "Compiling" not in found.rendered


@pytest.mark.parametrize(
    ("title", "code"),
    [
        (
            "error: unsupported operation: can't call foreign function `getrandom` on OS `linux`",
            "unsupported operation",
        ),
        ("error: memory leaked: alloc1 (Rust heap, size: 4, align: 4), allocated here:", "memory leaked"),
        ("error: the evaluated program deadlocked", None),
        ("error: Undefined Behavior: Data race detected between (1) a write and (2) a read", "Undefined Behavior"),
    ],
)
def test_every_kind_of_end_is_told(title: str, code: str | None) -> None:
    (found,) = parse(f"{title}\n  --> src/lib.rs:1:1\n   |\n1  | x\n   | ^\n".encode(), Path("/ws"))
    assert (found.code, found.place) == (code, "src/lib.rs:1:1")


def test_what_is_no_complaint_is_no_diagnostic() -> None:
    assert (
        parse(
            b"running 1 test\ntest a ... ok\n\n\xff\n   Compiling a v0.1.0\nerror: test failed, to rerun pass\n",
            Path("/ws"),
        )
        == ()
    )


def test_without_miri_there_is_the_command_that_installs_it(crate, hands) -> None:
    if probe_program(next(hand for hand in HANDS if hand.name == "miri"), 30).works:
        pytest.skip("Miri is here")
    with pytest.raises(NoMiri, match=r"rustup \+nightly component add miri rust-src"):
        hands(crate(lib="")).miri()


CARGO = """#!/bin/sh
case "$*" in
  "+nightly miri --version") echo "miri 0.1.0" ;;
  "miri setup") mkdir -p "$MIRI_SYSROOT/lib" ;;
  "miri test --tests --no-fail-fast --frozen --message-format=json -- dangles")
    [ -d "$MIRI_SYSROOT/lib" ] && echo "running 1 test" && printf 'test tests::dangles ... ' &&
      cat "$(dirname "$0")/recorded" >&2; exit 1 ;;
  *) echo "unexpected: $*" >&2; exit 3 ;;
esac
"""


def test_what_it_says_of_a_test_becomes_a_report(crate, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, text in (
        ("cargo", CARGO),
        ("rustup", '#!/bin/sh\necho "$(dirname "$0")/cargo"\n'),
        ("recorded", RECORDED),
    ):
        program = tmp_path / "bin" / name
        program.parent.mkdir(exist_ok=True)
        program.write_text(text)
        program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:/usr/bin:/bin")
    monkeypatch.setenv("RUSTUP_TOOLCHAIN", "theirs")  # one by its path is the owner's to choose
    report = Cargo(crate(lib=""), Unconfined(), tmp_path / "target").miri("dangles")
    assert not report.ok and [one.code for one in report.errors] == ["Undefined Behavior"]
    assert [(test.name, test.outcome) for test in report.failures] == [("tests::dangles", Outcome.unfinished)]
    text = present(report)
    assert text.startswith("cargo miri test: 1 error, 1 unfinished.") and "alloc1207 was allocated here" in text


def test_the_real_one_sees_a_dangling_pointer(crate, hands) -> None:
    found = probe_program(next(hand for hand in HANDS if hand.name == "miri"), 30)
    if not found.works or not shutil.which("cargo"):
        pytest.skip(f"miri: {found.said}")
    dangles = "#[test]\nfn dangles() {\n    let p = { let b = Box::new(42); &*b as *const i32 };\n    assert_eq!(unsafe { *p }, 42);\n}\n"
    report = hands(crate(lib=dangles)).miri()
    assert not report.ok and "Undefined Behavior" in present(report)
