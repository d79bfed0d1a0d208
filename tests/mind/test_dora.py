"""DoRA: the same function and the same gradients as peft's own, and never a stale norm."""

import copy
from contextlib import nullcontext
from pathlib import Path

import bitsandbytes as bnb
import pytest
import torch
from peft import LoraConfig, PeftModel, get_peft_model
from peft.tuners.lora import LoraLayer
from peft.utils.integrations import dequantize_module_weight
from torch import Tensor, nn
from transformers import Qwen2Config, Qwen2ForCausalLM

from rusta.core.home import Home
from rusta.mind import adapters, dora, weights
from rusta.mind.adapters import PROJECTIONS, Adapter
from rusta.mind.attention import Attention
from rusta.mind.dora import Dora, at_rest, prepare
from rusta.mind.model import Random
from rusta.mind.quantization import NF4, Unquantised
from rusta.training.optim.muon import Muon
from tests.norms import assert_scales_are_those_of_fp64

SETTLED = {"bf16": Unquantised(), "nf4": NF4()}


def base_model() -> Qwen2ForCausalLM:
    """fp32, so that what differs is the arithmetic. Qwen2 has a bias on q, k and v, and none elsewhere."""
    config = Qwen2Config(vocab_size=97, hidden_size=48, intermediate_size=80, num_hidden_layers=2,
                         num_attention_heads=4, num_key_value_heads=2, attn_implementation="eager")  # fmt: skip
    torch.manual_seed(0)
    model = Qwen2ForCausalLM(config)
    for name, p in model.named_parameters():
        if name.endswith("bias"):
            nn.init.normal_(p)
    return model


def learned(model: nn.Module) -> dict[str, Tensor]:
    return {name: p for name, p in model.named_parameters() if p.requires_grad}


def stir(model: nn.Module, scale: float = 0.3) -> nn.Module:
    """Move A, B and m, as training would."""
    torch.manual_seed(1)
    with torch.no_grad():
        for p in learned(model).values():
            p += torch.randn_like(p) * scale * p.abs().mean().clamp_min(0.1)
    return model


def config() -> LoraConfig:
    return LoraConfig(r=4, lora_alpha=8, use_dora=True, target_modules=list(PROJECTIONS), task_type="CAUSAL_LM")


def by_peft() -> PeftModel:
    return stir(get_peft_model(base_model(), config()))


def by_us(state: dict[str, Tensor] | None = None) -> PeftModel:
    """What peft made, with our layers."""
    model = get_peft_model(base_model(), prepare(config()))
    model.load_state_dict(by_peft().state_dict() if state is None else state)
    return model


def answer(model: nn.Module) -> tuple[Tensor, dict[str, Tensor]]:
    """Logits, and the gradients of everything that learns and of the input."""
    ids = torch.arange(24).reshape(2, 12)
    model.zero_grad()
    width = model.get_base_model().lm_head.weight
    x = torch.sin(torch.arange(24 * 48).reshape(2, 12, 48)).to(width.dtype).requires_grad_()
    logits = model(inputs_embeds=x, use_cache=False).logits
    nn.functional.cross_entropy(logits.reshape(-1, 97), ids.reshape(-1)).backward()
    return logits.detach(), {**{name: p.grad for name, p in learned(model).items()}, "x": x.grad}


def apart(found: Tensor, reference: Tensor) -> float:
    return float((found.detach().double() - reference.detach().double()).norm() / reference.detach().double().norm())


def test_outputs_and_every_gradient_are_those_of_peft() -> None:
    peft_model = by_peft()
    ours = by_us()
    assert sum(isinstance(m, LoraLayer) and type(m.lora_variant["default"]) is Dora for m in ours.modules()) == 14
    exact_logits, exact = answer(copy.deepcopy(peft_model).double())
    (logits, found), (peft_logits, expected) = answer(ours), answer(peft_model)
    # fp64 is the referee: the two fp32 answers round differently, and neither is the truth.
    assert apart(logits, exact_logits) <= max(2 * apart(peft_logits, exact_logits), 2e-6)
    assert found.keys() == expected.keys() == exact.keys()
    assert len(found) == 3 * 2 * len(PROJECTIONS) + 1
    for name in exact:
        assert apart(found[name], exact[name]) <= max(3 * apart(expected[name], exact[name]), 2e-6), name


class OneLayer(nn.Module):
    def __init__(self, bias: bool) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.only = nn.Linear(96, 160, bias=bias)

    def forward(self, x: Tensor) -> Tensor:
        return self.only(x)


@pytest.mark.parametrize("bias", [False, True])
def test_one_layer_is_peft_s_to_a_millionth(bias: bool) -> None:
    def answers(prepared: LoraConfig) -> list[Tensor]:
        model = stir(get_peft_model(OneLayer(bias), prepared))
        torch.manual_seed(2)
        x = torch.randn(3, 40, 96, requires_grad=True)
        y = model(x)
        (y * (torch.randn_like(y) + y.detach())).sum().backward()
        return [y, x.grad, *(p.grad for p in learned(model).values())]

    words = {"r": 8, "lora_alpha": 16, "use_dora": True, "target_modules": ["only"]}
    found, expected = answers(prepare(LoraConfig(**words))), answers(LoraConfig(**words))
    assert len(found) == len(expected) == 5
    assert all(apart(ours, theirs) <= 1e-6 for ours, theirs in zip(found, expected, strict=True))


@pytest.mark.parametrize("quantization", SETTLED.values(), ids=SETTLED)
def test_before_it_learns_she_is_the_base_bit_for_bit(quantization: NF4 | Unquantised, home: Home) -> None:
    model = weights.wake(Random().folder(home), quantization, Attention("sdpa"))
    ids = torch.arange(60).reshape(3, 20)
    with torch.no_grad():
        before = model(ids).logits
        adapted = Adapter(rank=8, last_blocks=4).attach(model, seed=0)
        for mode in (True, False):
            assert torch.equal(adapted.train(mode)(ids).logits, before)


@pytest.mark.parametrize("quantization", SETTLED.values(), ids=SETTLED)
def test_the_factored_norm_is_that_of_fp64(quantization: NF4 | Unquantised, home: Home) -> None:
    base = weights.wake(Random().folder(home), quantization, Attention("sdpa"))
    model = stir(Adapter(rank=8, last_blocks=4).attach(base, seed=0))
    model(torch.arange(5)[None])
    layers = [m for m in model.modules() if isinstance(m, LoraLayer)]
    assert len(layers) == 4 * len(PROJECTIONS)
    for layer in layers:
        a, b = layer.lora_A["default"].weight.double(), layer.lora_B["default"].weight.double()
        dense = dequantize_module_weight(layer.get_base_layer()).double() + layer.scaling["default"] * b @ a
        assert apart(layer.lora_variant["default"].norm, dense.norm(dim=1)) < 1e-6


def with_torch(model: nn.Module) -> None:
    torch.optim.AdamW(learned(model).values(), lr=0.1, foreach=True).step()


def with_muon(model: nn.Module) -> None:
    learns = list(learned(model).values())
    Muon(
        [{"params": [p for p in learns if p.ndim == 2]}, {"params": [p for p in learns if p.ndim != 2]}], lr=0.1
    ).step()


def with_bitsandbytes(model: nn.Module) -> None:
    bnb.optim.AdamW(learned(model).values(), lr=0.1).step()


def with_eight_bits(model: nn.Module) -> None:
    bnb.optim.AdamW8bit(learned(model).values(), lr=0.1).step()


def by_data(model: nn.Module) -> None:
    for p in learned(model).values():
        p.data.copy_(p.data * 1.1)


def by_state_dict(model: nn.Module) -> None:
    model.load_state_dict({name: p.detach() * 1.1 for name, p in learned(model).items()}, strict=False)


def one_number(model: nn.Module) -> None:
    with torch.no_grad():
        next(p for name, p in learned(model).items() if "lora_A" in name and "layers.1" in name)[0, 0] += 1


OPTIMIZERS = {
    "torch": lambda groups: torch.optim.AdamW(groups, lr=0.005),
    "muon": lambda groups: Muon(groups, lr=0.005),
    "bitsandbytes": lambda groups: bnb.optim.AdamW(groups, lr=0.005),
    "eight bits": lambda groups: bnb.optim.AdamW8bit(groups, lr=0.005),
}


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("quantization", SETTLED.values(), ids=SETTLED)
def test_g_is_that_of_fp64_at_every_step(quantization: NF4 | Unquantised, optimizer: str, home: Home) -> None:
    base = weights.wake(Random(hidden=256, intermediate=512, blocks=1).folder(home), quantization, Attention("sdpa"))
    model = Adapter(rank=16, last_blocks=1).attach(base, seed=0)
    learns = list(learned(model).values())
    adam = OPTIMIZERS[optimizer](
        [{"params": [p for p in learns if p.ndim == 2]}, {"params": [p for p in learns if p.ndim != 2]}]
    )
    layers = [m for m in model.modules() if isinstance(m, LoraLayer)]
    ids = torch.arange(40)[None]
    moved = 0.0
    for _ in range(20):
        nn.functional.cross_entropy(model(ids).logits[0, :-1].float(), ids[0, 1:]).backward()
        moved = max(moved, assert_scales_are_those_of_fp64(layers))
        adam.step()
        adam.zero_grad()
    assert moved > 0.01


CHANGES = [with_torch, with_muon, with_bitsandbytes, with_eight_bits, by_data, by_state_dict, one_number]


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("between", ["train", "eval", "inference", "at rest"])
def test_whatever_changes_the_factors_the_norm_is_never_stale(change, between: str) -> None:
    model = by_us()
    with at_rest(model):
        answer(model)  # derives, and leaves gradients for the optimizers
    before = {name: p.detach().clone() for name, p in learned(model).items()}
    change(model)
    assert any(not torch.equal(p, before[name]) for name, p in learned(model).items())
    if between == "eval":
        model.eval()
    with torch.inference_mode(between == "inference"), at_rest(model) if between == "at rest" else nullcontext():
        model(torch.arange(5)[None])
    model.train()
    anew = by_us(model.state_dict())
    (logits, found), (expected_logits, expected) = answer(model), answer(anew)
    assert torch.equal(logits, expected_logits)
    assert all(torch.equal(found[name], expected[name]) for name in expected)


def test_at_rest_all_layers_are_looked_at_once_and_answer_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    model = by_us()
    (logits, found), looks, look = answer(model), [], dora._look
    monkeypatch.setattr(dora, "_look", lambda some: (looks.append(len(some)), look(some)))
    with at_rest(model):
        (again, same) = answer(model)
        with at_rest(model):  # what rests already is not looked at again
            model(torch.arange(5)[None])
    assert looks == [14]
    assert torch.equal(again, logits) and all(torch.equal(same[name], found[name]) for name in found)
    model(torch.arange(5)[None])
    assert looks == [14] + 14 * [1]


def test_after_an_error_nothing_rests_any_more() -> None:
    model = by_us()
    with pytest.raises(KeyError), at_rest(model):
        raise KeyError
    by_data(model)
    assert torch.equal(answer(model)[0], answer(by_us(model.state_dict()))[0])


@pytest.mark.parametrize("quantization", SETTLED.values(), ids=SETTLED)
def test_under_autocast_the_norm_stays_in_fp32(quantization: NF4 | Unquantised, home: Home) -> None:
    norms = []
    for regime in (nullcontext(), torch.autocast("cpu", torch.bfloat16)):
        base = weights.wake(Random().folder(home), quantization, Attention("sdpa"))
        model = stir(Adapter(rank=8, last_blocks=4).attach(base, seed=0))
        with regime:
            model(torch.arange(5)[None])
        norms.append([m.lora_variant["default"].norm for m in model.modules() if isinstance(m, LoraLayer)])
    assert len(norms[0]) == 4 * len(PROJECTIONS)
    assert all(torch.equal(plain, cast) for plain, cast in zip(*norms, strict=True))


def test_stock_peft_reads_what_she_saved_as_she_was(tmp_path: Path) -> None:
    config = Adapter(rank=4, last_blocks=2)
    hers = stir(config.attach(base_model(), seed=0))
    adapters.save(hers, tmp_path / "adapter", "base")
    stock = PeftModel.from_pretrained(base_model(), str(tmp_path / "adapter"), is_trainable=True)
    assert all(torch.equal(p, learned(hers)[name]) for name, p in learned(stock).items())
    assert apart(answer(hers)[0], answer(stock)[0]) < 2e-6


def test_she_reads_what_stock_peft_saved_as_it_was(tmp_path: Path) -> None:
    stock = by_peft()
    adapters.save(stock, tmp_path / "adapter", "base")
    hers = adapters.load(base_model(), tmp_path / "adapter", "base", trainable=True)
    assert learned(hers).keys() == learned(stock).keys()
    for name, p in learned(stock).items():
        assert torch.equal(p, learned(hers)[name]), name
    assert apart(answer(hers)[0], answer(stock)[0]) < 2e-6
