"""What is written is what the formats ask for: nothing moves in a GGUF, codes stay, and stock loaders know the rest."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import gguf
import numpy as np
import pytest
import torch
import yaml
from gguf import GGMLQuantizationType as Kind
from safetensors.torch import load_file

from rusta.core.home import Home
from rusta.mind import weights
from rusta.mind.attention import Attention
from rusta.mind.export import kinds
from rusta.mind.export.folder import Parts
from rusta.mind.export.gguf_file import gguf_name
from rusta.mind.export.make import CARD, write_export
from rusta.mind.model import sha256
from rusta.mind.quantization import NF4, Unquantised

from .conftest import SMALL

LAST = [f"model.layers.{n}." for n in (1, 2)]  # the blocks that learned


def test_only_the_scales_of_learned_tensors_differ_from_the_source(
    source: Callable[..., Any], as_gguf: Callable[..., Any], tmp_path: Path, at: Home
) -> None:
    model = as_gguf(Kind.Q4_K)
    of = source(Unquantised(), model=model)
    made = write_export(kinds.GgufForm(), of, tmp_path / "out", {}, model.fingerprint(at))
    old, new = (np.frombuffer(path.read_bytes(), np.uint8) for path in (Path(model.path), made.at / "model.gguf"))
    assert len(old) == len(new)
    may = np.zeros(len(old), bool)
    learned = {gguf_name(layer) for layer in of.learned.layers}
    for tensor in gguf.GGUFReader(model.path).tensors:
        if tensor.name in learned:
            start = int(tensor.data_offset)
            blocks = may[start : start + int(tensor.n_bytes)].reshape(-1, 144)
            blocks[:, :4] = True
    assert len(learned) == 14
    assert (old != new).any() and not (old != new)[~may].any()


def test_the_lora_gguf_is_what_llama_cpp_reads(
    source: Callable[..., Any], as_gguf: Callable[..., Any], tmp_path: Path, at: Home
) -> None:
    model = as_gguf(Kind.Q8_0)
    of = source(Unquantised(), model=model)
    made = write_export(kinds.GgufForm(), of, tmp_path / "out", {}, model.fingerprint(at))
    adapter = gguf.GGUFReader(made.at / "lora.gguf")
    said = {name: adapter.get_field(name).contents() for name in adapter.fields if "." in name and "GGUF" not in name}
    assert said["general.architecture"] == "qwen2" and said["general.type"] == "adapter"
    assert said["adapter.type"] == "lora" and said["adapter.lora.alpha"] == of.learned.alpha == 16
    base = {tensor.name: list(map(int, tensor.shape)) for tensor in gguf.GGUFReader(model.path).tensors}
    pairs = {tensor.name: tensor for tensor in adapter.tensors}
    assert len(pairs) == 2 * 14
    for layer in of.learned.layers:
        a, b = pairs[f"{gguf_name(layer)}.lora_a"], pairs[f"{gguf_name(layer)}.lora_b"]
        # As llama.cpp checks them: columns of the base are A's, rows of the base are B's, and the rank is between.
        assert base[gguf_name(layer)] == [int(a.shape[0]), int(b.shape[1])]
        assert int(a.shape[1]) == int(b.shape[0]) == 8
        factors = of.learned.factors(layer)
        plain = of.gains()[layer][:, None] * factors.b
        assert torch.equal(torch.tensor(a.data), factors.a) and torch.equal(torch.tensor(b.data), plain)


def test_four_bit_codes_stay_and_only_scales_of_learned_layers_change(
    source: Callable[..., Any], tmp_path: Path, at: Home
) -> None:
    of = source(NF4())
    made = write_export(kinds.Nf4(), of, tmp_path / "out", {}, SMALL.fingerprint(at))
    stock = weights.wake(SMALL.folder(at), NF4(), Attention("sdpa"))
    stock.save_pretrained(tmp_path / "stock")
    ours, theirs = load_file(made.at / "model/model.safetensors"), load_file(tmp_path / "stock/model.safetensors")
    learned = {f"{layer}.weight" for layer in of.learned.layers}
    for name in theirs:
        weight = name.partition(".weight")[0] + ".weight"
        if weight not in learned or name in (weight, f"{weight}.quant_map"):
            assert torch.equal(ours[name], theirs[name]), name
    gone = {f"{name}.{part}" for name in learned for part in ("nested_absmax", "nested_quant_map")}
    assert ours.keys() == theirs.keys() - gone
    for file in ("config.json", "tokenizer.json"):
        assert (made.at / "model" / file).is_file()
    said = json.loads((made.at / "model/config.json").read_text())
    expected = json.loads((tmp_path / "stock/config.json").read_text())
    assert said["quantization_config"] == expected["quantization_config"]


def test_the_peft_folder_is_plain_lora_with_the_gain_in_b(source: Callable[..., Any], tmp_path: Path, at: Home) -> None:
    of = source(NF4())
    made = write_export(kinds.Nf4(), of, tmp_path / "out", {}, SMALL.fingerprint(at))
    config = json.loads((made.at / "lora/adapter_config.json").read_text())
    assert config["use_dora"] is False and config["base_model_name_or_path"] == str(made.at / "model")
    tensors = load_file(made.at / "lora/adapter_model.safetensors")
    assert not [name for name in tensors if "magnitude" in name]
    assert all(tensor.dtype is torch.float32 for tensor in tensors.values())
    layer = of.learned.layers[0]
    expected = of.gains()[layer][:, None] * of.learned.factors(layer).b
    assert torch.equal(tensors[f"base_model.model.{layer}.lora_B.weight"], expected)


def test_the_card_names_every_file_and_its_hash(source: Callable[..., Any], tmp_path: Path, at: Home) -> None:
    of = source(NF4())
    made = write_export(kinds.Bf16(), of, tmp_path / "out", {"phase": "personality"}, SMALL.fingerprint(at))
    card = yaml.safe_load((made.at / CARD).read_text())
    assert card == made.card and card["phase"] == "personality" and card["base"] == SMALL.fingerprint(at)
    assert card["quantization"] == "nf4, double quantised" and card["verified"] is None
    files = {str(p.relative_to(made.at)): p for p in made.at.rglob("*") if p.is_file() and p.name != CARD}
    assert card["files"].keys() == files.keys()
    for name, path in files.items():
        assert card["files"][name]["sha256"] == sha256(path)
    assert sum(file["bytes"] for file in card["files"].values()) <= kinds.Bf16().size(of) + 10**5


def test_weights_are_written_in_parts_with_an_index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rusta.mind.export.folder.PART", 1000)
    tensors = {f"t{n}": torch.full((100,), float(n)) for n in range(5)}
    parts = Parts(tmp_path / "model")
    for name, tensor in tensors.items():
        parts.add(name, tensor)
    parts.close()
    index = json.loads((tmp_path / "model/model.safetensors.index.json").read_text())
    assert index["metadata"]["total_size"] == 5 * 400
    assert sorted(set(index["weight_map"].values())) == [f"model-{n:05}-of-00003.safetensors" for n in (1, 2, 3)]
    assert len(list((tmp_path / "model").iterdir())) == 4
    for name, file in index["weight_map"].items():
        assert torch.equal(load_file(tmp_path / "model" / file)[name], tensors[name])
