"""Packed or unpacked, in float32 or bfloat16: the same numbers are multiplied, and everything that uses the model works."""

from typing import Any

import pytest
import torch

from rusta.core.home import Home
from rusta.mind import weights
from rusta.mind.adapters import Adapter
from rusta.mind.attention import Attention
from rusta.mind.compute import ComputeChoice
from rusta.mind.model import Random
from rusta.mind.quantization import NF4, Unquantised

IDS = torch.arange(40)[None]
HELD = pytest.mark.parametrize("held", ["packed", "unpacked"])
BASES = pytest.mark.parametrize("quantization", [NF4(), Unquantised()], ids=["nf4", "bf16"])


def awake(home: Home, quantization: NF4 | Unquantised, choice: ComputeChoice) -> Any:
    return weights.wake(Random().folder(home), quantization, Attention("sdpa"), compute=choice)


@BASES
@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
def test_packed_and_unpacked_give_the_same_bits(home: Home, quantization: NF4 | Unquantised, dtype: str) -> None:
    with torch.inference_mode():
        packed, unpacked = (
            awake(home, quantization, ComputeChoice(dtype, held))(IDS).logits for held in ("packed", "unpacked")
        )
    assert packed.dtype is getattr(torch, dtype)
    assert torch.equal(packed, unpacked)


@BASES
@HELD
def test_float32_is_what_bfloat16_rounds(home: Home, quantization: NF4 | Unquantised, held: str) -> None:
    with torch.inference_mode():
        wide, narrow = (
            awake(home, quantization, ComputeChoice(dtype, held))(IDS).logits for dtype in ("float32", "bfloat16")
        )
    assert 0 < (wide - narrow.float()).norm() / wide.norm() < 0.03


@BASES
@HELD
def test_a_fresh_adapter_changes_no_bit_and_then_learns(home: Home, quantization: NF4 | Unquantised, held: str) -> None:
    base = awake(home, quantization, ComputeChoice("float32", held))
    with torch.inference_mode():
        before = base(IDS).logits
    model = Adapter(rank=4, last_blocks=2).attach(base, seed=0)
    with torch.inference_mode():
        assert torch.equal(model.eval()(IDS).logits, before)
    model.train()(IDS).logits.square().mean().backward()
    learned = [p for p in model.parameters() if p.requires_grad]
    assert learned and all(p.dtype is torch.float32 and p.grad is not None for p in learned)


@BASES
@HELD
def test_it_speaks(home: Home, quantization: NF4 | Unquantised, held: str) -> None:
    model = awake(home, quantization, ComputeChoice("float32", held))
    with torch.inference_mode():
        said = model.generate(IDS, attention_mask=torch.ones_like(IDS), max_new_tokens=3, min_new_tokens=3,
                              do_sample=False, use_cache=True)  # fmt: skip
    assert said.shape == (1, 43)


def test_packed_weights_stay_what_they_are(home: Home) -> None:
    model = awake(home, NF4(), ComputeChoice("float32", "packed"))
    layers = [module for name, module in model.named_modules() if name.endswith("_proj")]
    assert all(layer.weight.dtype is torch.uint8 for layer in layers)
    assert model.lm_head.weight.dtype is model.model.embed_tokens.weight.dtype is torch.bfloat16


def test_a_tied_table_is_held_once(home: Home) -> None:
    from transformers import Qwen2Config, Qwen2ForCausalLM

    from rusta.mind.unpacking import compute_in

    for held in ("packed", "unpacked"):
        config = Qwen2Config(vocab_size=64, hidden_size=32, intermediate_size=64, num_hidden_layers=1,
                             num_attention_heads=2, num_key_value_heads=1, tie_word_embeddings=True)  # fmt: skip
        model: Any = Qwen2ForCausalLM(config).bfloat16().requires_grad_(False)
        compute_in(model, ComputeChoice("float32", held))
        assert model.lm_head.weight.data_ptr() == model.model.embed_tokens.weight.data_ptr()
