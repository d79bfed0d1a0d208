"""Features of a dependency that are off, as a registry's crates gate them: impls, modules, macros, methods."""

from pathlib import Path

import pytest

from rusta.loop.think.strategies.dependencies.dependency_features import dependency_features
from tests.loop.think.strategies.crates_offline import Files, manifest, manifests_of, offered, registry, repaired

PACK = {  # a trait crate, as serde is one
    "Cargo.toml": manifest("packet", "1.2.0", '[features]\nshared = []\nwide = ["shared"]'),
    "src/lib.rs": """\
pub trait Pack { fn pack(&self) -> Vec<u8>; }
impl Pack for u8 { fn pack(&self) -> Vec<u8> { vec![*self] } }
macro_rules! forwarded {
    ($(#[$m:meta])* $t:ident) => {
        $(#[$m])* impl<T: Pack + ?Sized> Pack for $t<T> { fn pack(&self) -> Vec<u8> { (**self).pack() } }
    };
}
#[cfg(feature = "shared")]
use std::rc::Rc;
forwarded! {
    /// Needs the feature.
    #[cfg(feature = "shared")]
    Rc
}
#[cfg(feature = "shared")]
impl<T: Pack + ?Sized> Pack for std::sync::Arc<T> { fn pack(&self) -> Vec<u8> { (**self).pack() } }
""",
}
DAYS = {  # a crate of types with an optional dependency on it
    "Cargo.toml": manifest(
        "almanac", "0.4.1",
        '[features]\ndefault = ["std"]\nstd = []\npacket = ["dep:packet"]\nclock = ["now"]\nnow = []\neverything = ["clock", "packet"]\n'
        '[dependencies]\npacket = { version = "1", optional = true }',
    ),
    "src/lib.rs": """\
mod day;
#[cfg(feature = "clock")]
pub mod zone;
pub use day::Day;
""",
    "src/day/mod.rs": """\
#[cfg(feature = "packet")]
mod packed;
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Day(pub u8);
impl Day {
    pub fn of(n: u8) -> Self { Day(n) }
    #[cfg(feature = "now")]
    pub fn today() -> Self { Day(7) }
}
""",
    "src/day/packed.rs": "impl packet::Pack for super::Day { fn pack(&self) -> Vec<u8> { vec![self.0] } }\n",
    "src/zone.rs": "pub const HOURS: u8 = 2;\n",
}  # fmt: skip
RUN = {  # modules and macros behind macros of its own, as tokio has them
    "Cargo.toml": manifest(
        "runner", "1.5.0", '[features]\nrt = []\nfs = []\nmacros = []\nfull = ["rt", "fs", "macros"]'
    ),
    "src/lib.rs": """\
macro_rules! cfg_fs { ($($item:item)*) => { $( #[cfg(feature = "fs")] $item )* } }
macro_rules! cfg_macros { ($($item:item)*) => { $( #[cfg(feature = "macros")] $item )* } }
cfg_fs! {
    pub mod fs;
}
cfg_macros! {
    #[cfg(feature = "rt")]
    #[macro_export]
    macro_rules! spawned { ($e:expr) => { $crate::block_on(|| $e) } }
}
#[cfg(any(feature = "rt", feature = "macros"))]
pub fn block_on<T>(f: impl FnOnce() -> T) -> T { f() }
""",
    "src/fs.rs": "pub fn size(text: &str) -> usize { text.len() }\n",
}
CRATES = {"packet-1.2.0": PACK, "almanac-0.4.1": DAYS, "runner-1.5.0": RUN}


def needs(*rows: str, more: str = "") -> str:
    return manifest("mine", more="[dependencies]\n" + "\n".join(rows) + more)


CASES: dict[str, tuple[Files, list[str]]] = {
    "a trait of one crate for a type of another": (
        {
            "Cargo.toml": needs('almanac = { version = "0.4", default-features = false, features = ["std"] } # days', 'packet = "1"'),
            "src/lib.rs": """\
use almanac::Day;
use packet::Pack;
pub fn sent<T: Pack>(one: &T) -> usize { one.pack().len() }
pub struct Trip { pub from: Day, pub to: Option<Day> }
impl Trip { pub fn bytes(&self) -> usize { sent(&self.from) + self.to.as_ref().map_or(0, sent) } }
#[test] fn t() { assert_eq!(Trip { from: Day::of(1), to: None }.bytes(), 1); }
""",
        },
        ['features = ["std", "packet"] } # days'],
    ),
    "a module and a macro that rustc knows and does not know": (
        {
            "Cargo.toml": needs('runner = "1"'),
            "src/lib.rs": """\
mod store;
pub fn twice(n: u32) -> u32 { runner::spawned!(n * 2) }
#[test] fn t() { assert_eq!((twice(2), store::length("abc")), (4, 3)); }
""",
            "src/store.rs": "use runner::fs;\npub fn length(text: &str) -> usize { fs::size(text) }\n",
        },
        ['"fs"', '"macros"', '"rt"'],
    ),
    "a method, and a module that turns it on as well": (
        {
            "Cargo.toml": needs("", more='[dependencies.almanac]\nversion = "0.4"\n'),
            "src/lib.rs": """\
pub fn late() -> u8 { almanac::Day::today().0 + almanac::zone::HOURS }
#[test] fn t() { assert_eq!(late(), 9); }
""",
        },
        ['version = "0.4"\nfeatures = ["clock"]'],
    ),
    "a trait for types of the standard library": (
        {
            "Cargo.toml": needs("packet.version = \"1\""),
            "src/lib.rs": """\
use packet::Pack;
use std::{rc::Rc, sync::Arc};
pub fn shared(few: &[Rc<u8>], more: &[Arc<u8>]) -> usize { all(few) + all(more) }
fn all<T: Pack>(many: &[T]) -> usize { many.iter().map(|one| one.pack().len()).sum() }
#[test] fn t() { assert_eq!(shared(&[Rc::new(3)], &[]), 1); }
""",
        },
        ['packet.version = "1"\npacket.features = ["shared"]'],
    ),
    "of a workspace, inherited by one member": (
        {
            "Cargo.toml": '[workspace]\nmembers = ["a", "b"]\nresolver = "2"\n[workspace.dependencies]\nalmanac = "0.4"\npacket = "1"\n',
            "a/Cargo.toml": manifest("a", more="[dependencies]\nalmanac.workspace = true\npacket = { workspace = true }"),
            "a/src/lib.rs": """\
pub fn sent() -> Vec<u8> { packet::Pack::pack(&almanac::Day::of(4)) }
#[test] fn t() { assert_eq!(sent(), [4]); }
""",
            "b/Cargo.toml": manifest("b", more="[dependencies]\nalmanac.workspace = true"),
            "b/src/lib.rs": "pub fn day() -> almanac::Day { almanac::Day::of(1) }\n",
        },
        ['almanac.workspace = true\nalmanac.features = ["packet"]'],
    ),
    "that only the tests need": (
        {
            "Cargo.toml": needs('almanac = "0.4"'),
            "src/lib.rs": "pub fn day() -> almanac::Day { almanac::Day::of(7) }\n",
            "tests/days.rs": "#[test] fn t() { assert_eq!(mine::day(), almanac::Day::today()); }\n",
        },
        ['[dev-dependencies]\nalmanac = { version = "0.4", features = ["now"] }'],
    ),
}  # fmt: skip
FIRST = "a trait of one crate for a type of another"


@pytest.mark.parametrize(
    "name",
    [one if one == FIRST else pytest.param(one, marks=pytest.mark.long) for one in CASES],
    ids=lambda one: str(one),
)
def test_features_that_errors_ask_for_are_turned_on(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    registry(tmp_path / "cargo", CRATES, monkeypatch)
    files, written = CASES[name]
    done = repaired(tmp_path, files)
    assert done.why == "done"
    assert "turned on" in done.chain[0].hypothesis.reason
    assert all(one in manifests_of(done) for one in written), manifests_of(done)
    assert "Cargo.lock" in done.chain[-1].state or name != FIRST


def test_a_trait_that_no_feature_brings_is_no_reason_for_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    registry(tmp_path / "cargo", CRATES, monkeypatch)
    files = {
        "Cargo.toml": needs('almanac = "0.4"', 'packet = "1"'),
        "src/lib.rs": "pub struct Mine;\npub fn a() -> Vec<u8> { packet::Pack::pack(&Mine) }\npub fn b() { almanac::Day::none(); }\n",
    }
    assert offered(tmp_path, dependency_features, files) == []
