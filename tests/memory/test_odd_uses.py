"""The counts of use: a home that takes no more writing loses a count, and nothing else."""

import errno
import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from rusta.core.home import Home
from rusta.memory.index.vectors import Vectors
from rusta.memory.recall.recall import HabitSituation, Memory
from rusta.memory.storage.uses import UseCounts

USED = (
    "import sys; from pathlib import Path; from rusta.memory.storage.uses import UseCounts\n"
    "UseCounts(Path(sys.argv[1])).used('b' * 40, True)"
)


def test_a_full_disk_loses_one_count_and_spoils_neither_the_last_nor_the_next(tmp_path: Path) -> None:
    file = tmp_path / "uses.jsonl"
    UseCounts(file).used("a", True)
    # A limit on the size of files stands in for a full disk: a write takes what fits.
    size = file.stat().st_size
    for more in (20, 0):
        done = subprocess.run([sys.executable, "-c", USED, str(file)], capture_output=True, text=True,
                              preexec_fn=lambda more=more: resource.setrlimit(resource.RLIMIT_FSIZE, (size + more,) * 2))  # fmt: skip
        assert (done.returncode, done.stderr) == (0, "")
    UseCounts(file).used("c", True)
    uses = UseCounts(file)
    assert [uses.of(path).times for path in ("a", "b" * 40, "c")] == [1, 0, 1]


def test_a_recall_says_that_counts_are_lost(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    memory = Memory(Home(str(tmp_path), str(tmp_path)), vectors=Vectors.none)
    memory.home.devlogs.mkdir()
    memory.recall(HabitSituation("a"))
    assert memory.trace.notes == ()

    def full(descriptor: int, data: bytes) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "write", full)
    memory.used("a", True)
    monkeypatch.undo()
    memory.recall(HabitSituation("a"))
    assert "uses.jsonl cannot be written" in " ".join(memory.trace.notes)


@pytest.mark.timeout(60)
@pytest.mark.parametrize("kind", ["a folder", "a pipe"])
def test_what_is_no_file_is_moved_aside_and_not_waited_for(kind: str, tmp_path: Path) -> None:
    file = tmp_path / "uses.jsonl"
    os.mkfifo(file) if kind == "a pipe" else file.mkdir()
    uses = UseCounts(file)
    uses.used("a", True)
    assert uses.of("a").times == 1
    assert os.path.lexists(tmp_path / "uses.jsonl.damaged")


@pytest.mark.parametrize("line", ["5", "null", "[" * 100_000, '{"path": "a", "at": 1e999}', '{"path": "a", "at": "x"}',
                                  '{"path": "a", "at": ' + "9" * 400 + "}", '{"at": 1}'], ids=lambda line: line[:30])  # fmt: skip
def test_a_line_that_nobody_wrote_costs_that_line(line: str, tmp_path: Path) -> None:
    file = tmp_path / "uses.jsonl"
    file.write_text(f"{line}\n")
    uses = UseCounts(file)
    uses.used("b", True)
    assert uses.of("b").times == 1
