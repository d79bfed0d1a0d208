"""Several processes that train one phase together (DDP): communication, agreement, and common termination.

Each process holds the whole frozen base, in four bits, and reads its own share of every step's batches; only the
gradients of the adapter are exchanged. The first process writes, prints and evaluates. An error in any process is
raised in all of them in the same step, so that it is reported once.

With one process, every function here is the identity and costs nothing.

Not covered: FSDP and DeepSpeed, which are wrong or untested on four-bit weights, and several machines, which Lightning
could start but which are untested here.
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
from rusta.core.output import is_first_process


class Shared(RustaError):
    """An error that every process of a run raises in the same step, and that the first one reports."""


class Parted(Shared):
    """The processes of a run no longer hold the same adapter, or one of them has exited."""


def is_distributed() -> bool:
    """Whether there are other processes."""
    return distributed.is_available() and distributed.is_initialized() and distributed.get_world_size() > 1


def sum_over_processes(values: Tensor) -> Tensor:
    """Return the sum of a small tensor over all processes, the same bits in each of them."""
    if is_distributed():
        distributed.all_reduce(values)
    return values


def mean(value: float, device: torch.device) -> float:
    """Return the mean over all processes."""
    if not is_distributed():
        return value
    return (
        float(sum_over_processes(torch.tensor([value], dtype=torch.float64, device=device)))
        / distributed.get_world_size()
    )


def any_of(said: bool, device: torch.device) -> bool:
    """Whether `said` is true in any process."""
    return bool(sum_over_processes(torch.tensor([float(said)], device=device))) if is_distributed() else said


def gathered(value: Any) -> list[Any]:
    """Return the value of each process, by rank."""
    if not is_distributed():
        return [value]
    found: list[Any] = [None] * distributed.get_world_size()
    distributed.all_gather_object(found, value)
    return found


def digest(model: torch.nn.Module) -> str:
    """Return a hash of every bit of the trained parameters."""
    found = hashlib.sha256()
    for name, p in model.named_parameters():
        if p.requires_grad:
            found.update(name.encode())
            found.update(p.detach().cpu().contiguous().view(torch.uint8).numpy().tobytes())
    return found.hexdigest()


def agreed(model: torch.nn.Module) -> str:
    """Return the digest that all processes hold. Raises `Parted` if they hold different adapters."""
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
    """Kill the processes that Lightning started if the block fails, and report the cause once.

    Lightning would leave them waiting for a first process that has failed, and its monitor would kill a first process
    that is still reporting the error.
    """
    others: list[subprocess.Popen[bytes]] = getattr(trainer.strategy.launcher, "procs", [])
    try:
        yield
    except BaseException as error:
        lost = _left(others) if isinstance(error, RuntimeError) else None
        for process in others:
            process.kill()
        others.clear()  # Lightning's monitor holds the same list
        if lost is not None:
            raise Parted(
                f"Process {lost} of this run has ended, and said why above. Without it I cannot go on. The last checkpoint "
                "is good: resume=last goes on from there."
            ) from error
        if isinstance(error, Shared) and not is_first_process():
            raise SystemExit(0) from None
        raise


def _left(others: list["subprocess.Popen[bytes]"]) -> int | None:
    """Return the process that exited with a failure, if any. Waits briefly: its sockets close just before it exits."""
    until = time.monotonic() + (3 if others else 0)
    while True:
        for n, process in enumerate(others, 1):
            if process.poll():
                return n
        if time.monotonic() >= until:
            return None
        time.sleep(0.05)
