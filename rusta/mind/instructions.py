"""The instruction sets the llama.cpp wheel was built for, compared with those of this processor.

A build for AVX2 runs on a processor with AVX-512, at AVX2's speed. A build for AVX-512 crashes with an illegal
instruction on a processor without it. The wheel is therefore queried in a subprocess (60 ms), which may crash.
"""

import signal
import subprocess
import sys
from pathlib import Path

# ggml's name -> the kernel's name in /proc/cpuinfo. ggml's other features (OPENMP, REPACK, LLAMAFILE) are not
# instruction sets.
KERNEL_NAMES = {
    "SSE3": "pni", "SSSE3": "ssse3", "AVX": "avx", "AVX2": "avx2", "F16C": "f16c", "FMA": "fma", "BMI2": "bmi2",
    "AVX_VNNI": "avx_vnni", "AVX512": "avx512f", "AVX512_VBMI": "avx512vbmi", "AVX512_VNNI": "avx512_vnni",
    "AVX512_BF16": "avx512_bf16", "AMX_INT8": "amx_int8",
    "NEON": "asimd", "FP16_VA": "asimdhp", "DOTPROD": "asimddp", "MATMUL_INT8": "i8mm", "SVE": "sve", "SME": "sme",
}  # fmt: skip
SECONDS = 5  # timeout of the query
ASK = "import xllamacpp; print(xllamacpp.get_system_info())"


def built_for(told: str) -> list[str]:
    """Return the instruction sets from ggml's system info: `CPU : AVX = 1 | AVX2 = 1 | OPENMP = 1 | `."""
    features = (feature.rpartition(":")[2].partition("=") for feature in told.split("|"))
    names = [name.strip() for name, _, value in features if value.strip() not in ("", "0")]
    return [name for name in names if name in KERNEL_NAMES]


def instruction_sets(cpuinfo: Path = Path("/proc/cpuinfo")) -> list[str]:
    """Return this processor's instruction sets, by ggml's names; empty where unknown (macOS, Windows)."""
    try:
        lines = cpuinfo.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return []
    flags = next((line.split(":", 1)[1].split() for line in lines if line.startswith(("flags", "Features"))), [])
    return [name for name, kernel in KERNEL_NAMES.items() if kernel in flags]


def compared(built: list[str], has: list[str]) -> tuple[bool, str]:
    """Return whether such a build runs on this processor, and a description of both.

    A build from source would use all instruction sets of the processor.
    """
    words = f"built for {', '.join(built) or 'no extension'}"
    if not has:
        return True, f"{words}; the system does not say what the processor has"
    if missing := [name for name in built if name not in has]:
        return False, f"{words}; this processor has no {', '.join(missing)}"
    unused = [name for name in has if name not in built]
    return True, f"{words}; " + (
        f"this processor has {', '.join(unused)} besides, for a build from source" if unused else "all that this has"
    )


def llama_cpp() -> tuple[bool, str]:
    """Return whether the installed wheel runs on this processor, and a description."""
    try:
        words = [sys.executable, "-P", "-c", ASK]  # with cwd=/ below: nothing from the workspace is imported
        told = subprocess.run(words, capture_output=True, text=True, timeout=SECONDS, cwd="/")
    except subprocess.TimeoutExpired:
        return False, f"does not answer in {SECONDS} s"
    if told.returncode == -signal.SIGILL:
        return False, "built for another processor: it dies of an illegal instruction"
    if told.returncode:
        return False, (told.stderr.strip().splitlines() or ["does not load"])[-1]
    return compared(built_for(told.stdout), instruction_sets())
