"""Four bits on a CPU: she learns on them, and they stay what they were."""

import pytest
import torch
from bitsandbytes.nn import Linear4bit
from peft.utils.integrations import dequantize_module_weight

from rusta.core.home import Home
from rusta.mind import weights
from rusta.mind.adapters import Adapter
from rusta.mind.attention import Attention
from rusta.mind.model import Random
from rusta.mind.quantization import NF4, Unquantised
from rusta.training.optim.muon import Muon

IDS = torch.arange(200)[None] % 97


def four_bit_layers(model: torch.nn.Module) -> dict[str, Linear4bit]:
    return {name: module for name, module in model.named_modules() if isinstance(module, Linear4bit)}


@pytest.fixture
def quantised(home: Home):
    return weights.wake(Random().folder(home), NF4(), Attention("sdpa"))


def loss(model: torch.nn.Module) -> torch.Tensor:
    logits = model(IDS).logits
    return torch.nn.functional.cross_entropy(logits[0, :-1].float(), IDS[0, 1:])


def test_every_projection_and_nothing_else_has_four_bits(quantised) -> None:
    layers = four_bit_layers(quantised)
    assert len(layers) == 4 * 7
    assert all(layer.weight.dtype is torch.uint8 and layer.weight.quant_state.nested for layer in layers.values())
    assert quantised.lm_head.weight.dtype is quantised.model.embed_tokens.weight.dtype is torch.bfloat16


def test_four_bits_are_near_what_they_stand_for(quantised, home: Home) -> None:
    published = weights.wake(Random().folder(home), Unquantised(), Attention("sdpa"))
    for name, layer in four_bit_layers(quantised).items():
        exact = published.get_submodule(name).weight.float()
        error = (dequantize_module_weight(layer).float() - exact).norm() / exact.norm()
        # QLoRA's levels split a normal distribution evenly: the error in the norm is about a tenth.
        assert 0 < error < 0.15, name


def test_an_answer_in_between_leaves_the_weights_readable_and_the_gradient_alive(quantised) -> None:
    # On AVX512-BF16 CPUs bitsandbytes would repack the weights in place at the first eval forward.
    before = {name: dequantize_module_weight(layer).clone() for name, layer in four_bit_layers(quantised).items()}
    packed = {name: layer.weight.clone() for name, layer in four_bit_layers(quantised).items()}
    with torch.inference_mode():
        quantised.eval()(IDS)
        quantised.generate(IDS[:, :10], attention_mask=torch.ones_like(IDS[:, :10]), max_new_tokens=3, do_sample=False)
    for name, layer in four_bit_layers(quantised).items():
        assert torch.equal(layer.weight, packed[name])
        assert torch.equal(dequantize_module_weight(layer), before[name])
    x = quantised.model.embed_tokens(IDS).detach().requires_grad_()
    quantised(inputs_embeds=x).logits.float().logsumexp(-1).sum().backward()
    assert x.grad is not None and x.grad.abs().sum() > 0


def test_four_bits_learn_and_do_not_move(quantised) -> None:
    packed = {name: layer.weight.clone() for name, layer in four_bit_layers(quantised).items()}
    model = Adapter(rank=8, last_blocks=4).attach(quantised, seed=0).train()
    learns = [p for p in model.parameters() if p.requires_grad]
    optimizer = Muon(
        [{"params": [p for p in learns if p.ndim == 2]}, {"params": [p for p in learns if p.ndim != 2]}], lr=0.02
    )
    first = loss(model)
    for _ in range(10):
        optimizer.zero_grad()
        loss(model).backward()
        assert all(p.grad is not None and torch.isfinite(p.grad).all() for p in learns)
        optimizer.step()
        model.eval()(IDS[:, :5])  # as samples do between steps
        model.train()
    assert loss(model).item() < first.item() - 0.5
    found = four_bit_layers(model.get_base_model())
    assert len(found) == len(packed)
    assert all(torch.equal(layer.weight, packed[name.replace(".base_layer", "")]) for name, layer in found.items())
