#!/usr/bin/env python3
"""How many broken crates she mends, beside rustc's own suggestions and beside the same model without the loop.

    .venv/bin/python scripts/bench_hands.py [--json] [--arms rustfix,alone,rusta] [--limit N] [--only E0382] [--seed 0]
    .venv/bin/python scripts/bench_hands.py --crates DIR        anyone's broken crates, one a subfolder, with their tests
    .venv/bin/python scripts/bench_hands.py --arms search       her loop without the model: minutes, and no weights needed

A crate counts as fixed when it compiles and every test that it came with passes; the tests are put back before they are
run, and cargo runs them in the sandbox. The crates are made by breaking one thing at a time in small crates of ours, the
same ones for the same seed. What was measured is kept: a run that was killed goes on, and --fresh begins anew.
With --json the last line of stdout is one object; progress and the table go to stderr.
"""

import argparse
import functools
import sys
import warnings
from pathlib import Path
from typing import Any

warnings.simplefilter("ignore")
ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
ARMS = ("rustfix", "alone", "rusta")
ALL = (*ARMS, "search")


def said() -> argparse.Namespace:
    """What the person asks for."""
    from benchmarks.shell import add_arm_options

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="one JSON object as the last line of stdout")
    parser.add_argument(
        "--arms",
        default=",".join(ARMS),
        help="which of rustfix, alone, rusta and search (rusta without the model) take part",
    )
    parser.add_argument("--crates", type=Path, help="a folder of broken crates instead of the generated ones")
    parser.add_argument("--n", type=int, default=72, help="how many crates are generated")
    parser.add_argument("--seed", type=int, default=0, help="which crates are generated")
    parser.add_argument("--limit", type=int, help="only the first so many")
    parser.add_argument("--only", help="only crates with this error code first")
    parser.add_argument("--seconds", type=float, default=600, help="that an arm may take for one crate")
    add_arm_options(parser)
    return parser.parse_args()


def main() -> int:
    """Measure, and print a table and, if asked, one JSON object."""
    from benchmarks.shell import reported

    asked = said()
    return reported(lambda: measured(asked), asked.json)


def measured(asked: argparse.Namespace) -> dict[str, object]:
    """Run the arms that were asked for; return the figures."""
    from benchmarks.hands.measure import Bench, Row, figures, found, sound, table, written
    from rusta.core.errors import ConfigError
    from rusta.core.output import counted
    from rusta.data.mutation.generate import generate_cached
    from rusta.data.mutation.judge import Judge
    from rusta.tools.sandbox import choose

    arms = [name for name in asked.arms.split(",") if name]
    if unknown := [name for name in arms if name not in ALL]:
        raise ConfigError(f"--arms {unknown[0]}: there is no such arm. There are: {', '.join(ALL)}")
    from rusta.core.home import standard

    home = standard()
    work = (asked.work or home / "bench").resolve()
    sandbox = choose(asked.sandbox)
    if asked.crates:
        cases = found(asked.crates.resolve(), sandbox, work / "target-look", left_out)
        whole = [case for case in cases if sound(case, Judge(sandbox, work / "target-judge"), work)]
        for case in whole:
            left_out(case.name, "it compiles and its tests pass, so there is nothing to mend")
        cases = [case for case in cases if case not in whole]
    else:
        cases = written(generate_cached(work, asked.n, asked.seed, counted("Breaking crates")), work / "crates")
    cases = [case for case in cases if not asked.only or case.code == asked.only][: asked.limit]
    if not cases:
        raise ConfigError(f"No crate has {asked.only} first." if asked.only else "There are no crates to measure.")
    rows = work / "rows.jsonl"
    if asked.fresh:
        rows.unlink(missing_ok=True)

    def told(row: Row, done: int, of: int) -> None:
        mark = "fixed" if row.fixed else "-"
        print(
            f"{done:>4}/{of} {row.arm:<8}{row.crate:<30}{row.seconds:>7.1f} s  {mark:<6}{row.why}",
            file=sys.stderr,
            flush=True,
        )

    taking_part = [made(name, asked, home, work, sandbox) for name in arms]
    bench = Bench(taking_part, Judge(sandbox, work / "target-judge"), work, rows, asked.seconds)
    results = bench.run(cases, told)
    print(f"\n{table(results)}", file=sys.stderr)
    return figures(results)


def left_out(name: str, why: str) -> None:
    """Say what is not measured."""
    print(f"left out: {name}: {why}", file=sys.stderr)


def made(name: str, asked: argparse.Namespace, home: Path, work: Path, sandbox: Any) -> Any:
    """An arm by its name."""
    from benchmarks.hands import alone, arms, looped

    if name == "rustfix":
        return arms.Rustfix(sandbox, work / "target-rustfix")
    mind = awake(home, asked.threads) if name != "search" else None
    if name == "alone" and mind is not None:
        state = state_of([Path(alone.__file__)], mind.name, asked.form)
        return alone.Alone(mind, sandbox, work / "target-alone", state, asked.form)
    parts = [
        Path(looped.__file__),
        *(path for room in ("loop", "tools") for path in (ROOT / "rusta" / room).rglob("*.py")),
    ]
    state = state_of(parts, mind.name if mind else "")
    return looped.Looped(mind, sandbox, work / f"target-{name}", state, name)


def state_of(files: list[Path], *words: str) -> str:
    """What an arm's results depend on, as a digest."""
    from rusta.data.mutation.mutation import digest

    return digest(*(path.read_bytes() for path in sorted(files)), *words)


@functools.cache
def awake(home: Path, threads: int, which: str = "") -> Any:
    """The stand-in model, or the one of that name, awake under llama.cpp; once for all arms."""
    from hydra import compose, initialize_config_dir
    from hydra.utils import instantiate

    from rusta.cli import app  # noqa: F401  registers the schemas
    from rusta.cli.main import CONF
    from rusta.core.home import Home
    from rusta.core.network import Network
    from rusta.mind.engines.llama_cpp import LlamaCpp

    Network(False).settle()
    with initialize_config_dir(str(CONF), version_base="1.3"):
        model = instantiate(
            compose("config", ["body=laptop", *([f"model={which}"] if which else [])]).model, _convert_="all"
        )
    mind = LlamaCpp(model, Home(str(home), str(ROOT / "outputs")), threads=threads)
    mind.wake()
    return mind


if __name__ == "__main__":
    sys.exit(main())
