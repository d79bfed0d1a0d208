"""In which type matrices are multiplied: what this processor computes fast, found by trying and kept.

bfloat16 is fast on a GPU and on processors with AMX, and 7 to 100 times slower than float32 on those with AVX2 alone. A
probe of under a second (`compute_probe.py`) multiplies in both types and keeps its figures under `~/.rusta/machine`, by
processor, torch version and number of threads. This module reads what was kept, so that light modes need no torch.

The type is that of the products and of what flows between them. Adapters, optimizer states and loss are float32 always.
"""

import hashlib
import json
import os
import platform
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from rusta.errors import ConfigError
from rusta.home import Home
from rusta.mind.threads import cores

DTYPES = ("bfloat16", "float32")
WEIGHTS = ("packed", "unpacked")
# What makes a processor compute as a smaller one: part of its name, for the rates are those of the smaller one.
LIMITS = ("ONEDNN_MAX_CPU_ISA", "ATEN_CPU_CAPABILITY", "MKL_ENABLE_INSTRUCTIONS", "DNNL_MAX_CPU_ISA")
FLAGS = ("avx2", "avx512f", "avx512_bf16", "amx_bf16", "avx512_fp16", "bf16", "asimd", "sve")
TO_WEIGHT = 0.1  # products for the gradient of a weight are those of the adapters: thin, a tenth of the others or less
TIE = 1.05  # bfloat16 takes half of the memory, so that float32 has to be faster by more than this


@dataclass(frozen=True)
class Rates:
    """GFLOP/s of the three products of a layer y = x Wᵀ: y itself, g W for its input, gᵀ x for its weight."""

    forward: float
    to_input: float
    to_weight: float

    @property
    def seconds(self) -> float:
        """For one GFLOP of each of the first two, and their share of the third: what decides between two types."""
        return 1 / self.forward + 1 / self.to_input + TO_WEIGHT / self.to_weight

    def __str__(self) -> str:
        return ", ".join(f"{rate:.3g}" for rate in (self.forward, self.to_input, self.to_weight))


@dataclass(frozen=True)
class Probe:
    """What was measured here: rates of both types, and how fast memory is copied (GB/s, read and written)."""

    processor: str
    torch: str
    threads: int
    float32: Rates
    bfloat16: Rates
    copy: float

    @property
    def fast(self) -> str:
        """The type that multiplies faster."""
        return "float32" if self.float32.seconds * TIE < self.bfloat16.seconds else "bfloat16"

    @property
    def slower(self) -> float:
        """How many times as long the other type takes."""
        pair = sorted((self.float32.seconds, self.bfloat16.seconds))
        return pair[1] / pair[0]

    def __str__(self) -> str:
        return (
            f"{_counted(self.threads)}; GFLOP/s forward, to the input, to the "
            f"weight: float32 {self.float32}; bfloat16 {self.bfloat16}"
        )


@dataclass(frozen=True)
class ComputeChoice:
    """What a run computes in, with how many threads, from weights held how, and why.

    Attributes:
        dtype: of the products, "bfloat16" or "float32".
        weights: "packed" as they are (four bits or bf16), widened a matrix at a time for each product; "unpacked" held in
            `dtype`.
        threads: that torch uses; 0 leaves it as it is.
        probe: the rates that decided; None on a GPU, and where nothing was measured.
    """

    dtype: str = "bfloat16"
    weights: str = "packed"
    threads: int = 0
    why: str = ""
    probe: Probe | None = None

    @property
    def width(self) -> int:
        """Bytes of a number."""
        return 4 if self.dtype == "float32" else 2

    @property
    def tag(self) -> str:
        """Part of the name of what was computed in another type than bfloat16, the type of all that was named without it."""
        return "" if self.dtype == "bfloat16" else f" {self.dtype}"

    def __str__(self) -> str:
        how = {"unpacked": ", the weights unpacked into it", "packed": "", "auto": ""}[self.weights]
        return f"{self.dtype}{how} ({self.why})"

    def facts(self) -> dict[str, Any]:
        """For the run card: what must not change in a run that goes on, and the reason."""
        return {"dtype": self.dtype, "weights": self.weights, "threads": self.threads, "why": self.why}


@dataclass(frozen=True)
class Compute:
    """How the choice is made: `compute=auto|bfloat16|float32`.

    Attributes:
        dtype: "auto" takes what the probe found faster; a type insists.
        weights: "packed", "unpacked", or "auto": on a CPU unpacked where memory allows, on a GPU packed.
        threads: on a CPU; 0 is one for each core that this process may use.
    """

    dtype: str = "auto"
    weights: str = "auto"
    threads: int = 0

    def __post_init__(self) -> None:
        if self.dtype not in ("auto", *DTYPES):
            raise ConfigError(f"compute.dtype={self.dtype}: there are auto, {', '.join(DTYPES)}.")
        if self.weights not in ("auto", *WEIGHTS):
            raise ConfigError(f"compute.weights={self.weights}: there are auto, {', '.join(WEIGHTS)}.")
        if self.threads < 0:
            raise ConfigError(f"compute.threads={self.threads}: at least one, or 0 for one a core.")

    def choose(self, home: Home, gpu: bool, processes: int = 1, measure: bool = True) -> ComputeChoice:
        """The type and the threads of a run on this machine; `weights` stays as asked, "auto" being for the plan to settle.

        Cores are shared between `processes`. On a CPU that was never probed it measures, which imports torch and takes a second
        more: but for float32, which no processor is slow at, and which is taken without `measure`.
        """
        if gpu:
            dtype = "bfloat16" if self.dtype == "auto" else self.dtype
            return ComputeChoice(dtype, self.weights, 0, "a GPU" if self.dtype == "auto" else "asked for")
        threads = self.threads or max(1, torch_threads() // processes)
        if kept(home, threads) or (measure and self.dtype != "float32"):
            return self.decided(probed(home, threads))
        dtype = "float32" if self.dtype == "auto" else self.dtype
        why = "nothing was measured on this processor" if self.dtype == "auto" else "asked for"
        return ComputeChoice(dtype, self.weights, threads, f"{why}; {_counted(threads)}")

    def decided(self, probe: Probe) -> ComputeChoice:
        """The choice that a probe leads to, and the sentence that says so."""
        price = "" if self.dtype in ("auto", probe.fast) else f": {probe.slower:.2g} times as slow here as {probe.fast}"
        why = f"the faster here with {probe}" if self.dtype == "auto" else f"asked for{price}, with {probe}"
        return ComputeChoice(
            probe.fast if self.dtype == "auto" else self.dtype, self.weights, probe.threads, why, probe
        )


def torch_threads() -> int:
    """Threads that products of matrices gain from: OMP_NUM_THREADS, else the physical cores that this process may use."""
    said = os.environ.get("OMP_NUM_THREADS", "").split(",")[0]
    if said.isdecimal() and int(said):
        return int(said)
    allowed = os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else range(cores())
    return min(cores(), len({_siblings(core) for core in allowed}))


def probed(home: Home, threads: int, gpu: str | None = None) -> Probe:
    """The probe of this processor, or of the GPU of that name: as it was kept, or measured now, which imports torch."""
    found = kept(home, threads, gpu)
    if found is None:
        from rusta.mind.compute_probe import measure

        found = measure(threads, gpu)
        keep(home, found)
    return found


def kept(home: Home, threads: int, gpu: str | None = None) -> Probe | None:
    """The probe of this processor or GPU, this torch and so many threads; None where there is none, or its file is damaged."""
    found = _read(_path(home, gpu or processor(), torch_version(), threads))
    return found if found and (found.processor, found.threads) == (gpu or processor(), threads) else None


def all_kept(home: Home) -> Iterator[Probe]:
    """Every probe of this processor and this torch, by the number of threads."""
    found = (_read(path) for path in _folder(home).glob("compute-*.json"))
    here = [probe for probe in found if probe and (probe.processor, probe.torch) == (processor(), torch_version())]
    yield from sorted(here, key=lambda probe: probe.threads)


def keep(home: Home, probe: Probe) -> None:
    """Remember a probe. A home that cannot be written to costs a second next time."""
    from rusta.home import write_atomically

    try:
        path = _path(home, probe.processor, probe.torch, probe.threads)
        write_atomically(path, json.dumps(asdict(probe), indent=1))
    except OSError:
        return


@cache
def processor() -> str:
    """What the processor is called, which instructions it has, and what the environment withholds of them."""
    told: Mapping[str, str] = {}
    try:
        first = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").partition("\n\n")[0]
        told = {key.strip(): value.strip() for key, _, value in (line.partition(":") for line in first.splitlines())}
    except OSError:
        pass
    name = told.get("model name") or platform.processor() or platform.machine()
    has = set((told.get("flags") or told.get("Features") or "").split())
    withheld = [f"{key}={os.environ[key]}" for key in LIMITS if os.environ.get(key)]
    return " ".join([name, f"({', '.join(flag for flag in FLAGS if flag in has)})", *withheld])


def torch_version() -> str:
    """Of the installed torch, without importing it."""
    try:
        return version("torch")
    except PackageNotFoundError:
        return "none"


def _counted(threads: int) -> str:
    return "1 thread" if threads == 1 else f"{threads} threads"


def _folder(home: Home) -> Path:
    return Path(home.root, "machine")


def _path(home: Home, processor: str, torch: str, threads: int) -> Path:
    digest = hashlib.sha256(f"{processor}\n{torch}\n{threads}".encode()).hexdigest()
    return _folder(home) / f"compute-{digest[:12]}.json"


def _read(path: Path) -> Probe | None:
    try:
        said = json.loads(path.read_text(encoding="utf-8"))
        rates = {dtype: Rates(**{key: float(rate) for key, rate in said[dtype].items()}) for dtype in DTYPES}
        found = Probe(
            str(said["processor"]), str(said["torch"]), int(said["threads"]), **rates, copy=float(said["copy"])
        )
        numbers = [found.copy, *(rate for each in rates.values() for rate in asdict(each).values())]
        return found if all(0 < number < float("inf") for number in numbers) else None
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def _siblings(core: int) -> str:
    try:
        return Path(f"/sys/devices/system/cpu/cpu{core}/topology/thread_siblings_list").read_text()
    except OSError:
        return str(core)
