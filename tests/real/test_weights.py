"""The opened GGUF is the model it was: transformers and llama.cpp agree, and a mind with an adapter starts as its base."""

from pathlib import Path

import pytest
import torch

from rusta.core.home import Home
from rusta.data.render import render
from rusta.evaluation import sealed
from rusta.identity.identity import NAME
from rusta.identity.turns import Role, Turn
from rusta.mind import weights
from rusta.mind.adapters import Adapter
from rusta.mind.attention import Attention
from rusta.mind.compute import ComputeChoice
from rusta.mind.engines.transformers import Transformers
from rusta.mind.mind import Generation
from rusta.mind.model import Gguf
from rusta.mind.quantization import NF4, Unquantised


def test_transformers_answers_sensibly_from_the_opened_gguf(model: Gguf, own: Home) -> None:
    mind = Transformers(model, Unquantised(), Attention("sdpa"), own)
    mind.wake()
    turns = [NAME, Turn(Role.PERSON, "Which command compiles a Rust project? Answer with the command alone.")]
    said = "".join(piece.text for piece in mind.stream(turns, Generation(max_tokens=16, temperature=0.0)))
    assert "cargo" in said


@pytest.fixture(scope="module")
def quantised(model: Gguf, own: Home) -> torch.nn.Module:
    return weights.wake(model.folder(own), NF4(), Attention("sdpa"), compute=ComputeChoice("float32", "unpacked"))


@pytest.mark.parametrize(
    "compute", [ComputeChoice(), ComputeChoice("float32"), ComputeChoice("float32", "unpacked")], ids=str
)
def test_a_fresh_adapter_on_the_real_weights_changes_no_bit(few: Path, compute: ComputeChoice) -> None:
    base = weights.wake(few, NF4(), Attention("sdpa"), compute=compute)
    ids = weights.tokenizer(few)("The loan ends where it was last used.", return_tensors="pt").input_ids
    with torch.inference_mode():
        before = base(ids).logits
    adapted = Adapter(rank=16).attach(base, seed=0).eval()
    with torch.inference_mode():
        assert torch.equal(adapted(ids).logits, before)


def test_the_base_finds_a_generic_voice_likelier_than_hers(quantised: torch.nn.Module, model: Gguf, own: Home) -> None:
    """What training is measured against: if the base preferred her, the sealed pages would measure nothing."""
    tokenizer = weights.tokenizer(model.folder(own))
    some = sealed.sealed_twins()[:2]
    examples = [render(page, tokenizer, model.context) for pair in some for page in pair]
    each = sealed.nats(quantised, examples)
    assert all(hers.all > generic.all for hers, generic in zip(each[::2], each[1::2], strict=True))
