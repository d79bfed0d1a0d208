"""An update that is killed at any moment, with or without its git, loses and doubles nothing, and the next one goes on."""

import os
import random
import signal
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from rusta.core.home import Home
from rusta.core.network import Network
from rusta.mirror.mirrors import Mirrors
from rusta.mirror.repository import MirrorRepository
from rusta.mirror.upstream import Upstream
from tests.mirror.test_mirrors import clean, head
from tests.mirror.upstreams import changed, files_below, upstream
from tests.repositories import git

LONG = 200


def started(update: Mirrors, name: str) -> int:
    """Start an update in a process of its own. Its number."""
    child = os.fork()
    if child:
        return child
    try:  # the child, which returns to no test
        os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
        update.update(name)
    finally:
        os._exit(0)


def gits_in(folder: Path) -> Iterator[int]:
    """The processes that work on a repository, by its path in their words."""
    for one in Path("/proc").iterdir():
        with suppress(OSError):
            if one.name.isdecimal() and os.fsencode(folder) in (one / "cmdline").read_bytes():
                yield int(one.name)


def killed_after(seconds: float, update: Mirrors, with_git: bool) -> bool:
    """Kill an update after a time. Whether it still ran."""
    child = started(update, "up")
    time.sleep(seconds)
    os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    if with_git:  # as a machine that loses its power
        for process in gits_in(update.home.mirrors / "up"):
            with suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
    return os.WIFSIGNALED(status)


def interrupted(home: Home, root: Path, times: int, seed: int) -> int:
    """Kill that many updates at random moments, and check after each. How many were under way."""
    chance, killed = random.Random(seed), 0
    mirrors = Mirrors(home, {"up": Upstream(str(root))}, Network(online=False))
    reflected = mirrors.update("up").newest
    began = time.monotonic()
    changed(root, "// a change to measure\n", "measure")
    mirrors.update("up")
    takes = time.monotonic() - began
    last, subjects = head(root), list[str]()
    for n in range(times):
        subjects.append(f"change {n}")
        changed(root, f"pub fn f{n}() {{}}\n" * chance.randint(1, 400), f"change {n}", f"src/m{n % 7}.rs")
        if n % 11 == 5:
            git(root, "mv", f"src/m{n % 7}.rs", f"src/moved{n}.rs")
            git(root, "commit", "-q", "--amend", "--no-edit")
        killed += killed_after(chance.uniform(0, takes), mirrors, with_git=n % 2 == 0)
        repository = MirrorRepository(home.mirrors / "up")
        assert repository.reflected == reflected and repository.newest in (last, head(root))
        mirrors.update("up")
        assert clean(mirrors, "up", root), n
        assert files_below(home.mirrors / "up") == files_below(root)
        assert mirrors.records.note("up").newest == head(root) and repository.reflected == reflected
        last = head(root)
        if n % 10 == 9 or n + 1 == times:
            told = [one.subject for one in mirrors.changes("up", None).commits]
            assert told == [*reversed(subjects), *(["measure"] if n < 10 else [])]  # each once
            mirrors.mark_reflected("up", head(root))
            reflected, subjects = head(root), []
    return killed


def test_an_update_that_is_killed_goes_on(home: Home, tmp_path: Path) -> None:
    assert interrupted(home, upstream(tmp_path / "up"), 6, seed=1) > 0


@pytest.mark.long
def test_an_update_that_is_killed_at_200_moments_loses_and_doubles_nothing(home: Home, tmp_path: Path) -> None:
    assert interrupted(home, upstream(tmp_path / "up"), LONG, seed=2) > LONG // 2


def test_a_first_update_that_is_killed_is_completed_by_the_next(home: Home, tmp_path: Path) -> None:
    chance, root = random.Random(3), upstream(tmp_path / "up", 5)
    for n in range(6):
        mirrors = Mirrors(home, {"up": Upstream(str(root))}, Network(online=False))
        killed_after(chance.uniform(0, 0.15), mirrors, with_git=n % 2 == 0)
        found = mirrors.update("up")
        assert found.newest == found.reflected == head(root) and clean(mirrors, "up", root)
        mirrors.remove("up")
