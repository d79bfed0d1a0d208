"""The plan's arithmetic against what torch really does: parameters exactly, memory within five per cent, moment by moment."""

from dataclasses import dataclass, field
from typing import Any

import pytest
import torch

from rusta.core.home import Home
from rusta.data.render import Example
from rusta.mind import forward, loss, packing, weights
from rusta.mind.adapters import PROJECTIONS, Adapter
from rusta.mind.attention import Attention
from rusta.mind.compute import ComputeChoice
from rusta.mind.model import Random
from rusta.mind.quantization import NF4, Unquantised
from rusta.training.budget import footprint, memory_meter
from rusta.training.budget.footprint import TrainingStep
from rusta.training.optim.muon import TOGETHER, AdamW, Muon

SMALL = Random(hidden=128, blocks=4, heads=4, kv_heads=1, intermediate=512)
BACKWARD = ("backward through the last norm", "backward through a block", "backward through a block computed again")


@dataclass(frozen=True)
class Case:
    """A step to be taken for real."""

    quantization: Any = field(default_factory=NF4)
    adapter: Adapter = field(default_factory=lambda: Adapter(rank=8, last_blocks=2))
    optimizer: str = "Muon"
    tokens: int = 512
    accumulate: int = 1
    recompute: int = 0
    compute: ComputeChoice = field(default_factory=ComputeChoice)

    def step(self, home: Home) -> TrainingStep:
        return TrainingStep(SMALL.measure(home), self.quantization, self.adapter, self.optimizer, self.tokens, self.accumulate,
                    self.recompute, dtype=self.compute.dtype, weights=self.compute.weights)  # fmt: skip


UNPACKED, WIDENED = ComputeChoice("float32", "unpacked"), ComputeChoice("float32")
CASES = {
    "four bits": Case(),
    "bf16": Case(Unquantised()),
    "every block": Case(adapter=Adapter(rank=8, last_blocks=4)),
    "large rank, few tokens": Case(adapter=Adapter(rank=128, last_blocks=3), tokens=64, accumulate=2),
    "recomputing": Case(adapter=Adapter(rank=8, last_blocks=3), accumulate=2, recompute=3),
    "recomputing some": Case(adapter=Adapter(rank=8, last_blocks=3), recompute=1),
    "recomputing most, of a large rank": Case(adapter=Adapter(rank=128, last_blocks=4), tokens=256, recompute=3),
    "AdamW": Case(adapter=Adapter(rank=64, last_blocks=3), optimizer="AdamW", accumulate=2),
    "without DoRA": Case(adapter=Adapter(dora=False, rank=8, last_blocks=2)),
    "float32, unpacked": Case(compute=UNPACKED),
    "float32, unpacked, recomputing some": Case(adapter=Adapter(rank=8, last_blocks=3), recompute=1, compute=UNPACKED),
    "float32, unpacked, without DoRA": Case(adapter=Adapter(dora=False, rank=8, last_blocks=2), compute=UNPACKED),
    "float32 from four bits": Case(compute=WIDENED),
    "float32 from bf16, recomputing": Case(Unquantised(), recompute=2, compute=WIDENED),
    "float32 from four bits, without DoRA": Case(adapter=Adapter(dora=False, rank=8, last_blocks=2), compute=WIDENED),
    "float32 from bf16, without DoRA": Case(Unquantised(), Adapter(dora=False, rank=8, last_blocks=2), compute=WIDENED),
    "float32 from four bits, some projections": Case(
        adapter=Adapter(rank=8, last_blocks=3, projections=["q_proj", "v_proj"]), compute=WIDENED
    ),
    "bf16, unpacked": Case(compute=ComputeChoice("bfloat16", "unpacked")),
    "some projections": Case(adapter=Adapter(rank=8, last_blocks=2, projections=["o_proj", "up_proj", "down_proj"])),
}


def pages(tokens: int, count: int = 2) -> packing.Pack:
    ids = [n % 250 for n in range(tokens // count)]
    return packing.pack([Example(ids, ids, [True] * len(ids))] * count)


def optimizer(model: Any, name: str) -> torch.optim.Optimizer:
    learned = [p for p in model.parameters() if p.requires_grad]
    groups = [group for n in (2, 1) if (group := {"params": [p for p in learned if p.ndim == n]})["params"]]
    # As on a GPU, and with something to clip, which is when it takes most.
    return Muon(groups, clip=1e-6, together=TOGETHER) if name == "Muon" else AdamW(groups, clip=1e-6)


def measured(model: Any, step: TrainingStep) -> dict[str, int]:
    """The most that was alive in each moment of a second step, the model included."""
    batch, moves, found = pages(step.tokens), optimizer(model, step.optimizer), {}
    first = model.get_base_model().model.layers[step.shape.blocks - step.adapted]
    with memory_meter.Meter() as live:
        prefix: list[int] = []
        first.register_forward_pre_hook(lambda *_: prefix.append(live.peak))
        for _ in range(2):
            for _ in range(step.accumulate):
                live.peak, before = live.live, len(prefix)
                hidden, head = forward.hidden_states(model, batch, recompute=step.recompute)
                total, _ = loss.summed_nats(hidden, head, batch.targets)
                del hidden
                found["prefix"], found["forward"] = prefix[before], live.peak
                live.peak = live.live
                total.backward()
                del total
                found["backward"] = live.peak
            live.peak = live.live
            moves.step()
            found["optimizer"] = live.peak
            moves.zero_grad()
    held = sum(memory_meter.storage_sizes(model).values())
    return {moment: held + size for moment, size in found.items()}


@pytest.fixture(params=CASES.values(), ids=CASES)
def case(request: pytest.FixtureRequest) -> Case:
    return request.param


def awake(case: Case, home: Home) -> Any:
    base = weights.wake(SMALL.folder(home), case.quantization, Attention("sdpa"), compute=case.compute)
    return case.adapter.attach(base, seed=0).train()


@pytest.mark.parametrize("compute", [ComputeChoice(), UNPACKED, WIDENED], ids=["bf16", "unpacked", "widened"])
def test_the_base_takes_exactly_what_the_shape_says(home: Home, compute: ComputeChoice) -> None:
    for quantization in (Unquantised(), NF4(), NF4(double_quant=False)):
        base = weights.wake(SMALL.folder(home), quantization, Attention("sdpa"), compute=compute)
        predicted = footprint.base(SMALL.measure(home), quantization, compute.width, compute.weights == "unpacked")
        assert sum(memory_meter.storage_sizes(base).values()) == predicted


def test_parameters_that_learn_are_counted_exactly(case: Case, home: Home) -> None:
    model = awake(case, home)
    assert sum(p.numel() for p in model.parameters() if p.requires_grad) == footprint.trainable(case.step(home))


def test_what_autograd_keeps_is_what_the_ledger_says(case: Case, home: Home) -> None:
    if case.recompute:
        pytest.skip("what checkpointing keeps is not told by the hooks")
    model, step = awake(case, home), case.step(home)
    batch = pages(step.tokens)
    loss.summed_nats(*forward.hidden_states(model, batch), batch.targets)[0].backward()  # copies are derived here
    own, copies = memory_meter.storage_sizes(model), sum(memory_meter.storage_sizes(model, learned=True).values())
    with memory_meter.saved() as kept:
        states = forward.hidden_states(model, batch)
    assert states[0].requires_grad
    found = sum(size for storage, size in kept.items() if storage not in own)
    loss_at = footprint.moments(step)["loss"]
    predicted = sum(loss_at[what] for what in ("activations", "the last norm's input", "positions"))
    # What DoRA derives is kept by the layer and not for the pass; autograd points at it all the same.
    derived = footprint._fixed(step).get("what DoRA derives", 0)
    assert predicted <= found * 1.02
    assert found <= 1.02 * (predicted + derived + copies)


def test_every_moment_takes_what_the_plan_says(case: Case, home: Home) -> None:
    step = case.step(home)
    found = measured(awake(case, home), step)
    predicted = {moment: sum(parts.values()) for moment, parts in footprint.moments(step).items()}
    said = {
        "prefix": predicted.get("prefix", 0),
        "forward": max(predicted.get(moment, 0) for moment in ("forward", "loss", "prefix")),
        "backward": max(predicted.get(moment, 0) for moment in BACKWARD),
        "optimizer": predicted["optimizer"],
    }
    ratios = {moment: said[moment] / found[moment] for moment in said if said[moment]}
    assert abs(max(said.values()) / max(found.values()) - 1) < 0.05, ratios
    assert all(0.9 < ratio < 1.1 for ratio in ratios.values()), ratios


def test_the_slices_of_the_loss_are_the_losss_and_bundles_muons(home: Home) -> None:
    assert (footprint.SLICE, footprint.ROWS) == (loss.SLICE, loss.ROWS)
    assert footprint.TOGETHER == TOGETHER


def test_of_the_14b_every_number_is_as_published() -> None:
    from rusta.mind.shape import Shape

    shape = Shape(5120, 48, 40, 8, 13824, 152064)

    def step(rank: int, blocks: int) -> TrainingStep:
        return TrainingStep(shape, NF4(), Adapter(rank=rank, last_blocks=blocks), "Muon", 2048, 1)

    trainable = {(128, 16): 184_221_696, (208, 16): 298_909_696, (64, 48): 277_413_888}
    assert {key: footprint.trainable(step(*key)) for key in trainable} == trainable
    assert footprint.base(shape, NF4()) == pytest.approx(9.93e9, rel=0.001)
    assert footprint.base(shape, Unquantised()) == pytest.approx(29.54e9, rel=0.001)
    assert set(PROJECTIONS) == set(footprint.READ)
