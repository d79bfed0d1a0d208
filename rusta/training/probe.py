"""How long a token takes here: a few small stacks of such blocks are read and learned from, and the rest is algebra.

A stack of p frozen and a adapted blocks takes p·f + a·b + c seconds a token: from (p, a) = (1, 1), (2, 1) and (1, 2)
follow the three unknowns, and from them the time of a whole model; what a block costs that is computed again, from
(1, 1) with and without. Blocks of the true width with random weights, and the training code itself; an optimizer's step
takes as long as it has blocks to move.

Not covered: the development and sealed pages, checkpoints, and a card that slows down when it is warm.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from statistics import median
from typing import Any

from rusta.mind.imagined import imagine
from rusta.training.footprint import Step

TOKENS = {"cuda": 2048, "cpu": 256}  # read by a stack
PAGE = 256  # of so many tokens
VOCABULARY = 32_000  # at most: the head of a whole one would be most of a small stack, and is scaled instead
ROUNDS = 3


@dataclass(frozen=True)
class Speed:
    """Seconds a token takes in a frozen block, in an adapted one, once more in that, and outside; and a step for a block."""

    frozen: float
    adapted: float
    again: float
    outside: float
    step: float
    words: str

    def token(self, of: Step, fresh: float) -> float:
        """Seconds for a token of a whole model, its share of the optimizer's steps included.

        `fresh` is the share of tokens whose way through the frozen blocks is not on disk already.
        """
        frozen = fresh * (of.shape.blocks - of.adapted)
        moved = self.step * of.adapted / (of.tokens * of.accumulate)
        return frozen * self.frozen + of.adapted * self.adapted + of.again * self.again + self.outside + moved


def time_here(step: Step) -> Speed:
    """Time the stacks on this machine's accelerator, or its CPU."""
    from rusta.mind.weights import device

    where = device()
    shape = replace(step.shape, vocab=min(step.shape.vocab, VOCABULARY))
    small = replace(step, shape=shape, tokens=min(step.tokens, TOKENS[where.type]), recompute=0)
    one, moved = _stack(small, 1, 1, where)
    frozen = max(0.0, _stack(small, 2, 1, where)[0] - one)
    adapted = max(0.0, _stack(small, 1, 2, where)[0] - one)
    again = max(0.0, _stack(replace(small, recompute=1), 1, 1, where)[0] - one) if step.again else 0.0
    outside = max(0.0, one - frozen - adapted) * step.shape.vocab / shape.vocab
    words = f"from {ROUNDS} rounds of {small.tokens} tokens through small stacks on {where.type}"
    return Speed(frozen, adapted, again, outside, moved, words)


def _stack(step: Step, frozen: int, adapted: int, device: Any) -> tuple[float, float]:
    """Median seconds a token takes to be read and learned from, and of an optimizer's step for a block."""

    from rusta.data.render import Example
    from rusta.training.forward import hidden_states
    from rusta.training.loss import summed_nats
    from rusta.training.muon import AdamW, Muon
    from rusta.training.packing import pack

    base = imagine(step.shape, step.quantization, device, frozen + adapted)
    model: Any = replace(step.adapter, last_blocks=adapted).attach(base, seed=0).train()
    learned = [p for p in model.parameters() if p.requires_grad]
    groups = [{"params": [p for p in learned if p.ndim == n]} for n in (2, 1)]
    groups = [group for group in groups if group["params"]]
    optimizer: Any = Muon(groups) if step.optimizer == "Muon" else AdamW(groups)
    pages = [[n % step.shape.vocab for n in range(min(PAGE, step.tokens))]] * max(1, step.tokens // PAGE)
    batch = pack([Example(page, page, [True] * len(page)) for page in pages]).to(device)

    def learn() -> None:
        hidden, head = hidden_states(model, batch, recompute=step.recompute)
        total, count = summed_nats(hidden, head, batch.targets)
        (total / count).backward()

    learn()
    optimizer.step()  # states, copies and kernels are there from now on
    reading = median(_seconds(learn, device) for _ in range(ROUNDS))
    moving = median(_seconds(optimizer.step, device) for _ in range(ROUNDS))
    return reading / batch.ids.numel(), moving / adapted


def _seconds(work: Callable[[], Any], device: Any) -> float:
    import torch

    began = time.perf_counter()
    work()
    if device.type == "cuda":
        torch.cuda.synchronize()
    return time.perf_counter() - began
