"""Check that all processes of a run hold the same adapter at its end, bit for bit."""

from typing import Any

from lightning import Callback, Trainer

from rusta.core.output import aside
from rusta.training import process_group


class ProcessAgreement(Callback):
    """Compares the adapters when training ends, before `Development` restores earlier weights.

    Raises `process_group.Parted` if they differ.
    """

    def on_train_end(self, trainer: Trainer, pl_module: Any) -> None:
        """Compare the adapters of all processes."""
        if trainer.world_size > 1:
            held = process_group.agreed(pl_module)
            aside(f"{trainer.world_size} processes learned the same: {held[:12]}.")
