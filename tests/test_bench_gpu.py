"""scripts/bench_gpu.py: ready for a GPU, honest without one, and true at toy size."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
import torch

SCRIPT = Path(__file__).resolve().parent.parent / "scripts" / "bench_gpu.py"


def bench(*words: str) -> dict:
    done = subprocess.run([sys.executable, str(SCRIPT), "--json", *words], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU: it would run")
def test_without_a_gpu_it_says_that_it_did_not_run() -> None:
    found = bench()
    assert found["ran"] is False
    assert "not run on a GPU" in found["why"]


def test_a_toy_is_measured_in_all_variants_and_the_plan_is_right_about_ours() -> None:
    found = bench("--tiny", "--tokens", "512", "--rank", "8", "--blocks", "2", "--steps", "1")
    assert all(not isinstance(value, (dict, list)) for value in found.values())  # flat
    for variant in ("ours", "peft_dora", "peft_lora"):
        assert found[f"{variant}_512_tokens_per_s"] > 0 and found[f"{variant}_512_out_of_memory"] is False
    assert found["ours_512_plan_over_peak"] == pytest.approx(1, abs=0.05)
    assert found["ours_over_peft_dora_512"] > 0


def test_a_variant_that_dies_is_a_result() -> None:
    found = bench("--tiny", "--tokens", "64", "--rank", "-1", "--steps", "1")
    assert all("failed" in key for key in found if key.startswith(("ours_64", "peft")))
