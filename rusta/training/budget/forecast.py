"""Predict the steps, tokens and seconds of a phase before anything is loaded: for `mode=plan` and the run card."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from rusta.core.errors import ConfigError, RustaError
from rusta.core.home import Home
from rusta.evaluation import sealed
from rusta.mind import bodies
from rusta.mind.compute import ComputeChoice, probed, stored_probe
from rusta.mind.compute_rates import CannotProbe, Probe
from rusta.registry.lineage import Phase
from rusta.training.budget import duration, footprint
from rusta.training.budget.duration import Duration, PhaseWork
from rusta.training.budget.extent import Extent, estimate_tokens
from rusta.training.budget.memory import MemoryVerdict
from rusta.training.budget.memory_request import Composed, on_gpu, processes
from rusta.training.reading_plan import plan


def spoken(seconds: float) -> str:
    """Return a duration in words, in seconds, minutes or hours."""
    if seconds < 90:
        return f"{seconds:.0f} seconds"
    return f"{seconds / 60:.0f} minutes" if seconds < 5400 else f"{seconds / 3600:.1f} hours"


class Watched(Composed, Protocol):
    """The part of a mode's settings that the duration of a phase depends on."""

    phase: Phase | None


@dataclass(frozen=True)
class StepCounts:
    """The steps and tokens of a phase; None where unknown. `why` names the limit that applies."""

    steps: int | None
    tokens: int | None
    passes: float | None
    why: str


@dataclass(frozen=True)
class Callbacks:
    """Work besides training: evaluations of the development pages, and tokens of samples every so many steps."""

    development: int = 0
    sample_tokens: int = 0
    sample_every: int = 1

    @classmethod
    def of(cls, settings: Mapping[str, Any]) -> "Callbacks":
        """Read the values from a composed `callbacks` group. Raises `ConfigError` on invalid ones."""
        samples = settings.get("samples") or {}
        times = (settings.get("development") or {}).get("times", 0)
        every, length = samples.get("every", 1), samples.get("tokens", 0)
        if not all(isinstance(number, int) for number in (times, every, length)) or every < 1:
            raise ConfigError(
                f"callbacks.samples.every={every}, tokens={length}, development.times={times}: whole numbers, every at least 1. "
                "For no samples: ~callbacks.samples"
            )
        return cls(times, length, every)


def rates(home: Home, trainer: Mapping[str, Any], choice: ComputeChoice, measure: bool) -> tuple[Probe | None, str]:
    """Return the rates to predict from, cached or measured now; or None and the reason."""
    gpu = bodies.gpu() if on_gpu(trainer) else None
    if on_gpu(trainer) and gpu is None:
        return None, "not predicted: there is no GPU here to ask"
    name = gpu.name if gpu else None
    threads = 0 if gpu else choice.threads
    try:
        found = choice.probe or (probed if measure else stored_probe)(home, threads, name)
    except CannotProbe as refusal:
        return None, f"not predicted: {refusal}"
    return found, "" if found else "not predicted: nothing was measured here (rusta plan PHASE does)"


def base_is_judged(of: Composed, choice: ComputeChoice) -> bool:
    """Whether the bare base's scores on the sealed pages are cached from an earlier run."""
    try:
        key = f"{of.model.fingerprint(of.home)} {of.quantization}{choice.tag}"
    except RustaError:  # the weights are not here yet
        return False
    return sealed.is_remembered(of.home.models / "sealed", key)


@dataclass(frozen=True)
class Forecast:
    """Predicted seconds, before and after the correction by earlier runs."""

    plain: Duration
    factor: float
    runs: int  # number of runs that the factor comes from
    learned: int  # tokens
    key: dict[str, Any]

    @property
    def duration(self) -> Duration:
        """The duration, corrected by earlier runs."""
        return self.plain.times(self.factor)

    @property
    def tokens_per_s(self) -> float:
        """Tokens per second of training alone."""
        return self.learned / self.duration.learning

    @property
    def words(self) -> str:
        """The basis of the prediction, in words."""
        return (
            "from the rates measured here, corrected by "
            f"{'the last run' if self.runs == 1 else f'the last {self.runs} runs'}"
            if self.runs
            else "from the rates measured here, not yet corrected by a run"
        )


def steps(of: Watched, extent: Extent | None, trainer: Mapping[str, Any]) -> StepCounts:
    """Return the approximate steps and tokens of the phase: there may be no tokenizer here to count with."""
    if of.phase is None:
        return StepCounts(None, None, None, "Without a phase there are no steps to count: +phase=personality")
    if extent is None:
        bounds = [bound for bound in (of.phase.tokens, of.body.tokens, of.reading.tokens) if bound]
        a_step = (of.reading.batch_tokens or of.reading.width * of.reading.cut) * of.reading.accumulate
        a_step *= processes(trainer)
        why = f"The sources of data={of.data.name} are not all here: at most {min(bounds):,} tokens."
        return StepCounts(max(1, round(min(bounds) / a_step)), min(bounds), None, why)
    bounds = (of.phase.tokens, of.phase.passes)
    found = plan(of.reading, extent.pages, extent.tokens, bounds, of.body.tokens, processes(trainer))
    return StepCounts(found.steps, found.tokens, round(found.passes, 2), found.why)


def fresh(extent: Extent | None, learned: int | None, trainer: Mapping[str, Any]) -> float:
    """Return the share of tokens that the frozen blocks process: with the prefix cache, each page once."""
    cached = trainer.get("prefix_cache") == "disk" and extent and learned
    return min(1.0, sum(extent.lengths) / learned) if cached and extent and learned else 1.0


def pflop(of: Watched, answer: MemoryVerdict, extent: Extent | None, trainer: Mapping[str, Any]) -> float | None:
    """Return 10^15 floating-point operations of the phase's products; None if its tokens are not known."""
    learned = steps(of, extent, trainer).tokens
    share = fresh(extent, learned, trainer)
    return round(footprint.flops(answer.step, share) * learned / 1e15, 1) if learned else None


def forecast(
    of: Watched,
    answer: MemoryVerdict,
    extent: Extent | None,
    trainer: Mapping[str, Any],
    probe: Probe,
    callbacks: Callbacks,
    base_is_judged: bool,
) -> Forecast | None:
    """Return the predicted seconds of the phase on the probed processor; None if its tokens are not known.

    `base_is_judged` says that the bare base's scores on the sealed pages are cached from an earlier run.
    """
    counted = steps(of, extent, trainer)
    if not counted.tokens or not counted.steps:
        return None
    shape = answer.step.shape
    pages = sum(estimate_tokens(page, shape, of.model.context)[0] for pair in sealed.sealed_twins() for page in pair)
    work = PhaseWork(
        counted.tokens,
        fresh(extent, counted.tokens, trainer),
        extent.carried if extent else 1.0,
        callbacks.development * (extent.kept if extent else 0),
        pages if base_is_judged else 2 * pages,
        callbacks.sample_tokens * (2 + counted.steps // callbacks.sample_every) if callbacks.sample_tokens else 0,
    )
    key = duration.correction_key(probe, answer.step, of.model.name)
    factor, runs = duration.correction(of.home, key)
    return Forecast(duration.predict(answer.step, probe, work, answer.ask.gpu), factor, runs, counted.tokens, key)
