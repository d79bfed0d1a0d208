"""A small model that was raised a little: true architecture, dimensions that blocks of 64 and of 256 divide."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import gguf
import numpy as np
import pytest
import torch
from gguf import GGMLQuantizationType as Kind
from safetensors import safe_open

from rusta.core.home import Home
from rusta.mind import adapters, weights
from rusta.mind.adapters import Adapter
from rusta.mind.attention import Attention
from rusta.mind.export.blocks import SCALES, scaled
from rusta.mind.export.make import open_export_source
from rusta.mind.gguf import BLOCK, OUTER
from rusta.mind.model import Gguf, Random
from rusta.mind.quantization import NF4, Unquantised

SMALL = Random(hidden=256, intermediate=512, blocks=3, heads=4, kv_heads=2, context=512)
SHORT = {theirs: ours for ours, theirs in (BLOCK | OUTER).items()}


def stir(model: torch.nn.Module) -> torch.nn.Module:
    """Move A, B, m and what has no bias yet, as training would: g between about 0.8 and 1.2."""
    draw = torch.Generator().manual_seed(1)
    with torch.no_grad():
        for name, p in model.named_parameters():
            if p.requires_grad and "magnitude" in name:
                p *= 1 + 0.1 * torch.randn(p.shape, generator=draw)
            elif p.requires_grad:
                p += 0.05 * torch.randn(p.shape, generator=draw)
    return model


@pytest.fixture(scope="session")
def at(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A home for all tests of this folder: what is in it is only read."""
    root = tmp_path_factory.mktemp("export")
    home = Home(str(root / "home"), str(root / "run"))
    folder = SMALL.folder(home)
    path = folder / "model.safetensors"
    with safe_open(path, "pt") as file:
        tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    draw = torch.Generator().manual_seed(2)
    for name in tensors:
        if name.endswith("proj.bias"):  # the gain must leave it alone: let it be seen
            tensors[name] = torch.randn(tensors[name].shape, generator=draw).bfloat16()
    from safetensors.torch import save_file

    save_file(tensors, path, metadata={"format": "pt"})
    return home


@pytest.fixture(scope="session")
def raised(at: Home) -> Callable[..., Path]:
    """The adapter folder of SMALL (or another model), raised on this quantisation."""
    made: dict[str, Path] = {}

    def raise_(quantization: NF4 | Unquantised, dora: bool = True, model: Any = SMALL) -> Path:
        name = f"{quantization.name}-{getattr(quantization, 'double_quant', '')}-{dora}-{model.name}"
        if name not in made:
            base = weights.wake(model.folder(at), quantization, Attention("sdpa"))
            made[name] = Path(at.root, "adapters", name)
            adapted = stir(Adapter(dora=dora, rank=8, last_blocks=2).attach(base, seed=0))
            adapters.save(adapted, made[name], model.fingerprint(at))
        return made[name]

    return raise_


@pytest.fixture(scope="session")
def as_gguf(at: Home, tmp_path_factory: pytest.TempPathFactory) -> Callable[[Kind], Gguf]:
    """SMALL as a GGUF with its layers in one type; K-quants, which gguf-py cannot make, from random codes of the right size."""
    folder = tmp_path_factory.mktemp("gguf")

    def write(kind: Kind) -> Gguf:
        path = folder / f"{kind.name}.gguf"
        if not path.is_file():
            _write(SMALL.folder(at), path, kind)
        return Gguf(f"small-{kind.name.lower()}", "", "", "", 0, "", context=512, path=str(path))

    return write


def _write(source: Path, path: Path, kind: Kind) -> None:
    out: Any = gguf.GGUFWriter(path, "qwen2")
    out.add_context_length(512)
    out.add_embedding_length(SMALL.hidden)
    out.add_feed_forward_length(SMALL.intermediate)
    out.add_block_count(SMALL.blocks)
    out.add_head_count(SMALL.heads)
    out.add_head_count_kv(SMALL.kv_heads)
    out.add_layer_norm_rms_eps(1e-6)
    out.add_rope_freq_base(1e6)
    tokenizer = weights.tokenizer(source)
    tokens = sorted(tokenizer.get_vocab(), key=tokenizer.get_vocab().get)
    tokens[tokens.index("ÿ")] = "ab"  # a GGUF has merges; the byte that stands aside is in no UTF-8
    out.add_tokenizer_model("gpt2")
    out.add_tokenizer_pre("qwen2")
    out.add_token_list(tokens)
    out.add_token_types([3 if token.startswith("<|") else 1 for token in tokens])
    out.add_token_merges(["a b"])
    out.add_eos_token_id(tokenizer.eos_token_id)
    out.add_pad_token_id(tokenizer.pad_token_id)
    out.add_chat_template(tokenizer.chat_template)
    with safe_open(source / "model.safetensors", "pt") as file:
        for name in file.keys():  # noqa: SIM118
            values = file.get_tensor(name).float().numpy()
            layer = name.split(".")
            short = (
                f"blk.{layer[2]}.{SHORT['.'.join(layer[3:-1])]}.{layer[-1]}"
                if layer[1] == "layers"
                else f"{SHORT['.'.join(layer[:-1])]}.{layer[-1]}"
            )
            as_kind = kind if "proj.weight" in name else (Kind.F32 if values.ndim == 1 else Kind.F16)
            data = codes(values, as_kind)
            out.add_tensor(short, data, raw_dtype=as_kind)
    out.write_header_to_file()
    out.write_kv_data_to_file()
    out.write_tensors_to_file()
    out.close()


def codes(values: np.ndarray, kind: Kind) -> np.ndarray:
    """`values` in a type; for the types that gguf-py only reads, random codes of about their size around zero."""
    try:
        return gguf.quants.quantize(values, kind)
    except NotImplementedError:
        middle = {Kind.Q4_K: 7.5, Kind.Q5_K: 15.5}.get(kind, 1.0)  # dmin over d that puts the mean near zero
        found = random_codes(kind, *values.shape, draw=np.random.default_rng(0), d=(1.0, middle))
        shrink = np.full(len(values), values.std() / gguf.dequantize(found, kind).std(), np.float32)
        return np.frombuffer(scaled(found, kind.name, shrink), np.uint8).reshape(found.shape)


def random_codes(
    kind: Kind, rows: int, columns: int, draw: np.random.Generator, d: tuple[float, ...] = (1e-2, 1e-2)
) -> np.ndarray:
    """Blocks of random bits with scales of about `d`, (rows, bytes)."""
    size, places = SCALES[kind.name]
    elements, _ = gguf.GGML_QUANT_SIZES[kind]
    found = draw.integers(0, 256, (rows, columns // elements, size), dtype=np.uint8)
    for at, about in zip(places, d, strict=False):
        scale = (about * draw.uniform(0.5, 1.5, (rows, columns // elements, 1))).astype(np.float16)
        found[:, :, at : at + 2] = scale.view(np.uint8)
    return found.reshape(rows, -1)


@pytest.fixture
def source(at: Home, raised: Callable[..., Path]) -> Callable[..., Any]:
    """What an export of SMALL (or another model) is made of."""

    def open_(quantization: NF4 | Unquantised, dora: bool = True, model: Any = SMALL) -> Any:
        return open_export_source(model, at, raised(quantization, dora, model))

    return open_


@pytest.fixture
def copied(raised: Callable[..., Path], tmp_path: Path) -> Path:
    """An adapter folder of one's own, to spoil."""
    return Path(shutil.copytree(raised(NF4()), tmp_path / "copied"))
