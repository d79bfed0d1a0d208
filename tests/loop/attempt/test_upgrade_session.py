"""A dependency moved to its next major version in a copy: what passes is offered as one change, what does not is a list."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from rusta.loop.attempt.repair_search import Budget
from rusta.loop.attempt.upgrade_session import Upgraded, UpgradeSession, UpgradeStep
from rusta.loop.events import Event, Said
from rusta.loop.gates.permissions import Approve
from rusta.loop.requests import upgrade_request
from rusta.loop.workplace import Workplace
from rusta.tools.patch import EditHistory
from rusta.tools.sandbox import Limits, choose
from rusta.upgrade.rules import UpgradeRules
from tests.library.crates_on_disk import indexed
from tests.loop.crate import work
from tests.loop.think.strategies.crates_offline import registry
from tests.loop.think.strategies.test_releases import CRATES, manifest

STEP = UpgradeStep("kiln", "1.2.0", "2.0.0")
HOLDS = "pub fn a() -> kiln::Kiln { kiln::Kiln::cold() }\n#[test] fn t() { assert_eq!(a(), kiln::Kiln::cold()); }\n"
STUCK = "pub fn a(kiln: kiln::Kiln) -> kiln::Kiln { kiln::Kiln { heat: 3, ..kiln } }\n"


@pytest.fixture(scope="module", autouse=True)
def crates(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        registry(tmp_path_factory.mktemp("cargo"), CRATES, patch)
        yield


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    folder = tmp_path / "shed"
    (folder / "src").mkdir(parents=True)
    (folder / "Cargo.toml").write_text(manifest("shed", more='[dependencies]\nkiln = "1" # warm\n'))
    (folder / "src/lib.rs").write_text(HOLDS)
    subprocess.run(["cargo", "generate-lockfile", "--offline"], cwd=folder, check=True, capture_output=True)
    return folder


def upgraded(folder: Path, home: Path, approve: Approve = Approve.all) -> tuple[Upgraded, list[Event]]:
    place = Workplace.open(folder, home, choose("none"), Limits(seconds=120), approve, None, "test")
    events, session = list[Event](), UpgradeSession(place, None, Budget(seconds=60), UpgradeRules(home / "upgrades"))
    with place.history:
        running = session.run(STEP)
        while True:
            try:
                events.append(next(running))
            except StopIteration as stop:
                return stop.value, events


def files(folder: Path) -> dict[str, bytes]:
    return {name: (folder / name).read_bytes() for name in ("Cargo.toml", "Cargo.lock", "src/lib.rs")}


def test_what_passes_is_one_change_that_can_be_undone_and_a_rule_for_the_next_crate(
    workspace: Path, tmp_path: Path
) -> None:
    before = files(workspace)
    done, _ = upgraded(workspace, tmp_path / "home")
    assert done.made and not done.left
    now = files(workspace)
    assert b'kiln = "2" # warm' in now["Cargo.toml"] and b'version = "2.0.0"' in now["Cargo.lock"]
    assert now["src/lib.rs"].count(b"kiln::Kiln::unlit()") == 2
    (rule,) = UpgradeRules(tmp_path / "home" / "upgrades").of("kiln")
    assert (rule.old, rule.new, rule.item, rule.became) == ("1", "2", "kiln::Kiln::cold", "kiln::Kiln::unlit")
    assert rule.proved == ("shed",) and "CHANGELOG.md" in rule.why
    with EditHistory.open(workspace, tmp_path / "home", session="later") as history:
        history.undo(len(history.steps()))
    assert files(workspace) == before


def test_without_approval_it_is_a_proposal_and_nothing_changes(workspace: Path, tmp_path: Path) -> None:
    before = files(workspace)
    done, _ = upgraded(workspace, tmp_path / "home", Approve.none)
    assert done.chain and not done.made and files(workspace) == before
    assert UpgradeRules(tmp_path / "home" / "upgrades").crates() == []


def test_what_could_not_be_mended_is_a_list_of_sites_and_the_manifest_stays(workspace: Path, tmp_path: Path) -> None:
    (workspace / "src/lib.rs").write_text(STUCK)
    before = files(workspace)
    done, events = upgraded(workspace, tmp_path / "home")
    assert not done.chain and files(workspace) == before
    said = "".join(event.text for event in events if isinstance(event, Said))
    assert "kiln stays at 1.2.0: nothing of it is in your files." in said and "src/lib.rs:1" in said
    assert any(site.item.endswith("Kiln::heat") for site in done.left)


def test_a_workspace_that_is_broken_before_the_upgrade_is_said_to_be(workspace: Path, tmp_path: Path) -> None:
    (workspace / "src/lib.rs").write_text(HOLDS + "fn broken() -> u32 { missing }\n")
    done, _ = upgraded(workspace, tmp_path / "home")
    assert not done.chain and "does not compile before the upgrade either" in done.why


def test_a_chat_that_is_asked_to_bump_a_dependency_does_it(workspace: Path, tmp_path: Path) -> None:
    indexed(Path(os.environ["CARGO_HOME"]), "kiln", ("1.2.0", False), ("2.0.0", False))
    her = work(workspace, tmp_path / "home", [])
    seen = list(her.turn("please bump kiln to 2"))
    said = "".join(event.text for event in seen if isinstance(event, Said))
    assert "kiln 1.2.0 is 2.0.0 now" in said and b"unlit" in files(workspace)["src/lib.rs"]
    (declined,) = [event.text for event in her.turn("upgrade clay@3") if isinstance(event, Said)]
    assert "does not depend on clay. It does on: kiln" in declined


@pytest.mark.parametrize(
    ("request_", "wanted"),
    [
        ("bump rand to 0.9", ("rand", "0.9")),
        ("Can you please upgrade the crate `tokio-util` from 0.6 to v0.7.10?", ("tokio-util", "0.7.10")),
        ("update serde to the latest version", ("serde", "")),
        ("upgrade nom", ("nom", "")),
        ("move base64@0.22.1", ("base64", "0.22.1")),
        ("update serde", None),
        ("upgrade everything", None),
        ("bump the version", None),
        ("bump rand to 0.9 and tell me a story about it", None),
        ("how do I bump rand to 0.9?", None),
    ],
)
def test_a_request_for_an_upgrade_names_a_crate_and_a_version(request_: str, wanted: tuple[str, str] | None) -> None:
    assert upgrade_request(request_) == wanted
