#!/usr/bin/env python3
"""How many faults she mends that the mutators plant into real published crates, beside `cargo fix` and the model alone.

    .venv/bin/python scripts/bench_published.py [--json] [--arms rustfix,alone,search,rusta] [--limit N] [--seed 0]
    .venv/bin/python scripts/bench_published.py --quick       the first six faults
    .venv/bin/python scripts/bench_published.py --arms search       her loop without the model: no weights needed

The crates stand in benchmarks/hands/published.toml, each at a named version. The first run brings them and their
dependencies with cargo, into RUSTA_HOME/bench and cargo's own folder; from then on everything is offline, in the sandbox.
A crate that does not build and pass its tests untouched is left out and said. Two faults each: at sites and by operators
that --seed chooses, and only where cargo says that it no longer compiles. Mended means what bench_hands.py means by it,
with the tests that the healthy crate runs. What was measured is kept: a run that was killed goes on, --fresh begins anew.
With --json the last line of stdout is one object; progress and the table go to stderr.
"""

import argparse
import random
import sys
import time
import warnings
from pathlib import Path
from typing import Any

warnings.simplefilter("ignore")
ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
ARMS = ("rustfix", "alone", "search", "rusta")
QUICK = 6


def said() -> argparse.Namespace:
    """What the person asks for."""
    from benchmarks.shell import add_arm_options

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="one JSON object as the last line of stdout")
    parser.add_argument("--arms", default=",".join(ARMS), help=f"which of {', '.join(ARMS)} take part")
    parser.add_argument("--seed", type=int, default=0, help="which faults are planted")
    parser.add_argument("--limit", type=int, help="only the first so many faults")
    parser.add_argument("--quick", action="store_true", help=f"only the first {QUICK} faults")
    parser.add_argument("--only", help="only the crate of this name")
    parser.add_argument("--seconds", type=float, default=120, help="that an arm may take for one fault")
    add_arm_options(parser)
    return parser.parse_args()


def main() -> int:
    """Measure, and print a table and, if asked, one JSON object."""
    from benchmarks.shell import reported

    asked = said()
    return reported(lambda: measured(asked), asked.json)


def measured(asked: argparse.Namespace) -> dict[str, object]:
    """Bring, plant and measure, one crate after the other; return the figures."""
    from benchmarks.hands.measure import Row, table
    from benchmarks.hands.planting import Kinds
    from benchmarks.hands.published import listed
    from benchmarks.hands.warm import Warm, WarmBench, warm_figures
    from rusta.core.errors import ConfigError, RustaError
    from rusta.core.home import standard
    from rusta.data.mutation.judge import Judge
    from rusta.tools.sandbox import choose
    from scripts.bench_hands import left_out, made

    names = [name for name in asked.arms.split(",") if name]
    if unknown := [name for name in names if name not in ARMS]:
        raise ConfigError(f"--arms {unknown[0]}: there is no such arm. There are: {', '.join(ARMS)}")
    home = standard()
    work = (asked.work or home / "bench").resolve() / "published"
    work.mkdir(parents=True, exist_ok=True)
    sandbox = choose(asked.sandbox)
    arms = [made(name, asked, home, work, sandbox) for name in names]
    rows_file = work / "rows.jsonl"
    if asked.fresh:
        rows_file.unlink(missing_ok=True)
    warm, kinds = Warm(sandbox, work), Kinds(asked.seed)
    bench = WarmBench(arms, Judge(sandbox, work / "target-judge"), work, rows_file, asked.seconds)
    limit = min([one for one in (asked.limit, QUICK if asked.quick else None) if one is not None], default=None)
    began, rows, faults = time.perf_counter(), list[Row](), 0

    def told(row: Row, done: int, of: int) -> None:
        mark = "fixed" if row.fixed else "worse" if row.worse else "-"
        print(
            f"{faults:>4} {row.arm:<8}{row.crate:<34}{row.seconds:>7.1f} s  {mark:<6}{row.mistake}: {row.why}",
            file=sys.stderr,
            flush=True,
        )

    for one in listed():
        if (asked.only and one.name != asked.only) or (limit is not None and faults >= limit):
            continue
        try:
            healthy, cases = planted(one, work, warm, kinds, asked.seed)
        except RustaError as refusal:
            left_out(one.name, str(refusal))
            continue
        bench.of(warm, healthy)
        for case in cases[: None if limit is None else limit - faults]:
            faults += 1
            rows += bench.run([case], told)
    warm.drop()
    if not rows:
        raise ConfigError("There are no faults to measure.")
    print(f"\n{table(rows)}", file=sys.stderr)
    return warm_figures(rows) | {"seconds_whole_run": round(time.perf_counter() - began)}


def planted(one: Any, work: Path, warm: Any, kinds: Any, seed: int) -> tuple[Path, list[Any]]:
    """Return the healthy crate and its broken ones. Raises `RustaError` where it is not to be had, or not healthy."""
    from benchmarks.hands import planting
    from benchmarks.hands.published import laid_out
    from rusta.data.mutation.mutation import OPERATORS, digest
    from rusta.tools.toolchain import Installed

    healthy = laid_out(one, work / "healthy")
    mutators = sorted((ROOT / "rusta/data/mutation").glob("*.py"))
    order = [operator.name for line in kinds.order.values() for operator in line]
    parts = [path.read_bytes() for path in (*mutators, Path(planting.__file__), healthy / "Cargo.lock")]
    state = digest(*parts, *one.packages, *order, str(seed), str(Installed(healthy).bin))

    def make() -> list[planting.Planted]:
        warm.settle(one.name, healthy)
        place = warm.place(healthy)
        chance = random.Random(f"{seed} {one.name}")
        return planting.plant(place, kinds, chance, lambda path, text: warm.code_with(place, path, text))

    found = planting.kept(work / "healthy" / f"{one.name}-{seed}.planted.json", state, make)
    for fault in found:
        kinds.used(OPERATORS[fault.operator])
    return healthy, [fault.case(one.name, healthy, work / "broken") for fault in found]


if __name__ == "__main__":
    sys.exit(main())
