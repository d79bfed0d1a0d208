"""Measured rates of matrix products, and the key they are stored by: processor, its instructions, torch's version."""

import os
import platform
from collections.abc import Mapping
from dataclasses import astuple, dataclass, replace
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from rusta.core.errors import RustaError

DTYPES = ("bfloat16", "float32")


# Environment variables that restrict the instruction set. They are part of the processor's name, because the measured
# rates are then those of a smaller processor.
LIMITS = ("ONEDNN_MAX_CPU_ISA", "ATEN_CPU_CAPABILITY", "MKL_ENABLE_INSTRUCTIONS", "DNNL_MAX_CPU_ISA")


FLAGS = ("avx2", "avx512f", "avx512_bf16", "amx_bf16", "avx512_fp16", "bf16", "asimd", "sve")


TO_WEIGHT = 0.1  # share of the products for weight gradients: only adapters need them, a tenth of the others or less


class CannotProbe(RustaError):
    """Nothing could be measured: torch is missing, or cannot use the device."""


@dataclass(frozen=True)
class Rates:
    """GFLOP/s of the three products of a layer y = x Wᵀ: y itself, g W for its input, gᵀ x for its weight."""

    forward: float
    to_input: float
    to_weight: float

    @property
    def seconds(self) -> float:
        """Relative time by which two types are compared.

        It is that of one GFLOP of each of the first two products, and of a share `TO_WEIGHT` of the third.
        """
        return 1 / self.forward + 1 / self.to_input + TO_WEIGHT / self.to_weight

    def __str__(self) -> str:
        return ", ".join(f"{rate:.3g}" for rate in (self.forward, self.to_input, self.to_weight))


@dataclass(frozen=True)
class Probe:
    """One measurement: the rates of both types, and the speed of a memory copy (GB/s, read plus written)."""

    processor: str
    torch: str
    threads: int
    float32: Rates
    bfloat16: Rates
    copy: float
    others: float = 0.0  # cores kept busy by other processes during the measurement

    @property
    def quiet(self) -> bool:
        """Whether little else ran during the measurement. If not, it is repeated, and the best rates count."""
        return self.others <= BUSY

    @property
    def fast(self) -> str:
        """The type that multiplies faster."""
        return "float32" if self.float32.seconds * TIE < self.bfloat16.seconds else "bfloat16"

    def best(self, other: "Probe") -> "Probe":
        """Return the better of two measurements in every rate: other load can only make a product slower."""
        float32, bfloat16 = (
            Rates(*map(max, astuple(getattr(self, dtype)), astuple(getattr(other, dtype))))
            for dtype in ("float32", "bfloat16")
        )
        copy, others = max(self.copy, other.copy), min(self.others, other.others)
        return replace(self, float32=float32, bfloat16=bfloat16, copy=copy, others=others)

    def slower(self, dtype: str) -> float:
        """Return how many times as long this type takes as the other."""
        mine, other = (self.float32, self.bfloat16) if dtype == "float32" else (self.bfloat16, self.float32)
        return mine.seconds / other.seconds

    def __str__(self) -> str:
        return (
            f"{_counted(self.threads)}; GFLOP/s forward, to the input, to the "
            f"weight: float32 {self.float32}; bfloat16 {self.bfloat16}"
        )


@cache
def processor_description() -> str:
    """Return the processor's name, its relevant instruction sets, and the restrictions set in the environment."""
    told: Mapping[str, str] = {}
    try:
        first = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").partition("\n\n")[0]
        told = {key.strip(): value.strip() for key, _, value in (line.partition(":") for line in first.splitlines())}
    except OSError:
        pass
    name = told.get("model name") or platform.processor() or platform.machine()
    has = set((told.get("flags") or told.get("Features") or "").split())
    withheld = [f"{key}={os.environ[key]}" for key in LIMITS if os.environ.get(key)]
    return " ".join([name, f"({', '.join(flag for flag in FLAGS if flag in has)})", *withheld])


def torch_version() -> str:
    """Return the version of the installed torch, without importing it; "none" if there is none."""
    try:
        return version("torch")
    except PackageNotFoundError:
        return "none"


BUSY = 0.25  # cores kept busy by other processes above which a measurement is not final


TIE = 1.05  # bfloat16 takes half the memory, so float32 has to be faster by more than this factor


def _counted(threads: int) -> str:
    return "1 thread" if threads == 1 else f"{threads} threads"
