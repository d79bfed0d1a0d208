"""What a checkpoint holds is enough to go on bit for bit, and it never holds half a step."""

import os
import signal
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import lightning
import pytest
import torch

from rusta.core.home import Home
from rusta.data.render import IGNORED, Example
from rusta.mind import weights
from rusta.mind.adapters import Adapter
from rusta.mind.attention import Attention
from rusta.mind.model import Random
from rusta.mind.quantization import NF4
from rusta.training.callbacks.checkpoints import Checkpoints
from rusta.training.callbacks.development import Development
from rusta.training.lit_module import LitPhase, WentWrong
from rusta.training.optim.muon import Muon
from rusta.training.optim.schedule import Cosine
from rusta.training.page_stream import PageStream

STEPS, ACCUMULATE = 6, 2


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    at = tmp_path_factory.mktemp("home")
    return Random(blocks=2).folder(Home(str(at / "home"), str(at / "run")))


@pytest.fixture(autouse=True)
def ctrl_c_works_again() -> Iterator[None]:
    before = signal.getsignal(signal.SIGINT)
    yield
    signal.signal(signal.SIGINT, before)  # Lightning leaves it switched off


class At(lightning.Callback):
    """Does something at one moment of the run."""

    def __init__(self, hook: str, batch: int, act: Callable[[Any], None]) -> None:
        self.batch, self.act, self.now = batch, act, -1
        if hook != "on_train_batch_start":
            setattr(self, hook, self._perhaps)
        self.hook = hook

    def on_train_batch_start(self, trainer: Any, pl_module: Any, batch: Any, batch_idx: int) -> None:
        self.now = batch_idx
        if self.hook == "on_train_batch_start":
            self._perhaps(trainer)

    def _perhaps(self, trainer: Any, *_: object, **__: object) -> None:
        if self.now == self.batch:
            self.act(trainer)


def train(
    folder: Path, run: Path, *callbacks: lightning.Callback, every: int = 2, steps: int = STEPS
) -> dict[str, torch.Tensor]:
    """Learn, or go on from the newest checkpoint in `run`. Returns what was learned."""
    base = weights.wake(folder, NF4(), Attention("sdpa"))
    model = Adapter(rank=4, last_blocks=2).attach(base, seed=0).train()
    draw = torch.Generator().manual_seed(0)
    pages = [torch.randint(256, (24,), generator=draw).tolist() for _ in range(7)]
    examples = [(Example(ids, [IGNORED, *ids[1:]], [True] * 24), 1.0) for ids in pages]
    stream = PageStream(examples, [], 0.0, seed=0, width=2, batches=STEPS * ACCUMULATE)
    trainer = lightning.Trainer(
        max_steps=steps, accumulate_grad_batches=ACCUMULATE, callbacks=[*callbacks, Checkpoints(every)], logger=False,
        default_root_dir=run, accelerator="cpu", devices=1, max_epochs=-1, gradient_clip_val=1.0, precision="32-true",
        enable_progress_bar=False, enable_model_summary=False,
    )  # fmt: skip
    newest = max((run / "checkpoints").glob("step-*.ckpt"), default=None) if run.exists() else None
    trainer.fit(
        LitPhase(model, partial(Muon, lr=0.01), Cosine(), STEPS),
        stream,
        ckpt_path=newest and str(newest),
        weights_only=True,
    )
    assert trainer.global_step == steps
    return {name: p.detach().clone() for name, p in model.named_parameters() if p.requires_grad}


@pytest.fixture(scope="module")
def unbroken(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, torch.Tensor]:
    return train(folder, tmp_path_factory.mktemp("unbroken"))


def same(one: dict[str, torch.Tensor], other: dict[str, torch.Tensor]) -> bool:
    return one.keys() == other.keys() and all(torch.equal(value, other[name]) for name, value in one.items())


class Killed(Exception):
    """As good as SIGKILL: nobody is asked before the end."""


@pytest.mark.parametrize("step", range(1, STEPS))
@pytest.mark.parametrize("batch", range(ACCUMULATE))
def test_a_run_goes_on_bit_for_bit_wherever_it_was_killed(
    step: int, batch: int, folder: Path, unbroken: dict[str, torch.Tensor], tmp_path: Path
) -> None:
    def kill(_: Any) -> None:
        raise Killed

    with pytest.raises(Killed):
        train(folder, tmp_path, At("on_before_backward", step * ACCUMULATE + batch, kill), every=1)
    newest = max((tmp_path / "checkpoints").glob("step-*.ckpt"))
    assert newest.name == f"step-{step:06d}.ckpt"
    assert same(train(folder, tmp_path), unbroken)


# Step 4 is batches 6 and 7; the checkpoint before it is that of step 2.
MOMENTS = [
    ("on_train_batch_start", 6),  # between two steps
    ("on_train_batch_start", 7),  # between the two halves of one
    ("on_before_backward", 7),
    ("on_before_optimizer_step", 7),
    ("on_train_batch_end", 7),
]


@pytest.mark.parametrize(("hook", "batch"), MOMENTS, ids=lambda value: str(value))
def test_ctrl_c_at_any_moment_saves_a_whole_step_and_the_run_goes_on_bit_for_bit(
    hook: str, batch: int, folder: Path, unbroken: dict[str, torch.Tensor], tmp_path: Path
) -> None:
    with pytest.raises((KeyboardInterrupt, SystemExit)):
        train(folder, tmp_path, At(hook, batch, lambda _: os.kill(os.getpid(), signal.SIGINT)))
    newest = max((tmp_path / "checkpoints").glob("step-*.ckpt"))
    assert newest.name == "step-000004.ckpt"  # the step is finished, and then saved
    assert same(train(folder, tmp_path), unbroken)


def test_ctrl_c_twice_stops_at_once_and_keeps_the_last_whole_step(
    folder: Path, unbroken: dict[str, torch.Tensor], tmp_path: Path
) -> None:
    def twice(_: Any) -> None:
        os.kill(os.getpid(), signal.SIGINT)
        os.kill(os.getpid(), signal.SIGINT)

    with pytest.raises((KeyboardInterrupt, SystemExit)):
        train(folder, tmp_path, At("on_before_optimizer_step", 7, twice))
    assert [path.name for path in (tmp_path / "checkpoints").glob("step-*.ckpt")] == ["step-000002.ckpt"]
    assert same(train(folder, tmp_path), unbroken)


def stopping(readings: dict[int, float]) -> Development:
    """Reads the development pages at every step, and finds there what is given for the step."""
    made = Development(times=STEPS, patience=3)

    def at_each_step(trainer: Any, *rest: Any) -> None:
        made.read = lambda _: readings[trainer.global_step]
        Development.on_train_batch_end(made, trainer, *rest)

    made.on_train_batch_end = at_each_step
    return made


@pytest.mark.parametrize("batch", [5, 7, 9, 11, 12])
def test_the_best_reading_is_what_is_kept_wherever_the_run_was_killed(batch: int, folder: Path, tmp_path: Path) -> None:
    readings = {1: 3.0, 2: 2.0, 3: 2.5, 4: 1.0, 5: 1.5, 6: 1.25}
    best = train(folder, tmp_path / "unbroken", stopping(readings))
    assert same(best, train(folder, tmp_path / "fourth", steps=4))

    def kill(_: Any) -> None:
        raise Killed

    if batch < STEPS * ACCUMULATE:
        with pytest.raises(Killed):
            train(folder, tmp_path / "killed", stopping(readings), At("on_before_backward", batch, kill))
    else:  # after the last step, while the sealed pages are read
        train(folder, tmp_path / "killed", stopping(readings))
    assert same(train(folder, tmp_path / "killed", stopping(readings)), best)


def test_what_went_wrong_is_not_saved(folder: Path, unbroken: dict[str, torch.Tensor], tmp_path: Path) -> None:
    def spoil(trainer: Any) -> None:
        with torch.no_grad():
            next(p for p in trainer.lightning_module.parameters() if p.requires_grad).fill_(torch.nan)

    with pytest.raises(WentWrong, match=r"optimizer\.lr"):
        train(folder, tmp_path, At("on_train_batch_start", 7, spoil))
    assert [path.name for path in (tmp_path / "checkpoints").glob("step-*.ckpt")] == ["step-000002.ckpt"]
    assert same(train(folder, tmp_path), unbroken)
