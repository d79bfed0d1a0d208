"""The forward pass of training: only what needs autograd has it.

Blocks below the first adapted one have nothing to learn and nothing before them that learns: they run without
autograd, keep no activations, and are never recomputed. (transformers' own gradient checkpointing makes the embeddings
require gradients, and so recomputes and back-propagates all of them.) Attention is computed page by page.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from typing import Any, Protocol

import torch
from peft.tuners.lora import LoraLayer
from torch import Tensor
from torch.nn.functional import scaled_dot_product_attention
from torch.utils.checkpoint import checkpoint

from rusta.mind.weights import body_and_head
from rusta.training.packing import Pack

PER_PAGE = "rusta_per_page"


class Remembered(Protocol):
    """What may know the prefix of a pack already (`prefix.py`)."""

    def entering(self, batch: Pack, compute: Callable[[Pack], Tensor]) -> Tensor:
        """What enters the first adapted block, (1, T, d); `compute` has it for a pack that is not known."""
        ...


def hidden_states(
    model: Any, batch: Pack, prefix: Remembered | None = None, recompute: bool = False
) -> tuple[Tensor, Tensor]:
    """The last hidden states (1, T, d) of a base or peft model, and the head (V, d) they are to meet.

    `recompute` keeps only what enters each adapted block, and computes the rest again in the backward pass.
    """
    core, head = body_and_head(model)
    split = first_adapted(core)

    def compute(pack: Pack) -> Tensor:
        with torch.no_grad():
            return _through(core.layers[:split], core.embed_tokens(pack.ids), pack, core)

    with _per_page(core.config):
        entering = prefix.entering(batch, compute) if prefix else compute(batch)
        leaving = _through(core.layers[split:], entering, batch, core, recompute and torch.is_grad_enabled())
        return core.norm(leaving), head


def first_adapted(core: Any) -> int:
    """The first block that holds an adapter; of a bare base, the number of blocks."""
    adapted = (n for n, block in enumerate(core.layers) if any(isinstance(m, LoraLayer) for m in block.modules()))
    return next(adapted, len(core.layers))


def _through(blocks: Any, hidden: Tensor, batch: Pack, core: Any, recompute: bool = False) -> Tensor:
    """`hidden` (1, T, d) through some blocks."""
    places = {"position_embeddings": core.rotary_emb(hidden, batch.positions), "page_ends": batch.ends}

    def again() -> tuple[Any, Any]:  # by then, attention is transformers' own again
        return nullcontext(), _per_page(core.config)

    for block in blocks:
        if recompute:
            hidden = checkpoint(
                block, hidden, use_reentrant=False, preserve_rng_state=False, context_fn=again, **places
            )
        else:
            hidden = block(hidden, **places)
    return hidden


@contextmanager
def _per_page(config: Any) -> Iterator[None]:
    from transformers.modeling_utils import ALL_ATTENTION_FUNCTIONS

    ALL_ATTENTION_FUNCTIONS.register(PER_PAGE, _attend)
    before = config._attn_implementation
    config._attn_implementation = PER_PAGE
    try:
        yield
    finally:
        config._attn_implementation = before


def _attend(
    module: Any,
    query: Tensor,
    key: Tensor,
    value: Tensor,
    mask: None,
    scaling: float,
    page_ends: tuple[int, ...],
    **_: Any,
) -> tuple[Tensor, None]:
    """query (1, heads, T, d), key and value (1, kv heads, T, d) -> (1, T, heads, d)."""
    lengths = [end - start for start, end in zip((0, *page_ends[:-1]), page_ends, strict=True)]
    pages = [
        scaled_dot_product_attention(q, k, v, is_causal=True, scale=scaling, enable_gqa=True)
        for q, k, v in zip(query.split(lengths, 2), key.split(lengths, 2), value.split(lengths, 2), strict=True)
    ]
    return torch.cat(pages, 2).transpose(1, 2).contiguous(), None
