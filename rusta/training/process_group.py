"""Several processes that raise one phase together (DDP): who speaks, what they agree on, and how they end.

Each process holds the whole frozen base, four bits of it, and reads its own share of every step's batches; only the
gradients of the adapter travel. The first process is the one that writes, prints and judges. What any of them finds
wrong, all find wrong in the same step, so that one paragraph says it.

Where there is one process, everything here is the identity and costs nothing.

Not covered: FSDP and DeepSpeed, which are wrong or untested on four-bit weights, and several machines, which Lightning
starts and nobody has tried here.
"""

import hashlib
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, distributed

from rusta.core.errors import RustaError
from rusta.core.output import first


class Shared(RustaError):
    """A refusal that every process of a run comes to in the same step, and the first one tells."""


class Parted(Shared):
    """The processes of a run do not hold the same adapter any more, or one of them has left."""


def together() -> bool:
    """Whether there are others to ask."""
    return distributed.is_available() and distributed.is_initialized() and distributed.get_world_size() > 1


def summed(values: Tensor) -> Tensor:
    """The sum over all processes of a small tensor, the same bits in each of them."""
    if together():
        distributed.all_reduce(values)
    return values


def mean(value: float, device: torch.device) -> float:
    """The mean over all processes."""
    if not together():
        return value
    return float(summed(torch.tensor([value], dtype=torch.float64, device=device))) / distributed.get_world_size()


def any_of(said: bool, device: torch.device) -> bool:
    """Whether any process says so."""
    return bool(summed(torch.tensor([float(said)], device=device))) if together() else said


def gathered(value: Any) -> list[Any]:
    """What each process holds, in their order."""
    if not together():
        return [value]
    found: list[Any] = [None] * distributed.get_world_size()
    distributed.all_gather_object(found, value)
    return found


def digest(model: torch.nn.Module) -> str:
    """A hash of every bit that is learned."""
    found = hashlib.sha256()
    for name, p in model.named_parameters():
        if p.requires_grad:
            found.update(name.encode())
            found.update(p.detach().cpu().contiguous().view(torch.uint8).numpy().tobytes())
    return found.hexdigest()


def agreed(model: torch.nn.Module) -> str:
    """The digest that all processes hold. Raises `Parted` if they do not hold the same adapter, bit for bit."""
    each = gathered(digest(model))
    if len(set(each)) > 1:
        held = ", ".join(f"process {n}: {found[:12]}" for n, found in enumerate(each))
        raise Parted(
            f"The processes of this run hold different adapters ({held}). Gradients went missing between them, and none of "
            "these is the one that was to be learned: nothing is kept as her life. Raise it on one: trainer.devices=1"
        )
    return each[0]


@contextmanager
def company(trainer: Any) -> Iterator[None]:
    """The processes that Lightning started end with a block that fails, and what ended it is told once.

    Lightning would leave them waiting for a first process that has failed, and its watch over them would kill a first
    process that is still saying why.
    """
    others: list[subprocess.Popen[bytes]] = getattr(trainer.strategy.launcher, "procs", [])
    try:
        yield
    except BaseException as error:
        lost = _left(others) if isinstance(error, RuntimeError) else None
        for process in others:
            process.kill()
        others.clear()  # Lightning's watch holds the same list: nothing is left to watch
        if lost is not None:
            raise Parted(
                f"Process {lost} of this run has ended, and said why above. Without it I cannot go on. The last checkpoint "
                "is good: resume=last goes on from there."
            ) from error
        if isinstance(error, Shared) and not first():
            raise SystemExit(0) from None
        raise


def _left(others: list["subprocess.Popen[bytes]"]) -> int | None:
    """The process that ended in failure, if there is one: its sockets close a moment before it does."""
    until = time.monotonic() + (3 if others else 0)
    while True:
        for n, process in enumerate(others, 1):
            if process.poll():
                return n
        if time.monotonic() >= until:
            return None
        time.sleep(0.05)
