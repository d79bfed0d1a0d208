"""Conversion of a GGUF to the bf16 safetensors folder that training reads: once, tensor by tensor.

Any GGUF of the Qwen2 architecture is accepted, of any size. The output is the dequantised content of the GGUF, rounded
to bf16; what quantisation lost is not restored. Rows are converted in slices, so peak memory is a few tens of megabytes
for any model size.

Not covered: other architectures, GGUFs split over several files, and mixture-of-experts tensors.
"""

import json
import os
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rusta.core.errors import RustaError
from rusta.core.home import need_room
from rusta.mind.made_folder import made_folder
from rusta.mind.shape import Shape

if TYPE_CHECKING:
    from gguf import GGUFReader, ReaderTensor

SLICE = 8_388_608  # elements converted at a time: 32 MiB of fp32

# GGUF block name -> Hugging Face name, for the Qwen2 architecture (gguf-py, constants.py).
BLOCK = {
    "attn_norm": "input_layernorm",
    "attn_q": "self_attn.q_proj",
    "attn_k": "self_attn.k_proj",
    "attn_v": "self_attn.v_proj",
    "attn_output": "self_attn.o_proj",
    "ffn_norm": "post_attention_layernorm",
    "ffn_gate": "mlp.gate_proj",
    "ffn_up": "mlp.up_proj",
    "ffn_down": "mlp.down_proj",
}
SIZES = ("embedding_length", "block_count", "attention.head_count", "attention.head_count_kv", "feed_forward_length")
OUTER = {"token_embd": "model.embed_tokens", "output_norm": "model.norm", "output": "lm_head"}


class NotThisGguf(RustaError):
    """The file is not a GGUF, is truncated, or holds an architecture other than Qwen2."""


def open_up(source: Path, folder: Path) -> Path:
    """Write the model and tokenizer of `source` to `folder`, unless they are there unchanged.

    The folder appears complete or not at all: an interrupted conversion leaves nothing under its name. Raises
    `NotThisGguf`, and `NoRoom` before anything is written to a disk that is too small.
    """
    return made_folder(folder, lambda making: _open(source, making))


def _open(source: Path, making: Path) -> None:
    opened = reader(source)
    size = sum(2 * int(tensor.n_elements) for tensor in opened.tensors)
    need_room(making.parent, size, f"Opening {source.name} as bf16")
    _write_tensors(opened, making / "model.safetensors")
    _config(opened).save_pretrained(making)
    _tokenizer(opened).save_pretrained(making)


def gguf_shape(source: Path) -> Shape:
    """Return the size of the model in a GGUF, from its header."""
    opened = reader(source)
    return Shape(
        *(_value(opened, f"qwen2.{key}") for key in SIZES),
        vocab=len(_value(opened, "tokenizer.ggml.tokens")),
        tied=all(tensor.name != "output.weight" for tensor in opened.tensors),
    )


def reader(source: Path) -> "GGUFReader":
    """Return a reader of a complete GGUF of the Qwen2 architecture. Raises `NotThisGguf`."""
    from gguf import GGUFReader

    try:
        opened = GGUFReader(source)
    except (ValueError, OverflowError, IndexError) as error:
        raise NotThisGguf(f"{source} is not a whole GGUF file ({error}). Fetch it again: rusta fetch") from None
    architecture = _value(opened, "general.architecture")
    if architecture != "qwen2":
        raise NotThisGguf(
            f"{source} holds a model of architecture {architecture!r}. I can open qwen2, the family that "
            "Qwen2.5-Coder and Strand-Rust-Coder belong to."
        )
    return opened


def _value(reader: "GGUFReader", key: str) -> Any:
    found = reader.get_field(key)
    if found is None:
        raise NotThisGguf(f"The GGUF has no {key!r}: it is damaged, or not a language model.")
    return found.contents()


def hugging_face_name(tensor: str) -> str:
    """Return the Hugging Face name of a tensor of the file."""
    stem, _, suffix = tensor.rpartition(".")
    if stem in OUTER:
        return f"{OUTER[stem]}.{suffix}"
    _, block, part = stem.split(".", 2)
    if part not in BLOCK:
        raise NotThisGguf(f"The GGUF holds a tensor {tensor!r} that Qwen2 does not have.")
    return f"model.layers.{block}.{BLOCK[part]}.{suffix}"


def _write_tensors(reader: "GGUFReader", path: Path) -> None:
    """Write the safetensors format: eight bytes of header length, a JSON header, then all tensors end to end."""
    header: dict[str, object] = {"__metadata__": {"format": "pt"}}
    offset = 0
    for tensor in reader.tensors:
        shape = [int(n) for n in reversed(tensor.shape)]  # GGUF lists the fastest axis first
        size = 2 * int(tensor.n_elements)
        header[hugging_face_name(tensor.name)] = {
            "dtype": "BF16",
            "shape": shape,
            "data_offsets": [offset, offset + size],
        }
        offset += size
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    with path.open("wb") as out:
        out.write(struct.pack("<Q", len(text)) + text)
        for tensor in reader.tensors:
            for piece in _bf16(tensor):
                out.write(piece)
        out.flush()
        os.fsync(out.fileno())


def _bf16(tensor: "ReaderTensor") -> Iterator[memoryview]:
    import torch
    from gguf import dequantize

    rows = tensor.data.reshape(-1, tensor.data.shape[-1]) if tensor.data.ndim > 1 else tensor.data[None]
    step = max(1, SLICE * len(rows) // int(tensor.n_elements))
    for start in range(0, len(rows), step):
        floats = dequantize(rows[start : start + step], tensor.tensor_type)
        # A copy, because fp32 data is a read-only view of the file.
        yield torch.tensor(floats).bfloat16().view(torch.int16).numpy().data.cast("B")


def _config(reader: "GGUFReader") -> Any:
    from transformers import Qwen2Config

    return Qwen2Config(
        vocab_size=len(_value(reader, "tokenizer.ggml.tokens")),
        hidden_size=_value(reader, "qwen2.embedding_length"),
        intermediate_size=_value(reader, "qwen2.feed_forward_length"),
        num_hidden_layers=_value(reader, "qwen2.block_count"),
        num_attention_heads=_value(reader, "qwen2.attention.head_count"),
        num_key_value_heads=_value(reader, "qwen2.attention.head_count_kv"),
        max_position_embeddings=_value(reader, "qwen2.context_length"),
        rms_norm_eps=_value(reader, "qwen2.attention.layer_norm_rms_epsilon"),
        rope_parameters={"rope_type": "default", "rope_theta": _value(reader, "qwen2.rope.freq_base")},
        # Some files quantise embedding and head separately: they are two tensors then, even if the original tied them.
        tie_word_embeddings=all(tensor.name != "output.weight" for tensor in reader.tensors),
        architectures=["Qwen2ForCausalLM"],
        dtype="bfloat16",
        eos_token_id=_value(reader, "tokenizer.ggml.eos_token_id"),
        pad_token_id=_value(reader, "tokenizer.ggml.padding_token_id"),
    )


def _tokenizer(reader: "GGUFReader") -> Any:
    from transformers import AddedToken, Qwen2Tokenizer

    tokens = _value(reader, "tokenizer.ggml.tokens")
    kinds = _value(reader, "tokenizer.ggml.token_type")  # 1 normal, 3 control, 4 user-defined, 5 unused
    merges: Any = [tuple(merge.split(" ")) for merge in _value(reader, "tokenizer.ggml.merges")]
    end = tokens[_value(reader, "tokenizer.ggml.eos_token_id")]
    pad = tokens[_value(reader, "tokenizer.ggml.padding_token_id")]
    tokenizer = Qwen2Tokenizer(
        vocab={token: n for n, token in enumerate(tokens)}, merges=merges, eos_token=end, pad_token=pad
    )
    tokenizer.add_tokens(
        [
            AddedToken(t, normalized=False, special=kind == 3)
            for t, kind in zip(tokens, kinds, strict=True)
            if kind in (3, 4)
        ]
    )
    tokenizer.chat_template = _value(reader, "tokenizer.chat_template")
    return tokenizer
