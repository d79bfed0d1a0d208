"""How large a mind is: known before its weights are here, and never believed against them."""

import json
from pathlib import Path

import pytest
from hydra import compose, initialize_config_dir
from hydra.utils import instantiate

from rusta.cli import app  # noqa: F401  registers the schemas
from rusta.cli.main import CONF
from rusta.core.home import Home
from rusta.mind import weights
from rusta.mind.attention import Attention
from rusta.mind.imagined import imagine
from rusta.mind.model import Folder, Gguf, Nobody, Random
from rusta.mind.quantization import NF4, Unquantised
from rusta.mind.shape import NoShape, Shape, WrongShape
from rusta.training.budget import footprint, memory_meter

SMALL = Shape(64, 4, 4, 2, 128, 259)


def model(name: str):
    with initialize_config_dir(str(CONF), version_base="1.3"):
        return instantiate(compose("config", [f"model={name}"]).model, _convert_="all")


def folder(home: Home, name: str, **changed: object) -> Path:
    """Where weights of the small shape would lie."""
    path = home.models / name
    path.mkdir(parents=True)
    said = {"hidden_size": 64, "num_hidden_layers": 4, "num_attention_heads": 4, "num_key_value_heads": 2,
            "intermediate_size": 128, "vocab_size": 259, **changed}  # fmt: skip
    (path / "config.json").write_text(json.dumps(said))
    return path


@pytest.mark.parametrize(("name", "expected"), [
    ("strand_14b", Shape(5120, 48, 40, 8, 13824, 152_064)), ("qwen2_5_coder_0_5b", Shape(896, 24, 14, 2, 4864, 151_936)),
    ("tiny", SMALL),
])  # fmt: skip
def test_a_configured_model_is_known_before_it_is_here(name: str, expected: Shape, home: Home) -> None:
    assert model(name).measure(home) == expected
    assert not Path(home.root).exists()


def test_weights_that_are_here_have_the_last_word(home: Home) -> None:
    said = Folder("m", "a/b", "main", 1, shape=SMALL)
    path = folder(home, "m")
    assert said.measure(home) == SMALL
    (path / "config.json").write_text("{}")
    with pytest.raises(NoShape, match=r"config\.json"):
        said.measure(home)


def test_weights_that_are_not_what_was_described_are_refused(home: Home) -> None:
    folder(home, "m", hidden_size=96)
    with pytest.raises(WrongShape, match="hidden is 96 and not 64"):
        Folder("m", "a/b", "main", 1, shape=SMALL).measure(home)


def test_the_owners_own_weights_need_no_description_and_fit_none(home: Home, small, tmp_path: Path) -> None:
    own = folder(home, "own", hidden_size=96)
    assert Folder("m", "a/b", "main", 1, path=str(own), shape=SMALL).measure(home).hidden == 96
    for tied in (True, False):
        path = small.write(tmp_path / f"{tied}.gguf", tied=tied)
        found = Gguf("m", "a/b", "main", "m.gguf", 1, "0" * 64, path=str(path), shape=SMALL).measure(home)
        assert found == Shape(64, 2, 4, 2, 96, len(small.tokens), tied)


def test_what_nobody_describes_is_said_to_be_unknown(home: Home) -> None:
    for unknown in (Folder("m", "a/b", "main", 1), Nobody()):
        with pytest.raises(NoShape):
            unknown.measure(home)


@pytest.mark.parametrize("quantization", [NF4(), NF4(double_quant=False), Unquantised()], ids=str)
def test_an_imagined_mind_is_held_as_a_real_one(quantization: NF4 | Unquantised, home: Home) -> None:
    import torch

    real = weights.wake(Random().folder(home), quantization, Attention("sdpa"))
    imagined = imagine(SMALL, quantization, torch.device("cpu"))
    assert type(imagined) is type(real)
    same = [[(n, p.dtype, tuple(p.shape)) for n, p in m.named_parameters()] for m in (real, imagined)]
    assert same[0] == same[1]
    held = [sum(memory_meter.storage_sizes(m).values()) for m in (real, imagined)]
    assert held[0] == held[1] == footprint.base(SMALL, quantization)
    assert not any(p.requires_grad for p in imagined.parameters())
    assert torch.isfinite(imagined(torch.arange(9)[None]).logits).all()
