#!/usr/bin/env python3
"""Whether right repairs get through the framework, and wrong ones do not, when a script says what a mind might.

    .venv/bin/python scripts/bench_ceiling.py --crates DIR --fixed DIR [--json]      broken crates, and a repair of each
    .venv/bin/python scripts/bench_ceiling.py [--n 72] [--seed 0] [--json]           the generated ones, and their originals

Each reference becomes the answers of a mind (calls that read, then edits) and goes through the parser, the window and
the tokenizer of the 0.5B, the gates, the judge and the undo. With --crates of the public questions also twenty wrong
repairs. With --json the last line of stdout is one object.
"""

import argparse
import json
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))


def main() -> int:
    """Give every reference to the loop, then the wrong ones."""
    from benchmarks.hands.measure import found, written
    from benchmarks.hands.reference import Ceiling, answers, changed, content, tree
    from benchmarks.hands.wrong import WRONG
    from rusta.core.home import standard
    from rusta.core.output import counted
    from rusta.data.mutation.generate import SEEDS, generate_cached
    from rusta.tools.sandbox import choose
    from scripts.bench_hands import awake, left_out

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--crates", type=Path, help="broken crates, one a subfolder")
    parser.add_argument("--fixed", type=Path, help="a repair of each, under the same name")
    parser.add_argument("--n", type=int, default=72)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--sandbox", default="auto")
    parser.add_argument("--work", type=Path)
    asked = parser.parse_args()
    work = (asked.work or standard() / "bench").resolve()
    sandbox = choose(asked.sandbox)
    ceiling = Ceiling(awake(standard(), 0), sandbox, work)
    if asked.crates:
        cases = found(asked.crates.resolve(), sandbox, work / "target-look", left_out)
        fixed = {case.name: asked.fixed.resolve() / case.name for case in cases}
    else:
        broken = generate_cached(work, asked.n, asked.seed, counted("Breaking crates"))
        cases = written(broken, work / "crates")
        fixed = {one.name: SEEDS / one.seed for one in broken}
    landed = undone = 0
    for case in cases:
        change = changed(case.folder, fixed[case.name])
        got = ceiling.land(case, lambda folder, change=change: answers(folder, change))
        landed, undone = landed + got.fixed, undone + (got.fixed and got.undone)
        print(
            f"{case.name:<30}{'lands' if got.fixed else '-':<8}{'undone' if got.undone else '-':<8}{got.why}",
            file=sys.stderr,
        )
    facts = {"n": len(cases), "landed": landed, "undone": undone}
    by_name = {case.name: case for case in cases}
    tried = [one for one in WRONG if one.crate in by_name]
    refused = 0
    for one in tried:
        case = by_name[one.crate]
        right = {path: (text or b"").decode() for path, text in changed(case.folder, fixed[case.name]).items()}
        there = {path: (content(case.folder / path) or b"").decode() for path in tree(case.folder)}
        got = ceiling.land(case, lambda folder, one=one, right=right, there=there: one.answers(folder, right, there))
        refused += not got.made
        print(f"wrong: {one.name:<30}{'IN THE TREE' if got.made else 'refused':<12}{got.why}", file=sys.stderr)
    if tried:
        facts |= {"wrong": len(tried), "refused": refused}
    print(json.dumps(facts) if asked.json else facts)
    return 0


if __name__ == "__main__":
    sys.exit(main())
