"""The forward pass of training: autograd is used only for the blocks that need it.

Blocks below the first adapted one have no trained parameters and none before them: they run without autograd, keep no
activations, and are never recomputed. (transformers' own gradient checkpointing makes the embeddings require gradients,
and so recomputes and back-propagates all of them.) Attention is computed page by page.
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
    """A cache of the hidden states that enter the first adapted block.

    It is implemented by `training/prefix_cache.py`.
    """

    def entering(self, batch: Pack, compute: Callable[[Pack], Tensor]) -> Tensor:
        """Return the input of the first adapted block, (1, T, d); `compute` is called for pages not in the cache."""
        ...


def hidden_states(
    model: Any, batch: Pack, prefix: Remembered | None = None, recompute: int = 0
) -> tuple[Tensor, Tensor]:
    """Return the last hidden states (1, T, d) of a base or peft model, and the head's matrix (V, d).

    The lowest `recompute` adapted blocks keep only their input, and are computed again in the backward pass. They are
    the lowest because their backward pass comes last, when the activations of the blocks above are freed.
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
    """Return the index of the first block with an adapter; for a bare base, the number of blocks."""
    adapted = (n for n, block in enumerate(core.layers) if any(isinstance(m, LoraLayer) for m in block.modules()))
    return next(adapted, len(core.layers))


def _through(blocks: Any, hidden: Tensor, batch: Pack, core: Any, recompute: int = 0) -> Tensor:
    """Pass `hidden` (1, T, d) through some blocks, of which the first `recompute` keep only their input."""
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
    """Return contexts for the forward pass and for the recomputation.

    The recomputation happens after `_per_page` has ended, so its context enters `_per_page` again.
    """
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
    """Attend page by page: query (1, heads, T, d), key and value (1, kv heads, T, d) -> (1, T, heads, d)."""
    lengths = [end - start for start, end in zip((0, *page_ends[:-1]), page_ends, strict=True)]
    pages = [
        scaled_dot_product_attention(q, k, v, is_causal=True, scale=scaling, enable_gqa=True)
        for q, k, v in zip(query.split(lengths, 2), key.split(lengths, 2), value.split(lengths, 2), strict=True)
    ]
    whole = torch.cat(pages, 2) if len(pages) > 1 else pages[0]
    return whole.transpose(1, 2).contiguous(), None
