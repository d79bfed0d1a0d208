"""What may be renamed with certainty, and how the name is written where it stands."""

import pytest

from rusta.tools.renaming import chosen, definitions, in_docs, renamed, takers, why_not_renamed
from rusta.tools.statements import Statements, applied

CODE = """/// See [`It::step`].
#[derive(Debug, Serialize)]
pub struct It { pub side: u8 }
impl It { pub fn step(&mut self) {} }
impl Iterator for It { type Item = u8; fn next(&mut self) -> Option<u8> { None } }
fn f(v: Vec<u8>) -> It { let side = v.iter().map(|x| x).count() as u8; It { side } }
fn g(It { side, .. }: It) -> u8 { side }
"""


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ("step", "go", ""),
        ("step", "map", "implements `Iterator`, which may have a `map`"),
        ("step", "next", "There is a method `It::next` at src/lib.rs:5 already."),
        ("step", "clone", "std gives to many types"),
        ("next", "succ", "implements `Iterator`, which is not of this workspace"),
        ("It", "Vec", "The name `Vec` is in use at src/lib.rs:6"),
        ("f", "fn", "cannot be a name"),
    ],
)
def test_what_is_not_certain_is_declined(old: str, new: str, why: str) -> None:
    sources = {"src/lib.rs": Statements(CODE.encode())}
    meant = chosen(list(definitions(sources, old)), "", "")
    said = why_not_renamed(sources, meant, new)
    assert said == "" if not why else why in said


def test_a_lint_that_is_off_declines_every_rename() -> None:
    sources = {"src/lib.rs": Statements(b"#![allow(deprecated)]\n" + CODE.encode())}
    assert "turns the lint" in why_not_renamed(sources, list(definitions(sources, "f")), "h")


def test_short_forms_are_written_out_and_derives_that_see_a_name_are_told() -> None:
    code = Statements(CODE.encode())
    meant = list(definitions({"src/lib.rs": code}, "side"))
    assert takers({"src/lib.rs": code}, meant) == ["Serialize"]
    places = [CODE.index("It { side }") + 5, CODE.index("It { side, ..") + 5]
    now = applied(code.source, renamed(code, places, "side", "edge", field=True)).decode()
    assert "It { edge: side }" in now and "It { edge: side, .. }" in now
    assert b"[`It::go`]" in applied(code.source, in_docs(code, "It::step", "It::go"))
