#!/usr/bin/env python3
"""How nearly what was trained runs elsewhere, on the real 0.5B: KL in nats a token, and greedy answers that are the same.

    .venv/bin/python scripts/bench_export.py [--json] [--prompts 50] [--tokens 3000]

Personality is raised twice for a few hundred tokens, on NF4 and on the GGUF's own weights (quantization=none), and both
are exported. What was trained answers questions of the corpus greedily; the export reads the same questions and answers:

    nf4            raised on NF4, export=nf4, both in fp32: the fold itself
    nf4_bf16       the same, both computing in bf16, as they are served
    gguf           raised on the GGUF's weights, export=gguf, both in fp32: the fold and the rounding of its scales
    gguf_of_nf4    raised on NF4, export=gguf, both in fp32: what the laptop does by itself

Two yardsticks: `bf16` is one and the same trained model in bf16 against itself in fp32, and `nothing` the bare base
against what was trained, which is what an export that dropped everything would show.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import warnings
from pathlib import Path
from typing import Any

warnings.simplefilter("ignore")
ROOT = Path(__file__).resolve().parent.parent
SHORT = ["body=laptop", "+phase=personality", "reading.width=2", "reading.accumulate=1", "reading.development=0",
         "~callbacks.samples", "~callbacks.development", "logger=none"]  # fmt: skip
TOKENS = 24  # of an answer


def raised(root: Path, quantization: str, tokens: int) -> Path:
    """The adapter that personality leaves on a base held so."""
    run = root / f"run-{quantization}"
    words = [*SHORT, f"quantization={quantization}", f"reading.tokens={tokens}", f"hydra.run.dir={run}"]
    environment = {**os.environ, "RUSTA_HOME": str(root / "home")}
    subprocess.run([sys.executable, "-m", "rusta", *words], cwd=ROOT, env=environment, check=True, stdout=sys.stderr)
    return run / "adapter"


def measure(root: Path, prompts: int, tokens: int) -> dict[str, Any]:
    """Every row as (kl, kl_worst, same, tokens)."""
    from hydra import compose, initialize_config_dir
    from hydra.utils import instantiate

    from rusta.cli import app  # noqa: F401  registers the schemas
    from rusta.cli.main import CONF
    from rusta.core.home import Home
    from rusta.mind import weights
    from rusta.mind.attention import Attention
    from rusta.mind.export import kinds, readers
    from rusta.mind.export.agreement import answered, let_go, measure_agreement
    from rusta.mind.export.make import open_export_source, write_export
    from rusta.modes.export import questions

    home = Home(str(root / "home"), str(root / "run"))
    with initialize_config_dir(str(CONF), version_base="1.3"):
        model = instantiate(compose("config", ["body=laptop"]).model, _convert_="all")
    fingerprint, found = model.fingerprint(home), {}
    tokenizer = weights.tokenizer(model.folder(home))
    asked = questions(prompts, tokenizer)

    def row(name: str, said: Any, other: Any) -> None:
        found[name] = measure_agreement(said, other).as_dict()
        print(f"{name:<12} {json.dumps(found[name])}", file=sys.stderr, flush=True)

    for quantization in ("nf4", "none"):
        source = open_export_source(model, home, raised(root, quantization, tokens))
        forms = {"nf4": kinds.Nf4(verify=0), "gguf_of_nf4": kinds.GgufForm(verify=0)}
        forms = forms if quantization == "nf4" else {"gguf": kinds.GgufForm(verify=0)}
        made = {name: write_export(form, source, root / name, {}, fingerprint).at for name, form in forms.items()}
        was = readers.trained(source.held, source.learned.folder, fingerprint)
        said = answered(was, tokenizer, asked, TOKENS)
        del was
        let_go()
        for name, at in made.items():
            row(name, said, readers.exported(at, source.held))
            let_go()
        if quantization == "nf4":
            bare = weights.wake(source.held.folder, source.held.quantization, Attention("sdpa"))
            row("nothing", said, readers.in_fp32(bare))
            del bare
            let_go()
            rough = readers.trained(source.held, source.learned.folder, fingerprint, exact=False)
            row("bf16", said, rough)
            said = answered(rough, tokenizer, asked, TOKENS)
            del rough
            let_go()
            row("nf4_bf16", said, readers.exported(made["nf4"], source.held, exact=False))
        let_go()
    return found


def main() -> None:
    """Raise, export, compare, and print; the last line is one flat JSON object."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="only the JSON object on stdout")
    parser.add_argument("--prompts", type=int, default=50)
    parser.add_argument("--tokens", type=int, default=3000, help="read while raising")
    asked = parser.parse_args()
    from rusta.core.home import standard

    own = standard() / "models"
    with tempfile.TemporaryDirectory(prefix="rusta-export-") as folder:
        root = Path(folder)
        (root / "home/models").mkdir(parents=True)
        for model in own.iterdir():  # the weights are borrowed, and nothing is left among them
            (root / "home/models" / model.name).symlink_to(model)
        found = measure(root, asked.prompts, asked.tokens)
    if not asked.json:
        for name, row in found.items():
            print(f"{name:<12} KL {row['kl']:.2g}, worst {row['kl_worst']:.2g}, same {row['same']} of {row['prompts']}")
    print(json.dumps({f"{name}_{key}": value for name, row in found.items() for key, value in row.items()}))


if __name__ == "__main__":
    main()
