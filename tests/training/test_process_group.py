"""Two processes raise one phase, through the real command line, and learn what one would have learned."""

import csv
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from itertools import islice
from pathlib import Path

import pytest
import torch
import yaml
from hypothesis import given
from hypothesis import strategies as st
from safetensors.torch import load_file

from rusta.core.errors import ConfigError
from rusta.data.render import Example
from rusta.training import process_group
from rusta.training.page_stream import PageStream
from rusta.training.reading_plan import Reading, plan
from rusta.training.trainer import Trainer

STEPS = 100  # at least
# Short pages, and many of them: what is tried is the company and not the reading.
WORDS = [
    "body=tiny",
    "body.tokens=80000",
    "phase.passes=8",
    "+phase=personality",
    "reading.longest=192",
    "callbacks.checkpoints.every=50",
    "~callbacks.samples",
]
WORDS += [f"{name}.tokens=85000" for name in ("reading", "body", "phase")] + ["phase.passes=1000"]
TWO = ["trainer.devices=2", "trainer.strategy=ddp", "reading.accumulate=1"]
ONE = ["reading.accumulate=2"]


def rusta(home: Path, *words: str, check: bool = True) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [sys.executable, "-m", "rusta", *words], cwd=home.parent, env={**os.environ, "RUSTA_HOME": str(home)},
        capture_output=True, text=True, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    assert not check or done.returncode == 0, done.stderr
    return done


@pytest.fixture(scope="module")
def at(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("ranks")


@pytest.fixture(scope="module")
def two(at: Path) -> tuple[Path, "subprocess.CompletedProcess[str]"]:
    """A phase raised by two processes, and what they said."""
    return at / "two", rusta(at / "home", *WORDS, *TWO, f"hydra.run.dir={at / 'two'}")


def losses(run: Path) -> list[float]:
    with (run / "metrics.csv").open(newline="") as file:
        return [float(row["loss"]) for row in csv.DictReader(file)]


def learned(run: Path) -> dict[str, torch.Tensor]:
    return load_file(run / "adapter/adapter_model.safetensors")


def same(one: Path, other: Path) -> bool:
    here, there = learned(one), learned(other)
    return here.keys() == there.keys() and all(torch.equal(value, there[name]) for name, value in here.items())


def test_after_a_hundred_steps_both_hold_the_same_bits_and_one_of_them_speaks(
    two: tuple[Path, "subprocess.CompletedProcess[str]"],
) -> None:
    run, done = two
    card = yaml.safe_load((run / "run.yaml").read_text())
    assert card["steps"] >= STEPS and card["processes"] == 2
    said = [line for line in done.stderr.splitlines() if line.strip()]
    assert sum("2 processes learned the same" in line for line in said) == 1
    assert len(said) == len(set(said)), done.stderr
    assert len(losses(run)) == card["steps"]
    logged = [line.partition(" ")[2] for line in (run / "rusta.log").read_text().splitlines() if "rusta:" in line]
    assert sum("learned the same" in line for line in logged) == 1
    assert sorted(path.name for path in (run / "checkpoints").glob("step-*")) == [
        "step-000050.ckpt",
        "step-000100.ckpt",
    ]


def test_two_processes_lose_what_one_loses_that_reads_twice_as_much_a_step(
    two: tuple[Path, "subprocess.CompletedProcess[str]"], at: Path
) -> None:
    rusta(at / "home", *WORDS, *ONE, f"hydra.run.dir={at / 'one'}")
    assert losses(at / "one") == pytest.approx(losses(two[0]), rel=1e-5)
    tokens = [yaml.safe_load((run / "run.yaml").read_text())["tokens"] for run in (at / "one", two[0])]
    assert tokens[0] == tokens[1]


@pytest.mark.parametrize("words", [TWO, ONE], ids=["two", "one"])
def test_a_run_of_two_goes_on_with_two_or_with_one_and_learns_the_same(
    words: Sequence[str],
    two: tuple[Path, "subprocess.CompletedProcess[str]"],
    at: Path,
    request: pytest.FixtureRequest,
) -> None:
    run = at / f"again-{request.node.callspec.id}"
    shutil.copytree(two[0], run)
    (run / "checkpoints/step-000100.ckpt").unlink()
    shutil.rmtree(run / "adapter")
    said = rusta(at / "home", *WORDS, *words, f"resume={run}", f"hydra.run.dir={at / 'unused'}").stderr
    assert "from step-000050.ckpt" in said
    assert losses(run) == pytest.approx(losses(two[0]), rel=1e-5)
    if words is TWO:
        assert same(run, two[0])


def test_another_number_of_processes_that_makes_another_step_is_refused_with_both(
    two: tuple[Path, "subprocess.CompletedProcess[str]"], at: Path
) -> None:
    words = [*WORDS, "reading.accumulate=1", f"resume={two[0]}", f"hydra.run.dir={at / 'unused'}"]
    refused = rusta(at / "home", *words, check=False)
    assert refused.returncode == 1
    assert "accumulate times processes was 2 and is 1" in refused.stderr
    assert "Traceback" not in refused.stderr


def test_a_sweep_of_several_processes_is_refused_before_anything_is_begun(at: Path) -> None:
    words = ["-m", *WORDS, *TWO, "seed=1,2", f"hydra.sweep.dir={at / 'sweep'}"]
    refused = rusta(at / "home", *words, check=False)
    assert refused.returncode == 2
    assert "trainer.devices=2 in a sweep" in refused.stderr and "Traceback" not in refused.stderr


@given(st.integers(1, 5), st.integers(1, 4), st.integers(1, 3), st.integers(0, 3))
def test_the_ranks_together_read_what_one_would_in_the_same_steps(
    ranks: int, steps: int, accumulate: int, before: int
) -> None:
    examples = [(Example([n, n], [n, n], [True, True]), 1.0) for n in range(7)]

    def stream(rank: int, of: int) -> PageStream:
        made = PageStream(examples, [], 0.0, 0, 1, (before + steps) * accumulate * ranks, rank=rank, ranks=of)
        made.load_state_dict({"position": before * accumulate * ranks})
        return made

    batches = [list(islice(stream(rank, ranks), steps * accumulate)) for rank in range(ranks)]
    alone = list(islice(stream(0, 1), steps * accumulate * ranks))
    assert [pack.ids.tolist() for turn in zip(*batches, strict=True) for pack in turn] == [
        p.ids.tolist() for p in alone
    ]
    assert len(stream(0, ranks)) == len(stream(0, 1)) // ranks


@given(st.integers(1, 8))
def test_more_processes_take_fewer_steps_over_the_same_pages(processes: int) -> None:
    reading = Reading(width=2, accumulate=2)
    one = plan(reading, 100, 100_000, (10_000_000, 8.0), None)
    several = plan(reading, 100, 100_000, (10_000_000, 8.0), None, processes)
    assert several.steps == pytest.approx(one.steps / processes, abs=0.5)
    assert several.tokens == pytest.approx(one.tokens, rel=0.05)


@pytest.mark.parametrize("strategy", ["fsdp", "deepspeed", "ddp_spawn"])
def test_a_strategy_that_would_be_wrong_on_four_bits_is_refused(strategy: str) -> None:
    with pytest.raises(ConfigError, match=rf"trainer\.strategy={strategy}: there are auto, ddp"):
        Trainer("none", 50.0, "auto", strategy, devices=2, accelerator="cpu")


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is one")
def test_a_device_that_is_not_there_is_refused_by_its_name() -> None:
    with pytest.raises(ConfigError, match=r"trainer\.accelerator=gpu, trainer\.devices=1"):
        Trainer("none", 50.0, "auto", "auto", accelerator="gpu", devices=1)


def test_a_process_alone_agrees_with_itself() -> None:
    model = torch.nn.Linear(3, 2)
    assert process_group.agreed(model) == process_group.digest(model)
    before = process_group.digest(model)
    with torch.no_grad():
        model.bias[0] += 1e-7 + model.bias[0].abs() * 1e-6  # a few units in the last place
    assert process_group.digest(model) != before


PARTED = """
import os, sys, torch
from lightning.fabric.utilities.rank_zero import rank_zero_only
from rusta.training import process_group
torch.distributed.init_process_group("gloo", init_method=f"file://{sys.argv[1]}", rank=int(sys.argv[2]), world_size=2)
model = torch.nn.Linear(2, 2)
torch.nn.init.constant_(model.weight, float(sys.argv[2] == sys.argv[3]))
torch.nn.init.zeros_(model.bias)
assert process_group.mean(float(sys.argv[2]), torch.device("cpu")) == 0.5
assert process_group.any_of(sys.argv[2] == "1", torch.device("cpu")) and not process_group.any_of(False, torch.device("cpu"))
try:
    print(process_group.agreed(model))
except process_group.Parted as parted:
    print(parted)
"""


@pytest.mark.parametrize("odd", ["1", "none"])
def test_processes_that_hold_different_adapters_all_say_so_and_keep_nothing(odd: str, tmp_path: Path) -> None:
    started = [
        subprocess.Popen(
            [sys.executable, "-c", PARTED, str(tmp_path / "meet"), str(n), odd], stdout=subprocess.PIPE, text=True
        )
        for n in range(2)
    ]
    said = [process.communicate()[0].strip() for process in started]
    assert said[0] == said[1] != ""
    assert ("hold different adapters" in said[0]) == (odd == "1")
