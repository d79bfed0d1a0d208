"""The forward pass of training: only what needs autograd has it.

Blocks below the first adapted one have nothing to learn and nothing before them that learns: they run without
autograd, keep no activations, and are never recomputed. (transformers' own gradient checkpointing makes the embeddings
require gradients, and so recomputes and back-propagates all of them.) Attention is computed page by page.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from functools import partial
from typing import Any, Protocol

import torch
from peft.tuners.lora import LoraLayer
from torch import Tensor
from torch.nn.functional import scaled_dot_product_attention
from torch.utils.checkpoint import checkpoint

from rusta.mind.dora import at_rest
from rusta.mind.packing import Pack
from rusta.mind.weights import body_and_head

PER_PAGE = "rusta_per_page"


class Remembered(Protocol):
    """What may know the prefix of a pack already (`prefix.py`)."""

    def entering(self, batch: Pack, compute: Callable[[Pack], Tensor]) -> Tensor:
        """What enters the first adapted block, (1, T, d); `compute` has it for a pack that is not known."""
        ...


def hidden_states(
    model: Any, batch: Pack, prefix: Remembered | None = None, recompute: int = 0
) -> tuple[Tensor, Tensor]:
    """The last hidden states (1, T, d) of a base or peft model, and the head (V, d) they are to meet.

    Of so many adapted blocks, `recompute`, only what enters them is kept, and the rest is computed again in the backward
    pass. They are the lowest, whose turn comes when the activations of those above are gone already.
    """
    core, head = body_and_head(model)
    split = first_adapted(core)

    def compute(pack: Pack) -> Tensor:
        with torch.no_grad():
            return _through(core.layers[:split], core.embed_tokens(pack.ids), pack, core)

    adapted = core.layers[split:]
    with _per_page(core.config), at_rest(adapted):
        entering = prefix.entering(batch, compute) if prefix else compute(batch)
        leaving = _through(adapted, entering, batch, core, recompute if torch.is_grad_enabled() else 0)
        return core.norm(leaving), head


def first_adapted(core: Any) -> int:
    """The first block that holds an adapter; of a bare base, the number of blocks."""
    adapted = (n for n, block in enumerate(core.layers) if any(isinstance(m, LoraLayer) for m in block.modules()))
    return next(adapted, len(core.layers))


def _through(blocks: Any, hidden: Tensor, batch: Pack, core: Any, recompute: int = 0) -> Tensor:
    """`hidden` (1, T, d) through some blocks, of which the first `recompute` keep only what enters them."""
    places = {"position_embeddings": core.rotary_emb(hidden, batch.positions), "page_ends": batch.ends}
    for n, block in enumerate(blocks):
        if n < recompute:
            contexts = partial(_twice, block, core.config)
            hidden = checkpoint(
                block, hidden, use_reentrant=False, preserve_rng_state=False, context_fn=contexts, **places
            )
        else:
            hidden = block(hidden, **places)
    return hidden


def _twice(block: Any, config: Any) -> tuple[Any, Any]:
    """Contexts of a block's forward pass and of its second, in which attention is transformers' own again."""
    return nullcontext(), _again(block, config)


@contextmanager
def _again(block: Any, config: Any) -> Iterator[None]:
    with _per_page(config), at_rest(block):
        yield


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
    whole = torch.cat(pages, 2) if len(pages) > 1 else pages[0]
    return whole.transpose(1, 2).contiguous(), None
