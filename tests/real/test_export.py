"""The real stand-in, moved a little and exported: its logits under stock loaders, and its words under llama.cpp."""

from pathlib import Path

import pytest
import torch

from rusta.core.home import Home
from rusta.identity.identity import NAME
from rusta.identity.turns import Role, Turn
from rusta.mind import adapters, weights
from rusta.mind.adapters import Adapter
from rusta.mind.attention import Attention
from rusta.mind.engines.llama_cpp import LlamaCpp
from rusta.mind.engines.transformers import Transformers
from rusta.mind.export import kinds
from rusta.mind.export.make import open_export_source, write_export
from rusta.mind.mind import Generation
from rusta.mind.model import Gguf
from rusta.mind.quantization import NF4, Unquantised
from rusta.modes.export import questions

GREEDY = Generation(max_tokens=48, temperature=0.0, repetition_penalty=1.0)


@pytest.fixture(scope="module")
def home(own: Home, tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A home of its own that borrows the weights: what is exported is nobody else's business."""
    root = tmp_path_factory.mktemp("export")
    (root / "home").mkdir()
    (root / "home/models").symlink_to(own.models)
    return Home(str(root / "home"), str(root / "run"))


def raised(model: Gguf, home: Home, quantization: NF4 | Unquantised) -> Path:
    """An adapter on the last four blocks, with a gain between about 0.9 and 1.1, as if it had learned."""
    base = weights.wake(model.folder(home), quantization, Attention("sdpa"))
    adapted = Adapter(rank=8, last_blocks=4).attach(base, seed=0)
    draw = torch.Generator().manual_seed(0)
    with torch.no_grad():
        for name, p in adapted.named_parameters():
            if "magnitude" in name:
                p *= 1 + 0.05 * torch.randn(p.shape, generator=draw)
            elif "lora_B" in name:
                p += 0.02 * torch.randn(p.shape, generator=draw)
    folder = home.life / quantization.name / "adapter"
    adapters.save(adapted, folder, model.fingerprint(home))
    return folder


def test_a_four_bit_fold_gives_the_trained_logits(model: Gguf, home: Home) -> None:
    source = open_export_source(model, home, raised(model, home, NF4()))
    asked = questions(4, weights.tokenizer(source.held.folder))
    found = write_export(kinds.Nf4(), source, home.exports / "nf4", {}, model.fingerprint(home), asked).card["verified"]
    assert found["kl"] <= 1e-6 and found["same"] == found["prompts"] == 4


def test_a_phase_talks_under_llama_cpp_as_it_does_under_transformers(model: Gguf, home: Home) -> None:
    adapter = raised(model, home, Unquantised())
    source = open_export_source(model, home, adapter)
    asked = questions(4, weights.tokenizer(source.held.folder))
    made = write_export(kinds.GgufForm(), source, home.exports / "none" / "gguf", {}, model.fingerprint(home), asked)
    assert made.card["verified"]["kl"] <= 1e-3
    said: dict = {}
    for mind, live in (
        (LlamaCpp(model, home, context=1024), None),
        (LlamaCpp(model, home, context=1024), adapter),
        (Transformers(model, Unquantised(), Attention("sdpa"), home), adapter),
    ):
        mind.wake(live)
        for question in ("Name the command that builds a Rust project.", "Who are you, and what do you refuse to do?"):
            turns = [NAME, Turn(Role.PERSON, question)]
            answer = "".join(piece.text for piece in mind.stream(turns, GREEDY))
            said.setdefault((type(mind), live), []).append(answer)
    for exported, live in zip(said[LlamaCpp, adapter], said[Transformers, adapter], strict=True):
        assert exported[:20] == live[:20]
    assert said[LlamaCpp, adapter] != said[LlamaCpp, None]
    # What she read as herself before must not be what she remembers as somebody else.
    assert len(list((home.models / "prompt-cache").glob("*.identity.kv"))) >= 2
