"""From a composed phase to what is asked of the budget: the same question for `mode=plan` and for training itself."""

from collections.abc import Mapping
from typing import Any, Protocol

from rusta.core.errors import ConfigError
from rusta.core.home import Home
from rusta.data.mix import Mix, Replay
from rusta.mind.adapters import Adapter
from rusta.mind.bodies import Body
from rusta.mind.compute import ComputeChoice
from rusta.mind.model import Model
from rusta.mind.quantization import NF4, Unquantised
from rusta.training.budget.extent import Extent, measure
from rusta.training.budget.footprint import TrainingStep
from rusta.training.budget.memory import MemoryRequest
from rusta.training.reading_plan import Reading

# What may be said of the trainer in words. Lightning is not asked for them: the plan has to know without it.
WORDS = {"prefix_cache": ("none", "disk"), "recompute": ("auto", "always", "never"), "strategy": ("auto", "ddp")}


def spelled(trainer: Mapping[str, Any]) -> None:
    """Raise `ConfigError` on a word that is none of those."""
    for key, words in WORDS.items():
        if (said := trainer.get(key, words[0])) not in words:
            raise ConfigError(f"trainer.{key}={said}: there are {', '.join(words)}.")


class Composed(Protocol):
    """As much of a mode as memory depends on."""

    model: Model
    quantization: NF4 | Unquantised
    adapter: Adapter
    data: Mix
    replay: Replay
    reading: Reading
    body: Body
    home: Home


def processes(trainer: Mapping[str, Any]) -> int:
    """How many read together, as far as `trainer.devices` says so by itself ("auto" is taken for one)."""
    devices = trainer.get("devices", 1)
    if isinstance(devices, (list, tuple)):
        return max(1, len(devices))
    return max(1, int(devices)) if str(devices).isdecimal() else 1


def on_gpu(trainer: Mapping[str, Any]) -> bool:
    """Whether the trainer asks for a GPU."""
    return trainer.get("accelerator") == "gpu"


def ask(
    of: Composed, optimizer: str, trainer: Mapping[str, Any], compute: ComputeChoice
) -> tuple[MemoryRequest, Extent | None]:
    """The question, and how much there is to read (None where the data is not here: then a batch is as large as it may).

    `optimizer` is a class by its dotted name; of `trainer` the settings accelerator, devices and recompute count. Where
    `compute.weights` is "auto", the answer says how they are held.

    Raises `ConfigError` on words of the trainer that are none.
    """
    spelled(trainer)
    shape = of.model.measure(of.home)
    found = measure(of.data, of.replay, of.reading, shape, of.home)
    longest = of.reading.batch_tokens or of.reading.width * of.reading.cut
    step = TrainingStep(
        shape,
        of.quantization,
        of.adapter,
        optimizer.rpartition(".")[2],
        found.longest_batch(of.reading) if found else longest,
        of.reading.accumulate,
        processes=processes(trainer),
        dtype=compute.dtype,
    )
    gpu = on_gpu(trainer)
    limit = of.body.limit if gpu else of.body.limit // step.processes  # a card for each, or one RAM for all
    return MemoryRequest(step, trainer.get("recompute", "auto"), gpu, limit, compute.weights), found
