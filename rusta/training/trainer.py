"""Lightning's Trainer, and the two things about running a phase that Lightning does not know."""

from typing import Any

import lightning

from rusta.errors import ConfigError

PREFIX_CACHE = ("none", "disk")
RECOMPUTE = ("auto", "always", "never")


class Trainer(lightning.Trainer):
    """Takes what Lightning takes, and says how the frozen blocks and the activations are treated.

    Args:
        prefix_cache: "disk" keeps what enters the first adapted block, page by page, and reads it again instead of
            computing it anew (`prefix.py`); "none" computes.
        prefix_cache_gb: how much of the disk all of these may take together.
        recompute: whether the adapted blocks' activations are kept or computed again in the backward pass: "auto" keeps
            them where the plan says that they fit.

    Raises:
        ConfigError: on a word that is none of these.
    """

    def __init__(
        self, prefix_cache: str = "none", prefix_cache_gb: float = 50.0, recompute: str = "auto", **lightnings: Any
    ) -> None:
        if prefix_cache not in PREFIX_CACHE:
            raise ConfigError(f"trainer.prefix_cache={prefix_cache}: there are {', '.join(PREFIX_CACHE)}.")
        if recompute not in RECOMPUTE:
            raise ConfigError(f"trainer.recompute={recompute}: there are {', '.join(RECOMPUTE)}.")
        super().__init__(**lightnings)
        self.prefix_cache, self.prefix_cache_gb, self.recompute = prefix_cache, prefix_cache_gb, recompute
