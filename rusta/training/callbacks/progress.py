"""Progress on stderr: a bar with the name of the current activity in a terminal, occasional lines in a log."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from lightning import Callback, Trainer

from rusta.core.errors import ConfigError
from rusta.core.output import Bar, aside, aside_on_terminal


class Progress(Callback):
    """A Rich bar where stderr is a terminal; otherwise a plain line every `every` steps."""

    def __init__(
        self,
        name: str,
        every: int = 5,  # steps from one line to the next, where stderr is no terminal
    ) -> None:
        if every < 1:
            raise ConfigError(f"callbacks.progress.every={every}: at least one step.")
        self.name, self.every = name, every
        self.bar: Bar | None = None
        self.began, self.began_read = 0.0, 0

    def on_train_start(self, trainer: Trainer, pl_module: Any) -> None:
        """Show the bar."""
        self.began, self.began_read = time.monotonic(), pl_module.read
        if aside_on_terminal() and trainer.is_global_zero:
            self.bar = Bar(f"{self.name} · reading", trainer.max_steps, trainer.global_step)
            self.bar.start()

    def on_train_batch_end(self, trainer: Trainer, pl_module: Any, outputs: Any, batch: Any, batch_idx: int) -> None:
        """Update the bar, or print a line."""
        if (batch_idx + 1) % trainer.accumulate_grad_batches:
            return
        speed = (pl_module.read - self.began_read) / (time.monotonic() - self.began)
        loss = float(trainer.callback_metrics["loss"])
        words = f"{loss:.2f} nats a token · {speed:.0f} tokens/s"
        if self.bar:
            self.bar.moved(trainer.global_step, words)
        elif trainer.global_step % self.every == 0 or trainer.global_step == trainer.max_steps:
            aside(f"{self.name}: step {trainer.global_step} of {trainer.max_steps} · {words}")

    def on_train_end(self, trainer: Trainer, pl_module: Any) -> None:
        """Remove the bar."""
        self._down()

    def on_exception(self, trainer: Trainer, pl_module: Any, exception: BaseException) -> None:
        """Remove the bar before the error is printed."""
        self._down()

    @contextmanager
    def part(self, what: str) -> Iterator[None]:
        """Show the name of an activity that is not a training step; the bar's clock continues."""
        if not self.bar:
            aside(f"{self.name}: {what}")
            yield
            return
        self.bar.named(f"{self.name} · {what}")
        try:
            yield
        finally:
            if self.bar:
                self.bar.named(f"{self.name} · reading")

    def _down(self) -> None:
        if self.bar:
            self.bar.stop()
            self.bar = None


@contextmanager
def part(trainer: Trainer, what: str) -> Iterator[None]:
    """Name an activity that is not a training step, if the trainer has a `Progress` callback."""
    shown = next((callback for callback in vars(trainer).get("callbacks", ()) if isinstance(callback, Progress)), None)
    if shown is None or not trainer.is_global_zero:
        yield
        return
    with shown.part(what):
        yield
