"""The copy in which everything is tried first."""

import os
from pathlib import Path

import pytest

from rusta.loop import scratch
from rusta.loop.scratch import Scratch, TooLarge
from rusta.tools.cargo import Cargo
from rusta.tools.sandbox import Limits, choose
from tests.loop.crate import BODY, NO_MUT, crate


@pytest.fixture
def copy(tmp_path: Path) -> Scratch:
    found = Scratch(crate(tmp_path / "scores"), tmp_path / "home")
    found.sync()
    return found


def test_it_is_the_workspace_without_git_and_target(copy: Scratch) -> None:
    (copy.workspace / "target").mkdir()
    (copy.workspace / "target/x").write_text("built")
    copy.sync()
    assert sorted(path.relative_to(copy.root).as_posix() for path in copy.root.rglob("*") if path.is_file()) == [
        ".gitignore", "Cargo.toml", "src/lib.rs",
    ]  # fmt: skip


def test_changes_are_made_and_taken_back_whatever_a_person_does_meanwhile(copy: Scratch) -> None:
    copy.become({"src/lib.rs": b"a", "src/new.rs": b"b"})
    (copy.workspace / "src/lib.rs").write_text("theirs")
    copy.become({"src/new.rs": b"c"})
    assert copy.read("src/lib.rs") == BODY.encode() and copy.read("src/new.rs") == b"c"
    copy.become({})
    assert copy.read("src/new.rs") is None
    copy.sync()
    assert copy.read("src/lib.rs") == b"theirs"


def test_modes_and_links_are_copied_and_what_is_gone_goes(copy: Scratch) -> None:
    (copy.workspace / "run.sh").write_text("#!/bin/sh\n")
    (copy.workspace / "run.sh").chmod(0o755)
    (copy.workspace / "link.rs").symlink_to("src/lib.rs")
    copy.sync()
    assert os.access(copy.root / "run.sh", os.X_OK) and (copy.root / "link.rs").is_symlink()
    (copy.workspace / "run.sh").unlink()
    copy.sync()
    assert not (copy.root / "run.sh").exists()


def test_nothing_outside_is_read_through_a_link(copy: Scratch, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("key")
    (copy.workspace / "out.rs").symlink_to(tmp_path / "secret")
    copy.sync()
    assert copy.read("out.rs") is None


def test_a_workspace_that_is_too_large_is_refused_with_what_mends_it(
    copy: Scratch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scratch, "LARGEST", 10)
    with pytest.raises(TooLarge, match="workspace=PATH"):
        copy.sync()


def test_a_path_dependency_outside_builds_from_the_copy(tmp_path: Path) -> None:
    place = crate(tmp_path / "work/scores", NO_MUT.replace("let scores", "let mut scores"))
    other = crate(tmp_path / "work/other", "pub fn one() -> u32 { 1 }\n")
    (other / "Cargo.toml").write_text('[package]\nname = "other"\nversion = "0.1.0"\nedition = "2021"\n')
    with (place / "Cargo.toml").open("a") as manifest:
        manifest.write('[dependencies]\nother = { path = "../other" }\n')
    (place / "src/lib.rs").write_text("pub fn two() -> u32 { other::one() + 1 }\n")
    copy = Scratch(place, tmp_path / "home")
    copy.sync()
    report = Cargo(copy.root, choose("auto"), copy.target, Limits()).check()
    assert report.ok, report.output
