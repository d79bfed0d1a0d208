"""What every resumable benchmark does around its measurement: refusals, Ctrl-C, and the figures on stdout."""

import json
import sys
from argparse import ArgumentParser
from collections.abc import Callable, Mapping
from pathlib import Path

from rusta.core.errors import RustaError


def reported(measure: Callable[[], Mapping[str, object]], as_json: bool) -> int:
    """Run a measurement and print its figures, as one JSON object or a line each; return the exit status."""
    try:
        facts = measure()
    except RustaError as refusal:
        print(refusal, file=sys.stderr)
        return refusal.exit_code
    except KeyboardInterrupt:
        print("\nStopped. What was measured is kept: the same command goes on from here.", file=sys.stderr)
        return 130
    if as_json:
        print(json.dumps(facts))
    else:
        for name, value in facts.items():
            print(f"{name:<32}{value}")
    return 0


def add_arm_options(parser: ArgumentParser) -> None:
    """Add what all benchmarks of repairs take: the sandbox, the model's view and threads, and where the rows are kept."""
    parser.add_argument("--sandbox", default="auto", help="auto, bubblewrap, landlock, none")
    parser.add_argument("--form", default="item", choices=("file", "item"), help="what the model alone is shown")
    parser.add_argument("--threads", type=int, default=0, help="for the model; 0 for what others leave free")
    parser.add_argument("--work", type=Path, help="where to work; default RUSTA_HOME/bench")
    parser.add_argument("--fresh", action="store_true", help="forget what was measured before")
