"""Two blocks of the real weights learn in float32 and in bfloat16, beside themselves in float64."""

from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
import torch
from peft import LoraConfig, get_peft_model
from torch import Tensor
from torch.nn.functional import cross_entropy

from rusta.data.render import IGNORED, Example
from rusta.mind import unpacking, weights
from rusta.mind.adapters import Adapter
from rusta.mind.attention import Attention
from rusta.mind.compute import ComputeChoice
from rusta.mind.forward import hidden_states
from rusta.mind.loss import summed_nats
from rusta.mind.packing import Pack, pack
from rusta.mind.quantization import NF4, Unquantised

BLOCKS, TOKENS, STEPS = 2, 16, 10
VOCABULARY = 2048  # of the head and of the table: the rest is never read here
ADAPTER = Adapter(rank=16, last_blocks=BLOCKS)


@pytest.fixture(
    scope="module", params=[(NF4(), "packed"), (Unquantised(), "unpacked")], ids=["nf4, packed", "bf16, unpacked"]
)
def base(request: pytest.FixtureRequest, few: Path) -> tuple[Any, str]:
    """The first two blocks of the 0.5B, in the types in which they are stored, and how they are to be held."""
    found: Any = weights.wake(few, request.param[0], Attention("sdpa"))
    found.model.layers = found.model.layers[:BLOCKS]
    found.config.num_hidden_layers = BLOCKS
    for table in (found.model.embed_tokens, found.lm_head):
        table.weight = torch.nn.Parameter(table.weight[:VOCABULARY].clone(), requires_grad=False)
    found.model.embed_tokens = torch.nn.Embedding.from_pretrained(found.model.embed_tokens.weight.data)
    return found, request.param[1]


@pytest.fixture(scope="module")
def batch() -> Pack:
    draw = torch.Generator().manual_seed(0)
    pages = [torch.randint(1000, VOCABULARY, (TOKENS // 2,), generator=draw).tolist() for _ in range(2)]
    return pack([Example(ids, ids, [True] * len(ids)) for ids in pages])


def exact(base: Any, batch: Pack, start: dict[str, Tensor]) -> tuple[list[Tensor], list[Tensor]]:
    """The same by peft's own layers and torch's own loss, in float64, from the same A."""
    copied = deepcopy(base)
    unpacking._unpack(copied, torch.float64)
    config = LoraConfig(r=ADAPTER.rank, lora_alpha=2 * ADAPTER.rank, use_dora=True, target_modules=ADAPTER.projections,
                        task_type="CAUSAL_LM")  # fmt: skip
    adapted = get_peft_model(copied, config, autocast_adapter_dtype=False).train()
    adapted.load_state_dict(start, strict=False)

    def nats() -> Tensor:
        hidden, head = hidden_states(adapted, batch)
        carried = batch.targets[:, 1:] != IGNORED
        return cross_entropy(hidden[:, :-1][carried] @ head.T, batch.targets[:, 1:][carried])

    return taken(adapted, nats)


def errors(base: Any, batch: Pack, choice: ComputeChoice) -> tuple[float, float]:
    """How far from float64 gradients of the first step are, and what is learned after all of them."""
    copied = deepcopy(base)
    unpacking.compute_in(copied, choice)
    adapted = ADAPTER.attach(copied, seed=0).train()
    # peft rounds what it draws to the type of the base: a start of its own, and no error of the arithmetic.
    start = {name: p.detach().double() for name, p in adapted.named_parameters() if "lora_A" in name}

    def nats() -> Tensor:
        total, count = summed_nats(*hidden_states(adapted, batch), batch.targets)
        return total / count

    found, right = taken(adapted, nats), exact(base, batch, start)
    return off(found[0], right[0]), off(found[1], right[1])


def taken(adapted: Any, nats: Callable[[], Tensor]) -> tuple[list[Tensor], list[Tensor]]:
    parameters = [p for p in adapted.parameters() if p.requires_grad]
    moves = torch.optim.AdamW(parameters, lr=1e-3)
    first: list[Tensor] = []
    for _ in range(STEPS):
        nats().backward()
        first = first or [p.grad.detach().clone() for p in parameters if p.grad is not None]
        moves.step()
        moves.zero_grad()
    return first, [p.detach().clone() for p in parameters]


def off(found: list[Tensor], right: list[Tensor]) -> float:
    """The distance of all of them, relative to how long they are."""
    apart = sum(float((one.double() - other).square().sum()) for one, other in zip(found, right, strict=True))
    return (apart / sum(float(other.square().sum()) for other in right)) ** 0.5


def test_float32_is_no_further_from_float64_than_bfloat16_is(base: tuple[Any, str], batch: Pack) -> None:
    model, held = base
    wide, narrow = (errors(model, batch, ComputeChoice(dtype, held)) for dtype in ("float32", "bfloat16"))
    print(f"\ngradients of step 1, float32 {wide[0]:.1e}, bfloat16 {narrow[0]:.1e}; after {STEPS} steps "
          f"{wide[1]:.1e}, {narrow[1]:.1e}")  # fmt: skip
    assert wide[0] < narrow[0] / 10 and wide[1] < narrow[1] / 10
