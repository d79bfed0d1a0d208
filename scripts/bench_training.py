#!/usr/bin/env python3
"""What DoRA costs: one training step of peft's LoRA, of peft's DoRA, and of ours, on the same model and pages.

    .venv/bin/python scripts/bench_training.py [--json] [--rounds 5] [--rank 64] [--tokens 512]

A step is a forward pass, a backward pass and AdamW, on the 0.5B with adapters on its last 16 blocks. Base, pages, loss
and optimizer are the same; only the adapters' arithmetic differs. peft is run as it comes (fp32 adapters that its layers
cast to and from) and under autocast to bf16, as most recipes do; the faster of the two is what ours is held against.
All of these run through our forward pass and our loss, which spares them what ours is spared. `peft_dora_stock` is what
somebody has who follows peft's documentation: `model(input_ids, labels=...)`, transformers' own forward pass and loss.
Every variant is a process of its own, and they take turns of two steps, of which the second counts, so that a machine
that slows down slows all.

The prefix cache is measured on a 48-block model of small width with adapters on the last 16: two epochs with the cache
beside two without, from the same weights, over the same pages.

Peak memory is what a step adds to the process with the base awake, by the kernel's count: adapters, gradients, states,
activations, temporaries. Seconds are medians over the rounds, megabytes maxima, and ratios medians of each round's own
ratio, whose two steps are neighbours in time.
"""

import argparse
import contextlib
import ctypes
import gc
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
import warnings
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
VARIANTS = ("lora", "lora_autocast", "peft_dora", "peft_dora_autocast", "peft_dora_stock", "dora")
BLOCKS = 16
STEPS = 2  # of a turn: the first comes back to a machine that did something else meanwhile, the second is what training is like


def work(variant: str, base: str, rank: int, tokens: int) -> None:
    """A child: wake, say so, and then take `STEPS` steps for every line on stdin, answering with the last one's figures."""
    warnings.simplefilter("ignore")
    import torch
    from peft import LoraConfig, get_peft_model

    from rusta.mind.adapters import PROJECTIONS
    from rusta.mind.attention import Attention
    from rusta.mind.dora import prepare
    from rusta.mind.quantization import NF4, Unquantised
    from rusta.mind.weights import wake
    from rusta.training.forward import hidden_states
    from rusta.training.loss import summed_nats

    folder = stand_in()
    model = wake(folder, NF4() if base == "nf4" else Unquantised(), Attention("sdpa"))
    batch = one_pack(folder, tokens)
    with torch.no_grad():
        hidden_states(model, batch)  # the weights are mapped from the file: touch them all
    gc.collect()
    ctypes.CDLL(None).malloc_trim(0)  # what quantising freed would hide that much of what a step takes
    before = resident("VmRSS")
    blocks = model.config.num_hidden_layers
    config = LoraConfig(r=rank, lora_alpha=2 * rank, use_dora="dora" in variant, target_modules=list(PROJECTIONS),
                        layers_to_transform=list(range(blocks - BLOCKS, blocks)), task_type="CAUSAL_LM")  # fmt: skip
    torch.manual_seed(0)
    model = get_peft_model(model, prepare(config) if variant == "dora" else config).train()
    learned = [p for p in model.parameters() if p.requires_grad]
    optimizer = torch.optim.AdamW(learned, lr=1e-4)
    regime = torch.autocast("cpu", torch.bfloat16) if variant.endswith("autocast") else contextlib.nullcontext()
    Path("/proc/self/clear_refs").write_text("5")  # the peak from here on
    print("awake", flush=True)

    def loss() -> torch.Tensor:
        if variant == "peft_dora_stock":  # restarted positions alone tell transformers where pages end
            return model(input_ids=batch.ids, position_ids=batch.positions, labels=batch.targets).loss
        hidden, head = hidden_states(model, batch)
        total, count = summed_nats(hidden, head, batch.targets)
        return total / count

    def step() -> dict[str, float]:
        began = time.perf_counter()
        with regime:
            nats = loss()
        nats.backward()
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        seconds = time.perf_counter() - began
        return {"s": seconds, "loss": float(nats), "mb": (resident("VmHWM") - before) / 1024}

    for _ in sys.stdin:
        taken = [step() for _ in range(STEPS)]
        print(json.dumps(taken[-1]), flush=True)


def stand_in() -> Path:
    """The 0.5B's folder."""
    from hydra import compose, initialize_config_dir
    from hydra.utils import instantiate

    from rusta import app  # noqa: F401  registers the schemas
    from rusta.cli import CONF
    from rusta.home import Home

    home = Home(os.environ.get("RUSTA_HOME") or str(Path.home() / ".rusta"), str(ROOT / "outputs"))
    with initialize_config_dir(str(CONF), version_base="1.3"):
        model = instantiate(compose("config", ["body=laptop"]).model, _convert_="all")
    return model.folder(home)


def one_pack(folder: Path, tokens: int) -> object:
    """Pages of her own corpus, end to end, cut at `tokens`."""
    from dataclasses import replace

    from rusta.data import corpus
    from rusta.data.pages import Kind
    from rusta.data.render import render
    from rusta.mind.weights import tokenizer
    from rusta.training.packing import pack

    speaks, pages = tokenizer(folder), []
    for page in corpus.pages(Kind.DIALOGUE):
        example = render(page, speaks, 2048)
        room = tokens - sum(len(e.ids) for e in pages)
        pages.append(replace(example, ids=example.ids[:room], targets=example.targets[:room]))
        if room <= len(example.ids):
            return pack(pages)
    raise SystemExit(f"--tokens {tokens}: her dialogues are not that long together.")


def resident(which: str) -> int:
    """kB that this process has (VmRSS) or at most had (VmHWM) in memory."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(which))


def measure(base: str, rounds: int, rank: int, tokens: int) -> dict[str, float]:
    """Figures of all variants on one base."""
    words = ["--rank", str(rank), "--tokens", str(tokens), "--base", base]
    children = {}
    for name in VARIANTS:
        children[name] = subprocess.Popen([sys.executable, __file__, "--variant", name, *words], text=True,
                                          stdin=subprocess.PIPE, stdout=subprocess.PIPE)  # fmt: skip
        if children[name].stdout.readline().strip() != "awake":
            raise SystemExit(f"The {name} variant on {base} did not wake: see above.")
    found: dict[str, list[dict[str, float]]] = {name: [] for name in VARIANTS}
    for n in range(rounds + 1):
        for name, child in children.items():
            child.stdin.write("\n")
            child.stdin.flush()
            figures = json.loads(child.stdout.readline())
            if n:  # the first step allocates
                found[name].append(figures)
            print(f"{base} round {n} {name:<20}{figures['s']:8.3f} s  loss {figures['loss']:.4f}", file=sys.stderr)
    for child in children.values():
        child.stdin.close()
        child.wait()
    seconds = {name: statistics.median(f["s"] for f in each) for name, each in found.items()}
    peaks = {name: max(f["mb"] for f in each) for name, each in found.items()}
    lora = min(("lora", "lora_autocast"), key=seconds.__getitem__)
    peft = min(("peft_dora", "peft_dora_autocast"), key=seconds.__getitem__)

    def ratio(one: str, other: str) -> float:
        return statistics.median(a["s"] / b["s"] for a, b in zip(found[one], found[other], strict=True))

    figures = {
        "lora_step_s": seconds[lora],
        "peft_dora_step_s": seconds[peft],
        "dora_step_s": seconds["dora"],
        "dora_over_lora": ratio("dora", lora),
        "peft_dora_over_dora": ratio(peft, "dora"),
        "peft_dora_as_it_comes_over_dora": ratio("peft_dora", "dora"),
        "peft_dora_stock_over_dora": ratio("peft_dora_stock", "dora"),
        "lora_peak_mb": min(peaks["lora"], peaks["lora_autocast"]),
        "peft_dora_peak_mb": min(peaks["peft_dora"], peaks["peft_dora_autocast"]),
        "dora_peak_mb": peaks["dora"],
        **{f"{name}_s": seconds[name] for name in VARIANTS if name not in ("dora",)},
        **{f"{name}_mb": peaks[name] for name in VARIANTS if name not in ("lora", "peft_dora", "dora")},
    }
    figures["dora_over_lora_peak"] = figures["dora_peak_mb"] / figures["lora_peak_mb"]
    return {f"{name}_{base}": value for name, value in figures.items()}


def prefix(pages: int = 4, length: int = 512) -> dict[str, float]:
    """Seconds of the epoch that fills the cache and of the one that reads it, and how far their losses are from plain."""
    import torch

    from rusta.data.render import IGNORED, Example
    from rusta.home import Home
    from rusta.mind.adapters import Adapter
    from rusta.mind.attention import Attention
    from rusta.mind.model import Random
    from rusta.mind.quantization import NF4
    from rusta.mind.weights import wake
    from rusta.training.forward import hidden_states
    from rusta.training.loss import summed_nats
    from rusta.training.packing import pack
    from rusta.training.prefix import PrefixCache

    draw = torch.Generator().manual_seed(0)
    texts = [torch.randint(256, (length,), generator=draw).tolist() for _ in range(pages)]
    packs = [pack([Example(ids, [IGNORED, *ids[1:]], [True] * length)]) for ids in texts]
    with tempfile.TemporaryDirectory() as place:
        shape = Random(hidden=768, blocks=48, heads=12, kv_heads=2, intermediate=3072)
        folder = shape.folder(Home(place, place))

        def two_epochs(cache: PrefixCache | None) -> tuple[list[float], list[float]]:
            model = Adapter(rank=16).attach(wake(folder, NF4(), Attention("sdpa")), seed=0).train()
            optimizer = torch.optim.AdamW([p for p in model.parameters() if p.requires_grad], lr=1e-3)
            losses, seconds = [], []
            for epoch in ("to be thrown away", 1, 2):
                began = time.perf_counter()
                for batch in packs[:1] if epoch == "to be thrown away" else packs:
                    hidden, head = hidden_states(model, batch, None if epoch == "to be thrown away" else cache)
                    total, count = summed_nats(hidden, head, batch.targets)
                    (total / count).backward()
                    if epoch != "to be thrown away":
                        optimizer.step()
                        losses.append(float(total / count))
                    optimizer.zero_grad()
                seconds.append(time.perf_counter() - began)
            return losses, seconds[1:]

        plain, without = two_epochs(None)
        cached, with_cache = two_epochs(PrefixCache(Path(place), "bench"))
    return {
        "prefix_epoch_1_s": with_cache[0],
        "prefix_epoch_2_s": with_cache[1],
        "prefix_speedup": with_cache[0] / with_cache[1],
        "plain_epoch_s": statistics.mean(without),
        "prefix_loss_difference": max(abs(a - b) for a, b in zip(plain, cached, strict=True)),
    }


def main() -> None:
    """Measure both bases, and print a table or one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--rank", type=int, default=64)
    parser.add_argument("--tokens", type=int, default=512)
    parser.add_argument("--base", choices=("bf16", "nf4"), help="only this one")
    parser.add_argument("--variant", choices=VARIANTS, help=argparse.SUPPRESS)
    said = parser.parse_args()
    if said.variant:
        work(said.variant, said.base, said.rank, said.tokens)
        return
    figures: dict[str, float] = {}
    for base in (said.base,) if said.base else ("bf16", "nf4"):
        figures |= measure(base, said.rounds, said.rank, said.tokens)
    if not said.base:
        figures |= prefix()
    if said.json:
        print(json.dumps({name: float(f"{value:.5g}") for name, value in figures.items()}))
    else:
        for name, value in figures.items():
            print(f"{name:<32}{value:10.3f}")


if __name__ == "__main__":
    main()
