"""Lightning's Trainer with settings for the prefix cache, recomputation and DDP."""

from typing import Any

import lightning
from lightning.fabric.utilities.exceptions import MisconfigurationException
from lightning.pytorch.strategies import DDPStrategy

from rusta.core.errors import ConfigError
from rusta.training.budget.memory_request import spelled
from rusta.training.tensor_files import Whole


class Trainer(lightning.Trainer):
    """Lightning's Trainer, with settings for the frozen blocks and the activations.

    Args:
        prefix_cache: "disk" stores the states that enter the first adapted block, page by page, and reads them instead
            of computing them again (`prefix_cache.py`); "none" computes them.
        prefix_cache_gb: limit of the disk space of all these caches together.
        recompute: whether the adapted blocks' activations are kept or recomputed in the backward pass: "auto" keeps
            those of as many blocks as fit according to the plan.
        strategy: "ddp", or "auto", which is the same if there are several `devices`. A four-bit base fits on each GPU,
            and sharding it is wrong today (bitsandbytes 1945) and slower.

    Raises:
        ConfigError: on a value that is not allowed, and on devices that do not exist.
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
        # Gradients are views of DDP's buckets: a copy of them would be as large as the adapter.
        found = DDPStrategy(gradient_as_bucket_view=True) if several else strategy
        try:
            super().__init__(strategy=found, plugins=[Whole()], **lightnings)
        except (MisconfigurationException, TypeError, ValueError) as error:  # any of the three for settings
            said = ", ".join(
                f"trainer.{key}={lightnings[key]}"
                for key in ("accelerator", "devices", "precision")
                if key in lightnings
            )
            raise ConfigError(f"{said}: {error}") from None
        self.prefix_cache, self.prefix_cache_gb, self.recompute = prefix_cache, prefix_cache_gb, recompute

    def take(self, steps: int) -> None:
        """Set the number of steps. It is known only now, because it depends on the Trainer's number of processes."""
        self.fit_loop.epoch_loop.max_steps = steps
