"""Which changes a stranger's build may have made unasked: a dozen and more of rustc's suggestions, and what hides in others."""

import pytest

from rusta.tools.lexing import Unlexed, tokens, unlisted

ORDINARY = {
    "E0596 mut": ("fn f() { let v = vec![1]; v.push(2); }", "let v", "let mut v"),
    "E0308 borrow": ("fn f(s: String) { g(s) }", "g(s)", "g(&s)"),
    "E0308 borrow mutably": ("fn f(mut s: String) { g(s) }", "g(s)", "g(&mut s)"),
    "E0308 follow": ("fn f(n: &u8) -> u8 { n }", "{ n }", "{ *n }"),
    "E0382 clone": ("fn f(s: String) { g(s); g(s) }", "g(s);", "g(s.clone());"),
    "E0373 move": ("fn f(n: u8) { spawn(|| n) }", "||", "move ||"),
    "E0433 import": ("use std::fmt;\n\nfn f() { HashMap::new() }", "use std::fmt;", "use std::collections::HashMap;\nuse std::fmt;"),
    "E0425 import first": ("fn f() { HashMap::new() }", "fn f", "use std::collections::HashMap;\n\nfn f"),
    "E0599 import of a dependency's trait": ("fn f() { x.sum_up() }", "fn f", "use helpful::SumUp;\n\nfn f"),
    "E0308 string": ('fn f() { g("a") }', 'g("a")', 'g("a".to_string())'),
    "E0308 wrapped": ("fn f(n: u8) -> Option<u8> { n }", "{ n }", "{ Some(n) }"),
    "E0308 ok": ("fn f() -> Result<(), u8> { g(); }", "g();", "g();\n    Ok(())"),
    "E0308 no semicolon": ("fn f() -> u8 { 1 + 2; }", "2;", "2"),
    "E0308 cast": ("fn f(n: u8, m: u64) -> u64 { n + m }", "n + m", "u64::from(n) + m"),
    "E0308 fallible cast": ("fn f(n: u64) -> u32 { n }", "{ n }", "{ n.try_into().unwrap() }"),
    "E0106 lifetime": ("fn f(a: &str, b: &str) -> &str { a }", "f(a: &str, b: &str) -> &str", "f<'a>(a: &'a str, b: &'a str) -> &'a str"),
    "E0106 static": ("const A: &str = B; fn f() -> &str { A }", "-> &str", "-> &'static str"),
    "E0277 derive": ("struct A;\nfn f() { g(A) }", "struct A;", "#[derive(Clone, Debug)]\nstruct A;"),
    "E0277 derive more": ("#[derive(Debug)]\nstruct A;", "(Debug)", "(Debug, Clone)"),
    "E0369 bound": ("fn f<T>(a: T, b: T) -> bool { a == b }", "<T>", "<T: std::cmp::PartialEq>"),
    "E0369 where": ("fn f<T>(a: T) -> T { a + a }", "-> T {", "-> T where T: std::ops::Add<Output = T> {"),
    "E0271 item": ("fn f<I: Iterator>(i: I) {}", "Iterator", "Iterator<Item = u8>"),
    "E0282 type": ("fn f() { let v = Vec::new(); }", "let v", "let v: Vec<_>"),
    "E0282 turbofish": ("fn f() { g().collect() }", "collect()", "collect::<Vec<_>>()"),
    "E0616 public": ("struct A { n: u8 }", "n: u8", "pub n: u8"),
    "E0728 await": ("async fn f() { g() }", "g()", "g().await"),
    "E0277 question mark": ("fn f() -> Result<u8, E> { Ok(g()) }", "g()", "g()?"),
    "E0425 field": ("fn f(&self) -> u8 { count }", "{ count }", "{ self.count }"),
    "E0425 slip": ("fn f(count: u8) -> u8 { conut }", "conut", "count"),
    "E0599 slip": ("fn f(v: Vec<u8>) { v.push_bak(1) }", "push_bak", "push_back"),
    "E0615 a method": ("fn f(v: Vec<u8>) -> usize { v.len }", "v.len", "v.len()"),
    "E0308 compared": ("fn f(a: u8) { if a = 1 {} }", "a = 1", "a == 1"),
    "E0277 float": ("fn f(a: f64) -> f64 { a * 2 }", "2 }", "2.0 }"),
    "E0308 quotes": ("fn f() -> &'static str { 'a' }", "'a' }", '"a" }'),
    "unused prefix": ("fn f(count: u8) {}", "count", "_count"),
    "E0782 dyn": ("fn f(a: &Shape) {}", "&Shape", "&dyn Shape"),
    "E0614 no star": ("fn f(n: u8) -> u8 { *n }", "*n", "n"),
}  # fmt: skip
HIDDEN = {
    "a call": ("fn f() { g() }", "g()", "g(); std::process::abort()"),
    "a call that is there already": ("fn f(p: P) { remove_all(p); g() }", "g()", "g(); remove_all(p)"),
    "a call that stands beside": ("fn h() { remove_all(p) } fn f(p: P) { (p) }", "{ (p) }", "{ remove_all(p) }"),
    "a macro": ("fn f() { g() }", "g()", 'include!("x")'),
    "a string": ('fn f() { g("a") }', '"a"', '"/etc/shadow"'),
    "another number": ("fn f() -> u8 { 10 }", "10", "100"),
    "a comment's beginning": ("fn f() { if a { return } /* x */ g() }", "if a", "/* if a"),
    "a line commented out": ("fn f() {\n g(); h() }", "g();", "g(); //"),
    "an odd attribute": ("struct A;", "struct", '#[path = "x"] struct'),
    "a derive of somebody's": ("struct A;", "struct", "#[derive(Help)] struct"),
    "a condition turned": ("fn f() { if !ok { return } g() }", "!ok", "ok"),
    "a condition added": ("fn f() { if ok { g() } }", "if ok", "if !ok"),
    "a comparison turned": ("fn f(a: u8) -> bool { a < 3 }", "<", ">="),
    "a check taken away": ("fn f() { if bad { return } g() }", "if bad { return } ", ""),
    "a call taken away": ("fn f() { check(a); g() }", "check(a); ", ""),
    "a method for its opposite": ("fn f(a: Option<u8>) -> bool { a.is_some() }", "is_some", "is_none"),
    "places changed": ("fn f(a: u8, b: u8) { pay(a, b) }", "pay(a, b)", "pay(b, a)"),
    "an assignment": ("fn f(mut admin: bool, ok: bool) { g(admin) }", "g(", "admin = ok; g("),
    "unsafe": ("fn f() { g() }", "g()", "unsafe { g() }"),
    "an unknown crate": ("fn f() {}", "fn f", "use evil::Clone;\nfn f"),
    "everything of a crate": ("fn f() {}", "fn f", "use helpful::*;\nfn f"),
    "a function": ("fn f() {}", "fn f", "pub fn g() {}\nfn f"),
    "one that grows": ("fn f(a: u8) {}", "a: u8", ", ".join(["a: u8"] * 20)),
    "glued to what stands before it": ("fn f(a: u8) { (a) }", "{ (", "{ abort("),
    "a string without an end": ("fn f() { g() }", "g()", 'g(")'),
}  # fmt: skip


@pytest.mark.parametrize("name", ORDINARY)
def test_an_ordinary_suggestion_of_rustcs_is_on_the_list(name: str) -> None:
    before, old, new = ORDINARY[name]
    assert before.count(old) >= 1
    assert unlisted(before.encode(), before.replace(old, new, 1).encode(), ("helpful",)) is None


@pytest.mark.parametrize("name", HIDDEN)
def test_what_does_more_is_not(name: str) -> None:
    before, old, new = HIDDEN[name]
    after = before.replace(old, new, 1)
    assert before != after and unlisted(before.encode(), after.encode(), ("helpful",))


def test_what_stands_in_an_item_may_change_places_in_it_where_that_is_allowed() -> None:
    before = b"fn f(v: &mut V) {\n    let a = &v[0];\n    let n = v.len();\n    v.push(n);\n    g(a);\n}\n"
    after = b"fn f(v: &mut V) {\n    let n = v.len();\n    v.push(n);\n    let a = &v[0];\n    g(a);\n}\n"
    assert unlisted(before, after, moves=True) is None and unlisted(before, after)
    called_twice = before.replace(b"    v.push(n)", b"    let value = v.len();\n    v.push(value)")
    assert unlisted(before, called_twice, moves=True)
    named = before.replace(b"    v.push(n)", b"    let n_2 = n;\n    v.push(n_2)")
    assert unlisted(before, named, moves=True) is None and unlisted(before, named)
    sooner = b"fn f(v: &mut V) {\n    let a = &mut v[0];\n    *a += v.len();\n}\n"
    computed = b"fn f(v: &mut V) {\n    let len = v.len();\n    let a = &mut v[0];\n    *a += len;\n}\n"
    assert unlisted(sooner, computed, moves=True) is None
    taken = before.replace(b"g(a)", b"g(std::mem::take(&mut a))")
    assert unlisted(before, taken, moves=True)


def test_a_change_elsewhere_does_not_borrow_names_from_another_item() -> None:
    before = "fn secret() { let token = 1; }\nfn f(a: u8) { g(a) }"
    assert unlisted(before.encode(), before.replace("g(a)", "g(token)").encode())


def test_tokens_are_rusts() -> None:
    source = "r#\"a\"b\"# 'a' 'a b'\\'' /* x /* y */ z */ 1.5 0..2 r#fn \"a\\\"b\" // end"
    assert [one.text for one in tokens(source)] == [
        'r#"a"b"#', "'a'", "'a", "b'\\''", "/* x /* y */ z */", "1.5", "0", "..", "2", "r#fn", '"a\\"b"', "// end",
    ]  # fmt: skip
    for broken in ('"', "/* /* */"):
        with pytest.raises(Unlexed):
            tokens(broken)


def test_umlauts_move_no_item() -> None:
    before = "// äöü äöü äöü\nfn f(v: u8) { g(v) }\n"
    assert unlisted(before.encode(), before.replace("g(v)", "g(&v)").encode()) is None
    assert unlisted(b"\xff", b"\xfe")
