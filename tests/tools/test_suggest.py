"""Suggestions become bytes: where the compiler meant, all or nothing, and to the same end as cargo's own fixer."""

import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rusta.tools.cargo import Cargo
from rusta.tools.diagnostics import Applicability, Diagnostic, Level, Span, Suggestion, SuggestionPart
from rusta.tools.suggest import applicable_suggestions, apply_suggestions

Files = dict[str, bytes]


def part(data: bytes, start: int, end: int, text: str, path: str = "a.rs") -> SuggestionPart:
    """A replacement as rustc would tell it for that file."""
    first = data.rfind(b"\n", 0, start) + 1
    last = data.find(b"\n", end)
    lines = data[first : last if last >= 0 else len(data)].decode("utf-8", "replace").split("\n")
    return SuggestionPart(
        Span(path, start, end, 1, 1, 1, 1, True, None, tuple(line.removesuffix("\r") for line in lines)), text
    )


def said(*parts: SuggestionPart, sure: Applicability = Applicability.machine, ways: int = 1) -> Suggestion:
    return Suggestion("do this", sure, parts, ways)


def done(data: bytes, *suggestions: Suggestion) -> tuple[bytes, list[str]]:
    result = apply_suggestions(suggestions, {"a.rs": data}.get)
    return result.files.get("a.rs", data), [refusal.why for refusal in result.refused]


DATA = b"fn f(v: Vec<u8>) {\n    drop(v);\n}\n"


@given(st.lists(st.tuples(st.integers(0, 30), st.integers(0, 4), st.text("ab\n", max_size=3)), max_size=8))
def test_what_is_applied_reads_as_if_it_had_been_applied_one_by_one(cuts: list[tuple[int, int, str]]) -> None:
    data = bytes(range(65, 98))
    result = apply_suggestions(
        [said(part(data, at, min(at + size, 33), text)) for at, size, text in cuts], {"a.rs": data}.get
    )
    pieces = sorted((one.parts[0] for one in result.applied), key=lambda piece: piece.span.start)
    reference, at = "", 0
    for piece in pieces:
        assert piece.span.start >= at  # no two overlap
        reference += data[at : piece.span.start].decode() + piece.text
        at = piece.span.end
    assert result.files.get("a.rs", data).decode() == reference + data[at:].decode()
    assert len(result.applied) + len(result.refused) <= len(cuts)


def test_parts_belong_together_and_one_bad_part_keeps_all_of_them_out() -> None:
    whole = said(part(DATA, 3, 4, "g"), part(DATA, 28, 29, "v.clone()"))
    assert done(DATA, whole) == (b"fn g(v: Vec<u8>) {\n    drop(v.clone());\n}\n", [])
    stale = SuggestionPart(part(DATA, 28, 29, "").span, "x")
    changed = DATA.replace(b"drop(v);", b"drop(w);")
    after, why = done(changed, said(part(DATA, 3, 4, "g"), stale))
    assert after == changed and "has changed since" in why[0]


def test_two_that_meet_are_not_both_applied_and_the_same_one_twice_is_applied_once() -> None:
    first, beside, within = (
        said(part(DATA, 24, 28, "take")),
        said(part(DATA, 28, 28, "&")),
        said(part(DATA, 25, 26, "")),
    )
    after, why = done(DATA, first, beside, within, first)
    assert after.count(b"take") == 1 and b"&" not in after and len(why) == 2
    assert all("another suggestion" in reason for reason in why)


def test_own_parts_that_overlap_are_refused() -> None:
    assert "its own parts overlap" in done(DATA, said(part(DATA, 0, 4, "a"), part(DATA, 2, 6, "b")))[1][0]


def test_line_ends_and_bytes_that_are_no_text_survive() -> None:
    crlf = b"a\r\nb\r\n"
    assert done(crlf, said(part(crlf, 0, 0, "use x;\n"))) == (b"use x;\r\na\r\nb\r\n", [])
    mixed = b"a\r\nb\n"
    assert done(mixed, said(part(mixed, 0, 0, "use x;\n"))) == (b"use x;\na\r\nb\n", [])
    latin = b"// caf\xe9\nfn f() {}\n"
    assert done(latin, said(part(latin, 11, 12, "g"))) == (b"// caf\xe9\nfn g() {}\n", [])


@pytest.mark.parametrize("path", ["/etc/passwd", "../out.rs", "a/../../b.rs", "<macro>", "gone.rs"])
def test_no_suggestion_reaches_outside_or_into_nothing(path: str) -> None:
    result = apply_suggestions([said(part(DATA, 0, 1, "x", path))], {"a.rs": DATA}.get)
    assert not result.files and len(result.refused) == 1


def test_unasked_only_what_is_sure_and_has_no_other_way_is_chosen(crate, hands) -> None:
    folder = crate(lib='pub fn f() -> HashMap<u8, u8> {\n    let mut s: String = "a";\n    HashMap::new()\n}\n')
    report = hands(folder).check()
    assert not applicable_suggestions(
        report.diagnostics
    )  # where a name comes from, and which conversion is meant, are no sure things
    assert [
        one.applicability for one in applicable_suggestions(report.diagnostics, tuple(Applicability), {"E0308"})
    ] == [Applicability.maybe]


def test_helps_that_touch_are_ways_and_helps_that_do_not_are_halves() -> None:
    def one(*suggestions: Suggestion) -> Diagnostic:
        return Diagnostic(Level.error, "E0000", "m", (), (), "", suggestions)

    here, same, there = (said(part(DATA, at, end, text)) for at, end, text in ((3, 4, "g"), (3, 4, "h"), (28, 29, "w")))
    assert (
        applicable_suggestions([one(here, same)])
        == []
        == applicable_suggestions([one(said(part(DATA, 3, 4, "g"), ways=2))])
    )
    (both,) = applicable_suggestions([one(here, there)])
    assert done(DATA, both)[0] == DATA.replace(b"fn f", b"fn g").replace(b"(v)", b"(w)")
    assert (
        applicable_suggestions([one(said(part(DATA, 3, 4, "g"), sure=Applicability.maybe), there)])[0].parts
        == there.parts
    )


CRATES = {
    "unused": (
        "use std::fmt::Debug;\n"
        "use std::{collections::HashMap, io};\n"
        "\n"
        "pub fn f(v: Vec<u8>) -> io::Result<usize> {\n"
        "    let mut x = 3;\n"
        "    let y = (v.len());\n"
        "    drop(x);\n"
        "    Ok(y)\n"
        "}\n"
    ),
    "moved": (
        "pub fn f(v: Vec<u8>, s: String) -> usize {\n"
        "    drop(v);\n"
        "    take(s);\n"
        "    v.len() + s.len()\n"
        "}\n"
        "fn take(_: String) {}\n"
    ),
    "crlf": (
        "pub fn f() -> u8 {\r\n"
        "    let mut x = 1;\r\n"
        "    let v = vec![1u8, 2];\r\n"
        "    if (x == 1) {\r\n"
        "        return v[0];\r\n"
        "    }\r\n"
        "    x\r\n"
        "}\r\n"
    ),
    "mut": (
        "pub fn f() -> Vec<u8> {\n"
        "    let v = Vec::new();\n"
        "    v.push(1);\n"
        "    let w = &v;\n"
        "    w.push(2);\n"
        "    v\n"
        "}\n"
    ),
    "dyn": (
        "pub trait T { fn a(&self); }\n"
        "pub fn f(x: Box<T>, y: &'static T) { x.a(); y.a() }\n"
        "pub fn g(n: i64) -> bool { if n = 3 { true } else { false } }\n"
    ),
    "many": (
        "pub fn größe(a: &str) -> String {\n"
        '    let ü = String::from("🦀"); let mut n = 0;\n'
        "    let t = ü;\n"
        '    println!("{}", a); ü\n'
        "}\n"
    ),
    "late": (
        "pub struct P { x: u8 }\n"
        "impl P {\n"
        "    pub fn go(self) -> u8 { self.x }\n"
        "    pub fn set(&self) { self.x = 1; }\n"
        "}\n"
        "pub fn h(p: P) -> u8 { p.go() + p.go() }\n"
    ),
}  # fmt: skip


def fixed_by_us(cargo: Cargo, folder: Path) -> Files:
    """Apply and check again, as often as cargo fix does."""
    for _ in range(4):
        result = apply_suggestions(
            applicable_suggestions(cargo.check().diagnostics), lambda path: (folder / path).read_bytes()
        )
        if not result.files:
            break
        for path, data in result.files.items():
            (folder / path).write_bytes(data)
    return {"src/lib.rs": (folder / "src/lib.rs").read_bytes()}


@pytest.mark.parametrize("name", CRATES)
def test_we_end_where_cargo_fix_ends(name: str, crate, hands, tmp_path: Path) -> None:
    folder = crate(lib=CRATES[name])
    cargo = hands(folder)
    cargo.check()  # settles Cargo.lock
    theirs = shutil.copytree(folder, tmp_path / "theirs")
    fix = ["cargo", "fix", "--broken-code", "--allow-no-vcs", "--lib", "--offline"]
    subprocess.run(
        fix, cwd=theirs, capture_output=True, check=False, env={**_env(), "CARGO_TARGET_DIR": str(tmp_path / "t")}
    )
    assert fixed_by_us(cargo, folder)["src/lib.rs"].decode() == (theirs / "src/lib.rs").read_bytes().decode()
    assert (folder / "src/lib.rs").read_bytes() != CRATES[name].encode()


def _env() -> dict[str, str]:
    import os

    return {key: os.environ[key] for key in ("PATH", "HOME", "CARGO_HOME", "RUSTUP_HOME") if key in os.environ}
