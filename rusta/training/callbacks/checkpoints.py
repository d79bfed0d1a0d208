"""A checkpoint every so many steps: what is learned, the optimizer, the place in the stream. Never the base."""

from pathlib import Path
from typing import Any

from lightning import LightningModule, Trainer
from lightning.pytorch.callbacks import ModelCheckpoint


class Checkpoints(ModelCheckpoint):
    """Lightning's own, in the run's folder, atomically written, the newest two kept, and one on Ctrl-C."""

    def __init__(self, every: int = 500) -> None:
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

    def setup(self, trainer: Trainer, pl_module: LightningModule, stage: str) -> None:
        """The folder is the run's, which a resumed run shares with the one it goes on with."""
        self.dirpath = str(Path(trainer.default_root_dir) / "checkpoints")
        Path(self.dirpath).mkdir(parents=True, exist_ok=True)
        super().setup(trainer, pl_module, stage)

    def state_dict(self) -> dict[str, Any]:
        """Nothing: the folder says which checkpoints there are."""
        return {}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """There is nothing to load."""
