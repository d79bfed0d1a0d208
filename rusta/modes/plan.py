"""mode=plan: what a phase would take, before a weight moves: memory, parameters, steps, time, and yes or no."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from rusta.core.errors import ConfigError
from rusta.core.home import Home
from rusta.core.output import Output, as_json, console, event, plain
from rusta.data.mix import MissingData, Mix, Replay, check
from rusta.mind.adapters import Adapter
from rusta.mind.bodies import Body
from rusta.mind.compute import Compute, ComputeChoice, probed, torch_threads
from rusta.mind.model import Model
from rusta.mind.quantization import NF4, Unquantised
from rusta.registry.lineage import NotRaised, Phase, parent
from rusta.training.budget import footprint
from rusta.training.budget.extent import Extent
from rusta.training.budget.forecast import Callbacks, base_is_judged, forecast, pflop, rates, spoken, steps
from rusta.training.budget.memory import GB, MemoryRequest, MemoryVerdict
from rusta.training.budget.memory_request import ask, on_gpu, processes
from rusta.training.reading_plan import Reading

PROBE = ("auto", "again", "false")
BAR = 36  # characters that stand for the body's memory


@dataclass
class PlanMode:
    """`rusta plan personality`. The weights need not be here, and torch only where this processor was never probed."""

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
    callbacks: dict[str, Any] = field(default_factory=dict)  # settings of development and samples: they take time
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
        """Count, and say. A no, of what is missing or of memory, leaves with exit code 1."""
        on = on_gpu(self.trainer)
        if self.probe == "again" and not on:
            probed(self.home, self.compute.threads or max(1, torch_threads() // processes(self.trainer)), again=True)
        choice = self.compute.choose(self.home, on, processes(self.trainer), self.probe != "false")
        asked, extent = ask(self, self.optimizer, self.trainer, choice)
        choice = replace(choice, weights=asked.answer.step.weights)
        grid = list(self._grid(asked))
        missing = self._missing()
        facts = {**self._facts(asked, extent, choice), "missing": missing, "grid": [_row(answer) for answer in grid]}
        facts["ready"] = not missing and asked.answer.fits
        if missing:
            facts["verdict"] = f"No: {missing[0]}"
        if self.output is Output.json:
            as_json(facts)
        elif self.output is Output.jsonl:
            event("planned", **facts)
        else:
            _tell(asked.answer, facts, grid)
        if not facts["ready"]:
            raise SystemExit(1)

    def _missing(self) -> list[str]:
        """Why training would be refused before memory is even asked about: its data, and the phase it goes on from."""
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
        """The same phase at other ranks and batches."""
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
            **_row(answer),
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


def _row(answer: MemoryVerdict) -> dict[str, Any]:
    step = answer.step
    return {
        "rank": step.adapter.rank,
        "last_blocks": step.adapted,
        "trainable": footprint.trainable(step),
        "batch_tokens": step.tokens,
        "recompute": step.again,
        "fits": answer.fits,
        "verdict": answer.verdict,
        "peak_gb": round(answer.total / GB, 3),
        "allocated_gb": round(answer.allocated / GB, 3),
        "moment": answer.moment,
        "change": None if answer.fits else answer.ask.mend(),
        "parts_gb": {what: round(size / GB, 3) for what, size in answer.parts.items()},
    }


def _tell(answer: MemoryVerdict, facts: dict[str, Any], grid: list[MemoryVerdict]) -> None:
    from rich.table import Table

    screen = console()
    phase = f"{facts['phase']} on " if facts["phase"] else ""
    for number, why in enumerate(facts["missing"]):
        plain(f"{'No: ' if not number else ''}{why}\n")
    plain(f"{phase}{facts['model']}, body {facts['body']} ({facts['limit_gb']:.1f} GB)\n")
    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column(style="quiet")
    table.add_column(justify="right")
    table.add_column()
    for what, size in answer.parts.items():
        bar = "█" * round(BAR * size / max(answer.ask.limit, answer.total)) or "▏"
        table.add_row(what, f"{size / GB:.2f} GB", f"[voice]{bar}[/]")
    screen.print(table)
    plain()
    memory = f"Memory alone: {answer.verdict}" if facts["missing"] else answer.verdict
    screen.print(memory, style="good" if answer.fits else "bad", soft_wrap=True)
    plain(
        f"{facts['trainable'] / 1e6:,.1f}M parameters learn: rank {facts['rank']}, the last {facts['last_blocks']} blocks, "
        f"{facts['batch_tokens']:,} tokens a batch, batches a step: {facts['accumulate']}."
    )
    plain(f"Computes in {facts['compute']['words']}.")
    plain(facts["why"])
    seconds = facts["seconds"]
    speed = f"{spoken(seconds)}, learning at {facts['tokens_per_s']:,.0f} tokens a second, " if seconds else ""
    work = f" ({facts['pflop']:,} PFLOP)" if facts["pflop"] else ""
    plain(f"Time: {speed}{facts['timed']}{work}.")
    if facts["prefix_cache_gb"]:
        plain(f"trainer.prefix_cache=disk would take {facts['prefix_cache_gb']:.2f} GB.")
    if grid:
        plain()
        others = Table(box=None, pad_edge=False)
        for name in ("rank", "learn", "tokens a batch", "peak", "fits", "how"):
            others.add_column(name, justify="left" if name == "how" else "right", header_style="quiet")
        for other in grid:
            row = _row(other)
            how = (
                f"computes {other.again} again"
                if row["recompute"] and row["fits"]
                else row["change"] or ("" if row["fits"] else "another body")
            )
            others.add_row(str(row["rank"]), f"{row['trainable'] / 1e6:.0f}M", f"{row['batch_tokens']:,}",
                           f"{row['peak_gb']:.1f} GB", "[good]yes[/]" if row["fits"] else "[bad]no[/]", how)  # fmt: skip
        screen.print(others)
