"""A folder of weights that can be made again is made again when a file in it is not as it was made."""

import os
import shutil
from pathlib import Path

import pytest

from rusta.mind.made_folder import made_folder


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return made_folder(tmp_path / "models" / "m", fill)


def fill(making: Path) -> None:
    (making / "config.json").write_text('{"hidden": 8}')
    (making / "model.safetensors").write_bytes(bytes(range(256)))


def test_what_is_there_as_it_was_made_is_not_made_again(folder: Path) -> None:
    assert made_folder(folder, lambda _: pytest.fail("it is there")) == folder


@pytest.mark.parametrize("name", ["config.json", "model.safetensors"])
@pytest.mark.parametrize("harm", ["empty", "cut", "random", "folder", "pipe", "gone"])
def test_a_damaged_file_is_found_and_the_folder_made_anew_and_said(
    name: str, harm: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = folder / name
    whole = file.read_bytes()
    if harm in ("empty", "cut", "random"):
        file.write_bytes({"empty": b"", "cut": whole[: len(whole) // 2], "random": os.urandom(len(whole))}[harm])
    else:
        file.unlink()
        {"folder": os.mkdir, "pipe": os.mkfifo, "gone": lambda _: None}[harm](file)
    assert made_folder(folder, fill) == folder
    assert file.read_bytes() == whole
    said = capsys.readouterr().err.splitlines()
    assert len(said) == 1 and str(folder) in said[0] and "anew" in said[0]
    made_folder(folder, lambda _: pytest.fail("it was mended"))


def test_a_copy_with_other_times_is_believed_by_its_hash(folder: Path, tmp_path: Path) -> None:
    copy = Path(shutil.copytree(folder.parent, tmp_path / "copy", copy_function=shutil.copyfile)) / "m"
    for path in copy.iterdir():
        os.utime(path, (1, 1))
    assert made_folder(copy, lambda _: pytest.fail("its bytes are the same")) == copy
    (copy / "model.safetensors").write_bytes(bytes(256))
    made_folder(copy, fill)
    assert (copy / "model.safetensors").read_bytes() == bytes(range(256))


@pytest.mark.parametrize("record", [b"", b"{", b"[1]", b'{"a": 1}', b"\xff" * 40])
def test_a_damaged_record_of_the_folder_is_set_aside_and_the_folder_believed(record: bytes, folder: Path) -> None:
    (folder.parent / ".m.made").write_bytes(record)
    assert made_folder(folder, lambda _: pytest.fail("nothing else is damaged")) == folder


def test_a_file_in_the_place_of_the_folder_is_moved_and_kept(tmp_path: Path) -> None:
    (tmp_path / "m").write_text("a person's")
    assert made_folder(tmp_path / "m", fill).is_dir()
    assert (tmp_path / "m.damaged").read_text() == "a person's"
