"""Whether a phase fits in the memory of a body, before anything is loaded; and the one change that makes it fit.

`footprint` computes what the allocator will report. In addition a process needs memory for its context, and for
fragmentation: these two are rough allowances, not measurements.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property

from rusta.core.errors import RustaError
from rusta.mind.quantization import NF4, Unquantised
from rusta.training.budget import footprint
from rusta.training.budget.footprint import TrainingStep

CONTEXT = {"gpu": 600_000_000, "cpu": 900_000_000}  # CUDA and its libraries; Python with torch and its dependencies
ERROR = 0.05  # relative error of the prediction: activations are kept only where they would fit even so
FRAGMENTS = 0.04  # share of the memory that is allocated and freed with every batch
FIXED = ("base", "adapters", "optimizer states", "what DoRA derives", "gradients")
RANKS = (208, 128, 96, 64, 32, 16, 8, 4)
BLOCKS = (32, 16, 12, 8, 4, 2, 1)
FEWEST = 256  # tokens in a batch, below which no smaller batch is proposed
GB = 1e9


class DoesNotFit(RustaError):
    """The phase would take more memory than the body has."""


@dataclass(frozen=True)
class MemoryRequest:
    """A question about a phase on a body: the step, the policies for `recompute` and the weights, and the memory limit.

    The values of `step.recompute` and `step.weights` are decided here. If the policy is "auto", as few blocks are
    recomputed as fit with a margin for error, and all of them if even that does not fit; weights are unpacked if that
    adds no recomputed block.
    """

    step: TrainingStep
    policy: str  # trainer.recompute: auto, always, never
    gpu: bool
    limit: int  # in bytes
    weights: str = "packed"  # compute.weights: auto, packed, unpacked

    @cached_property
    def answer(self) -> "MemoryVerdict":
        """The prediction."""
        every = self.step.adapted
        again = {"always": [every], "never": [0]}.get(self.policy, list(range(every + 1)))
        kinds = [self.weights] if self.weights != "auto" else ["packed"] if self.gpu else ["unpacked", "packed"]
        answers = [
            MemoryVerdict(self, replace(self.step, recompute=n, weights=weights)) for n in again for weights in kinds
        ]
        sure = (answer for answer in answers if answer.total <= (1 - ERROR) * self.limit)
        return next(sure, answers[-1])

    def changes(self) -> Iterator[tuple[str, "MemoryVerdict"]]:
        """Yield every single change of settings that reduces memory, the least costly first, with its result."""
        step = self.step
        if self.policy == "never":
            yield "trainer.recompute=auto", replace(self, policy="auto").answer
        if self.weights == "unpacked":
            yield "compute.weights=auto", replace(self, weights="auto").answer
        tokens = step.tokens // 2
        while tokens >= FEWEST:
            yield f"reading.batch_tokens={tokens}", replace(self, step=replace(step, tokens=tokens)).answer
            tokens //= 2
        if isinstance(step.quantization, Unquantised):
            yield "quantization=nf4", replace(self, step=replace(step, quantization=NF4())).answer
        if step.dtype == "float32":
            yield "compute=bfloat16", replace(self, step=replace(step, dtype="bfloat16")).answer
        for rank in RANKS:
            if rank < step.adapter.rank:
                less = replace(step.adapter, rank=rank)
                yield f"adapter.rank={rank}", replace(self, step=replace(step, adapter=less)).answer
        for blocks in BLOCKS:
            if blocks < step.adapted:
                less = replace(step.adapter, last_blocks=blocks)
                yield f"adapter.last_blocks={blocks}", replace(self, step=replace(step, adapter=less)).answer

    def mend(self) -> str | None:
        """Return the first single change with which it fits, as command-line words; None if there is none."""
        return next((words for words, answer in self.changes() if answer.fits), None)


@dataclass(frozen=True)
class MemoryVerdict:
    """The predicted memory of a step."""

    ask: MemoryRequest
    step: TrainingStep

    @cached_property
    def moment(self) -> str:
        """The name of the moment of peak memory."""
        return footprint.peak(self.step)[0]

    @cached_property
    def parts(self) -> dict[str, int]:
        """Bytes held in that moment, by purpose, the largest first."""
        parts = footprint.peak(self.step)[1]
        moving = sum(size for what, size in parts.items() if what not in FIXED)
        outside = {"context": CONTEXT["gpu" if self.ask.gpu else "cpu"], "fragments": round(FRAGMENTS * moving)}
        return dict(sorted({**parts, **outside}.items(), key=lambda part: -part[1]))

    @cached_property
    def allocated(self) -> int:
        """The peak that the allocator should report, in bytes."""
        return sum(footprint.peak(self.step)[1].values())

    @cached_property
    def total(self) -> int:
        """The memory of the whole process, in bytes."""
        return sum(self.parts.values())

    @property
    def again(self) -> str:
        """The number of adapted blocks that are recomputed, in words."""
        step = self.step
        return f"all {step.adapted}" if step.again == step.adapted else f"{step.again} of {step.adapted}"

    @property
    def fits(self) -> bool:
        """Whether the memory is within the limit."""
        return self.total <= self.ask.limit

    @property
    def verdict(self) -> str:
        """The result as a sentence."""
        room = f"{self.total / GB:.1f} of {self.ask.limit / GB:.1f} GB"
        if self.fits:
            again = f", computing {self.again} blocks again in the backward pass" if self.step.again else ""
            return f"Yes: it fits, with {room} at the peak ({self.moment}){again}."
        mend = self.ask.mend()
        return f"No: it would take {room} at the peak ({self.moment}). " + (
            f"One change that fits: {mend}"
            if mend
            else "No single change of mine makes it fit: take another body or model."
        )


def insist(ask: MemoryRequest) -> MemoryVerdict:
    """Return the answer if it fits. Raises `DoesNotFit` before any weight is loaded."""
    if not ask.answer.fits:
        raise DoesNotFit(
            f"I will not begin, for it does not fit. {ask.answer.verdict} (rusta mode=plan shows where it goes; "
            "body.memory_gb=N says that there is more)"
        )
    return ask.answer


def foretold(answer: MemoryVerdict) -> str:
    """Return the prediction as a sentence, for the error message when memory ran out after all."""
    return (
        f"I had predicted {answer.total / GB:.1f} of {answer.ask.limit / GB:.1f} GB ({answer.moment}); either something else "
        "lives there, or I was wrong"
    )
