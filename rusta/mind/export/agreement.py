"""Compare two models: the divergence of their next-token distributions, and their greedy answers.

The trained model answers greedily; then both process question and answer in one forward pass of the same shape. If the
most likely token is the same at every position of the answer, so is the whole greedy text, since each choice has the
same prefix.
"""

import gc
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from rusta.mind.greedy import answers

if TYPE_CHECKING:
    from torch import Tensor

TOGETHER = 8  # prompts in a batch


@dataclass(frozen=True)
class Agreement:
    """KL(trained ‖ other) in nats per token of the answers, its worst token, and the number of identical answers."""

    prompts: int
    same: int
    tokens: int
    kl: float
    kl_worst: float

    def as_dict(self) -> dict[str, Any]:
        """Return plain data, floats rounded to three digits."""
        return {
            key: float(f"{value:.3g}") if isinstance(value, float) else value for key, value in asdict(self).items()
        }


@dataclass
class GreedyAnswers:
    """Questions with their greedy answers as one padded batch, and the distributions the answers were chosen from."""

    ids: "Tensor"  # (P, T), padded on the left
    mask: "Tensor"  # (P, T)
    answers: "Tensor"  # (P, N) bool: which of the last N tokens belong to the answer
    logs: "Tensor"  # (P, N, V) log-probabilities before each of the last N tokens, fp32


def answered(
    model: Any, tokenizer: Any, prompts: Sequence[str], tokens: int, told: Callable[[int, int], None] = lambda *_: None
) -> list[GreedyAnswers]:
    """Return greedy answers of at most `tokens` tokens, and their distributions. `prompts` are rendered already."""
    import torch

    found = []
    for start in range(0, len(prompts), TOGETHER):
        some = prompts[start : start + TOGETHER]
        batch, made = answers(model, tokenizer, some, tokens)
        ids = torch.cat([batch["input_ids"], made], 1)
        ended = (made == tokenizer.eos_token_id).int().cumsum(1) - (made == tokenizer.eos_token_id).int() > 0
        mask = torch.cat([batch["attention_mask"], (~ended).to(batch["attention_mask"].dtype)], 1)
        found.append(GreedyAnswers(ids.cpu(), mask.cpu(), ~ended.cpu(), thoughts(model, ids, mask, made.shape[1])))
        told(start + len(some), len(prompts))
    return found


def thoughts(model: Any, ids: "Tensor", mask: "Tensor", last: int) -> "Tensor":
    """Return log-probabilities before each of the last `last` tokens, (P, last, V), fp32 on the CPU."""
    import torch

    with torch.inference_mode():
        ids, mask = ids.to(model.device), mask.to(model.device)
        logits = model(input_ids=ids, attention_mask=mask, use_cache=False, logits_to_keep=last + 1).logits
        return logits[:, :-1].float().log_softmax(-1).cpu()


def measure_agreement(
    said: Sequence[GreedyAnswers], other: Any, told: Callable[[int, int], None] = lambda *_: None
) -> Agreement:
    """Compute the same distributions with `other`, and return how far the two models agree."""
    import torch

    kls, same, of, done = [], 0, sum(len(batch.ids) for batch in said), 0
    for batch in said:
        theirs = thoughts(other, batch.ids, batch.mask, batch.logs.shape[1])
        for p in range(len(batch.ids)):
            # Normalised again in fp64: the normalisation error of fp32 is larger than the divergences to be measured.
            ours, their = batch.logs[p].double().log_softmax(-1), theirs[p].double().log_softmax(-1)
            place = batch.answers[p]
            kls.append((ours.exp() * (ours - their)).sum(-1)[place])
            same += bool((ours.argmax(-1) == their.argmax(-1))[place].all())
        done += len(batch.ids)
        told(done, of)
    everything = torch.cat(kls).clamp_min(0)  # rounding can give small negative values
    return Agreement(of, same, len(everything), float(everything.mean()), float(everything.max()))


def let_go() -> None:
    """Free a model's memory before the next one is loaded."""
    import torch

    gc.collect()
    if torch.cuda.is_available():
        torch.cuda.empty_cache()
