"""Cross-entropy over a large vocabulary, only on the tokens that carry loss.

Hidden states of ignored tokens are not multiplied with the head. The others are processed in slices, and since the head
is frozen, the gradient with respect to the hidden states is computed together with the loss: no logits are kept. The
two products with the head are in the dtype of the hidden states; sums are fp32 in any case (torch's
`linear_cross_entropy` returns the loss in bf16). A head stored in another dtype is converted some rows at a time.
"""

from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor

IGNORED = -100
SLICE = 256  # tokens whose logits exist at the same time
ROWS = 16_384  # rows of a head in another dtype that are converted at a time


def summed_nats(hidden: Tensor, head: Tensor, targets: Tensor) -> tuple[Tensor, Tensor]:
    """Return the sum of -log p over all targets that are not `IGNORED`, differentiable in `hidden`, and their count.

    hidden: (B, T, d) at position t, which predicts `targets[:, t + 1]`; head: (V, d), frozen; targets: (B, T).
    """
    carried = targets[:, 1:] != IGNORED
    return _Nats.apply(hidden[:, :-1][carried], head, targets[:, 1:][carried]), carried.sum()


def token_nats(hidden: Tensor, head: Tensor, targets: Tensor) -> Tensor:
    """Return -log p of each target that is not `IGNORED`, in order, (N,). Without gradient."""
    carried = targets[:, 1:] != IGNORED
    states, aims = hidden[:, :-1][carried], targets[:, 1:][carried]
    found = [torch.zeros(0)]
    with torch.no_grad():
        for h, y in zip(states.split(SLICE), aims.split(SLICE), strict=True):
            logits = _logits(h, head)
            right = logits.gather(1, y[:, None])[:, 0]
            found.append(logits.logsumexp(1) - right)
    return torch.cat(found[1:] or found)


class _Nats(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, hidden: Tensor, head: Tensor, targets: Tensor) -> Tensor:
        found = [_slice(*some, head) for some in zip(hidden.split(SLICE), targets.split(SLICE), strict=True)]
        ctx.save_for_backward(torch.cat([slope for _, slope in found]) if found else torch.zeros_like(hidden))
        return torch.stack([nats for nats, _ in found]).sum() if found else hidden.new_zeros((), dtype=torch.float32)

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, None, None]:  # type: ignore[override]
        (slope,) = ctx.saved_tensors
        return slope * grad.to(slope.dtype), None, None


def _slice(states: Tensor, aims: Tensor, head: Tensor) -> tuple[Tensor, Tensor]:
    """Return the sum of -log p in fp32, and its gradient with respect to states (n, d).

    At most one matrix (n, V) in fp32 exists.
    """
    soft = _logits(states, head)
    largest = soft.amax(1, keepdim=True)
    nats = (largest - soft.gather(1, aims[:, None])).sum()
    sums = soft.sub_(largest).exp_().sum(1, keepdim=True)
    soft.div_(sums)
    soft[torch.arange(len(aims)), aims] -= 1
    return nats + sums.log().sum(), _back(soft, head, states.dtype)


def _logits(states: Tensor, head: Tensor) -> Tensor:
    """Map states (n, d) and head (V, d) to logits (n, V) in fp32."""
    if head.dtype == states.dtype:
        return (states @ head.T).float()
    found = torch.empty(len(states), len(head), dtype=torch.float32, device=states.device)
    for at, rows in _widened(head, states.dtype):
        found[:, at] = states @ rows.T
    return found


def _back(soft: Tensor, head: Tensor, dtype: torch.dtype) -> Tensor:
    """Return soft (n, V) in fp32 times head (V, d), as (n, d) in `dtype`."""
    if head.dtype == dtype:
        return soft.to(dtype) @ head
    found = torch.zeros(len(soft), head.shape[1], dtype=dtype, device=soft.device)
    for at, rows in _widened(head, dtype):
        found.addmm_(soft[:, at].to(dtype), rows)
    return found


def _widened(head: Tensor, dtype: torch.dtype) -> Iterator[tuple[slice, Tensor]]:
    """Yield the head some rows at a time, (rows, d) in `dtype`, with the slice of each part."""
    for start in range(0, len(head), ROWS):
        at = slice(start, start + ROWS)
        yield at, head[at].to(dtype)
