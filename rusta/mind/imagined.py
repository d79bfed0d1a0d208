"""A model of a given shape with random weights, created directly on the device.

It is used to measure the time and memory that the real model would take. Nothing is read from disk or downloaded, and
at most one matrix at a time exists unquantised. The model's output is meaningless.
"""

from typing import TYPE_CHECKING, Any

from rusta.mind.quantization import NF4, Unquantised
from rusta.mind.shape import Shape

if TYPE_CHECKING:
    import torch
    from transformers import PreTrainedModel


def imagine(
    shape: Shape, quantization: NF4 | Unquantised, device: "torch.device", blocks: int | None = None
) -> "PreTrainedModel":
    """Return a model as `weights.wake` would load it: frozen, bf16 or four-bit.

    It has `blocks` transformer blocks, or all of the shape's when that is None.
    """
    import torch
    from torch import nn
    from transformers import Qwen2Config, Qwen2ForCausalLM
    from transformers.models.qwen2.modeling_qwen2 import Qwen2RotaryEmbedding

    config = Qwen2Config(
        vocab_size=shape.vocab, hidden_size=shape.hidden, intermediate_size=shape.intermediate,
        num_hidden_layers=blocks or shape.blocks, num_attention_heads=shape.heads,
        num_key_value_heads=shape.kv_heads, tie_word_embeddings=shape.tied,
    )  # fmt: skip
    config._attn_implementation = "sdpa"
    config.use_cache = False
    with torch.device("meta"):
        model: Any = Qwen2ForCausalLM(config).bfloat16()
    for name, module in list(model.named_modules()):
        if isinstance(module, nn.Linear) and name.startswith("model.layers.") and isinstance(quantization, NF4):
            model.set_submodule(name, _four_bit(module, quantization, device))
            continue
        for which, p in list(module.named_parameters(recurse=False)):
            drawn = torch.ones if p.ndim == 1 and which == "weight" else torch.zeros
            values = drawn(p.shape, dtype=torch.bfloat16, device=device)
            setattr(module, which, nn.Parameter(values.normal_(std=0.02) if p.ndim == 2 else values, False))
    model.model.rotary_emb = Qwen2RotaryEmbedding(config).to(device)
    model.tie_weights()
    model.is_loaded_in_4bit = isinstance(quantization, NF4)
    quantization.settle(model)
    return model.requires_grad_(False).eval()


def _four_bit(linear: Any, quantization: NF4, device: "torch.device") -> Any:
    import torch
    from bitsandbytes.nn import Linear4bit
    from bitsandbytes.nn import Params4bit as Stubbed
    from torch import nn

    Params4bit: Any = Stubbed  # its stubs are those of nn.Parameter
    rows, columns = linear.weight.shape
    found = Linear4bit(
        columns, rows, linear.bias is not None, compute_dtype=torch.bfloat16, quant_type="nf4",
        compress_statistics=quantization.double_quant, device="meta",
    )  # fmt: skip
    values = torch.empty(rows, columns, dtype=torch.bfloat16, device=device).normal_(std=0.02)
    found.weight = Params4bit(
        values, requires_grad=False, quant_type="nf4", compress_statistics=quantization.double_quant, module=found
    ).to(device)
    if linear.bias is not None:
        found.bias = nn.Parameter(torch.zeros(rows, dtype=torch.bfloat16, device=device), False)
    return found
