#!/usr/bin/env python3
"""What she says of real repositories, beside cargo's own exit codes, and what she makes of a fault planted in each.

    .venv/bin/python scripts/bench_repositories.py --folder DIR [--json] [--limit N] [--only NAME] [--quick]

DIR holds a folder for each repository, with two checkouts: DIR/NAME/release and DIR/NAME/newest. Run `cargo fetch` in
each beforehand: all that is built is built offline, in the sandbox, on copies. --quick plants no faults. What was
measured is kept: a run that was killed goes on, and --fresh begins anew. With --json the last line of stdout is one
object.
"""

import argparse
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))


def said() -> argparse.Namespace:
    """What the person asks for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", type=Path, required=True, help="a folder of repositories")
    parser.add_argument("--json", action="store_true", help="one JSON object as the last line of stdout")
    parser.add_argument("--limit", type=int, help="only the first so many repositories")
    parser.add_argument("--only", default="", help="only these repositories, NAME,NAME")
    parser.add_argument("--quick", action="store_true", help="plant no faults")
    parser.add_argument("--seed", type=int, default=0, help="which faults are planted")
    parser.add_argument("--seconds", type=float, default=3600, help="of wall time, for one repository")
    parser.add_argument("--command", type=float, default=1500, help="seconds for one command of cargo")
    parser.add_argument("--sandbox", default="auto", help="auto, bubblewrap, landlock, none")
    parser.add_argument("--work", type=Path, help="where to work; default RUSTA_HOME/bench/repositories")
    parser.add_argument("--fresh", action="store_true", help="forget what was measured before")
    return parser.parse_args()


def main() -> int:
    """Measure, and print what came of each and, if asked, one JSON object."""
    from benchmarks.hands.repositories import Repositories, Row, figures, found
    from benchmarks.shell import reported
    from rusta.core.home import standard
    from rusta.tools.sandbox import choose

    asked = said()
    work = (asked.work or standard() / "bench" / "repositories").resolve()
    rows = work / "rows.jsonl"
    if asked.fresh:
        rows.unlink(missing_ok=True)

    def told(row: Row) -> None:
        mark = "right" if row.right else "WRONG"
        if row.asked == "fault":
            mark = f"{'named' if row.right else 'NOT NAMED'}, {'mended' if row.mended else 'open'}{', WORSE' if row.worse else ''}"
        print(f"{row.name:<12}{row.state:<9}{mark:<18}{row.seconds:>7.1f} s  {row.why}", file=sys.stderr)
        print(f"    she:   {row.said}\n    cargo: {row.cargo}", file=sys.stderr, flush=True)

    def measure() -> dict[str, object]:
        known = found(asked.folder.resolve())
        only = [name for name in asked.only.split(",") if name]
        names = [name for name in known if not only or name in only][: asked.limit]
        bench = Repositories(choose(asked.sandbox), work, rows, asked.seconds, asked.command, asked.seed)
        return figures([row for name in names for row in bench.run(known[name], asked.quick, told)])

    return reported(measure, asked.json)


if __name__ == "__main__":
    sys.exit(main())
