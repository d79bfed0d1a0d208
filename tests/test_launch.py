"""A sweep's jobs side by side, in processes that joblib starts: the same table, and the same refusals."""

import csv
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

pytest.importorskip("hydra_plugins.hydra_joblib_launcher", reason="pip install 'rusta[launch]'")
Rusta = Callable[..., "subprocess.CompletedProcess[str]"]
SIDE_BY_SIDE = ["-m", "+launch=joblib", "body=tiny", "+phase=personality", "seed=1,2"]


def test_two_jobs_at_once_leave_one_table_and_one_life(rusta: Rusta, tmp_path: Path) -> None:
    less = ["reading.tokens=600", "reading.longest=192", "~callbacks.samples", "~callbacks.development"]
    done = rusta(*SIDE_BY_SIDE, *less, f"hydra.sweep.dir={tmp_path / 'sweep'}")
    assert done.returncode == 0, done.stderr
    with (tmp_path / "sweep/sweep.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert {row["seed"] for row in rows} == {"1", "2"}
    assert (tmp_path / "home/life/personality/adapter/adapter_config.json").is_file()


def test_a_job_that_is_refused_says_why_and_the_sweep_is_refused(rusta: Rusta, tmp_path: Path) -> None:
    done = rusta(*SIDE_BY_SIDE, "data=foundation", f"hydra.sweep.dir={tmp_path / 'sweep'}")
    assert done.returncode == 1, done.stderr
    assert "rust_books" in done.stderr and "Traceback" not in done.stderr, done.stderr


def test_slurm_without_a_cluster_is_refused_with_what_runs_here(rusta: Rusta, tmp_path: Path) -> None:
    pytest.importorskip("hydra_plugins.hydra_submitit_launcher", reason="pip install 'rusta[launch]'")
    words = [
        "-m",
        "+launch=slurm",
        "body=tiny",
        "+phase=personality",
        "seed=1,2",
        f"hydra.sweep.dir={tmp_path / 'sweep'}",
    ]
    done = rusta(*words)
    assert done.returncode == 1 and "Traceback" not in done.stderr, done.stderr
    assert "no srun here" in done.stderr and "+launch=joblib" in done.stderr
