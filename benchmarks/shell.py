"""What every resumable benchmark does around its measurement: refusals, Ctrl-C, and the figures on stdout."""

import json
import sys
from collections.abc import Callable, Mapping

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
