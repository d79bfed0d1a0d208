"""A cycle reflects what waits in a mirror once, whatever kills it, and what it wrote is found again in a chat."""

import os
import random
import signal
import time
from pathlib import Path

import pytest

from rusta.core.home import Home
from rusta.core.network import Network
from rusta.memory.recall.recall import HabitSituation, Memory, Vectors
from rusta.mirror.mirror_lock import MirrorBusy, mirror_locked
from rusta.mirror.mirrors import Mirrors
from rusta.mirror.reflection import MirrorJournal
from rusta.mirror.reflection_cycle import ReflectionCycle
from rusta.mirror.repository_states import RepositoryStates
from rusta.mirror.upstream import Upstream
from tests.mirror.test_mirrors import head
from tests.mirror.upstreams import changed, upstream

LONG = 200


def cycle(home: Home, root: Path) -> ReflectionCycle:
    memory = Memory(home, vectors=Vectors.none)
    mirrors = Mirrors(home, {"small": Upstream(str(root))}, Network(online=False))
    return ReflectionCycle(RepositoryStates(mirrors), MirrorJournal(memory, home.mirrors))


def source(*functions: str) -> str:
    return "\n".join(f"/// Turns by {one}.\npub fn {one}(by: u32) -> u32 {{ by }}" for one in functions)


def test_what_waits_is_written_once_and_the_mark_moves(home: Home, tmp_path: Path) -> None:
    root = upstream(tmp_path / "up")
    done = cycle(home, root)
    done.source.mirrors.update("small")
    assert not done.source.waits("small")
    changed(root, source("f2", "f3", "winch"), "add winch")
    done.source.mirrors.update("small")
    assert done.source.waits("small")
    first = done.run("small")
    assert first.substantial and first.new == head(root) and not done.source.waits("small")
    whole = "\n".join(done.journal.memory.devlogs.read(path).body for path in first.notes)
    assert "- new: fn `small::winch`" in whole and f"(small@{head(root)[:12]}:src/lib.rs::winch)" in whole
    found = done.journal.memory.recall(HabitSituation("What do I know of winch in small?"))
    assert found and found[0].path in first.notes and found[0].repo == "small"


def test_two_cycles_of_one_mirror_at_once_the_second_says_so(home: Home, tmp_path: Path) -> None:
    root = upstream(tmp_path / "up")
    done = cycle(home, root)
    done.source.mirrors.update("small")
    changed(root, source("winch"), "add winch")
    done.source.mirrors.update("small")
    with mirror_locked(done.source.lock("small"), "small"), pytest.raises(MirrorBusy):
        done.run("small")


def killed_after(seconds: float, of: ReflectionCycle) -> bool:
    """Kill a cycle after a time. Whether it still ran."""
    child = os.fork()
    if not child:
        try:
            os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
            of.run("small")
        finally:
            os._exit(0)
    time.sleep(seconds)
    os.kill(child, signal.SIGKILL)
    return os.WIFSIGNALED(os.waitpid(child, 0)[1])


def interrupted(home: Home, root: Path, times: int, seed: int) -> int:
    """Kill that many cycles at random moments and check that each change is written once. How many were under way."""
    chance, killed = random.Random(seed), 0
    cycle(home, root).source.mirrors.update("small")
    names = ["f2", "f3"]
    changed(root, source(*names), "measure")
    began = time.monotonic()
    cycle(home, root).source.mirrors.update("small")
    cycle(home, root).run("small")
    takes = time.monotonic() - began
    for n in range(times):
        names += [f"crank{n}", f"spool{n}"]
        changed(root, source(*names), f"add crank{n}")
        cycle(home, root).source.mirrors.update("small")
        killed += killed_after(chance.uniform(0, takes), cycle(home, root))
        done = cycle(home, root)
        if done.source.waits("small"):
            done.run("small")
        devlogs = done.journal.memory.devlogs
        whole = [devlogs.read(path) for path in devlogs.paths()]
        for name in (f"crank{n}", f"spool{n}"):
            assert sum(f"- new: fn `small::{name}`" in one.body for one in whole) == 1, (n, name)
        sources = [one.text("source") for one in whole]
        assert len(sources) == len(set(sources)) and not done.source.waits("small")
        assert not [problem for problem in devlogs.doctor() if "the next write tells it" not in problem.what], n
    return killed


def test_a_cycle_that_is_killed_goes_on(home: Home, tmp_path: Path) -> None:
    assert interrupted(home, upstream(tmp_path / "up"), 5, seed=1) > 0


@pytest.mark.long
def test_a_cycle_that_is_killed_at_200_moments_loses_and_doubles_nothing(home: Home, tmp_path: Path) -> None:
    assert interrupted(home, upstream(tmp_path / "up"), LONG, seed=2) > LONG // 4
