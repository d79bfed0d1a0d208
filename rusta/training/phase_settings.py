"""The settings of one training run. No torch: `mode=train` holds them, and `TrainingRun` uses them."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from rusta.core.home import Home
from rusta.core.network import Network
from rusta.core.output import Output
from rusta.data.mix import Mix, Replay
from rusta.mind.adapters import Adapter
from rusta.mind.attention import Attention
from rusta.mind.bodies import Body
from rusta.mind.compute import Compute, ComputeChoice
from rusta.mind.model import Model
from rusta.mind.quantization import NF4, Unquantised
from rusta.registry.lineage import Phase
from rusta.training.budget.forecast import Forecast
from rusta.training.budget.memory import MemoryVerdict


@dataclass
class PhaseSettings:
    """The composed settings of one training run, and what was planned for it."""

    phase: Phase | None
    model: Model
    quantization: NF4 | Unquantised
    attention: Attention
    adapter: Adapter
    data: Mix
    replay: Replay
    optimizer: Callable[..., Any]
    scheduler: Any
    trainer: Callable[..., Any]
    reading: Any
    body: Body
    home: Home
    network: Network
    compute: Compute = field(default_factory=Compute)
    output: Output = Output.text
    seed: int = 0
    callbacks: list[Any] = field(default_factory=list)
    loggers: list[Any] = field(default_factory=list)
    init_from: str | None = None
    resume: str | None = None
    sweep: str | None = None
    settings: dict[str, Any] = field(default_factory=dict)  # the resolved config, for the run card
    planned: MemoryVerdict | None = None  # the predicted memory, and the number of recomputed blocks
    choice: ComputeChoice = field(default_factory=ComputeChoice)  # what the run computes in
    foretold: Forecast | None = None  # the predicted duration
