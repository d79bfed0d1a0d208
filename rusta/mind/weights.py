"""Load weights from a safetensors folder into memory, on this machine's device."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rusta.core.errors import RustaError
from rusta.core.home import Home
from rusta.mind.adapters import PROJECTIONS
from rusta.mind.attention import Attention
from rusta.mind.bodies import memory_gib
from rusta.mind.compute import Compute, ComputeChoice
from rusta.mind.device import device
from rusta.mind.quantization import NF4, Unquantised
from rusta.mind.shape import Shape

if TYPE_CHECKING:
    import torch
    from transformers import PreTrainedModel


ROOM = 0.6  # share of the memory the base may take; the rest is for its files, activations, and other processes
PUBLISHED = ComputeChoice()  # bf16, weights packed


class CannotWake(RustaError):
    """The folder does not hold a model of a supported architecture."""


def wake(
    folder: Path,
    quantization: NF4 | Unquantised,
    attention: Attention,
    on: "torch.device | None" = None,
    compute: ComputeChoice = PUBLISHED,
) -> "PreTrainedModel":
    """Return the base model, frozen, in eval mode, bf16 or quantised, on device `on` or the machine's accelerator.

    It computes as `compute` says, by default in bf16 from packed weights. Raises `CannotWake`.
    """
    import torch
    from transformers import AutoConfig, AutoModelForCausalLM
    from transformers.utils import logging

    from rusta.mind.unpacking import compute_in

    logging.disable_progress_bar()
    config = AutoConfig.from_pretrained(folder)
    if config.model_type != "qwen2":
        raise CannotWake(f"{folder} holds a {config.model_type!r} model. I know the qwen2 architecture, of any size.")
    model = AutoModelForCausalLM.from_pretrained(
        folder,
        dtype=torch.bfloat16,
        device_map={"": on or device()},
        attn_implementation=attention.choose()[0],
        quantization_config=quantization.config(),
    )
    quantization.settle(model)
    compute_in(model, compute)
    model.requires_grad_(False)
    model.config.use_cache = False
    return model.eval()


def computing(compute: Compute, home: Home, shape: Shape) -> ComputeChoice:
    """Return what a base computes in for inference, and set torch's number of threads.

    On a CPU the weights are unpacked if memory allows.
    """
    import torch

    choice = compute.choose(home, device().type == "cuda")
    if choice.weights == "auto":
        numbers = shape.blocks * sum(a * b for a, b in map(shape.linear, PROJECTIONS)) + 2 * shape.vocab * shape.hidden
        room = not torch.cuda.is_available() and choice.width * numbers < ROOM * memory_gib() * 2**30
        choice = replace(choice, weights="unpacked" if room else "packed")
    if choice.threads:
        torch.set_num_threads(choice.threads)
    return choice


def count_blocks(folder: Path) -> int:
    """Return the number of blocks of the model in a folder, without loading it."""
    from transformers import AutoConfig

    return AutoConfig.from_pretrained(folder).num_hidden_layers


def tokenizer(folder: Path) -> Any:  # a PreTrainedTokenizerBase, whose type stubs are incomplete
    """Return the tokenizer in the weights' folder."""
    from transformers import AutoTokenizer

    return AutoTokenizer.from_pretrained(folder)


def body_and_head(model: Any) -> tuple[Any, "torch.Tensor"]:
    """Return the model without its head, and the head's (V, d) matrix, of a base or a peft model."""
    core = model.get_base_model() if hasattr(model, "get_base_model") else model
    return core.model, core.lm_head.weight
