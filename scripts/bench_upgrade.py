#!/usr/bin/env python3
"""How many upgrades of published crates she carries through, beside what she did before, `cargo fix`, and a mind alone.

    .venv/bin/python scripts/bench_upgrade.py --cases DIR [--json] [--arms upgrade,before,rustfix,alone,mind] [--only NAME]
    .venv/bin/python scripts/bench_upgrade.py --cases DIR --quick       the first six cases, without a mind

DIR holds crates whose dependency was bumped as a bot would, one a folder, CRATE-DEPENDENCY-VERSION. `upgrade` starts from
the crate as it was published and moves the dependency itself, in a copy, offline, without a mind; `mind` is the same with
the 0.5B. The others are given the bumped crate: `before` is the same search without what releases say, `rustfix` is
`cargo fix`, `alone` the 0.5B without the loop. Mended means that every target compiles with the dependency at the wanted version, every
test that the published crate runs has run and passes, and no test was taken away. `sites` are the errors of the bumped
crate, `sites_right` those whose first fact is the one of the key (benchmarks/upgrade/sites.tsv), which was written from
changelogs and signatures. What was measured is kept: a run that was killed goes on, --fresh begins anew.
With --json the last line of stdout is one object; progress and the table go to stderr.
"""

import argparse
import sys
import warnings
from pathlib import Path

warnings.simplefilter("ignore")
ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
ARMS = ("upgrade", "before", "rustfix", "alone", "mind")
QUICK = 6


def said() -> argparse.Namespace:
    """What the person asks for."""
    from benchmarks.shell import add_arm_options

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", type=Path, required=True, help="a folder of bumped crates")
    parser.add_argument("--json", action="store_true", help="one JSON object as the last line of stdout")
    parser.add_argument(
        "--arms", default="", help=f"which of {', '.join(ARMS)} take part; default all, with --quick the first three"
    )
    parser.add_argument("--only", help="only the case of this name")
    parser.add_argument("--quick", action="store_true", help=f"only the first {QUICK} cases, without a mind")
    parser.add_argument("--seconds", type=float, default=180, help="that an arm may take for one case")
    add_arm_options(parser)
    return parser.parse_args()


def main() -> int:
    """Measure, and print a table and, if asked, one JSON object."""
    from benchmarks.shell import reported

    asked = said()
    return reported(lambda: measured(asked), asked.json)


def measured(asked: argparse.Namespace) -> dict[str, object]:
    """Run the arms on the cases; return the figures."""
    from benchmarks.upgrade.upgrade_bench import UpgradeBench, upgrade_figures
    from benchmarks.upgrade.upgrade_cases import upgrade_cases
    from rusta.core.errors import ConfigError
    from rusta.core.home import standard
    from rusta.tools.sandbox import choose
    from scripts.bench_hands import awake, left_out

    names = [
        name
        for name in (asked.arms or ("upgrade,before,rustfix" if asked.quick else ",".join(ARMS))).split(",")
        if name
    ]
    if unknown := [name for name in names if name not in ARMS]:
        raise ConfigError(f"--arms {unknown[0]}: there is no such arm. There are: {', '.join(ARMS)}")
    if not asked.cases.is_dir():
        raise ConfigError(
            f"--cases {asked.cases} is no folder. Lay the cases out first: benchmarks/upgrade/README.md says how"
        )
    cases = [one for one in upgrade_cases(asked.cases.resolve(), left_out) if not asked.only or one.name == asked.only]
    cases = cases[: QUICK if asked.quick else None]
    if not cases:
        raise ConfigError(f"There are no cases in {asked.cases}.")
    home = standard()
    work = (asked.work or home / "bench").resolve() / "upgrade"
    work.mkdir(parents=True, exist_ok=True)
    if asked.fresh:
        (work / "rows.jsonl").unlink(missing_ok=True)
    bench = UpgradeBench(choose(asked.sandbox), work, asked.seconds, asked.form, lambda: awake(home, asked.threads))
    rows, sites = bench.run(cases, names)
    return upgrade_figures(rows, sites, cases)


if __name__ == "__main__":
    sys.exit(main())
