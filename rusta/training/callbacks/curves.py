"""Files with the course of training: metrics.csv with a row per step, and a plot of loss and learning rate."""

import csv
import time
from pathlib import Path
from typing import Any

from lightning import Callback, LightningModule, Trainer

COLUMNS = ("step", "loss", "lr", "tokens", "seconds", "dev")


class Curves(Callback):
    """Writes metrics.csv, one flushed row per step, with the tokens of all processes.

    A resumed run drops the rows after its checkpoint.
    """

    def __init__(self) -> None:
        self.losses: list[float] = []
        self.began = 0.0

    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Drop the rows after the step at which this run starts."""
        if not trainer.is_global_zero:
            return
        kept = [row for row in read(Path(trainer.default_root_dir)) if int(row["step"]) <= trainer.global_step]
        before = float(kept[-1]["seconds"]) if kept else 0.0
        self.began = time.monotonic() - before
        with _path(trainer).open("w", newline="") as out:
            writer = csv.DictWriter(out, COLUMNS)
            writer.writeheader()
            writer.writerows(kept)

    def on_train_batch_end(self, trainer: Trainer, pl_module: Any, outputs: Any, batch: Any, batch_idx: int) -> None:
        """Collect the micro-batch; at an optimizer step, write the row."""
        if not trainer.is_global_zero:
            return
        self.losses.append(float(trainer.callback_metrics["loss"]))
        if (batch_idx + 1) % trainer.accumulate_grad_batches:
            return
        rate = trainer.optimizers[0].param_groups[0]["lr"]
        dev = (
            trainer.callback_metrics.get("dev")
            if trainer.callback_metrics.get("dev_step") == trainer.global_step
            else None
        )
        row = {
            "step": trainer.global_step,
            "loss": f"{sum(self.losses) / len(self.losses):.5f}",
            "lr": f"{rate:.3e}",
            "tokens": pl_module.read,
            "seconds": f"{time.monotonic() - self.began:.1f}",
            "dev": "" if dev is None else f"{float(dev):.5f}",
        }
        self.losses.clear()
        with _path(trainer).open("a", newline="") as out:
            csv.DictWriter(out, COLUMNS).writerow(row)

    def on_train_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Draw the plot."""
        if trainer.is_global_zero:
            draw(Path(trainer.default_root_dir))


def read(run: Path) -> list[dict[str, str]]:
    """Return the rows of a run; none if it has not begun. An incomplete row, from a crash, is left out."""
    path = run / "metrics.csv"
    if not path.is_file():
        return []
    with path.open(newline="") as file:
        return [row for row in csv.DictReader(file) if all(row.get(name) for name in COLUMNS[:5])]


def draw(run: Path) -> None:
    """Write curves.png: loss (of steps, and of development pages where measured) above the learning rate."""
    rows = read(run)
    if not rows:
        return
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    steps = [int(row["step"]) for row in rows]
    figure = Figure(figsize=(9, 5), layout="constrained")
    FigureCanvasAgg(figure)
    upper, lower = figure.subplots(2, 1, sharex=True, height_ratios=[3, 1])
    upper.plot(steps, [float(row["loss"]) for row in rows], color="#b7410e", linewidth=1.2, label="her pages, as read")
    measured = [(int(row["step"]), float(row["dev"])) for row in rows if row["dev"]]
    if measured:
        upper.plot(*zip(*measured, strict=True), "o-", color="#2b2b2b", markersize=4, label="development pages")
    upper.set_ylabel("nats per token")
    upper.legend(frameon=False)
    lower.plot(steps, [float(row["lr"]) for row in rows], color="#6b6b6b")
    lower.set_ylabel("learning rate")
    lower.set_xlabel("step")
    for axes in (upper, lower):
        axes.spines[["top", "right"]].set_visible(False)
        axes.grid(alpha=0.2)
    figure.savefig(run / "curves.png", dpi=120)


def _path(trainer: Trainer) -> Path:
    return Path(trainer.default_root_dir) / "metrics.csv"
