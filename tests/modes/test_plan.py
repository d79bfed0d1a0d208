"""mode=plan: an answer before any weight is here, for people and for programs; and training that listens to it."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

Rusta = Callable[..., "subprocess.CompletedProcess[str]"]
OWNERS = ("mode=plan", "+phase=personality", "body=rtx3090")


@pytest.fixture
def planned(rusta: Rusta) -> Callable[..., dict]:
    def run(*words: str) -> dict:
        done = rusta(*words, "output=json")
        assert done.returncode in (0, 1) and done.stdout, done.stderr
        found = json.loads(done.stdout)
        assert found["ready"] is (done.returncode == 0)
        return found

    return run


def test_both_presets_at_three_batches_each_with_its_verdict_without_weights(planned) -> None:
    found = planned(*OWNERS)
    assert found["weights"] is False and found["limit_gb"] == 22.0
    assert [(row["rank"], row["batch_tokens"]) for row in found["grid"]] == [
        (rank, tokens) for rank in (128, 208) for tokens in (2048, 4096, 8192)
    ]
    assert {row["rank"]: row["trainable"] for row in found["grid"]} == {128: 184_221_696, 208: 298_909_696}
    for row in [found, *found["grid"]]:
        assert row["fits"] is (row["peak_gb"] <= 22.0)
        assert (row["change"] is None) is row["fits"]
        assert sum(row["parts_gb"].values()) == pytest.approx(row["peak_gb"], abs=0.02)
        assert row["allocated_gb"] < row["peak_gb"]
    assert found["steps"] > 0 and found["tokens"] > 0 and found["passes"] > 0
    assert found["timed"].startswith("not predicted") and found["seconds"] is None


def test_a_no_comes_with_the_change_that_makes_it_a_yes(planned) -> None:
    refused = planned(*OWNERS, "body.memory_gb=15")
    assert refused["fits"] is False and refused["verdict"].startswith("No")
    assert refused["change"] in refused["verdict"]
    assert planned(*OWNERS, "body.memory_gb=15", refused["change"])["fits"] is True


def test_a_person_sees_where_memory_goes_and_the_verdict(rusta: Rusta) -> None:
    done = rusta("plan", "personality", "body=rtx3090", COLUMNS="120")
    assert done.returncode == 0, done.stderr
    assert "base" in done.stdout and "█" in done.stdout
    assert "Yes: it fits" in done.stdout and "184.2M parameters learn" in done.stdout


def test_without_its_data_or_without_a_phase_memory_is_told_all_the_same(planned) -> None:
    absent = planned("mode=plan", "+phase=mind", "body=rtx3090")
    assert absent["ready"] is False and absent["verdict"].startswith("No: ") and "rust_books" in absent["missing"][0]
    assert absent["fits"] and absent["passes"] is None and absent["steps"] > 0 and "not all here" in absent["why"]
    assert planned("mode=plan", "body=rtx3090")["steps"] is None


def test_what_is_missing_is_a_no_and_stands_first(rusta: Rusta) -> None:
    done = rusta("plan", "ecosystem", "body=rtx3090", "mode.ranks=[]")
    assert done.returncode == 1, done.stdout
    first, *rest = done.stdout.splitlines()
    assert first.startswith("No: ") and "not all here" in first
    assert [line for line in rest if "Raise it first: rusta +phase=personality" in line]
    assert not [line for line in rest if line.startswith("Yes")]
    assert [line for line in rest if line.startswith("Memory alone: Yes: it fits")]


def test_it_needs_no_torch(home) -> None:
    code = (
        "import sys; sys.argv[1:] = ['mode=plan', '+phase=personality', 'body=rtx3090', 'output=json']\n"
        "from rusta.cli.app import main; main()\n"
        "heavy = {'torch', 'transformers', 'lightning', 'peft', 'numpy'} & set(sys.modules)\n"
        "assert not heavy, heavy"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_the_rates_of_this_processor_say_how_long_it_takes_and_are_kept(planned, home) -> None:
    found = planned("mode=plan", "+phase=personality", "body=tiny")
    parts = found["seconds_by_part"]
    assert found["tokens_per_s"] == pytest.approx(found["tokens"] / parts["learning"], rel=0.3)
    assert found["seconds"] == pytest.approx(sum(parts.values()), abs=0.3)
    assert "not yet corrected" in found["timed"]
    (kept,) = (Path(home.root) / "machine").glob("compute-*.json")
    kept.write_text(
        json.dumps(json.loads(kept.read_text()) | {"others": 0})
    )  # else it is measured again beside other work
    again = planned("mode=plan", "+phase=personality", "body=tiny")
    assert again["seconds"] == found["seconds"]  # from what was kept: another measurement would differ


def test_training_refuses_what_the_plan_refuses_before_anything_is_woken(rusta: Rusta, home) -> None:
    words = ["+phase=personality", "body=tiny", "body.memory_gb=0.5"]
    refused = rusta(*words)
    assert refused.returncode == 1
    assert "I will not begin" in refused.stderr and "body.memory_gb=N" in refused.stderr
    assert "Traceback" not in refused.stderr
    assert not list(home.models.glob("tiny-*"))  # not even made


@pytest.mark.parametrize(
    "wrong", ["trainer.recompute=foo", "trainer.prefix_cache=maybe", "mode.batches=[0]", "mode.ranks=[x]"]
)
def test_what_training_would_refuse_is_not_planned(wrong: str, rusta: Rusta) -> None:
    done = rusta("mode=plan", "body=tiny", "mode.probe=false", "output=json", wrong)
    assert done.returncode == 2 and not done.stdout, done.stderr
    assert wrong.replace("[x]", "['x']") in done.stderr and "Traceback" not in done.stderr
