"""Detect changes of tensors by sums of their bits, also changes that a version counter misses.

bitsandbytes' optimizers and `.data.copy_` change parameters without changing `_version`; a copy to compare with would
take as much memory as the parameters themselves.
"""

from collections.abc import Sequence
from itertools import groupby

import torch
from torch import Tensor

TOGETHER = 16  # matrices of one shape that one kernel sums on a GPU; on a CPU their copy would cost more


def fingerprints(parts: Sequence[Tensor]) -> list[Tensor]:
    """Return for each matrix the sums of its bits along both axes, for each vector its bits, as int64.

    Changing one number of a matrix changes two of its sums.
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
    """Reinterpret the memory as integers, as wide as the row allows: int64 sums are fifteen times faster than int16."""
    row = part.shape[-1] * part.element_size()  # bytes
    return part.view(torch.int16 if row % 4 else torch.int32 if row % 8 else torch.int64)
