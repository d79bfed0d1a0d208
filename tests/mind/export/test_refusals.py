"""What cannot be exported is refused before anything is written, in words; what was there stays."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from bitsandbytes.functional import quantize_4bit
from gguf import GGMLQuantizationType as Kind
from safetensors.torch import load_file, save_file

from rusta.core.errors import ConfigError, RustaError
from rusta.core.home import Home, NoRoom
from rusta.mind.adapters import FINGERPRINT, WrongBase, base_quantization
from rusta.mind.export import kinds, nf4
from rusta.mind.export.held import NotFoldable
from rusta.mind.export.kinds import Lossy
from rusta.mind.export.learned import LearnedAdapter, NotExportable
from rusta.mind.export.make import NotTheSame, open_export_source, write_export
from rusta.mind.model import Random
from rusta.mind.quantization import NF4, Unquantised

from .conftest import SMALL

CONFIG, WEIGHTS = "adapter_config.json", "adapter_model.safetensors"


def cut(folder: Path) -> None:
    (folder / WEIGHTS).write_bytes((folder / WEIGHTS).read_bytes()[:-100])


def empty(folder: Path) -> None:
    (folder / WEIGHTS).write_bytes(b"")


def without_weights(folder: Path) -> None:
    (folder / WEIGHTS).unlink()


def without_config(folder: Path) -> None:
    (folder / CONFIG).unlink()


def no_json(folder: Path) -> None:
    (folder / CONFIG).write_text("{")


def spoil(folder: Path, change: Callable[[dict[str, torch.Tensor]], None]) -> None:
    tensors = load_file(folder / WEIGHTS)
    change(tensors)
    save_file(tensors, folder / WEIGHTS)


def without_a_magnitude(folder: Path) -> None:
    spoil(folder, lambda tensors: tensors.pop(next(name for name in tensors if "magnitude" in name)))


def without_a_factor(folder: Path) -> None:
    spoil(folder, lambda tensors: tensors.pop(next(name for name in tensors if "lora_B" in name)))


def not_a_number(folder: Path) -> None:
    spoil(
        folder,
        lambda tensors: next(t for name, t in tensors.items() if "lora_B" in name).view(-1)[3:4].fill_(torch.nan),
    )


def other_shape(folder: Path) -> None:
    spoil(folder, lambda tensors: tensors.update({n: t[:-1].clone() for n, t in tensors.items() if "magnitude" in n}))


def rank_stabilised(folder: Path) -> None:
    said = json.loads((folder / CONFIG).read_text())
    (folder / CONFIG).write_text(json.dumps({**said, "use_rslora": True}))


BREAKS = [cut, empty, without_weights, without_config, no_json, without_a_magnitude, without_a_factor, not_a_number,
          other_shape, rank_stabilised]  # fmt: skip


@pytest.mark.parametrize("break_", BREAKS, ids=lambda break_: break_.__name__)
def test_a_broken_adapter_is_refused_and_nothing_is_written(
    break_: Callable[[Path], None], copied: Path, tmp_path: Path, at: Home
) -> None:
    break_(copied)
    with pytest.raises(NotExportable) as refusal:
        write_export(kinds.Bf16(), open_export_source(SMALL, at, copied), tmp_path / "out", {}, SMALL.fingerprint(at))
    assert str(copied) in str(refusal.value)
    assert sorted(tmp_path.iterdir()) == [copied]


def test_another_base_is_refused(copied: Path, at: Home) -> None:
    with pytest.raises(WrongBase, match="was trained on weights"):
        open_export_source(Random(seed=1), at, copied)


def test_an_adapter_that_does_not_say_how_its_base_was_held_is_refused(copied: Path, at: Home) -> None:
    (copied / FINGERPRINT).write_text(json.dumps({"fingerprint": SMALL.fingerprint(at)}))
    with pytest.raises(WrongBase, match="four bits or unquantised"):
        open_export_source(SMALL, at, copied)


@pytest.mark.parametrize("said", [{"name": "nf4", "double_quant": False}, {"name": "none"}], ids=["nf4", "none"])
def test_an_adapter_of_before_has_it_on_its_card(said: dict[str, Any], copied: Path, at: Home) -> None:
    (copied / FINGERPRINT).write_text(json.dumps({"fingerprint": SMALL.fingerprint(at)}))
    (copied.parent / "run.yaml").write_text(json.dumps({"settings": {"quantization": said}}))
    assert base_quantization(copied) == (NF4(double_quant=False) if said["name"] == "nf4" else Unquantised())


def test_four_bits_again_are_refused_unless_insisted_on_and_then_say_what_survived(
    source: Callable[..., Any], tmp_path: Path, at: Home
) -> None:
    with pytest.raises(Lossy, match=r"export\.insist=true"):
        write_export(kinds.MergedNf4(), source(NF4()), tmp_path / "out", {}, SMALL.fingerprint(at))
    assert not list(tmp_path.iterdir())
    of = source(NF4())
    made = write_export(kinds.MergedNf4(insist=True), of, tmp_path / "out", {}, SMALL.fingerprint(at))
    found = made.card["survived"]
    assert 0 < found["cosine"] < 1 and found["error_over_change"] > 0 and found["worst_layer"] in of.learned.layers
    assert str(found["cosine"]) in of.survived.words()


def test_magnitudes_do_not_fit_into_a_plain_lora(source: Callable[..., Any], tmp_path: Path, at: Home) -> None:
    with pytest.raises(Lossy, match=r"export=nf4 and export=gguf"):
        write_export(kinds.Lora(), source(NF4()), tmp_path / "out", {}, SMALL.fingerprint(at))
    made = write_export(kinds.Lora(insist=True), source(NF4()), tmp_path / "out", {}, SMALL.fingerprint(at))
    assert 0 < made.card["survived"]["cosine"] < 1


@pytest.mark.parametrize("form", [kinds.Nf4(), kinds.MergedNf4(insist=True)], ids=lambda form: form.name)
def test_what_was_raised_unquantised_is_not_put_into_four_bits(
    form: kinds.Form, source: Callable[..., Any], tmp_path: Path, at: Home
) -> None:
    with pytest.raises(Lossy, match="unquantised"):
        write_export(form, source(Unquantised()), tmp_path / "out", {}, SMALL.fingerprint(at))


def test_blocks_that_straddle_rows_are_refused() -> None:
    _, state = quantize_4bit(torch.randn(6, 96).bfloat16(), quant_type="nf4")
    with pytest.raises(NotFoldable, match=r"rows of 96.*blocks of 64"):
        nf4.fold(state, torch.ones(6), "model.layers.0.mlp.up_proj")


def test_a_model_without_a_gguf_asks_for_one(source: Callable[..., Any], tmp_path: Path, at: Home) -> None:
    with pytest.raises(RustaError, match=r"export\.onto=FILE\.gguf"):
        write_export(kinds.GgufForm(), source(NF4()), tmp_path / "out", {}, SMALL.fingerprint(at))


def test_what_was_raised_on_safetensors_folds_into_a_gguf_of_the_same_weights(
    source: Callable[..., Any], as_gguf: Callable[..., Any], tmp_path: Path, at: Home
) -> None:
    of = source(Unquantised())
    made = write_export(
        kinds.GgufForm(onto=as_gguf(Kind.Q8_0).path), of, tmp_path / "out", {}, SMALL.fingerprint(at), ["Why?", "x"]
    )
    assert made.card["verified"]["kl"] < 1e-2 and made.card["verified"]["bound"] is None


def test_a_gguf_of_other_weights_is_refused(
    source: Callable[..., Any], as_gguf: Callable[..., Any], tmp_path: Path, at: Home
) -> None:
    with pytest.raises(NotFoldable, match="another model"):  # its K-quants are random codes here
        write_export(
            kinds.GgufForm(onto=as_gguf(Kind.Q4_K).path), source(NF4()), tmp_path / "out", {}, SMALL.fingerprint(at)
        )
    with pytest.raises(RustaError, match="no such file"):
        write_export(
            kinds.GgufForm(onto=str(tmp_path / "no.gguf")), source(NF4()), tmp_path / "out", {}, SMALL.fingerprint(at)
        )


def test_a_disk_too_small_is_refused_before_anything_is_written(
    source: Callable[..., Any], tmp_path: Path, at: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = shutil.disk_usage(tmp_path)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: real._replace(free=1000))
    with pytest.raises(NoRoom, match="Exporting as bf16"):
        write_export(kinds.Bf16(), source(NF4()), tmp_path / "out", {}, SMALL.fingerprint(at))
    assert not list(tmp_path.iterdir())


def test_an_export_that_says_something_else_is_not_kept_and_the_one_before_stays(
    source: Callable[..., Any], tmp_path: Path, at: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = write_export(kinds.Nf4(), source(NF4()), tmp_path / "out", {}, SMALL.fingerprint(at)).card
    monkeypatch.setattr(nf4, "fold", lambda state, gain, layer: state)  # a fold that forgets the gain
    with pytest.raises(NotTheSame, match="left nothing of it"):
        write_export(kinds.Nf4(), source(NF4()), tmp_path / "out", {}, SMALL.fingerprint(at), ["Why?"])
    assert [path.name for path in tmp_path.iterdir()] == ["out"]
    assert json.loads(json.dumps(before["files"])).keys() == before["files"].keys()
    assert all((tmp_path / "out" / name).stat().st_size == file["bytes"] for name, file in before["files"].items())


def test_what_is_learned_is_read_whole(copied: Path) -> None:
    learned = LearnedAdapter(copied)
    assert len(learned.layers) == 14 and learned.dora and (learned.rank, learned.alpha) == (8, 16)
    factors = learned.factors("model.layers.2.mlp.down_proj")
    assert factors.a.shape == (8, 512) and factors.b.shape == (256, 8) and factors.s == 2
    assert factors.m is not None and factors.m.shape == (256,)


def test_a_number_of_questions_below_none_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"export\.verify=-1"):
        kinds.Nf4(verify=-1)
