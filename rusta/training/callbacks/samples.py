"""Sample answers of the model in training, at regular steps, as Markdown."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from lightning import Callback, Trainer

from rusta.core.errors import ConfigError
from rusta.training.callbacks.progress import part

PROMPTS = (
    "Why does E0382 exist? Two sentences.",
    "My function takes `&Vec<String>` and clippy complains. Does it matter?",
    "Can you rewrite our deploy script in Python?",
)


class Samples(Callback):
    """Answers to `prompts` in `samples/step-000000.md`, before the first step, every `every` steps, and at the end."""

    def __init__(
        self,
        every: int,  # steps from one sample to the next
        tokens: int,  # of an answer at most
        prompts: tuple[str, ...] | list[str] = PROMPTS,  # what is asked
    ) -> None:
        if every < 1 or tokens < 1:
            raise ConfigError(
                f"callbacks.samples.every={every}, tokens={tokens}: at least one. For no samples: ~callbacks.samples"
            )
        self.every, self.tokens, self.prompts = every, tokens, prompts
        self.answer: Callable[[Any, Sequence[str], int], list[str]] | None = None  # set by the run: greedy answers
        self.taken: set[int] = set()

    def on_train_start(self, trainer: Trainer, pl_module: Any) -> None:
        """Sample before the first step."""
        if trainer.global_step == 0:
            self._take(trainer, pl_module)

    def on_train_batch_end(self, trainer: Trainer, pl_module: Any, outputs: Any, batch: Any, batch_idx: int) -> None:
        """Sample at the configured interval."""
        if trainer.global_step and trainer.global_step % self.every == 0:
            self._take(trainer, pl_module)

    def on_train_end(self, trainer: Trainer, pl_module: Any) -> None:
        """Sample at the end."""
        self._take(trainer, pl_module)

    def _take(self, trainer: Trainer, pl_module: Any) -> None:
        if self.answer is None or trainer.global_step in self.taken or not trainer.is_global_zero:
            return
        self.taken.add(trainer.global_step)
        pl_module.eval()
        with part(trainer, f"samples of what is said at step {trainer.global_step}"):
            answers = self.answer(pl_module.model, self.prompts, self.tokens)
        said = [f"## {prompt}\n\n{answer}\n" for prompt, answer in zip(self.prompts, answers, strict=True)]
        pl_module.train()
        folder = Path(trainer.default_root_dir) / "samples"
        folder.mkdir(exist_ok=True)
        title = f"# Step {trainer.global_step}\n\nGreedy, at most {self.tokens} tokens.\n\n"
        (folder / f"step-{trainer.global_step:06d}.md").write_text(title + "\n".join(said), encoding="utf-8")
