"""The instruction sets a llama.cpp build needs are told beside those of the processor."""

from pathlib import Path

import pytest

from rusta.mind import instructions
from rusta.mind.instructions import built_for, compared, instruction_sets, llama_cpp

TOLD = "CPU : SSE3 = 1 | SSSE3 = 1 | AVX = 1 | AVX2 = 1 | AVX512 = 0 | FMA = 1 | LLAMAFILE = 1 | OPENMP = 1 | REPACK = 1 | "
CPUINFO = "processor\t: 0\nmodel name\t: A\nflags\t\t: fpu pni ssse3 avx fma avx2 avx512f avx512_bf16\nbogomips\t: 1\n"


def test_what_ggml_says_of_itself_is_read_without_what_is_no_instruction() -> None:
    assert built_for(TOLD) == ["SSE3", "SSSE3", "AVX", "AVX2", "FMA"]
    assert built_for("") == []


def test_the_processor_is_told_in_ggmls_names(tmp_path: Path) -> None:
    (tmp_path / "cpuinfo").write_text(CPUINFO)
    assert instruction_sets(tmp_path / "cpuinfo") == ["SSE3", "SSSE3", "AVX", "AVX2", "FMA", "AVX512", "AVX512_BF16"]
    (tmp_path / "cpuinfo").write_text("Features\t: fp asimd asimddp i8mm\n")
    assert instruction_sets(tmp_path / "cpuinfo") == ["NEON", "DOTPROD", "MATMUL_INT8"]
    assert instruction_sets(tmp_path / "absent") == []


@pytest.mark.parametrize(
    ("built", "has", "works", "words"),
    [
        (["AVX"], ["AVX", "AVX2"], True, "built for AVX; this processor has AVX2 besides, for a build from source"),
        (["AVX", "AVX2"], ["AVX", "AVX2"], True, "all that this has"),
        (["AVX", "AVX512"], ["AVX"], False, "this processor has no AVX512"),
        (["AVX"], [], True, "does not say"),
    ],
)
def test_a_build_runs_where_the_processor_has_all_that_it_needs(
    built: list[str], has: list[str], works: bool, words: str
) -> None:
    runs, said = compared(built, has)
    assert runs is works and words in said


def test_the_installed_wheel_runs_here_and_says_what_for() -> None:
    works, said = llama_cpp()
    assert works and said.startswith("built for ")


@pytest.mark.parametrize(
    ("script", "words"),
    [
        ("import os, signal; os.kill(os.getpid(), signal.SIGILL)", "illegal instruction"),
        ("import no_such_wheel", "No module named 'no_such_wheel'"),
    ],
)
def test_a_wheel_that_dies_or_is_not_there_is_told_and_not_died_of(
    script: str, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(instructions, "ASK", script)
    works, said = llama_cpp()
    assert not works and words in said
