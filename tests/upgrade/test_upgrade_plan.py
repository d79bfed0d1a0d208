"""What an upgrade would take, of a workspace and a registry that are written here."""

from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from rusta.core.network import DoorShut, Network
from rusta.mirror.usage import workspace_usage
from rusta.upgrade.behind import behind_crates
from rusta.upgrade.upgrade_plan import NoUpgrade, UpgradePlan, upgrade_plan
from tests.library.crates_on_disk import REGISTRY, SOURCE, crate, indexed, lock

Rusta = Callable[..., CompletedProcess[str]]
SHUT = Network(False)
OLD = """pub struct Kiln;
impl Kiln { pub fn cold() -> Self { Kiln } pub fn heat(&self, degrees: u32) {} pub fn cool(&self) {} }
pub mod gauges { pub struct Gauge; }
#[deprecated(since = "1.0.0", note = "use Kiln::heat")] pub fn burn() {}
pub fn unused() {}
"""
NEW = """pub struct Kiln;
impl Kiln { pub fn unlit() -> Self { Kiln } pub fn heat(&self, degrees: u32, minutes: u32) {} pub fn cool(&self) {} }
pub mod meters { pub struct Gauge; }
pub fn other() {}
"""
CHANGES = """# Changelog
## 2.0.0
- Rename `Kiln::cold` to `Kiln::unlit`, since nothing is cold.
- A kiln is heated for so many minutes: `Kiln::heat` takes them.
## 1.0.0
- First.
"""
USES = """use kiln::{gauges::Gauge, Kiln};
pub fn fire(gauge: Gauge) {
    let kiln = Kiln::cold();
    kiln.heat(3);
    kiln.cool();
}
"""


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    cargo = tmp_path / "cargo"
    monkeypatch.setenv("CARGO_HOME", str(cargo))
    indexed(cargo, "kiln", ("1.0.0", False), ("1.0.1", True), ("2.0.0", False))
    indexed(cargo, "glaze", ("0.3.0", False))
    crate(cargo / REGISTRY / "kiln-1.0.0", "kiln", src__lib_rs=OLD)
    crate(cargo / REGISTRY / "kiln-2.0.0", "kiln", "2.0.0", src__lib_rs=NEW)
    (cargo / REGISTRY / "kiln-2.0.0" / "CHANGELOG.md").write_text(CHANGES)
    crate(cargo / REGISTRY / "glaze-0.3.0", "glaze", "0.3.0", src__lib_rs="")
    dependencies = 'edition = "2021"\n[dependencies]\nkiln = "1"\nglaze = "0.3"\n'
    root = crate(tmp_path / "own", "own", "0.1.0", dependencies, src__lib_rs=USES)
    lock(root, ("own", "0.1.0", ""), ("kiln", "1.0.0", SOURCE), ("glaze", "0.3.0", SOURCE))
    with (root / "Cargo.lock").open("a") as file:
        file.write('dependencies = ["kiln"]\n')  # of glaze, which stands last
    return root


def planned(workspace: Path, version: str = "") -> UpgradePlan:
    return upgrade_plan(workspace, "kiln", version, SHUT, workspace_usage(workspace).sites)


def test_a_plan_names_the_used_items_that_changed_with_their_sites_and_what_they_became(workspace: Path) -> None:
    plan = planned(workspace)
    assert (plan.old, plan.new, plan.compatible) == ("1.0.0", "2.0.0", False)
    found = {one.path: one for one in plan.items}
    assert set(found) == {"kiln::Kiln::cold", "kiln::Kiln::heat", "kiln::gauges::Gauge"}
    cold, heat, gauge = found["kiln::Kiln::cold"], found["kiln::Kiln::heat"], found["kiln::gauges::Gauge"]
    assert (cold.change, cold.became, cold.sites) == ("removed", ("kiln::Kiln::unlit",), ("src/lib.rs:3",))
    assert (gauge.change, gauge.became) == ("moved", ("kiln::meters::Gauge",))
    assert (heat.change, heat.sites) == ("signature", ("src/lib.rs:4",)) and "minutes: u32" in heat.new
    assert cold.quote.startswith("Rename `Kiln::cold`") and cold.quoted_at == "kiln@2.0.0:CHANGELOG.md:3"
    assert plan.others == 3 and plan.siblings == ("glaze 0.3.0",)
    assert [(one.file, one.requirement) for one in plan.requirements] == [("Cargo.toml", "1")]


def test_the_list_counts_what_a_bump_touches_and_says_what_a_newer_rust_would_bring(workspace: Path) -> None:
    used = workspace_usage(workspace).sites
    (kiln,) = behind_crates(workspace, SHUT, used, 10)
    assert (kiln.name, kiln.locked, kiln.newest, kiln.items, kiln.sites) == ("kiln", "1.0.0", "2.0.0", 3, 4)
    (late,) = behind_crates(workspace, SHUT, used, -1)
    assert (late.newest, late.items) == ("2.0.0", None)
    manifest = workspace / "Cargo.toml"
    manifest.write_text(manifest.read_text().replace("[dependencies]", 'rust-version = "1.50"\n[dependencies]'))
    (old,) = behind_crates(workspace, SHUT, used, 10)
    assert (old.newest, old.newer, old.items) == ("", "2.0.0", None)
    with pytest.raises(NoUpgrade, match=r"2\.0\.0 is newer and needs a newer Rust"):
        planned(workspace)
    assert planned(workspace, "2").rust == "1.60"


@pytest.mark.parametrize(
    ("name", "version", "said"),
    [
        ("klin", "", "does not depend on klin. It does on: glaze, kiln"),
        ("own", "", "own is of this workspace"),
        ("kiln", "3", "There is no kiln 3, as far as cargo has heard. There are: 2.0.0, 1.0.0"),
        ("kiln", "1.0.1", "was yanked"),
        ("kiln", "1.0.0", "no newer than 1.0.0"),
        ("glaze", "", "glaze 0.3.0 is the newest"),
    ],
)
def test_what_cannot_be_upgraded_is_said_with_what_there_is(
    workspace: Path, name: str, version: str, said: str
) -> None:
    with pytest.raises(NoUpgrade, match=said):
        upgrade_plan(workspace, name, version, SHUT, lambda path: ())


def test_without_the_sources_of_the_new_release_it_is_said_how_to_have_them(workspace: Path, tmp_path: Path) -> None:
    indexed(tmp_path / "cargo", "kiln", ("1.0.0", False), ("2.1.0", False))
    with pytest.raises(DoorShut, match=r"kiln 2\.1\.0 are not on this machine.*cargo info kiln@2\.1\.0"):
        planned(workspace)
    (kiln,) = behind_crates(workspace, SHUT, lambda path: (), 10)
    assert (kiln.newest, kiln.items) == ("2.1.0", None)
