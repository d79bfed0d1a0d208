"""The content of an adapter folder, layer by layer, and the gain by which it scales a base.

    diag(g)(W + s B A) = diag(g) W + s (diag(g) B) A,      g = m / ‖W + s B A‖_row      (DoRA, arXiv 2402.09353, eq. 5)

So a DoRA adapter equals a base whose rows are scaled by g, plus a plain LoRA with B' = g ⊙ B. The bias is not scaled: y
= bias + g ⊙ (W x + s B A x).

The adapter is read from its file and not from a loaded model, so exporting needs the memory of one layer only. Not
covered: per-layer ranks (`rank_pattern`), rank-stabilised scaling, trained biases, and modules saved whole.
"""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rusta.core.errors import RustaError
from rusta.mind.adapters import PROJECTIONS

if TYPE_CHECKING:
    from torch import Tensor

WEIGHTS = "adapter_model.safetensors"
CONFIG = "adapter_config.json"
PREFIX = "base_model.model."
ROWS = 1_048_576  # elements of W converted to fp32 at a time

# Settings that would change the formula above, with the value at which they do not.
PLAIN = {"rank_pattern": {}, "alpha_pattern": {}, "use_rslora": False, "bias": "none", "lora_bias": False,
         "modules_to_save": None, "fan_in_fan_out": False}  # fmt: skip


class NotExportable(RustaError):
    """An adapter folder is incomplete, damaged, or of a kind that cannot be exported."""


def digest(folder: Path) -> str:
    """Return a hash of an adapter's weights and settings. Raises `NotExportable`."""
    whole = hashlib.sha256()
    for name in (WEIGHTS, CONFIG):
        try:
            whole.update((folder / name).read_bytes())
        except OSError:
            raise NotExportable(f"{folder} is no adapter: {name} is missing.") from None
    return whole.hexdigest()


@dataclass(frozen=True)
class Factors:
    """One layer's A (r, in), B (out, r), magnitude (out,) or None for plain LoRA, and s = alpha / r. All fp32."""

    a: "Tensor"
    b: "Tensor"
    m: "Tensor | None"
    s: float

    def gain(self, weight: "Tensor") -> "Tensor":
        """Return g of every row of `weight` (out, in), fp32, (out,). Exactly 1 without magnitudes."""
        import torch

        if self.m is None:
            return torch.ones(self.b.shape[0])
        norms = [rows.double().square().sum(1).sqrt() for rows, _ in self._adapted(weight)]
        return (self.m.double() / torch.cat(norms).clamp_min(torch.finfo(torch.float32).tiny)).float()

    def merged(self, weight: "Tensor", gain: "Tensor") -> "Tensor":
        """Return g ⊙ (W + s B A), computed in fp32 by rows, rounded once to bf16; (out, in)."""
        import torch

        return torch.cat([(gain[at, None] * rows).bfloat16() for rows, at in self._adapted(weight)])

    def _adapted(self, weight: "Tensor") -> Any:
        """Yield W + s B A in fp32, a few rows at a time, with the slice of these rows."""
        step = max(1, ROWS // weight.shape[1])
        for start in range(0, len(weight), step):
            at = slice(start, start + step)
            yield weight[at].float().cpu() + self.s * (self.b[at] @ self.a), at


class LearnedAdapter:
    """An adapter folder, checked when it is opened. Layers are named as in the base: `model.layers.23.mlp.up_proj`."""

    def __init__(self, folder: Path) -> None:
        from safetensors import SafetensorError, safe_open

        self.folder = folder
        try:
            self.config: dict[str, Any] = json.loads((folder / CONFIG).read_text(encoding="utf-8"))
            self._file: Any = safe_open(folder / WEIGHTS, "pt")
            names = set(self._file.keys())
        except FileNotFoundError as error:
            raise NotExportable(f"{folder} is no adapter: {Path(error.filename or WEIGHTS).name} is missing.") from None
        except (OSError, ValueError, SafetensorError) as error:
            raise NotExportable(
                f"The adapter in {folder} is damaged ({error}). Raise it again, or take a copy."
            ) from None
        self.dora = bool(self.config.get("use_dora"))
        self.rank, self.alpha = int(self.config["r"]), float(self.config["lora_alpha"])
        odd = [key for key, value in PLAIN.items() if (self.config.get(key) or value) != value]
        if self.config.get("peft_type") != "LORA" or odd:
            raise NotExportable(
                f"The adapter in {folder} uses {', '.join(odd) or self.config.get('peft_type')}, which I cannot export. "
                "I export LoRA and DoRA of one rank, as I raise them."
            )
        parts = ["lora_A.weight", "lora_B.weight", *(["lora_magnitude_vector"] if self.dora else [])]
        self.layers = sorted({name.removeprefix(PREFIX).rpartition(".lora_")[0] for name in names})
        expected = {f"{PREFIX}{layer}.{part}" for layer in self.layers for part in parts}
        foreign = [layer for layer in self.layers if layer.rpartition(".")[2] not in PROJECTIONS]
        if names != expected or not names or foreign:
            wrong = sorted(names ^ expected)[:2] or foreign[:2] or ["nothing in it"]
            raise NotExportable(f"The adapter in {folder} is not whole, or not one of mine: {', '.join(wrong)}.")

    def factors(self, layer: str) -> Factors:
        """Return one layer's factors. Raises `NotExportable` for NaN, infinite values or inconsistent shapes."""
        a, b = (self._tensor(layer, f"lora_{part}.weight") for part in "AB")
        m = self._tensor(layer, "lora_magnitude_vector") if self.dora else None
        if a.shape[0] != self.rank or b.shape[1] != self.rank or (m is not None and m.shape != b.shape[:1]):
            raise NotExportable(f"{layer} in {self.folder} has shapes that do not belong together.")
        return Factors(a, b, m, self.alpha / self.rank)

    def _tensor(self, layer: str, part: str) -> "Tensor":
        found = self._file.get_tensor(f"{PREFIX}{layer}.{part}").float()
        if not found.isfinite().all():
            raise NotExportable(f"{layer}.{part} in {self.folder} holds numbers that are none (NaN or infinite).")
        return found
