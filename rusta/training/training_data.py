"""The tokenised pages of a run: for training, for early stopping (development pages), and for replay."""

import hashlib
from dataclasses import dataclass
from typing import Any

from rusta.core.errors import ConfigError
from rusta.core.home import Home
from rusta.data.mix import Mix, Replay, weighted
from rusta.data.pages import Page
from rusta.data.render import Example, render
from rusta.registry import run_card
from rusta.training.reading_plan import Reading

Weighted = list[tuple[Example, float]]


@dataclass(frozen=True)
class TrainingData:
    """Rendered pages; those for training and replay with the weight of their source."""

    learning: Weighted
    replayed: Weighted
    kept: list[Example]
    facts: dict[str, Any]  # for the run card: the pages' names and a hash of their texts

    @property
    def size(self) -> tuple[int, int]:
        """The number of pages and of tokens of one pass."""
        pages = sum(weight for _, weight in self.learning)
        tokens = sum(round(len(example.ids) * weight) for example, weight in self.learning)
        return max(1, round(pages)), tokens


def gather(mix: Mix, replay: Replay, reading: Reading, home: Home, tokenizer: Any) -> TrainingData:
    """Load and render all pages.

    Development pages are chosen by name. Raises `ConfigError` if none is left for training.
    """

    def rendered(pages: list[tuple[Page, float]]) -> Weighted:
        """Render pages, without those of which truncation leaves nothing that carries loss."""
        found = [(render(page, tokenizer, reading.cut), weight) for page, weight in pages]
        return [(example, weight) for example, weight in found if example.carries]

    pages = weighted(mix.sources, home)
    kept = [page for page, _ in pages if _lot(page) < reading.development]
    learning = [(page, weight) for page, weight in pages if _lot(page) >= reading.development]
    found = TrainingData(
        rendered(learning),
        rendered(weighted(replay.sources, home)),
        [example for example, _ in rendered([(page, 1.0) for page in kept])],
        {
            "mix": mix.name,
            "pages": len(learning),
            "development_pages": [page.path.stem for page in kept],
            "hash": run_card.digest([page.hers for page, _ in learning]),
        },
    )
    if not found.learning:
        raise ConfigError(
            f"reading.longest={reading.longest} cuts every page of {mix.name} before the first word to learn. "
            "Let her read on: reading.longest=1024"
        )
    return found


def _lot(page: Page) -> float:
    """Return a number in [0, 1) determined by the name of the page and of its folder."""
    name = f"{page.path.parent.name}/{page.path.stem}"
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:4]) / 2**32
