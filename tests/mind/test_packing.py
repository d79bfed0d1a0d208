"""Pages in one pack are as alone as if each had a sequence to itself."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from rusta.core.home import Home
from rusta.data.render import IGNORED, Example
from rusta.mind import weights
from rusta.mind.adapters import Adapter
from rusta.mind.attention import Attention
from rusta.mind.forward import hidden_states
from rusta.mind.model import Random
from rusta.mind.packing import pack
from rusta.mind.quantization import NF4, Unquantised

MODELS = ["bf16", "fp32", "nf4 with an adapter"]


@pytest.fixture(scope="module", params=MODELS)
def model(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory):
    at = tmp_path_factory.mktemp("home")
    folder = Random().folder(Home(str(at / "home"), str(at / "run")))
    made = weights.wake(folder, NF4() if "nf4" in request.param else Unquantised(), Attention("sdpa"))
    if "adapter" in request.param:
        return Adapter(rank=4, last_blocks=4).attach(made, seed=0)
    return made.float() if request.param == "fp32" else made


def page(length: int, seed: int) -> Example:
    draw = torch.Generator().manual_seed(seed)
    ids = torch.randint(256, (length,), generator=draw).tolist()
    return Example(ids, [IGNORED, *ids[1:]], [True] * length)


examples = st.lists(st.tuples(st.integers(1, 30), st.integers(0, 99)), min_size=1, max_size=5)


@given(sizes=examples)
def test_a_pack_is_its_pages_end_to_end(sizes: list[tuple[int, int]]) -> None:
    pages = [page(*size) for size in sizes]
    batch = pack(pages)
    start = 0
    for example, end in zip(pages, batch.ends, strict=True):
        assert batch.ids[0, start:end].tolist() == example.ids
        assert batch.positions[0, start:end].tolist() == list(range(len(example.ids)))
        assert batch.targets[0, start:end].tolist() == [IGNORED, *example.targets[1:]]
        start = end
    assert start == batch.ids.shape[1]


def test_changing_one_page_leaves_the_others_bit_for_bit(model) -> None:
    pages = [page(40, 1), page(25, 2), page(33, 3)]
    with torch.no_grad():
        before, _ = hidden_states(model, pack(pages))
        for n in range(len(pages)):
            changed = [page(len(p.ids), 50) if k == n else p for k, p in enumerate(pages)]
            after, _ = hidden_states(model, pack(changed))
            same = (before == after).all(-1)[0].split([40, 25, 33])
            assert [bool(part.all()) for part in same] == [k != n for k in range(len(pages))]


def test_a_pack_gives_each_page_what_it_gets_alone(model) -> None:
    pages = [page(40, 1), page(1, 2), page(25, 3)]
    core = model.get_base_model() if hasattr(model, "get_base_model") else model
    exact = next(model.parameters()).dtype is torch.float32
    with torch.no_grad():
        together, head = hidden_states(model, pack(pages))
        assert head is core.lm_head.weight
        for example, mine in zip(pages, together[0].split([40, 1, 25]), strict=True):
            alone = core.model(torch.tensor([example.ids])).last_hidden_state[0]  # transformers' own attention and mask
            assert torch.allclose(mine.float(), alone.float(), atol=1e-5 if exact else 0.1)
            assert (mine.float() - alone.float()).norm() / alone.float().norm() < (1e-5 if exact else 1e-2)


class Entering:
    """Stands where the prefix cache does, and lets a gradient be seen at the first block."""

    def __init__(self, hidden: torch.Tensor) -> None:
        self.hidden = hidden

    def entering(self, *_: object) -> torch.Tensor:
        return self.hidden


@pytest.mark.parametrize("model", ["nf4 with an adapter"], indirect=True)
def test_what_is_read_later_gives_no_gradient_to_an_earlier_page(model) -> None:
    batch = pack([page(20, 1), page(30, 2)])
    embedded = model.get_base_model().model.embed_tokens(batch.ids).detach().requires_grad_()
    hidden, _ = hidden_states(model, batch, Entering(embedded))
    hidden[0, 20:].float().square().sum().backward()
    assert not embedded.grad[0, :20].any() and embedded.grad[0, 20:].any()


def test_the_model_answers_as_before_afterwards(model) -> None:
    core = model.get_base_model() if hasattr(model, "get_base_model") else model
    before = core.config._attn_implementation
    with pytest.raises(IndexError):
        hidden_states(model, pack([Example([10**6], [IGNORED], [True])]))  # no such token
    assert core.config._attn_implementation == before == "sdpa"
    hidden_states(model, pack([page(5, 1)]))
    assert core.config._attn_implementation == before
