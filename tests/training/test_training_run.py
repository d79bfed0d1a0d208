"""One phase, lived end to end on the tiny body: real processes, real kills."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch
import yaml

from rusta.mind.attention import AGREES
from rusta.registry.run_lock import same_run

ROOT = Path(__file__).resolve().parent.parent.parent
SMALL = ["body=tiny", "+phase=personality", "reading.tokens=12000"]
LONG = ["reading.tokens=400000", "body.tokens=400000"]


def rusta(home: Path, *words: str, check: bool = True) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "RUSTA_HOME": str(home)}
    done = subprocess.run(
        [sys.executable, "-m", "rusta", *words],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
    )
    assert not check or done.returncode == 0, done.stderr
    return done


@pytest.fixture(scope="module")
def raised(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A home in which personality was raised once, and the run's folder."""
    folder = tmp_path_factory.mktemp("raised")
    done = rusta(folder / "home", *SMALL, f"hydra.run.dir={folder / 'run'}", "output=json")
    assert json.loads(done.stdout)["pages"] == 32  # stdout is one object and nothing else
    return folder / "home", folder / "run"


def test_a_finished_phase_leaves_what_a_person_and_a_program_would_look_for(raised: tuple[Path, Path]) -> None:
    home, run = raised
    for name in (
        "run.yaml",
        "metrics.csv",
        "curves.png",
        "sealed.md",
        "sealed.json",
        "rusta.log",
        "adapter/adapter_config.json",
    ):
        assert (run / name).stat().st_size > 0, name
    assert list((run / "samples").glob("step-*.md"))
    card = yaml.safe_load((home / "life/personality/run.yaml").read_text())
    assert card["model_hash"] and card["data"]["hash"] and card["versions"]["torch"]
    attention = card["attention"]  # what computes it in training is not what was chosen to talk with
    assert (attention["training"], attention["samples"], attention["why"]) == (
        "sdpa, page by page",
        "sdpa",
        "asked for",
    )
    assert 0 < attention["off"] < AGREES
    assert card["margin"] == pytest.approx(json.loads((run / "sealed.json").read_text())["margin"]["mean"])


def test_stock_peft_loads_what_was_raised(raised: tuple[Path, Path]) -> None:
    from peft import PeftModel
    from safetensors.torch import load_file
    from transformers import AutoModelForCausalLM

    home, run = raised
    base = AutoModelForCausalLM.from_pretrained(next((home / "models").glob("tiny-*")))
    model = PeftModel.from_pretrained(base, str(home / "life/personality/adapter"))
    saved = load_file(run / "adapter/adapter_model.safetensors")
    assert any("lora_magnitude_vector" in name for name in saved)
    here = {name.replace(".default", ""): value for name, value in model.state_dict().items() if "lora" in name}
    for name, value in saved.items():
        match = here.get(name, here.get(f"{name}.weight"))
        assert match is not None and torch.equal(match, value), name


def test_a_checkpoint_holds_what_is_learned_and_nothing_else(raised: tuple[Path, Path]) -> None:
    _, run = raised
    path = sorted((run / "checkpoints").glob("step-*.ckpt"))[-1]
    saved = torch.load(path, weights_only=True)
    assert all("lora" in name for name in saved["state_dict"])
    learned = sum(value.numel() * value.element_size() for value in saved["state_dict"].values())
    states = saved["optimizer_states"][0]["state"].values()
    optimizer = sum(v.numel() * v.element_size() for state in states for v in state.values() if torch.is_tensor(v))
    # Of so small an adapter the file's own directory is a large part: it is taken off before the comparison.
    entries = len(saved["state_dict"]) + sum(len(state) for state in states)
    assert path.stat().st_size - 1500 * entries < 1.5 * (learned + optimizer)


def test_a_run_killed_at_any_of_three_steps_goes_on_to_the_same_bits() -> None:
    script = ROOT / "scripts/show_resume.py"
    done = subprocess.run(
        [sys.executable, str(script), "--body", "tiny", "--tokens", "16000", "--json"], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    kills = json.loads(done.stdout)["kills"]
    assert len({kill["killed_at_step"] for kill in kills}) == 3
    assert all(kill["identical"] for kill in kills)


def test_a_resumed_run_must_be_the_same_run(tmp_path: Path) -> None:
    home, run = tmp_path / "home", tmp_path / "run"
    _interrupt(home, run)
    refused = rusta(home, *SMALL, "resume=last", "adapter.rank=8", f"hydra.run.dir={tmp_path / 'other'}", check=False)
    assert refused.returncode == 1
    assert "adapter.rank was 4 and is 8" in refused.stderr
    assert "Traceback" not in refused.stderr


def test_ctrl_c_saves_a_checkpoint_says_how_to_go_on_and_exits_130(tmp_path: Path) -> None:
    home, run = tmp_path / "home", tmp_path / "run"
    code, said = _interrupt(home, run)
    assert code == 130, said
    assert "resume=last" in said
    assert "Traceback" not in said
    assert list((run / "checkpoints").glob("step-*.ckpt"))


def test_pages_cut_before_she_speaks_are_refused_and_hide_no_broken_run(tmp_path: Path) -> None:
    home, run = tmp_path / "home", tmp_path / "run"
    _interrupt(home, run)
    words = [*SMALL, "reading.longest=16", f"hydra.run.dir={tmp_path / 'other'}"]
    refused = rusta(home, *words, check=False)
    assert refused.returncode == 2
    assert "reading.longest=16" in refused.stderr and "Traceback" not in refused.stderr
    assert (home / "life/.under-way/personality").read_text() == str(run)


def test_an_adapter_of_another_base_is_refused(raised: tuple[Path, Path], tmp_path: Path) -> None:
    home, _ = raised
    refused = rusta(home, "body=tiny", "model.seed=1", "+phase=personality", "mode=chat", "prompt=hi", check=False)
    assert refused.returncode == 1
    assert "trained on weights" in refused.stderr


def test_a_sweep_leaves_one_table_with_the_best_first(raised: tuple[Path, Path], tmp_path: Path) -> None:
    home, _ = raised
    rusta(
        home,
        "-m",
        *SMALL[:2],
        "reading.tokens=3000",
        "adapter.rank=2,4",
        "~callbacks.samples",
        f"hydra.sweep.dir={tmp_path}",
    )
    lines = (tmp_path / "sweep.md").read_text().splitlines()
    head = [cell.strip() for cell in lines[2].strip("|").split("|")]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[4:]]
    margins = [float(row[head.index("margin")]) for row in rows]
    assert {row[head.index("adapter.rank")] for row in rows} == {"2", "4"}
    assert margins == sorted(margins, reverse=True)


def test_sigterm_saves_a_checkpoint_says_how_to_go_on_and_exits_143(tmp_path: Path) -> None:
    home, run = tmp_path / "home", tmp_path / "run"
    code, said = _interrupt(home, run, signal.SIGTERM)
    assert code == 143, said
    assert "resume=last" in said and "Traceback" not in said
    assert list((run / "checkpoints").glob("step-*.ckpt"))


def test_a_run_that_another_process_trains_is_not_gone_on_with(tmp_path: Path) -> None:
    home, run = tmp_path / "home", tmp_path / "run"
    _interrupt(home, run)
    with same_run(run):
        refused = rusta(home, *SMALL, *LONG, "resume=last", f"hydra.run.dir={tmp_path / 'other'}", check=False)
    assert refused.returncode == 1
    assert f"is being trained by process {os.getpid()}" in refused.stderr and "Traceback" not in refused.stderr


def _interrupt(home: Path, run: Path, number: int = signal.SIGINT) -> tuple[int, str]:
    """Begin a run, send it Ctrl-C after its third step, and return its exit code and what it said."""
    words = [*SMALL, f"hydra.run.dir={run}", "~callbacks.samples", "~callbacks.development"]
    process = subprocess.Popen(
        [sys.executable, "-m", "rusta", *words, *LONG],
        cwd=ROOT, env={**os.environ, "RUSTA_HOME": str(home)}, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    while process.poll() is None:
        rows = (run / "metrics.csv").read_text().splitlines() if (run / "metrics.csv").exists() else []
        if len(rows) > 3:
            process.send_signal(number)
            break
        time.sleep(0.05)
    said = process.communicate()[1]
    return process.returncode, said


def test_with_the_prefix_from_disk_she_becomes_the_same_bit_for_bit(raised: tuple[Path, Path], tmp_path: Path) -> None:
    home, run = raised
    for name in ("filled", "read"):
        done = rusta(home, *SMALL, "trainer.prefix_cache=disk", f"hydra.run.dir={tmp_path / name}")
        assert f"is kept in {home / 'models/prefix-cache'}" in done.stderr
        adapter = (tmp_path / name / "adapter/adapter_model.safetensors").read_bytes()
        assert adapter == (run / "adapter/adapter_model.safetensors").read_bytes()
    kept = yaml.safe_load((tmp_path / "read/run.yaml").read_text())["prefix"]
    assert kept["computed"] == 0 and kept["read"] > 0


def test_a_run_goes_on_in_the_type_and_with_the_threads_it_began_with(tmp_path: Path) -> None:
    home, run = tmp_path / "home", tmp_path / "run"
    small = [*SMALL[:2], "reading.tokens=3000", "~callbacks.samples"]
    begun = ["compute.threads=1", *small]
    rusta(home, *begun, f"hydra.run.dir={run}")
    began = yaml.safe_load((run / "run.yaml").read_text())["compute"]
    assert (began["dtype"], began["threads"]) == ("float32", 1) and "asked for" in began["why"]
    again = [*small, f"resume={run}", f"hydra.run.dir={tmp_path / 'other'}"]
    refused = rusta(home, *again, "compute=bfloat16", check=False)
    assert refused.returncode == 1 and "compute.dtype was float32 and is bfloat16" in refused.stderr
    gone_on = rusta(home, *again, "compute=auto")
    assert "compute: float32" in gone_on.stderr and "as the run began" in gone_on.stderr
    assert yaml.safe_load((run / "run.yaml").read_text())["compute"]["threads"] == 1


def test_a_life_of_another_type_goes_on_and_it_is_said(raised: tuple[Path, Path], tmp_path: Path) -> None:
    home, _ = raised
    life = home / "life/personality/adapter"
    words = [
        *SMALL,
        f"init_from={life}",
        "compute=bfloat16",
        "reading.tokens=2000",
        f"hydra.run.dir={tmp_path / 'run'}",
    ]
    done = rusta(home, *words, "body.tokens=2000")
    assert "was raised computing in float32, and goes on in bfloat16" in done.stderr


def test_a_finished_run_says_how_long_it_took_beside_what_was_foretold(tmp_path: Path) -> None:
    home = tmp_path / "home"
    foretold = json.loads(rusta(home, "mode=plan", *SMALL, "output=json").stdout)
    (kept,) = (home / "machine").glob("compute-*.json")
    kept.write_text(
        json.dumps(json.loads(kept.read_text()) | {"others": 0})
    )  # else it is measured again beside other work
    rusta(home, *SMALL, f"hydra.run.dir={tmp_path / 'run'}")
    told = yaml.safe_load((tmp_path / "run/run.yaml").read_text())["time"]
    assert told["predicted_s"] == pytest.approx(foretold["seconds"], rel=0.01)
    assert 0 < sum(told["computing_s"].values()) < told["took_s"]
    # Seconds of a tiny run say nothing of an hour; but what the base thinks of the sealed pages is known from now on.
    after = json.loads(rusta(home, "mode=plan", *SMALL, "output=json").stdout)
    assert "not yet corrected" in after["timed"]
    judging = [found["seconds_by_part"]["judging"] for found in (foretold, after)]
    assert judging[1] == pytest.approx(judging[0] / 2, abs=0.11)
