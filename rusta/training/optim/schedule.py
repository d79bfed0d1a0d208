"""Learning rate schedules: a linear warm-up, then a cosine decay or a constant rate."""

import math
from dataclasses import dataclass

from rusta.core.errors import ConfigError


@dataclass(frozen=True)
class Cosine:
    """A linear warm-up over the share `warmup` of all steps, then half a cosine down to the factor `floor`."""

    warmup: float = 0.05  # share of the steps in which the rate rises
    floor: float = 0.1  # share of the rate at the end

    def __post_init__(self) -> None:
        _shares(warmup=self.warmup, floor=self.floor)

    def factor(self, step: int, steps: int) -> float:
        """Return the factor of the learning rate in step `step` (from 0) of `steps`."""
        rising = max(1, round(self.warmup * steps))
        if step < rising:
            return (step + 1) / rising
        along = min(1.0, (step - rising) / max(1, steps - rising))
        return self.floor + (1 - self.floor) * 0.5 * (1 + math.cos(math.pi * along))


@dataclass(frozen=True)
class Constant:
    """A linear warm-up over the share `warmup` of all steps, then a constant rate."""

    warmup: float = 0.05  # share of the steps in which the rate rises

    def __post_init__(self) -> None:
        _shares(warmup=self.warmup)

    def factor(self, step: int, steps: int) -> float:
        """Return the factor of the learning rate in step `step` (from 0) of `steps`."""
        return min(1.0, (step + 1) / max(1, round(self.warmup * steps)))


def _shares(**said: float) -> None:
    for name, share in said.items():
        if not 0 <= share <= 1:
            raise ConfigError(f"scheduler.{name}={share}: a share from 0 to 1.")
