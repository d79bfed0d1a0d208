"""mode=plan: predict what training a phase takes: memory, parameters, steps, time, and whether it fits."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from rusta.core.errors import ConfigError
from rusta.core.home import Home
from rusta.core.output import Output, tell_facts
from rusta.data.mix import MissingData, Mix, Replay, check
from rusta.mind.adapters import Adapter
from rusta.mind.bodies import Body
from rusta.mind.compute import Compute, ComputeChoice, probed, torch_threads
from rusta.mind.model import Model
from rusta.mind.quantization import NF4, Unquantised
from rusta.registry.lineage import NotRaised, Phase, parent
from rusta.training.budget import footprint
from rusta.training.budget.extent import Extent
from rusta.training.budget.forecast import Callbacks, base_is_judged, forecast, pflop, rates, steps
from rusta.training.budget.memory import GB, MemoryRequest, MemoryVerdict
from rusta.training.budget.memory_request import ask, on_gpu, processes
from rusta.training.reading_plan import Reading
from rusta.ui.terminal.plan_table import plan_row, show_plan

PROBE = ("auto", "again", "false")


@dataclass
class PlanMode:
    """`rusta plan personality`. Needs no weights, and torch only where this processor was never measured."""

    phase: Phase | None
    model: Model
    quantization: NF4 | Unquantised
    adapter: Adapter
    data: Mix
    replay: Replay
    reading: Reading
    body: Body
    home: Home
    optimizer: str
    compute: Compute = field(default_factory=Compute)
    trainer: dict[str, Any] = field(default_factory=dict)
    callbacks: dict[str, Any] = field(default_factory=dict)  # those of development and samples, which take time
    probe: str | bool = "auto"
    ranks: list[int] = field(default_factory=list)
    batches: list[int] = field(default_factory=list)
    output: Output = Output.text
    init_from: str | None = None

    def __post_init__(self) -> None:
        self.probe = str(self.probe).lower()
        if self.probe not in PROBE:
            raise ConfigError(f"mode.probe={self.probe}: there are {', '.join(PROBE)}.")
        for name, numbers in (("ranks", self.ranks), ("batches", self.batches)):
            if wrong := [n for n in numbers if not isinstance(n, int) or n < 1]:
                raise ConfigError(f"mode.{name}={wrong}: whole numbers, at least 1. For no table: mode.{name}=[]")

    def run(self) -> None:
        """Compute and print the plan. Exits with code 1 where something is missing or the memory does not suffice."""
        on = on_gpu(self.trainer)
        if self.probe == "again" and not on:
            probed(self.home, self.compute.threads or max(1, torch_threads() // processes(self.trainer)), again=True)
        choice = self.compute.choose(self.home, on, processes(self.trainer), self.probe != "false")
        asked, extent = ask(self, self.optimizer, self.trainer, choice)
        choice = replace(choice, weights=asked.answer.step.weights)
        grid = list(self._grid(asked))
        missing = self._missing()
        facts = {
            **self._facts(asked, extent, choice),
            "missing": missing,
            "grid": [plan_row(answer) for answer in grid],
        }
        facts["ready"] = not missing and asked.answer.fits
        if missing:
            facts["verdict"] = f"No: {missing[0]}"
        tell_facts(self.output, "planned", facts, lambda: show_plan(asked.answer, facts, grid))
        if not facts["ready"]:
            raise SystemExit(1)

    def _missing(self) -> list[str]:
        """Return why training would be refused before memory is checked: missing data, or a missing parent phase."""
        missing = []
        if self.phase:
            for look in (
                lambda: check(self.data, self.replay, self.home),
                lambda: parent(self.phase, self.home, self.init_from),
            ):
                try:
                    look()
                except (MissingData, NotRaised) as why:
                    missing.append(str(why))
        return missing

    def _grid(self, asked: MemoryRequest) -> Iterator[MemoryVerdict]:
        """Yield the verdicts on the same phase at other ranks and batch sizes."""
        for rank in self.ranks:
            for tokens in self.batches:
                adapter = replace(asked.step.adapter, rank=rank)
                yield replace(asked, step=replace(asked.step, adapter=adapter, tokens=tokens)).answer

    def _facts(self, asked: MemoryRequest, extent: Extent | None, choice: ComputeChoice) -> dict[str, Any]:
        answer = asked.answer
        distinct = sum(extent.lengths) if extent else 0
        return {
            "phase": self.phase.name if self.phase else None,
            "model": self.model.name,
            "weights": self.model.present(self.home),
            "body": self.body.name,
            "limit_gb": round(asked.limit / GB, 2),
            "compute": {**choice.facts(), "words": str(choice)},
            **plan_row(answer),
            "moments_gb": {
                moment: round(sum(parts.values()) / GB, 3) for moment, parts in footprint.moments(answer.step).items()
            },
            "optimizer": answer.step.optimizer,
            "accumulate": answer.step.accumulate,
            "processes": answer.step.processes,
            "prefix_cache_gb": round(distinct * choice.width * answer.step.shape.hidden / GB, 3) if extent else None,
            **self._time(answer, extent, choice),
        }

    def _time(self, answer: MemoryVerdict, extent: Extent | None, choice: ComputeChoice) -> dict[str, Any]:
        counted = steps(self, extent, self.trainer)
        found: dict[str, Any] = {
            **asdict(counted),
            "pflop": pflop(self, answer, extent, self.trainer),
            "tokens_per_s": None,
            "seconds": None,
            "seconds_by_part": None,
        }
        if self.probe == "false":
            return {**found, "timed": "not predicted: mode.probe=false"}
        probe, why = rates(self.home, self.trainer, choice, measure=True)
        if probe is None:
            return {**found, "timed": why}
        watching, known = Callbacks.of(self.callbacks), base_is_judged(self, choice)
        told = forecast(self, answer, extent, self.trainer, probe, watching, known)
        if told is None:
            return {**found, "timed": "not predicted: there are no tokens to count"}
        parts = {part: round(seconds, 1) for part, seconds in asdict(told.duration).items()}
        return {
            **found,
            "tokens_per_s": round(told.tokens_per_s, 1),
            "seconds": round(told.duration.total, 1),
            "seconds_by_part": parts,
            "timed": told.words,
        }
