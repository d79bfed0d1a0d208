"""The workspace on one page: what matters for the request, never more than the budget, whatever the files are."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from rusta.loop.read.item_ranking import ranked
from rusta.loop.read.workspace_map import LARGEST, WorkspaceMap, crate_lines

POOL = """\
use crate::conn::Connection;
pub struct ConnectionPool {
    free: Vec<Connection>,
}
impl ConnectionPool {
    pub fn take_connection(&mut self) -> Option<Connection> {
        self.free.pop()
    }
}
"""
CONN = "pub struct Connection;\nimpl Connection {\n    pub fn send_bytes(&self) {}\n}\npub struct UnusedThing;\n"
MAIN = """\
mod conn;
mod pool;
fn main() {
    let connection = pool::ConnectionPool::default().take_connection();
    connection.unwrap().send_bytes();
}
"""


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    root = tmp_path / "ws"
    (root / "src").mkdir(parents=True)
    (root / "Cargo.toml").write_text(
        '[package]\nname = "ws"\nversion = "0.2.0"\nedition = "2024"\n[features]\nfast = []\n'
    )
    for name, text in (("pool", POOL), ("conn", CONN), ("main", MAIN)):
        (root / "src" / f"{name}.rs").write_text(text)
    return root


def test_what_others_use_comes_before_what_nobody_uses(workspace: Path) -> None:
    drawn = WorkspaceMap(workspace).draw(1000)
    assert drawn.index("pub struct Connection") < drawn.index("pub struct UnusedThing")
    assert "  impl ConnectionPool\n    pub fn take_connection(&mut self) -> Option<Connection>\n" in drawn


@pytest.mark.parametrize("budget", [0, 1, 5, 10, 20, 30, 50, 1000])
def test_the_budget_holds(workspace: Path, budget: int) -> None:
    count = lambda text: len(text.split())  # noqa: E731
    assert count(WorkspaceMap(workspace).draw(budget, count=count)) <= budget


def test_more_budget_never_shows_less(workspace: Path) -> None:
    drawn = [len(WorkspaceMap(workspace).draw(budget).split("\n")) for budget in range(0, 120, 5)]
    assert drawn == sorted(drawn)


def test_what_the_request_names_comes_first(workspace: Path) -> None:
    assert "UnusedThing" not in WorkspaceMap(workspace).draw(20)
    assert "UnusedThing" in WorkspaceMap(workspace).draw(20, "What is UnusedThing for?")


def test_a_file_before_her_is_named_and_what_it_uses_comes_first(workspace: Path) -> None:
    drawn = WorkspaceMap(workspace).draw(60, opened=["src/main.rs"])
    assert drawn.startswith("src/main.rs (open)\n")
    assert "fn main" not in drawn and "take_connection" in drawn


def test_only_what_changed_is_read_again(workspace: Path) -> None:
    drawer = WorkspaceMap(workspace)
    first = drawer.pages()
    (workspace / "src/conn.rs").write_text(CONN + "pub struct Later;\n")
    second = drawer.pages()
    assert second["src/pool.rs"] is first["src/pool.rs"]
    assert "Later" in {item.name for item in second["src/conn.rs"].items}
    (workspace / "src/copy.rs").write_text(POOL)
    assert drawer.pages()["src/copy.rs"] is first["src/pool.rs"], "content that is known is not read again"
    (workspace / "src/conn.rs").unlink()
    assert "src/conn.rs" not in drawer.pages() and len(drawer.kept) == 2


def test_strange_files_are_survived(workspace: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret.rs").write_text("pub struct Secret;\n")
    (workspace / "src/link.rs").symlink_to(outside / "secret.rs")
    (workspace / "linked").symlink_to(outside)
    (workspace / "src/loop").symlink_to(workspace / "src")
    (workspace / "src/inside.rs").symlink_to(workspace / "src/conn.rs")
    (workspace / "src/gone.rs").symlink_to(workspace / "nowhere.rs")
    (workspace / "src/latin.rs").write_bytes(b"pub struct Latin; // caf\xe9\n")
    (workspace / "src/broken.rs").write_text("pub fn broken( {\n}}}\npub struct AfterBroken;\n")
    (workspace / "src/huge.rs").write_bytes(b"pub struct Huge;\n" * (LARGEST // 16))
    (workspace / "src/folder.rs").mkdir()
    (workspace / ".hidden").mkdir()
    (workspace / ".hidden/h.rs").write_text("pub struct Hidden;\n")
    (workspace / "built").mkdir()
    (workspace / "built/CACHEDIR.TAG").write_text("Signature: 8a477f597d28d172789f06886806bc55")
    (workspace / "built/b.rs").write_text("pub struct Built;\n")
    os.mkfifo(workspace / "src/pipe.rs")
    (workspace / os.fsdecode(b"src/na\xffme.rs")).write_text("pub struct Unnamed;\n")
    pages = WorkspaceMap(workspace).pages()
    names = {item.name for page in pages.values() for item in page.items}
    assert {"Latin", "AfterBroken", "broken", "Connection"} <= names
    assert not names & {"Secret", "Huge", "Hidden", "Built", "Unnamed"}
    assert {"src/inside.rs", "src/huge.rs"} <= pages.keys() and "src/gone.rs" not in pages
    assert WorkspaceMap(workspace).draw(500)


def test_an_empty_or_a_missing_workspace_draws_nothing(tmp_path: Path) -> None:
    assert WorkspaceMap(tmp_path).draw(100) == ""
    assert WorkspaceMap(tmp_path / "nowhere").draw(100) == ""


@pytest.mark.skipif(not shutil.which("cargo"), reason="cargo is not here")
def test_crates_targets_and_features_stand_on_top(workspace: Path) -> None:
    told = subprocess.run(
        ["cargo", "metadata", "--no-deps", "--offline", "--format-version=1"],
        cwd=workspace,
        capture_output=True,
        check=True,
    )
    metadata = json.loads(told.stdout)
    assert crate_lines(metadata, workspace) == "crate ws 0.2.0 (edition 2024); bin src/main.rs; features fast"
    assert WorkspaceMap(workspace).draw(200, metadata=metadata).startswith("crate ws 0.2.0")
    assert crate_lines({}, workspace) == crate_lines({"packages": [{}]}, workspace).replace("crate ? ? (edition ?)", "")


def test_ranks_sum_to_one_and_follow_the_votes() -> None:
    defined = {"a.rs": {"user"}, "b.rs": {"shared_thing"}, "c.rs": {"lonely_thing"}}
    used = {"a.rs": {"shared_thing": 4, "lonely_thing": 0}}
    weights = ranked(defined, {"a.rs": {"shared_thing": 4}}, set(), set())
    assert sum(weights.values()) == pytest.approx(1)
    assert weights["b.rs", "shared_thing"] > weights["c.rs", "lonely_thing"]
    named = ranked(defined, used, {"lonely_thing"}, set())
    assert named["c.rs", "lonely_thing"] > weights["c.rs", "lonely_thing"]
    assert ranked({}, {}, set(), set()) == {}
