"""Eight writers, killed without warning again and again: what was acknowledged is there, whole, and in the history.

`pytest -m thorough` kills a thousand times (some minutes); the ordinary run twenty times.
"""

import hashlib
import multiprocessing
import os
import random
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from rusta.memory.entries.entry import parse
from rusta.memory.storage.devlogs import DevLogs

WRITERS = 8
fork = multiprocessing.get_context("fork")


def body(writer: str, n: int) -> str:
    words = f"{writer} {n} " + "borrow loan brace " * (n % 400)
    return f"{words}\n\n{hashlib.sha256(words.encode()).hexdigest()}"


def write_on(root: Path, said: Path, writer: str) -> None:
    """Write, tag and supersede for ever; each thing done is told only after the call came back."""
    os.setsid()
    journals = DevLogs(root, say=lambda _: None)
    with said.open("ab", buffering=0) as out:
        last = ""
        for n in range(10_000):
            author = ("rusta", "dream")[n % 2]
            path = journals.write("lab", f"{writer} {n % 3}", body(writer, n), tags=[writer], author=author)
            out.write(f"wrote {author} {path}\n".encode())
            if n % 3 == 1:
                journals.tag(path, "seen", author="dream")
                out.write(f"tagged dream {path}\n".encode())
            if n % 3 == 2:
                journals.supersede(last, path)
                out.write(f"superseded rusta {last}\n".encode())
            last = path


def git(root: Path, *words: str) -> str:
    done = subprocess.run(["git", "-C", root, *words], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.thorough
@pytest.mark.timeout(7200)
def test_nothing_acknowledged_is_lost_when_writers_are_killed(tmp_path: Path, times: Callable[[int, int], int]) -> None:
    root, chance = tmp_path / "devlogs", random.Random(5)
    DevLogs(root).write("lab", "before all", "The first.")
    at_work: dict[int, multiprocessing.process.BaseProcess] = {}
    began = 0

    def begin(place: int) -> None:
        nonlocal began
        began += 1
        said = tmp_path / f"said-{began}"
        at_work[place] = fork.Process(target=write_on, args=(root, said, f"w{began}"))
        at_work[place].start()

    kills = times(20, 1000)
    for place in range(WRITERS):
        begin(place)
    for _ in range(kills):
        time.sleep(chance.uniform(0.01, 0.3))
        place = chance.randrange(WRITERS)
        process = at_work[place]
        assert process.pid is not None
        # Half the time its git dies with it, half the time git lives on and finishes what it was told.
        if chance.random() < 0.5:
            os.kill(process.pid, signal.SIGKILL)
        else:
            try:
                os.killpg(process.pid, signal.SIGKILL)
            except ProcessLookupError:  # killed before it had a group of its own
                os.kill(process.pid, signal.SIGKILL)
        process.join()
        begin(place)
    for process in at_work.values():
        process.kill()
        process.join()

    journals = DevLogs(root)
    journals.write("lab", "after all", "The last.")  # the next writer mends what the killed ones left
    told = [line.split(" ", 2) for n in range(1, began + 1) for line in heard(tmp_path / f"said-{n}")]
    assert len(told) > kills / 4, "the writers were at work"
    for what, _, path in told:
        entry = parse((root / path).read_bytes(), path)
        assert what != "tagged" or "seen" in entry.tags
        assert what != "superseded" or entry.text("status") == "superseded"
    entries = list(journals.entries())
    for entry in entries:
        assert entry.problems == ()
        if entry.title not in {"before all", "after all"}:
            words, _, digest = entry.body.strip().rpartition("\n\n")
            assert hashlib.sha256(words.partition("\n\n")[2].encode()).hexdigest() == digest, f"{entry.path} is torn"
    assert not list(root.rglob(".rusta-*"))

    assert git(root, "fsck", "--full", "--strict", "--no-dangling") == ""
    recorded = set(git(root, "-c", "core.quotePath=false", "ls-tree", "-r", "--name-only", "HEAD").splitlines())
    assert recorded == {entry.path for entry in entries}
    assert git(root, "status", "--porcelain") == ""
    authors: dict[str, set[str]] = {}
    for commit in git(root, "-c", "core.quotePath=false", "log", "--name-only", "--format=%x00%an").split("\0")[1:]:
        author, *paths = (line for line in commit.splitlines() if line)
        for path in paths:
            authors.setdefault(path, set()).add(author)
    names = {"rusta": "Rusta", "dream": "Rusta, dreaming"}
    assert all(names[author] in authors[path] for _, author, path in told)
    log = git(root, "log", "--format=%an").splitlines()
    assert set(log) <= {"Rusta", "Rusta, dreaming"}, "no entry of hers is taken for a person's"
    assert len(log) >= len(told) + 2
    print(f"{kills} kills, {len(told)} acknowledged, {len(entries)} entries, {len(log)} commits")


def heard(path: Path) -> list[str]:
    return path.read_text().splitlines() if path.exists() else []
