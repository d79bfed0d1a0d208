"""Crates that the sources use and the manifest lacks: of the workspace, of the lock, of the cache."""

from pathlib import Path

import pytest

from rusta.loop.think.strategies.dependencies.missing_dependency import missing_dependency
from tests.loop.think.strategies.crates_offline import Files, manifest, manifests_of, offered, registry, repaired

CRATES: dict[str, Files] = {
    "half-float-2.1.0": {"Cargo.toml": manifest("half-float", "2.1.0"), "src/lib.rs": "pub fn half(n: u32) -> u32 { n / 2 }\n"},
    "half-float-3.0.0": {
        "Cargo.toml": manifest("half-float", "3.0.0", 'rust-version = "1.999"'), "src/lib.rs": "pub fn half(n: u32) -> u32 { n / 2 }\n",
    },
    "tint-1.0.4": {
        "Cargo.toml": manifest("tint", "1.0.4", '[dependencies]\nhalf-float = "2"'),
        "src/lib.rs": "pub use half_float::half as dim;\n#[macro_export]\nmacro_rules! tinted { ($e:expr) => { $crate::dim($e) } }\n",
    },
    "scratchpad-0.2.0": {"Cargo.toml": manifest("scratchpad", "0.2.0"), "src/lib.rs": "pub fn pad() -> u32 { 4 }\n"},
}  # fmt: skip
CASES: dict[str, tuple[Files, list[str]]] = {
    "one that the lock has, one of the tests": (
        {
            "Cargo.toml": manifest("mine", more='[dependencies]\ntint = "1" # colours\n'),
            "src/lib.rs": """\
mod shade;
pub use shade::darker;
#[cfg(test)]
mod tests {
    use scratchpad::pad;
    #[test] fn t() { assert_eq!(super::darker(pad() * 2), 2); }
}
""",
            "src/shade.rs": "use half_float::half;\npub fn darker(n: u32) -> u32 { half(tint::dim(n)) }\n",
        },
        ['tint = "1" # colours\nhalf-float = "2.1.0"', '[dev-dependencies]\nscratchpad = "0.2.0"'],
    ),
    "the newest in the cache that the rust-version allows": (
        {
            "Cargo.toml": manifest("mine", more='rust-version = "1.70"'),
            "src/lib.rs": "extern crate half_float;\npub fn quarter(n: u32) -> u32 { half_float::half(tint::tinted!(n)) }\n"
            "#[test] fn t() { assert_eq!(quarter(8), 2); }\n",
        },
        ['[dependencies]\nhalf-float = "2.1.0"\ntint = "1.0.4"'],
    ),
    "a member of the workspace, and one that all share": (
        {
            "Cargo.toml": '[workspace]\nmembers = ["app", "lib/core"]\nresolver = "2"\n[workspace.dependencies]\ntint = "1"\n',
            "lib/core/Cargo.toml": manifest("app-core", more='[dependencies]\ntint = { workspace = true }'),
            "lib/core/src/lib.rs": "pub fn base() -> u32 { tint::dim(6) }\n",
            "app/Cargo.toml": manifest("app"),
            "app/src/main.rs": """\
fn main() { println!("{}", app_core::base() + tint::dim(2)); }
#[test] fn t() { assert_eq!(app_core::base(), 3); }
""",
        },
        ['app-core = { path = "../lib/core" }', "tint = { workspace = true }"],
    ),
}  # fmt: skip
FIRST = "one that the lock has, one of the tests"


@pytest.mark.parametrize(
    "name", [one if one == FIRST else pytest.param(one, marks=pytest.mark.long) for one in CASES], ids=str
)
def test_crates_that_a_manifest_lacks_are_named_in_it(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    registry(tmp_path / "cargo", CRATES, monkeypatch)
    files, written = CASES[name]
    done = repaired(tmp_path, files)
    assert done.why == "done"
    assert "as the sources use it" in done.chain[0].hypothesis.reason
    assert all(one in manifests_of(done) for one in written), manifests_of(done)


def test_a_crate_that_is_not_on_this_machine_is_not_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    registry(tmp_path / "cargo", CRATES, monkeypatch)
    files = {
        "Cargo.toml": manifest("mine"),
        "src/lib.rs": "use nobody_has_it::Thing;\npub fn a(_: Thing) { shades::b(); }\n",
    }
    assert offered(tmp_path, missing_dependency, files) == []
