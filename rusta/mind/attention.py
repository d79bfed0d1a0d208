"""Which attention kernel computes, chosen by a look at the machine and named with its reason."""

import importlib.util
from dataclasses import dataclass

from rusta.errors import ConfigError, RustaError

# transformers' names for what the design calls by generation.
NAMES = {"sdpa": "sdpa", "eager": "eager", "flash_2": "flash_attention_2", "flash_3": "flash_attention_3"}
PACKAGES = {"flash_2": "flash_attn", "flash_3": "flash_attn_interface"}


class NoSuchAttention(RustaError):
    """The asked-for kernel is not installed, or this machine cannot run it."""


@dataclass(frozen=True)
class Attention:
    """`attention=auto` picks; any other option insists, and is refused where it cannot run."""

    kernel: str = "auto"

    def __post_init__(self) -> None:
        if self.kernel not in ("auto", *NAMES):
            raise ConfigError(f"attention.kernel={self.kernel}: no such kernel. There are auto, {', '.join(NAMES)}.")

    def choose(self) -> tuple[str, str]:
        """The name that transformers knows, and why. Raises `NoSuchAttention`."""
        import torch

        if self.kernel in ("sdpa", "eager"):
            return NAMES[self.kernel], "asked for"
        if not torch.cuda.is_available():
            if self.kernel != "auto":
                raise NoSuchAttention(f"attention={self.kernel} needs a GPU, and there is none. Use attention=auto.")
            return "sdpa", "no GPU: torch's own"
        hopper = torch.cuda.get_device_capability()[0] == 9
        if self.kernel != "auto":
            if not _installed(self.kernel):
                raise NoSuchAttention(
                    f"attention={self.kernel} needs the package {PACKAGES[self.kernel]}, which is not here."
                )
            why = "asked for" if hopper or self.kernel == "flash_2" else "asked for; on Ampere it runs FA3's sm80 path"
            return NAMES[self.kernel], why
        if hopper and _installed("flash_3"):
            return NAMES["flash_3"], "Hopper, and FlashAttention 3 is installed"
        if _installed("flash_2"):
            return NAMES["flash_2"], "FlashAttention 2 is installed"
        return "sdpa", "flash-attn is not installed; torch's own is FlashAttention 2 inside"


def _installed(kernel: str) -> bool:
    return importlib.util.find_spec(PACKAGES[kernel]) is not None
