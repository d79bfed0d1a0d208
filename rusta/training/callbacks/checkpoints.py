"""Checkpoints at regular steps: trained parameters, optimizer state, position in the page stream. Never the base."""

import signal
import threading
from pathlib import Path
from types import FrameType
from typing import Any

from lightning import LightningModule, Trainer
from lightning.pytorch.callbacks import ModelCheckpoint

from rusta.core.output import aside
from rusta.training import process_group, tensor_files


class Checkpoints(ModelCheckpoint):
    """Lightning's own checkpoints, in the run's folder, written atomically; the newest two are kept.

    One is also saved on Ctrl-C or SIGTERM. Only complete steps are saved, so Ctrl-C waits for the end of the current
    step: between two micro-batches the gradient of the first is in no checkpoint, and in the middle of the optimizer
    only half of the weights have changed. A second Ctrl-C, and any error, stops at once and saves nothing; the previous
    checkpoint stays valid. All processes of a run stop after the same step. SIGTERM is handled likewise, since
    Lightning would exit with status 0 and save nothing.

    A run may be resumed with another number of processes, as long as a step reads as many batches.
    """

    def __init__(
        self,
        every: int,  # steps from one checkpoint to the next
    ) -> None:
        super().__init__(
            filename="step-{step:06d}",
            auto_insert_metric_name=False,
            every_n_train_steps=every,
            save_top_k=2,
            monitor="step",
            mode="max",
            save_on_exception=True,
            enable_version_counter=False,
        )
        self.whole = False
        self.leaving: int | None = None  # the signal that asked to stop
        self.before: dict[int, Any] = {}  # the signal handlers before the run

    def setup(self, trainer: Trainer, pl_module: LightningModule, stage: str) -> None:
        """Use the run's folder, which a resumed run shares with the interrupted one."""
        self.dirpath = str(Path(trainer.default_root_dir) / "checkpoints")
        if trainer.is_global_zero:
            Path(self.dirpath).mkdir(parents=True, exist_ok=True)
            tensor_files.tidy(Path(self.dirpath))
        super().setup(trainer, pl_module, stage)

    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Handle Ctrl-C and SIGTERM here from now on."""
        super().on_train_start(trainer, pl_module)
        if threading.current_thread() is threading.main_thread():
            self.before = {number: signal.signal(number, self._leave) for number in (signal.SIGINT, signal.SIGTERM)}

    def on_train_batch_end(
        self, trainer: Trainer, pl_module: LightningModule, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        """Save at the configured interval; after a complete step, stop if that was requested."""
        super().on_train_batch_end(trainer, pl_module, outputs, batch, batch_idx)
        if (batch_idx + 1) % trainer.accumulate_grad_batches:
            return
        if process_group.any_of(self.leaving is not None, trainer.strategy.root_device):
            self.whole = True
            raise KeyboardInterrupt

    def on_train_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Restore the signal handlers."""
        super().on_train_end(trainer, pl_module)
        self._restore()

    def on_exception(self, trainer: Trainer, pl_module: LightningModule, exception: BaseException) -> None:
        """Save, but only after a complete step."""
        if self.whole:
            super().on_exception(trainer, pl_module, exception)
        if not isinstance(exception, KeyboardInterrupt):  # after Ctrl-C Lightning lets nothing interrupt its shutdown
            self._restore()

    def on_load_checkpoint(self, trainer: Trainer, pl_module: LightningModule, checkpoint: dict[str, Any]) -> None:
        """Set the batch counts to those of this number of processes: with two, each has counted half."""
        progress = checkpoint["loops"]["fit_loop"]["epoch_loop.batch_progress"]
        for counts in (progress["total"], progress["current"]):
            counts.update(dict.fromkeys(counts, checkpoint["global_step"] * trainer.accumulate_grad_batches))

    def state_dict(self) -> dict[str, Any]:
        """Return nothing: the folder shows which checkpoints there are."""
        return {}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Do nothing: there is no state to load."""

    def _leave(self, number: int, frame: FrameType | None) -> None:
        if self.leaving is not None:
            raise KeyboardInterrupt
        self.leaving = number
        aside("\nI finish this step and save it. Ctrl-C again stops at once, without saving.")

    def _restore(self) -> None:
        for number, before in self.before.items():
            signal.signal(number, before)
        self.before = {}
