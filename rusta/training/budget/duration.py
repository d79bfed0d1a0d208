"""Estimate how long a phase takes, from the rates measured here and from the durations of earlier runs.

The model is a roofline: matrix products at the rate of their dtype and layout, everything else at the rate of memory
copies. The constants below are approximate; since their errors are the same from run to run, the ratio of actual to
predicted seconds of the last runs corrects the next prediction (`learn`, `correction`).

Not covered: other load on the machine, thermal throttling of a GPU, and the network between several processes.
"""

import json
import statistics
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rusta.core.derived_files import recalled
from rusta.core.home import Home, keep_derived
from rusta.mind.adapters import PROJECTIONS
from rusta.mind.compute_rates import Probe, Rates
from rusta.mind.quantization import Unquantised
from rusta.training.budget import footprint
from rusta.training.budget.footprint import BF16, FP32, TrainingStep

THIN = 0.5  # share of a product's rate that remains if one side is an adapter's rank
CACHED = 0.35  # share of the traffic between a block's products that reaches memory
DEQUANTISED = 1.0e9  # four-bit values per second that a CPU thread converts to bf16
QUANTISED = 3.5e7  # values per second that a CPU thread quantises, when the model is loaded
ITERATION = 25  # products of r-by-r matrices in Muon's inverse root
STARTING_S = 8.0  # libraries, tokenizer, pages; and at the end the card, the plots and the phase's copy of the adapter
REMEMBERED = 20  # runs whose durations are kept
LAST = 3  # number of them that correct the next prediction
SHORTEST_S = 60.0
FARTHEST = 4.0  # maximum factor of a correction: a larger one has other causes


@dataclass(frozen=True)
class PhaseWork:
    """What a phase processes, in tokens.

    Attributes:
        learned: tokens of training, of all processes.
        fresh: the share of them whose states are not in the prefix cache.
        carried: the share of tokens that carry loss, and so are multiplied with the head.
        kept: tokens of development pages, evaluated during training.
        judged: tokens of the sealed pages, evaluated before and after.
        spoken: tokens of samples, generated one after the other.
    """

    learned: int
    fresh: float = 1.0
    carried: float = 1.0
    kept: int = 0
    judged: int = 0
    spoken: int = 0


@dataclass(frozen=True)
class Duration:
    """Seconds of a phase, by purpose.

    Attributes:
        learning: with the evaluations of development pages, and the samples.
        judging: of the sealed pages.
        waking: all else: libraries, weights, files.
    """

    learning: float
    judging: float
    waking: float

    @property
    def total(self) -> float:
        """Seconds of the whole process."""
        return self.learning + self.judging + self.waking

    def times(self, factor: float) -> "Duration":
        """Return the same, with computing times corrected by `factor`. Loading is mostly files, and stays as it is."""
        return Duration(factor * self.learning, factor * self.judging, self.waking)


def predict(step: TrainingStep, probe: Probe, work: PhaseWork, gpu: bool) -> Duration:
    """Return the seconds of a phase with training step `step`, uncorrected."""
    machine = _Machine(step, probe, gpu)
    numbers = sum(out * into for out, into in map(step.shape.linear, PROJECTIONS)) * step.shape.blocks
    quantising = 0.0 if gpu or isinstance(step.quantization, Unquantised) else numbers / QUANTISED / probe.threads
    stored = footprint.base(step.shape, step.quantization, step.width, step.unpacked)
    return Duration(
        learning=work.learned * machine.learned(work.fresh, work.carried) / step.processes
        + work.kept * machine.judged(work.carried)
        + work.spoken * stored / machine.copy,
        judging=work.judged * machine.judged(work.carried),
        waking=STARTING_S + quantising + 2 * stored / machine.copy,
    )


class _Machine:
    """Seconds per token for each kind of work, on one processor."""

    def __init__(self, step: TrainingStep, probe: Probe, gpu: bool) -> None:
        rates: Rates = probe.float32 if step.dtype == "float32" else probe.bfloat16
        self.step, self.gpu, self.threads = step, gpu, probe.threads
        self.forward, self.to_input = 1e9 * rates.forward, 1e9 * rates.to_input
        self.single, self.copy = 1e9 * probe.float32.forward, 1e9 * probe.copy
        self.block = sum(out * into for out, into in map(step.shape.linear, PROJECTIONS))

    def learned(self, fresh: float, carried: float) -> float:
        """Seconds of a training token, including its share of DoRA's norms and of the optimizer's step."""
        step, adapted = self.step, self.step.adapted
        frozen = fresh * (step.shape.blocks - adapted)
        through = frozen + adapted + step.again
        products = 2 * self.block * (through / self.forward + adapted / self.to_input)
        adapters = 6 * footprint.matrices(step) / (THIN * self.forward)
        between = self._between(1) * through + self._between(2) * adapted
        expanded = (self._expanded() * (through + adapted)) / step.tokens
        once = (self._norms() + self._optimizer()) / (step.tokens * step.accumulate)
        return products + adapters + between + expanded + once + self._head(carried, backward=True)

    def judged(self, carried: float) -> float:
        """Seconds of a token without backward pass."""
        blocks = self.step.shape.blocks
        products = 2 * self.block * blocks / self.forward
        return products + blocks * self._between(1) + self._head(carried, backward=False)

    def _head(self, carried: float, backward: bool) -> float:
        vocab, hidden = self.step.shape.vocab, self.step.shape.hidden
        product = 2 * vocab * hidden * (1 / self.forward + backward / self.to_input)
        return carried * (product + (4 + 4 * backward) * FP32 * vocab / self.copy)

    def _between(self, passes: int) -> float:
        """Seconds between the products of a block: norms, rotary embedding, attention, activation, DoRA's scaling."""
        h, i = self.step.shape.hidden, self.step.shape.intermediate
        dora = (12 * h + 8 * i) * self.step.adapter.dora
        return passes * CACHED * self.step.width * (32 * h + 5 * i + dora) / self.copy

    def _expanded(self) -> float:
        """Seconds to convert a block's packed weights for its products."""
        step = self.step
        if step.unpacked:
            return 0.0
        widening = (BF16 + FP32) * self.block / self.copy if step.width > BF16 else 0.0
        if isinstance(step.quantization, Unquantised):
            return widening
        unpacking = 2.5 * self.block / self.copy if self.gpu else self.block / DEQUANTISED / self.threads
        return widening + unpacking

    def _norms(self) -> float:
        """Seconds of DoRA's norms of all adapted layers: a thin product with W for each."""
        step = self.step
        thin = 2 * self.block * step.adapter.rank / (THIN * self.single) + step.width * self.block / self.copy
        return step.adapter.dora * step.adapted * thin

    def _optimizer(self) -> float:
        step, rank = self.step, self.step.adapter.rank
        moved = 6 * FP32 * footprint.trainable(step) / self.copy
        if step.optimizer != "Muon":
            return moved
        matrices = 2 * step.adapted * len(step.adapter.projections)
        iteration = 2 * ITERATION * matrices * rank**3
        return moved + (iteration + 4 * rank * footprint.matrices(step)) / (THIN * self.single)


def correction_key(probe: Probe, step: TrainingStep, model: str) -> dict[str, Any]:
    """Return what two runs must have in common for one to correct the other: all that rates and traffic depend on."""
    return {
        "processor": probe.processor, "torch": probe.torch, "threads": probe.threads, "dtype": step.dtype,
        "weights": step.weights, "model": model,
    }  # fmt: skip


def correction(home: Home, of: dict[str, Any]) -> tuple[float, int]:
    """Return the median ratio of actual to predicted seconds of the last such runs, and their number; 1 for none."""
    ratios = [run["took"] / run["predicted"] for run in _runs(home) if run["key"] == of][-LAST:]
    return (min(max(statistics.median(ratios), 1 / FARTHEST), FARTHEST), len(ratios)) if ratios else (1.0, 0)


def learn(home: Home, of: dict[str, Any], predicted: float, took: float) -> None:
    """Record the actual computing time of a run, and the prediction before correction.

    A run of less than `SHORTEST_S` is dominated by start-up effects (first touches of memory, kernel selection), and is
    not recorded.
    """
    if min(predicted, took) >= SHORTEST_S:
        runs = [*_runs(home), {"key": of, "predicted": round(predicted, 2), "took": round(took, 2)}]
        keep_derived(_path(home), json.dumps(runs[-REMEMBERED:], indent=1))


def _path(home: Home) -> Path:
    return Path(home.root, "machine", "runs.json")


def _runs(home: Home) -> list[dict[str, Any]]:
    """Return the recorded runs; a damaged file counts as empty, and the next run replaces it."""
    return recalled(_path(home), _parsed) or []


def _parsed(raw: bytes) -> list[dict[str, Any]]:
    found = json.loads(raw)
    return [run for run in found if run["predicted"] > 0 and run["took"] > 0 and isinstance(run["key"], dict)]
