"""`rusta mirror install`, `export skill`, std, and a person's own options: what is printed, asked for and written."""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from rusta.core.errors import ConfigError
from rusta.core.home import Home
from rusta.core.network import Network
from rusta.core.output import Output
from rusta.loop.gates.permissions import Approve
from rusta.memory.recall.ephemeral import Ephemeral
from rusta.memory.recall.recall import Memory, Vectors
from rusta.mirror.cycle_schedule import NoScheduler
from rusta.mirror.mirrors import NoMirror
from rusta.mirror.schedule import NotScheduled
from rusta.mirror.upstream import Upstream
from rusta.modes.mirror import MirrorMode
from tests.mirror.test_schedule import CRONTAB, has
from tests.mirror.toolchains import toolchain, updated
from tests.mirror.upstreams import changed, upstream

Run = Callable[..., str]


@pytest.fixture
def run(home: Home, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs a command, and returns what it prints."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("TABLE", str(tmp_path / "table"))

    def said(
        do: str, query: str = "", approve: Approve | None = None, output: Output = Output.text, **more: Any
    ) -> str:
        capsys.readouterr()
        memory = more.pop("memory", Memory(home, vectors=Vectors.none))
        network = Network(online=more.pop("online", False))
        MirrorMode(
            home, network, {"tokio": Upstream("https://example.org/tokio")}, memory, None, approve, output,
            said={"do": do, "query": query, **more},
        ).run()  # fmt: skip
        return capsys.readouterr().out

    return said


@pytest.fixture
def cron(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine with cron alone. Its table."""
    programs = tmp_path / "programs"
    programs.mkdir()
    has(programs, "crontab", CRONTAB)
    has(programs, "systemctl", "#!/bin/sh\nexit 1\n")
    monkeypatch.setenv("PATH", f"{programs}{os.pathsep}{os.environ['PATH']}")
    return tmp_path / "table"


def test_by_hand_is_the_default_and_what_would_be_written_is_shown_before(run: Run, cron: Path) -> None:
    assert "Cycles run by hand" in run("install") and "rhythm=weekly (or daily)" in run("install")
    shown = run("install", rhythm="weekly", online=True)
    assert (
        "cron would run this once a week" in shown
        and " 4 * * 1 cd / && " in shown
        and "mirror cycle network=online >" in shown
    )
    assert "rusta mirror install rhythm=weekly network=online approve=all" in shown and not cron.exists()
    assert "To let it: network=online" in run("install", rhythm="weekly", approve=Approve.none) and not cron.exists()


def test_it_is_written_once_told_by_the_status_and_taken_away(run: Run, cron: Path) -> None:
    assert "A cycle runs once a day from now on, by cron." in run("install", approve=Approve.all, rhythm="daily")
    written = cron.read_text()
    assert "Nothing to do: a cycle runs once a day already" in run("install", approve=Approve.all, rhythm="daily")
    assert cron.read_text() == written and "A cycle runs once a day, by cron." in run("status")
    with pytest.raises(NotScheduled, match="rusta mirror install remove approve=all"):
        run("install", "remove")
    assert cron.read_text() == written and "Gone: crontab" in run("install", "remove", Approve.all)
    assert cron.read_text() == "" and "Nothing was installed" in run("install", "remove")


def test_neither_scheduler_and_words_that_mean_nothing_are_said(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(NoScheduler, match="By hand, or in whatever starts programs here: "):
        run("install", approve=Approve.all, rhythm="daily")
    for do, query, more, part in (
        ("install", "", {"rhythm": "hourly"}, "there are hand, daily, weekly"), ("install", "now", {}, "there is remove"),
        ("export", "book", {}, "there is skill"),
    ):  # fmt: skip
        with pytest.raises(ConfigError, match=part):
            run(do, query, **more)


def test_notes_are_exported_as_skills_and_a_persons_file_stays(run: Run, tmp_path: Path, home: Home) -> None:
    with pytest.raises(NoMirror, match="nothing to export"):
        run("export", "skill")
    with pytest.raises(ConfigError, match="memory=ephemeral"):
        run("export", "skill", memory=Ephemeral())
    root = upstream(tmp_path / "small")
    run("add", str(root))
    changed(root, "/// Winds a rope.\npub fn wind(turns: u32) -> u32 {\n    turns\n}\n", "add wind")
    run("cycle")
    folder = tmp_path / "it has spaces"
    told = run("export", f"skill {folder}")
    assert "small-changes: 1 note on small" in told and "1 file written." in told
    file = folder / "small-changes/SKILL.md"
    assert "fn `small::wind`" in file.read_text()
    assert "0 files written, 1 as they were." in run("export", f"skill {folder}")
    file.write_text("mine")
    with pytest.raises(SystemExit):
        run("export", f"skill {folder}")
    assert file.read_text() == "mine"
    assert "1 file written" in run("export", f"skill {folder}", Approve.all) and file.read_text() != "mine"
    run("export", "skill")
    assert (home.exports / "skills/small-changes/SKILL.md").is_file()


def test_std_is_listed_compared_reflected_and_removed(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    toolchain(tmp_path / "toolchain")
    monkeypatch.setenv("PATH", f"{tmp_path}/toolchain/bin{os.pathsep}/usr/bin{os.pathsep}/bin")
    assert run("add", "std") == "std: from 1.90.0 on; the newest here is 1.90.0.\n"
    assert "std          1.90.0  nothing waits" in run("list") and json.loads(run("cycle", output=Output.json))[
        "nothing"
    ] == ["std"]
    updated(tmp_path / "toolchain")
    assert "std          1.90.0  1.91.0 waits" in run("list")
    with pytest.raises(SystemExit):
        run("status")
    told = run("changes", "std")
    assert "std: 1.90.0 -> 1.91.0" in told and "stabilised method std::vec::Vec::push_within_capacity" in " ".join(
        told.split()
    )
    assert (
        "removed    method std::option::Option::xor" in told
        and "was pub fn take<T: Default>(dest: &mut T) -> T" in told
    )
    assert "std: 1.90.0 -> 1.91.0. I wrote" in run("cycle", "std") and "nothing waits" in run("status")
    assert run("remove", "std") == "std is no longer followed.\n" and "rusta mirror add std" in run("list")


def test_options_of_a_persons_own_are_offered_and_added_by_name(run: Run, home: Home, tmp_path: Path) -> None:
    root = upstream(tmp_path / "mine")
    option = Path(home.root, "conf/mirror/rope.yaml")
    option.parent.mkdir(parents=True)
    option.write_text(f"address: {root}\ndepth: 1\n")
    assert json.loads(run("list", output=Output.json))["offered"] == ["rope", "tokio"]
    assert run("add", "rope").startswith("rope: brought, heads/main at ")
    (one,) = json.loads(run("list", output=Output.json))["mirrors"]
    assert one["name"] == "rope" and one["address"] == str(root)
