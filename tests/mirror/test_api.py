"""The public API of small crates: paths, what is compared of an item, conditions, and what could not be read."""

import os
from pathlib import Path

import pytest

from rusta.library.cfg_settings import CfgSetting
from rusta.library.source_files import FolderFiles, HeldFiles
from rusta.mirror.api import CrateApi, PublicItem, public_api
from tests.linear import soon


def api(lib: str, manifest: str = "", setting: CfgSetting | None = None, **files: str) -> CrateApi:
    """The API of a crate `jar`; `__` in a name is a slash, and `_rs` at its end a dot."""
    held = {name.replace("__", "/").replace("_rs", ".rs"): text.encode() for name, text in files.items()}
    held |= {
        "Cargo.toml": f'[package]\nname = "jar"\nversion = "1.0.0"\n{manifest}'.encode(),
        "src/lib.rs": lib.encode(),
    }
    return public_api(HeldFiles(held), setting)


def items(lib: str, **more: str) -> dict[str, PublicItem]:
    return {one.path: one for one in api(lib, **more).items}


def paths(lib: str, **more: str) -> set[str]:
    return set(items(lib, **more))


def shape(lib: str, path: str = "jar::f") -> str:
    return items(lib)[path].shape


def test_an_item_has_every_path_that_another_crate_can_name_it_by() -> None:
    assert paths("mod a { pub struct Jar; pub(crate) struct Lid; pub mod b { pub fn f() {} } } pub use a::Jar; pub use a::b as c;"
                 "pub mod prelude { pub use crate::a::*; }") == {
        "jar::Jar", "jar::c", "jar::c::f", "jar::prelude", "jar::prelude::Jar", "jar::prelude::b", "jar::prelude::b::f",
    }  # fmt: skip


def test_what_is_hidden_has_no_path_and_what_a_hidden_module_holds_has_that_of_its_re_export() -> None:
    lib = "#[doc(hidden)] pub fn quiet() {} #[doc(hidden)] pub mod m { pub fn f() {} } pub use m::f;"
    assert paths(lib) == {"jar::f"}


def test_a_name_that_is_told_shadows_one_that_a_glob_brings() -> None:
    found = items("mod a { pub struct X { pub n: u8 } } pub use a::*; pub struct X;")
    assert found["jar::X"].shape == "unit|" and "jar::X::n" not in found


def test_a_trait_and_a_derive_of_one_name_are_two_re_exports() -> None:
    told = api("pub use jar_core::{de, Fill}; pub use jar_derive::Fill;").exports
    assert {(one.path, one.target) for one in told} >= {
        ("jar::Fill", "jar_core::Fill"),
        ("jar::Fill", "jar_derive::Fill"),
    }


def test_what_comes_of_another_crate_is_a_use_with_its_target() -> None:
    found = api(
        "pub use lids::{Lid as Top, flat::*}; mod inner { pub use far::Thing; } pub use inner::Thing; use near; pub use near::N;"
    )
    assert {(one.path, one.target, one.glob) for one in found.exports} == {
        ("jar::Top", "lids::Lid", False), ("jar", "lids::flat", True), ("jar::Thing", "far::Thing", False), ("jar::N", "near::N", False),
    }  # fmt: skip
    assert {one.path for one in found.items} == {"jar::Top", "jar::*", "jar::Thing", "jar::N"}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("pub fn f<T: Copy + Send,>(a: T,) -> u8 { 0 }", "pub fn f<U>(b: U) -> u8 where U: Send, U: Copy { 1 } // other"),
        ("use std::fmt; pub fn f(a: &fmt::Debug) {}", "pub fn f(a: &dyn core::fmt::Debug) {}"),
        ("pub fn f(a: Option<u8>) {}", "pub fn f(a: ::core::option::Option<u8>) {}"),
        ("pub fn f<'a>(a: &'a str) -> &'a str { a }", "pub fn f<'b>(c: &'b str) -> &'b str { c }"),
        ("type Few = Vec<u8>; pub fn f(a: Few) {}", "pub fn f(a: Vec<u8>) {}"),
        ("type P<T> = (T, T); pub fn f(a: P<u8>) {}", "pub fn f(a: (u8, u8)) {}"),
        ("pub fn f() -> () {}", "pub fn f() {}"), ("pub fn f(mut a: u8) {}", "pub fn f(_: u8) {}"),
        ("macro_rules! T { [+] => { $crate::Plus }; } pub struct Plus; pub fn f(a: T![+]) {}", "pub struct Plus; pub fn f(a: Plus) {}"),
        ("pub fn f<I: Iterator>(a: <I as Iterator>::Item) {}", "pub fn f<I: Iterator>(a: I::Item) {}"),
        ('pub extern fn f() {}', 'pub extern "C" fn f() {}'),
    ],
)  # fmt: skip
def test_a_function_that_is_spelled_otherwise_is_the_same(one: str, other: str) -> None:
    assert shape(one) == shape(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("pub fn f(a: u8) {}", "pub fn f(a: u16) {}"), ("pub fn f() {}", "pub unsafe fn f() {}"), ("pub fn f() {}", "pub async fn f() {}"),
        ("pub fn f() {}", "pub const fn f() {}"), ("pub fn f<T>(a: T) {}", "pub fn f<T: Copy>(a: T) {}"),
        ("pub fn f<A, B>(a: A, b: B) {}", "pub fn f<A, B>(a: B, b: A) {}"), ("pub fn f(a: &str) {}", "pub fn f(a: &mut str) {}"),
        ("use std::fmt::Error; pub fn f(a: Error) {}", "use std::io::Error; pub fn f(a: Error) {}"),
        ("pub fn f(a: (u8,)) {}", "pub fn f(a: (u8)) {}"), ("pub fn f() -> u8 { 0 }", "pub fn f() {}"),
    ],
)  # fmt: skip
def test_a_function_that_another_crate_notices_is_another(one: str, other: str) -> None:
    assert shape(one) != shape(other)


def test_of_private_fields_only_that_there_are_some_is_told() -> None:
    found = items("pub struct A { pub n: u8, m: u8 } pub struct B(pub u8, String); pub struct C { pub n: u8 }")
    assert (
        found["jar::A"].shape
        == items("pub struct A { pub n: u8, other: Vec<u8>, third: u8 }")["jar::A"].shape
        != found["jar::C"].shape
    )
    assert {path for path, one in found.items() if one.kind == "field"} == {"jar::A::n", "jar::B::0", "jar::C::n"}


def test_the_value_of_a_constant_is_not_compared_and_its_type_is() -> None:
    assert (
        shape("pub const C: u8 = 1;", "jar::C")
        == shape("pub const C: u8 = 2;", "jar::C")
        != shape("pub const C: u16 = 1;", "jar::C")
    )


def test_items_of_a_trait_are_required_or_provided() -> None:
    found = items("pub trait T { type A; const N: u8 = 1; fn f(&self); fn g(&self) {} }")
    assert {path.rpartition("::")[2]: one.shape.split()[0] for path, one in found.items() if path.count("::") == 2} == {
        "A": "required", "N": "provided", "f": "required", "g": "provided",
    }  # fmt: skip


def test_a_method_knows_the_bounds_of_its_block() -> None:
    one = shape("pub struct S<T>(T); impl<T: Copy> S<T> { pub fn m(&self) {} }", "jar::S::m")
    assert one != shape("pub struct S<T>(T); impl<T> S<T> { pub fn m(&self) {} }", "jar::S::m")
    assert one == shape("pub struct S<U>(U); impl<V> S<V> where V: Copy { pub fn m(&self) {} }", "jar::S::m")


def test_implementations_of_traits_are_items_and_derives_among_them() -> None:
    found = items("#[derive(Clone, PartialEq)] pub struct S<T>(T); pub trait Own {} impl<T> Own for S<T> {} struct Private;"
                  "impl Own for Private {} impl<'a> From<&'a str> for S<u8> {}"
                  "impl Iterator for S<u8> { type Item = u8; } trait Hidden {} impl Hidden for S<u8> {}"
                  "impl From<Private> for S<u8> {} const _: () = { impl Own for u8 {} };")  # fmt: skip
    assert {path.removeprefix("jar: impl ") for path, one in found.items() if one.kind == "impl"} == {
        "Clone for jar::S<$0>", "PartialEq for jar::S<$0>", "StructuralPartialEq for jar::S<$0>", "jar::Own for jar::S<$0>",
        "From<&str> for jar::S<u8>", "Iterator for jar::S<u8>", "jar::Own for u8",
    }  # fmt: skip
    assert (
        "$0:Clone" in found["jar: impl Clone for jar::S<$0>"].shape
        and "Item=u8" in found["jar: impl Iterator for jar::S<u8>"].shape
    )


def test_macros_are_compared_by_what_their_rules_take() -> None:
    lib = "#[macro_export] macro_rules! put { ($a:expr) => { %s }; ($a:expr, $b:ty) => {} }"
    assert shape(lib % "1", "jar::put") == shape(lib % "2 + $a", "jar::put")
    assert shape(lib % "1", "jar::put") != shape("#[macro_export] macro_rules! put { ($a:expr) => {} }", "jar::put")


def test_deprecation_reaches_what_is_inside_and_marks_are_told() -> None:
    found = items('#[deprecated(note = "use B")] pub struct A { pub n: u8 } #[non_exhaustive] pub enum E { V }'
                  "#[must_use] pub fn f() {} pub unsafe fn g() {}")  # fmt: skip
    assert found["jar::A::n"].deprecated == found["jar::A"].deprecated == "Deprecated: use B"
    assert (found["jar::E"].marks, found["jar::f"].marks) == (("non_exhaustive",), ("must_use",))
    assert found["jar::g"].unsafe and not found["jar::f"].unsafe


def test_a_condition_that_is_false_takes_an_item_out_and_one_that_is_true_is_kept_as_its_gate() -> None:
    lib = '#[cfg(windows)] pub fn w() {} #[cfg(all(unix, feature = "lids"))] pub fn u() {} #[cfg(not(feature = "std"))] pub fn n() {}' \
        '#[cfg_attr(feature = "std", derive(Clone))] pub struct S; #[cfg(target_pointer_width = "64")] pub fn wide() {}' \
        'cfg_if::cfg_if! { if #[cfg(unix)] { pub fn a() {} } else { pub fn b() {} } } #[cfg(any())] pub mod gone;'  # fmt: skip
    features = "[features]\nlids = []\nstd = []\ndefault = []\n"
    found = items(lib, manifest=features)
    assert set(found) == {"jar::u", "jar::S", "jar: impl Clone for jar::S", "jar::wide", "jar::a"}
    assert found["jar::u"].gate == 'feature = "lids", all(unix, feature = "lids")'
    none = {one.path for one in api(lib, features, CfgSetting(frozenset())).items}
    assert none == {"jar::n", "jar::S", "jar::wide", "jar::a"}


def test_flags_of_a_build_script_are_told_by_their_names() -> None:
    build = 'fn main() { println!("cargo:rustc-cfg=has_std"); println!("cargo:rustc-cfg=jar_no_const"); ac.emit("has_i128"); }'
    lib = "#[cfg(has_std)] pub fn a() {} #[cfg(not(jar_no_const))] pub fn b() {} #[cfg(jar_no_const)] pub fn c() {}"
    lib += "#[cfg(has_i128)] pub fn d() {}"
    assert paths(lib, build_rs=build) == {"jar::a", "jar::b", "jar::d"}


def test_edition_and_rust_version_are_those_of_the_manifest_or_of_the_workspace() -> None:
    said = api("", 'edition = "2021"\nrust-version = "1.70"\n')
    assert (said.edition, said.rust_version, api("").edition) == ("2021", "1.70", "2015")
    files = HeldFiles({"Cargo.toml": b'[package]\nname = "jar"\nedition.workspace = true\n', "src/lib.rs": b""})
    assert public_api(files, inherited={"edition": "2024"}).edition == "2024"


def test_what_a_macro_of_the_crate_gives_is_part_of_the_api() -> None:
    found = items("""
macro_rules! lids { ($($name:ident: $of:ty = $flag:meta),*) => { $(
    #[cfg($flag)] #[derive(Clone)] pub struct $name(pub $of);
    #[cfg($flag)] impl From<$of> for $name { fn from(of: $of) -> Self { Self(of) } }
    #[cfg($flag)] impl $name { /// Opens.
        pub const fn open(self) -> $crate::Jar { todo!() } }
)* } }
pub struct Jar;
lids! { Round: u8 = unix, Flat: u16 = windows }
mod late { crate::last!(); }
const _: () = { crate::last!(Jar); };
macro_rules! last { () => { pub use super::Jar as Pot; }; ($name:ident) => { impl Default for $name { fn default() -> Self { Jar } } }; }
pub use late::*;
""")
    assert found.keys() == {
        "jar::Jar", "jar::Pot", "jar::Round", "jar::Round::0", "jar::Round::open", "jar: impl Clone for jar::Round",
        "jar: impl From<u8> for jar::Round", "jar: impl Default for jar::Jar",
    }  # fmt: skip
    opens = found["jar::Round::open"]
    assert (opens.signature, opens.docs, opens.line) == ("pub const fn open(self) -> crate::Jar", "Opens.", 6)
    assert opens.shape == shape(
        "pub struct Jar; pub struct Round(u8); impl Round { pub const fn open(self) -> Jar {} }", "jar::Round::open"
    )


def test_of_cfg_if_the_branch_that_holds_is_read_also_inside_of_a_macro() -> None:
    branches = "cfg_if::cfg_if! { if #[cfg(%s)] { pub fn a() {} } else if #[cfg(unix)] { pub fn b() {} } else { pub fn c() {} } }"
    assert paths(branches % "windows") == {"jar::b"}
    assert paths("macro_rules! wrap { ($($i:tt)*) => { $($i)* } } wrap! { %s }" % (branches % "unix")) == {"jar::a"}
    assert dict(api("cfg_if! { if #[cfg(unix)] {} else { pub fn a() {} } }").unread) == {}


def test_what_could_not_be_read_is_counted() -> None:
    unread = dict(api("pub mod absent; #[derive(Other)] pub struct S; unknown! { a b c } unknown! { d }").unread)
    assert (unread["mod absent"], unread["derive Other"], unread["unknown!"]) == (1, 1, 2)


def test_a_package_without_a_library_or_a_manifest_has_no_items(tmp_path: Path) -> None:
    assert public_api(FolderFiles(tmp_path)).items == ()
    assert public_api(HeldFiles({"Cargo.toml": b"[package", "src/lib.rs": b"pub fn f() {}"})).items == ()
    assert (
        public_api(HeldFiles({"Cargo.toml": b'[package]\nname = "jar"\n', "src/main.rs": b"pub fn f() {}"})).items == ()
    )


def test_links_out_of_the_crate_and_pipes_are_not_read(tmp_path: Path) -> None:
    (tmp_path / "secret.rs").write_text("pub fn secret() {}")
    source = tmp_path / "crate" / "src"
    source.mkdir(parents=True)
    (tmp_path / "crate" / "Cargo.toml").write_text('[package]\nname = "jar"\n')
    (source / "lib.rs").write_text('pub mod linked; pub mod pipe; #[path = "../../secret.rs"] pub mod up;')
    (source / "linked.rs").symlink_to(tmp_path / "secret.rs")
    os.mkfifo(source / "pipe.rs")
    with soon():
        assert not [one for one in public_api(FolderFiles(tmp_path / "crate")).items if one.kind == "fn"]


@pytest.mark.parametrize(
    "text",
    ["impl<" * 50_000, "impl A for " * 50_000, "pub fn f<" + "T: A<" * 50_000, "#[cfg(" + "all(" * 50_000,
     "#[derive(" + "A, " * 100_000 + ")] pub struct S;",
     "pub type A = " + "B<" * 50_000, "type A = A; pub fn f(a: A) {} " * 1_000, "pub struct S(" + "(" * 100_000,
     "pub fn f() where " + "T: A, " * 50_000,
     "macro_rules! T { [+] => { T![+] }; } pub fn f(a: T![+]) {}", "pub use self::a as b; pub use self::b as a;",
     "#[cfg_attr(unix, " * 20_000],
    ids=lambda text: text[:14],
)  # fmt: skip
def test_a_source_without_sense_is_read_in_linear_time(text: str) -> None:
    with soon(20):
        assert "jar::before" in paths(f"pub fn before() {{}}\n{text}\npub fn after() {{}}")


def test_a_path_that_begins_with_a_crate_is_not_one_of_a_module_of_that_name() -> None:
    lib = "mod core { pub struct fmt; } mod m { use ::core::fmt::Debug; pub fn f(a: &dyn Debug) {} } pub use m::f;"
    assert shape(lib) == shape("pub fn f(a: &dyn std::fmt::Debug) {}")


def test_a_name_of_a_module_that_only_a_glob_of_another_crate_brings_is_that_crates() -> None:
    lib = "mod net { pub use std::net::*; } use crate::net::IpAddr; pub fn f(a: IpAddr) {}"
    assert shape(lib) == shape("pub fn f(a: core::net::IpAddr) {}")


def test_two_crates_may_give_one_name() -> None:
    found = api("pub use jar_core::Open; pub use jar_derive::Open;")
    assert {one.target for one in found.exports} == {"jar_core::Open", "jar_derive::Open"}


def test_an_unsafe_block_of_a_constant_holds_implementations() -> None:
    lib = "pub trait T {} macro_rules! of { ($t:ty) => {{ impl T for $t {} }} } const _: () = unsafe { impl T for u8 {} };"
    assert "jar: impl jar::T for u8" in paths(lib)


def test_alike_sources_are_parsed_once_for_two_states() -> None:
    trees = dict[bytes, object]()
    files = {
        "Cargo.toml": b'[package]\nname = "jar"\n',
        "src/lib.rs": b"mod a; pub use a::f;",
        "src/a.rs": b"pub fn f() {}",
    }
    first = public_api(HeldFiles(files), trees=trees)
    kept = dict(trees)
    second = public_api(HeldFiles(files | {"src/lib.rs": b"mod a; pub use a::f as g;"}), trees=trees)
    assert (len(kept), len(trees)) == (2, 3)
    assert [one.path for one in (*first.items, *second.items)] == ["jar::f", "jar::g"]
