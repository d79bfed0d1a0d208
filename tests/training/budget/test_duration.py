"""The seconds that are foretold: more work takes longer, a slower machine too, and what runs really took corrects them."""

from dataclasses import replace
from pathlib import Path

import pytest

from rusta.core.home import Home
from rusta.mind.adapters import Adapter
from rusta.mind.compute_rates import Probe, Rates
from rusta.mind.quantization import NF4
from rusta.mind.shape import Shape
from rusta.training.budget import duration
from rusta.training.budget.duration import PhaseWork, predict
from rusta.training.budget.footprint import TrainingStep

SMALL = Shape(896, 24, 14, 2, 4864, 151_936)
STEP = TrainingStep(SMALL, NF4(), Adapter(rank=16), "Muon", 1024, 1, dtype="float32", weights="unpacked")
PROBE = Probe("a processor", "2.13.0", 2, Rates(120, 140, 140), Rates(20, 2, 15), 10.0)
WORK = PhaseWork(35_000, carried=0.7, judged=50_000, spoken=64)
KEY = duration.correction_key(PROBE, STEP, "small")


def seconds(step: TrainingStep = STEP, probe: Probe = PROBE, work: PhaseWork = WORK) -> float:
    return predict(step, probe, work, gpu=False).total


def test_products_alone_are_a_lower_bound_and_not_far_off() -> None:
    from rusta.training.budget import footprint

    learned = predict(STEP, PROBE, PhaseWork(1000), gpu=False).learning
    bound = 1000 * footprint.flops(STEP) / 140e9
    assert bound < learned < 2.5 * bound


@pytest.mark.parametrize(
    "more",
    [
        {"step": replace(STEP, recompute=8)},
        {"step": replace(STEP, adapter=Adapter(rank=128))},
        {"step": replace(STEP, adapter=Adapter(rank=16, last_blocks=24))},
        {"step": replace(STEP, weights="packed")},
        {"step": replace(STEP, dtype="bfloat16")},
        {"probe": replace(PROBE, copy=2.0)},
        {"probe": replace(PROBE, float32=Rates(60, 70, 70))},
        {"work": replace(WORK, learned=70_000)},
        {"work": replace(WORK, judged=100_000)},
        {"work": replace(WORK, carried=1.0)},
        {"work": replace(WORK, spoken=640)},
    ],
    ids=lambda more: next(iter(more)),
)
def test_more_work_or_a_slower_machine_takes_longer(more: dict) -> None:
    assert seconds(**more) > seconds()


def test_what_the_prefix_cache_holds_is_not_computed() -> None:
    assert seconds(work=replace(WORK, fresh=0.25)) < seconds()


def test_the_last_runs_here_correct_the_next_prediction(home: Home) -> None:
    assert duration.correction(home, KEY) == (1.0, 0)
    for took in (900.0, 150.0, 120.0, 130.0):  # the first of them was beside other work
        duration.learn(home, KEY, 100.0, took)
    assert duration.correction(home, KEY) == (1.3, 3)


@pytest.mark.parametrize("other", ["processor", "torch", "threads", "dtype", "weights", "model"])
def test_a_run_that_was_not_like_this_one_corrects_nothing(home: Home, other: str) -> None:
    duration.learn(home, KEY, 100.0, 150.0)
    assert duration.correction(home, KEY | {other: "another"}) == (1.0, 0)


def test_a_run_of_seconds_corrects_nothing_and_no_run_corrects_by_more_than_fourfold(home: Home) -> None:
    duration.learn(home, KEY, 10.0, 38.0)
    assert duration.correction(home, KEY) == (1.0, 0)
    duration.learn(home, KEY, 100.0, 3600.0)
    assert duration.correction(home, KEY) == (4.0, 1)


@pytest.mark.parametrize(
    "damage", [b"", b"{", b"[1]", b'[{"took": 1}]', b"\xff", b'[{"predicted": "x", "took": 1, "key": {}}]']
)
def test_a_damaged_record_of_runs_is_begun_anew(home: Home, damage: bytes) -> None:
    path = Path(home.root, "machine/runs.json")
    path.parent.mkdir(parents=True)
    path.write_bytes(damage)
    assert duration.correction(home, KEY) == (1.0, 0)
    duration.learn(home, KEY, 100.0, 120.0)
    assert duration.correction(home, KEY) == (1.2, 1)


def test_only_so_many_runs_are_remembered(home: Home) -> None:
    for _ in range(duration.REMEMBERED + 5):
        duration.learn(home, KEY, 100.0, 100.0)
    assert len(duration._runs(home)) == duration.REMEMBERED
