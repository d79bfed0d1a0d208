"""The dtype of matrix products: the one this processor computes fast, measured once and cached.

bfloat16 is fast on a GPU and on processors with AMX, and 7 to 100 times slower than float32 on those with AVX2 only. A
probe of under a second (`compute_probe.py`) multiplies in both types, and its results are kept under `~/.rusta/machine`
by processor, torch version and number of threads. This module reads the cached results, so light modes need no torch.

The type applies to products and activations. Adapters, optimizer states and loss are always float32.
"""

import hashlib
import json
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from rusta.core.derived_files import recalled
from rusta.core.errors import ConfigError
from rusta.core.home import Home, keep_derived
from rusta.mind.compute_rates import (
    DTYPES,
    TIE,
    CannotProbe,
    Probe,
    Rates,
    _counted,
    processor_description,
    torch_version,
)
from rusta.mind.threads import cores

WEIGHTS = ("packed", "unpacked")
MOST_THREADS = 1024


@dataclass(frozen=True)
class ComputeChoice:
    """The dtype, threads and weight storage of a run, and the reason for them.

    Attributes:
        dtype: of the products, "bfloat16" or "float32".
        weights: "packed" as stored (four bits or bf16), converted a matrix at a time for each product; "unpacked" held
            in `dtype`; "auto" until the plan, or the code that loads the model, has decided.
        threads: the number that torch uses; 0 leaves it unchanged.
        probe: the rates that decided; None on a GPU, and where nothing was measured.
    """

    dtype: str = "bfloat16"
    weights: str = "packed"
    threads: int = 0
    why: str = ""
    probe: Probe | None = None

    @property
    def width(self) -> int:
        """Bytes per number."""
        return 4 if self.dtype == "float32" else 2

    @property
    def tag(self) -> str:
        """Part of cache names that separates results of other types; empty for bfloat16 from packed weights.

        In float32, packed and unpacked weights give the same bits.
        """
        unpacked = " unpacked" if self.weights == "unpacked" and self.dtype == "bfloat16" else ""
        return f" {self.dtype}{unpacked}" if unpacked or self.dtype != "bfloat16" else ""

    def __str__(self) -> str:
        how = {"unpacked": ", the weights unpacked into it", "packed": "", "auto": ""}[self.weights]
        return f"{self.dtype}{how} ({self.why})"

    def facts(self) -> dict[str, Any]:
        """Return the entries for the run card: what must not change when the run is resumed, and the reason."""
        return {"dtype": self.dtype, "weights": self.weights, "threads": self.threads, "why": self.why}


@dataclass(frozen=True)
class Compute:
    """The settings of the choice: `compute=auto|bfloat16|float32`.

    Attributes:
        dtype: "auto" takes what the probe found faster; a type is used unconditionally.
        weights: "packed", "unpacked", or "auto": on a CPU unpacked where memory allows, on a GPU packed.
        threads: on a CPU; 0 is one for each core that this process may use.
    """

    dtype: str = "auto"  # auto, bfloat16 or float32: the type of products; bfloat16 is 7 to 100 times slower on a processor with AVX2 alone
    weights: str = "auto"  # auto, packed (as stored, widened for each product) or unpacked (held in that type, where memory allows)
    threads: int = 0  # of a CPU; 0 is one for each physical core this process may use, or OMP_NUM_THREADS

    def __post_init__(self) -> None:
        if self.dtype not in ("auto", *DTYPES):
            raise ConfigError(f"compute.dtype={self.dtype}: there are auto, {', '.join(DTYPES)}.")
        if self.weights not in ("auto", *WEIGHTS):
            raise ConfigError(f"compute.weights={self.weights}: there are auto, {', '.join(WEIGHTS)}.")
        if not 0 <= self.threads <= MOST_THREADS:
            raise ConfigError(f"compute.threads={self.threads}: from 1 to {MOST_THREADS}, or 0 for one a core.")

    def choose(self, home: Home, gpu: bool, processes: int = 1, measure: bool = True) -> ComputeChoice:
        """Return the dtype and the threads of a run on this machine; `weights` stays as set.

        If that is "auto", the plan decides it. Cores are shared between `processes`. On a CPU that was never probed
        this measures, which imports torch and takes a second more. With dtype float32 it never measures: no processor
        is slow at that. Without `measure` it takes float32 where no result is cached.
        """
        if gpu:
            dtype = "bfloat16" if self.dtype == "auto" else self.dtype
            return ComputeChoice(dtype, self.weights, 0, "a GPU" if self.dtype == "auto" else "asked for")
        threads = self.threads or max(1, torch_threads() // processes)
        why = "nothing was measured on this processor" if self.dtype == "auto" else "asked for"
        try:
            if found := probed(home, threads) if measure and self.dtype != "float32" else stored_probe(home, threads):
                return self.decided(found)
        except CannotProbe as refusal:
            why = str(refusal)
        dtype = "float32" if self.dtype == "auto" else self.dtype
        return ComputeChoice(dtype, self.weights, threads, f"{why}; {_counted(threads)}")

    def decided(self, probe: Probe) -> ComputeChoice:
        """Return the choice that a probe leads to, with its reason as a sentence."""
        asked = probe.fast if self.dtype == "auto" else self.dtype
        slower, other = probe.slower(asked), next(dtype for dtype in DTYPES if dtype != asked)
        price = f": {slower:.2g} times as slow here as {other}" if slower > TIE else ""
        why = f"the faster here with {probe}" if self.dtype == "auto" else f"asked for{price}, with {probe}"
        return ComputeChoice(asked, self.weights, probe.threads, why, probe)


def torch_threads() -> int:
    """Return the threads that matrix products benefit from: OMP_NUM_THREADS, else the usable physical cores."""
    said = os.environ.get("OMP_NUM_THREADS", "").split(",")[0]
    if said.isdecimal() and int(said):
        return int(said)
    allowed = os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else range(cores())
    return min(cores(), len({_siblings(core) for core in allowed}))


def probed(home: Home, threads: int, gpu: str | None = None, again: bool = False) -> Probe:
    """Return the probe of this processor, or of the GPU named `gpu`: cached, or measured now, which imports torch.

    A probe that was measured beside other load is repeated each time, until one was quiet; `again` repeats any. Raises
    `CannotProbe`.
    """
    before = stored_probe(home, threads, gpu)
    if before and before.quiet and not again:
        return before
    try:
        from rusta.mind.compute_probe import measure_rates

        now = measure_rates(threads, gpu)
    except ImportError:
        raise CannotProbe("torch is not installed: pip install 'rusta[mind]'") from None
    except (RuntimeError, AssertionError) as error:  # no driver, no CUDA in this torch, no memory left on the card
        raise CannotProbe(
            f"torch cannot compute here: {(str(error).splitlines() or [type(error).__name__])[0]}"
        ) from None
    found = now.best(before) if before and not again else now
    store_probe(home, found)
    return found


def stored_probe(home: Home, threads: int, gpu: str | None = None) -> Probe | None:
    """Return the cached probe of this processor or GPU, torch version and thread count; None if missing or damaged."""
    found = _read(_path(home, gpu or processor_description(), torch_version(), threads))
    return found if found and (found.processor, found.threads) == (gpu or processor_description(), threads) else None


def all_kept(home: Home) -> Iterator[Probe]:
    """Yield every cached probe of this processor and torch version, by number of threads."""
    found = (_read(path) for path in _folder(home).glob("compute-*.json"))
    here = [
        probe
        for probe in found
        if probe and (probe.processor, probe.torch) == (processor_description(), torch_version())
    ]
    yield from sorted(here, key=lambda probe: probe.threads)


def store_probe(home: Home, probe: Probe) -> None:
    """Store a probe. If the folder is not writable, the next run measures again, which takes a second."""
    path = _path(home, probe.processor, probe.torch, probe.threads)
    keep_derived(path, json.dumps(asdict(probe), indent=1))


def _folder(home: Home) -> Path:
    return Path(home.root, "machine")


def _path(home: Home, processor: str, torch: str, threads: int) -> Path:
    digest = hashlib.sha256(f"{processor}\n{torch}\n{threads}".encode()).hexdigest()
    return _folder(home) / f"compute-{digest[:12]}.json"


def _read(path: Path) -> Probe | None:
    return recalled(path, _parsed)


def _parsed(raw: bytes) -> Probe:
    said = json.loads(raw)
    rates = {dtype: Rates(**{key: float(rate) for key, rate in said[dtype].items()}) for dtype in DTYPES}
    found = Probe(
        str(said["processor"]),
        str(said["torch"]),
        int(said["threads"]),
        **rates,
        copy=float(said["copy"]),
        others=float(said.get("others", 0)),
    )
    numbers = [found.copy, *(rate for each in rates.values() for rate in asdict(each).values())]
    if not all(0 < number < float("inf") for number in numbers):
        raise ValueError("rates that nothing has")
    return found


def _siblings(core: int) -> str:
    try:
        return Path(f"/sys/devices/system/cpu/cpu{core}/topology/thread_siblings_list").read_text()
    except OSError:
        return str(core)
