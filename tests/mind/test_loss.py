"""The sliced loss is the cross-entropy that torch computes whole."""

import pytest
import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

from rusta.mind.loss import IGNORED, SLICE, summed_nats, token_nats

D, V = 32, 301


def batch(tokens: int, share: float = 0.5, rows: int = 2) -> tuple[Tensor, Tensor, Tensor]:
    """Hidden states, head, and targets of which about `share` carry loss."""
    draw = torch.Generator().manual_seed(tokens)
    hidden = torch.randn(rows, tokens, D, generator=draw)
    targets = torch.randint(V, (rows, tokens), generator=draw)
    targets[torch.rand(targets.shape, generator=draw) >= share] = IGNORED
    return hidden, torch.randn(V, D, generator=draw), targets


def whole(hidden: Tensor, head: Tensor, targets: Tensor, reduction: str) -> Tensor:
    logits = (hidden @ head.T)[:, :-1].reshape(-1, V)
    return cross_entropy(logits, targets[:, 1:].reshape(-1), ignore_index=IGNORED, reduction=reduction)


@pytest.mark.parametrize("tokens", [2, 17, SLICE, 2 * SLICE + 3], ids=lambda n: f"{n} tokens")
def test_sum_and_gradient_are_those_of_the_whole(tokens: int) -> None:
    hidden, head, targets = batch(tokens)
    ours, eager = hidden.clone().requires_grad_(), hidden.double().requires_grad_()
    total, count = summed_nats(ours, head, targets)
    expected = whole(eager, head.double(), targets, "sum")
    (3 * total).backward()
    (3 * expected).backward()
    assert int(count) == int((targets[:, 1:] != IGNORED).sum())
    assert total.item() == pytest.approx(expected.item(), rel=1e-5)
    assert torch.allclose(ours.grad.double(), eager.grad, rtol=1e-4, atol=1e-5)


def test_in_bf16_the_sum_is_still_fp32() -> None:
    hidden, head, targets = batch(4 * SLICE, share=1.0)
    hidden, head = hidden.bfloat16(), head.bfloat16()
    ours, eager = hidden.clone().requires_grad_(), hidden.float().requires_grad_()
    total, _ = summed_nats(ours, head, targets)
    expected = whole(eager, head.float(), targets, "sum")
    total.backward()
    expected.backward()
    assert total.dtype is torch.float32
    assert total.item() == pytest.approx(expected.item(), rel=1e-3)
    assert ours.grad.dtype is torch.bfloat16
    assert (ours.grad.float() - eager.grad).norm() / eager.grad.norm() < 1e-2


def test_ignored_tokens_have_no_part_in_it() -> None:
    hidden, head, targets = batch(50)
    alone = hidden.clone().requires_grad_()
    total, _ = summed_nats(alone, head, targets)
    total.backward()
    ignored = torch.cat([targets[:, 1:] == IGNORED, torch.ones(2, 1, dtype=torch.bool)], 1)  # the last predicts nobody
    assert not alone.grad[ignored].any() and alone.grad[~ignored].any()
    changed = torch.where(ignored[..., None], torch.full_like(hidden, torch.inf), hidden)
    assert torch.equal(summed_nats(changed, head, targets)[0], total.detach())


def test_where_nothing_carries_loss_the_sum_is_zero_and_can_still_be_differentiated() -> None:
    hidden, head, targets = batch(20, share=0.0)
    hidden.requires_grad_()
    total, count = summed_nats(hidden, head, targets)
    total.backward()
    assert total.item() == count.item() == 0 and not hidden.grad.any()
    assert token_nats(hidden, head, targets).shape == (0,)


def test_each_tokens_nats_are_in_order_and_add_up() -> None:
    hidden, head, targets = batch(SLICE + 40)
    each = token_nats(hidden, head, targets)
    expected = whole(hidden, head, targets, "none")
    carried = targets[:, 1:].reshape(-1) != IGNORED
    assert torch.allclose(each, expected[carried], rtol=1e-5, atol=1e-5)
    assert each.sum().item() == pytest.approx(summed_nats(hidden, head, targets)[0].item(), rel=1e-5)
