#!/usr/bin/env python3
"""Memory and speed of a training step on a GPU, at the 14B's true shape: ours beside peft's QDoRA and QLoRA.

    .venv/bin/python scripts/bench_gpu.py [--json] [--tokens 2048 4096] [--rank 128] [--steps 5] [--base nf4] [--tiny]

Random weights, made on the device in NF4 or bf16. Each variant is a process of its own: none inherits another's memory.

    ours         adapters on the last 16 blocks, the frozen ones without autograd, logits in slices, Muon, and as many
                 blocks computed again as the plan says are needed to stay below --limit-gb
    peft_dora    peft's DoRA by the usual recipe: prepare_model_for_kbit_training, every block checkpointed, AdamW,
                 bf16 autocast, cross-entropy over all logits
    peft_lora    the same without DoRA

All read the same tokens with adapters of one rank on the same blocks. Beside ours stands what the plan predicts. A
variant that runs out of memory is a result and is reported as one. `--tiny` takes a toy shape and works on a CPU, where
memory is counted tensor by tensor (rusta/training/budget/memory_meter.py) and seconds say nothing about a GPU.
"""

import argparse
import json
import statistics
import subprocess
import sys
import time
import warnings
from collections.abc import Callable
from contextlib import nullcontext
from typing import Any

warnings.simplefilter("ignore")
VARIANTS = ("ours", "peft_dora", "peft_lora")


def shape(tiny: bool) -> Any:
    from rusta.mind.shape import Shape

    if tiny:
        return Shape(256, 6, 4, 2, 768, 1024)
    return Shape(5120, 48, 40, 8, 13824, 152_064)  # conf/model/strand_14b.yaml


def held(said: argparse.Namespace) -> Any:
    from rusta.mind.quantization import NF4, Unquantised

    return NF4() if said.base == "nf4" else Unquantised()


def ours(said: argparse.Namespace, tokens: int, device: Any) -> tuple[Callable[[], None], dict[str, Any]]:
    """One optimizer step of Rusta's, and what the plan says of it."""
    from rusta.data.render import Example
    from rusta.mind.adapters import Adapter
    from rusta.mind.forward import hidden_states
    from rusta.mind.imagined import imagine
    from rusta.mind.loss import summed_nats
    from rusta.mind.packing import pack
    from rusta.training.budget.footprint import TrainingStep
    from rusta.training.budget.memory import MemoryRequest
    from rusta.training.optim.muon import Muon

    adapter = Adapter(rank=said.rank, last_blocks=said.blocks)
    step = TrainingStep(shape(said.tiny), held(said), adapter, "Muon", tokens, 1)
    answer = MemoryRequest(step, "auto", True, round(said.limit_gb * 1e9)).answer
    model: Any = adapter.attach(imagine(step.shape, step.quantization, device), seed=0).train()
    learned = [p for p in model.parameters() if p.requires_grad]
    optimizer = Muon([{"params": [p for p in learned if p.ndim == n]} for n in (2, 1)], lr=1e-4)
    page = [n % step.shape.vocab for n in range(tokens)]
    batch = pack([Example(page, page, [True] * tokens)]).to(device)

    def learn() -> None:
        hidden, head = hidden_states(model, batch, recompute=answer.step.again)
        total, count = summed_nats(hidden, head, batch.targets)
        del hidden
        (total / count).backward()
        optimizer.step()
        optimizer.zero_grad()

    return learn, {"plan_gb": answer.allocated / 1e9, "computed_again": answer.step.again}


def usual(said: argparse.Namespace, tokens: int, device: Any, dora: bool) -> tuple[Callable[[], None], dict[str, Any]]:
    """One optimizer step by the recipe that peft's documentation gives."""
    import torch
    from peft import LoraConfig, get_peft_model, prepare_model_for_kbit_training

    from rusta.mind.adapters import PROJECTIONS
    from rusta.mind.imagined import imagine

    blocks = shape(said.tiny).blocks
    model: Any = imagine(shape(said.tiny), held(said), device)
    checkpointing = {"use_reentrant": False}
    if said.base == "nf4":
        model = prepare_model_for_kbit_training(model, gradient_checkpointing_kwargs=checkpointing)
    else:
        model.gradient_checkpointing_enable(gradient_checkpointing_kwargs=checkpointing)
        model.enable_input_require_grads()
    config = LoraConfig(
        r=said.rank, lora_alpha=2 * said.rank, use_dora=dora, target_modules=list(PROJECTIONS), task_type="CAUSAL_LM",
        layers_to_transform=list(range(max(0, blocks - said.blocks), blocks)),
    )  # fmt: skip
    model = get_peft_model(model, config).train()
    optimizer = torch.optim.AdamW([p for p in model.parameters() if p.requires_grad], lr=1e-4)
    ids = (torch.arange(tokens, device=device) % shape(said.tiny).vocab)[None]

    def learn() -> None:
        with torch.autocast(device.type, torch.bfloat16):
            loss = model(input_ids=ids, labels=ids, use_cache=False).loss
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()

    return learn, {}


def measure(said: argparse.Namespace, variant: str, tokens: int) -> dict[str, Any]:
    """Build one variant and take its steps, in this process."""
    import torch

    from rusta.mind.device import device as here
    from rusta.training.budget.memory_meter import Meter
    from rusta.training.budget.out_of_memory import is_out_of_memory

    device = here()
    gpu = device.type == "cuda"
    # On a CPU what was built counts as well, from its first byte; on a GPU the allocator counts.
    counting: Any = nullcontext() if gpu else Meter()
    found: dict[str, Any] = {}
    try:
        with counting:
            learn, found = (
                ours(said, tokens, device)
                if variant == "ours"
                else usual(said, tokens, device, dora=variant == "peft_dora")
            )
            learn()  # the optimizer's states are there from now on
            if gpu:
                torch.cuda.reset_peak_memory_stats()
            else:
                counting.peak = counting.live
            times = []
            for _ in range(said.steps):
                began = time.perf_counter()
                learn()
                if gpu:
                    torch.cuda.synchronize()
                times.append(time.perf_counter() - began)
    except (MemoryError, RuntimeError) as error:
        if not is_out_of_memory(error):
            raise
        return {**found, "out_of_memory": True}
    peak = (torch.cuda.max_memory_allocated() if gpu else counting.peak) / 1e9
    second = statistics.median(times)
    found |= {"peak_gb": peak, "step_s": second, "tokens_per_s": tokens / second, "out_of_memory": False}
    if "plan_gb" in found:
        found["plan_over_peak"] = found["plan_gb"] / peak
    return found


def apart(said: argparse.Namespace, variant: str, tokens: int) -> dict[str, Any]:
    """The same in a process of its own; one that dies is reported with its last words."""
    words = [sys.executable, __file__, "--one", variant, "--tokens", str(tokens), "--rank", str(said.rank),
             "--steps", str(said.steps), "--blocks", str(said.blocks), "--limit-gb", str(said.limit_gb), "--base", said.base]  # fmt: skip
    done = subprocess.run([*words, *(["--tiny"] if said.tiny else [])], capture_output=True, text=True)
    try:
        return json.loads(done.stdout.splitlines()[-1])
    except (IndexError, ValueError):
        last = (done.stderr.strip().splitlines() or ["no words"])[-1]
        return {"failed": f"exit {done.returncode}: {last}"[:300]}


def ratios(figures: dict[str, Any], sizes: list[int]) -> dict[str, float]:
    """Ours against each peer, where both ran."""
    found = {}
    for tokens in sizes:
        mine = figures.get(f"ours_{tokens}_tokens_per_s")
        for peer in VARIANTS[1:]:
            if mine and (theirs := figures.get(f"{peer}_{tokens}_tokens_per_s")):
                found[f"ours_over_{peer}_{tokens}"] = mine / theirs
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="the last line is one flat JSON object")
    parser.add_argument("--tokens", type=int, nargs="+", default=[2048, 4096])
    parser.add_argument("--rank", type=int, default=128)
    parser.add_argument("--blocks", type=int, default=16, help="that learn, from the last")
    parser.add_argument("--steps", type=int, default=5)
    parser.add_argument("--limit-gb", type=float, default=22.0, help="what the plan may fill before it recomputes")
    parser.add_argument("--base", choices=("nf4", "bf16"), default="nf4")
    parser.add_argument("--variants", nargs="+", choices=VARIANTS, default=VARIANTS)
    parser.add_argument("--tiny", action="store_true", help="a toy shape, for a CPU")
    parser.add_argument("--one", choices=VARIANTS, help=argparse.SUPPRESS)
    said = parser.parse_args()
    if said.one:
        print(json.dumps(measure(said, said.one, said.tokens[0])))
        return
    import torch

    if not said.tiny and not torch.cuda.is_available():
        refusal = "not run on a GPU: there is none here. A toy on the CPU: --tiny"
        print(json.dumps({"ran": False, "why": refusal}) if said.json else refusal)
        return
    device = torch.cuda.get_device_name() if torch.cuda.is_available() else "CPU"
    figures: dict[str, Any] = {"ran": True, "device": device, "tiny": said.tiny, "gpu": torch.cuda.is_available(),
                               "base": said.base, "rank": said.rank, "last_blocks": said.blocks}  # fmt: skip
    for tokens in said.tokens:
        for variant in said.variants:
            found = apart(said, variant, tokens)
            figures |= {f"{variant}_{tokens}_{name}": value for name, value in found.items()}
            told = ", ".join(f"{n} {v:.3f}" if isinstance(v, float) else f"{n} {v}" for n, v in found.items())
            print(f"{variant:<11} {tokens:>5} tokens: {told}", file=sys.stderr if said.json else sys.stdout, flush=True)
    figures |= ratios(figures, said.tokens)
    if not figures["gpu"]:
        print("not run on a GPU", file=sys.stderr if said.json else sys.stdout)
    if said.json:
        print(json.dumps({n: round(v, 4) if isinstance(v, float) else v for n, v in figures.items()}))


if __name__ == "__main__":
    main()
