"""Batches filled up to a number of tokens: pages in reading order, with the best-fitting ones at the end of a batch."""

from collections.abc import Callable, Sequence
from typing import Protocol

WINDOW = 64  # pages that are searched for those that fit
HOLE = 1024  # tokens at the end of a batch that are filled from the window: enough for several pages, for a good fit


class Sized(Protocol):
    """The part of an example that is needed here: its length."""

    @property
    def ids(self) -> list[int]:
        """The token ids."""
        ...


class Full:
    """The assignment of pages of an endless sequence to batches, the same in every process.

    Pages are taken in order, at least one, until another would leave less than `HOLE` tokens; the rest is filled
    from the next `WINDOW` pages. So the order stays close to the shuffled one, no page waits for more than a window of
    batches, and every page of the sequence is read exactly once.
    """

    def __init__(self, page: Callable[[int], Sized], tokens: int) -> None:
        """`page` returns the n-th page of the sequence; none may be longer than `tokens`."""
        self.page, self.tokens = page, tokens
        self._batches: list[list[int]] = []  # those computed so far, from the first
        self._waiting: list[tuple[int, int]] = []  # (number, length) of pages looked at and not yet in a batch
        self._seen = 0

    def pages(self, n: int) -> list[int]:
        """Return the numbers of the pages in the n-th batch."""
        while len(self._batches) <= n:
            self._batches.append(self._fill())
        return self._batches[n]

    def _fill(self) -> list[int]:
        found, room = [], self.tokens
        self._look()
        while not found or room - self._waiting[0][1] >= HOLE:
            number, length = self._waiting.pop(0)
            found.append(number)
            room -= length
            self._look()
        chosen = fitting([length for _, length in self._waiting], room)
        found += [self._waiting[at][0] for at in chosen]
        self._waiting = [page for at, page in enumerate(self._waiting) if at not in chosen]
        return found

    def _look(self) -> None:
        while len(self._waiting) < WINDOW:
            self._waiting.append((self._seen, len(self.page(self._seen).ids)))
            self._seen += 1


def fitting(lengths: Sequence[int], room: int) -> list[int]:
    """Return the indices of `lengths` that together fill `room` best without exceeding it (exact subset sum).

    Early ones are preferred. Bit s of `reached[k]` says whether some of the first k lengths add up to s.
    """
    reached = [1]
    for length in lengths:
        reached.append((reached[-1] | reached[-1] << length) & ((2 << room) - 1))
    chosen, left = [], reached[-1].bit_length() - 1
    for k in range(len(lengths) - 1, -1, -1):
        if not reached[k] >> left & 1:
            chosen.append(k)
            left -= lengths[k]
    return chosen[::-1]
