"""What the mirrors take on the disk is told as it is, and kept within its bounds."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from rusta.core.home import Home
from rusta.core.network import Network
from rusta.core.output import Output
from rusta.memory.recall.ephemeral import Ephemeral
from rusta.mirror.mirror_view import MirrorView
from rusta.mirror.mirrors import MOST_BYTES, MOST_IN_ALL, Mirrors
from rusta.modes.mirror import MirrorMode
from tests.mirror.upstreams import changed, upstream
from tests.repositories import git


def noisy(folder: Path, commits: int = 2) -> Path:
    root = upstream(folder, 1)
    for n in range(commits):
        (root / "noise.bin").write_bytes(os.urandom(100_000))
        changed(root, f"// {n}\n", f"noise {n}")
    return root


def used(folder: Path) -> int:
    """As `du` counts it."""
    said = subprocess.run(["du", "-s", "--block-size=512", folder], capture_output=True, text=True, check=True).stdout
    return int(said.split()[0]) * 512


def test_the_bounds_are_those_of_the_specification() -> None:
    assert (MOST_BYTES, MOST_IN_ALL) == (500_000_000, 5_000_000_000)
    assert (MirrorMode.most_mb, MirrorMode.in_all_mb) == (500, 5000)


def test_the_status_tells_what_is_on_the_disk_after_each_thing_that_brings_something(
    home: Home, tmp_path: Path
) -> None:
    root = noisy(tmp_path / "up")
    git(root, "tag", "v0.0.1", "HEAD~2")
    mirrors = Mirrors(home, {}, Network(online=False))
    mirrors.add(str(root), None, {"depth": 1})
    folder = home.mirrors / "up"

    def told() -> int:
        return MirrorView(mirrors).status()["size"]

    assert abs(told() - used(folder)) <= 8_192
    mirrors.changes("up", "v0.0.1")  # which is brought
    assert abs(told() - used(folder)) <= 8_192
    changed(root, "// more\n", "more")
    mirrors.update("up")
    assert abs(told() - used(folder)) <= 8_192
    (folder / ".git/HEAD").write_text("damaged")
    mirrors.renew("up")
    assert abs(told() - used(folder) - used(home.mirrors / ".rusta/up.damaged")) <= 16_384


def test_a_damaged_one_that_was_set_aside_goes_before_any_history(home: Home, tmp_path: Path) -> None:
    root = noisy(tmp_path / "up")
    mirrors = Mirrors(home, {}, Network(online=False))
    mirrors.add(str(root), None, {})
    mirrors.renew("up")
    assert (home.mirrors / ".rusta/up.damaged").is_dir()
    held = git(home.mirrors / "up", "rev-list", "--count", "HEAD")
    bounded = Mirrors(home, {}, Network(online=False), in_all=mirrors.records.note("up").size)
    bounded.trim_all()
    assert not (home.mirrors / ".rusta/up.damaged").exists()
    assert git(home.mirrors / "up", "rev-list", "--count", "HEAD") == held


def test_adding_one_trims_all_and_one_that_takes_more_than_it_may_is_named(
    home: Home, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    roots = [noisy(tmp_path / name) for name in ("first", "second")]

    def run(do: str, query: str = "", **bounds: int) -> dict[str, Any]:
        capsys.readouterr()
        said = {"do": do, "query": query}
        MirrorMode(home, Network(online=False), {}, Ephemeral(), None, None, Output.json, said=said, **bounds).run()
        return json.loads(capsys.readouterr().out)

    run("add", str(roots[0]))
    run("add", str(roots[1]), in_all_mb=0)
    assert [git(home.mirrors / name, "rev-list", "--count", "HEAD") for name in ("first", "second")] == ["1", "1"]
    assert run("status")["over"] == []
    assert run("status", most_mb=0)["over"] == ["first", "second"]
