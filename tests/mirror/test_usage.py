"""Which items of its dependencies a workspace uses."""

from pathlib import Path

import pytest

from rusta.library.crate_sources import UnreadableLock
from rusta.mirror.usage import MOST_SITES_KEPT, WorkspaceUsage, used_items, workspace_usage
from tests.library.crates_on_disk import SOURCE, crate, lock
from tests.linear import soon

LOCKED = (("rand", "0.9.2", SOURCE), ("serde", "1.0.200", SOURCE), ("deep", "1.0.0", SOURCE))


@pytest.fixture(autouse=True)
def _own_cargo(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("CARGO_HOME", str(tmp_path / "cargo"))


def usage(folder: Path, *lines: str) -> WorkspaceUsage:
    """What one file of a crate uses that depends on rand, and on serde by another name."""
    needs = '[dependencies]\nrand = "0.9"\nser = { package = "serde", version = "1" }\n'
    crate(folder / "w", "w", "0.1.0", needs, src__main_rs="\n".join(lines))
    lock(folder / "w", ("w", "0.1.0", ""), *LOCKED)
    return workspace_usage(folder / "w")


def test_imports_and_what_they_name_are_used_with_their_sites(tmp_path: Path) -> None:
    found = usage(tmp_path, "use rand::{Rng, rngs::{self, StdRng as R}};", "", "fn a(r: R) -> R { rngs::mock(); r }")
    assert found.items == {
        "rand": {
            "rand::Rng": ["src/main.rs:1"],
            "rand::rngs": ["src/main.rs:1"],
            "rand::rngs::StdRng": ["src/main.rs:1", "src/main.rs:3"],
            "rand::rngs::mock": ["src/main.rs:3"],
        }
    }
    assert used_items(tmp_path / "w") == found.items


def test_paths_are_used_without_an_import_in_macros_and_attributes_too(tmp_path: Path) -> None:
    found = usage(tmp_path, "#[derive(ser::Serialize)]", "struct A;", 'fn a() { println!("{}", 0..rand::random()); }')
    assert found.items["serde"] == {"serde::Serialize": ["src/main.rs:1"]}
    assert found.items["rand"] == {"rand::random": ["src/main.rs:3"]}


def test_comments_strings_own_items_and_crates_that_are_not_direct_are_none(tmp_path: Path) -> None:
    found = usage(
        tmp_path, "// use rand::a;", "/* rand::b */", 'const A: &str = "rand::c"; const B: &str = r#"rand::d " "#;',
        "use crate::rand_like::Rng; use deep::x; fn a<'rand>(x: &'rand str) -> char { x.rand(); 'r' }",
    )  # fmt: skip
    assert found.items == {}


def test_a_method_is_used_where_its_type_or_trait_is(tmp_path: Path) -> None:
    found = usage(
        tmp_path, "use rand::Rng;", "use rand::prelude::*;", "fn a(mut r: SmallRng) { r.random_range(0..9); }"
    )
    assert found.sites("rand::Rng::random_range") == ["src/main.rs:3"]
    assert found.sites("rand::Other::random_range") == []
    assert found.sites("rand::Rng::other") == []
    assert found.sites("rand::prelude::SmallRng") == ["src/main.rs:3"]
    assert found.sites("rand::prelude::StdRng") == []
    assert found.sites("tokio::spawn") == []


def test_what_is_used_below_a_module_is_a_use_of_the_module(tmp_path: Path) -> None:
    assert usage(tmp_path, "fn a() { rand::rngs::mock(); }").sites("rand::rngs") == ["src/main.rs:1"]


def test_sites_are_bounded_and_vendored_sources_are_not_read(tmp_path: Path) -> None:
    found = usage(tmp_path, *(["fn a() { rand::random() }"] * 500))
    assert len(found.items["rand"]["rand::random"]) == MOST_SITES_KEPT
    (tmp_path / "w" / "vendor" / "x").mkdir(parents=True)
    (tmp_path / "w" / "vendor" / "x" / "a.rs").write_text("fn a() { rand::vendored() }")
    assert "rand::vendored" not in workspace_usage(tmp_path / "w").items["rand"]


@pytest.mark.parametrize(
    "text",
    ["use ", 'r#"', "/*", '"', "use rand::{", "a::", "::", "'", "rand::a.b(", "use a as b; ", "b'\\", "extern crate "],
)
def test_a_source_without_sense_is_read_in_linear_time(tmp_path: Path, text: str) -> None:
    with soon():
        usage(tmp_path, text * (1_000_000 // len(text)))


def test_a_workspace_without_a_lock_uses_nothing_and_a_broken_one_is_said(tmp_path: Path) -> None:
    crate(tmp_path / "w", "w", "0.1.0", src__main_rs="fn main() { rand::random() }")
    assert used_items(tmp_path / "w") == {}
    (tmp_path / "w" / "Cargo.lock").write_text("[[package")
    with pytest.raises(UnreadableLock, match="cargo generate-lockfile"):
        used_items(tmp_path / "w")
