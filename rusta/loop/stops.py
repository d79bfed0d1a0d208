"""When she stops by herself: she repeats, she is not understood, or what a turn may cost is used up.

The rules are those that agents with a terminal came to after users watched them loop for hours: the same step three
times, two steps back and forth three times, three answers in a row that cannot be read, and budgets of steps, tokens
and time. A step is the same only when what came of it was the same too: cargo asked twice around an edit is work.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from rusta.errors import ConfigError
from rusta.loop.actions import Action, Reply


class Rule(StrEnum):
    """Why she stopped."""

    REPEATED = "repeated"
    ALTERNATING = "alternating"
    UNREADABLE = "unreadable"
    STEPS = "steps"
    TOKENS = "tokens"
    TIME = "time"


@dataclass(frozen=True)
class Stop:
    """The rule that held, and her words for it."""

    rule: Rule
    why: str

    def __str__(self) -> str:
        return self.why


@dataclass(frozen=True)
class Patience:
    """What one turn may cost: answers with an action, tokens she generates, seconds on the clock, and tries in vain."""

    steps: int = 12
    tokens: int = 16_000
    seconds: float = 900.0
    repeats: int = 3
    unreadable: int = 3

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            if value <= 0:
                raise ConfigError(f"patience.{name}={value}: it is more than 0, or she would never begin.")


class Stops:
    """Watches one turn. Ask `heard` before an answer is acted on, tell `saw` what came of it."""

    def __init__(self, patience: Patience | None = None, clock: Callable[[], float] = time.monotonic) -> None:
        self.patience, self.clock, self.began = patience or Patience(), clock, clock()
        self.steps = self.tokens = self.unreadable = 0
        self.done: list[tuple[tuple[Action, ...], str]] = []

    def heard(self, reply: Reply, tokens: int) -> Stop | None:
        """Why this answer is the last one, if it is. `tokens` are those of the answer."""
        patience = self.patience
        self.steps += 1
        self.tokens += tokens
        self.unreadable = self.unreadable + 1 if reply.problems and not reply.actions else 0
        if self.unreadable >= patience.unreadable:
            return Stop(Rule.UNREADABLE, f"{self.unreadable} times in a row I did not find a form that can be read")
        if reply.actions:
            self.done.append((reply.actions, ""))
            if self._again(1, patience.repeats):
                return Stop(Rule.REPEATED, f"the same step {patience.repeats} times, and it tells me nothing new")
            if self._again(2, patience.repeats):
                return Stop(Rule.ALTERNATING, "I go back and forth between two steps")
        if self.steps >= patience.steps:
            return Stop(Rule.STEPS, f"{self.steps} steps are enough for one request")
        if self.tokens >= patience.tokens:
            return Stop(Rule.TOKENS, f"{self.tokens} tokens are enough for one request")
        if (spent := self.clock() - self.began) >= patience.seconds:
            return Stop(Rule.TIME, f"{spent:.0f} seconds are enough for one request")
        return None

    def saw(self, told: str) -> None:
        """What came of the last answer that was acted on."""
        if self.done:
            self.done[-1] = (self.done[-1][0], told)

    def _again(self, length: int, times: int) -> bool:
        """Whether the last steps are `times` rounds of the same `length`; what the very last came to is not known yet."""
        last = self.done[-length * times :]
        if len(last) < length * times or (length > 1 and last[0][0] == last[1][0]):
            return False
        for n, (actions, told) in enumerate(last):
            like = last[n % length]
            if actions != like[0] or (n < len(last) - 1 and told != like[1]):
                return False
        return True


def chants(text: str, shortest: int = 8, longest: int = 120, times: int = 8) -> bool:
    """Whether a text that is still coming ends in the same piece over and over: `shortest` to `longest` characters, `times`."""
    for size in range(1, longest + 1):
        rounds = max(times, -(-shortest * times // size))
        tail = text[-size * rounds :]
        if len(tail) == size * rounds and tail.strip() and tail == tail[:size] * rounds:
            return True
    return False
