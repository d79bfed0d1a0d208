"""Load an export with the public loaders, and the trained model beside it, both computing in fp32.

fp32 is needed because the folding is exact and bf16 is not: in bf16 even the same weights give other logits for another
batch shape, so an exact fold could not be told from an approximate one.
"""

from contextlib import redirect_stderr
from io import StringIO
from pathlib import Path
from typing import Any

from rusta.mind.export.held import Held

GGUF, LORA_GGUF = "model.gguf", "lora.gguf"


def trained(held: Held, adapter: Path, fingerprint: str, exact: bool = True) -> Any:
    """Return the trained adapter on its base. `exact` computes in fp32, otherwise as in training."""
    from rusta.mind import adapters, weights
    from rusta.mind.attention import Attention

    base = weights.wake(held.folder, held.quantization, Attention("sdpa"))
    model = adapters.load(base, adapter, fingerprint).eval()
    return in_fp32(model) if exact else model


def exported(folder: Path, held: Held, exact: bool = True) -> Any:
    """Return the export in `folder`, loaded with the libraries' own loaders: transformers, peft, gguf."""
    import torch
    from peft import PeftModel
    from transformers import AutoModelForCausalLM
    from transformers.utils import logging

    from rusta.mind import weights
    from rusta.mind.attention import Attention
    from rusta.mind.quantization import NF4

    logging.disable_progress_bar()
    model: Any
    if (folder / GGUF).is_file():
        with redirect_stderr(StringIO()):  # hides a progress bar that cannot be switched off
            model = AutoModelForCausalLM.from_pretrained(folder, gguf_file=GGUF, dtype=torch.float32)
        _merge(model, folder / LORA_GGUF)
        return model.eval()
    if (folder / "model").is_dir():
        model = AutoModelForCausalLM.from_pretrained(
            folder / "model", dtype=torch.bfloat16, device_map={"": held.device}, attn_implementation="sdpa"
        )
    else:
        model = weights.wake(held.folder, held.quantization, Attention("sdpa"))
    if getattr(model, "is_loaded_in_4bit", False):
        NF4().settle(model)
    if (folder / "lora").is_dir():
        model = PeftModel.from_pretrained(model, str(folder / "lora"))
    model.config.use_cache = False
    return in_fp32(model.eval()) if exact else model.eval()


def in_fp32(model: Any) -> Any:
    """Make the model compute in fp32 from the stored numbers: four-bit codes stay, products are not rounded."""
    import torch
    from bitsandbytes.nn import Linear4bit

    for module in model.modules():
        if isinstance(module, Linear4bit):
            module.compute_dtype = torch.float32
        for tensor in (*module.parameters(recurse=False), *module.buffers(recurse=False)):
            if tensor.is_floating_point():
                tensor.data = tensor.data.float()
    return model


def _merge(model: Any, path: Path) -> None:
    """Add the LoRA of an adapter GGUF to fp32 weights, scaled as llama.cpp does."""
    import torch
    from gguf import GGUFReader

    from rusta.mind.gguf import hugging_face_name

    adapter = GGUFReader(path)
    alpha: Any = adapter.get_field("adapter.lora.alpha")
    tensors = {tensor.name: torch.tensor(tensor.data) for tensor in adapter.tensors}
    for name in tensors:
        if name.endswith(".lora_a"):
            a, b = tensors[name], tensors[name.removesuffix("a") + "b"]
            weight = model.get_parameter(hugging_face_name(name.removesuffix(".lora_a")))
            weight.data += float(alpha.contents()) / len(a) * (b @ a)
