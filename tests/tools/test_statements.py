"""Statements of a source are found by place and moved whole, with what belongs to them."""

import pytest

from rusta.tools.statements import Statements, after, instead

CODE = """fn f(v: &mut Vec<u32>) -> usize {
    let first = &v[0];
    // the next one
    // is one more
    v.push(*first + 1);
    if v.len() > 2 {
        let more = v.len();
        v.push(more as u32);
    }
    v.len()
}
"""


def at(code: Statements, text: str) -> object:
    start = code.source.index(text.encode())
    return code.node(start, start + len(text.encode()))


def moved(source: str, what: str, to: str) -> str:
    code = Statements(source.encode())
    return code.rewritten(code.moved(code.statement(at(code, what)), code.statement(at(code, to)).start_byte)).decode()


def test_a_statement_moves_with_its_comments_and_its_line() -> None:
    assert moved(CODE, "v.push(*first + 1)", "let first").splitlines()[1:6] == [
        "    // the next one", "    // is one more", "    v.push(*first + 1);", "    let first = &v[0];", "    if v.len() > 2 {",
    ]  # fmt: skip


def test_statements_on_one_line_and_line_ends_of_dos_stay_what_they_are() -> None:
    assert moved("fn f() { a(); b(); c() }", "b()", "a()") == "fn f() { b();\n a();  c() }"
    dos = moved(CODE.replace("\n", "\r\n"), "let more", "if v.len()")
    assert "\n" not in dos.replace("\r\n", "") and dos.index("let more") < dos.index("if v.len()")


def test_a_statement_that_leans_on_what_another_declares_is_known_to() -> None:
    code = Statements(CODE.encode())
    first, push = (code.statement(at(code, text)) for text in ("let first", "v.push(*first + 1)"))
    assert code.leans(push, [first]) and not code.leans(first, [push])
    # A field or a method of the name is another thing.
    other = Statements(b"fn f(s: S) { let len = 1; s.len(); s.len = 2; g(len) }")
    field, name = (other.statement(at(other, text)) for text in ("s.len()", "g(len)"))
    declared = other.statement(at(other, "let len"))
    assert not other.leans(field, [declared]) and other.leans(name, [declared])


def test_siblings_are_statements_of_the_innermost_block_that_holds_both() -> None:
    code = Statements(CODE.encode())
    one, other = code.siblings(at(code, "let first"), at(code, "more as u32")) or (None, None)
    assert one is not None and other is not None
    assert code.text(one).startswith("let first") and code.text(other).startswith("if v.len()")
    assert code.siblings(at(code, "v.len() > 2"), at(code, "more as u32")) is None  # one of them holds the other


@pytest.mark.parametrize(
    ("source", "value", "name"),
    [
        ("fn f(&mut self) { self.keep(self.next()); }", "self.next()", "next"),
        ("fn f(s: &S) -> u32 { let len = 1; s.len() + len }", "s.len()", "len_2"),
        ("fn f() { g(*x) }", "*x", "x"),
        ("fn f() { g(1 + 2) }", "1 + 2", "value"),
    ],
)
def test_a_value_is_named_by_what_gives_it_and_as_nothing_else(source: str, value: str, name: str) -> None:
    code = Statements(source.encode())
    assert code.fresh(at(code, value)) == name


def test_rewrites_of_one_source_do_not_disturb_each_other() -> None:
    code = Statements("fn f() { grüße(a, b) }".encode())
    rewrites = [after(at(code, "a"), ".clone()"), instead(at(code, "b"), "&c")]
    assert code.rewritten(rewrites).decode() == "fn f() { grüße(a.clone(), &c) }"
