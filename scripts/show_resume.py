#!/usr/bin/env python3
"""Kill a run of personality with SIGKILL at random steps, go on with it, and compare adapters bit for bit.

    .venv/bin/python scripts/show_resume.py [--body laptop] [--kills 3] [--json]

One run is left alone; the others are killed once each at a step drawn at random, and resumed with `resume=last`.
Accumulation is on, a checkpoint is written every second step, and development pages are read on the way. The runs
are ended as soon as their adapter is on disk: what is compared does not depend on the sealed pages.
"""

import argparse
import csv
import hashlib
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
SHORT = [
    "+phase=personality", "reading.width=1", "reading.accumulate=2", "reading.development=0.02",
    "callbacks.checkpoints.every=2", "callbacks.development.times=2", "~callbacks.samples", "logger=none",
]  # fmt: skip


def begin(body: str, tokens: int, home: Path, run: Path, *more: str) -> subprocess.Popen[bytes]:
    """Start a run in a folder of its own, in a process group of its own."""
    words = [f"body={body}", *SHORT, f"reading.tokens={tokens}", f"hydra.run.dir={run}", *more]
    environment = {**os.environ, "RUSTA_HOME": str(home)}
    return subprocess.Popen(
        [sys.executable, "-m", "rusta", *words], cwd=ROOT, env=environment, start_new_session=True,
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
    )  # fmt: skip


def steps(run: Path) -> int:
    """Optimizer steps that metrics.csv knows of."""
    path = run / "metrics.csv"
    return (
        max((int(row["step"]) for row in csv.DictReader(path.open()) if row["seconds"]), default=0)
        if path.exists()
        else 0
    )


def until(process: Any, ready: Callable[[], object]) -> None:
    """Wait until `ready()` is true, and kill the whole group. Raises if the run ends badly before."""
    while not ready():  # type: ignore[operator]
        if process.poll() not in (None, 0):
            raise SystemExit(f"the run ended with {process.returncode}: {process.stderr.read().decode()}")
        if process.poll() == 0:
            return
        time.sleep(0.05)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def adapter(run: Path) -> Path:
    """Where a run leaves what it learned; base.json is written last."""
    return run / "adapter" / "base.json"


def digest(run: Path) -> str:
    """Of the adapter's weights."""
    return hashlib.sha256((run / "adapter" / "adapter_model.safetensors").read_bytes()).hexdigest()


def main() -> int:
    """Run, kill, resume, compare. Exit 1 if any adapter differs."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--body", default="laptop")
    parser.add_argument("--tokens", type=int, default=5000)
    parser.add_argument("--kills", type=int, default=3)
    parser.add_argument("--seed", type=int, default=random.randrange(10**6))
    parser.add_argument("--json", action="store_true")
    said = parser.parse_args()
    models = Path(os.environ.get("RUSTA_HOME") or Path.home() / ".rusta", "models").resolve()
    models.mkdir(parents=True, exist_ok=True)
    found = []
    with tempfile.TemporaryDirectory() as folder:
        whole = Path(folder, "whole")
        for name in ("whole", *(f"killed-{n}" for n in range(said.kills))):
            home = Path(folder, f"home-{name}")
            home.mkdir()
            (home / "models").symlink_to(models)
        run = begin(said.body, said.tokens, Path(folder, "home-whole"), whole)
        until(run, lambda: adapter(whole).exists())
        last, expected = steps(whole), digest(whole)
        draw = random.Random(said.seed)
        for n, step in enumerate(sorted(draw.sample(range(1, last), said.kills))):
            home, killed = Path(folder, f"home-killed-{n}"), Path(folder, f"killed-{n}")
            run = begin(said.body, said.tokens, home, killed)
            until(run, lambda killed=killed, step=step: steps(killed) >= step)
            at = steps(killed)
            run = begin(said.body, said.tokens, home, Path(folder, f"resumed-{n}"), "resume=last")
            until(run, lambda killed=killed: adapter(killed).exists())
            found.append({"killed_at_step": at, "of": last, "identical": digest(killed) == expected})
            print(
                f"killed at step {at} of {last}: {'identical' if found[-1]['identical'] else 'DIFFERENT'}",
                file=sys.stderr,
            )
            shutil.rmtree(killed)
    if said.json:
        print(json.dumps({"body": said.body, "seed": said.seed, "sha256": expected, "kills": found}))
    return 0 if all(row["identical"] for row in found) else 1


if __name__ == "__main__":
    raise SystemExit(main())
