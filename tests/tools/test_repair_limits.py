"""What a repair may not do, whoever proposes it."""

import pytest

from rusta.tools.repair_limits import overstepped

SOURCE = """\
pub struct Pool { free: Vec<u32> }

impl Pool {
    pub fn take(&mut self) -> Option<u32> {
        self.free.pop()
    }

    fn grow(&mut self) {
        self.free.push(1);
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn adds() {
        assert_eq!(1 + 1, 2);
    }
}
"""
MANIFEST = """\
[package]
name = "pool"
edition = "2021"
rust-version = "1.70"

[dependencies]
serde = { version = "1.0", features = ["derive"] }
http = "0.2"

[[test]]
name = "it"
"""


def said(old: str, new: str, source: str = SOURCE, path: str = "src/lib.rs") -> str:
    assert old in source
    return overstepped({path: source.replace(old, new).encode()}, lambda _: source.encode())


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        (SOURCE[SOURCE.index("#[cfg(test)]") :], "", "removes the test `adds`"),
        ("assert_eq!(1 + 1, 2);", "", "changes what the test `adds` asserts"),
        ("assert_eq!(1 + 1, 2);", "assert_eq!(1 + 1, 3);", "changes what the test `adds` asserts"),
        ("    #[test]\n", "    #[test]\n    #[ignore]\n", "adds an ignored test"),
        ("        self.free.push(1);\n", "        // nothing\n", "empties the body of `Pool::grow`"),
        ("self.free.pop()", "todo!()", "adds an unfinished body"),
        ("pub struct", "#[allow(dead_code)]\npub struct", "adds an `allow`"),
        ("    pub fn take", "    #[cfg(any())]\n    pub fn take", "adds code that is never compiled"),
        ("    pub fn take", "    #[cfg(test)]\n    pub fn take", "configures `Pool::take` out"),
        ("    pub fn take", "    fn take", "makes the public fn `Pool::take` private"),
        ("pub fn take", "pub fn took", "removes the public fn `Pool::take`"),
    ],
)
def test_what_the_code_promised_stays(old: str, new: str, why: str) -> None:
    assert why in said(old, new)


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ('"2021"', '"2018"', "lowers edition"),
        ('edition = "2021"\n', "", "lowers edition"),
        ('"1.70"', '"1.60"', "lowers rust-version"),
        ('http = "0.2"\n', "", "removes the dependency http"),
        ('"1.0"', '"0.9"', "lowers serde"),
        ('http = "0.2"', 'http = "0.1"', "lowers http"),
        ('[[test]]\nname = "it"\n', "", "removes a [[test]]"),
        ("[package]", "[package", "unreadable"),
    ],
)
def test_what_the_manifest_promised_stays(old: str, new: str, why: str) -> None:
    assert why in said(old, new, MANIFEST, "Cargo.toml")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("Option<u32> {\n        self.free.pop()", "Option<u32> {\n        self.free.pop().map(|n| n)"),
        ("pub struct Pool { free: Vec<u32> }", "#[derive(Debug)]\npub struct Pool { free: Vec<u32> }"),
        ("    fn grow", '    #[cfg(feature = "more")]\n    fn grow'),
        ("        assert_eq!(1 + 1, 2);", "        let one = 1;\n        assert_eq!(1 + 1, 2);\n        let _ = one;"),
    ],
)
def test_anything_else_is_for_the_tests_to_say(old: str, new: str) -> None:
    assert said(old, new) == ""


def test_versions_may_rise_and_features_may_be_added() -> None:
    raised = (
        MANIFEST.replace('"2021"', '"2024"').replace('http = "0.2"', 'http = "1"').replace('"derive"', '"derive", "rc"')
    )
    assert overstepped({"Cargo.toml": raised.encode()}, lambda _: MANIFEST.encode()) == ""


def test_a_public_item_may_move_to_another_file() -> None:
    moved = {"src/lib.rs": b"mod pool;\npub use pool::Pool;\n", "src/pool.rs": SOURCE.encode()}
    files = {"src/lib.rs": SOURCE.encode()}
    assert overstepped(moved, files.get) == ""


def test_what_is_private_elsewhere_under_the_same_name_is_another_item() -> None:
    both = (
        "pub struct A;\nimpl A { pub fn sign(&self) -> char { 'a' } }\n"
        "struct B;\nimpl B { fn sign(&self) -> u8 { 1 } }\n"
        "mod tests { #[test] fn one() { assert!(true) } }\nmod more { #[test] fn one() { assert!(!false) } }\n"
    )
    assert overstepped({"src/lib.rs": both.replace("'a'", "'b'").encode()}, {"src/lib.rs": both.encode()}.get) == ""


@pytest.mark.parametrize(("seen", "told"), [("pub ", ""), ("", "makes the public fn `f64::hot` private")])
def test_a_method_of_a_public_trait_is_as_public_as_it_was(seen: str, told: str) -> None:
    before = b"impl f64 {\n    pub fn hot(&self) -> bool { *self > 30.0 }\n}\n"
    head = f"{seen}trait Heat {{\n    fn hot(&self) -> bool;\n}}\n".encode()
    after = head + b"impl Heat for f64 {\n    fn hot(&self) -> bool { *self > 30.0 }\n}\n"
    assert overstepped({"src/lib.rs": after}, {"src/lib.rs": before}.get) == told
