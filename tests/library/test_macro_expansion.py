"""What the macros of a crate give: tokens, rules, what a call stands for, and which definition it means."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rusta.library.macro_fragments import FragmentReader
from rusta.library.macro_matching import NotExpanded
from rusta.library.macro_rules import read_rules
from rusta.library.macro_tokens import LONGEST_TEXT, TokenRun, partners, tokenised
from rusta.library.source_files import FolderFiles
from rusta.library.source_items import CrateContents, CrateItem, crate_contents
from tests.library.crates_on_disk import crate
from tests.linear import soon


def run(text: str) -> TokenRun:
    source = text.encode()
    found = tokenised(source, 0, len(source))
    assert found is not None, text
    return found


def said(rules: str, call: str) -> str | None:
    """What a call gives, in one line; None where no rule fits it."""
    macro = read_rules(run(f"macro_rules! m {{ {rules} }}"))
    assert macro is not None, rules
    out = macro.expanded(run(call))
    return None if out is None else " ".join(out.text.split())


def contents(folder: Path, lib: str, own: bool = False, **files: str) -> CrateContents:
    crate(folder, "orchard", src__lib_rs=lib, **files)
    return crate_contents(FolderFiles(folder), own)


def items(folder: Path, lib: str, own: bool = False, **files: str) -> dict[str, CrateItem]:
    return {one.path.removeprefix("orchard::"): one for one in contents(folder, lib, own, **files).items[1:]}


def test_text_becomes_the_tokens_of_the_compiler() -> None:
    text = """r#type 'a 'b' '\\'' b'\\x00' 'é' "a\\"b" br##"a"#"## 1..2 1.0e-5_f32 0xE+1 x.0.1 a::<B> => ..= /* a /* b */ c */ // d
    <<= && || -> >>"""
    assert run(text).texts == [
        "r#type", "'a", "'b'", "'\\''", "b'\\x00'", "'é'".encode().decode("latin-1"),
        '"a\\"b"', 'br##"a"#"##', "1", "..", "2", "1.0e-5_f32",
        "0xE", "+", "1", "x", ".", "0.1", "a", "::", "<", "B", ">", "=>", "..=", "<<=", "&&", "||", "->", ">", ">",
    ]  # fmt: skip


def test_documentation_becomes_an_attribute_and_lines_of_it_one() -> None:
    assert run('/// A "pear"\n  ///  on a tree\nfn a() {}').text == '#[doc=r#" A "pear"\n  on a tree"#]\nfn a() {}'
    assert run("//! Inside\n/** Block */ //// none\nfn").texts[:8] == [
        "#",
        "!",
        "[",
        "doc",
        "=",
        'r" Inside"',
        "]",
        "#",
    ]


@given(
    st.lists(
        st.sampled_from(
            [
                "pear",
                "'a",
                "'x'",
                '"s"',
                "1",
                "1.5",
                "::",
                "->",
                "=>",
                "..",
                "<",
                ">",
                "(",
                ")",
                "{",
                "}",
                ",",
                ";",
                "#",
            ]
        )
    )
)
def test_tokens_that_are_joined_and_taken_apart_again_are_the_same(texts: list[str]) -> None:
    joined, whole = TokenRun(), run(" ".join(texts))
    for at in range(len(whole)):  # without the spaces that no token needs
        joined.add(whole, at, at + 1, "")
    assert whole.texts == texts and run(joined.text).texts == texts
    assert [
        joined.text.encode().find(text.encode(), at) for text, at in zip(texts, joined.starts, strict=True)
    ] == joined.starts


@given(
    st.text(alphabet="ab'\"\\/*#!r(){}[]<>$:,;=.-1 \né", max_size=60),
    st.sampled_from(("expr", "ty", "item", "pat", "stmt", "meta", "vis", "path")),
)
def test_no_text_raises_and_a_fragment_ends_within_it(text: str, kind: str) -> None:
    source = text.encode()
    found = tokenised(source, 0, len(source))
    if found is None or (partner := partners(found.texts)) is None:
        return
    assert b"".join(source.split()) == "".join(found.text.split()).encode("latin-1") or "/" in text
    reader = FragmentReader(found.texts, partner)
    for at in range(len(found)):
        assert -1 <= reader.end(kind, at) <= len(found)
        assert reader.begins(kind, at) in (True, False)
    read_rules(found)


FRAGMENTS = {
    "ident": ["pear", "fn", "r#type", "self"],
    "lifetime": ["'a", "'static"],
    "literal": ["1", "-1.5", '"s"', "true", "b'x'", 'r#"a"#'],
    "ty": [
        "u8", "&'a mut [u8; 4]", "Vec<Vec<u8>>", "<T as Into<u8>>::Out", "fn(u8, &str) -> Box<dyn Fn(u8) -> u8 + Send>", "(A, B)", "!",
        "_", "*const T",
        "impl Iterator<Item = u8> + 'a", "for<'a> fn(&'a u8)", "unsafe extern \"C\" fn()", "a::b::<C>::D", "[u8; { 1 + 2 }]",
        "x!(a)",
    ],
    "path": ["a", "::a::b<C>", "crate::x", "Fn(u8) -> u8", "<A as B>::C"],
    "expr": [
        "1 + 2 * x", "a < b && c > d", "f::<A, B>(1, 2)?.g().await", "|a, b| a + b", "move || x",
        "if a == b { 1 } else if c { 2 } else { 3 } + 1",
        "match x { _ => 1 }", "Pear { ripe: true, ..x }", "&mut x[1..]", "..", "1..=2", "x as Vec<u8>", "return", "break 'a 1",
        "'a: loop {}",
        "unsafe { x }", "vec![1, 2]", "<T as A>::B", "while let Some(x) = y {}", "-x.0.1", "a >> 2", "for (a, b) in x {}", "x = y",
        "async move {}",
    ],
    "pat": ["Some(x)", "A | B", "1..=2", "&mut (a, b)", "Pear { ripe, .. }", "_", "x @ 1"],
    "block": ["{ let x = 1; x }"],
    "stmt": ["let x: u8 = 1", "f(x)", "fn a() {}", "use a::b;"],
    "meta": ["inline", "doc = \"x\"", "cfg(all(a, b = \"c\"))", "a::b(c)", "doc = concat!(\"a\", \"b\")"],
    "vis": ["pub", "pub(crate)", "pub(in a::b)"],
    "item": [
        "fn a<T: B>() -> Foo<{ 1 }> where T: C { x }", "pub const fn a();", "#[x] pub(crate) struct A<T = Vec<u8>>(T);", "enum A { B }",
        "impl<T> A for B<T> { fn c() {} }", "use a::{b, c};", "const A: [u8; 2] = [1, 2];", "extern \"C\" { fn a(); }", "mod a;",
        "macro_rules! a { () => {} }", "a::b! { c }", "a!(c);", "pub unsafe extern \"C\" fn a() {}", "union A { b: u8 }",
        "extern crate a as b;",
        "type A<'a> = B<'a>;", "static mut A: u8 = { 1 };", "unsafe impl Send for A {}", "pub trait A: B + for<'a> C<'a> {}",
    ],
}  # fmt: skip
BEHIND = {
    "item": "fn",
    "vis": "fn",
    "block": "fn",
    "ident": "fn",
    "lifetime": "fn",
    "literal": "fn",
    "meta": "]",
    "stmt": ";",
}


@pytest.mark.parametrize(("kind", "text"), [(kind, text) for kind, texts in FRAGMENTS.items() for text in texts])
def test_a_fragment_is_as_long_as_the_compiler_takes_it(kind: str, text: str) -> None:
    behind = BEHIND.get(kind, "=>")
    whole = run(f"[{text} {behind}" + ("" if behind == "]" else " x]"))
    partner = partners(whole.texts)
    assert partner is not None
    reader = FragmentReader(whole.texts, partner)
    assert reader.begins(kind, 1)
    assert reader.end(kind, 1) == 1 + len(run(text))


def test_what_does_not_begin_a_fragment_is_none() -> None:
    for kind, text in (
        ("ident", "_"),
        ("ident", "1"),
        ("lifetime", "'a'"),
        ("ty", "=>"),
        ("expr", "else"),
        ("block", "("),
        ("literal", "x"),
    ):
        assert not FragmentReader([text], [-1]).begins(kind, 0), (kind, text)
    assert not FragmentReader([], []).begins("vis", 0)


@pytest.mark.parametrize(
    ("rules", "call", "given"),
    [
        ("($($n:ident),*) => { $(fn $n();)* }", "a, b", "fn a(); fn b();"),
        ("($($n:ident),* $(,)?) => { $($n)* }", "a, b,", "a b"),
        ("($($n:ident),+) => { $($n)+ }", "", None),
        ("($(#[$m:meta])* $v:vis struct $n:ident;) => { $(#[$m])* $v struct $n; }", "#[a] #[b(c)] pub(crate) struct P;",
         "#[a] #[b(c)] pub(crate) struct P;"),
        ("($(#[$m:meta])* $v:vis struct $n:ident;) => { $v struct $n; }", "struct P;", " struct P;".strip()),
        ("($($t:ident: [$($m:expr),*]);*) => { $( impl $t { $( const C: u8 = $m; )* } )* }", "A: [1, 2]; B: []",
         "impl A { const C: u8 = 1; const C: u8 = 2; } impl B { }"),
        ("($a:ident $(= $e:expr)?) => { $a $( + $e )? }", "x = 1 + 2", "x + 1 + 2"),
        ("($a:ident $(= $e:expr)?) => { $a $( + $e )? }", "x", "x"),
        ("(a $($r:tt)*) => { A $($r)* }; ($($r:tt)*) => { other $($r)* }", "b c", "other b c"),
        ("(a $($r:tt)*) => { A $($r)* }; ($($r:tt)*) => { other $($r)* }", "a (b c) d", "A (b c) d"),
        ("($a:expr) => { one $a }; ($($a:tt)*) => { many $($a)* }", "a b", "many a b"),
        ("($($k:ident => $v:ty),*) => { $( type $k = $v; )* }", "A => Vec<Vec<u8>>, B => &'static str",
         "type A = Vec<Vec<u8>>; type B = &'static str;"),
        ("(<$t:ty>) => { x($t) }", "<Vec<u8>>", "x(Vec<u8>)"),
        ("($x:ident) => { use $crate::$x; }", "pear", "use crate::pear;"),
        ("($a:ident $b:ident) => { $a$b }", "x y", "x y"),
        ("($n:ident) => { macro_rules! $n { ($x:ident) => { fn $x() {} } } }", "inner",
         "macro_rules! inner { ($x:ident) => { fn $x() {} } }"),
        ("($($a:ident)* ; $($b:ident)*) => { $($a = $b)* }", "a b; c d", "a = c b = d"),
        ("($p:pat if $e:expr) => { $p $e }", "Some(1) | None if x", "Some(1) | None x"),
        ("($($p:pat)|+) => { $($p)&+ }", "A | B", "A & B"),
        ("($($a:ident),*; $($b:ident),*) => { trait A: $($a)|* { x::$($b)::*; y($($a),*) } }", "A, B; c, d",
         "trait A: A | B { x::c::d; y(A, B) }"),
        ("($l:lifetime) => { fn a<$l>() }", "'tree", "fn a<'tree>()"),
    ],
)  # fmt: skip
def test_the_first_rule_that_fits_is_written_out(rules: str, call: str, given: str | None) -> None:
    assert said(rules, call) == given


def test_what_was_captured_is_one_piece_for_the_next_macro() -> None:
    first, second = "($e:expr) => { $e }", "(1 + $e:expr) => { seen }; ($e:expr) => { whole }; ($($t:tt)*) => { many }"
    macro = read_rules(run(f"macro_rules! m {{ {first} }}"))
    other = read_rules(run(f"macro_rules! m {{ {second} }}"))
    assert macro is not None and other is not None
    captured = macro.expanded(run("1 + 2"))
    assert captured is not None and captured.text.strip() == "1 + 2"
    whole, seen = other.expanded(captured), other.expanded(run("1 + 2"))
    assert whole is not None and whole.text.strip() == "whole"
    assert seen is not None and seen.text.strip() == "seen"


@pytest.mark.parametrize(
    "rules", ["($a:fruit) => {}", "($a) => {}", "() => { ${count(a)} }", "($(a) b) => {}", "() = {}", "() =>", "("]
)
def test_a_definition_of_an_unknown_form_is_none(rules: str) -> None:
    assert read_rules(run(f"macro_rules! m {{ {rules} }}")) is None


@pytest.mark.parametrize(
    ("rules", "call"),
    [("($($a:ident)* ; $($b:ident)*) => { $($a $b)* }", "a; b c"), ("($($a:ident)*) => { $a }", "a b"), ("($a:ident) => { $($a)* }", "a"),
     ("() => {}", "(")],
)  # fmt: skip
def test_a_call_that_cannot_be_written_out_is_told(rules: str, call: str) -> None:
    with pytest.raises(NotExpanded):
        said(rules, call)


def test_items_with_their_docs_features_and_places_come_from_calls(tmp_path: Path) -> None:
    found = items(tmp_path, """
macro_rules! fruits { ($( $(#[$docs:meta])* ($number:expr, $konst:ident, $word:expr); )+) => {
    impl Fruit { $( $(#[$docs])* pub const $konst: Fruit = Fruit($number); )+ }
    /// How many there are.
    pub fn count() -> usize { 0 $( + { $word; 1 } )+ }
} }
pub struct Fruit(u16);
fruits! {
    /// Green, mostly.
    /// Keeps long.
    #[cfg(feature = "pome")]
    (1, APPLE, "apple");
    (2, PLUM, "plum");
}
macro_rules! gated { ($($item:item)*) => { $( #[cfg(feature = "press")] $item )* } }
gated! { pub mod press; impl Fruit { pub fn press(&self) {} } pub use press::Juice as Drink; }
impl Fruit { getters! { $ } }
macro_rules! getters { ($($name:ident -> $t:ty),*) => { $( pub fn $name(&self) -> $t { todo!() } )* } }
impl Fruit { getters! { weight -> u32, tags -> Vec<Vec<u8>> } }
pub trait Tree { members! { Leaf } }
macro_rules! members { ($name:ident) => { type $name; fn grow(&self) -> Self::$name; } }
pub trait Bush { members! { Twig } }
""", src__press_rs="pub struct Juice;")  # fmt: skip
    apple = found["Fruit::APPLE"]
    assert (apple.kind, apple.signature, apple.docs, apple.feature, apple.line) == (
        "constant", "pub const APPLE: Fruit = Fruit(1)", "Green, mostly.\nKeeps long.", "pome", 12,
    )  # fmt: skip
    assert found["Fruit::PLUM"].line == 13
    assert (found["count"].docs, found["count"].line) == ("How many there are.", 5)
    assert {path: one.feature for path, one in found.items() if "ress" in path or path == "Drink"} == {
        "press": "press", "press::Juice": "press", "Fruit::press": "press", "Drink": "press",
    }  # fmt: skip
    assert found["press::Juice"].file == "src/press.rs" and found["Fruit::press"].line == 16
    assert (found["Fruit::weight"].signature, found["Fruit::weight"].kind) == ("pub fn weight(&self) -> u32", "method")
    assert found["Fruit::tags"].signature == "pub fn tags(&self) -> Vec<Vec<u8>>"
    assert found["Bush::Twig"].kind == "type" and found["Bush::grow"].kind == "method" and "Tree::Leaf" not in found


def test_macros_that_call_and_define_macros_are_followed(tmp_path: Path) -> None:
    found = items(tmp_path, """
macro_rules! row {
    (@grow [$($done:ident)*] $next:ident $($rest:ident)*) => { row! { @grow [$($done)* $next] $($rest)* } };
    (@grow [$($done:ident)*]) => { $( pub struct $done; )* };
    ($($name:ident),* $(,)?) => { row! { @grow [] $($name)* } };
}
row! { Elm, Oak, Ash, }
macro_rules! nursery { ($name:ident) => { macro_rules! $name { ($x:ident) => { pub fn $x() {} } } } }
nursery!(plant);
plant!(seed);
macro_rules! keyword { [fn] => { $crate::Elm }; [let] => { $crate::Oak }; }
macro_rules! each { ($($(#[$a:meta])* $v:vis mod $name:ident { $($inside:tt)* })*) => { $( $(#[$a])* $v mod $name { $($inside)* } )* } }
each! { /// Deep.
pub mod bed { row! { Fern } pub mod pot { plant!(dig); } } mod hidden { pub struct Root; } }
""")  # fmt: skip
    assert set(found) == {"Elm", "Oak", "Ash", "seed", "bed", "bed::Fern", "bed::pot", "bed::pot::dig"}
    assert (found["Elm"].line, found["bed"].docs, found["bed::Fern"].line) == (7, "Deep.", 14)


def test_a_captured_expression_or_type_can_grow(tmp_path: Path) -> None:
    found = items(tmp_path, """
macro_rules! bits {
    ($t:ty; $($name:ident),*) => { bits! { @ $t; 0; $($name)* } };
    (@ $t:ty; $shift:expr;) => {};
    (@ $t:ty; $shift:expr; $name:ident $($rest:tt)*) => {
        pub const $name: $t = 1 << $shift;
        bits! { @ $t; $shift + 1; $($rest)* }
    };
}
bits! { u16; Bark, Leaf, Root }
macro_rules! inner { ($t:ty, $p:path) => { pub fn all() -> Vec<$t> where $t: $p + Send {} } }
macro_rules! outer { ($t:ty) => { inner! { <$t as Iterator>::Item, Clone } } }
outer! { std::vec::IntoIter<u8> }
macro_rules! hand_on { ($v:vis fn $n:ident) => { last! { { $v fn $n(); } } } }
macro_rules! last { ({ $one:item }) => { $one } }
extern "C" { hand_on! { pub fn handed } }
macro_rules! with_body { ($n:ident $b:block) => { last! { { pub fn $n() -> u8 $b } } last! { { const X: u8 = if true $b else $b; } } } }
with_body! { bodied { 1 } }
""")  # fmt: skip
    assert (found["handed"].signature, found["bodied"].signature) == ("pub fn handed()", "pub fn bodied() -> u8")
    assert [found[name].signature for name in ("Bark", "Leaf", "Root", "all")] == [
        "pub const Bark: u16 = 1 << 0", "pub const Leaf: u16 = 1 << 0 + 1", "pub const Root: u16 = 1 << 0 + 1 + 1",
        "pub fn all() -> Vec<<std::vec::IntoIter<u8> as Iterator>::Item> where <std::vec::IntoIter<u8> as Iterator>::Item: Clone + Send",
    ]  # fmt: skip


def test_lines_of_documentation_are_counted_where_a_rule_does(tmp_path: Path) -> None:
    found = items(tmp_path, """
macro_rules! pair { ($(#[$short:meta] #[doc = $long:literal] $name:ident;)*) => { $( #[$short] /// Long:
#[doc = $long] pub struct $name; )* } }
macro_rules! through { ($($all:tt)*) => { pair! { $($all)* } } }
pair! {
    /// Red "fruit".
    /// Of a tree.
    Cherry;
}
through! {
    /// Blue.
    /// Of a bush.
    Sloe;
}
""")  # fmt: skip
    assert found["Cherry"].docs == 'Red "fruit".\nLong:\nOf a tree.' and found["Cherry"].line == 8
    assert found["Sloe"].docs == "Blue.\nLong:\nOf a bush."


def test_a_call_means_the_definition_that_is_in_scope(tmp_path: Path) -> None:
    found = items(tmp_path, """
macro_rules! plot { ($n:ident) => { pub struct $n; } }
plot!(First);
macro_rules! plot { ($n:ident) => { pub enum $n {} } }
plot!(Second);
mod inner { macro_rules! plot { ($n:ident) => { pub union $n { a: u8 } } } }
plot!(Third);
#[macro_use] mod tools;
plot!(Fourth);
pub mod below { plot!(Fifth); tool_only!(Sixth); crate::late!(Seventh); }
crate::late!(Eighth);
pub use tools::helper as aid;
pub mod far { use crate::tools::helper as aid; aid!(Ninth); }
#[macro_export] macro_rules! late { ($n:ident) => { pub struct $n; } }
#[cfg(unix)] macro_rules! both { ($($t:tt)*) => { $($t)* } }
#[cfg(not(unix))] macro_rules! both { ($($t:tt)*) => {} }
both! { pub fn here() {} }
""", src__tools_rs="macro_rules! plot { ($n:ident) => { pub fn $n() {} } } macro_rules! tool_only { ($n:ident) => { pub struct $n; } }"
        "macro_rules! helper { ($n:ident) => { pub struct $n; } } pub(crate) use helper;")  # fmt: skip
    assert {path: one.kind for path, one in found.items() if path[0].isupper() or "::" in path} == {
        "First": "struct", "Second": "enum", "Third": "enum", "Fourth": "fn", "below::Fifth": "fn", "below::Sixth": "struct",
        "below::Seventh": "struct", "Eighth": "struct", "far::Ninth": "struct",
    }  # fmt: skip
    assert found["here"].kind == "fn" and found["late"].kind == "macro"


def test_what_could_not_be_expanded_is_counted(tmp_path: Path) -> None:
    read = contents(tmp_path, """
macro_rules! strange { ($x:fruit) => {} }
macro_rules! one { (a) => { pub fn a() {} } }
strange!(1); one!(b); unknown! { 1 + 2 } one!(a); compile_error!("no");
unknown! { pub fn plain() {} }
impl X { one! { c } }
cfg_if! { if #[cfg(a)] { pub fn branch() {} } }
""")  # fmt: skip
    assert {one.path for one in read.items} == {"orchard", "orchard::a", "orchard::plain", "orchard::branch"}
    assert read.unread == 4


HOSTILE = {
    "exponential": "macro_rules! m { ($($t:tt)*) => { m! { $($t)* $($t)* } } } m! { a b }",
    "two of itself": "macro_rules! m { () => { m!(); m!(); } } m!();",
    "endless": "macro_rules! m { ($($t:tt)*) => { m! { $($t)* } } } m! { a }",
    "growing": "macro_rules! m { ($($t:tt)*) => { m! { x $($t)* } pub fn a() {} } } m! { a }",
    "modules": "macro_rules! m { () => { pub mod a { m!(); } pub mod b { m!(); } } } m!();",
    "in circles": "macro_rules! a { () => { b!(); } } macro_rules! b { () => { a!(); } } a!();",
    "members": "macro_rules! m { () => { m!(); m!(); } } pub trait T { m!(); } impl X { m!(); }",
    "muncher": "macro_rules! m { ($a:tt $($t:tt)*) => { m! { $($t)* } }; () => {} } m! { " + "a " * 10_000 + "}",
    "many rules": "macro_rules! m { " + "($($e:expr),* ; x) => {};" * 400 + "} m! { " + "a + b, " * 10_000 + "}",
    "ambiguous": "macro_rules! m { ($(a)* $(a)* $(a)* $(a)* $(a)*) => {} } m! { " + "a " * 30_000 + "}",
    "nested repetition": "macro_rules! m { ($($($($a:ident)*)*)*) => { $($($($a)*)*)* } } m! { " + "a " * 20_000 + "}",
    "square": "macro_rules! m { ($($a:ident)*) => { n! { ($($a)*) $($a)* } } } macro_rules! n { ($all:tt $($a:ident)*) => "
    "{ $( pub fn $a() { stringify! $all } )* } } m! { " + "a " * 3_000 + "}",
    "deep repetition": "macro_rules! m { " + "($" * 1 + "$(" * 5_000 + "a" + ")*" * 5_000 + ") => {} } m!(a);",
    "generics": "macro_rules! m { ($t:ty) => { type A = $t; } } m! { " + "Vec<" * 50_000 + ">" * 50_000 + "}",
    "results": "macro_rules! m { ($t:ty) => { type A = $t; } } m! { " + "Fn() -> " * 50_000 + "u8 }",
    "conditions": "macro_rules! m { ($e:expr) => { const A: u8 = $e; } } m! { " + "if " * 50_000 + "}",
    "open": "macro_rules! m { ($($t:tt)*) => { $($t)* } } m! { " + "(" * 200_000,
    "closed": "macro_rules! m { ($($t:tt)*) => { $($t)* } } m! { " + ")" * 200_000 + "}",
    "balanced": "macro_rules! m { ($($t:tt)*) => { $($t)* } } m! { " + "(" * 100_000 + ")" * 100_000 + "}",
    "definitions": "macro_rules! m { ($n:ident) => { macro_rules! $n { () => { m!($n); $n!(); } } $n!(); } } m!(a);",
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_macro_comes_to_an_end(tmp_path: Path, name: str) -> None:
    with soon(25):
        found = items(tmp_path, f"pub fn before() {{}}\n{HOSTILE[name]}\npub fn after() {{}}", own=True)
    assert "before" in found


@pytest.mark.parametrize(
    "text",
    ["(" * 10_000_000, '"\\' * 150_000, "/*" * 150_000, "r#\"" * 100_000, "'" * 300_000, "b'" * 150_000, "/// a\n" * 50_000, "1." * 150_000,
     "#" * 300_000, "/*/" * 100_000, "r#" * 150_000, "0x" * 150_000],
    ids=lambda text: text[:6],
)  # fmt: skip
def test_tokens_are_found_in_linear_time(text: str) -> None:
    source = text.encode()
    with soon():
        found = tokenised(source, 0, len(source))
        if found is not None:
            assert len(source) <= LONGEST_TEXT and (partners(found.texts) is None or len(found) > 0)


def test_documentation_that_macros_put_together_is_read(tmp_path: Path) -> None:
    found = items(tmp_path, """
macro_rules! baskets { ($($name:ident of $count:literal $what:ty),*) => { $(
    #[doc = concat!("Holds ", $count, " of `", stringify!($what), "`.\\n", concat!(r"Its \\name", ": ", core::stringify!($name)))]
    pub struct $name;
    /// Plain.
    #[doc = $crate::unknown!(1)]
    impl $name { #[doc = concat!("open", "\\n)")] pub fn open() {} }
)* } }
baskets! { Small of 3 Vec<Pear>, Large of 40 u8 }
""")  # fmt: skip
    assert found["Small"].docs == "Holds 3 of `Vec<Pear>`.\nIts \\name: Small"
    assert found["Large"].docs == "Holds 40 of `u8`.\nIts \\name: Large"
    with soon():
        items(
            tmp_path,
            "#[doc = "
            + "concat!(" * 20_000
            + ")]\npub fn f() {}\n#[doc = concat!("
            + 'r#"' * 20_000
            + ")] pub fn g() {}",
        )
