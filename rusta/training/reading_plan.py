"""The amount of reading of a run: the limits of the phase and of the body, divided into steps."""

from dataclasses import dataclass

from rusta.core.errors import ConfigError


@dataclass(frozen=True)
class Reading:
    """`width` pages in a batch, `accumulate` batches in an optimizer step, pages truncated to `longest` tokens.

    With `batch_tokens` a batch is filled with pages up to that many tokens, whatever their number: the memory of a step
    is then known in advance.
    """

    width: int = 4  # pages a batch, where batch_tokens is not set
    accumulate: int = 2  # batches a step
    longest: int = 2048  # tokens of a page, which is cut there
    batch_tokens: int | None = None  # tokens a batch is filled to; null counts pages instead
    tokens: int | None = None  # the user's own limit, beside the phase's and the body's
    development: float = 0.06  # share of the pages that are held out for early stopping

    def __post_init__(self) -> None:
        if self.width < 1 or self.accumulate < 1 or self.longest < 16:
            raise ConfigError(
                f"reading.width={self.width}, accumulate={self.accumulate}, longest={self.longest}: "
                "at least one page, one batch, and 16 tokens."
            )
        if not 0 <= self.development < 0.5:
            raise ConfigError(f"reading.development={self.development}: a share from 0 to below one half.")
        if self.batch_tokens is not None and self.batch_tokens < 16:
            raise ConfigError(f"reading.batch_tokens={self.batch_tokens}: at least 16 tokens.")
        if self.tokens is not None and self.tokens < 1:
            raise ConfigError(f"reading.tokens={self.tokens}: at least one, or null for no bound of your own.")

    @property
    def cut(self) -> int:
        """Maximum tokens of a page: never more than a batch holds."""
        return min(self.longest, self.batch_tokens or self.longest)


@dataclass(frozen=True)
class ReadingPlan:
    """The steps of a run, and a sentence with the reason for their number."""

    steps: int
    tokens: int
    passes: float
    why: str


def plan(
    reading: Reading, pages: int, tokens: int, phase: tuple[int, float], body: int | None, processes: int = 1
) -> ReadingPlan:
    """Divide a phase into steps.

    `tokens` is one pass over `pages` pages; `phase` its limits (tokens, passes); `body` its limit in tokens. The
    smallest limit applies, with at least one step. Each of `processes` reads its own `accumulate` batches in every
    step.
    """
    wanted = {
        "the phase's passes": phase[1] * tokens,
        "the phase's tokens": float(phase[0]),
        "this body": float(body) if body else float("inf"),
        "reading.tokens": float(reading.tokens) if reading.tokens else float("inf"),
    }
    who = min(wanted, key=lambda name: wanted[name])
    a_step = (reading.batch_tokens or tokens / pages * reading.width) * reading.accumulate * processes
    steps = max(1, round(wanted[who] / a_step))
    return ReadingPlan(
        steps,
        round(steps * a_step),
        steps * a_step / tokens,
        f"{steps} steps, about {steps * a_step:,.0f} tokens ({steps * a_step / tokens:.1f} passes over {pages} pages): "
        f"the bound is {who}.",
    )
