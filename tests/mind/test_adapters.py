"""What is trained, and that it is never put on weights it was not trained on."""

import json
import os
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from rusta.core.errors import ConfigError
from rusta.core.home import Home
from rusta.mind import adapters, weights
from rusta.mind.adapters import PROJECTIONS, Adapter, BrokenAdapter, WrongAdapterShape, WrongBase
from rusta.mind.attention import Attention
from rusta.mind.model import Random
from rusta.mind.quantization import Unquantised


def base(home: Home):
    return weights.wake(Random().folder(home), Unquantised(), Attention("sdpa"))


def learned(model) -> dict[str, torch.Tensor]:
    return {name: p for name, p in model.named_parameters() if p.requires_grad}


@pytest.mark.parametrize("dora", [True, False])
@pytest.mark.parametrize(("last", "projections"), [(1, PROJECTIONS), (3, ["q_proj", "down_proj"]), (99, PROJECTIONS)])
def test_only_the_last_blocks_learn_and_as_many_parameters_as_the_shapes_say(
    dora: bool, last: int, projections: list[str], home: Home
) -> None:
    model = base(home)
    expected = 0
    for block in model.model.layers[-last:]:
        for name in projections:
            rows, columns = next(m for n, m in block.named_modules() if n.endswith(name)).weight.shape
            expected += 5 * (rows + columns) + dora * rows
    adapted = Adapter(dora=dora, rank=5, last_blocks=last, projections=projections).attach(model, seed=0)
    found = learned(adapted)
    assert sum(p.numel() for p in found.values()) == expected
    blocks = {int(name.split("layers.")[1].split(".")[0]) for name in found}
    assert blocks == set(range(max(0, 4 - last), 4))
    assert {p.dtype for p in found.values()} == {torch.float32}  # masters
    assert {p.dtype for p in adapted.parameters() if not p.requires_grad} == {torch.bfloat16}


def test_the_seed_alone_determines_it_and_the_worlds_dice_are_left_alone(home: Home) -> None:
    torch.manual_seed(5)
    before = torch.random.get_rng_state()
    one = learned(Adapter(rank=4).attach(base(home), seed=1))
    assert torch.equal(torch.random.get_rng_state(), before)
    torch.manual_seed(6)
    same, other = (
        learned(Adapter(rank=4).attach(base(home), seed=1)),
        learned(Adapter(rank=4).attach(base(home), seed=2)),
    )
    assert all(torch.equal(p, same[name]) for name, p in one.items())
    assert any(not torch.equal(p, other[name]) for name, p in one.items())


def test_what_is_saved_comes_back_bit_for_bit(home: Home, tmp_path: Path) -> None:
    model = Adapter(rank=4, last_blocks=2).attach(base(home), seed=0)
    with torch.no_grad():
        for p in learned(model).values():
            p += torch.rand_like(p)
    adapters.save(model, tmp_path / "adapter", "these")
    found = adapters.load(base(home), tmp_path / "adapter", "these", trainable=True)
    assert learned(found).keys() == learned(model).keys()
    assert all(torch.equal(p, learned(found)[name]) for name, p in learned(model).items())
    assert not learned(adapters.load(base(home), tmp_path / "adapter", "these"))
    ids = torch.arange(20)[None]
    assert torch.equal(model.eval()(ids).logits, found.eval()(ids).logits)
    assert sum(p.numel() for p in load_file(tmp_path / "adapter" / "adapter_model.safetensors").values()) == sum(
        p.numel() for p in learned(model).values()
    )


@pytest.mark.parametrize("written", [None, "", "[]", "null", "{}", json.dumps({"fingerprint": "others"})])
def test_an_adapter_of_another_or_unknown_base_is_refused(written: str | None, home: Home, tmp_path: Path) -> None:
    folder = tmp_path / "adapter"
    adapters.save(Adapter(rank=4).attach(base(home), seed=0), folder, "these")
    adapters.check_base(folder, "these")
    (folder / adapters.FINGERPRINT).unlink()
    if written is not None:
        (folder / adapters.FINGERPRINT).write_text(written)
    with pytest.raises(WrongBase, match=str(folder)):
        adapters.load(base(home), folder, "these")


def test_a_folder_that_is_not_there_is_said_to_be_that(tmp_path: Path) -> None:
    with pytest.raises(WrongBase, match="no such folder"):
        adapters.check_base(tmp_path / "none", "these")


@pytest.mark.parametrize(
    "wrong", [{"rank": 0}, {"rank": -8}, {"last_blocks": 0}, {"projections": ["lm_head"]}, {"alpha_over_rank": 0}]
)
def test_what_makes_no_sense_is_refused_by_its_name(wrong: dict) -> None:
    with pytest.raises(ConfigError, match=rf"adapter\.{next(iter(wrong))}"):
        Adapter(**wrong)


def test_an_adapter_is_not_trained_further_at_another_scale(home: Home, tmp_path: Path) -> None:
    adapters.save(Adapter(rank=3, alpha_over_rank=0.5).attach(base(home), seed=0), tmp_path / "adapter", "these")
    adapters.check(tmp_path / "adapter", "these", Adapter(rank=3, alpha_over_rank=0.5), 4)
    with pytest.raises(WrongAdapterShape, match=r"alpha_over_rank 0\.5 .*adapter\.alpha_over_rank=0\.5"):
        adapters.check(tmp_path / "adapter", "these", Adapter(rank=3), 4)


def test_a_small_scale_is_not_rounded_to_silence(home: Home) -> None:
    adapted = Adapter(rank=1, alpha_over_rank=0.5).attach(base(home), seed=0)
    assert adapted.peft_config["default"].lora_alpha == 0.5
    assert {scale for m in adapted.modules() if hasattr(m, "lora_A") for scale in m.scaling.values()} == {0.5}


@pytest.mark.parametrize("harm", ["empty", "cut", "random", "folder", "pipe"])
@pytest.mark.parametrize("name", ["adapter_model.safetensors", "adapter_config.json", "base.json"])
def test_a_damaged_file_of_an_adapter_is_refused_by_name_and_left_there(
    name: str, harm: str, tmp_path: Path, home: Home
) -> None:
    model, folder = base(home), tmp_path / "adapter"
    adapters.save(Adapter(rank=2, last_blocks=1).attach(model, seed=0), folder, "f")
    file, whole = folder / name, (folder / name).read_bytes()
    if harm in ("folder", "pipe"):
        file.unlink()
        {"folder": os.mkdir, "pipe": os.mkfifo}[harm](file)
    else:
        file.write_bytes({"empty": b"", "cut": whole[: len(whole) // 2], "random": os.urandom(len(whole))}[harm])
    with pytest.raises((BrokenAdapter, WrongBase), match="Raise it again") as refusal:
        adapters.load(base(home), folder, "f")
    assert name in str(refusal.value) and os.path.lexists(file)
