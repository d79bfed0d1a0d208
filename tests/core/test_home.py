"""What is written is whole, whatever happens in between."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rusta.core.home import Home, NoRoom, need_room, whole_folder, write_atomically


class Crash(Exception):
    """Something that goes wrong half way."""


def everything(folder: Path) -> dict[str, bytes]:
    """Every file below a folder, hidden ones too, with its bytes."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_each_part_of_her_home_has_a_folder_of_its_own(home: Home) -> None:
    parts = [home.models, home.life, home.sessions, home.data]
    assert len(set(parts)) == len(parts)
    assert all(part.parent == Path(home.root) for part in parts)
    assert not Path(home.root).exists()  # naming a folder does not make it


@given(old=st.none() | st.text(), new=st.text())
def test_a_file_that_was_written_holds_the_new_text_and_nothing_lies_beside_it(
    old: str | None, new: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("atomic") / "deep" / "file.txt"
    if old is not None:
        write_atomically(path, old)
    write_atomically(path, new)
    assert everything(path.parent) == {"file.txt": new.encode()}


def test_text_that_cannot_be_written_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "file.txt"
    write_atomically(path, "old")
    with pytest.raises(UnicodeEncodeError):
        write_atomically(path, "new \udcff")
    assert everything(tmp_path) == {"file.txt": b"old"}


def test_a_full_disk_leaves_the_old_file(tmp_path: Path) -> None:
    write_atomically(tmp_path / "file.txt", "old")
    # A limit on the size of files stands in for a full disk: both fail in the middle of a write.
    program = (
        "import resource, signal, sys, pathlib, rusta.core.home as h\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))\n"
        "h.write_atomically(pathlib.Path('file.txt'), 'new' * 100_000)"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True)
    assert "File too large" in done.stderr
    assert everything(tmp_path) == {"file.txt": b"old"}


def test_a_kill_while_a_file_is_replaced_leaves_the_old_or_the_new(tmp_path: Path) -> None:
    path, texts = tmp_path / "file.txt", ["a" * 200_000, "b" * 200_000]
    program = (
        "import itertools, pathlib, rusta.core.home as h\n"
        "for letter in itertools.cycle('ab'):\n"
        "    h.write_atomically(pathlib.Path('file.txt'), letter * 200_000)\n"
        "    print(flush=True)"
    )
    for wanted in (1, 4, 9):
        process = subprocess.Popen([sys.executable, "-c", program], cwd=tmp_path, stdout=subprocess.PIPE)
        assert process.stdout is not None
        with process.stdout as lines:
            for _ in range(wanted):
                lines.readline()
            os.kill(process.pid, signal.SIGKILL)
        process.wait()
        assert path.read_text() in texts


@pytest.mark.parametrize("before", [None, {"a": b"old", "b": b"old"}])
def test_a_folder_takes_its_place_whole(before: dict[str, bytes] | None, tmp_path: Path) -> None:
    folder = tmp_path / "deep" / "folder"
    fill(folder, before)
    with whole_folder(folder) as making:
        fill(making, {"a": b"new"})
        assert everything(folder) == (before or {})
    assert everything(folder.parent) == {"folder/a": b"new"}


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere a folder is replaced in two steps")
def test_a_kill_while_a_folder_is_replaced_leaves_one_that_is_whole(tmp_path: Path) -> None:
    program = (
        "import itertools, pathlib, rusta.core.home as h\n"
        "for letter in itertools.cycle('ab'):\n"
        "    with h.whole_folder(pathlib.Path('folder')) as making:\n"
        "        for name in '123':\n"
        "            (making / name).write_text(letter)\n"
        "    print(flush=True)"
    )
    for wanted in (1, 4, 9):
        process = subprocess.Popen([sys.executable, "-c", program], cwd=tmp_path, stdout=subprocess.PIPE)
        assert process.stdout is not None
        with process.stdout as lines:
            for _ in range(wanted):
                lines.readline()
            assert all((tmp_path / "folder").exists() for _ in range(50_000)), "there is no moment without one"
            os.kill(process.pid, signal.SIGKILL)
        process.wait()
        found = everything(tmp_path / "folder")
        assert sorted(found) == ["1", "2", "3"]
        assert len(set(found.values())) == 1


def test_where_folders_cannot_change_places_one_follows_the_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rusta.core.home._exchanged", lambda one, other: False)
    fill(tmp_path / "folder", {"a": b"old"})
    with whole_folder(tmp_path / "folder") as making:
        fill(making, {"a": b"new"})
    assert everything(tmp_path) == {"folder/a": b"new"}


@pytest.mark.parametrize("before", [None, {"a": b"old"}])
@pytest.mark.parametrize("error", [Crash, KeyboardInterrupt])
def test_a_folder_that_was_not_finished_leaves_what_was_there(
    before: dict[str, bytes] | None, error: type[BaseException], tmp_path: Path
) -> None:
    folder = tmp_path / "folder"
    fill(folder, before)
    with pytest.raises(error), whole_folder(folder) as making:
        fill(making, {"a": b"new"})
        raise error
    assert everything(tmp_path) == {f"folder/{name}": data for name, data in (before or {}).items()}
    assert folder.exists() is (before is not None)


def test_what_a_killed_process_left_beside_a_folder_is_not_taken_for_it(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    fill(tmp_path / f".folder.{os.getpid()}", {"torn": b""})
    with whole_folder(folder) as making:
        fill(making, {"a": b"new"})
    assert everything(tmp_path) == {"folder/a": b"new"}


def test_a_disk_without_room_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    need_room(tmp_path / "fits", 1, "A byte")
    with pytest.raises(NoRoom, match=r"(?s)The universe.*RUSTA_HOME=PATH"):
        need_room(tmp_path / "not", 10**30, "The universe")


def fill(folder: Path, files: dict[str, bytes] | None) -> None:
    """Put files into a folder, which is made; None makes nothing."""
    if files is not None:
        folder.mkdir(parents=True, exist_ok=True)
        for name, data in files.items():
            (folder / name).write_bytes(data)


COUNTING = """
import sys
from pathlib import Path
from rusta.core.home import alone
for _ in range(200):
    with alone(Path(sys.argv[1])):
        count = Path(sys.argv[1])
        count.write_text(str(int(count.read_text() or 0) + 1))
"""


def test_what_is_done_alone_is_not_done_by_two_at_once(tmp_path: Path) -> None:
    count = tmp_path / "count"
    count.write_text("0")
    jobs = [subprocess.Popen([sys.executable, "-c", COUNTING, str(count)]) for _ in range(3)]
    assert [job.wait() for job in jobs] == [0, 0, 0]
    assert count.read_text() == "600"
