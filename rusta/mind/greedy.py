"""Greedy decoding of several prompts as one batch: on a CPU a step costs the same for three prompts as for one."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from torch import Tensor


def answers(model: Any, tokenizer: Any, prompts: Sequence[str], tokens: int) -> tuple[Any, "Tensor"]:
    """Return the rendered prompts as one batch and their greedy answers.

    The prompts are padded on the left. The answers have shape (P, N) and are padded where they ended earlier. The most
    likely token is always taken, whatever the model's own generation settings are.
    """
    import torch

    from rusta.mind.dora import at_rest

    batch = tokenizer(
        list(prompts), return_tensors="pt", padding=True, padding_side="left", add_special_tokens=False
    ).to(model.device)
    with torch.inference_mode(), at_rest(model):
        ids = model.generate(
            **batch, max_new_tokens=tokens, do_sample=False, use_cache=True, temperature=None, top_p=None, top_k=None,
            pad_token_id=tokenizer.pad_token_id, eos_token_id=tokenizer.eos_token_id, repetition_penalty=1.0,
        )  # fmt: skip
    return batch, ids[:, batch["input_ids"].shape[1] :]
