"""What changed between two states of small crates: each change once, by its kind, and nothing that is still reachable as removed."""

from rusta.library.source_files import HeldFiles
from rusta.mirror.api import CrateApi
from rusta.mirror.api_changes import api_changes, flat_changes
from rusta.mirror.workspace_changes import changed_apis
from tests.mirror.test_api import api

Told = set[tuple[str, str, str]]


def told(old: str, new: str) -> Told:
    return {(one.change, one.kind, one.path) for one in api_changes(api(old), api(new))}


def flat(old: str, new: str) -> Told:
    return {(one.change, one.kind, one.path) for one in flat_changes(api(old), api(new))}


def other(name: str, lib: str) -> CrateApi:
    files = {"Cargo.toml": f'[package]\nname = "{name}"\n'.encode(), "src/lib.rs": lib.encode()}
    from rusta.mirror.api import public_api

    return public_api(HeldFiles(files))


def test_added_removed_and_changed_items_are_told() -> None:
    old = "pub fn a() {} pub fn b(n: u8) {} pub fn c() {} pub struct S; impl S { pub fn m(&self) {} }"
    new = (
        "pub fn b(n: u16) {} pub fn c() {} pub fn d() {} pub struct S; impl S { pub fn m(&mut self) {} pub fn k() {} }"
    )
    assert told(old, new) == {
        ("removed", "fn", "jar::a"), ("signature", "fn", "jar::b"), ("added", "fn", "jar::d"), ("signature", "method", "jar::S::m"),
        ("added", "method", "jar::S::k"),
    }  # fmt: skip


def test_what_calls_of_one_macro_give_is_told_for_each_of_them() -> None:
    lib = "macro_rules! one { ($n:ident) => { pub struct $n; impl $n { pub fn m(&self) -> %s { 0 } } } } one!(A); one!(B);"
    assert told(lib % "u8", lib % "u16") == {("signature", "method", "jar::A::m"), ("signature", "method", "jar::B::m")}


def test_nothing_is_told_of_what_is_spelled_otherwise() -> None:
    assert told("use std::fmt::Debug; pub fn f<T: Debug>(a: T) {} mod m { pub struct X; } pub use m::X;",
                "pub fn f<U>(b: U,) where U: core::fmt::Debug { /* new */ } mod n { pub struct X; } pub use n::*;") == set()  # fmt: skip


def test_what_is_wholly_new_or_gone_is_told_without_its_members_and_flat_with_them() -> None:
    old, new = "pub mod m { pub struct S { pub n: u8 } impl Clone for S {} }", "pub enum E { A, B }"
    assert told(old, new) == {("removed", "module", "jar::m"), ("added", "enum", "jar::E")}
    assert flat(old, new) == {
        ("removed", "module", "jar::m"), ("removed", "struct", "jar::m::S"), ("removed", "field", "jar::m::S::n"),
        ("removed", "impl", "jar: impl Clone for jar::m::S"), ("added", "enum", "jar::E"), ("added", "variant", "jar::E::A"),
        ("added", "variant", "jar::E::B"),
    }  # fmt: skip


def test_a_change_of_an_item_with_several_paths_is_told_once_under_the_shortest() -> None:
    lib = "pub mod a { pub mod b { pub fn f(n: %s) {} } } pub use a::b::f; pub mod prelude { pub use crate::f; }"
    assert told(lib % "u8", lib % "u16") == {("signature", "fn", "jar::f")}
    assert len(flat(lib % "u8", lib % "u16")) == 3


def test_an_item_that_is_found_elsewhere_is_moved_and_what_changed_inside_is_told() -> None:
    old = "pub mod a { pub struct Jar { pub n: u8 } impl Jar { pub fn x() {} pub fn y() {} } impl Clone for Jar {} } pub mod b {}"
    new = "pub mod a {} pub mod b { pub struct Jar { pub n: u8 } impl Jar { pub fn x() {} pub fn z() {} } impl Clone for Jar {} }"
    assert told(old, new) == {
        ("moved", "struct", "jar::a::Jar"),
        ("removed", "method", "jar::a::Jar::y"),
        ("added", "method", "jar::b::Jar::z"),
    }
    [moved] = [one for one in api_changes(api(old), api(new)) if one.change == "moved"]
    assert moved.new is not None and moved.new.path == "jar::b::Jar"


def test_another_item_of_the_same_name_is_not_where_one_moved_to() -> None:
    assert ("moved", "struct", "jar::a::Error") not in told(
        "pub mod a { pub struct Error; } pub mod b { pub struct Error; }",
        "pub mod a {} pub mod b { pub struct Error; }",
    )


def test_what_moved_behind_a_re_export_of_another_crate_is_re_exported_with_the_crate_at_hand_and_without() -> None:
    old = api(
        "pub mod de { pub trait Read { fn read(&self); } pub struct Error; } pub use de::Read; impl Read for u8 { fn read(&self) {} }"
    )
    new = api("pub use jar_core::{de, Read};")
    core = other(
        "jar_core",
        "pub mod de { pub trait Read { fn read(&self); } pub struct Error; } pub use de::Read; impl Read for u8 { fn read(&self) {} }",
    )
    found = [(one.change, one.kind, one.path) for one in api_changes(old, new, [], [core])]
    assert found == [("reexported", "trait", "jar::Read"), ("reexported", "module", "jar::de")]
    alone = {(one.change, one.path) for one in api_changes(old, new) if one.kind != "impl"}
    assert alone == {("reexported", "jar::Read"), ("reexported", "jar::de")}


def test_what_is_missing_in_the_crate_that_is_re_exported_is_removed() -> None:
    old, new = api("pub mod de { pub fn a() {} pub fn b() {} }"), api("pub use jar_core::de;")
    found = {
        (one.change, one.path)
        for one in api_changes(old, new, [], [other("jar_core", "pub mod de { pub fn a(n: u8) {} }")])
    }
    assert found == {("reexported", "jar::de"), ("removed", "jar::de::b"), ("signature", "jar::de::a")}


def test_a_glob_of_another_crate_that_is_new_holds_what_is_not_here_any_more() -> None:
    assert {one.change for one in api_changes(api("pub fn a() {}"), api("pub use jar_core::*;"))} == {"reexported"}


def test_deprecation_gates_unsafety_and_marks_are_changes_of_their_own() -> None:
    new = '#[deprecated(note = "use b")] pub fn a() {} #[cfg(unix)] pub fn b() {} pub unsafe fn c() {} #[non_exhaustive] pub enum E { V }'
    assert told("pub fn a() {} pub fn b() {} pub fn c() {} pub enum E { V }", new) == {
        ("deprecated", "fn", "jar::a"), ("gated", "fn", "jar::b"), ("unsafe", "fn", "jar::c"), ("signature", "fn", "jar::c"),
        ("marks", "enum", "jar::E"),
    }  # fmt: skip
    assert told("#[deprecated] #[cfg(unix)] pub fn a() {}", "pub fn a() {}") == {
        ("undeprecated", "fn", "jar::a"),
        ("ungated", "fn", "jar::a"),
    }


def test_trait_items_that_became_provided_and_implementations_are_told() -> None:
    assert told("pub trait T { fn f(&self); } impl T for u8 { fn f(&self) {} }",
                "pub trait T { fn f(&self) {} fn g(&self) {} } impl T for u16 {}") == {
        ("signature", "method", "jar::T::f"), ("added", "method", "jar::T::g"), ("removed", "impl", "jar: impl jar::T for u8"),
        ("added", "impl", "jar: impl jar::T for u16"),
    }  # fmt: skip


def test_edition_and_rust_version_are_told_of_the_package() -> None:
    found = api_changes(api("", 'edition = "2018"\n'), api("", 'edition = "2021"\nrust-version = "1.70"\n'))
    assert [(one.change, one.old and one.old.signature, one.new and one.new.signature) for one in found] == [
        ("edition", "2018", "2021"), ("msrv", None, "1.70"),
    ]  # fmt: skip


def test_packages_of_a_workspace_are_compared_with_each_other_and_those_that_are_the_same_are_not_read() -> None:
    manifest = {name: f'[package]\nname = "{name}"\n'.encode() for name in ("jar", "jar_core", "same")}
    old = HeldFiles({"jar/Cargo.toml": manifest["jar"], "jar/src/lib.rs": b"pub mod de { pub fn f() {} }",
                     "same/Cargo.toml": manifest["same"], "same/src/lib.rs": b"pub fn f() {}"})  # fmt: skip
    new = HeldFiles({"jar/Cargo.toml": manifest["jar"], "jar/src/lib.rs": b"pub use jar_core::de;",
                     "core/Cargo.toml": manifest["jar_core"], "core/src/lib.rs": b"pub mod de { pub fn f() {} pub fn g() {} }",
                     "same/Cargo.toml": manifest["same"], "same/src/lib.rs": b"pub fn f() {}",
                     "same/tests/t.rs": b"fn t() {}"})  # fmt: skip
    before, after = {"jar": "jar", "same": "same"}, {"jar": "jar", "jar_core": "core", "same": "same"}
    for workers in (1, 2):
        found = changed_apis(old, new, before, after, workers).changes()
        assert {(one.crate, one.change, one.path) for one in found} == {
            ("jar", "reexported", "jar::de"),
            ("jar", "added", "jar::de::g"),
        }


def test_a_re_export_with_several_paths_is_told_once() -> None:
    old = "pub mod a { pub use lids::Lid; pub mod b { pub use super::Lid; } } pub use a::Lid;"
    assert told(old, "pub mod a { pub mod b {} }") == {("removed", "use", "jar::Lid")}
