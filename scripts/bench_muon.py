#!/usr/bin/env python3
"""Our Muon beside torch.optim.Muon, on the adapter matrices of the 14B's last 16 blocks: time, exactness, launches.

    .venv/bin/python scripts/bench_muon.py [--json] [--rank 128] [--steps 5] [--threads N]

Both step the same fp32 gradients in one process, in turn, on the GPU if there is one; seconds are medians. Both clip and
refuse what is not finite: ours inside its step, torch's by `clip_grad_norm_` before it.
`muon_over_torch` is torch's seconds over ours: above 1, ours is faster. `orthogonality_error` is
|O - U V'| / |U V'| in the Frobenius norm against an fp64 singular value decomposition, on a Gaussian rank-by-5120 matrix.

`launches` are kernel launches of one step of the matrices. On CUDA they are the profiler's launch events. On a CPU nothing
is launched, so the step is run as a GPU would take it (all matrices together) and torch's dispatcher is watched: views and
allocations count 0; a foreach or fused operation as many as CUDA's multi-tensor kernels would need for these sizes
(65,536 elements a block, 320 blocks and 110/64/48/36 tensors a launch for 1 to 4 lists); a concatenation 1 for 128
tensors; every other operation 1. `copies` are device-to-device copies, which are no kernels: out of place, clone and
baddbmm make one. `launches_with_magnitudes` adds AdamW's step of DoRA's 112 vectors.
"""

import argparse
import json
import math
import statistics
import time
import warnings
from collections.abc import Callable, Iterable, Sequence
from typing import Any

warnings.simplefilter("ignore")

import torch  # noqa: E402
from torch import Tensor, nn  # noqa: E402
from torch.utils._python_dispatch import TorchDispatchMode  # noqa: E402

from rusta.training.optim.muon import TOGETHER, Muon  # noqa: E402

HIDDEN, KEYS, INNER, BLOCKS = 5120, 1024, 13824, 16
# (inputs, outputs) of q, k, v, o, gate, up, down
PROJECTIONS = [(HIDDEN, HIDDEN), (HIDDEN, KEYS), (HIDDEN, KEYS), (HIDDEN, HIDDEN)]
PROJECTIONS += [(HIDDEN, INNER), (HIDDEN, INNER), (INNER, HIDDEN)]


def factors(rank: int) -> list[tuple[int, int]]:
    """A is rank by inputs, B outputs by rank: 224 matrices."""
    return [shape for i, o in PROJECTIONS * BLOCKS for shape in ((rank, i), (o, rank))]


class Launches(TorchDispatchMode):
    """Counts what would be launched on a GPU; see the top of this file for how."""

    TENSORS = (110, 64, 48, 36, 30)
    ELEMENTS, MOST = 65_536, 320
    FREE = ("empty", "_local_scalar_dense", "profiler::")

    def __init__(self) -> None:
        super().__init__()
        self.kernels = self.copies = 0

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        found = func(*args, **(kwargs or {}))
        name = func._schema.name.removeprefix("aten::")
        if func.is_view or name.startswith(self.FREE):
            return found
        if name.startswith(("_foreach", "_fused")):
            lists = [a for a in (*args, found) if isinstance(a, (list, tuple)) and a and isinstance(a[0], Tensor)]
            if name == "_foreach_norm":  # a result for each block, then one for each tensor, on cleared memory
                self.kernels += 2 + self.multi_tensor(lists[0], 1)
            else:
                wide = [a for a in lists if a[0].shape == lists[0][0].shape]
                self.kernels += self.multi_tensor(lists[0], min(len(wide), 4))
        elif name in ("cat", "stack"):
            self.kernels += math.ceil(len(args[0]) / 128)
        else:
            self.kernels += name != "clone"
            self.copies += name in ("clone", "baddbmm")
        return found

    def multi_tensor(self, tensors: Iterable[Tensor], lists: int) -> int:
        """Launches of one foreach operation: a launch is full by its tensors or by its blocks."""
        launched = held = blocks = 0
        for tensor in tensors:
            held += 1
            left = math.ceil(tensor.numel() / self.ELEMENTS)
            while left:
                taken = min(left, self.MOST - blocks)
                left, blocks = left - taken, blocks + taken
                if blocks == self.MOST or (not left and held == self.TENSORS[lists - 1]):
                    launched, blocks, held = launched + 1, 0, int(left > 0)
        return launched + (blocks > 0)


def launches(step: Callable[[], object], device: str) -> tuple[int, int]:
    """(kernels, device-to-device copies) of one step: the profiler's on CUDA, the dispatcher's elsewhere."""
    if device != "cuda":
        with Launches() as counted:
            step()
        return counted.kernels, counted.copies
    from torch.profiler import ProfilerActivity, profile

    with profile(activities=[ProfilerActivity.CPU, ProfilerActivity.CUDA]) as seen:
        step()
        torch.cuda.synchronize()
    names = [event.name for event in seen.events() or ()]
    return sum("LaunchKernel" in name for name in names), sum("Memcpy DtoD" in name for name in names)


def given(shapes: Sequence[tuple[int, ...]], grads: list[Tensor]) -> list[nn.Parameter]:
    """Parameters of zeros with these gradients."""
    params = [nn.Parameter(torch.zeros(shape, device=grads[0].device)) for shape in shapes]
    for p, grad in zip(params, grads, strict=True):
        p.grad = grad
    return params


def exactness(rank: int, device: str) -> dict[str, float]:
    """Relative distance to U Vᵀ of what one step without momentum moves a matrix of zeros by."""
    grad = torch.randn(rank, HIDDEN, generator=torch.Generator().manual_seed(0)).to(device)
    u, _, v = torch.linalg.svd(grad.double(), full_matrices=False)
    found = {}
    for name, optimizer in {
        "orthogonality_error": lambda p: Muon(p, lr=1 / (0.2 * HIDDEN**0.5), momentum=0.0),
        "torch_orthogonality_error": lambda p: torch.optim.Muon(p, lr=1.0, momentum=0.0, weight_decay=0.0),
    }.items():
        params = given([tuple(grad.shape)], [grad])
        optimizer(params).step()
        found[name] = ((params[0].detach().double() + u @ v).norm() / (u @ v).norm()).item()
    return found


def measure(rank: int, steps: int, device: str) -> dict[str, float]:
    """Everything, as one flat dictionary."""
    figures = exactness(rank, device)
    shapes = factors(rank)
    draw = torch.Generator().manual_seed(0)
    grads = [(torch.randn(shape, generator=draw) * 1e-3).to(device) for shape in shapes]
    ours, theirs = given(shapes, grads), given(shapes, [grad.clone() for grad in grads])
    torchs = torch.optim.Muon(theirs, lr=1e-3, weight_decay=0.0, adjust_lr_fn="match_rms_adamw")

    def clipped() -> None:  # ours clips, and refuses what is not finite, inside its step
        torch.nn.utils.clip_grad_norm_(theirs, 1.0, error_if_nonfinite=True)
        torchs.step()

    steps_of: dict[str, Callable[[], object]] = {"torch": clipped, "muon": Muon(ours, lr=1e-3, clip=1.0).step}
    seconds: dict[str, list[float]] = {name: [] for name in steps_of}
    before = 0  # bytes
    for n in range(steps + 1):
        for name, step in steps_of.items():
            if device == "cuda":
                torch.cuda.synchronize()
                torch.cuda.reset_peak_memory_stats()
                before = torch.cuda.memory_allocated()
            began = time.perf_counter()
            step()
            if device == "cuda":
                torch.cuda.synchronize()
            if n:  # the first step makes the states
                seconds[name].append(time.perf_counter() - began)
                if device == "cuda":
                    figures[f"{name}_extra_mb"] = (torch.cuda.max_memory_allocated() - before) / 2**20
    medians = {name: statistics.median(found) for name, found in seconds.items()}
    figures |= {f"{name}_step_s": found for name, found in medians.items()}
    figures["muon_over_torch"] = medians["torch"] / medians["muon"]
    figures["torch_launches"], _ = launches(torchs.step, device)

    steps_of.clear()
    figures["launches"], figures["copies"] = launches(_as_on_a_gpu([{"params": ours}]).step, device)
    rows = [outputs for _, outputs in PROJECTIONS * BLOCKS]
    magnitudes = given([(n,) for n in rows], [torch.randn(n, device=device) for n in rows])
    both = _as_on_a_gpu([{"params": ours}, {"params": magnitudes}])
    figures["launches_with_magnitudes"], _ = launches(both.step, device)
    return figures


def _as_on_a_gpu(groups: list[dict]) -> Muon:
    optimizer = Muon(groups, lr=1e-3, clip=1.0, together=TOGETHER)
    optimizer.step()  # makes the states
    return optimizer


def main() -> None:
    """Measure, and print a table or one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--rank", type=int, default=128)
    parser.add_argument("--steps", type=int, default=5)
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    said = parser.parse_args()
    torch.set_num_threads(said.threads)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    figures = measure(said.rank, said.steps, device)
    if said.json:
        print(json.dumps({name: float(f"{value:.4g}") for name, value in figures.items()} | {"device": device}))
    else:
        for name, value in figures.items():
            print(f"{name:<32}{value:14.4g}")


if __name__ == "__main__":
    main()
