#!/usr/bin/env python3
"""How fast she answers: llama.cpp beside transformers on the same question, light modes beside `import hydra`.

    .venv/bin/python scripts/bench_chat.py [--json] [--rounds 3] [--tokens 64]

Engines are asked in turn, round by round, so that a machine that slows down slows both. `cold` is the first answer
after waking, when her identity has to be read; `warm` is a later one. All figures are medians.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
import warnings
from pathlib import Path

warnings.simplefilter("ignore")
ROOT = Path(__file__).resolve().parent.parent
QUESTION = "Why does E0382 exist? Two sentences."


def engines(rounds: int, tokens: int) -> dict[str, float]:
    """Seconds to wake, to the first token cold and warm, and tokens a second, for both engines."""
    from rusta.home import Home
    from rusta.identity.identity import Identity
    from rusta.identity.turns import Role, Turn
    from rusta.mind.attention import Attention
    from rusta.mind.engines.llama_cpp import LlamaCpp
    from rusta.mind.engines.transformers import Transformers
    from rusta.mind.mind import Generation
    from rusta.mind.quantization import Unquantised
    from rusta.network import Network

    Network(False).settle()
    home = Home(os.environ.get("RUSTA_HOME") or str(Path.home() / ".rusta"), str(ROOT / "outputs"))
    model = _stand_in(home)
    minds = {
        "llama_cpp": LlamaCpp(model, home),
        "transformers": Transformers(model, Unquantised(), Attention("sdpa"), home),
    }
    for kept in (home.models / "prompt-cache").glob("*.kv"):
        kept.unlink()  # cold is cold
    model.folder(home)  # opening the GGUF happens once in a life, not once a wake
    turns = [Identity().turn(), Turn(Role.PERSON, QUESTION)]
    generation = Generation(max_tokens=tokens, temperature=0.0, repetition_penalty=1.0)
    figures: dict[str, float] = {}
    firsts: dict[str, list[float]] = {name: [] for name in minds}
    speeds: dict[str, list[float]] = {name: [] for name in minds}
    for name, mind in minds.items():
        began = time.perf_counter()
        mind.wake()
        figures[f"{name}_wake_s"] = time.perf_counter() - began
        figures[f"{name}_first_token_cold_s"] = list(mind.stream(turns, generation))[-1].first_token_s
    for _ in range(rounds):
        for name, mind in minds.items():
            last = list(mind.stream(turns, generation))[-1]
            firsts[name].append(last.first_token_s)
            speeds[name].append(last.tokens_per_s)
    for name in minds:
        figures[f"{name}_first_token_warm_s"] = statistics.median(firsts[name])
        figures[f"{name}_tokens_per_s"] = statistics.median(speeds[name])
    figures["tokens_per_s_ratio"] = figures["llama_cpp_tokens_per_s"] / figures["transformers_tokens_per_s"]
    return figures


def light(rounds: int) -> dict[str, float]:
    """Whole-process seconds of hello and doctor over those of `python -c "import hydra"`."""
    commands = {
        "import_hydra": [sys.executable, "-c", "import hydra"],
        "hello": [sys.executable, "-m", "rusta"],
        "doctor": [sys.executable, "-m", "rusta", "mode=doctor"],
    }
    times: dict[str, list[float]] = {name: [] for name in commands}
    for n in range(rounds + 1):
        for name, command in commands.items():
            began = time.perf_counter()
            subprocess.run(command, capture_output=True, check=True, cwd=ROOT)
            if n:  # the first round composes, and fills the file cache
                times[name].append(time.perf_counter() - began)
    medians = {f"{name}_s": statistics.median(found) for name, found in times.items()}
    return medians | {f"{n}_over_hydra": medians[f"{n}_s"] / medians["import_hydra_s"] for n in ("hello", "doctor")}


def _stand_in(home: object) -> object:
    from hydra import compose, initialize_config_dir
    from hydra.utils import instantiate

    from rusta import app  # noqa: F401  registers the schemas
    from rusta.cli import CONF

    with initialize_config_dir(str(CONF), version_base="1.3"):
        return instantiate(compose("config", ["body=laptop"]).model, _convert_="all")


def main() -> None:
    """Measure, and print a table or one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--tokens", type=int, default=64)
    said = parser.parse_args()
    figures = light(2 * said.rounds + 1) | engines(said.rounds, said.tokens)
    if said.json:
        print(json.dumps({name: round(value, 4) for name, value in figures.items()}))
    else:
        for name, value in figures.items():
            print(f"{name:<32}{value:10.3f}")


if __name__ == "__main__":
    main()
