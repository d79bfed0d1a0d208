"""Measure the memory of tensors during a step, to check the plan's calculation.

On a GPU the allocator counts by itself (`max_memory_allocated`). On a CPU nothing does, so every storage that an
operation returns is counted from its creation until the last tensor that uses it is freed.

Not covered: workspaces inside a kernel, and the allocator's own rounding.
"""

import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves


class Meter(TorchDispatchMode):
    """Bytes of the storages that were created inside the `with`: now (`live`) and at most (`peak`)."""

    def __init__(self) -> None:
        super().__init__()
        self.live = self.peak = 0
        self._known: set[int] = set()

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        found = func(*args, **(kwargs or {}))
        given = {_storage(tensor) for tensor in tree_leaves((args, kwargs)) if isinstance(tensor, Tensor)}
        for tensor in tree_leaves(found):
            if isinstance(tensor, Tensor) and _storage(tensor) not in given:
                self._born(tensor)
        return found

    def _born(self, tensor: Tensor) -> None:
        storage = tensor.untyped_storage()
        key, size = storage._cdata, storage.nbytes()
        if key in self._known or not size:
            return
        self._known.add(key)
        self.live += size
        self.peak = max(self.peak, self.live)
        weakref.finalize(storage, self._gone, key, size)

    def _gone(self, key: int, size: int) -> None:
        self._known.discard(key)
        self.live -= size


@contextmanager
def saved() -> Iterator[dict[int, int]]:
    """Yield what autograd saves for the backward pass inside the `with`: bytes by storage, each counted once."""
    found: dict[int, int] = {}

    def pack(tensor: Tensor) -> Tensor:
        found[_storage(tensor)] = tensor.untyped_storage().nbytes()
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
        yield found


def storage_sizes(model: nn.Module, learned: bool | None = None) -> dict[int, int]:
    """Return the size of a model's parameters and buffers, with the scales of four-bit ones: bytes by storage."""
    found: dict[int, int] = {}
    for tensor in [*model.parameters(), *model.buffers()]:
        if learned is None or tensor.requires_grad is learned:
            for part in (tensor, *_scales(getattr(tensor, "quant_state", None))):
                found[_storage(part)] = part.untyped_storage().nbytes()
    return found


def _scales(state: Any) -> list[Tensor]:
    if state is None:
        return []
    own = [part for part in (state.absmax, state.code, state.offset) if isinstance(part, Tensor)]
    return own + _scales(state.state2)


def _storage(tensor: Tensor) -> int:
    return tensor.untyped_storage()._cdata
