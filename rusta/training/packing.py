"""Several pages in one sequence, each as alone as if it had a sequence to itself.

Positions start anew with every page, and attention is computed page by page: there is no mask to get wrong, no
padding to pay for, and a page cannot see another. (A mask tensor would also cost the CPU its fused kernel.)
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import scaled_dot_product_attention

from rusta.data.render import IGNORED, Example
from rusta.mind.weights import body_and_head

PER_PAGE = "rusta_per_page"


@dataclass(frozen=True)
class Pack:
    """Pages end to end: ids, targets and positions (1, T), where each page ends, and how it is called."""

    ids: Tensor
    targets: Tensor
    positions: Tensor
    ends: tuple[int, ...]
    names: tuple[str, ...] = ()  # of the pages, for what has to be said about them

    def to(self, device: torch.device) -> "Pack":
        """The same pack on `device`."""
        return Pack(self.ids.to(device), self.targets.to(device), self.positions.to(device), self.ends, self.names)


def pack(examples: Sequence[Example]) -> Pack:
    """Lay examples end to end. The first token of a page is nobody's target: what precedes it is another page."""
    ids = [token for example in examples for token in example.ids]
    targets = [token for example in examples for token in [IGNORED, *example.targets[1:]]]
    positions = [place for example in examples for place in range(len(example.ids))]
    ends, end = [], 0
    for example in examples:
        end += len(example.ids)
        ends.append(end)
    names = tuple(example.name for example in examples if example.name)
    return Pack(torch.tensor([ids]), torch.tensor([targets]), torch.tensor([positions]), tuple(ends), names)


def hidden_states(model: Any, batch: Pack) -> tuple[Tensor, Tensor]:
    """The last hidden states (1, T, d) of a base or peft model, and the head (V, d) they are to meet."""
    core, head = body_and_head(model)
    with _per_page(core.config):
        out = core(batch.ids, position_ids=batch.positions, use_cache=False, page_ends=batch.ends)
    return out.last_hidden_state, head


@contextmanager
def _per_page(config: Any) -> Iterator[None]:
    from transformers.masking_utils import ALL_MASK_ATTENTION_FUNCTIONS
    from transformers.modeling_utils import ALL_ATTENTION_FUNCTIONS

    ALL_ATTENTION_FUNCTIONS.register(PER_PAGE, _attend)
    ALL_MASK_ATTENTION_FUNCTIONS.register(PER_PAGE, lambda *_, **__: None)
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
