"""Early stopping: held-out development pages are evaluated at intervals, and the best weights are kept."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from lightning import Callback, Trainer

from rusta.training import tensor_files
from rusta.training.callbacks.progress import part


class Development(Callback):
    """Evaluates the development pages `times` times along the run, and stops after `patience` evaluations without gain.

    The criterion is nats per token on development pages; the sealed pages are not used. At the end the model holds the
    weights of its best evaluation.
    """

    def __init__(
        self,
        times: int,  # readings of the development pages in a run
        patience: int,  # readings without gain, after which it stops
    ) -> None:
        self.times, self.patience = times, patience
        self.best, self.best_step, self.since = float("inf"), 0, 0
        self.read: Callable[[Any], float] | None = None  # set by the run: nats per token under the model

    def on_train_batch_end(self, trainer: Trainer, pl_module: Any, outputs: Any, batch: Any, batch_idx: int) -> None:
        """Evaluate the pages when it is time."""
        step = trainer.global_step
        if self.read is None or (batch_idx + 1) % trainer.accumulate_grad_batches or step not in self._moments(trainer):
            return
        dev = 0.0
        if trainer.is_global_zero:  # the others wait for the result
            pl_module.eval()
            with part(trainer, "the development pages"):
                dev = self.read(pl_module.model)
            pl_module.train()
        dev = trainer.strategy.broadcast(dev)
        pl_module.log_dict({"dev": dev, "dev_step": float(step)}, batch_size=1)
        trainer.callback_metrics.update(dev=torch.tensor(dev), dev_step=torch.tensor(step))
        if dev < self.best:
            self.best, self.best_step, self.since = dev, step, 0
            if trainer.is_global_zero:
                tensor_files.save(_learned(pl_module.model), self._path(trainer))
        else:
            self.since += 1
            trainer.should_stop = self.since >= self.patience

    def on_train_end(self, trainer: Trainer, pl_module: Any) -> None:
        """Restore the weights of the best evaluation, if there was one and it was not the last."""
        if self.best_step and self.best_step != trainer.global_step and trainer.is_global_zero:
            pl_module.model.load_state_dict(torch.load(self._path(trainer), weights_only=True), strict=False)

    # A run that was killed after its last step is resumed without training: then only on_fit_end is called.
    on_fit_end = on_train_end

    def state_dict(self) -> dict[str, Any]:
        """Return the best evaluation so far; its weights are in a file of their own, not in the checkpoint."""
        return {"best": self.best, "best_step": self.best_step, "since": self.since}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Restore the best evaluation so far."""
        self.best, self.best_step, self.since = state_dict["best"], state_dict["best_step"], state_dict["since"]

    def _moments(self, trainer: Trainer) -> set[int]:
        return {round(trainer.max_steps * n / self.times) for n in range(1, self.times + 1)}

    @staticmethod
    def _path(trainer: Trainer) -> Path:
        return Path(trainer.default_root_dir) / "checkpoints" / "best.pt"


def _learned(model: Any) -> dict[str, torch.Tensor]:
    return {name: p.detach().cpu() for name, p in model.named_parameters() if p.requires_grad}
