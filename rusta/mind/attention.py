"""The choice of the attention kernel: by the machine's hardware, verified numerically, and reported with its reason.

The chosen kernel is used for generation. Training packs many pages in one sequence and always computes each page with
torch's own kernel (`mind/forward.py`): on a GPU that is FlashAttention 2 internally, and at 4096 tokens attention takes
a few hundredths of a step.
"""

import importlib.util
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from rusta.core.errors import ConfigError, RustaError

# Our name -> the name in transformers.
NAMES = {"sdpa": "sdpa", "eager": "eager", "flash_2": "flash_attention_2", "flash_3": "flash_attention_3"}
PACKAGES = {"flash_2": "flash_attn", "flash_3": "flash_attn_interface"}
AGREES = 0.02  # of the largest value: bf16 rounds each to 2⁻⁸, and a wrong mask, scale or head is off by about 1


class NoSuchAttention(RustaError):
    """The requested kernel is not installed, does not run on this machine, or gives wrong results here."""


@dataclass(frozen=True)
class Attention:
    """`attention=auto` picks the first correct kernel; any other value is required, and refused where it cannot run."""

    kernel: str = "auto"  # auto, sdpa, eager, flash_2 or flash_3

    def __post_init__(self) -> None:
        if self.kernel not in ("auto", *NAMES):
            raise ConfigError(f"attention.kernel={self.kernel}: no such kernel. There are auto, {', '.join(NAMES)}.")

    def choose(self) -> tuple[str, str]:
        """Return the name that transformers uses, and the reason. Raises `NoSuchAttention`."""
        import torch

        if self.kernel == "auto":
            return first_right(_candidates())
        if self.kernel in ("sdpa", "eager"):
            return NAMES[self.kernel], "asked for"
        if not torch.cuda.is_available():
            raise NoSuchAttention(f"attention={self.kernel} needs a GPU, and there is none. Use attention=auto.")
        if not _installed(self.kernel):
            raise NoSuchAttention(
                f"attention={self.kernel} needs the package {PACKAGES[self.kernel]}, which is not here. Use attention=auto."
            )
        kernel_error(NAMES[self.kernel])
        if _hopper() or self.kernel == "flash_2":
            return NAMES[self.kernel], "asked for"
        return NAMES[self.kernel], "asked for; on Ampere it runs FA3's sm80 path"


def first_right(candidates: Iterable[tuple[str, str]]) -> tuple[str, str]:
    """Return the first of these kernels (by transformers' names) that is correct on this machine, and the reason.

    "eager" is returned if none is.
    """
    wrong: list[str] = []
    for name, why in candidates:
        try:
            kernel_error(name)
        except NoSuchAttention as refusal:
            wrong.append(str(refusal).rstrip("."))
        else:
            return name, "; ".join([why, *wrong])
    return "eager", "; ".join(wrong)


def kernel_error(name: str) -> float:
    """Return a kernel's relative error. Raises `NoSuchAttention` if it does not run or is wrong."""
    try:
        found = off(name)
    except (ImportError, RuntimeError, ValueError, NotImplementedError) as error:
        raise NoSuchAttention(f"{name} does not run here ({str(error).splitlines()[0]}).") from None
    if not found <= AGREES:
        raise NoSuchAttention(f"{name} is {found:.2g} off in one pass forward and back, and at most {AGREES} is right.")
    return found


@cache
def off(name: str) -> float:
    """Return a kernel's largest error in one causal pass, forward and backward, against softmax(s q kᵀ) v in fp32.

    The kernel runs in bf16 on this machine's device. The error is relative to the largest value, over the output and
    the gradients of q, k and v.
    """
    import torch
    from transformers import Qwen2Config
    from transformers.modeling_utils import ALL_ATTENTION_FUNCTIONS
    from transformers.models.qwen2.modeling_qwen2 import Qwen2Attention

    from rusta.mind.device import device

    heads, kept, tokens, wide = 4, 2, 96, 64  # as in Qwen2, several queries share a key
    config = Qwen2Config(hidden_size=heads * wide, num_attention_heads=heads, num_key_value_heads=kept)
    config._attn_implementation = name
    kernel, module, s = ALL_ATTENTION_FUNCTIONS[name], Qwen2Attention(config, 0), wide**-0.5
    draw = torch.Generator().manual_seed(0)
    parts = [torch.randn(1, n, tokens, wide, generator=draw).bfloat16().to(device()) for n in (heads, kept, kept)]
    slope = torch.randn(1, tokens, heads, wide, generator=draw).bfloat16().to(device())
    future = torch.ones(tokens, tokens, dtype=torch.bool, device=device()).triu(1)

    def written_out(q: torch.Tensor, k: torch.Tensor, v: torch.Tensor) -> torch.Tensor:
        k, v = (part.repeat_interleave(heads // kept, 1) for part in (k, v))
        return ((s * q @ k.mT).masked_fill(future, -torch.inf).softmax(-1) @ v).transpose(1, 2)

    def passed(attend: Callable[..., Any], dtype: torch.dtype) -> list[torch.Tensor]:
        own = [part.to(dtype).requires_grad_() for part in parts]
        answer = attend(*own)
        return [answer.detach(), *torch.autograd.grad(answer, own, slope.to(dtype))]

    found = passed(lambda q, k, v: kernel(module, q, k, v, None, scaling=s, dropout=0.0)[0], torch.bfloat16)
    right = passed(written_out, torch.float32)
    return max(float((a.float() - b).abs().max() / b.abs().max()) for a, b in zip(found, right, strict=True))


def _candidates() -> Iterator[tuple[str, str]]:
    """Yield the kernels for this machine, the fastest first, each with its reason."""
    import torch

    if not torch.cuda.is_available():
        yield "sdpa", "no GPU: torch's own"
        return
    if _hopper() and _installed("flash_3"):
        yield NAMES["flash_3"], "Hopper, and FlashAttention 3 is installed"
    if _installed("flash_2"):
        yield NAMES["flash_2"], "FlashAttention 2 is installed"
    missing = "" if _installed("flash_2") else "flash-attn is not installed; "
    yield "sdpa", f"{missing}torch's own is FlashAttention 2 inside"


def _hopper() -> bool:
    import torch

    return torch.cuda.get_device_capability()[0] == 9


def _installed(kernel: str) -> bool:
    return importlib.util.find_spec(PACKAGES[kernel]) is not None
