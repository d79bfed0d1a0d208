"""Finding one's way through a language server, and out of one that is no use."""

import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rusta.core.errors import RustaError
from rusta.tools.analyzer import Analyzer, NoAnalyzer, SourceLocation
from rusta.tools.jsonrpc import Lost, RequestRefused, Slow
from rusta.tools.positions import Encoding, from_server, split_lines, to_server, units
from rusta.tools.preflight import HANDS, probe_program
from rusta.tools.sandbox import NoSandbox, choose
from rusta.tools.sandbox.none import Unconfined

SERVER = str(Path(__file__).with_name("language_server.py"))
LIB = "mod größe;\npub struct Crab;\n/* 🦀🦀 */ pub fn pinch(c: Crab) -> Crab { c }\npub fn twice(c: Crab) -> Crab { pinch(pinch(c)) }\n"
OTHER = 'use crate::pinch;\r\npub fn third() { let _ä = "🦀"; let _ = pinch(crate::Crab); }\r\n'
Start = Callable[..., Analyzer]


@pytest.fixture
def start(crate, tmp_path: Path) -> Start:
    """An analyzer on a small crate, with the server of these tests behind it."""
    if not shutil.which("cargo"):
        pytest.skip("there is no cargo here")
    folder = crate("with space", lib=LIB, **{"src/größe.rs": OTHER})

    def make(*words: str, **more: float) -> Analyzer:
        more = {"seconds": 20, "patience": 20, **more}
        return Analyzer(folder, Unconfined(), tmp_path / "target", (sys.executable, SERVER, *words), **more)

    return make


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8"])
def test_things_are_found_where_they_are_whatever_the_server_counts(encoding: str, start: Start) -> None:
    with start("--encoding", encoding) as analyzer:
        pinch = SourceLocation("src/lib.rs", 3, 17, "/* 🦀🦀 */ pub fn pinch(c: Crab) -> Crab { c }")
        there = OTHER.split("\r\n")[1].index("pinch") + 1
        assert analyzer.definition("src/lib.rs", 4, 33) == [pinch]
        assert analyzer.definition("src/größe.rs", 2, there + 2) == [pinch]
        used = [(place.path, place.line, place.column) for place in analyzer.references("src/lib.rs", 3, 17)]
        assert used == [
            ("src/größe.rs", 1, 12),
            ("src/größe.rs", 2, there),
            ("src/lib.rs", 4, 33),
            ("src/lib.rs", 4, 39),
        ]
        assert analyzer.hover("src/lib.rs", 3, 18) == "```rust\npinch\n```"
        assert analyzer.hover("src/lib.rs", 1, 4) == "" and analyzer.definition("src/lib.rs", 3, 1) == []


def test_items_of_a_file_and_of_the_workspace(start: Start) -> None:
    with start() as analyzer:
        found = [(one.name, one.kind, one.place.line, one.within) for one in analyzer.symbols("src/lib.rs")]
        assert found == [("größe", "module", 1, ""), ("Crab", "struct", 2, "größe"), ("pinch", "function", 3, "größe"),
                         ("twice", "function", 4, "größe")]  # fmt: skip
        assert [(one.name, one.place.path) for one in analyzer.find("thi")] == [("third", "src/größe.rs")]
        assert analyzer.find("no such thing") == []


def test_what_changed_on_disk_is_told_before_it_is_asked_about(start: Start) -> None:
    with start() as analyzer:
        assert analyzer.definition("src/lib.rs", 4, 33)[0].line == 3
        lib = analyzer.workspace / "src/lib.rs"
        lib.write_text("// one\n// two\n" + LIB)
        assert analyzer.definition("src/lib.rs", 6, 33)[0].line == 5
        assert analyzer.definition("src/lib.rs", 6, 39)[0].line == 5  # and not told again
        lib.write_text("// one\n" + LIB)
        there = OTHER.split("\r\n")[1].index("pinch") + 1
        assert analyzer.definition("src/größe.rs", 2, there)[0].line == 4  # the other file is told of, too


@pytest.mark.parametrize("fault", ["busy", "chatty"])
def test_a_server_that_is_busy_or_talks_meanwhile_is_understood(fault: str, start: Start) -> None:
    with start("--fault", fault) as analyzer:
        assert [place.line for place in analyzer.definition("src/lib.rs", 4, 33)] == [3]


@pytest.mark.parametrize(
    ("fault", "kind", "words"),
    [
        ("dies", Lost, r"is lost: it ended \(thread 'main' panicked.*no such file\)"),
        ("garbage", Lost, "it printed .*Segmentation fault"),
        ("short", Lost, "in the middle of a message"),
        ("huge", Lost, "without a length that can be true"),
        ("no-json", Lost, "no JSON"),
        ("mute", Slow, r"did not answer textDocument/definition in 0\.5 s"),
        ("refuses", RequestRefused, "internal error"),
    ],
)
def test_a_server_that_is_no_use_costs_a_sentence_and_no_time(
    fault: str, kind: type[RustaError], words: str, start: Start
) -> None:
    with start("--fault", fault, seconds=0.5 if fault == "mute" else 20) as analyzer:
        began = time.monotonic()
        with pytest.raises(kind, match=words):
            analyzer.definition("src/lib.rs", 4, 33)
        if kind is Lost:  # and it stays so
            with pytest.raises(Lost):
                analyzer.hover("src/lib.rs", 4, 33)
        assert time.monotonic() - began < 15
        process = analyzer._peer.running.process
    assert process.returncode is not None


def test_a_workspace_that_is_never_read_is_not_waited_for_without_end(start: Start) -> None:
    with pytest.raises(Slow, match="has not read"):
        start("--fault", "never-ready", patience=4).__enter__()


def test_a_server_that_will_not_leave_is_ended(start: Start) -> None:
    began = time.monotonic()
    with start("--fault", "stubborn") as analyzer:
        process = analyzer._peer.running.process
    assert process.returncode is not None and time.monotonic() - began < 20


def test_without_one_there_is_the_command_that_installs_it(start: Start) -> None:
    with pytest.raises(NoAnalyzer, match=r"only rustup's proxy.*rustup component add rust-analyzer"):
        start("--fault", "proxy").__enter__()
    missing = start()
    missing.command = ("no-such-server",)
    with pytest.raises(NoAnalyzer, match="no-such-server is not here"):
        missing.__enter__()


def test_what_is_asked_about_has_to_be_there(start: Start) -> None:
    with start() as analyzer:
        with pytest.raises(RustaError, match=r"gone\.rs cannot be read"):
            analyzer.definition("gone.rs", 1, 1)
        with pytest.raises(RustaError, match="has 5 lines, and I was asked about line 9"):
            analyzer.definition("src/lib.rs", 9, 1)


def test_outside_of_a_sandbox_nothing_of_the_crates_own_runs(start: Start) -> None:
    with start() as analyzer:
        assert analyzer._settings["procMacro"] == {"enable": False}
        assert analyzer._settings["cargo"] == {"buildScripts": {"enable": False}}
        process = Path(f"/proc/{analyzer._peer.running.process.pid}/environ").read_bytes().split(b"\0")
        assert b"RUSTC_WRAPPER=" in process and any(word.startswith(b"RUSTC=/") for word in process)


def test_it_speaks_through_a_sandbox(start: Start, tmp_path: Path) -> None:
    try:
        sandbox = choose("auto")
    except NoSandbox as refusal:
        pytest.skip(str(refusal))
    outside = start()
    shutil.copy(SERVER, outside.workspace / "server.py")  # tests are no part of what a sandbox shows
    python = shutil.which("python3", path="/usr/bin:/usr/local/bin")
    if python is None or subprocess.run([python, "-c", "import sys; sys.exit(sys.version_info < (3, 10))"]).returncode:
        pytest.skip("no python of the system's own")
    inside = Analyzer(outside.workspace, sandbox, tmp_path / "target", (python, str(outside.workspace / "server.py")))
    with inside as analyzer:
        assert [place.line for place in analyzer.definition("src/lib.rs", 4, 33)] == [3]
        assert "procMacro" not in analyzer._settings


def test_the_real_one_finds_a_definition(crate, tmp_path: Path) -> None:
    hand = next(hand for hand in HANDS if hand.name == "rust-analyzer")
    found = probe_program(hand)
    if not found.works:
        pytest.skip(f"rust-analyzer: {found.said}")
    folder = crate(lib=LIB.replace("mod größe;\n", ""))
    subprocess.run(["cargo", "generate-lockfile", "--offline"], cwd=folder, check=True, capture_output=True)
    with Analyzer(folder, Unconfined(), tmp_path / "target") as analyzer:
        assert [(place.path, place.line) for place in analyzer.definition("src/lib.rs", 3, 33)] == [("src/lib.rs", 2)]
        assert "pinch" in analyzer.hover("src/lib.rs", 3, 33)


TEXT = st.text(
    st.characters(exclude_characters="\n", exclude_categories=["Cs"]) | st.sampled_from("🦀ä\r"), max_size=20
)


@given(TEXT, st.integers(1, 25), st.sampled_from(list(Encoding)))
def test_a_column_comes_back_as_it_went(line: str, column: int, encoding: Encoding) -> None:
    there = to_server(line, column, encoding)
    assert from_server(line, there, encoding) == min(column, len(line) + 1)
    assert 0 <= there <= units(line, encoding)


@given(TEXT, st.integers(0, 90), st.sampled_from(list(Encoding)))
def test_any_number_of_a_servers_is_a_column_of_the_line(line: str, character: int, encoding: Encoding) -> None:
    column = from_server(line, character, encoding)
    assert 1 <= column <= len(line) + 1
    assert to_server(line, column, encoding) <= min(character, units(line, encoding))


def test_a_crab_is_one_character_two_units_and_four_bytes() -> None:
    assert [to_server("🦀x", 2, encoding) for encoding in Encoding] == [4, 2, 1]
    assert [from_server("🦀x", 1, encoding) for encoding in Encoding] == [1, 1, 2]  # within the crab is the crab
    assert split_lines("a\r\nb\n") == ["a", "b", ""]
