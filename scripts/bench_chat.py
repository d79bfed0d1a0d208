#!/usr/bin/env python3
"""How fast she answers: llama.cpp beside transformers on the same question, light modes beside `import hydra`.

    .venv/bin/python scripts/bench_chat.py [--json] [--rounds 3] [--tokens 64] [--parts light engines threads]

Engines are asked in turn, round by round, so that a machine that slows down slows both. `cold` is the first answer
after waking, when her identity has to be read; `warm` is a later one. All figures are medians.

The part `threads` compares the number of threads that she chooses with every core and OpenMP's own spinning (`all_`), on
llama.cpp. Each round wakes both anew. `read_tokens_s` and `speak_tokens_s` are beside nothing that this script started,
`turning_` of the answer during which one process begins to keep a core busy, `_busy` of a later answer beside it,
`woken_busy_` of the first one after waking beside it. `others_cores` is what else ran on the machine meanwhile: above 0.2
the figures beside nothing are not that. `chosen_threads` and `chosen_threads_busy` are what she took.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

warnings.simplefilter("ignore")
ROOT = Path(__file__).resolve().parent.parent
QUESTION = "Why does E0382 exist? Two sentences."
PARTS = ("light", "engines", "threads")
READ_WORDS = 150
ALL = {"GOMP_SPINCOUNT": "300000"}  # libgomp's own default


def engines(rounds: int, tokens: int) -> dict[str, float]:
    """Seconds to wake, to the first token cold and warm, and tokens a second, for both engines."""
    from rusta.core.home import Home, standard
    from rusta.core.network import Network
    from rusta.identity.identity import Identity
    from rusta.identity.turns import Role, Turn
    from rusta.mind.attention import Attention
    from rusta.mind.engines.llama_cpp import LlamaCpp
    from rusta.mind.engines.transformers import Transformers
    from rusta.mind.mind import Generation
    from rusta.mind.quantization import Unquantised

    Network(False).settle()
    home = Home(str(standard()), str(ROOT / "outputs"))
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


def threads(rounds: int, tokens: int) -> dict[str, float]:
    """Tokens a second read and spoken beside nothing and beside one busy core, as she chooses and with all threads."""
    runs: dict[str, list[dict[str, float]]] = {"": [], "all_": [], "woken": []}
    for _ in range(rounds):
        for name, of in runs.items():
            words = [sys.executable, str(Path(__file__)), "--answer", name, "--tokens", str(tokens)]
            env = {key: value for key, value in os.environ.items() if key not in ("GOMP_SPINCOUNT", "OMP_WAIT_POLICY")}
            env |= {"PYTHONPATH": str(ROOT), **(ALL if name == "all_" else {})}
            told = subprocess.run(
                words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True, cwd=ROOT, env=env
            )
            of.append(json.loads(told.stdout))
    figures = {
        key if key == "others_cores" else f"{name}{key}": statistics.median(run[key] for run in of)
        for name, of in runs.items()
        if name != "woken"
        for key in of[0]
        if not (name and key == "others_cores")
    }
    figures["woken_busy_speak_tokens_s"] = statistics.median(run["speak_tokens_s_busy"] for run in runs["woken"])
    figures["busy_speak_ratio"] = figures["speak_tokens_s_busy"] / figures["all_speak_tokens_s_busy"]
    return figures


def answers(name: str, tokens: int) -> dict[str, float]:
    """One waking of one of `threads`' kinds, in this process."""
    from rusta.core.home import Home, standard
    from rusta.core.network import Network
    from rusta.mind.engines.llama_cpp import LlamaCpp
    from rusta.mind.threads import cores, usage, used_by_others

    Network(False).settle()
    home = Home(str(standard()), str(ROOT / "outputs"))
    mind = LlamaCpp(_stand_in(home), home, threads=cores() if name == "all_" else 0)
    figures: dict[str, float] = {}
    if name == "woken":
        with busy_core():
            mind.wake()
            return {"speak_tokens_s_busy": answer(mind, tokens, "woken")[1]}
    before = usage()
    time.sleep(1.0)
    if before and (after := usage()):
        figures["others_cores"] = used_by_others(before, after)
    mind.wake()
    answer(mind, 4, "first")  # weights come from the disk, and memory is laid out
    figures["read_tokens_s"], figures["speak_tokens_s"] = answer(mind, tokens, "quiet")
    figures["chosen_threads"] = mind._choice.current
    short = tokens // 4 if name == "all_" else tokens  # at half a token a second nobody waits for 64
    with busy_core():
        _, figures["turning_speak_tokens_s"] = answer(mind, short, "turning")
        if not name:
            answer(mind, tokens, "adapting")
        figures["read_tokens_s_busy"], figures["speak_tokens_s_busy"] = answer(mind, short, "busy")
        figures["chosen_threads_busy"] = mind._choice.current
    return figures


def answer(mind: Any, tokens: int, topic: str) -> tuple[float, float]:
    """Tokens a second of reading a prompt of which nothing was read before, and of answering."""
    from rusta.identity.turns import Role, Turn
    from rusta.mind.mind import Generation

    text = f"{topic}: " + " ".join(f"{topic}{n % 7} borrows" for n in range(READ_WORDS // 2)) + ". Tell a long story."
    turns = [Turn(Role.PERSON, text)]
    last = list(mind.stream(turns, Generation(max_tokens=tokens, temperature=0.0, repetition_penalty=1.0)))[-1]
    return mind.count(turns) / last.first_token_s, last.tokens_per_s


@contextmanager
def busy_core() -> Iterator[None]:
    """One other process that computes without end, in a session of its own as in another terminal.

    It is killed on leaving, and ends by itself within a second if this process dies before.
    """
    spin = f"import os\nwhile os.getppid() == {os.getpid()}:\n    for _ in range(10_000_000): pass"
    process = subprocess.Popen([sys.executable, "-c", spin], start_new_session=True)
    try:
        time.sleep(0.3)
        yield
    finally:
        process.kill()
        process.wait()


def _stand_in(home: Any) -> Any:
    from hydra import compose, initialize_config_dir
    from hydra.utils import instantiate

    from rusta.cli import app  # noqa: F401  registers the schemas
    from rusta.cli.main import CONF

    with initialize_config_dir(str(CONF), version_base="1.3"):
        return instantiate(compose("config", ["body=laptop"]).model, _convert_="all")


def main() -> None:
    """Measure, and print a table or one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--tokens", type=int, default=64)
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=PARTS)
    parser.add_argument("--answer", choices=("", "all_", "woken"), help=argparse.SUPPRESS)  # how `threads` calls itself
    said = parser.parse_args()
    if said.answer is not None:
        print(json.dumps(answers(said.answer, said.tokens)))
        return
    figures: dict[str, float] = {}
    if "light" in said.parts:
        figures |= light(2 * said.rounds + 1)
    if "engines" in said.parts:
        figures |= engines(said.rounds, said.tokens)
    if "threads" in said.parts:
        figures |= threads(said.rounds, said.tokens)
    if said.json:
        print(json.dumps({name: round(value, 4) for name, value in figures.items()}))
    else:
        for name, value in figures.items():
            print(f"{name:<32}{value:10.3f}")


if __name__ == "__main__":
    main()
