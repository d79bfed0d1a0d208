"""The compiler's messages as values: every one, once, in the right place, whatever else is in the stream."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rusta.tools.diagnostics import Applicability, Level, parse, worst_first

HERE = Path("/ws")


def message(
    text: str = "mismatched types", code: str = "E0308", line: int = 3, level: str = "error", **more: object
) -> str:
    span = {"file_name": "src/lib.rs", "byte_start": 10, "byte_end": 12, "line_start": line, "line_end": line,
            "column_start": 1, "column_end": 3, "is_primary": True, "label": None, "text": [{"text": "let x"}]}  # fmt: skip
    said = {"message": text, "code": {"code": code}, "level": level, "spans": [span], "children": [], "rendered": text}
    of = {"reason": "compiler-message", "package_id": "path+file:///ws#0.1.0", "manifest_path": "/ws/Cargo.toml"}
    return json.dumps({**of, "message": {**said, **more}})


WHOLE = [
    message(),
    message("borrow of moved value: `v`", "E0382", 9),
    message("unused import: `a`", "unused_imports", 1, "warning"),
]


def test_what_is_no_message_is_handed_back_and_takes_nothing_with_it() -> None:
    cut = WHOLE[2][: len(WHOLE[2]) // 2]
    stream = [b"cargo:warning=mine", WHOLE[0].encode(), b'{"type":"test"}', b"\xff\xfe not text", WHOLE[1].encode(), b"[1]",
              b"{" * 5000, cut.encode()]  # fmt: skip
    heard = parse(b"\r\n".join(stream), HERE)
    assert [one.code for one in heard.diagnostics] == ["E0308", "E0382"]
    assert heard.rest[0] == "cargo:warning=mine" and '{"type":"test"}' in heard.rest and heard.rest[-1] == cut
    assert heard.packages == {"ws"}


@given(st.lists(st.one_of(st.binary(max_size=80), st.sampled_from([line.encode() for line in WHOLE])), max_size=12))
def test_no_stream_breaks_the_parser_and_no_message_is_lost_or_told_twice(lines: list[bytes]) -> None:
    lines = [line.replace(b"\n", b" ") for line in lines]
    heard = parse(b"\n".join(lines), HERE)
    there = list(dict.fromkeys(line for line in lines if line in {whole.encode() for whole in WHOLE}))
    assert len(heard.diagnostics) == len(there)
    assert [one.code for one in heard.diagnostics] == [json.loads(line)["message"]["code"]["code"] for line in there]


KEYS = ["message", "spans", "children", "code", "level", "label", "file_name", "byte_start", "text", "expansion"]
SHAPES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda of: st.lists(of, max_size=3) | st.dictionaries(st.sampled_from(KEYS), of, max_size=6),
    max_leaves=12,
)


@given(SHAPES)
def test_a_message_of_any_shape_is_read_or_left(shape: object) -> None:
    parse(json.dumps({"reason": "compiler-message", "message": shape}).encode(), HERE)
    parse(message(spans=shape, children=[{"level": "help", "message": "m", "spans": shape}], code=shape).encode(), HERE)


def test_errors_come_first_and_otherwise_the_order_is_the_compilers() -> None:
    heard = parse("\n".join([WHOLE[2], *WHOLE[:2]]).encode(), HERE)
    assert [one.code for one in worst_first(heard.diagnostics)] == ["E0308", "E0382", "unused_imports"]


def test_sums_at_the_end_are_not_diagnostics() -> None:
    sums = message("aborting due to 2 previous errors; 1 warning emitted", spans=[], code=None)
    assert not parse(sums.encode(), HERE).diagnostics
    crash = parse(message("compiler crashed", level="error: internal compiler error").encode(), HERE).diagnostics
    assert crash[0].level == Level.error


def replacement(at: int, text: str, sure: str = "MachineApplicable", end: int | None = None) -> dict[str, object]:
    return {"file_name": "src/lib.rs", "byte_start": at, "byte_end": end or at, "line_start": 1, "line_end": 1,
            "column_start": 1, "column_end": 1, "is_primary": True, "label": None, "text": [],
            "suggested_replacement": text, "suggestion_applicability": sure}  # fmt: skip


def test_parts_in_order_are_one_suggestion_and_a_place_that_comes_again_is_another_way() -> None:
    two_parts = [replacement(3, "("), replacement(9, ")", "MaybeIncorrect")]
    ways = [replacement(0, "use a::X;\n"), replacement(0, "use b::X;\n"), replacement(0, "use c::X;\n")]
    children = [{"level": "help", "message": m, "spans": s} for m, s in (("wrap", two_parts), ("import one", ways))]
    (one,) = parse(message(children=children).encode(), HERE).diagnostics
    wrap, *imports = one.suggestions
    assert ([part.text for part in wrap.parts], wrap.ways, wrap.applicability) == (["(", ")"], 1, Applicability.maybe)
    assert [[part.text for part in way.parts] for way in imports] == [["use a::X;\n"], ["use b::X;\n"], ["use c::X;\n"]]
    assert {way.ways for way in imports} == {3}


SOURCE = 'pub fn größe(v: Vec<u8>) -> usize {\n    let _ü = "🦀";\n    drop(v);\n    v.len()\n}\n'


@pytest.mark.parametrize("bytes_", [SOURCE, SOURCE.replace("\n", "\r\n"), "\ufeff" + SOURCE, "\ufeff" + SOURCE.replace("\n", "\r\n")],
                         ids=["plain", "CRLF", "BOM", "both"])  # fmt: skip
def test_spans_are_bytes_of_the_file_as_it_lies_on_disk(bytes_: str, crate, hands) -> None:
    folder = crate(lib=bytes_)
    (error,) = hands(folder).check().errors
    data = (folder / "src/lib.rs").read_bytes()
    assert [data[span.start : span.end] for span in error.spans if span.primary] == [b"v"]
    assert error.code == "E0382" and error.primary and error.primary.line == 4
    (clone,) = [part for way in error.suggestions for part in way.parts]
    assert data[: clone.span.start].endswith(b"drop(v") and clone.text == ".clone()"


def test_a_target_that_is_compiled_twice_complains_once(crate, hands) -> None:
    report = hands(crate(lib="pub fn f() -> u8 { true }\n", **{"tests/it.rs": "#[test] fn t() {}\n"})).check(
        all_targets=True
    )
    assert [one.code for one in report.diagnostics] == ["E0308"]


def test_every_packages_paths_read_from_the_workspace(crate, hands) -> None:
    crate("beside", lib="pub fn b() { let unused = 1; }\n")
    root = crate(
        "root", lib="pub fn r() { let unused = 1; }\n",
        manifest='[workspace]\nmembers = ["in/member"]\n'
                 '[dependencies]\nbeside = { path = "../beside" }\nmember = { path = "in/member" }\n',
        **{"in/member/Cargo.toml": '[package]\nname = "member"\nversion = "0.1.0"\n',
           "in/member/src/lib.rs": "pub fn m() { let unused = 1; }\n"},
    )  # fmt: skip
    report = hands(root).check()
    assert {one.primary.path for one in report.diagnostics if one.primary} == {
        "src/lib.rs", "in/member/src/lib.rs", str(root.parent / "beside/src/lib.rs"),
    }  # fmt: skip
    assert report.packages == {"root", "member", "beside"} == {one.package for one in report.diagnostics}
    inside = hands(root / "in/member").check()
    assert [one.primary.path for one in inside.diagnostics if one.primary] == ["src/lib.rs"]


def test_an_error_inside_a_macro_points_at_the_line_that_called_it(crate, hands) -> None:
    folder = crate(lib='pub struct S;\npub fn f() -> String {\n    format!("{}", S)\n}\n')
    (error,) = hands(folder).check().errors
    assert error.code == "E0277" and error.primary and (error.primary.path, error.primary.line) == ("src/lib.rs", 3)
