"""The order in which pages are read: the n-th batch is a function of the seed and n, and of nothing else.

So a run that was killed goes on with exactly the batch it would have read, and "what did she read at step
1,234" has an answer. Of several processes the k-th reads every batch whose number leaves k: together they read what one
alone would, in the same steps.
"""

import random
from collections.abc import Iterator, Sequence

from rusta.data.render import Example
from rusta.mind.packing import Pack, pack
from rusta.training.token_batcher import Full


class PageStream:
    """An endless stream of packs; it remembers nothing but how many it has given.

    A pack is `width` pages, or as many as fill `batch_tokens`. It has a length because Lightning prefetches one batch
    past a loader without, and would resume one too late.
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
        self.position = 0  # batches given by all ranks together, so it means the same to any number of them
        self._orders: dict[int, list[int]] = {}  # of passes begun: shuffling thousands of pages for each page is slow
        self._full = Full(self._example, batch_tokens) if batch_tokens else None

    def __iter__(self) -> Iterator[Pack]:
        while True:
            n, self.position = self.position + self.rank, self.position + self.ranks
            yield self.batch(n)

    def __len__(self) -> int:
        return self.batches // self.ranks

    def batch(self, n: int) -> Pack:
        """The n-th batch."""
        pages = self._full.pages(n) if self._full else range(n * self.width, (n + 1) * self.width)
        return pack([self._example(page) for page in pages])

    def state_dict(self) -> dict[str, int]:
        """All there is to remember."""
        return {"position": self.position}

    def load_state_dict(self, state: dict[str, int]) -> None:
        """Go on from there."""
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
        """Which examples the given pass reads, in which order: each as often as its weight, fractions by lot."""
        if passed in self._orders:
            return self._orders[passed]
        draw = random.Random(f"{self.seed} pass {passed}")
        times = [int(weight) + (draw.random() < weight % 1) for _, weight in self.examples]
        order = [n for n, count in enumerate(times) for _ in range(count)]
        draw.shuffle(order)
        self._orders[passed] = order
        return order
