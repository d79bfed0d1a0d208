#!/usr/bin/env python3
"""Whether what a person asks for is done: 20 tasks ("add ... with a test", "rename", "derive", "split") on healthy crates.

    .venv/bin/python scripts/bench_tasks.py [--json] [--arms scripted,small,large] [--limit N] [--quick]

`scripted` says a good engineer's answers with the 0.5B's tokenizer and window: what fails there is a fault of the framework.
`small` is the 0.5B, `large` the 1.5B, as each is asked in `rusta ask`. A task is done when the crate's own tests and a
hidden one pass in the tree. What was measured is kept: a run that was killed goes on, and --fresh begins anew. --quick takes
the scripted arm and four tasks. With --json the last line of stdout is one object; progress goes to stderr.
"""

import argparse
import sys
import warnings
from pathlib import Path

warnings.simplefilter("ignore")
ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
ARMS = {"scripted": "qwen2_5_coder_0_5b", "small": "qwen2_5_coder_0_5b", "large": "qwen2_5_coder_1_5b"}
QUICK = 4


def main() -> int:
    """Run the arms, and print what came of it."""
    from benchmarks.hands import asked as measured
    from benchmarks.shell import reported
    from rusta.core.errors import ConfigError
    from rusta.core.home import standard
    from rusta.tools.sandbox import Confinement
    from scripts.bench_hands import awake, state_of

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="one JSON object as the last line of stdout")
    parser.add_argument("--arms", default="scripted,small", help="which of scripted, small and large take part")
    parser.add_argument("--limit", type=int, help="only the first so many tasks")
    parser.add_argument("--only", help="only these tasks, by name")
    parser.add_argument("--quick", action="store_true", help="the scripted arm on four tasks")
    parser.add_argument("--sandbox", default="auto", help="auto, bubblewrap, landlock, none")
    parser.add_argument("--threads", type=int, default=0, help="for the model; 0 for what others leave free")
    parser.add_argument("--work", type=Path, help="where to work; default RUSTA_HOME/bench")
    parser.add_argument("--fresh", action="store_true", help="forget what was measured before")
    asked = parser.parse_args()
    names = ["scripted"] if asked.quick else [name for name in asked.arms.split(",") if name]
    todo = [task for task in measured.tasks() if asked.only is None or task.name in asked.only.split(",")]
    todo = todo[: QUICK if asked.quick else asked.limit]
    work = (asked.work or standard() / "bench").resolve()
    rows = work / "task-rows.jsonl"
    if asked.fresh:
        rows.unlink(missing_ok=True)

    def told(row: measured.TaskRow) -> None:
        marks = ("wellformed", "compiles", "made", "passes")
        shown = " ".join(f"{mark if getattr(row, mark) else '-':<10}" for mark in marks)
        print(f"{row.arm:<9}{row.task:<22}{row.seconds:>7.1f} s  {shown} {row.why[:160]}", file=sys.stderr, flush=True)

    def measure() -> dict[str, object]:
        if unknown := [name for name in names if name not in ARMS]:
            raise ConfigError(f"--arms {unknown[0]}: there is no such arm. There are: {', '.join(ARMS)}")
        if not todo:
            raise ConfigError(f"--only {asked.only}: there is no such task.")
        parts = [Path(measured.__file__)]
        parts += [path for room in ("loop", "tools") for path in (ROOT / "rusta" / room).rglob("*.py")]
        confined = Confinement(which=asked.sandbox)
        bench = measured.TaskBench(confined, work, rows)
        results: list[measured.TaskRow] = []
        for name in names:
            mind = awake(standard(), asked.threads, ARMS[name])
            arm = measured.TaskArm(name, mind, state_of(parts, mind.name), name == "scripted")
            results += bench.run(todo, [arm], told)
        return measured.task_figures(results)

    return reported(measure, asked.json)


if __name__ == "__main__":
    sys.exit(main())
