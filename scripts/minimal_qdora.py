"""QDoRA with Muon, from the top of the page to the bottom: what `rusta/` does, without its machinery.

    python scripts/minimal_qdora.py FOLDER TEXT...      FOLDER holds a Qwen2 model of any size, TEXT is a file each

In parentheses is where Rusta does the same faster. `tests/training/test_minimal_qdora.py` holds the two to the same first
ten losses. Not covered: packing, checkpoints, resuming, stopping in time. Those are why there is a `rusta/`.
"""

import math
import sys
from pathlib import Path
from typing import Any, cast

import torch
from bitsandbytes.functional import dequantize_4bit
from torch import Tensor, nn
from torch.nn import functional as F
from transformers import AutoModelForCausalLM, AutoTokenizer, BitsAndBytesConfig

Page = tuple[Tensor, Tensor]  # token ids and targets, (T,) each; -100 where no loss is carried
Step = list[list[Page]]  # batches, whose gradients are averaged
PROJECTIONS = ("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj")


def wake(folder: str, four_bit: bool = True) -> nn.Module:
    """The frozen base: NF4 in blocks of 64 with doubly quantised scales (QLoRA), or bf16 as published."""
    nf4 = BitsAndBytesConfig(load_in_4bit=True, bnb_4bit_quant_type="nf4", bnb_4bit_use_double_quant=True,
                             bnb_4bit_compute_dtype=torch.bfloat16)  # fmt: skip
    device, held = "cuda" if torch.cuda.is_available() else "cpu", nf4 if four_bit else None
    model = AutoModelForCausalLM.from_pretrained(
        folder, dtype=torch.bfloat16, device_map=device, quantization_config=held
    )
    # train(), or bitsandbytes repacks the codes at the first forward on some CPUs, and they cannot be read any more.
    return model.requires_grad_(False).train()


class Dora(nn.Module):
    """y = bias + g ⊙ (W x + s B A x), g = m / ‖W + s B A‖_row (arXiv 2402.09353, eq. 5).   (rusta/mind/dora.py)"""

    def __init__(self, base: nn.Linear, rank: int, alpha_over_rank: float = 2.0) -> None:
        super().__init__()
        self.base, self.s = base, alpha_over_rank
        a = torch.empty(rank, base.in_features, device=base.weight.device)  # fp32: bf16 would lose the schedule's tail
        self.a = nn.Parameter(nn.init.kaiming_uniform_(a, a=math.sqrt(5)))  # (r, in)
        self.b = nn.Parameter(a.new_zeros(base.out_features, rank))  # (out, r)
        self.m = nn.Parameter(self.norm())  # at B = 0: so g is 1, and the model is its base

    @torch.no_grad()  # the paper detaches it: m learns the length of a row, A and B its direction
    def norm(self) -> Tensor:
        """‖W + s B A‖_row without a dense B A (arXiv 2603.22276, sec. 3), (out,). Rusta takes it once a step."""
        w = self.base.weight
        w = (dequantize_4bit(w.data, w.quant_state) if hasattr(w, "quant_state") else w).float()  # (out, in)
        crossed, gram = w @ self.a.T, self.a @ self.a.T  # (out, r), (r, r)
        inner = (self.b * (2 * self.s * crossed + self.s**2 * self.b @ gram)).sum(1)
        return (w.square().sum(1) + inner).sqrt()

    def forward(self, x: Tensor) -> Tensor:  # (..., in) -> (..., out), in the dtype of the base
        y, g = self.base(x), self.m / self.norm()
        straight = y if self.base.bias is None else y - self.base.bias  # W x: g scales it, and not the bias
        low = (x @ self.a.to(x.dtype).T) @ (g[:, None] * self.s * self.b).to(x.dtype).T
        return y + (g - 1).to(y.dtype) * straight + low  # g - 1, because bf16 has no numbers near 1 for what g learns


def adapt(model: Any, rank: int, last_blocks: int, seed: int = 0) -> list[Dora]:
    """Put an adapter on every projection of the last blocks. What lies below them runs without autograd, by itself."""
    torch.manual_seed(seed)
    for block in model.model.layers[-last_blocks:]:
        for part in (block.self_attn, block.mlp):
            for name in PROJECTIONS:
                if hasattr(part, name):
                    setattr(part, name, Dora(getattr(part, name), rank))
    return [module for module in model.modules() if isinstance(module, Dora)]


# (a, b, c) of X <- a X + b (X Xᵀ) X + c (X Xᵀ)² X, which leaves the singular vectors alone and brings singular values from a
# thousandth of the largest upwards to 1 (Polar Express, arXiv 2505.16932, with a little room for rounding).
POLAR = [(8.12472, -22.23493, 15.66949), (4.02653, -2.77782, 0.49348), (3.87127, -2.74112, 0.49980),
         (3.25335, -2.34496, 0.46197), (2.25554, -1.57265, 0.37933), (1.85422, -1.19486, 0.34128), (1.875, -1.25, 0.375)]  # fmt: skip


def orthogonalise(x: Tensor) -> Tensor:
    """The nearest matrix with orthonormal rows, or columns where those are fewer.   (rusta/training/optim/orthogonal.py)"""
    tall = x.shape[0] > x.shape[1]
    x = x.T if tall else x
    x = x / (x @ x.T).norm().sqrt().clamp_min(1e-15)  # the largest singular value is at most 1 now
    for a, b, c in POLAR:
        gram = x @ x.T
        x = a * x + (b * gram + c * gram @ gram) @ x
    return x.T if tall else x


@torch.no_grad()
def muon(factors: list[Any], momenta: list[Tensor], lr: float, beta: float = 0.95) -> None:
    """Nesterov momentum, made orthogonal, as long as AdamW's step (arXiv 2502.16982).   (rusta/training/optim/muon.py)"""
    for p, momentum in zip(factors, momenta, strict=True):
        momentum.lerp_(p.grad, 1 - beta)
        p -= lr * 0.2 * max(p.shape) ** 0.5 * orthogonalise(p.grad.lerp(momentum, beta))


def cosine(step: int, steps: int, warmup: float = 0.05, floor: float = 0.1) -> float:
    """What the learning rate is multiplied by in step `step` (from 0) of `steps`.   (rusta/training/optim/schedule.py)"""
    rising = max(1, round(warmup * steps))
    along = (step - rising) / max(1, steps - rising)
    return (step + 1) / rising if step < rising else floor + (1 - floor) * 0.5 * (1 + math.cos(math.pi * along))


def nats(model: nn.Module, batch: list[Page]) -> Tensor:
    """Mean -log p of what carries loss. Page by page, so that none sees another.   (rusta/mind/forward.py, loss.py)"""
    logits = [model(ids[None], use_cache=False).logits[0, :-1].float() for ids, _ in batch]  # (T - 1, V) each
    return F.cross_entropy(torch.cat(logits), torch.cat([targets[1:] for _, targets in batch]))


def train(model: Any, adapters: list[Dora], steps: list[Step], lr: float, clip: float = 1.0) -> list[float]:
    """Learn, and return the mean nats a token of each step, as they were before it."""
    factors, magnitudes = [p for d in adapters for p in (d.a, d.b)], [d.m for d in adapters]
    momenta = [torch.zeros_like(p) for p in factors]
    adamw = torch.optim.AdamW(magnitudes, betas=(0.9, 0.95), weight_decay=0.0)  # vectors cannot be orthogonalised
    losses = [0.0] * len(steps)
    for n, batches in enumerate(steps):
        model.zero_grad()
        for batch in batches:
            loss = nats(model, batch) / len(batches)
            loss.backward()
            losses[n] += loss.item()
        for group in (factors, magnitudes):
            nn.utils.clip_grad_norm_(group, clip)
        adamw.param_groups[0]["lr"] = rate = lr * cosine(n, len(steps))
        adamw.step()
        muon(factors, momenta, rate)
        print(f"step {n + 1:3}   {losses[n]:.4f} nats a token", flush=True)
    return losses


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    folder, *files = sys.argv[1:]
    model, tokenizer = wake(folder), cast(Any, AutoTokenizer.from_pretrained(folder))
    texts = [tokenizer(Path(file).read_text(encoding="utf-8"), return_tensors="pt") for file in files]
    pages = [(ids, ids) for ids in (text.input_ids[0, :512].to(model.device) for text in texts)]
    train(model, adapt(model, rank=16, last_blocks=16), [[[page]] for page in pages * 3], lr=3e-3)
