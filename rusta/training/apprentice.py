"""The part of training that Lightning drives: a loss on her words, one optimizer, one schedule."""

from collections.abc import Callable
from typing import Any

import lightning
import torch
from torch import Tensor
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LambdaLR

from rusta.errors import RustaError
from rusta.training.forward import Remembered, hidden_states
from rusta.training.loss import summed_nats
from rusta.training.packing import Pack
from rusta.training.schedule import Constant, Cosine


class WentWrong(RustaError):
    """The loss is not a number any more."""


class Apprentice(lightning.LightningModule):
    """An adapted model that learns. Knows nothing of data, files or phases.

    Checkpoints hold what is learned and nothing else: the base is named in the run card, not copied.
    """

    def __init__(
        self,
        model: Any,
        optimizer: Callable[..., Optimizer],
        schedule: Cosine | Constant,
        steps: int,
        prefix: Remembered | None = None,
        recompute: bool = False,
    ) -> None:
        super().__init__()
        self.strict_loading = False  # the frozen base is not in a checkpoint
        self.model = model
        self.optimizer, self.schedule, self.steps = optimizer, schedule, steps
        self.prefix, self.recompute = prefix, recompute
        self.read = 0  # tokens

    def training_step(self, batch: Pack, n: int) -> Tensor:
        """Mean nats per token that carries loss in this batch."""
        hidden, head = hidden_states(self.model, batch, self.prefix, self.recompute)
        total, count = summed_nats(hidden, head, batch.targets)
        loss = total / count.clamp_min(1)
        if not torch.isfinite(loss):
            raise WentWrong(
                f"The loss of batch {n} is {loss.item()}. I stopped. Begin anew with a smaller step "
                "(optimizer.lr=...); resume=last would come to the same."
            )
        self.read += batch.ids.numel()
        self.log("loss", loss, prog_bar=True, batch_size=1)
        return loss

    def configure_optimizers(self) -> Any:
        """Matrices and vectors in a group each; the schedule is told how many steps there are, and never guesses."""
        learned = [p for p in self.model.parameters() if p.requires_grad]
        groups = [
            {"params": [p for p in learned if p.ndim == 2]},
            {"params": [p for p in learned if p.ndim != 2]},
        ]
        optimizer = self.optimizer([group for group in groups if group["params"]])
        schedule = LambdaLR(optimizer, lambda step: self.schedule.factor(step, self.steps))
        return {"optimizer": optimizer, "lr_scheduler": {"scheduler": schedule, "interval": "step"}}

    def transfer_batch_to_device(self, batch: Pack, device: torch.device, dataloader_idx: int) -> Pack:
        """Packs know how to move."""
        return batch.to(device)

    def state_dict(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """Only what is learned."""
        learned = {name for name, p in self.named_parameters() if p.requires_grad}
        return {name: value for name, value in super().state_dict(*args, **kwargs).items() if name in learned}

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """How much was read."""
        checkpoint["read"] = self.read

    def on_load_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Go on counting from there."""
        self.read = checkpoint["read"]
