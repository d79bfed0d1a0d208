"""The frozen base as it was in training: read tensor by tensor from safetensors, quantised to NF4 if it was."""

import json
from collections.abc import Iterator
from math import prod
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rusta.core.errors import RustaError
from rusta.mind.adapters import PROJECTIONS
from rusta.mind.quantization import NF4, Unquantised

if TYPE_CHECKING:
    from torch import Tensor

INDEX = "model.safetensors.index.json"


class NotFoldable(RustaError):
    """The requested form cannot represent a layer, or the quantisation of the base."""


class Held:
    """A base, given by its folder and quantisation. One tensor is in memory at a time.

    Four-bit codes are computed again with the kernel of this machine's device, as in loading the model.
    """

    def __init__(self, folder: Path, quantization: NF4 | Unquantised) -> None:
        from rusta.mind.device import device

        self.folder, self.quantization = folder, quantization
        self.device = device()
        self.config: dict[str, Any] = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        self._in = self._files()

    def __iter__(self) -> Iterator[str]:
        """Iterate over the names of all tensors, in the order of the files."""
        return iter(self._in)

    def __len__(self) -> int:
        return len(self._in)

    @property
    def files(self) -> list[Path]:
        """The safetensors files, each once."""
        return sorted(set(self._in.values()))

    def __contains__(self, name: str) -> bool:
        return name in self._in

    def bytes(self, layer_weight: float, other: float) -> int:
        """Return the bytes of the whole model, at these bytes per number in quantisable layers and elsewhere."""
        from safetensors import safe_open

        total = 0.0
        for path in self.files:
            with safe_open(path, "pt") as file:
                for name in file.keys():  # noqa: SIM118  no mapping
                    count = prod(file.get_slice(name).get_shape())
                    total += count * (layer_weight if layer_of(name) else other)
        return int(total)

    def stored(self, name: str) -> "Tensor":
        """Return a tensor as stored in the folder."""
        from safetensors import safe_open

        with safe_open(self._in[name], "pt") as file:
            return file.get_tensor(name)

    def matrix(self, layer: str) -> "Tensor":
        """Return the weight that training multiplied by, bf16, (out, in)."""
        from bitsandbytes.functional import dequantize_4bit

        if not isinstance(self.quantization, NF4):
            return self.stored(f"{layer}.weight").bfloat16()
        codes, state = self.packed(self.stored(f"{layer}.weight"))
        return dequantize_4bit(codes, state).bfloat16().cpu()

    def packed(self, weight: "Tensor") -> tuple["Tensor", Any]:
        """Return the four-bit codes of a bf16 matrix and their state, by the settings of this quantisation."""
        from bitsandbytes.functional import quantize_4bit

        assert isinstance(self.quantization, NF4)
        return quantize_4bit(
            weight.bfloat16().to(self.device), quant_type="nf4", compress_statistics=self.quantization.double_quant
        )

    def _files(self) -> dict[str, Path]:
        from safetensors import SafetensorError, safe_open

        index = self.folder / INDEX
        try:
            if index.is_file():
                table = json.loads(index.read_text(encoding="utf-8"))["weight_map"]
                return {name: self.folder / file for name, file in table.items()}
            path = self.folder / "model.safetensors"
            with safe_open(path, "pt") as file:
                return dict.fromkeys(file.keys(), path)
        except (OSError, ValueError, KeyError, SafetensorError) as error:
            raise NotFoldable(f"The weights in {self.folder} cannot be read ({error}).") from None


def layer_of(name: str) -> str | None:
    """Return the layer whose matrix this tensor is, or None if it is not one that can be quantised or adapted."""
    layer, _, part = name.rpartition(".")
    return layer if part == "weight" and layer.rpartition(".")[2] in PROJECTIONS else None
