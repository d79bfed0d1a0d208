"""Measure how fast this processor multiplies matrices in float32 and in bfloat16, in under a second.

The best of several rounds counts, since other load can only make a product slower. A type that is far slower in a small
product is not measured in a large one, which would take seconds: bfloat16 runs at 1 GFLOP/s on processors without
support for it.
"""

import time
from collections.abc import Callable, Sequence
from functools import partial
from math import isfinite

import torch
from torch import Tensor

from rusta.mind.compute_rates import Probe, Rates, processor_description, torch_version
from rusta.mind.threads import usage, used_by_others

SMALL, LARGE = (
    (256, 896, 4864),
    (2048, 5120, 13824),
)  # tokens, in and out: a layer of the 0.5B, and of the 14B for a GPU
SMALLER = 4  # divisor of each of the three sizes for the small products
HOPELESS = 4  # a type this many times slower in a small product is not measured in a large one
SMALL_S, FULL_S = 0.2, 0.4  # seconds of measuring, for all small products together and then for all full ones
COPIED = 16 * 2**20  # numbers, more than a cache holds
DTYPES = (torch.float32, torch.bfloat16)
Product = tuple[Callable[[], Tensor], int]  # a matrix product, and its number of floating-point operations


def measure_rates(threads: int, gpu: str | None = None) -> Probe:
    """Return the rates with `threads` threads, or those of the GPU named `gpu`.

    The number of threads is set for the duration of the measurement.
    """
    if gpu:
        return _measure_gpu(gpu)
    before = torch.get_num_threads()
    torch.set_num_threads(threads)
    began = usage()
    try:
        with torch.inference_mode():
            small = _best(_products(DTYPES, SMALLER), SMALL_S)
            hopeful = {
                key: rate * HOPELESS >= max(small[dtype, key[1]] for dtype in DTYPES) for key, rate in small.items()
            }
            full = {key: product for key, product in _products(DTYPES, 1).items() if hopeful[key]}
            found = {**small, **{key: max(rate, small[key]) for key, rate in _best(full, FULL_S).items()}}
            float32, bfloat16 = (Rates(*(found[dtype, n] for n in range(3))) for dtype in DTYPES)
            copied, after = _copy(), usage()
            others = used_by_others(began, after) if began and after else 0.0
            return Probe(processor_description(), torch_version(), threads, float32, bfloat16, copied, round(others, 2))
    finally:
        torch.set_num_threads(before)


def _measure_gpu(name: str) -> Probe:
    with torch.inference_mode(), torch.device("cuda"):
        rates = _best(_products(DTYPES, 1, LARGE), FULL_S)
        float32, bfloat16 = (Rates(*(rates[dtype, n] for n in range(3))) for dtype in DTYPES)
        return Probe(name, torch_version(), 0, float32, bfloat16, _copy())


def _products(
    dtypes: Sequence[torch.dtype], part: int, layer: tuple[int, int, int] = SMALL
) -> dict[tuple[torch.dtype, int], Product]:
    """Return x Wᵀ, g W and gᵀ x of a layer with each size divided by `part`, keyed by type and index."""
    tokens, into, out = (size // part for size in layer)
    found: dict[tuple[torch.dtype, int], Product] = {}
    for dtype in dtypes:
        x, w, g = (torch.randn(shape).to(dtype) for shape in ((tokens, into), (out, into), (tokens, out)))
        each = (partial(_forward, x, w), partial(torch.mm, g, w), partial(_to_weight, g, x))
        found |= {(dtype, n): (product, 2 * tokens * into * out) for n, product in enumerate(each)}
    return found


def _forward(x: Tensor, w: Tensor) -> Tensor:
    return x @ w.T


def _to_weight(g: Tensor, x: Tensor) -> Tensor:
    return g.T @ x


def _best(products: dict[tuple[torch.dtype, int], Product], seconds: float) -> dict[tuple[torch.dtype, int], float]:
    """Return GFLOP/s of each product's best round.

    The products take turns, so that a short load on the machine slows only a round of each.
    """
    best = dict.fromkeys(products, float("inf"))
    until = time.perf_counter() + seconds
    while products and (time.perf_counter() < until or not all(map(isfinite, best.values()))):
        for key, (product, _) in products.items():
            best[key] = min(best[key], _seconds(product))
    return {key: operations / best[key] / 1e9 for key, (_, operations) in products.items()}


def _seconds(work: Callable[[], Tensor]) -> float:
    began = time.perf_counter()
    if work().is_cuda:
        torch.cuda.synchronize()
    return time.perf_counter() - began


def _copy() -> float:
    """Return the speed of a memory copy in GB/s, read plus written."""
    one, other = torch.zeros(COPIED), torch.empty(COPIED)
    best = float("inf")
    for _ in range(3):
        best = min(best, _seconds(partial(other.copy_, one)))
    return 2 * one.nbytes / best / 1e9
