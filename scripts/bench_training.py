#!/usr/bin/env python3
"""What DoRA costs: one training step of peft's LoRA, of peft's DoRA, and of ours, on the same model and pages.

    .venv/bin/python scripts/bench_training.py [--json] [--rounds 5] [--rank 64] [--tokens 512]

A step is a forward pass, a backward pass and AdamW, on the 0.5B with adapters on its last 16 blocks. Base, pages, loss
and optimizer are the same; only the adapters' arithmetic differs. All compute in the type that `compute=auto` chooses here,
from weights held as it holds them (`--compute` insists on another). In bf16 peft is run as it comes (fp32 adapters that its
layers cast to and from) and under autocast to bf16, as most recipes do; the faster of the two is what ours is held against.
All of these run through our forward pass and our loss, which spares them what ours is spared. `peft_dora_stock` is
what somebody has who follows peft's documentation: `model(input_ids, labels=...)`, transformers' own forward pass and
loss, in the type that is fast here; `peft_lora_fp32` and `peft_lora_bf16` are the same with LoRA in either type. In
the type that is slow here a step of 512 tokens may take a quarter of an hour: there one step over 128 tokens has to
do.

MFU is the rate of the operations that a step needs over the rate of one product, 512 x 896 x 4864, the best of five in
the same processes with the same threads, after each step. Needed are: forward 2 P T of the blocks, and 2 V d of the head
for each token that carries loss; for gradients of inputs the same of the blocks from the first adapted one on, and of the
head; 6 P T of the adapters. Recomputation, dequantisation, norms and gradients of frozen weights are not. `tokens_s`, `mfu`
and `gemm_gflops` are of ours on the unquantised base; `mfu_peft_*` of stock peft's LoRA on the same.
Every variant is a process of its own that takes turns with ours, of two steps, of which the second counts, so that a
machine that slows down slows both; no more than two are awake at a time (the largest takes 7.5 GB).

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
import statistics
import subprocess
import sys
import tempfile
import time
import warnings
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
OTHERS = ("lora", "peft_dora", "peft_dora_stock")  # that ours is held against
AUTOCAST = ("lora_autocast", "peft_dora_autocast")  # where bf16 is computed in
STOCK = {"peft_lora_fp32": "float32", "peft_lora_bf16": "bfloat16"}  # on the unquantised base
BLOCKS = 16
SHORT = 128  # tokens of a step in the slow type
STEPS = 2  # of a turn: the first comes back to a machine that did something else meanwhile, the second is what training is like


def work(variant: str, base: str, rank: int, tokens: int, dtype: str) -> None:
    """A child: wake, say so, and then take `STEPS` steps for every line on stdin, answering with the last one's figures."""
    warnings.simplefilter("ignore")
    import torch
    from peft import LoraConfig, get_peft_model

    from rusta.mind.adapters import PROJECTIONS
    from rusta.mind.attention import Attention
    from rusta.mind.compute import ComputeChoice, torch_threads
    from rusta.mind.dora import prepare
    from rusta.mind.forward import hidden_states
    from rusta.mind.loss import summed_nats
    from rusta.mind.quantization import NF4, Unquantised
    from rusta.mind.unpacking import DTYPES
    from rusta.mind.weights import wake

    folder, threads = stand_in(), torch_threads()
    torch.set_num_threads(threads)
    steps = STEPS if STOCK.get(variant, dtype) == dtype else 1
    dtype = STOCK.get(variant, dtype)
    choice = ComputeChoice(dtype, "unpacked", threads)
    model = wake(folder, NF4() if base == "nf4" else Unquantised(), Attention("sdpa"), compute=choice)
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
        if (
            variant == "peft_dora_stock" or variant in STOCK
        ):  # restarted positions alone tell transformers where pages end
            return model(input_ids=batch.ids, position_ids=batch.positions, labels=batch.targets).loss
        hidden, head = hidden_states(model, batch)
        total, count = summed_nats(hidden, head, batch.targets)
        return total / count

    def rate() -> float:
        """GFLOP/s of one product in the type that is computed in."""
        x, w = (torch.randn(size).to(DTYPES[dtype]) for size in ((512, 896), (4864, 896)))
        began = time.perf_counter()
        torch.mm(x, w.T)
        return 2 * 512 * 896 * 4864 / (time.perf_counter() - began) / 1e9

    needed = operations(model, int((batch.targets[:, 1:] != -100).sum()), tokens)

    def step() -> dict[str, float]:
        began = time.perf_counter()
        with regime:
            nats = loss()
        nats.backward()
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        seconds = time.perf_counter() - began
        gemm = max(rate() for _ in range(5))
        peak = (resident("VmHWM") - before) / 1024
        return {"s": seconds, "loss": float(nats), "mb": peak, "gflops": needed / seconds / 1e9, "gemm": gemm}

    for _ in sys.stdin:
        taken = [step() for _ in range(steps)]
        print(json.dumps(taken[-1]), flush=True)


def operations(model: Any, carried: int, tokens: int) -> int:
    """Floating-point operations that a step needs."""
    core = model.get_base_model()
    weights = [p for name, p in core.model.layers.named_parameters() if p.ndim == 2 and "lora" not in name]
    learned = sum(p.numel() for p in model.parameters() if p.requires_grad and p.ndim == 2)
    blocks = sum(p.numel() for p in weights)
    below = blocks * BLOCKS // len(core.model.layers)
    return 2 * tokens * (blocks + below) + 4 * core.lm_head.weight.numel() * carried + 6 * tokens * learned


def stand_in() -> Path:
    """The 0.5B's folder."""
    from hydra import compose, initialize_config_dir
    from hydra.utils import instantiate

    from rusta.cli import app  # noqa: F401  registers the schemas
    from rusta.cli.main import CONF
    from rusta.core.home import Home, standard

    home = Home(str(standard()), str(ROOT / "outputs"))
    with initialize_config_dir(str(CONF), version_base="1.3"):
        model = instantiate(compose("config", ["body=laptop"]).model, _convert_="all")
    return model.folder(home)


def one_pack(folder: Path, tokens: int) -> Any:
    """Pages of her own corpus, end to end, cut at `tokens`."""
    from dataclasses import replace

    from rusta.data import corpus
    from rusta.data.pages import PageKind
    from rusta.data.render import render
    from rusta.mind.packing import pack
    from rusta.mind.weights import tokenizer

    speaks, pages = tokenizer(folder), []
    for page in corpus.pages(PageKind.DIALOGUE):
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


Figures = dict[str, list[dict[str, float]]]  # of every round that counts, by variant


def turns(names: tuple[str, ...], words: list[str], rounds: int) -> Figures:
    """Wake a process for each of these variants, and let them take turns; the first round, which allocates, does not count."""
    children: dict[str, Any] = {}
    for name in names:
        children[name] = subprocess.Popen([sys.executable, __file__, "--variant", name, *words], text=True,
                                          stdin=subprocess.PIPE, stdout=subprocess.PIPE)  # fmt: skip
        if children[name].stdout.readline().strip() != "awake":
            raise SystemExit(f"The {name} variant did not wake ({' '.join(words)}): see above.")
    found: Figures = {name: [] for name in names}
    for n in range(rounds + 1):
        for name, child in children.items():
            child.stdin.write("\n")
            child.stdin.flush()
            said = child.stdout.readline()
            if not said:
                ended = child.wait()
                raise SystemExit(
                    f"The {name} variant ended with {ended}{' (killed: too little memory?)' * (ended == -9)}."
                )
            figures = json.loads(said)
            if n or not rounds:
                found[name].append(figures)
            print(f"round {n} {name:<20}{figures['s']:8.3f} s  loss {figures['loss']:.4f}", file=sys.stderr)
    for child in children.values():
        child.stdin.close()
        child.wait()
    return found


def measure(base: str, rounds: int, rank: int, tokens: int, dtype: str) -> dict[str, float]:
    """Figures of all variants on one base."""
    words = ["--rank", str(rank), "--tokens", str(tokens), "--base", base, "--compute", dtype]
    others = (*OTHERS, *(AUTOCAST if dtype == "bfloat16" else ()))
    pairs = {other: turns((other, "dora"), words, rounds) for other in others}
    ours = [figures for pair in pairs.values() for figures in pair["dora"]]
    seconds = {other: statistics.median(f["s"] for f in pair[other]) for other, pair in pairs.items()}
    peaks = {other: max(f["mb"] for f in pair[other]) for other, pair in pairs.items()}
    over = {other: statistics.median(a["s"] / b["s"] for a, b in zip(pair[other], pair["dora"], strict=True))
            for other, pair in pairs.items()}  # fmt: skip
    lora = min((o for o in others if o in ("lora", "lora_autocast")), key=over.__getitem__)
    peft = min((o for o in others if o in ("peft_dora", "peft_dora_autocast")), key=over.__getitem__)
    dora_peak = max(f["mb"] for f in ours)
    figures = {
        "lora_step_s": seconds[lora],
        "peft_dora_step_s": seconds[peft],
        "dora_step_s": statistics.median(f["s"] for f in ours),
        "dora_over_lora": 1 / over[lora],
        "peft_dora_over_dora": over[peft],
        "peft_dora_as_it_comes_over_dora": over["peft_dora"],
        "peft_dora_stock_over_dora": over["peft_dora_stock"],
        "lora_peak_mb": peaks[lora],
        "peft_dora_peak_mb": peaks[peft],
        "dora_peak_mb": dora_peak,
        "dora_over_lora_peak": dora_peak / peaks[lora],
        **{f"{other}_s": seconds[other] for other in others},
        **{f"{other}_mb": peaks[other] for other in others if other not in ("lora", "peft_dora")},
    }
    named = {f"{name}_{base}": value for name, value in figures.items()}
    if base != "bf16":
        return named
    short = ["--tokens", str(min(tokens, SHORT)), *words[:2], *words[4:]]
    stock = {
        name: turns((name,), words, rounds)[name] if of == dtype else turns((name,), short, 0)[name]
        for name, of in STOCK.items()
    }
    gemm = {of: max(f["gemm"] for name in STOCK for f in stock[name] if STOCK[name] == of) for of in STOCK.values()}
    gemm[dtype] = max(gemm[dtype], *(f["gemm"] for pair in pairs.values() for each in pair.values() for f in each))

    def mfu(each: list[dict[str, float]], of: str) -> float:
        return statistics.median(f["gflops"] for f in each) / gemm[of]

    return {
        "tokens_s": tokens / figures["dora_step_s"],
        "gemm_gflops": gemm[dtype],
        "mfu": mfu(ours, dtype),
        **{f"mfu_{name.replace('_lora', '')}": mfu(each, STOCK[name]) for name, each in stock.items()},
        **named,
    }


def prefix(dtype: str, pages: int = 4, length: int = 512) -> dict[str, float]:
    """Seconds of the epoch that fills the cache and of the one that reads it, and how far their losses are from plain."""
    import torch

    from rusta.core.home import Home
    from rusta.data.render import IGNORED, Example
    from rusta.mind.adapters import Adapter
    from rusta.mind.attention import Attention
    from rusta.mind.compute import ComputeChoice
    from rusta.mind.forward import hidden_states
    from rusta.mind.loss import summed_nats
    from rusta.mind.model import Random
    from rusta.mind.packing import pack
    from rusta.mind.quantization import NF4
    from rusta.mind.weights import wake
    from rusta.training.prefix_cache import PrefixCache

    choice = ComputeChoice(dtype, "unpacked")
    draw = torch.Generator().manual_seed(0)
    texts = [torch.randint(256, (length,), generator=draw).tolist() for _ in range(pages)]
    packs = [pack([Example(ids, [IGNORED, *ids[1:]], [True] * length)]) for ids in texts]
    with tempfile.TemporaryDirectory() as place:
        shape = Random(hidden=768, blocks=48, heads=12, kv_heads=2, intermediate=3072)
        folder = shape.folder(Home(place, place))

        def two_epochs(cache: PrefixCache | None) -> tuple[list[float], list[float]]:
            base = wake(folder, NF4(), Attention("sdpa"), compute=choice)
            model = Adapter(rank=16).attach(base, seed=0).train()
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
                        losses.append(float((total / count).detach()))
                    optimizer.zero_grad()
                seconds.append(time.perf_counter() - began)
            return losses, seconds[1:]

        plain, without = two_epochs(None)
        cached, with_cache = two_epochs(PrefixCache(Path(place), "bench", choice.width))
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
    parser.add_argument("--compute", choices=("float32", "bfloat16"), help="instead of the type that is faster here")
    parser.add_argument("--variant", choices=("dora", *OTHERS, *AUTOCAST, *STOCK), help=argparse.SUPPRESS)
    said = parser.parse_args()
    if said.variant:
        work(said.variant, said.base, said.rank, said.tokens, said.compute)
        return
    choice = chosen()
    dtype = said.compute or choice.dtype
    print(f"compute: {dtype} (compute=auto: {choice})", file=sys.stderr)
    figures: dict[str, Any] = {"compute": dtype}
    for base in (said.base,) if said.base else ("bf16", "nf4"):
        figures |= measure(base, said.rounds, said.rank, said.tokens, dtype)
    if not said.base:
        figures |= prefix(dtype)
    if said.json:
        print(json.dumps({name: _short(value) for name, value in figures.items()}))
    else:
        for name, value in figures.items():
            print(f"{name:<32}{_short(value)!s:>10}")


def _short(value: float | str) -> float | str:
    return value if isinstance(value, str) else float(f"{value:.5g}")


def chosen() -> Any:
    """What `compute=auto` takes on this machine."""
    from rusta.core.home import Home, standard
    from rusta.mind.compute import Compute

    home = str(standard())
    return Compute().choose(Home(home, str(ROOT / "outputs")), gpu=False)


if __name__ == "__main__":
    main()
