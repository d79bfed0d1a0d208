"""What a run of one phase is composed of. No torch: `mode=train` holds it, and the run works from it."""

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
    """Everything a run of one phase is composed of, and what was planned for it before it began."""

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
    planned: MemoryVerdict | None = None  # what the plan said: memory, and how many blocks are computed again
    choice: ComputeChoice = field(default_factory=ComputeChoice)  # what the run computes in
    foretold: Forecast | None = None  # how long it was said to take
