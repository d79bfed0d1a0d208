"""How much a phase would read, counted without a tokenizer: from the bytes of its pages, before any weight is here."""

from dataclasses import dataclass

from rusta.data.mix import MissingData, Mix, Replay, check, weighted
from rusta.data.pages import Page
from rusta.data.render import chatml
from rusta.home import Home
from rusta.identity.identity import NAME
from rusta.mind.shape import Shape
from rusta.training.reading import Reading

# Of Qwen2.5's tokenizer on her own writing: 275,057 bytes are 70,957 tokens, and pages range from 3.3 to 4.6.
BYTES_A_TOKEN = 3.88
LETTERS = 1000  # a vocabulary below this reads letters


@dataclass(frozen=True)
class Extent:
    """The pages of a phase, in tokens, about.

    Attributes:
        lengths: of each page that could be in a batch, cut as reading cuts it.
        tokens: of one pass, weighted, without the development pages.
        pages: of one pass, likewise.
    """

    lengths: tuple[int, ...]
    tokens: int
    pages: int

    def longest_batch(self, reading: Reading) -> int:
        """Tokens of the largest batch that can come: what memory has to hold."""
        return reading.batch_tokens or sum(sorted(self.lengths)[-reading.width :])


def measure(mix: Mix, replay: Replay, reading: Reading, shape: Shape, home: Home) -> Extent | None:
    """The extent of what is to be read; None where a source is not on this machine."""
    try:
        check(mix, replay, home)
    except MissingData:
        return None
    own = [(_tokens(page, shape, reading), weight) for page, weight in weighted(mix.sources, home)]
    again = [_tokens(page, shape, reading) for page, _ in weighted(replay.sources, home)]
    kept = 1 - reading.development
    return Extent(
        (*(length for length, _ in own), *again),
        round(kept * sum(length * weight for length, weight in own)),
        max(1, round(kept * sum(weight for _, weight in own))),
    )


def _tokens(page: Page, shape: Shape, reading: Reading) -> int:
    text, _ = chatml([NAME, *page.turns] if len(page.turns) > 1 else page.turns)
    ratio = 1 if shape.vocab < LETTERS else BYTES_A_TOKEN
    return min(reading.cut, round(len(text.encode()) / ratio))
