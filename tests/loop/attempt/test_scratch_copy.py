"""The copy in which everything is tried first."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from rusta.loop.attempt import scratch_copy
from rusta.loop.attempt.scratch_copy import Scratch, TooLarge
from rusta.tools.cargo import Cargo
from rusta.tools.patch import EditRefused, OutsideWorkspace
from rusta.tools.sandbox import Limits, choose
from tests.loop.crate import ADD, BODY, MENDED, NO_MUT, crate


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


@pytest.mark.parametrize("link", ["out", "out.rs"])
def test_nothing_outside_is_written_or_removed_through_a_link(copy: Scratch, tmp_path: Path, link: str) -> None:
    kept = tmp_path / "elsewhere/keep.rs"
    kept.parent.mkdir()
    kept.write_text("theirs")
    (copy.workspace / link).symlink_to(kept.parent if link == "out" else kept)
    copy.sync()
    with pytest.raises(OutsideWorkspace, match=re.escape(str(kept))):
        copy.become({"src/new.rs": b"hers", "out/keep.rs" if link == "out" else link: b"hers"})
    assert copy.read("src/new.rs") is None
    copy.become({})
    assert kept.read_text() == "theirs"


@pytest.mark.parametrize("name", ["data", ".data"])
def test_a_link_that_became_a_folder_is_one_in_the_copy_too(copy: Scratch, tmp_path: Path, name: str) -> None:
    kept = tmp_path / "elsewhere/x.rs"
    kept.parent.mkdir()
    kept.write_text("theirs")
    (copy.workspace / name).symlink_to(kept.parent)
    copy.sync()
    (copy.workspace / name).unlink()
    (copy.workspace / name).mkdir()
    (copy.workspace / name / "x.rs").write_text("other")
    copy.sync()
    assert kept.read_text() == "theirs" and copy.read(f"{name}/x.rs") == b"other"


def test_a_folder_that_became_a_file_is_one_in_the_copy_too(copy: Scratch) -> None:
    (copy.workspace / "build").mkdir()
    (copy.workspace / "build/x").write_text("1")
    copy.sync()
    (copy.workspace / "build/x").unlink()
    (copy.workspace / "build").rmdir()
    (copy.workspace / "build").write_text("2")
    copy.sync()
    assert copy.read("build") == b"2"


def test_without_git_links_to_folders_are_copied_and_pipes_are_not(copy: Scratch) -> None:
    shutil.rmtree(copy.workspace / ".git")
    (copy.workspace / "linked").symlink_to("src")
    os.mkfifo(copy.workspace / "pipe")
    copy.sync()
    assert copy.read("linked/lib.rs") == BODY.encode() and not (copy.root / "pipe").exists()
    (copy.workspace / "linked").unlink()
    copy.sync()
    assert not (copy.root / "linked").is_symlink()


def test_a_submodule_is_copied_with_its_files(copy: Scratch, tmp_path: Path) -> None:
    crate(copy.workspace / "vendor/inner")  # to git the same: a repository in a folder, of which it names the folder
    copy.sync()
    assert copy.read("vendor/inner/src/lib.rs") == BODY.encode()
    assert not (copy.root / "vendor/inner/.git").exists()


def test_what_the_disk_refuses_is_a_refusal_that_names_it(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("a file where her home should be")
    with pytest.raises(EditRefused, match=re.escape(str(tmp_path / "home"))):
        Scratch(crate(tmp_path / "scores"), tmp_path / "home").sync()


def test_a_workspace_that_is_too_large_is_refused_with_what_mends_it(
    copy: Scratch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scratch_copy, "LARGEST", 10)
    with pytest.raises(TooLarge, match="workspace=PATH"):
        copy.sync()


def test_a_diff_that_makes_and_removes_files_is_one_that_git_applies(copy: Scratch) -> None:
    changes = {
        "src/new.rs": b"//! New.\n",
        "src/lib.rs": None,
        "Cargo.toml": copy.read("Cargo.toml").replace(b"0.1.0", b"0.2.0"),
    }
    diff = copy.difference(changes)
    subprocess.run(["git", "apply", "-"], cwd=copy.workspace, input=diff, text=True, check=True)
    assert not (copy.workspace / "src/lib.rs").exists()
    assert (copy.workspace / "src/new.rs").read_text() == "//! New.\n"


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


def test_a_target_that_sessions_have_filled_goes_when_the_next_one_begins(
    copy: Scratch, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scratch_copy, "LARGEST_TARGET", 10**6, raising=False)
    (copy.target / "debug").mkdir(parents=True)
    (copy.target / "debug" / "small").write_text("kept")
    Scratch(copy.workspace, tmp_path / "home").sync()
    assert (copy.target / "debug" / "small").exists()
    (copy.target / "debug" / "large").write_bytes(b"x" * 2 * 10**6)
    copy.sync()  # of the same session: it is measured once
    assert (copy.target / "debug" / "large").exists()
    Scratch(copy.workspace, tmp_path / "home").sync()
    assert copy.target.is_dir() and not list(copy.target.iterdir())


@pytest.mark.parametrize("ahead_s", [0, 3600])
def test_cargo_never_takes_a_reverted_or_changed_state_for_the_one_it_built(tmp_path: Path, ahead_s: int) -> None:
    copy = Scratch(crate(tmp_path / "scores", BODY.replace(ADD, MENDED)), tmp_path / "home")
    copy.sync()
    cargo = Cargo(copy.root, choose("auto"), copy.target, Limits(seconds=60))
    assert cargo.check().ok
    for built in copy.target.rglob("*"):  # as if the clock had been set back since
        times = built.lstat().st_mtime_ns + ahead_s * 10**9
        os.utime(built, ns=(times, times), follow_symlinks=False)
    copy.become({"src/lib.rs": BODY.encode()})
    assert not cargo.check().ok
    copy.become({})
    assert cargo.check().ok
    (copy.workspace / "src/lib.rs").write_text(BODY)
    copy.sync()
    assert not cargo.check().ok
