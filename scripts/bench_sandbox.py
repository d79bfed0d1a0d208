"""What a sandbox costs: `cargo check` bare and in each, run in turns on one small crate.

python scripts/bench_sandbox.py [--json] [--rounds N]

`fresh` has nothing to do; `edited` has one file to check again. Medians, in milliseconds.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from functools import partial
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from rusta.tools.sandbox import Sandbox, SandboxCommand, preflight  # noqa: E402
from rusta.tools.sandbox.choice import KINDS  # noqa: E402

LINES = 400  # of source: small, and still something to check


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--rounds", type=int, default=15)
    asked = parser.parse_args()
    facts: dict[str, float | int | str] = {"rounds": asked.rounds}
    with tempfile.TemporaryDirectory(prefix="rusta-bench-") as folder:
        crate = _crate(Path(folder).resolve() / "crate")
        target = crate / "target"
        words = ("cargo", "check", "--offline", "--quiet", "--target-dir", str(target))
        env = os.environ | {"CARGO_NET_OFFLINE": "true"}

        def bare() -> int:
            return subprocess.run(words, cwd=crate, env=env, capture_output=True).returncode

        ways = {"bare": bare}
        for name, kind in KINDS.items():
            if why := preflight(kind()):
                facts[f"{name}_not_run"] = why
            else:
                ways[name] = partial(_inside, kind(), SandboxCommand(words, crate, (target,)))
        times: dict[tuple[str, str], list[float]] = {}
        for n in range(asked.rounds + 1):
            for case in ("fresh", "edited"):
                for name, way in ways.items():
                    if case == "edited":
                        (crate / "src" / "lib.rs").write_text(_source(f"{n}{name}"))
                    begun = time.perf_counter()
                    if way():
                        raise SystemExit(f"cargo check failed: {name}, {case}")
                    if n:  # the first round warms up
                        times.setdefault((name, case), []).append(1000 * (time.perf_counter() - begun))
    for (name, case), took in times.items():
        facts[f"{name}_{case}_ms"] = round(statistics.median(took), 1)
        facts[f"{name}_{case}_least_ms"] = round(min(took), 1)
        if name != "bare":
            # Each round against the bare run of the same round: a busy machine slows both.
            ratios = [ours / bare for ours, bare in zip(took, times["bare", case], strict=True)]
            facts[f"{name}_{case}_over_bare"] = round(statistics.median(ratios), 2)
    if asked.json:
        print(json.dumps(facts, indent=2))
    else:
        print("\n".join(f"{key:32} {value}" for key, value in facts.items()))


def _inside(sandbox: Sandbox, command: SandboxCommand) -> int:
    return sandbox.run(command).code


def _crate(path: Path) -> Path:
    (path / "src").mkdir(parents=True)
    (path / "Cargo.toml").write_text('[package]\nname = "small"\nversion = "0.1.0"\nedition = "2024"\n')
    (path / "src" / "lib.rs").write_text(_source("0"))
    subprocess.run(["cargo", "generate-lockfile", "--offline", "--quiet"], cwd=path, check=True)
    return path


def _source(mark: str) -> str:
    functions = (f"pub fn f{n}(xs: &[u64]) -> u64 {{ xs.iter().map(|x| x + {n}).sum() }}\n" for n in range(LINES))
    return f"// {mark}\n" + "".join(functions) + f'pub const MARK: &str = "{mark}";\n'


if __name__ == "__main__":
    main()
