"""What is exported says what was trained: read back by stock loaders, logit by logit."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from gguf import GGMLQuantizationType as Kind

from rusta.core.home import Home
from rusta.mind import weights
from rusta.mind.attention import Attention
from rusta.mind.dora import gains
from rusta.mind.export import kinds, readers
from rusta.mind.export.agreement import answered, measure_agreement
from rusta.mind.export.make import write_export
from rusta.mind.quantization import NF4, Unquantised

from .conftest import SMALL

NESTED, PLAIN_NF4, BF16 = NF4(), NF4(double_quant=False), Unquantised()
QUESTIONS = ["Why?", "What is a borrow, and who pays for it?", "x", "Name one crate."]


def agreed(source: Any, form: kinds.Form, folder: Path, model: Any, at: Home) -> Any:
    """The verdict of `write_export`, and that of a comparison made here."""
    made = write_export(form, source, folder / form.name, {}, model.fingerprint(at), QUESTIONS)
    tokenizer = weights.tokenizer(source.held.folder)
    was = readers.trained(source.held, source.learned.folder, model.fingerprint(at))
    found = measure_agreement(answered(was, tokenizer, QUESTIONS, 12), readers.exported(made.at, source.held))
    assert made.card["verified"]["kl"] <= max(2 * found.kl, 1e-12)
    return found


def base_answers(source: Any, model: Any, at: Home) -> Any:
    """How far the trained model is from its bare base: what an export that dropped everything would show."""
    tokenizer = weights.tokenizer(source.held.folder)
    was = readers.trained(source.held, source.learned.folder, model.fingerprint(at))
    bare = readers.in_fp32(weights.wake(source.held.folder, source.held.quantization, Attention("sdpa")))
    return measure_agreement(answered(was, tokenizer, QUESTIONS, 12), bare)


@pytest.mark.parametrize("quantization", [NESTED, PLAIN_NF4], ids=["nested", "not-nested"])
@pytest.mark.parametrize("dora", [True, False], ids=["dora", "lora"])
def test_a_four_bit_fold_gives_the_trained_logits(
    source: Callable[..., Any], quantization: NF4, dora: bool, tmp_path: Path, at: Home
) -> None:
    found = agreed(source(quantization, dora), kinds.Nf4(), tmp_path, SMALL, at)
    assert found.kl < 1e-9 and found.kl_worst < 1e-8
    assert found.same == found.prompts == len(QUESTIONS)
    assert base_answers(source(quantization, dora), SMALL, at).kl > 1e-2


@pytest.mark.parametrize("quantization", [NESTED, BF16], ids=["nf4", "bf16"])
def test_a_merge_into_sixteen_bits_rounds_once(
    source: Callable[..., Any], quantization: NF4 | Unquantised, tmp_path: Path, at: Home
) -> None:
    found = agreed(source(quantization), kinds.Bf16(), tmp_path, SMALL, at)
    assert found.kl < 1e-3 < 1e-2 < base_answers(source(quantization), SMALL, at).kl


SCALED = [
    Kind.F32,
    Kind.F16,
    Kind.BF16,
    Kind.Q8_0,
    Kind.Q5_0,
    Kind.Q5_1,
    Kind.Q4_0,
    Kind.Q4_1,
    Kind.Q4_K,
    Kind.Q5_K,
    Kind.Q6_K,
]


@pytest.mark.parametrize("kind", SCALED, ids=lambda kind: kind.name)
def test_a_gguf_fold_gives_the_trained_logits(
    source: Callable[..., Any], as_gguf: Callable[..., Any], kind: Kind, tmp_path: Path, at: Home
) -> None:
    model = as_gguf(kind)
    found = agreed(source(BF16, model=model), kinds.GgufForm(), tmp_path, model, at)
    assert found.kl < 1e-4 and found.kl < base_answers(source(BF16, model=model), model, at).kl / 50


def test_plain_lora_alone_is_exact_for_what_was_raised_plain(
    source: Callable[..., Any], tmp_path: Path, at: Home
) -> None:
    assert agreed(source(NESTED, dora=False), kinds.Lora(), tmp_path, SMALL, at).kl < 1e-9


def test_the_gain_read_from_the_file_is_that_of_the_woken_model(source: Callable[..., Any], at: Home) -> None:
    for quantization in (NESTED, BF16):
        of = source(quantization)
        woken = readers.trained(of.held, of.learned.folder, SMALL.fingerprint(at), exact=False)
        theirs = {name.removeprefix("base_model.model."): g for name, g in gains(woken).items()}
        ours = of.gains()
        assert ours.keys() == theirs.keys() and len(ours) == 2 * 7
        for layer in ours:
            assert torch.allclose(ours[layer], theirs[layer], rtol=1e-6, atol=0), layer
            assert ours[layer].std() > 0.05
