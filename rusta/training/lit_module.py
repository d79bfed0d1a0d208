"""The LightningModule of training: the loss, one optimizer, one schedule."""

import math
from collections.abc import Callable, Sequence
from typing import Any, NoReturn, Self

import lightning
import torch
from torch import Tensor
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LambdaLR

from rusta.mind.forward import Remembered, hidden_states
from rusta.mind.loss import summed_nats
from rusta.mind.packing import Pack
from rusta.training import process_group
from rusta.training.optim.schedule import Constant, Cosine


class WentWrong(process_group.Shared):
    """A loss or a gradient is not finite."""


class LitPhase(lightning.LightningModule):
    """An adapted model in training. It knows nothing of data, files or phases.

    Checkpoints hold the trained parameters only: the base is named in the run card, not copied.
    """

    def __init__(
        self,
        model: Any,
        optimizer: Callable[..., Optimizer],
        schedule: Cosine | Constant,
        steps: int,
        prefix: Remembered | None = None,
        recompute: int = 0,
    ) -> None:
        super().__init__()
        self.strict_loading = False  # the frozen base is not in a checkpoint
        self.model = model
        self.optimizer, self.schedule, self.steps = optimizer, schedule, steps
        self.prefix, self.recompute = prefix, recompute
        self.read = 0  # tokens, of all processes
        self.pages: list[str] = []  # names of the pages that this process read in the current step
        # The base is frozen and the same in every process: DDP only has to synchronise the trained parameters.
        self._ddp_params_and_buffers_to_ignore = [
            *(name for name, p in self.named_parameters() if not p.requires_grad),
            *(name for name, _ in self.named_buffers()),
        ]

    def training_step(self, batch: Pack, n: int) -> Tensor:
        """Return the mean nats per token that carries loss in this batch."""
        hidden, head = hidden_states(self.model, batch, self.prefix, self.recompute)
        total, count = summed_nats(hidden, head, batch.targets)
        loss = total / count.clamp_min(1)
        self.pages += batch.names
        told = torch.stack([loss.detach().double(), torch.tensor(batch.ids.numel(), device=loss.device).double()])
        mean, read = process_group.sum_over_processes(told).tolist()
        if not math.isfinite(mean):
            self._stop(f"The loss of batch {n}", loss.item(), batch.names)
        self.read += int(read)
        self.log("loss", mean / self.trainer.world_size, prog_bar=True, batch_size=1)
        return loss

    def on_before_optimizer_step(self, optimizer: Optimizer) -> None:
        """Stop at a gradient that is not finite, before it makes the weights and a checkpoint so."""
        slopes = [p.grad for p in self.model.parameters() if p.grad is not None]
        norm = torch.stack(torch._foreach_norm(slopes)).norm().item()
        if not math.isfinite(norm):
            self._stop("The gradient", norm, self.pages)
        self.pages = []

    def _stop(self, what: str, value: float, pages: Sequence[str]) -> NoReturn:
        """Raise the same error in every process, with the pages of the processes that saw the value."""
        seen = [found for found in process_group.gathered((value, tuple(pages))) if not math.isfinite(found[0])]
        named = ", ".join(dict.fromkeys(name for _, names in seen for name in names))
        raise WentWrong(
            f"{what} in step {self.trainer.global_step + 1} is {seen[0][0]}. It read: {named or 'pages without a name'}. I "
            "stopped, and kept the last checkpoint. Begin anew with a smaller step (optimizer.lr=...), or without the page; "
            "resume=last would come to the same."
        )

    def configure_optimizers(self) -> Any:
        """Put matrices and vectors in a group each; the schedule is given the number of steps."""
        learned = [p for p in self.model.parameters() if p.requires_grad]
        groups = [
            {"params": [p for p in learned if p.ndim == 2]},
            {"params": [p for p in learned if p.ndim != 2]},
        ]
        optimizer = self.optimizer([group for group in groups if group["params"]])
        schedule = LambdaLR(optimizer, lambda step: self.schedule.factor(step, self.steps))
        return {"optimizer": optimizer, "lr_scheduler": {"scheduler": schedule, "interval": "step"}}

    def transfer_batch_to_device(self, batch: Pack, device: torch.device, dataloader_idx: int) -> Pack:
        """Move a pack to the device."""
        return batch.to(device)

    def cpu(self) -> Self:
        """Stay on the device: Lightning would move the model to RAM at the end, where a four-bit base is useless."""
        return self

    def state_dict(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """Return the trained parameters only."""
        learned = {name for name, p in self.named_parameters() if p.requires_grad}
        return {name: value for name, value in super().state_dict(*args, **kwargs).items() if name in learned}

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Save how many tokens were read."""
        checkpoint["read"] = self.read

    def on_load_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Restore how many tokens were read."""
        self.read = checkpoint["read"]
