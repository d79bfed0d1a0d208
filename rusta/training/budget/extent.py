"""Estimate how much a phase reads without a tokenizer, from the bytes of its pages, before any weight is here."""

from dataclasses import dataclass

from rusta.core.home import Home
from rusta.data.mix import MissingData, Mix, Replay, check, weighted
from rusta.data.pages import Page
from rusta.data.render import chatml
from rusta.identity.identity import NAME
from rusta.mind.shape import Shape
from rusta.training.reading_plan import Reading

# Of Qwen2.5's tokenizer on the corpus: 275,057 bytes are 70,957 tokens; single pages range from 3.3 to 4.6.
BYTES_A_TOKEN = 3.88
LETTERS = 1000  # a smaller vocabulary means a tokenizer with one token per byte


@dataclass(frozen=True)
class Extent:
    """The pages of a phase, in approximate tokens.

    Attributes:
        lengths: of each page that could be in a batch, truncated as in reading.
        tokens: of one pass, weighted, without the development pages.
        pages: of one pass, likewise.
        carried: the share of tokens that carry loss: those that the model would have to generate.
        kept: tokens of the development pages.
    """

    lengths: tuple[int, ...]
    tokens: int
    pages: int
    carried: float = 1.0
    kept: int = 0

    def longest_batch(self, reading: Reading) -> int:
        """Return the tokens of the largest possible batch, which memory has to hold."""
        return reading.batch_tokens or sum(sorted(self.lengths)[-reading.width :])


def measure_extent(mix: Mix, replay: Replay, reading: Reading, shape: Shape, home: Home) -> Extent | None:
    """Return the extent of the data; None if a source is not on this machine."""
    try:
        check(mix, replay, home)
    except MissingData:
        return None
    own = [(*estimate_tokens(page, shape, reading.cut), weight) for page, weight in weighted(mix.sources, home)]
    again = [estimate_tokens(page, shape, reading.cut)[0] for page, _ in weighted(replay.sources, home)]
    kept = 1 - reading.development
    whole = sum(length * weight for length, _, weight in own)
    return Extent(
        (*(length for length, _, _ in own), *again),
        round(kept * whole),
        max(1, round(kept * sum(weight for _, _, weight in own))),
        sum(carried * weight for _, carried, weight in own) / max(whole, 1),
        round(reading.development * sum(length for length, _, _ in own)),
    )


def estimate_tokens(page: Page, shape: Shape, cut: int) -> tuple[int, float]:
    """Return the approximate length of a page, truncated to `cut` tokens, and how many of these tokens carry loss."""
    text, spans = chatml([NAME, *page.turns] if len(page.turns) > 1 else page.turns)
    ratio = 1 if shape.vocab < LETTERS else BYTES_A_TOKEN
    length = min(cut, round(len(text.encode()) / ratio))
    return length, length * sum(end - start for start, end in spans) / max(len(text), 1)
