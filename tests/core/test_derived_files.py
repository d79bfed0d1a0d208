"""What can be made again is checked, moved aside where it is damaged, and said in a line; nothing waits for a pipe."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from rusta.core.derived_files import make_way, recalled, set_aside
from rusta.core.home import alone, keep_derived

HARMS = ["empty", "cut", "random", "deep", "large", "folder", "pipe", "device"]


def harmed(file: Path, harm: str) -> None:
    whole = file.read_bytes()
    raw = {"empty": b"", "cut": whole[: len(whole) // 2], "random": os.urandom(len(whole)), "deep": b"[" * 200_000}
    if harm in raw:
        file.write_bytes(raw[harm])
    elif harm == "large":
        os.truncate(file, 1 << 40)  # of zeros, without a block on the disk
    else:
        file.unlink()
        {"folder": os.mkdir, "pipe": os.mkfifo, "device": lambda path: path.symlink_to("/dev/zero")}[harm](file)


@pytest.mark.parametrize("harm", HARMS)
def test_a_damaged_file_is_set_aside_said_once_and_takes_its_place_again(harm: str, tmp_path: Path) -> None:
    file, said = tmp_path / "kept.json", []
    assert keep_derived(file, json.dumps({"a": list(range(100))}))
    harmed(file, harm)

    def parse(raw: bytes) -> Any:
        return json.loads(raw)["a"]

    assert recalled(file, parse, say=said.append) is None
    assert len(said) == 1 and str(file) in said[0] and "anew" in said[0]
    assert os.path.lexists(tmp_path / "kept.json.damaged") and not os.path.lexists(file)
    assert keep_derived(file, json.dumps({"a": [1]}))
    assert recalled(file, parse, say=said.append) == [1] and len(said) == 1


def test_no_file_is_no_damage(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for path in (tmp_path / "nothing", tmp_path / "file" / "below"):
        assert recalled(path, json.loads, say=pytest.fail) is None


def test_what_a_person_put_there_is_never_written_over(tmp_path: Path) -> None:
    file, said = tmp_path / "kept.json", []
    for n in range(3):
        file.mkdir()
        (file / "mine.txt").write_text(f"{n}")
        make_way(file, said.append)
    file.write_text("{")
    set_aside(file, "cut", said.append)
    assert sorted(path.read_text() for path in tmp_path.rglob("mine.txt")) == ["0", "1", "2"]
    assert len(said) == 4 and not os.path.lexists(file)


def test_what_is_kept_takes_the_place_of_whatever_stands_there(tmp_path: Path) -> None:
    for make in (os.mkdir, os.mkfifo):
        make(tmp_path / "kept.json")
        assert keep_derived(tmp_path / "kept.json", "1")
        assert recalled(tmp_path / "kept.json", json.loads) == 1
        (tmp_path / "kept.json").unlink()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write and read everywhere")
def test_where_nothing_may_be_moved_it_is_said_and_gone_on_without(tmp_path: Path) -> None:
    file, said = tmp_path / "home" / "kept.json", []
    keep_derived(file, "{")
    file.parent.chmod(0o500)
    assert recalled(file, json.loads, say=said.append) is None
    assert not keep_derived(file, "1")
    assert len(said) == 1 and "without" in said[0]
    file.parent.chmod(0o700)


@pytest.mark.parametrize("make", [os.mkdir, os.mkfifo], ids=["folder", "pipe"])
def test_a_lock_is_taken_whatever_lies_in_its_place(make: object, tmp_path: Path) -> None:
    make(tmp_path / ".index.lock")  # type: ignore[operator]
    with alone(tmp_path / "index"):
        assert (tmp_path / ".index.lock").is_file()
    assert not os.path.lexists(tmp_path / ".index.lock")


def test_a_file_that_goes_while_it_is_looked_at_is_not_set_aside_nor_the_next_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A lock is deleted by its holder and made by the next one: setting that aside would let two hold it."""
    lock, told, looked = tmp_path / ".count.lock", list[str](), Path.stat
    lock.write_text("")

    def stat(path: Path, **said: Any) -> os.stat_result:
        found = looked(path, **said)
        if path == lock:
            path.unlink()
        return found

    def access(path: Path, mode: int) -> bool:
        lock.write_text("another one's")
        return False

    monkeypatch.setattr(Path, "stat", stat)
    monkeypatch.setattr(os, "access", access)
    make_way(lock, told.append)
    assert told == [] and not (tmp_path / ".count.lock.damaged").exists()
