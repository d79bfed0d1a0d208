"""Two versions of one crate in a graph: brought together upwards, and never downwards."""

from pathlib import Path

import pytest

from rusta.loop.think.strategies.dependencies.crate_versions import crate_versions
from tests.loop.think.strategies.crates_offline import Files, manifest, manifests_of, offered, registry, repaired


def units(version: str) -> Files:
    """A crate of one type, as `http` is one whose types are in everybody's signatures."""
    return {
        "Cargo.toml": manifest("units", version, "[features]\nlong = []"),
        "src/lib.rs": """\
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Metre(pub u32);
impl Metre { pub fn get(self) -> u32 { self.0 } }
""",
    }


def chart(version: str, of: str) -> Files:
    return {
        "Cargo.toml": manifest("chart-plot", version, f'[dependencies]\nunits = "{of}"'),
        "src/lib.rs": """\
pub use units::Metre;
pub trait Depth { fn depth(&self) -> Metre; }
pub fn deepest(of: &[Metre]) -> Option<Metre> { of.iter().copied().max_by_key(|one| one.0) }
""",
    }


CRATES = {
    "units-0.3.1": units("0.3.1"), "units-1.4.0": units("1.4.0"),
    "tide-table-1.0.0": {
        "Cargo.toml": manifest("tide-table", "1.0.0", '[dependencies]\nunits = "1"'),
        "src/lib.rs": "pub struct Table;\nimpl Table { pub fn depths(&self) -> Vec<units::Metre> { vec![units::Metre(4)] } }\n",
    },
    "chart-plot-0.8.0": chart("0.8.0", "0.3"), "chart-plot-0.9.2": chart("0.9.2", "1.2"),
}  # fmt: skip
SOURCE = """\
use chart_plot::{deepest, Depth};
use units::Metre;
pub struct Lake { pub soundings: Vec<Metre> }
impl Depth for Lake { fn depth(&self) -> Metre { deepest(&self.soundings).unwrap_or(Metre(0)) } }
#[test] fn t() { assert_eq!(Lake { soundings: vec![Metre(2), Metre(9)] }.depth().get(), 9); }
"""
CALLED = """\
use units as measure;
pub fn all(depths: &[measure::Metre]) -> Option<measure::Metre> { chart_plot::deepest(depths) }
#[test] fn t() { assert_eq!(all(&[measure::Metre(1)]), Some(measure::Metre(1))); }
"""
TWO = """\
pub fn all(tide: &tide_table::Table) -> Option<u32> { chart_plot::deepest(&tide.depths()).map(|one| one.get()) }
#[test] fn t() { assert_eq!(all(&tide_table::Table), Some(4)); }
"""
CASES: dict[str, tuple[Files, str, str]] = {
    "the manifest asks for the lower": (
        {"Cargo.toml": manifest("lake", more='[dependencies]\nchart-plot = "0.9"\nunits = "0.3" # metres\n'), "src/lib.rs": SOURCE},
        'units = "1" # metres',
        "there are two versions of units, 0.3.1 (of lake 0.1.0), 1.4.0 (of chart-plot 0.9.2)",
    ),
    "a dependency brings the lower": (
        {
            "Cargo.toml": manifest("lake", more='[dependencies]\nchart-plot = { version = "0.8.0" }\nunits = "1.4"\n'),
            "src/lib.rs": CALLED,
        },
        'chart-plot = { version = "0.9.2" }',
        "asks for chart-plot 0.9.2 now, which uses units 1.4.0",
    ),
    "two dependencies, and the manifest names neither": (
        {
            "Cargo.toml": manifest("lake", more='[dependencies]\ntide-table = "1"\nchart-plot = "0.8"\n'),
            "src/lib.rs": TWO,
        },
        'chart-plot = "0.9"',
        "asks for chart-plot 0.9 now, which uses units 1.4.0",
    ),
    "in a workspace, inherited": (
        {
            "Cargo.toml": '[workspace]\nmembers = ["lake"]\n[workspace.dependencies.units]\nversion = "0.3.1"\nfeatures = ["long"]\n',
            "lake/Cargo.toml": manifest("lake", more='[dependencies]\nunits.workspace = true\nchart-plot = "0.9"\n'),
            "lake/src/lib.rs": SOURCE,
        },
        'version = "1.4.0"\nfeatures = ["long"]',
        "Cargo.toml asks for units 1.4.0 now",
    ),
}  # fmt: skip
FIRST = "the manifest asks for the lower"


@pytest.mark.parametrize(
    "name", [one if one == FIRST else pytest.param(one, marks=pytest.mark.long) for one in CASES], ids=str
)
def test_two_versions_of_a_crate_are_brought_together(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    registry(tmp_path / "cargo", CRATES, monkeypatch)
    files, written, why = CASES[name]
    done = repaired(tmp_path, files)
    assert done.why == "done"
    assert written in manifests_of(done), manifests_of(done)
    assert why in "; ".join(link.hypothesis.reason for link in done.chain)


@pytest.mark.long
def test_no_version_is_lowered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    crates = {name: of for name, of in CRATES.items() if name != "chart-plot-0.9.2"}  # nothing uses the higher one
    registry(tmp_path / "cargo", crates, monkeypatch)
    files = {
        "Cargo.toml": manifest("lake", more='[dependencies]\nchart-plot = "0.8"\nunits = "1"\n'),
        "src/lib.rs": CALLED,
    }
    assert offered(tmp_path, crate_versions, files) == []
