"""What git and she keep beside the journals is made anew where it is damaged; the history itself is never put aside for it."""

import os
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from rusta.memory.storage.devlogs import DevLogs
from rusta.memory.storage.store import JournalFolder

DAMAGES: dict[str, Callable[[Path], object]] = {
    "empty": lambda file: file.write_bytes(b""),
    "cut in half": lambda file: file.write_bytes(file.read_bytes()[: file.stat().st_size // 2]),
    "random bytes": lambda file: file.write_bytes(os.urandom(4096)),
    "one byte changed": lambda file: file.write_bytes(
        bytes([*(raw := file.read_bytes())[:40], raw[40] ^ 1, *raw[41:]])
    ),
    "a folder": lambda file: (file.unlink(), file.mkdir()),
}


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def journals(tmp_path: Path, said: list[str]) -> DevLogs:
    journals = DevLogs(tmp_path / "devlogs", say=said.append)
    for title in ("one", "two"):
        journals.write("lab", title, "text")
    assert journals.keep() == 0  # from here the index is split, as it is after every `keep`
    return journals


def git(root: Path, *words: str) -> str:
    done = subprocess.run(["git", "-C", root, *words], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("how", DAMAGES)
@pytest.mark.parametrize("then", ["mend", "keep", "write"])
@pytest.mark.parametrize("which", ["index", "sharedindex.*"])
def test_a_damaged_index_is_made_anew_and_the_history_stays(
    which: str, then: str, how: str, journals: DevLogs, said: list[str]
) -> None:
    repository = journals.root / ".git"
    for damaged in repository.glob(which):
        DAMAGES[how](damaged)
    assert any("index" in problem.what and "mend=true" in problem.what for problem in journals.doctor())
    (journals.root / "lab/mine.md").write_text("by hand")
    if then == "write":
        journals.write("lab", "three", "text")
    if then == "mend":
        said += journals.mend()
    else:
        assert journals.keep() == 1
    assert git(journals.root, "status", "--porcelain") == ""
    assert len(git(journals.root, "log", "--format=%H").split()) == (4 if then == "write" else 3)
    assert not list(journals.root.glob(".git-broken-*")), "the history was not to blame"
    if then != "write":  # there git itself may have taken what was left for an index, and written it anew
        assert [line for line in said if "index" in line], "it is said"
    assert not any("index" in problem.what for problem in journals.doctor())


@pytest.mark.parametrize("how", [*DAMAGES, "a pipe"])
def test_a_damaged_list_of_what_waits_stops_nothing(how: str, journals: DevLogs, said: list[str]) -> None:
    file = JournalFolder(journals.root).private / "waiting.jsonl"
    author = '{"author": "rusta", "summary": "cut short", "at": 1, "began": 1, "files": {"lab/gone.md": "0"}}'
    file.write_text(f"\n{author}\n")
    if how == "a pipe":
        file.unlink()
        os.mkfifo(file)
    else:
        DAMAGES[how](file)
    journals.doctor()
    path = journals.write("lab", "three", "text")
    assert [past.summary for past in journals.history(path)] == ["lab: three"]
    assert not os.path.lexists(file)
    if how in {"a folder", "a pipe", "random bytes"}:
        assert list(file.parent.glob("waiting-damaged-*")), "set aside"
        assert any("damaged" in line for line in said)
    assert journals.keep() == 0


def test_a_git_that_is_ended_leaves_no_lock(tmp_path: Path) -> None:
    from rusta.core import git_runner as runner

    git(tmp_path, "init", "-q")
    (tmp_path / "waited-for").write_text("x")
    os.mkfifo(tmp_path / "more")
    lock = tmp_path / ".git/index.lock"
    # `update-index` takes the lock, then waits for a name on its standard input, which nobody closes.
    read, write = os.pipe()
    try:
        held = subprocess.Popen(
            ["git", "-C", tmp_path, "update-index", "--add", "--stdin"], stdin=read, start_new_session=True
        )
        while not lock.exists():
            time.sleep(0.01)
        runner.end(held)
        held.wait()
    finally:
        os.close(read)
        os.close(write)
    assert not lock.exists()


@pytest.mark.long
def test_fifty_thousand_files_by_hand_are_recorded(journals: DevLogs) -> None:
    folder = journals.root / "semantic"
    folder.mkdir()
    for n in range(50_000):
        (folder / f"{n}.md").write_text(f"By hand {n}.\n")
    began = time.monotonic()
    assert journals.keep() == 50_000
    print(f"{time.monotonic() - began:.1f} s")
    assert git(journals.root, "status", "--porcelain") == ""
