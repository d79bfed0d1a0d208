"""Quantisation of the frozen base: four-bit NF4, or none."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rusta.core.errors import RustaError

if TYPE_CHECKING:
    from torch import nn


class CannotQuantise(RustaError):
    """The library for the quantisation is not installed."""


@dataclass(frozen=True)
class NF4:
    """NormalFloat4 in blocks of 64, optionally with quantised scales (QLoRA, arXiv 2305.14314).

    The type that products are computed in is chosen in `compute.py`.
    """

    name: str = "nf4"  # of the quantisation on cards
    double_quant: bool = True  # whether the scales of blocks are quantised again, 0.4 bits a weight less

    def config(self) -> Any:
        """Return the `quantization_config` for `from_pretrained`. Raises `CannotQuantise`."""
        import torch
        from transformers import BitsAndBytesConfig

        try:
            import bitsandbytes  # noqa: F401
        except ImportError:
            raise CannotQuantise("NF4 needs bitsandbytes: pip install 'rusta[mind]'. Or: quantization=none") from None
        return BitsAndBytesConfig(
            load_in_4bit=True,
            bnb_4bit_quant_type="nf4",
            bnb_4bit_use_double_quant=self.double_quant,
            bnb_4bit_compute_dtype=torch.bfloat16,
        )

    def settle(self, model: "nn.Module") -> None:
        """Keep bitsandbytes from repacking weights in place on AVX512-BF16 CPUs.

        One eval forward would otherwise leave weights that can no longer be dequantised, no input gradient,
        and a wrong DoRA norm (bitsandbytes 0.50, nn/modules.py).
        """
        from bitsandbytes.nn import Linear4bit

        for module in model.modules():
            if isinstance(module, Linear4bit):
                module.support_avx512bf16_for_cpu = False


@dataclass(frozen=True)
class Unquantised:
    """Unquantised bf16, as the weights were published."""

    name: str = "none"  # of the quantisation on cards

    def config(self) -> None:
        """Return None: no quantisation."""

    def settle(self, model: "nn.Module") -> None:
        """Do nothing."""
