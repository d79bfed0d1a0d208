"""The interface of every engine: it loads a model, counts tokens, and streams text."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from rusta.core.errors import ConfigError
from rusta.identity.turns import Turn


@dataclass(frozen=True)
class Generation:
    """Sampling settings and the maximum length of an answer.

    `temperature=0` always takes the most likely token. `seed` makes a sampled answer repeatable on the same engine.
    """

    max_tokens: int = 1024  # of an answer
    temperature: float = 0.7  # 0 takes the likeliest token; higher is more varied
    top_p: float = 0.9  # share of the probability that tokens are drawn from, in (0, 1]
    repetition_penalty: float = 1.05  # above 1 makes tokens that were said less likely
    seed: int = 0  # repeats a sampled answer on the same engine

    def __post_init__(self) -> None:
        if self.max_tokens < 1:
            raise ConfigError(f"generation.max_tokens={self.max_tokens}: an answer has at least one token.")
        if self.temperature < 0 or not 0 < self.top_p <= 1:
            raise ConfigError(
                f"generation.temperature={self.temperature}, top_p={self.top_p}: temperature is 0 or more, top_p in (0, 1]."
            )


@dataclass(frozen=True)
class Constraint:
    """The format the answer has to parse as: either a GBNF grammar or a JSON schema, not both."""

    grammar: str | None = None
    json_schema: dict[str, Any] | None = None


@dataclass(frozen=True)
class Piece:
    """A piece of a streamed answer. The last one has `finish` set, and the timings in seconds."""

    text: str
    tokens: int  # tokens generated so far
    first_token_s: float = 0.0
    tokens_per_s: float = 0.0
    finish: str | None = None  # "stop", "length", "repeated" or "interrupted"


class Mind(Protocol):
    """An engine: cheap to construct, loaded once with `wake`, then called for many answers."""

    context: int  # context window in tokens, prompt and answer together

    @property
    def name(self) -> str:
        """The name of the weights."""
        ...

    @property
    def constrains(self) -> bool:
        """Whether the engine can constrain an answer to a grammar."""
        ...

    def wake(self, adapter: Path | None = None) -> None:
        """Load the weights. `adapter` is a peft folder to apply to them. Raises `RustaError`."""
        ...

    def count(self, turns: Sequence[Turn]) -> int:
        """Return the number of tokens of these turns as a prompt."""
        ...

    def stream(
        self, turns: Sequence[Turn], generation: Generation, constraint: Constraint | None = None
    ) -> Iterator[Piece]:
        """Stream the answer, a piece at a time. Closing the iterator stops the engine."""
        ...
