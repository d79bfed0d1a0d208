"""How much of the learned change a lossy form keeps: in direction (cosine) and in size (ratio of norms)."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from torch import Tensor

    from rusta.mind.export.learned import Factors


@dataclass
class Survival:
    """Sums over all learned layers: Δ is the change of the weights by training, Δ' what the form keeps of it."""

    dot: float = 0.0
    true: float = 0.0  # ‖Δ‖²
    left: float = 0.0  # ‖Δ'‖²
    apart: float = 0.0  # ‖Δ' - Δ‖²
    layers: dict[str, float] = field(default_factory=dict)  # cosine of each layer

    def add(self, layer: str, true: "Tensor", left: "Tensor") -> None:
        """Add one layer's Δ and Δ', (out, in)."""
        x, y = true.double().flatten(), left.double().flatten()
        dot, xx, yy = float(x @ y), float(x @ x), float(y @ y)
        self.dot, self.true, self.left = self.dot + dot, self.true + xx, self.left + yy
        self.apart += float((y - x).square().sum())
        self.layers[layer] = dot / max((xx * yy) ** 0.5, 1e-300)

    def add_plain(self, layer: str, factors: "Factors", weight: "Tensor", gain: "Tensor") -> None:
        """Add Δ' of B' = g ⊙ B alone, without the effect of g on the base."""
        left = factors.s * gain[:, None] * (factors.b @ factors.a)
        self.add(layer, (gain[:, None] - 1) * weight.float() + left, left)

    def as_dict(self) -> dict[str, Any]:
        """Return cosine and norm ratio over all layers, and the layer with the lowest cosine."""
        worst = min(self.layers, key=lambda layer: self.layers[layer], default="")
        return {
            "cosine": round(self.dot / max((self.true * self.left) ** 0.5, 1e-300), 4),
            "norm_ratio": round((self.left / max(self.true, 1e-300)) ** 0.5, 4),
            "error_over_change": round((self.apart / max(self.true, 1e-300)) ** 0.5, 4),
            "worst_layer": worst,
            "worst_cosine": round(self.layers.get(worst, 0.0), 4),
        }

    def words(self) -> str:
        """Return one sentence for the user who required the lossy form."""
        found = self.as_dict()
        return (
            f"Of the change, this much survived: cosine {found['cosine']}, size {found['norm_ratio']} of what it was, error "
            f"{found['error_over_change']} times the change (worst: {found['worst_layer']}, cosine {found['worst_cosine']})."
        )
