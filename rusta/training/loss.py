"""Cross-entropy over a large vocabulary, on the tokens that carry loss and no others.

Hidden states of ignored tokens never meet the head. The rest is taken a slice at a time, and since the head is
frozen, the gradient with respect to the hidden states is computed together with the loss: no logits are kept.
Sums are fp32 whatever the compute dtype (torch's `linear_cross_entropy` returns the loss in bf16).
"""

from typing import Any

import torch
from torch import Tensor

IGNORED = -100
SLICE = 256  # tokens whose logits exist at the same time


def summed_nats(hidden: Tensor, head: Tensor, targets: Tensor) -> tuple[Tensor, Tensor]:
    """Sum of -log p over all targets that are not `IGNORED`, differentiable in `hidden`, and their count.

    hidden: (B, T, d) at position t, which predicts `targets[:, t + 1]`; head: (V, d), frozen; targets: (B, T).
    """
    carried = targets[:, 1:] != IGNORED
    return _Nats.apply(hidden[:, :-1][carried], head, targets[:, 1:][carried]), carried.sum()


def token_nats(hidden: Tensor, head: Tensor, targets: Tensor) -> Tensor:
    """-log p of each target that is not `IGNORED`, in order, (N,). Without gradient."""
    carried = targets[:, 1:] != IGNORED
    states, aims = hidden[:, :-1][carried], targets[:, 1:][carried]
    with torch.no_grad():
        return torch.cat(
            [
                torch.nn.functional.cross_entropy((h @ head.T).float(), y, reduction="none")
                for h, y in zip(states.split(SLICE), aims.split(SLICE), strict=True)
            ]
            or [torch.zeros(0)]
        )


class _Nats(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, hidden: Tensor, head: Tensor, targets: Tensor) -> Tensor:
        total = torch.zeros((), dtype=torch.float32, device=hidden.device)
        slopes = []
        for states, aims in zip(hidden.split(SLICE), targets.split(SLICE), strict=True):
            slope = torch.log_softmax((states @ head.T).float(), dim=1)  # (slice, V)
            total -= slope.gather(1, aims[:, None]).sum()
            slope.exp_()  # the softmax, in the same memory
            slope[torch.arange(len(aims)), aims] -= 1
            slopes.append(slope.to(head.dtype) @ head)
        ctx.save_for_backward(torch.cat(slopes) if slopes else torch.zeros_like(hidden))
        return total

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, None, None]:  # type: ignore[override]
        (slope,) = ctx.saved_tensors
        return slope * grad.to(slope.dtype), None, None
