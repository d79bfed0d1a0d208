"""The input of an export: the base as it was in training, and the adapter. Needs no torch."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor

    from rusta.mind.export.held import Held
    from rusta.mind.export.learned import LearnedAdapter
    from rusta.mind.export.survival import Survival


Told = Callable[[int, int], None]


@dataclass
class ExportSource:
    """The input of an export: the base as it was in training, the adapter, and the GGUF if there is one."""

    held: "Held"
    learned: "LearnedAdapter"
    gguf: Path | None
    told: Told = lambda *_: None
    survived: "Survival | None" = field(default=None)  # set by forms that lose something

    def gains(self) -> "dict[str, Tensor]":
        """Return g of every learned layer on the weights it was learned on, fp32."""
        found = {}
        for n, layer in enumerate(self.learned.layers, 1):
            found[layer] = self.learned.factors(layer).gain(self.held.matrix(layer))
            self.told(n, len(self.learned.layers))
        return found
