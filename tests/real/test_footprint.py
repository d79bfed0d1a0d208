"""The plan against the real 0.5B: what its weights take exactly, and a training step's peak within five per cent."""

import gc
from dataclasses import dataclass
from pathlib import Path

import pytest

from rusta.core.home import Home
from rusta.data.mix import CORPUS, Mix, Replay
from rusta.mind import forward, weights
from rusta.mind.adapters import Adapter
from rusta.mind.attention import Attention
from rusta.mind.compute import ComputeChoice
from rusta.mind.loss import summed_nats
from rusta.mind.model import Gguf
from rusta.mind.packing import pack
from rusta.mind.quantization import NF4, Unquantised
from rusta.mind.shape import read
from rusta.training.budget import extent, footprint, memory_meter
from rusta.training.budget.footprint import TrainingStep
from rusta.training.optim.muon import Muon
from rusta.training.reading_plan import Reading

FLOAT32, BFLOAT16 = ComputeChoice("float32", "unpacked"), ComputeChoice()


@dataclass(frozen=True)
class Case:
    """So many blocks that learn, of which some are computed again, so many tokens, and what is computed in."""

    blocks: int
    recompute: int
    tokens: int
    compute: ComputeChoice


@pytest.mark.parametrize(
    "case",
    [Case(3, 0, 256, FLOAT32), Case(3, 2, 256, FLOAT32)],
    ids=["kept", "recomputing"],
)
def test_a_step_takes_what_the_plan_says(few: Path, case: Case) -> None:
    step_takes_what_the_plan_says(few, case)


@pytest.mark.long
@pytest.mark.parametrize("compute", [FLOAT32, BFLOAT16], ids=["float32", "bf16"])
@pytest.mark.parametrize("recompute", [0, 3, 8])
def test_a_step_of_the_whole_model_does(model: Gguf, own: Home, recompute: int, compute: ComputeChoice) -> None:
    step_takes_what_the_plan_says(model.folder(own), Case(8, recompute, 512, compute))


def step_takes_what_the_plan_says(folder: Path, case: Case) -> None:
    from rusta.data.render import Example

    shape = read(folder)
    base = weights.wake(folder, NF4(), Attention("sdpa"), compute=case.compute)
    held = sum(memory_meter.storage_sizes(base).values())
    assert held == footprint.base(shape, NF4(), case.compute.width, case.compute.weights == "unpacked")
    adapter, tokens, recompute = Adapter(rank=64, last_blocks=case.blocks), case.tokens, case.recompute
    step = TrainingStep(
        shape, NF4(), adapter, "Muon", tokens, 1, recompute, 1, case.compute.dtype, case.compute.weights
    )
    adapted = adapter.attach(base, seed=0).train()
    learned = [p for p in adapted.parameters() if p.requires_grad]
    assert sum(p.numel() for p in learned) == footprint.trainable(step)
    moves = Muon([{"params": [p for p in learned if p.ndim == n]} for n in (2, 1)], lr=1e-4)
    ids = list(range(1000, 1000 + tokens // 2))
    batch = pack([Example(ids, ids, [True] * len(ids))] * 2)
    with memory_meter.Meter() as live:
        for _ in range(2):
            live.peak = live.live
            hidden, head = forward.hidden_states(adapted, batch, recompute=recompute)
            total, _ = summed_nats(hidden, head, batch.targets)
            del hidden
            total.backward()
            del total
            moves.step()
            moves.zero_grad()
            gc.collect()
    peak = sum(memory_meter.storage_sizes(adapted).values()) + live.peak
    predicted = sum(footprint.peak(step)[1].values())
    print(f"\npredicted {predicted / 1e9:.3f} GB, measured {peak / 1e9:.3f} GB, ratio {predicted / peak:.4f}")
    assert predicted == pytest.approx(peak, rel=0.05)


def test_bf16_weights_take_what_the_plan_says(model: Gguf, own: Home) -> None:
    base = weights.wake(model.folder(own), Unquantised(), Attention("sdpa"))
    assert sum(memory_meter.storage_sizes(base).values()) == footprint.base(model.measure(own), Unquantised())


def test_tokens_are_counted_without_a_tokenizer_within_three_per_cent(model: Gguf, own: Home) -> None:
    from rusta.data.mix import weighted
    from rusta.data.render import render

    tokenizer = weights.tokenizer(model.folder(own))
    sources = dict.fromkeys(CORPUS, 1.0)
    exact = sum(len(render(page, tokenizer, 4096).ids) for page, _ in weighted(sources, own))
    reading = Reading(longest=4096, development=0.0)
    found = extent.measure_extent(
        Mix("identity", "identity", sources), Replay("none"), reading, model.measure(own), own
    )
    assert found is not None
    assert found.tokens == pytest.approx(exact, rel=0.03)
