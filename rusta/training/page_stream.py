"""The order in which pages are read: the n-th batch depends only on the seed and n.

So a killed run resumes with exactly the batch it would have read, and the pages of any step can be looked up. With
several processes, process k reads the batches n with n mod processes = k: together they read what one process would, in
the same steps.
"""

import random
from collections.abc import Iterator, Sequence

from rusta.data.render import Example
from rusta.mind.packing import Pack, pack
from rusta.training.token_batcher import Full


class PageStream:
    """A stream of packs whose only state is the number of batches given.

    A pack is `width` pages, or as many as fill `batch_tokens`. The stream has a length because Lightning prefetches one
    batch from a loader without one, and would resume one batch too late.
    """

    def __init__(
        self,
        examples: Sequence[tuple[Example, float]],
        replayed: Sequence[tuple[Example, float]],
        ratio: float,
        seed: int,
        width: int,
        batches: int,
        rank: int = 0,
        ranks: int = 1,
        batch_tokens: int | None = None,
    ) -> None:
        """`examples` and `replayed` are rendered pages with the weight of their source; `batches` is of all ranks."""
        self.examples, self.replayed, self.ratio = examples, replayed, ratio
        self.seed, self.width, self.batches = seed, width, batches
        self.rank, self.ranks = rank, ranks
        self.position = 0  # batches given by all ranks together, so that it does not depend on their number
        self._orders: dict[int, list[int]] = {}  # by pass, because shuffling thousands of pages for each page is slow
        self._full = Full(self._example, batch_tokens) if batch_tokens else None

    def __iter__(self) -> Iterator[Pack]:
        while True:
            n, self.position = self.position + self.rank, self.position + self.ranks
            yield self.batch(n)

    def __len__(self) -> int:
        return self.batches // self.ranks

    def batch(self, n: int) -> Pack:
        """Return the n-th batch."""
        pages = self._full.pages(n) if self._full else range(n * self.width, (n + 1) * self.width)
        return pack([self._example(page) for page in pages])

    def state_dict(self) -> dict[str, int]:
        """Return the number of batches given."""
        return {"position": self.position}

    def load_state_dict(self, state: dict[str, int]) -> None:
        """Resume after that number of batches."""
        self.position = state["position"]

    def _example(self, n: int) -> Example:
        draw = random.Random(f"{self.seed} replay {n}")
        if self.replayed and draw.random() < self.ratio:
            return draw.choices([e for e, _ in self.replayed], [w for _, w in self.replayed])[0]
        passed = 0
        while n >= len(order := self._order(passed)):
            n -= len(order)
            passed += 1
        return self.examples[order[n]][0]

    def _order(self, passed: int) -> list[int]:
        """Return the examples of a pass in order: each as often as its weight, with the fraction as a probability."""
        if passed in self._orders:
            return self._orders[passed]
        draw = random.Random(f"{self.seed} pass {passed}")
        times = [int(weight) + (draw.random() < weight % 1) for _, weight in self.examples]
        order = [n for n, count in enumerate(times) for _ in range(count)]
        draw.shuffle(order)
        self._orders[passed] = order
        return order
