"""How many threads she thinks with follows from what others use, and every engine is given that number."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch

from rusta.core.home import Home
from rusta.identity.turns import Role, Turn
from rusta.mind import threads
from rusta.mind.attention import Attention
from rusta.mind.engines.llama_cpp import LlamaCpp
from rusta.mind.engines.transformers import Transformers
from rusta.mind.mind import Generation
from rusta.mind.model import Gguf, Random
from rusta.mind.quantization import Unquantised
from rusta.mind.threads import ThreadChoice, Usage, briefly_spinning, cores, free_cores, usage, used_by_others

TURNS = [Turn(Role.PERSON, "Why does E0382 exist?")]
SHORT = Generation(max_tokens=4, temperature=0.0, repetition_penalty=1.0)


@pytest.mark.parametrize(
    ("of", "others", "chosen"),
    [
        (2, 0.0, 2),
        (2, 0.3, 2),
        (2, 0.7, 1),
        (2, 1.0, 1),
        (2, 2.0, 1),
        (1, 0.9, 1),
        (8, 1.0, 7),
        (8, 7.9, 1),
        (16, 3.6, 12),
    ],
)
def test_as_many_threads_as_others_leave_free_and_never_none(of: int, others: float, chosen: int) -> None:
    assert free_cores(of, others) == chosen


def test_what_she_uses_herself_is_not_taken_for_others() -> None:
    before = Usage(at=10.0, everyone=100.0, own=40.0)
    assert used_by_others(before, Usage(12.0, 104.0, 44.0)) == 0.0
    assert used_by_others(before, Usage(12.0, 104.0, 42.0)) == 1.0
    assert used_by_others(before, Usage(12.0, 100.0, 41.0)) == 0.0  # the two clocks are not read at one moment


@pytest.mark.skipif(not Path("/proc/stat").is_file(), reason="Linux says it in /proc/stat")
def test_only_the_cores_that_this_process_may_use_are_counted(tmp_path: Path) -> None:
    mine = min(os.sched_getaffinity(0))
    stat = tmp_path / "stat"
    stat.write_text(
        f"cpu  9 9 9 9 9 9 9 9 0 0\ncpu{mine} 100 20 30 5000 700 4 5 6 0 0\ncpu4095 9 9 9 9 9 9 9 9\nintr 1\n"
    )
    seen = usage(stat)
    assert seen and seen.everyone == 165 / os.sysconf("SC_CLK_TCK")  # neither idle nor waiting for a disk
    assert usage(tmp_path / "absent") is None


@pytest.mark.parametrize(
    ("files", "allowed"),
    [
        ({}, 8),
        ({"cpu.max": "max 100000\n"}, 8),
        ({"cpu.max": "200000 100000\n"}, 2),
        ({"cpu.max": "150000 100000\n"}, 2),
        ({"cpu.max": "20000 100000\n"}, 1),
        ({"cpu.max": "6400000 100000\n"}, 8),
        ({"cpu/cpu.cfs_quota_us": "300000\n", "cpu/cpu.cfs_period_us": "100000\n"}, 3),
        ({"cpu/cpu.cfs_quota_us": "-1\n", "cpu/cpu.cfs_period_us": "100000\n"}, 8),
    ],
)
def test_a_containers_quota_counts_and_so_does_the_affinity(
    files: dict[str, str], allowed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    monkeypatch.setattr(os, "cpu_count", lambda: 64)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(8)), raising=False)
    assert cores(tmp_path) == allowed


@dataclass
class Machine:
    """A machine on which `busy` cores are used by others: its clock moves as it is told, and when someone waits."""

    busy: float = 0.0
    now: float = 0.0
    everyone: float = 0.0
    waits: list[float] = field(default_factory=list)

    def look(self) -> Usage:
        return Usage(self.now, self.everyone, 0.0)

    def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.work(seconds)

    def work(self, seconds: float) -> None:
        self.now += seconds
        self.everyone += self.busy * seconds


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> Machine:
    machine = Machine()
    monkeypatch.setattr(threads, "time", SimpleNamespace(sleep=machine.sleep, monotonic=time.monotonic))
    return machine


def answer(choice: ThreadChoice, machine: Machine, seconds: float, cost_s: float = 0.0) -> int:
    """An answer that takes so long. With how many threads it was made."""
    used = choice.next(cost_s)
    choice.begin()
    machine.work(seconds)
    choice.end()
    return used


def test_waking_beside_a_busy_core_leaves_it_to_who_has_it(machine: Machine) -> None:
    machine.busy = 1.0
    assert ThreadChoice(cores=4, look=machine.look).first() == 3
    assert machine.waits == [threads.LOOK_S]


def test_she_goes_over_to_fewer_threads_and_back_as_others_come_and_go(machine: Machine) -> None:
    choice = ThreadChoice(cores=2, look=machine.look)
    assert choice.first() == 2
    assert answer(choice, machine, 3.0) == 2
    machine.busy = 1.0
    assert answer(choice, machine, 3.0) == 2  # it began while she spoke
    assert answer(choice, machine, 3.0) == 1
    machine.busy = 0.0
    assert answer(choice, machine, 3.0) == 1
    assert answer(choice, machine, 3.0) == 2


def test_what_ended_by_the_next_answer_changes_nothing(machine: Machine) -> None:
    choice = ThreadChoice(cores=2, look=machine.look)
    choice.first()
    machine.busy = 1.0
    answer(choice, machine, 3.0)
    machine.busy = 0.0
    assert answer(choice, machine, 3.0) == 2


def test_a_change_waits_until_answers_took_as_long_as_it_takes(machine: Machine) -> None:
    choice = ThreadChoice(cores=2, look=machine.look)
    choice.first()
    machine.busy = 1.0
    assert [answer(choice, machine, 1.0, cost_s=2.5) for _ in range(5)] == [2, 2, 2, 1, 1]


def test_while_all_is_well_nobody_waits_for_a_look(machine: Machine) -> None:
    choice = ThreadChoice(cores=2, look=machine.look)
    choice.first()
    machine.waits.clear()
    for _ in range(3):
        answer(choice, machine, 3.0)
    answer(choice, machine, threads.LOOK_S / 2)  # too short to say anything
    assert not machine.waits


def test_a_number_that_was_insisted_on_is_never_changed_nor_measured(machine: Machine) -> None:
    machine.busy = 2.0
    choice = ThreadChoice(6, cores=2, look=machine.look)
    assert choice.first() == 6
    assert [answer(choice, machine, 9.0) for _ in range(3)] == [6, 6, 6]
    assert not machine.waits


def test_where_the_system_does_not_say_the_load_average_decides(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "getloadavg", lambda: (2.9, 0.0, 0.0), raising=False)
    choice = ThreadChoice(cores=8, look=lambda: None)
    assert choice.first() == 5
    choice.begin()
    choice.end()
    assert choice.next() == 5


def test_openmp_spins_briefly_in_what_is_loaded_and_nothing_else_inherits_it(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("GOMP_SPINCOUNT", "OMP_WAIT_POLICY"):
        monkeypatch.delenv(name, raising=False)
    with briefly_spinning():
        assert os.environ["GOMP_SPINCOUNT"] == str(threads.SPINS)
    assert "GOMP_SPINCOUNT" not in os.environ
    monkeypatch.setenv("OMP_WAIT_POLICY", "active")
    with briefly_spinning():
        assert "GOMP_SPINCOUNT" not in os.environ


@pytest.mark.parametrize("engine", ["llama_cpp", "transformers"])
def test_the_library_is_not_loaded_before_its_threads_are_told_to_spin_briefly(engine: str) -> None:
    """Importing the engine loads no OpenMP, and the first load happens inside `briefly_spinning`."""
    heavy = {"llama_cpp": "xllamacpp", "transformers": "torch"}[engine]
    script = f"""
import os, sys
import rusta.cli.app, rusta.mind.engines.{engine} as engine
assert not {{"torch", "xllamacpp"}} & set(sys.modules), "loaded by importing the engine"
class Seen(Exception): pass
class Finder:
    def find_spec(self, name, *_):
        if name == {heavy!r}:
            raise Seen(os.environ.get("GOMP_SPINCOUNT"))
sys.meta_path.insert(0, Finder())
try:
    {"engine._library()" if engine == "llama_cpp" else "engine.Transformers(None, None, None, None).wake()"}
except Seen as seen:
    print(seen)
"""
    env = {name: value for name, value in os.environ.items() if name not in ("GOMP_SPINCOUNT", "OMP_WAIT_POLICY")}
    told = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, env=env)
    assert told.stdout.strip() == str(threads.SPINS), told.stderr


@dataclass
class Wheel:
    """Stands for the compiled module: remembers the threads that each server was given, and what its slot was asked."""

    made: list[tuple[int, int]] = field(default_factory=list)

    def CommonParams(self) -> Any:
        return SimpleNamespace(model=SimpleNamespace(), cpuparams=SimpleNamespace(), cpuparams_batch=SimpleNamespace())

    def Server(self, params: Any) -> Any:
        self.made.append((params.cpuparams.n_threads, params.cpuparams_batch.n_threads))
        return SimpleNamespace(handle_chat_completions=lambda request, hear: None)


class Served(LlamaCpp):
    """The engine over a planted wheel, whose server is asked nothing over HTTP."""

    def _post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        asked.append(path)
        return {}


asked: list[str] = []


@pytest.fixture
def llama(home: Home, monkeypatch: pytest.MonkeyPatch) -> Callable[[int], tuple[LlamaCpp, Wheel]]:
    wheel = Wheel()
    asked.clear()
    monkeypatch.setitem(sys.modules, "xllamacpp", wheel)
    monkeypatch.setattr(Gguf, "gguf", lambda *_: Path("weights.gguf"))

    def made(insisted: int) -> tuple[LlamaCpp, Wheel]:
        return Served(Gguf("somebody", "a/b", "main", "weights.gguf", 3, "0" * 64), home, threads=insisted), wheel

    return made


def plant(monkeypatch: pytest.MonkeyPatch, first: int, later: Sequence[int]) -> None:
    """Have every choice be these numbers, whatever the machine does."""
    numbers = iter(later)

    def planted(self: ThreadChoice) -> int:
        self.current = first
        return first

    def following(self: ThreadChoice, _: float = 0.0) -> int:
        self.current = next(numbers)
        return self.current

    monkeypatch.setattr(ThreadChoice, "first", planted)
    monkeypatch.setattr(ThreadChoice, "next", following)


def test_llama_cpp_is_given_what_was_chosen_and_keeps_what_it_read_when_that_changes(
    llama: Callable[[int], tuple[LlamaCpp, Wheel]], monkeypatch: pytest.MonkeyPatch
) -> None:
    plant(monkeypatch, 3, [3, 1, 1])
    mind, wheel = llama(0)
    mind.wake()
    for _ in range(3):
        list(mind.stream(TURNS, SHORT))
    assert wheel.made == [(3, 3), (1, 1)]
    slots = [path.partition("?")[2] for path in asked if path.startswith("/slots")]
    assert slots == ["action=save", "action=restore"]


def test_llama_cpp_takes_the_number_that_was_insisted_on(llama: Callable[[int], tuple[LlamaCpp, Wheel]]) -> None:
    mind, wheel = llama(5)
    mind.wake()
    list(mind.stream(TURNS, SHORT))
    assert wheel.made == [(5, 5)]


def test_torch_answers_with_what_was_chosen_and_has_its_own_number_again_afterwards(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, used = torch.get_num_threads(), []
    mind = Transformers(Random(), Unquantised(), Attention("sdpa"), home)
    plant(monkeypatch, 2, [2, 1])
    mind.wake()
    generate = mind._awake.generate

    def watched(*args: Any, **options: Any) -> Any:
        used.append(torch.get_num_threads())
        return generate(*args, **options)

    monkeypatch.setattr(mind._awake, "generate", watched)
    for _ in range(2):
        list(mind.stream(TURNS, SHORT))
    assert used == [2, 1]
    assert torch.get_num_threads() == before
