"""QDoRA with Muon, from the top of the page to the bottom: what `rusta/` does, without its machinery.

    python scripts/minimal_qdora.py FOLDER TEXT...      FOLDER holds a Qwen2 model of any size, TEXT is a file each

No Hydra, no Lightning, no peft: plain autograd and one optimizer a rule. The names in parentheses are where Rusta does
the same faster. `tests/training/test_minimal_qdora.py` holds the two to the same first ten losses.

Not covered: packing, checkpoints, resuming, stopping in time. Those are why there is a `rusta/`.
"""

import math
import sys
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.utils.checkpoint import checkpoint
from transformers import AutoModelForCausalLM, AutoTokenizer, BitsAndBytesConfig

Page = tuple[Tensor, Tensor]  # token ids and targets, (T,) each; -100 where no loss is carried
Step = list[list[Page]]  # batches, whose gradients are averaged
PROJECTIONS = ("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj")


def wake(folder: str, four_bit: bool = True) -> nn.Module:
    """The frozen base: NF4 in blocks of 64 with doubly quantised scales (QLoRA), or bf16 as published."""
    nf4 = BitsAndBytesConfig(load_in_4bit=True, bnb_4bit_quant_type="nf4", bnb_4bit_use_double_quant=True,
                             bnb_4bit_compute_dtype=torch.bfloat16)  # fmt: skip
    device = {"": "cuda" if torch.cuda.is_available() else "cpu"}
    model = AutoModelForCausalLM.from_pretrained(
        folder, dtype=torch.bfloat16, device_map=device, quantization_config=nf4 if four_bit else None
    )
    # train(), or bitsandbytes repacks the codes at the first forward on some CPUs, and they cannot be read any more.
    return model.requires_grad_(False).train()


class Dora(nn.Module):
    """y = bias + g ⊙ (W x + s B A x), g = m / ‖W + s B A‖_row (arXiv 2402.09353, eq. 5).   (rusta/mind/dora.py)"""

    def __init__(self, base: nn.Linear, rank: int, alpha_over_rank: float = 2.0) -> None:
        super().__init__()
        self.base, self.s = base, alpha_over_rank
        at = {"device": base.weight.device, "dtype": torch.float32}  # bf16 would lose the tail of the schedule
        self.a = nn.Parameter(torch.empty(rank, base.in_features, **at))  # (r, in)
        self.b = nn.Parameter(torch.zeros(base.out_features, rank, **at))  # (out, r)
        nn.init.kaiming_uniform_(self.a, a=math.sqrt(5))
        self.squares = self.weight().float().square().sum(1)  # ‖W‖²_row never changes, (out,)
        self.m = nn.Parameter(self.squares.sqrt())  # the norm at B = 0: g is 1, and the model is its base
        self.refresh()

    def weight(self) -> Tensor:
        """W (out, in) as the base computes with it."""
        w = self.base.weight
        if hasattr(w, "quant_state"):
            from bitsandbytes.functional import dequantize_4bit

            return dequantize_4bit(w.data, w.quant_state)
        return w.data

    @torch.no_grad()  # the paper detaches the norm: m learns the length, A and B the direction
    def refresh(self) -> None:
        """The norm, once an optimizer step: A, B and W are the same in all of its batches (arXiv 2603.22276, sec. 3)."""
        crossed = self.weight().float() @ self.a.T  # W Aᵀ, (out, r): no dense B A is ever made
        gram = self.a @ self.a.T  # (r, r)
        squared = self.squares + 2 * self.s * (self.b * crossed).sum(1) + self.s**2 * ((self.b @ gram) * self.b).sum(1)
        self.norm = squared.sqrt()

    def forward(self, x: Tensor) -> Tensor:  # (..., in) -> (..., out), in the dtype of the base
        y = self.base(x)
        straight = y if self.base.bias is None else y - self.base.bias  # W x: g scales it, and not the bias
        g = self.m / self.norm
        low = (x @ self.a.to(x.dtype).T) @ (g[:, None] * self.s * self.b).to(x.dtype).T
        return y + (g - 1).to(y.dtype) * straight + low  # g - 1, because bf16 has no numbers near 1 for what g learns


def adapt(model: nn.Module, rank: int, last_blocks: int, seed: int = 0) -> list[Dora]:
    """Put an adapter on every projection of the last blocks. What lies below them runs without autograd, by itself."""
    torch.manual_seed(seed)
    found = []
    for block in model.model.layers[-last_blocks:]:
        for part in (block.self_attn, block.mlp):
            for name in [n for n, _ in part.named_children() if n in PROJECTIONS]:
                setattr(part, name, Dora(getattr(part, name), rank))
                found.append(getattr(part, name))
    return found


def nats(hidden: Tensor, head: Tensor, targets: Tensor, chunk: int = 256) -> Tensor:
    """Summed -log p, `chunk` tokens' logits at a time, made anew in the backward pass.   (rusta/training/loss.py)"""

    def some(h: Tensor, y: Tensor) -> Tensor:  # (chunk, d), (chunk,)
        return F.cross_entropy((h @ head.T).float(), y, reduction="sum")

    pairs = zip(hidden.split(chunk), targets.split(chunk), strict=True)
    return torch.stack([checkpoint(some, h, y, use_reentrant=False) for h, y in pairs]).sum()


def orthogonalise(x: Tensor) -> Tensor:
    """The nearest matrix with orthonormal rows: Newton-Schulz on the r-by-r Gram matrix.   (rusta/training/muon.py)"""
    tall = x.shape[0] > x.shape[1]
    x = x.T if tall else x  # (r, n)
    length = x.norm().clamp_min(1e-15) * 1.02
    gram = x @ x.T / length**2
    eye = path = torch.eye(len(gram), device=x.device)
    for a, b, c in POLAR_EXPRESS:
        factor = a * eye + b * gram + c * gram @ gram
        path, gram = factor @ path, factor @ gram @ factor  # polynomials in one matrix commute
    x = path @ x / length
    return x.T if tall else x


# X <- a X + b (X Xᵀ) X + c (X Xᵀ)² X (arXiv 2505.16932), divided by powers of a safety factor against rounding.
POLAR_EXPRESS = [(a / 1.02, b / 1.02**3, c / 1.02**5) for a, b, c in (
    (8.28721201814563, -23.595886519098837, 17.300387312530933),
    (4.107059111542203, -2.9478499167379106, 0.5448431082926601),
    (3.9486908534822946, -2.908902115962949, 0.5518191394370137),
    (3.3184196573706015, -2.488488024314874, 0.51004894012372),
    (2.300652019954817, -1.6689039845747493, 0.4188073119525673),
    (1.891301407787398, -1.2679958271945868, 0.37680408948524835),
)] + [(1.875, -1.25, 0.375)]  # fmt: skip


@torch.no_grad()
def muon(factors: list[Tensor], momenta: list[Tensor], lr: float, beta: float = 0.95) -> None:
    """One step: Nesterov momentum, made orthogonal, as long as a step of AdamW would be (arXiv 2502.16982)."""
    for p, momentum in zip(factors, momenta, strict=True):
        momentum.lerp_(p.grad, 1 - beta)
        p -= lr * 0.2 * max(p.shape) ** 0.5 * orthogonalise(p.grad.lerp(momentum, beta))


def cosine(step: int, steps: int, warmup: float = 0.05, floor: float = 0.1) -> float:
    """What the learning rate is multiplied by in step `step` (from 0) of `steps`.   (rusta/training/schedule.py)"""
    rising = max(1, round(warmup * steps))
    along = (step - rising) / max(1, steps - rising)
    return (step + 1) / rising if step < rising else floor + (1 - floor) * 0.5 * (1 + math.cos(math.pi * along))


def train(model: nn.Module, adapters: list[Dora], steps: list[Step], lr: float, clip: float = 1.0) -> list[float]:
    """Learn, and return the mean nats a token of each step, as they were before it."""
    factors, magnitudes = [p for d in adapters for p in (d.a, d.b)], [d.m for d in adapters]
    momenta = [torch.zeros_like(p) for p in factors]
    adamw = torch.optim.AdamW(magnitudes, betas=(0.9, 0.95), weight_decay=0.0)  # vectors cannot be orthogonalised
    losses = []
    for n, batches in enumerate(steps):
        losses.append(0.0)
        for batch in batches:
            carried = sum(int((targets[1:] != -100).sum()) for _, targets in batch)
            for ids, targets in batch:  # page by page, so that none sees another   (rusta/training/packing.py)
                hidden = model.model(ids[None], use_cache=False).last_hidden_state[0, :-1]  # (T - 1, d)
                aims = targets[1:]  # what the token before predicts
                loss = nats(hidden[aims != -100], model.lm_head.weight, aims[aims != -100]) / carried / len(batches)
                loss.backward()
                losses[n] += loss.item()
        for group in (factors, magnitudes):
            nn.utils.clip_grad_norm_(group, clip)
        adamw.param_groups[0]["lr"] = rate = lr * cosine(n, len(steps))
        adamw.step()
        muon(factors, momenta, rate)
        for dora in adapters:
            dora.zero_grad()
            dora.refresh()
        print(f"step {n + 1:3}   {losses[n]:.4f} nats a token", flush=True)
    return losses


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    folder, *files = sys.argv[1:]
    tokenizer, model = AutoTokenizer.from_pretrained(folder), wake(folder)
    texts = [
        tokenizer(Path(file).read_text(encoding="utf-8"), return_tensors="pt").input_ids[0, :2048] for file in files
    ]
    pages = [(ids.to(model.device), ids.to(model.device)) for ids in texts]
    train(model, adapt(model, rank=16, last_blocks=16), [[[page]] for page in pages * 3], lr=3e-3)
