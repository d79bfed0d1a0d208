"""When she stops by herself: she repeats, she is not understood, or what a turn may cost is used up.

The rules are those that agents with a terminal came to after users watched them loop for hours: the same step three
times, two steps back and forth three times, three answers in a row that cannot be read, and budgets of steps, tokens
and time. A step is the same only when what came of it was the same too: cargo asked twice around an edit is work.
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
)  # characters of a piece that is said again: up to a line eight times, up to a paragraph three times
LETTERS, RULED = 64, 320  # of all its rounds, at least; a line drawn of dashes is longer than a word is repeated


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


def chants(text: str) -> bool:
    """Whether a text that is still coming ends in the same piece over and over, a letter or a paragraph."""
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
    """The same pieces, ended where they only say the same again: a small mind that begins to repeat itself does not stop.

    Closing this closes the engine's own iterator.
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
