"""Only what needs autograd has it, and what is computed that way is what the plain way computes."""

from collections import Counter
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from rusta.core.home import Home
from rusta.data.render import IGNORED, Example
from rusta.mind import weights
from rusta.mind.adapters import Adapter
from rusta.mind.attention import Attention
from rusta.mind.forward import first_adapted, hidden_states
from rusta.mind.loss import summed_nats
from rusta.mind.model import Random
from rusta.mind.packing import pack
from rusta.mind.quantization import NF4, Unquantised

BLOCKS, ADAPTED = 6, 2


@pytest.fixture(scope="module", params=["bf16", "nf4"])
def model(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> nn.Module:
    folder = Random(blocks=BLOCKS).folder(Home(str(tmp_path_factory.mktemp("home")), ""))
    base = weights.wake(folder, NF4() if request.param == "nf4" else Unquantised(), Attention("sdpa"))
    made = Adapter(rank=4, last_blocks=ADAPTED).attach(base, seed=0)
    torch.manual_seed(1)
    with torch.no_grad():
        for p in made.parameters():
            if p.requires_grad:
                p += 0.05 * torch.randn_like(p)
    return made.train()


def page(length: int, seed: int = 0) -> Example:
    ids = torch.randint(256, (length,), generator=torch.Generator().manual_seed(seed)).tolist()
    return Example(ids, [IGNORED, *ids[1:]], [True] * length)


def gradients(model: nn.Module, **how: object) -> tuple[Tensor, list[Tensor]]:
    model.zero_grad()
    batch = pack([page(30, 1), page(50, 2)])
    hidden, head = hidden_states(model, batch, **how)
    loss, _ = summed_nats(hidden, head, batch.targets)
    loss.backward()
    return loss.detach(), [p.grad.clone() for p in model.parameters() if p.grad is not None]


def test_the_backward_pass_visits_the_adapted_blocks_and_no_other(model) -> None:
    visits: Counter[int] = Counter()

    def watch(n: int, out: Tensor) -> None:
        if out.requires_grad:
            out.register_hook(lambda _: visits.update([n]))

    blocks = model.get_base_model().model.layers
    hooks = [block.register_forward_hook(lambda *said, n=n: watch(n, said[2])) for n, block in enumerate(blocks)]
    try:
        gradients(model)
    finally:
        for hook in hooks:
            hook.remove()
    assert first_adapted(model.get_base_model().model) == BLOCKS - ADAPTED
    assert visits == dict.fromkeys(range(BLOCKS - ADAPTED, BLOCKS), 1)


def test_losses_and_gradients_are_those_of_the_plain_way(model) -> None:
    """The plain way: transformers' own forward, with gradients from the embeddings on, as recipes for LoRA have it."""
    core = model.get_base_model()
    example = page(60)
    ids = torch.tensor([example.ids])
    core.enable_input_require_grads()
    try:
        model.zero_grad()
        logits = model(ids).logits.float()
        nn.functional.cross_entropy(logits[0, :-1], ids[0, 1:], reduction="sum").backward()
    finally:
        core.disable_input_require_grads()
    plain = [p.grad.clone() for p in model.parameters() if p.grad is not None]
    model.zero_grad()
    hidden, head = hidden_states(model, pack([example]))
    loss, count = summed_nats(hidden, head, torch.tensor([[IGNORED, *example.ids[1:]]]))
    loss.backward()
    ours = [p.grad for p in model.parameters() if p.grad is not None]
    assert count == 59 and len(ours) == len(plain) == 3 * 7 * ADAPTED
    for mine, theirs in zip(ours, plain, strict=True):
        assert (mine - theirs).norm() <= 0.03 * theirs.norm()  # bf16: the head's gradient is rounded elsewhere


@pytest.mark.parametrize("blocks", [1, ADAPTED])
def test_recomputing_gives_the_same_gradients_and_keeps_less(model, blocks: int) -> None:
    (loss, plain), (again, recomputed) = gradients(model), gradients(model, recompute=blocks)
    assert torch.equal(loss, again)
    assert all(torch.equal(a, b) for a, b in zip(plain, recomputed, strict=True))
    kept = [_held_after_forward(model, n) for n in range(blocks + 1)]
    assert kept == sorted(kept, reverse=True) and len(set(kept)) == blocks + 1
    assert _held_after_forward(model, ADAPTED) < 0.5 * kept[0]


@pytest.mark.parametrize("blocks", range(ADAPTED + 1))
def test_the_lowest_adapted_blocks_are_computed_again_and_no_other(model, blocks: int) -> None:
    passes: Counter[int] = Counter()
    layers = model.get_base_model().model.layers
    # A hook of the module would not see the second pass through the end: checkpointing stops where it has what it needs.
    hooks = [block.register_forward_pre_hook(lambda *_, n=n: passes.update([n])) for n, block in enumerate(layers)]
    try:
        gradients(model, recompute=blocks)
    finally:
        for hook in hooks:
            hook.remove()
    again = range(BLOCKS - ADAPTED, BLOCKS - ADAPTED + blocks)
    assert passes == {n: 2 if n in again else 1 for n in range(BLOCKS)}


def _held_after_forward(model: nn.Module, recompute: int) -> int:
    """Bytes of distinct storages that the graph of one forward pass saves."""
    held: dict[int, int] = {}

    def keep(t: Tensor) -> Tensor:
        if not isinstance(t, nn.Parameter):
            held[t.untyped_storage().data_ptr()] = t.untyped_storage().nbytes()
        return t

    batch = pack([page(30, 1), page(50, 2)])
    with torch.autograd.graph.saved_tensors_hooks(keep, lambda t: t):
        hidden, _ = hidden_states(model, batch, recompute=recompute)
    assert hidden.requires_grad
    return sum(held.values())


def test_a_bare_base_has_nothing_that_needs_autograd(tmp_path: Path) -> None:
    base = weights.wake(Random().folder(Home(str(tmp_path), "")), Unquantised(), Attention("sdpa"))
    hidden, _ = hidden_states(base, pack([page(10)]))
    assert not hidden.requires_grad
