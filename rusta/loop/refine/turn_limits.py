"""Stop rules for a turn: the model repeats itself, cannot be parsed, or has used up the turn's budget.

The rules are those that terminal agents adopted after users watched them loop for hours: the same step three times,
alternating between two steps three times, three unparsable answers in a row, and budgets of steps, tokens and time. A
step counts as the same only if its result was also the same: running cargo before and after an edit is progress.
"""

import time
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum

from rusta.core.errors import ConfigError
from rusta.loop.attempt.actions import Action, Reply
from rusta.mind.mind import Piece

LINE, PARAGRAPH = (
    120,
    700,
)  # characters of a repeated piece: up to LINE it has to occur eight times, up to PARAGRAPH three times
# Fewest characters of all repetitions together: with letters or digits, and without (a ruled line may be long).
LETTERS, RULED = 64, 320


class Rule(StrEnum):
    """Which rule ended the turn."""

    REPEATED = "repeated"
    ALTERNATING = "alternating"
    UNREADABLE = "unreadable"
    STEPS = "steps"
    TOKENS = "tokens"
    TIME = "time"


@dataclass(frozen=True)
class Stop:
    """The rule that applied, and the sentence that explains it."""

    rule: Rule
    why: str

    def __str__(self) -> str:
        return self.why


@dataclass(frozen=True)
class Patience:
    """Limits of one turn: answers with an action, generated tokens, wall-clock seconds, repeats, unparsable answers."""

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
    """Applies the rules to one turn. Call `heard` before an answer is acted on, and `saw` with the result."""

    def __init__(self, patience: Patience | None = None, clock: Callable[[], float] = time.monotonic) -> None:
        self.patience, self.clock, self.began = patience or Patience(), clock, clock()
        self.steps = self.tokens = self.unreadable = 0
        self.done: list[tuple[tuple[Action, ...], str]] = []

    def heard(self, reply: Reply, tokens: int) -> Stop | None:
        """Return why this answer is the last one, or None. `tokens` are those of the answer."""
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
        """Record the result of the last answer that was acted on."""
        if self.done:
            self.done[-1] = (self.done[-1][0], told)

    def _again(self, length: int, times: int) -> bool:
        """Return whether the last steps are `times` repetitions of `length` steps; the last result is not known yet."""
        last = self.done[-length * times :]
        if len(last) < length * times or (length > 1 and last[0][0] == last[1][0]):
            return False
        for n, (actions, told) in enumerate(last):
            like = last[n % length]
            if actions != like[0] or (n < len(last) - 1 and told != like[1]):
                return False
        return True


def chants(text: str) -> bool:
    """Return whether a text still being generated ends in a repeated piece, from one letter up to a paragraph."""
    for size in range(1, min(PARAGRAPH, len(text) // 3) + 1):
        if text[-1] != text[-1 - size]:
            continue
        least = LETTERS if any(map(str.isalnum, text[-size:])) else RULED
        length = size * (max(8, -(-least // size)) if size <= LINE else 3)
        tail = text[-length:]
        if len(tail) == length and tail.strip() and tail[size:] == tail[:-size]:
            return True
    return False


def until_chant(pieces: Iterator[Piece]) -> Generator[Piece, None, None]:
    """Yield the pieces until they only repeat themselves: a small model that starts to repeat itself does not stop.

    The last piece then has the finish reason "repeated". Closing this generator closes the engine's own iterator.
    """
    said, began, first = "", time.monotonic(), 0.0
    try:
        for piece in pieces:
            said += piece.text
            spent = time.monotonic() - began
            first = first or spent
            if piece.finish is None and chants(said):
                yield replace(piece, first_token_s=first, tokens_per_s=piece.tokens / spent, finish="repeated")
                return
            yield piece
    finally:
        if close := getattr(pieces, "close", None):
            close()
