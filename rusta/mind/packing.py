"""Packing of several pages in one sequence, computed as if each had a sequence of its own.

Positions restart with every page, and attention is computed page by page, so that a page cannot attend to another. No
mask and no padding is needed. (A mask tensor would also prevent the use of the CPU's fused kernel.)
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

import torch
from torch import Tensor

from rusta.data.render import IGNORED, Example


@dataclass(frozen=True)
class Pack:
    """Pages end to end: ids, targets and positions (1, T), the end offset of each page, and the page names."""

    ids: Tensor
    targets: Tensor
    positions: Tensor
    ends: tuple[int, ...]
    names: tuple[str, ...] = ()  # of the pages, for messages

    def to(self, device: torch.device) -> "Pack":
        """The same pack on `device`."""
        return Pack(self.ids.to(device), self.targets.to(device), self.positions.to(device), self.ends, self.names)


def pack(examples: Sequence[Example]) -> Pack:
    """Concatenate examples. The first token of a page has no target: what precedes it belongs to another page."""
    ids = [token for example in examples for token in example.ids]
    targets = [token for example in examples for token in [IGNORED, *example.targets[1:]]]
    positions = [place for example in examples for place in range(len(example.ids))]
    ends, end = [], 0
    for example in examples:
        end += len(example.ids)
        ends.append(end)
    names = tuple(example.name for example in examples if example.name)
    return Pack(torch.tensor([ids]), torch.tensor([targets]), torch.tensor([positions]), tuple(ends), names)


def page_slices(batch: Pack) -> list[slice]:
    """Return the slice of each page in the pack."""
    return [slice(start, end) for start, end in zip((0, *batch.ends[:-1]), batch.ends, strict=True)]


def only(batch: Pack, chosen: Sequence[int]) -> Pack:
    """Return a pack of the chosen pages alone."""
    spans = [page_slices(batch)[n] for n in chosen]
    ends = tuple(accumulate(span.stop - span.start for span in spans))

    def cut(whole: Tensor) -> Tensor:
        return torch.cat([whole[:, span] for span in spans], 1)

    return Pack(cut(batch.ids), cut(batch.targets), cut(batch.positions), ends)
