"""Lightning's Trainer, and the two things about running a phase that Lightning does not know."""

from typing import Any

import lightning
from lightning.fabric.utilities.exceptions import MisconfigurationException
from lightning.pytorch.strategies import DDPStrategy

from rusta.core.errors import ConfigError
from rusta.training.budget.memory_request import spelled
from rusta.training.tensor_files import Whole


class Trainer(lightning.Trainer):
    """Takes what Lightning takes, and says how the frozen blocks and the activations are treated.

    Args:
        prefix_cache: "disk" keeps what enters the first adapted block, page by page, and reads it again instead of
            computing it anew (`prefix.py`); "none" computes.
        prefix_cache_gb: how much of the disk all of these may take together.
        recompute: whether the adapted blocks' activations are kept or computed again in the backward pass: "auto" keeps
            those of as many blocks as the plan says will fit.
        strategy: "ddp", or "auto", which is the same where `devices` are several. A four-bit base fits each card, and to
            shard it is wrong today (bitsandbytes 1945) and slower.

    Raises:
        ConfigError: on a word that is none of these, and on devices that are not there.
    """

    def __init__(
        self,
        prefix_cache: str,  # disk keeps what enters the first adapted block, and later passes start there
        prefix_cache_gb: float,  # of disk that the cache may take
        recompute: str,  # activations of adapted blocks: auto by the plan, always, never
        strategy: str,  # ddp is the same where devices are several
        **lightnings: Any,
    ) -> None:
        spelled({"prefix_cache": prefix_cache, "recompute": recompute, "strategy": strategy})
        if not isinstance(prefix_cache_gb, int | float) or not prefix_cache_gb > 0:
            raise ConfigError(f"trainer.prefix_cache_gb={prefix_cache_gb}: a number of GB above zero.")
        devices = lightnings.get("devices")
        several = strategy == "ddp" or (isinstance(devices, int) and devices > 1)
        # The gradients lie in what is sent: a copy of them would be as large as the adapter.
        found = DDPStrategy(gradient_as_bucket_view=True) if several else strategy
        try:
            super().__init__(strategy=found, plugins=[Whole()], **lightnings)
        except (MisconfigurationException, TypeError, ValueError) as error:  # it has all three for settings
            said = ", ".join(
                f"trainer.{key}={lightnings[key]}"
                for key in ("accelerator", "devices", "precision")
                if key in lightnings
            )
            raise ConfigError(f"{said}: {error}") from None
        self.prefix_cache, self.prefix_cache_gb, self.recompute = prefix_cache, prefix_cache_gb, recompute

    def take(self, steps: int) -> None:
        """So many steps: known only after the Trainer, because how many processes share one is the Trainer's to say."""
        self.fit_loop.epoch_loop.max_steps = steps
