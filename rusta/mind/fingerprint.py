"""Whether tensors are what they were, by the sums of their bits: what a version counter misses is found all the same.

bitsandbytes' optimizers and `.data.copy_` change parameters without a trace in `_version`; a copy to compare with would
take as much memory as the parameters themselves.
"""

from collections.abc import Sequence
from itertools import groupby

import torch
from torch import Tensor

TOGETHER = 16  # matrices of one shape that are added up by one kernel on a GPU; on a CPU their copy would cost more


def fingerprints(parts: Sequence[Tensor]) -> list[Tensor]:
    """Of each matrix the sums of its bits along both axes, of each vector its bits, int64.

    Who changes a number of a matrix changes two of its sums.
    """
    found = dict[int, Tensor]()
    most = TOGETHER if parts[0].is_cuda else 1
    order = sorted(range(len(parts)), key=lambda n: tuple(parts[n].shape))
    for _, group in groupby(order, key=lambda n: parts[n].shape):
        alike = list(group)
        for start in range(0, len(alike), most):
            places = alike[start : start + most]
            each = [_bits(parts[n]) for n in places]
            bits = torch.stack(each) if len(each) > 1 else each[0][None]  # (k, rows, words), or (k, words)
            sums = torch.cat([bits.sum(1), bits.sum(2)], 1) if bits.ndim == 3 else bits.to(torch.int64, copy=True)
            found |= zip(places, sums.unbind(), strict=True)
    return [found[n] for n in range(len(parts))]


def _bits(part: Tensor) -> Tensor:
    """The same memory as integers: whole words, where a row has them, add up fifteen times faster than halves."""
    row = part.shape[-1] * part.element_size()  # bytes
    return part.view(torch.int16 if row % 4 else torch.int32 if row % 8 else torch.int64)
