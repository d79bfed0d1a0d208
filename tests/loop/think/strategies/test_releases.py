"""Code written for an older release of a dependency: what the newer one says took the place of things, written at every site."""

from pathlib import Path

import pytest

from rusta.loop.think.strategies.releases.release_changes import older_releases
from rusta.loop.think.strategies.releases.replaced_items import replaced_items
from tests.loop.think.strategies.crates_offline import Files, manifest, offered, registry, repaired
from tests.loop.think.strategies.judged import reasons

OLD = """\
//! A kiln.
pub mod gauges { #[derive(Default)] pub struct Gauge; impl Gauge { pub fn read(&self) -> u32 { 7 } } }
pub trait Warm { fn warmest(&self) -> Option<&u32>; fn shuffle(&self) {} }
impl Warm for [u32] { fn warmest(&self) -> Option<&u32> { self.iter().max() } }
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Kiln { pub heat: u32 }
pub struct Shelf { pub wide: u32, pub boards: u32, pub pots: u32 }
impl Kiln {
    pub fn cold() -> Self { Kiln { heat: 0 } }
    pub fn between(&self, low: u32, high: u32) -> bool { low <= self.heat && self.heat < high }
}
pub fn glaze(text: &str) -> String { format!("={text}=") }
pub fn clay(kind: &str) -> Result<u32, String> { if kind.is_empty() { Err("none".into()) } else { Ok(1) } }
pub fn stamp(text: &str) -> impl Fn(&str) -> Option<String> + '_ { move |input| input.strip_prefix(text).map(str::to_owned) }
#[macro_export] macro_rules! shelves {
    ($(#[$m:meta])* $v:vis struct $name:ident;) => { $(#[$m])* #[derive(Clone, Copy, Debug)] $v struct $name; };
}
pub trait Potter { fn name<T: Clone>(&self, hands: T) -> String; fn rest(&self) -> u32; }
"""
NEW = """\
//! A kiln.
pub mod meters { #[derive(Default)] pub struct Gauge; impl Gauge { pub fn read(&self) -> u32 { 7 } } }
pub trait Warm { fn shuffle(&self) {} }
impl Warm for [u32] {}
pub trait Hot { fn warmest(&self) -> Option<&u32>; }
impl Hot for [u32] { fn warmest(&self) -> Option<&u32> { self.iter().max() } }
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Kiln { degrees: u32 }
pub struct Shelf { pub wide: u32, pub planks: u32, jars: u32 }
impl Shelf { pub fn pots(&self) -> u32 { self.jars } }
pub trait Limits<T> { fn low(&self) -> T; fn high(&self) -> T; }
impl Limits<u32> for std::ops::Range<u32> { fn low(&self) -> u32 { self.start } fn high(&self) -> u32 { self.end } }
impl Kiln {
    pub fn unlit() -> Self { Kiln { degrees: 0 } }
    pub fn degrees(&self) -> u32 { self.degrees }
    pub fn between<L: Limits<u32>>(&self, limits: L) -> bool { limits.low() <= self.degrees && self.degrees < limits.high() }
}
pub fn clay(kind: &str) -> u32 { kind.len() as u32 }
pub mod glazes {
    pub struct Clear;
    pub const CLEAR: Clear = Clear;
    pub trait Coat { fn coat(&self, text: &str) -> String; }
    impl Coat for Clear { fn coat(&self, text: &str) -> String { format!("={text}=") } }
}
pub trait Press { fn press(&mut self, input: &str) -> Option<String>; fn depth(&self) -> u32 { 1 } }
struct Stamp<'a>(&'a str);
impl Press for Stamp<'_> { fn press(&mut self, input: &str) -> Option<String> { input.strip_prefix(self.0).map(str::to_owned) } }
pub fn stamp(text: &str) -> impl Press + '_ { Stamp(text) }
#[macro_export] macro_rules! shelves {
    ($(#[$m:meta])* $v:vis struct $name:ident;) => { $(#[$m])* $v struct $name; };
}
pub trait Potter { fn name(&self, hands: &u32) -> String; }
"""
LOG = """\
# Changelog
## 2.0.0
- Rename `Kiln::cold` -> `Kiln::unlit`, since nothing is cold. Rename field `Kiln::heat` to `degrees()`.

| < 2.0 | 2.0 |
|---|---|
| `glaze()` | `glazes::CLEAR.coat()` |

## 1.0.0
- Rename `Kiln::cold` -> `Kiln::never`
"""
CRATES = {
    "kiln-1.2.0": {"Cargo.toml": manifest("kiln", "1.2.0"), "src/lib.rs": OLD},
    "kiln-2.0.0": {"Cargo.toml": manifest("kiln", "2.0.0"), "src/lib.rs": NEW, "CHANGELOG.md": LOG},
}
USES = manifest("shed", more='[dependencies]\nkiln = "2"\n')
CASES = {
    "renamed, says the changelog": (
        "use kiln::Kiln;\npub fn a() -> Kiln { Kiln::cold() }\npub fn b() -> Kiln { kiln::Kiln::cold() }\n",
        ["Kiln::unlit() }\npub fn b() -> Kiln { kiln::Kiln::unlit() }"],
        "Rename `Kiln::cold` -> `Kiln::unlit`",
    ),
    "a field that is a method now": (
        "pub fn a(kiln: &kiln::Kiln) -> u32 { kiln.heat + 1 }\n", ["kiln.degrees() + 1"], "`degrees()`",
    ),
    "a field with another name": (
        "pub fn a(shelf: &kiln::Shelf) -> u32 { shelf.boards }\n", ["shelf.planks"], "kiln::Shelf::planks",
    ),
    "a field that is a method of its name": (
        "pub fn a(shelf: &kiln::Shelf) -> u32 { shelf.pots * 2 }\n", ["shelf.pots() * 2"], "",
    ),
    "a result that is the value itself now": (
        'pub fn a() -> u32 { kiln::clay("a(b").unwrap() + kiln::clay(&"c".repeat(2)).expect("clay") }\n'
        "pub fn b() -> Result<u32, String> { Ok(kiln::clay(\"d\")? + 1) }\n",
        ['kiln::clay("a(b") + kiln::clay(&"c".repeat(2)) }', 'Ok(kiln::clay("d") + 1)'],
        "gives the value itself",
    ),
    "a type that a macro derives nothing for any more": (
        "kiln::shelves! {\n    /// A struct containing pots: “all”.\n    pub struct Top;\n}\n"
        "pub fn a(top: Top) -> (Top, Top) { (top, top) }\n",
        ["all”.\n    #[derive(Clone, Copy, Debug)]\n    pub struct Top;"],
        "`shelves!` of kiln 1.2.0 gave its types Clone, Copy, Debug",
    ),
    "in another module": (
        "use kiln::gauges::Gauge;\npub fn a() -> u32 { Gauge::default().read() }\npub fn b() -> kiln::gauges::Gauge { Gauge }\n",
        ["use kiln::meters::Gauge;", "-> kiln::meters::Gauge"],
        "kiln::meters",
    ),
    "a method of another trait": (
        "use kiln::Warm;\npub fn a(of: &[u32]) -> Option<&u32> { of.shuffle(); of.warmest() }\n", ["Hot"], "kiln::Hot::warmest",
    ),
    "a function that is a value's method now": (
        'pub fn a() -> String { kiln::glaze("x") }\n', ['kiln::glazes::CLEAR.coat("x")', "Coat"], "its guide says: `glaze()`",
    ),
    "an imported function that is a value's method now": (
        'use kiln::glaze;\npub fn a() -> String { glaze("x") }\n', ['CLEAR.coat("x")'], "its guide says: `glaze()`",
    ),
    "a function that gives a value of a trait": (
        'use kiln::stamp;\npub fn a(of: &str) -> Option<String> { stamp("x")(of) }\n',
        ['stamp("x").press(of)', "Press"],
        "its `press` is called",
    ),
    "two limits that are a range now": (
        "pub fn a(kiln: &kiln::Kiln) -> bool { kiln.between(1, 2 + 3) }\n", ["kiln.between(1..2 + 3)"], "takes a range",
    ),
    "a trait whose members changed": (
        "struct Me;\nimpl kiln::Potter for Me {\n    fn name<T: Clone>(&self, hands: T) -> String { let _ = hands; String::new() }\n\n"
        "    /// Never.\n    fn rest(&self) -> u32 { 0 }\n}\n#[test] fn t() { let _ = kiln::Potter::name(&Me, &1); }\n",
        ["fn name(&self, hands: &u32) -> String { let _ = hands; String::new() }\n}"],
        "`Potter` has no `rest` any more",
    ),
}  # fmt: skip


@pytest.fixture(scope="module", autouse=True)
def crates(tmp_path_factory: pytest.TempPathFactory):
    with pytest.MonkeyPatch.context() as patch:
        registry(tmp_path_factory.mktemp("cargo"), CRATES, patch)
        yield


@pytest.mark.parametrize("case", CASES)
def test_what_took_the_place_of_something_is_written_where_it_was(tmp_path: Path, case: str) -> None:
    source, wanted, said = CASES[case]
    done = repaired(tmp_path, {"Cargo.toml": USES, "src/lib.rs": source})
    assert done.why == "done", done.wrong
    text = (done.chain[-1].state["src/lib.rs"] or b"").decode()
    assert all(one in text for one in wanted), text
    assert said in reasons(done) and "kiln 1.2.0" in reasons(done)


def test_every_name_at_once_is_the_first_hypothesis(tmp_path: Path) -> None:
    source = "use kiln::gauges::Gauge;\npub fn a() -> (kiln::Kiln, Gauge) { (kiln::Kiln::cold(), Gauge) }\n"
    files: Files = {"Cargo.toml": USES, "src/lib.rs": source}
    first = offered(tmp_path, replaced_items, files)[0]
    assert b"kiln::meters::Gauge" in (first.changes["src/lib.rs"] or b"")


def test_a_release_that_cargo_would_take_for_the_other_is_not_the_older_one() -> None:
    assert [one.version for one in older_releases("kiln", "2.0.0")] == ["1.2.0"]
    assert older_releases("kiln", "1.3.0") == []
    assert [one.version for one in older_releases("kiln", "1.3.0", "1.2.0")] == ["1.2.0"]
