"""mode=plan: what a phase would take, before a weight moves: memory, parameters, steps, time, and yes or no."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from rusta.data.mix import Mix, Replay
from rusta.errors import ConfigError
from rusta.home import Home
from rusta.mind import bodies
from rusta.mind.adapters import Adapter
from rusta.mind.bodies import Body
from rusta.mind.model import Model
from rusta.mind.quantization import NF4, Unquantised
from rusta.terminal import Output, as_json, console, event, plain
from rusta.training import footprint
from rusta.training.budget import GB, Answer, Ask
from rusta.training.extent import Extent
from rusta.training.life import Phase
from rusta.training.question import ask, processes
from rusta.training.reading import Reading
from rusta.training.reading import plan as cut

PROBE = ("auto", "true", "false")
BAR = 36  # characters that stand for the body's memory


@dataclass
class Plan:
    """`rusta plan personality`. The weights need not be here, and torch only for the time."""

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
    trainer: dict[str, Any] = field(default_factory=dict)
    probe: str | bool = "auto"
    ranks: list[int] = field(default_factory=list)
    batches: list[int] = field(default_factory=list)
    output: Output = Output.text

    def __post_init__(self) -> None:
        self.probe = str(self.probe).lower()
        if self.probe not in PROBE:
            raise ConfigError(f"mode.probe={self.probe}: there are {', '.join(PROBE)}.")
        for name, numbers in (("ranks", self.ranks), ("batches", self.batches)):
            if wrong := [n for n in numbers if not isinstance(n, int) or n < 1]:
                raise ConfigError(f"mode.{name}={wrong}: whole numbers, at least 1. For no table: mode.{name}=[]")

    def run(self) -> None:
        """Count, and say."""
        asked, extent = ask(self, self.optimizer, self.trainer)
        grid = list(self._grid(asked))
        facts = {**self._facts(asked, extent), "grid": [_row(answer) for answer in grid]}
        if self.output is Output.json:
            as_json(facts)
        elif self.output is Output.jsonl:
            event("planned", **facts)
        else:
            _tell(asked.answer, facts, grid)

    def _grid(self, asked: Ask) -> Iterator[Answer]:
        """The same phase at other ranks and batches."""
        for rank in self.ranks:
            for tokens in self.batches:
                adapter = replace(asked.step.adapter, rank=rank)
                yield replace(asked, step=replace(asked.step, adapter=adapter, tokens=tokens)).answer

    def _facts(self, asked: Ask, extent: Extent | None) -> dict[str, Any]:
        answer = asked.answer
        distinct = sum(extent.lengths) if extent else 0
        return {
            "phase": self.phase.name if self.phase else None,
            "model": self.model.name,
            "weights": self.model.present(self.home),
            "body": self.body.name,
            "limit_gb": round(asked.limit / GB, 2),
            **_row(answer),
            "moments_gb": {
                moment: round(sum(parts.values()) / GB, 3) for moment, parts in footprint.moments(answer.step).items()
            },
            "optimizer": answer.step.optimizer,
            "accumulate": answer.step.accumulate,
            "processes": answer.step.processes,
            "prefix_cache_gb": round(distinct * footprint.BF16 * answer.step.shape.hidden / GB, 3) if extent else None,
            **self._time(answer, extent),
        }

    def _steps(self, extent: Extent | None) -> dict[str, Any]:
        """Steps and tokens of the phase, about: there may be no tokenizer here to count with."""
        if self.phase is None:
            return {
                "steps": None,
                "tokens": None,
                "passes": None,
                "why": "Without a phase there are no steps to count: +phase=personality",
            }
        if extent is None:
            bounds = [b for b in (self.phase.tokens, self.body.tokens, self.reading.tokens) if b]
            a_step = (self.reading.batch_tokens or self.reading.width * self.reading.cut) * self.reading.accumulate
            a_step *= processes(self.trainer)
            why = f"The sources of data={self.data.name} are not all here: at most {min(bounds):,} tokens."
            return {"steps": max(1, round(min(bounds) / a_step)), "tokens": min(bounds), "passes": None, "why": why}
        found = cut(self.reading, extent.pages, extent.tokens, (self.phase.tokens, self.phase.passes), self.body.tokens,
                    processes(self.trainer))  # fmt: skip
        return {"steps": found.steps, "tokens": found.tokens, "passes": round(found.passes, 2), "why": found.why}

    def _time(self, answer: Answer, extent: Extent | None) -> dict[str, Any]:
        steps = self._steps(extent)
        # With the prefix cache a page goes through the frozen blocks once, however often it is read.
        cached = self.trainer.get("prefix_cache") == "disk" and extent and steps["tokens"]
        fresh = min(1.0, sum(extent.lengths) / steps["tokens"]) if cached and extent else 1.0
        pflop = round(footprint.flops(answer.step, fresh) * steps["tokens"] / 1e15, 1) if steps["tokens"] else None
        found: dict[str, Any] = {
            **steps,
            "pflop": pflop,
            "tokens_per_s": None,
            "seconds": None,
            "timed": self._no_probe(),
        }
        if found["timed"]:
            return found
        from rusta.training.probe import time_here

        speed = time_here(answer.step)
        seconds = speed.token(answer.step, fresh) / answer.step.processes  # not counted: what the network takes
        found |= {"tokens_per_s": round(1 / seconds, 1), "timed": speed.words}
        if steps["tokens"]:
            found["seconds"] = round(seconds * steps["tokens"], 1)
        return found

    def _no_probe(self) -> str | None:
        """Why no time is measured, or None."""
        if self.probe == "false":
            return "not measured: mode.probe=false"
        if self.trainer.get("accelerator") == "gpu" and bodies.gpu() is None:
            return "not measured: there is no GPU here to ask"
        return None


def _row(answer: Answer) -> dict[str, Any]:
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


def _tell(answer: Answer, facts: dict[str, Any], grid: list[Answer]) -> None:
    from rich.table import Table

    screen = console()
    phase = f"{facts['phase']} on " if facts["phase"] else ""
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
    screen.print(answer.verdict, style="good" if answer.fits else "bad", soft_wrap=True)
    plain(
        f"{facts['trainable'] / 1e6:,.1f}M parameters learn: rank {facts['rank']}, the last {facts['last_blocks']} blocks, "
        f"{facts['batch_tokens']:,} tokens a batch, batches a step: {facts['accumulate']}."
    )
    plain(facts["why"])
    if facts["pflop"]:
        seconds = facts["seconds"]
        speed = f"{seconds / 60:,.0f} minutes at {facts['tokens_per_s']:,.0f} tokens a second, " if seconds else ""
        plain(f"Time: {speed}{facts['timed']} ({facts['pflop']:,} PFLOP).")
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
