"""What an item of a crate needs, from the attributes and macros around it."""

from pathlib import Path

import pytest

from rusta.library.feature_gates import cfg_ways, crate_features, gated_finds, is_free
from tests.library.crates_on_disk import crate, written

CONDITIONS = {
    'feature = "a")': [["a"]],
    'all(feature = "a", unix))': [["a"]],
    'any(feature = "a", all(feature = "b", feature = "c")))': [["a"], ["b", "c"]],
    'all(feature = "a", not(feature = "b")))': [["!b", "a"]],
    'any(feature = "a", test, docsrs))': [["a"]],
    "test)": [],
    'not(any(target_arch = "wasm32", windows)))': [[]],
    'all(any(feature = "a", feature = "b"), feature = "c",))': [["a", "c"], ["b", "c"]],
}


@pytest.mark.parametrize("condition", CONDITIONS)
def test_a_condition_is_read_as_the_sets_of_features_that_satisfy_it(condition: str) -> None:
    assert sorted(sorted(way) for way in cfg_ways(condition)) == CONDITIONS[condition]


def test_a_broken_condition_of_any_depth_ends() -> None:
    assert cfg_ways("all(" * 5000) is not None and cfg_ways("any(,,(" * 500) is not None


def test_what_encloses_an_item_gates_it_as_well(tmp_path: Path) -> None:
    written(
        crate(tmp_path / "made", "made"),
        src__lib_rs="""\
macro_rules! cfg_net {
    ($($item:item)*) => { $( #[cfg(feature = "net")] $item )* }
}
// pub fn named_in_a_comment() {}
cfg_net! {
    pub mod wire;
}
#[cfg(feature = "clock")]
impl Day {
    /// `#[cfg(feature = "nothing")]` is no attribute, and neither is "{".
    #[cfg(any(feature = "now", feature = "std"))]
    pub fn today() -> Self { Day }
    pub fn open() {}
}
pub struct Day;
mod gen {
    #[cfg(feature = "extra")]
    mod more;
}
""",
        src__gen__more_rs="impl Debug for crate::Day {}\n",
        **{"src__wire__mod_rs": '#![cfg(feature = "v2")]\npub mod deep;\n', "src__wire__deep_rs": "pub fn send() {}\n"},
    )
    root = tmp_path / "made"

    def ways(pattern: str) -> list[list[list[str]]]:
        return [sorted(sorted(way) for way in find.ways) for find in gated_finds(root, pattern)]

    assert ways(r"\bfn\s+today\b") == [[["clock", "now"], ["clock", "std"]]]
    assert ways(r"\bfn\s+open\b") == [[["clock"]]]
    assert ways(r"\bfn\s+send\b") == [[["net", "v2"]]]
    assert ways(r"\bDebug\s+for\b") == [[["extra"]]]
    assert ways("named_in_a_comment") == []
    assert is_free(gated_finds(root, r"\bstruct\s+Day\b")[0].ways)


def test_the_smallest_feature_that_turns_something_on_is_named(tmp_path: Path) -> None:
    features = """\
[features]
default = ["std"]
std = []
derive = ["serde_macros"]
full = ["derive", "std", "rc"]
rc = ["serde_parts/rc"]
[dependencies]
serde_macros = { version = "1", optional = true }
serde_parts = "1"
plain = { version = "1", optional = true }
"""
    said = crate_features(crate(tmp_path / "one", "one", manifest=features))
    assert said.smallest("serde_macros") == "derive"
    assert said.smallest("plain") == "plain" and said.smallest("nobody") == ""
    assert said.of_dependency("serde_macros") == ["serde_macros", "derive", "full"]
    assert said.forwards("serde_parts", "rc") == "rc"
    assert "rc" in said.closure("full")
