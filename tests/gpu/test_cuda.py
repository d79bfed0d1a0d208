"""What only a GPU can show: the same claims as on the CPU, where kernels, devices and waits are others.

.venv/bin/python -m pytest tests/gpu
"""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import bitsandbytes as bnb
import pytest
import torch
from peft.tuners.lora import LoraLayer
from torch import Tensor, nn

from rusta.core.home import Home
from rusta.data.render import IGNORED, Example
from rusta.mind import weights
from rusta.mind.adapters import Adapter
from rusta.mind.attention import Attention
from rusta.mind.forward import hidden_states
from rusta.mind.loss import summed_nats
from rusta.mind.model import Random
from rusta.mind.packing import Pack, pack
from rusta.mind.quantization import NF4, Unquantised
from rusta.training.optim.muon import Muon
from tests.norms import assert_scales_are_those_of_fp64

pytestmark = pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no GPU here")

BLOCKS = 4


@pytest.fixture(params=[NF4(), Unquantised()], ids=["nf4", "bf16"])
def base(request: pytest.FixtureRequest, home: Home) -> nn.Module:
    folder = Random(hidden=256, intermediate=512, blocks=BLOCKS).folder(home)
    return weights.wake(folder, request.param, Attention("sdpa"))


def batch() -> Pack:
    draw = torch.Generator().manual_seed(0)
    ids = [torch.randint(256, (length,), generator=draw).tolist() for length in (30, 50)]
    return pack([Example(page, [IGNORED, *page[1:]], [True] * len(page)) for page in ids]).to(torch.device("cuda"))


def learned(model: nn.Module) -> list[Tensor]:
    return [p for p in model.parameters() if p.requires_grad]


def loss(model: nn.Module, recompute: int = 0) -> Tensor:
    hidden, head = hidden_states(model, batch(), recompute=recompute)
    return summed_nats(hidden, head, batch().targets)[0]


def test_before_it_learns_it_is_the_base_bit_for_bit(base) -> None:
    ids = torch.arange(60, device="cuda").reshape(3, 20)
    with torch.no_grad():
        before = base(ids).logits
        assert torch.equal(Adapter(rank=16, last_blocks=2).attach(base, seed=0)(ids).logits, before)


OPTIMIZERS = {
    "muon": lambda ps: Muon([{"params": [p for p in ps if p.ndim == n]} for n in (2, 1)], lr=0.005),
    "torch": lambda ps: torch.optim.AdamW(ps, lr=0.005),
    "eight bits": lambda ps: bnb.optim.AdamW8bit(ps, lr=0.005, min_8bit_size=1),
    "paged": lambda ps: bnb.optim.PagedAdamW(ps, lr=0.005),
}


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_g_is_that_of_fp64_at_every_step(base, optimizer: str) -> None:
    model = Adapter(rank=16, last_blocks=2).attach(base, seed=0).train()
    steps = OPTIMIZERS[optimizer](learned(model))
    layers = [m for m in model.modules() if isinstance(m, LoraLayer)]
    moved = 0.0
    for _ in range(20):
        loss(model).backward()
        moved = max(moved, assert_scales_are_those_of_fp64(layers))
        steps.step()
        steps.zero_grad()
    assert moved > 0.01


def test_computed_again_or_kept_gradients_are_the_same(base) -> None:
    model = Adapter(rank=16, last_blocks=3).attach(base, seed=0).train()
    with torch.no_grad():
        for p in learned(model):
            p += 0.05 * torch.randn_like(p)
    found = []
    for recompute in range(4):
        model.zero_grad()
        loss(model, recompute).backward()
        found.append([p.grad.clone() for p in learned(model)])
    assert all(torch.equal(a, b) for other in found[1:] for a, b in zip(found[0], other, strict=True))


def test_a_step_of_muon_is_the_cpus() -> None:
    torch.manual_seed(0)
    shapes = [(16, 96), (16, 96), (200, 16), (40,)]
    start, grads = [torch.randn(s) for s in shapes], [torch.randn(s) for s in shapes]
    moved = []
    for device in ("cpu", "cuda"):
        ps = [nn.Parameter(p.clone().to(device)) for p in start]
        optimizer = OPTIMIZERS["muon"](ps)
        for _ in range(3):
            for p, grad in zip(ps, grads, strict=True):
                p.grad = grad.to(device)
            optimizer.step()
        moved.append([p.detach().cpu() for p in ps])
    for here, there in zip(*moved, strict=True):
        torch.testing.assert_close(there, here, rtol=1e-5, atol=1e-6)


def test_a_phase_is_raised_asked_and_talked_to(
    rusta: Callable[..., subprocess.CompletedProcess[str]], tmp_path: Path
) -> None:
    words = ["body=tiny", "trainer=gpu", "compute=auto", "+phase=personality", "reading.tokens=12000"]
    raised = rusta(*words, "output=json", f"hydra.run.dir={tmp_path / 'run'}")
    assert raised.returncode == 0, raised.stderr
    assert json.loads(raised.stdout)["pages"] == 32
    for more in (["mode=eval"], ["mode=chat", "prompt=Who are you?"], ["mode=export"]):
        done = rusta("body=tiny", "+phase=personality", *more, "output=json")
        assert done.returncode == 0, done.stderr
        assert json.loads(done.stdout)
