"""A GGUF with gains folded in, and the plain LoRA for it, in the formats of llama.cpp and Ollama.

The new file equals the old one byte for byte, metadata included, except for the scales of the changed tensors: sizes
and types stay, so no offset changes. The adapter is a GGUF of `general.type` adapter with a pair `<tensor>.lora_a` (r,
in) and `<tensor>.lora_b` (out, r) for each tensor, scaled by `adapter.lora.alpha` / r (llama.cpp,
convert_lora_to_gguf.py).
"""

import hashlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rusta.mind.export import blocks
from rusta.mind.export.held import NotFoldable
from rusta.mind.export.learned import Factors, LearnedAdapter
from rusta.mind.gguf import BLOCK, SLICE

if TYPE_CHECKING:
    from gguf import GGUFReader
    from torch import Tensor

PIECE = 1 << 23  # bytes copied at a time
APART = 0.3  # two four-bit roundings of one matrix differ by 0.13 of its norm, of which each makes 0.09; 2 bits by 0.25
SHORT = {theirs: ours for ours, theirs in BLOCK.items()}


def gguf_name(layer: str) -> str:
    """Return the GGUF's name for a layer's matrix: `model.layers.23.mlp.up_proj` is `blk.23.ffn_up.weight`."""
    _, _, block, part = layer.split(".", 3)
    return f"blk.{block}.{SHORT[part]}.weight"


def fold(
    source: Path, out: Path, reader: "GGUFReader", gains: "dict[str, Tensor]",
    told: Callable[[int, int], None] = lambda *_: None,
) -> str:  # fmt: skip
    """Write `source` to `out` with every layer of `gains` scaled; return the sha256 of what was written."""
    touched = {}
    for layer, gain in gains.items():
        touched[gguf_name(layer)] = gain.numpy()
    digest = hashlib.sha256()
    with source.open("rb") as old, out.open("wb") as new:

        def put(piece: bytes | memoryview) -> None:
            new.write(piece)
            digest.update(piece)

        tensors = sorted((t for t in reader.tensors if t.name in touched), key=lambda t: int(t.data_offset))
        for n, tensor in enumerate(tensors, 1):
            _copy(old, put, int(tensor.data_offset) - old.tell())
            rows = tensor.data.reshape(len(touched[tensor.name]), -1)
            step = max(1, SLICE * len(rows) // int(tensor.n_elements))
            for start in range(0, len(rows), step):
                at = slice(start, start + step)
                gain = touched[tensor.name][at]
                put(blocks.scaled(rows[at], tensor.tensor_type.name, gain, tensor.name))
            old.seek(int(tensor.data_offset) + int(tensor.n_bytes))
            told(n, len(tensors))
        _copy(old, put, None)
        new.flush()
        os.fsync(new.fileno())
    return digest.hexdigest()


def check(reader: "GGUFReader", learned: LearnedAdapter, source: Path) -> None:
    """Raise `NotFoldable` unless every learned layer is in the file, in a type whose scales can be multiplied."""
    tensors = {tensor.name: tensor for tensor in reader.tensors}
    for layer in learned.layers:
        tensor = tensors.get(gguf_name(layer))
        if tensor is None:
            raise NotFoldable(
                f"{source} has no {gguf_name(layer)}: it is another model than the one she was raised on."
            )
        if tensor.tensor_type.name not in blocks.KINDS:
            raise NotFoldable(
                f"{tensor.name} in {source} is {tensor.tensor_type.name}, whose scales I cannot multiply. "
                f"I can: {', '.join(blocks.KINDS)}."
            )


def check_same_weights(reader: "GGUFReader", layer: str, trained_on: "Tensor", source: Path) -> None:
    """Raise `NotFoldable` unless the file's matrix is the one trained on, up to quantisation."""
    theirs = floats(reader, layer)
    if theirs.shape != trained_on.shape:
        raise NotFoldable(f"{gguf_name(layer)} in {source} has another shape: it is another model.")
    apart = float((theirs - trained_on.float()).norm() / trained_on.float().norm())
    if apart > APART:
        raise NotFoldable(
            f"{gguf_name(layer)} in {source} differs by {apart:.0%} from the weights she was raised on. Quantisation makes up "
            f"to {APART:.0%}: it is another model, or another training of it."
        )


def floats(reader: "GGUFReader", layer: str) -> "Tensor":
    """Return the file's matrix of a layer, dequantised to fp32, (out, in)."""
    import torch
    from gguf import dequantize

    tensor = next(t for t in reader.tensors if t.name == gguf_name(layer))
    return torch.tensor(dequantize(tensor.data, tensor.tensor_type)).reshape(*map(int, reversed(tensor.shape)))


def lora(learned: LearnedAdapter, gains: "dict[str, Tensor]", architecture: str, out: Path) -> None:
    """Write the plain LoRA B' = g ⊙ B as an adapter GGUF in fp32."""
    import gguf

    writer: Any = gguf.GGUFWriter(out, architecture)
    writer.add_type(gguf.GGUFType.ADAPTER)
    writer.add_string(gguf.Keys.Adapter.TYPE, "lora")
    writer.add_float32(gguf.Keys.Adapter.LORA_ALPHA, learned.alpha)
    for layer in learned.layers:
        factors: Factors = learned.factors(layer)
        writer.add_tensor(f"{gguf_name(layer)}.lora_a", factors.a.numpy())
        writer.add_tensor(f"{gguf_name(layer)}.lora_b", (gains[layer][:, None] * factors.b).numpy())
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def _copy(old: Any, put: Callable[[bytes], None], count: int | None) -> None:
    """Copy `count` bytes, or all that is left for None. Raises `NotFoldable` if the file is shorter."""
    while count is None or count > 0:
        piece = old.read(PIECE if count is None else min(PIECE, count))
        if not piece:
            if count:
                raise NotFoldable(f"{old.name} became shorter while I read it. Try again.")
            return
        put(piece)
        count = None if count is None else count - len(piece)
