"""From one run to the next: what is fixed, what is new, what is the same, and what was only not looked at."""

from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rusta.tools.cargo import CargoReport
from rusta.tools.change import between, grouped
from rusta.tools.diagnostics import Diagnostic, Level, Span
from rusta.tools.sandbox import Stopped

LINES = ("let a = b;", "drop(v);", "v.len()")


def one(code: str | None = "E0308", message: str = "mismatched types", line: int = 1, text: str = LINES[0],
        level: Level = Level.error, path: str = "src/lib.rs", package: str = "a") -> Diagnostic:  # fmt: skip
    span = Span(path, line * 10, line * 10 + 1, line, 1, line, 2, True, None, (text,))
    return Diagnostic(level, code, message, (span,), (), message, (), package)


def report(*diagnostics: Diagnostic, **more: object) -> CargoReport:
    ok = not any(each.level == Level.error for each in diagnostics)
    return replace(CargoReport("cargo check", ok, diagnostics, packages=frozenset({"a", "b"})), **more)


def counts(before: CargoReport, after: CargoReport) -> tuple[int, int, int, int]:
    change = between(before, after)
    return len(change.fixed), len(change.hidden), len(change.new), len(change.same)


ANY = st.builds(one, st.sampled_from(["E0308", "E0382", "E0432", None, "unused"]), st.sampled_from(["m", "n"]), st.integers(1, 9),
                st.sampled_from(LINES), st.sampled_from(list(Level)[:2]), st.sampled_from(["src/lib.rs", "src/b.rs"]))  # fmt: skip


@given(st.lists(ANY, max_size=8), st.lists(ANY, max_size=8))
def test_every_complaint_is_counted_once_on_each_side(before: list[Diagnostic], after: list[Diagnostic]) -> None:
    change = between(report(*before), report(*after))
    assert Counter(change.new) + Counter(change.same) == Counter(after)
    assert len(change.fixed) + len(change.hidden) + len(change.same) == len(before)


@given(st.lists(ANY, max_size=8), st.integers(1, 500))
def test_lines_that_moved_change_nothing(before: list[Diagnostic], down: int) -> None:
    moved = [
        replace(each, spans=(replace(each.spans[0], line=each.spans[0].line + down, start=each.spans[0].start + 99),))
        for each in before
    ]
    assert counts(report(*before), report(*moved)) == (0, 0, 0, len(before))


def test_what_went_away_is_fixed_and_what_came_is_new() -> None:
    assert counts(report(one(text=LINES[0]), one("E0499")), report(one(text=LINES[0]), one("E0277"))) == (0, 1, 1, 1)
    assert counts(report(one(), one("E0277")), report(one())) == (1, 0, 0, 1)
    assert counts(report(one()), report()) == (1, 0, 0, 0)


def test_a_line_written_otherwise_with_the_same_complaint_is_no_repair() -> None:
    assert counts(report(one(text="let a=b;")), report(one(text="let a = b ;"))) == (0, 0, 0, 1)


def test_a_closure_is_the_same_closure_where_it_moved() -> None:
    said = "closure `{{closure@src/lib.rs:{}:9: {}:12}}` is not `Send`"
    before, after = (report(one("E0277", said.format(n, n), n)) for n in (4, 40))
    assert counts(before, after) == (0, 0, 0, 1)


@pytest.mark.parametrize(
    ("after", "hidden"),
    [
        (report(one(None, "expected `;`")), True),  # syntax
        (report(one("E0432", "unresolved import")), True),
        (report(one("E0308")), True),  # bodies with type errors are not borrow checked
        (report(one("E0308", path="src/other.rs")), False),
        (report(one("E0499")), False),
        (report(one("E0308", package="b"), packages=frozenset({"b"})), True),  # a was not reached
        (report(stopped=Stopped.time, ok=False), True),
        (report(ok=False, output="error: failed to parse manifest"), True),
        (report(), False),
    ],
)
def test_what_the_compiler_did_not_reach_is_not_called_fixed(after: CargoReport, hidden: bool) -> None:
    change = between(report(one("E0382")), after)
    assert (len(change.hidden), len(change.fixed)) == ((1, 0) if hidden else (0, 1))


def test_warnings_wait_behind_errors() -> None:
    unused = one("unused_imports", level=Level.warning)
    assert counts(report(unused), report(one("E0499"))) == (0, 1, 1, 0)


def test_the_compiler_itself_hides_what_we_say_it_hides(crate, hands) -> None:
    borrow = "pub fn f(v: Vec<u8>) -> usize { drop(v); v.len() }\n"
    folder = crate(lib=borrow)
    cargo = hands(folder)
    before = cargo.check()
    for more in (
        "pub fn g( {\n",
        "use nothing::X;\n",
        'pub fn h() -> usize { let w = vec![1]; drop(w); let n: u8 = ""; w.len() }\n',
    ):
        (folder / "src/lib.rs").write_text(borrow + more)
        after = cargo.check()
        assert between(before, after).fixed == ()
    (folder / "src/lib.rs").write_text("pub fn f(v: Vec<u8>) -> usize { v.len() }\n")
    assert [each.code for each in between(before, cargo.check()).fixed] == ["E0382"]


def test_one_code_at_one_place_is_one_complaint() -> None:
    bounds = [one("E0277", f"`T: {bound}` is not satisfied", 3) for bound in ("A", "B")]
    assert [len(group) for group in grouped([*bounds, one("E0308", line=3), one("E0277", line=4)])] == [2, 1, 1]
