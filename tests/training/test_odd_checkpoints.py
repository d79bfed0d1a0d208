"""Whatever lies in `checkpoints/` beside hers: a run goes on from the newest that is whole, and waits for nothing."""

import os
import zipfile
from pathlib import Path
from typing import Any

import pytest
import torch

from rusta.core.home import Home
from rusta.registry import lineage
from rusta.training import resume_point, tensor_files

CARD: dict[str, Any] = {"settings": {}, "model_hash": "a", "data": {"hash": "b"}}


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """A run of one checkpoint."""
    folder = tmp_path / "run"
    (folder / "checkpoints").mkdir(parents=True)
    (folder / "run.yaml").write_text("settings: {}\nmodel_hash: a\ndata: {hash: b}\n")
    tensor_files.save({"step": 2}, folder / "checkpoints/step-000002.ckpt")
    return folder


def odd(kind: str, at: Path) -> None:
    """Something that stands where a newer checkpoint would."""
    match kind:
        case "a folder":
            at.mkdir()
        case "a pipe":
            os.mkfifo(at)
        case "a link to nowhere":
            at.symlink_to("nowhere")
        case "a link to itself":
            at.symlink_to(at.name)
        case "an empty file":
            at.touch()
        case "no archive":
            at.write_bytes(b"PK\x03\x04 half of one")
        case "another archive":
            with zipfile.ZipFile(at, "w") as file:
                file.writestr("page.md", "a")
        case _:
            torch.save({"step": 9}, at)


KINDS = [
    "a folder",
    "a pipe",
    "a link to nowhere",
    "a link to itself",
    "an empty file",
    "no archive",
    "another archive",
]
NAMES = ["step-zzzzzz.ckpt", "step-.ckpt", "step--1.ckpt", "step-9\n.ckpt", "step-\u0663.ckpt", "step-1e9.ckpt", "step-9.9.ckpt",
         "step-caf\udce9.ckpt", "STEP-000009.ckpt", "step-000009.ckpt.ckpt", ".step-000009.ckpt"]  # fmt: skip


@pytest.mark.timeout(60)
@pytest.mark.parametrize("kind", KINDS)
def test_what_only_has_the_name_of_a_checkpoint_is_passed_over_and_said(
    kind: str, run: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    odd(kind, run / "checkpoints/step-000009.ckpt")
    assert resume_point.checkpoint_to_resume(run, "mind", CARD) == run / "checkpoints/step-000002.ckpt"
    assert "step-000009.ckpt is broken" in capsys.readouterr().err


@pytest.mark.parametrize("name", NAMES, ids=ascii)
def test_a_name_that_she_does_not_give_is_no_checkpoint(name: str, run: Path) -> None:
    odd("whole", run / "checkpoints" / name)
    assert resume_point.checkpoint_to_resume(run, "mind", CARD) == run / "checkpoints/step-000002.ckpt"


def test_the_newest_is_the_one_of_the_largest_number(run: Path) -> None:
    for step in (999_999, 1_000_000):
        tensor_files.save({"step": step}, run / f"checkpoints/step-{step:06d}.ckpt")
    assert resume_point.checkpoint_to_resume(run, "mind", CARD) == run / "checkpoints/step-1000000.ckpt"


def test_only_what_was_being_written_is_tidied_away(run: Path) -> None:
    folder = run / "checkpoints"
    for name in (".step-000004.ckpt.4711", ".gitignore", ".a\nb.12"):
        (folder / name).touch()
    (folder / ".notes.7").mkdir()
    (folder / ".Trash").mkdir()
    tensor_files.tidy(folder)
    assert sorted(path.name for path in folder.iterdir()) == [".Trash", ".gitignore", ".notes.7", "step-000002.ckpt"]


def test_a_run_in_a_folder_whose_name_is_no_text_is_found_again(home: Home, tmp_path: Path) -> None:
    run = tmp_path / os.fsdecode(b"caf\xe9")
    (run / "checkpoints").mkdir(parents=True)
    lineage.begun(home, "mind", run)
    assert lineage.under_way(home, "mind", "last") == run
    lineage.finished(home, "mind", run)
    with pytest.raises(lineage.NotRaised, match="No run of mind"):
        lineage.under_way(home, "mind", "last")
