"""The processes of a run hold the same adapter at its end, bit for bit, or nothing of it is kept."""

from typing import Any

from lightning import Callback, Trainer

from rusta.core.output import aside
from rusta.training import process_group


class ProcessAgreement(Callback):
    """Asked when training ends, before anything goes back to an earlier reading. Raises `ranks.Parted`."""

    def on_train_end(self, trainer: Trainer, pl_module: Any) -> None:
        """Compare."""
        if trainer.world_size > 1:
            held = process_group.agreed(pl_module)
            aside(f"{trainer.world_size} processes learned the same: {held[:12]}.")
