"""Build a `MemoryRequest` from the composed config: the same for `mode=plan` and for training itself."""

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
from rusta.training.budget.extent import Extent, measure_extent
from rusta.training.budget.footprint import TrainingStep
from rusta.training.budget.memory import MemoryRequest
from rusta.training.reading_plan import Reading

# Allowed values of trainer settings. They are listed here because the plan must not import Lightning.
WORDS = {"prefix_cache": ("none", "disk"), "recompute": ("auto", "always", "never"), "strategy": ("auto", "ddp")}


def spelled(trainer: Mapping[str, Any]) -> None:
    """Raise `ConfigError` on a value that is not allowed."""
    for key, words in WORDS.items():
        if (said := trainer.get(key, words[0])) not in words:
            raise ConfigError(f"trainer.{key}={said}: there are {', '.join(words)}.")


class Composed(Protocol):
    """The part of a mode's settings that memory depends on."""

    model: Model
    quantization: NF4 | Unquantised
    adapter: Adapter
    data: Mix
    replay: Replay
    reading: Reading
    body: Body
    home: Home


def processes(trainer: Mapping[str, Any]) -> int:
    """Return the number of DDP processes that `trainer.devices` states ("auto" counts as one)."""
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
    """Return the memory request, and the extent of the data.

    The extent is None if the data is not here: the batch is then assumed to be as large as allowed. `optimizer` is a
    dotted class name; of `trainer` the settings accelerator, devices and recompute are used. If `compute.weights` is
    "auto", the answer decides how they are held.

    Raises `ConfigError` on trainer settings that are not allowed.
    """
    spelled(trainer)
    shape = of.model.measure(of.home)
    found = measure_extent(of.data, of.replay, of.reading, shape, of.home)
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
    limit = of.body.limit if gpu else of.body.limit // step.processes  # a GPU for each process, or one RAM for all
    return MemoryRequest(step, trainer.get("recompute", "auto"), gpu, limit, compute.weights), found
