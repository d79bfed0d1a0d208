"""Several pages in one sequence, each as alone as if it had a sequence to itself.

Positions start anew with every page, and attention is computed page by page: there is no mask to get wrong, no
padding to pay for, and a page cannot see another. (A mask tensor would also cost the CPU its fused kernel.)
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

import torch
from torch import Tensor

from rusta.data.render import IGNORED, Example


@dataclass(frozen=True)
class Pack:
    """Pages end to end: ids, targets and positions (1, T), where each page ends, and how it is called."""

    ids: Tensor
    targets: Tensor
    positions: Tensor
    ends: tuple[int, ...]
    names: tuple[str, ...] = ()  # of the pages, for what has to be said about them

    def to(self, device: torch.device) -> "Pack":
        """The same pack on `device`."""
        return Pack(self.ids.to(device), self.targets.to(device), self.positions.to(device), self.ends, self.names)


def pack(examples: Sequence[Example]) -> Pack:
    """Lay examples end to end. The first token of a page is nobody's target: what precedes it is another page."""
    ids = [token for example in examples for token in example.ids]
    targets = [token for example in examples for token in [IGNORED, *example.targets[1:]]]
    positions = [place for example in examples for place in range(len(example.ids))]
    ends, end = [], 0
    for example in examples:
        end += len(example.ids)
        ends.append(end)
    names = tuple(example.name for example in examples if example.name)
    return Pack(torch.tensor([ids]), torch.tensor([targets]), torch.tensor([positions]), tuple(ends), names)


def pages(batch: Pack) -> list[slice]:
    """Where each page lies in the pack."""
    return [slice(start, end) for start, end in zip((0, *batch.ends[:-1]), batch.ends, strict=True)]


def only(batch: Pack, chosen: Sequence[int]) -> Pack:
    """The pack of the chosen pages alone."""
    spans = [pages(batch)[n] for n in chosen]
    ends = tuple(accumulate(span.stop - span.start for span in spans))

    def cut(whole: Tensor) -> Tensor:
        return torch.cat([whole[:, span] for span in spans], 1)

    return Pack(cut(batch.ids), cut(batch.targets), cut(batch.positions), ends)
