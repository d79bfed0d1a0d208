"""Rust in Markdown is found, shown and judged as rustdoc would: by the real compiler."""

import shutil
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rusta.loop.gates.verified_code_blocks import check_blocks
from rusta.tools.blocks import Block, compile_block, rust_blocks, shown
from rusta.tools.sandbox import Limits, Ran, SandboxCommand, Stopped

needs_rustc = pytest.mark.skipif(not shutil.which("rustc"), reason="rustc is not here")

MOVED = 'let a = String::new();\nlet b = a;\nprintln!("{a}{b}");'
LINE = st.sampled_from(
    ["let x = 1;", "", "# let hidden = 2;", "#", "#[derive(Debug)]", "    # deep", "#![allow(unused)]", "~~~"]
)


def fenced(source: str, info: str = "rust") -> str:
    return f"```{info}\n{source}\n```"


@given(
    st.lists(st.tuples(st.sampled_from(["rust", "rust,E0382", "rust,E0277,E0308", "text", "", "rustfmt"]), st.lists(LINE).map("\n".join)))
)  # fmt: skip
def test_every_rust_block_is_found_in_order_with_what_it_promises(written: list[tuple[str, str]]) -> None:
    text = "\n\nprose\n\n".join(fenced(source, info) for info, source in written)
    expected = [(source, set(info.split(",")[1:])) for info, source in written if info.split(",")[0] == "rust"]
    assert [(block.source, block.promises) for block in rust_blocks(text)] == expected
    lines = text.split("\n")
    assert all(lines[block.line - 1].startswith("```rust") for block in rust_blocks(text))


def test_a_block_in_a_list_loses_its_indentation_and_no_more() -> None:
    (block,) = rust_blocks("1. see\n   ```rust\n   fn f() {\n       g()\n   }\n   ```\n")
    assert block.source == "fn f() {\n    g()\n}"


def test_an_unclosed_block_is_none() -> None:
    assert rust_blocks("```rust\nlet x = 1;\n") == []


@given(st.lists(LINE))
def test_what_is_shown_is_the_text_without_hidden_lines_and_the_rest_untouched(lines: list[str]) -> None:
    hidden = {"# let hidden = 2;", "#", "    # deep"}
    before, after = "# A heading\n\n", "\n# Another\n```text\n# no Rust\n```"
    seen = [line for line in lines if line not in hidden]
    expected = "\n".join(["```rust", *seen, "```"])
    assert shown(before + "\n".join(["```rust", *lines, "```"]) + after) == before + expected + after
    assert shown(shown(expected)) == shown(expected)


def test_a_block_without_main_is_wrapped_and_crate_attributes_stay_outside() -> None:
    block = Block("#![allow(unused)]\n# use std::fmt;\nlet x = 1;", 1, frozenset())
    assert block.program == "#![allow(unused)]\nfn main() {\nuse std::fmt;\nlet x = 1;\n}"
    own = Block("fn main () {}", 1, frozenset())
    assert own.program == own.source


@needs_rustc
@pytest.mark.parametrize(
    ("source", "info", "kept", "codes"),
    [
        ("let x = 1;\nassert_eq!(x, 1);", "rust", True, set()),
        (MOVED, "rust,E0382", True, {"E0382"}),
        (MOVED, "rust", False, {"E0382"}),
        (MOVED, "rust,E0308", False, {"E0382"}),
        (MOVED, "rust,E0382,E0308", False, {"E0382"}),
        ("let x = 1;", "rust,E0382", False, set()),
        ("let x = ;", "rust", False, set()),
        ("let unused = 1;", "rust", True, set()),
        ("# fn helper() -> u8 { 1 }\nlet x: u8 = helper();", "rust", True, set()),
        ("let x: u8 = helper();", "rust,E0425", True, {"E0425"}),
    ],
)
def test_a_promise_is_kept_only_by_exactly_the_codes_that_it_names(
    source: str, info: str, kept: bool, codes: set[str]
) -> None:
    (block,) = rust_blocks(fenced(source, info))
    verdict = compile_block(block)
    assert (verdict.kept, verdict.codes) == (kept, codes)
    assert bool(verdict.words) is verdict.failed


@needs_rustc
def test_judging_neither_runs_a_program_nor_leaves_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    (block,) = rust_blocks(fenced(f'std::fs::write("{tmp_path}/ran", "").unwrap();'))
    assert compile_block(block).kept
    assert list(tmp_path.iterdir()) == []


def test_a_compiler_that_was_stopped_gives_no_verdict() -> None:
    class Stopping:
        name = "stopping"

        def run(self, command: SandboxCommand, limits: Limits) -> Ran:
            return Ran(137, b"", b"", 1.0, Stopped.memory)

        start = None

    (mark,) = check_blocks("```rust\nlet a = 1;\n```", Stopping())  # type: ignore[arg-type]
    assert mark.ok is None and mark.verdict == "not checked: rustc was stopped at its limit of memory"
