"""The kernel is chosen by a look at the machine, tried, named with a reason, and refused where it cannot run."""

from collections.abc import Iterator
from typing import Any

import pytest
import torch

from rusta.core.errors import ConfigError
from rusta.core.home import Home
from rusta.mind import weights
from rusta.mind.attention import AGREES, NAMES, Attention, NoSuchAttention, first_right, kernel_error, off
from rusta.mind.model import Random
from rusta.mind.quantization import Unquantised

no_gpu = pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU here")


@no_gpu
def test_without_a_gpu_it_is_torchs_own() -> None:
    assert Attention().choose() == ("sdpa", "no GPU: torch's own")


@pytest.mark.parametrize("kernel", ["sdpa", "eager"])
def test_what_runs_everywhere_is_taken_when_asked_for(kernel: str) -> None:
    assert Attention(kernel).choose() == (kernel, "asked for")


@no_gpu
@pytest.mark.parametrize("kernel", ["flash_2", "flash_3"])
def test_a_gpus_kernel_is_refused_without_one(kernel: str) -> None:
    with pytest.raises(NoSuchAttention, match=f"attention={kernel}.*attention=auto"):
        Attention(kernel).choose()


def test_a_kernel_nobody_knows_is_refused_with_those_there_are() -> None:
    with pytest.raises(ConfigError, match=r"attention\.kernel=flash_4") as refusal:
        Attention("flash_4")
    assert all(name in str(refusal.value) for name in NAMES)


def test_kernels_agree(home: Home) -> None:
    folder, ids = Random().folder(home), torch.arange(120).reshape(2, 60)
    with torch.no_grad():
        fused, written_out = (
            weights.wake(folder, Unquantised(), Attention(kernel)).float()(ids).logits for kernel in ("sdpa", "eager")
        )
    assert torch.allclose(fused, written_out, atol=1e-5)


def _seeing_ahead(module: Any, q: Any, k: Any, v: Any, mask: Any, scaling: float, **_: Any) -> tuple[Any, None]:
    found = torch.nn.functional.scaled_dot_product_attention(q, k, v, scale=scaling, enable_gqa=True)
    return found.transpose(1, 2), None


def _too_sharp(module: Any, q: Any, k: Any, v: Any, mask: Any, scaling: float, **_: Any) -> tuple[Any, None]:
    found = torch.nn.functional.scaled_dot_product_attention(
        q, k, v, is_causal=True, scale=1.3 * scaling, enable_gqa=True
    )
    return found.transpose(1, 2), None


def _teaching_keys_nothing(
    module: Any, q: Any, k: Any, v: Any, mask: Any, scaling: float, **_: Any
) -> tuple[Any, None]:
    k = k + 0 * k.detach() - (k - k.detach()) * 0.5  # right forward, half a gradient backward
    found = torch.nn.functional.scaled_dot_product_attention(q, k, v, is_causal=True, scale=scaling, enable_gqa=True)
    return found.transpose(1, 2), None


def _not_built(*_: Any, **__: Any) -> None:
    raise RuntimeError("no kernel image is available for execution on the device")


@pytest.fixture(
    params=[_seeing_ahead, _too_sharp, _teaching_keys_nothing, _not_built], ids=lambda kernel: kernel.__name__
)
def broken(request: pytest.FixtureRequest) -> Iterator[str]:
    """A kernel that transformers knows and that is wrong, by its name."""
    from transformers.modeling_utils import ALL_ATTENTION_FUNCTIONS

    ALL_ATTENTION_FUNCTIONS.register("broken", request.param)
    off.cache_clear()
    yield "broken"
    off.cache_clear()


def test_torchs_own_is_right_here() -> None:
    assert kernel_error("sdpa") < AGREES / 2


def test_a_kernel_that_is_wrong_in_one_pass_is_refused(broken: str) -> None:
    with pytest.raises(
        NoSuchAttention, match=r"broken (is [\d.]+ off in one pass|does not run here \(no kernel image)"
    ):
        kernel_error(broken)


def test_the_next_one_is_taken_and_the_reason_tells_of_the_first(broken: str) -> None:
    name, why = first_right([(broken, "it is the fastest"), ("sdpa", "torch's own")])
    assert name == "sdpa" and why.startswith("torch's own; broken ")
    name, why = first_right([(broken, "it is all there is")])
    assert name == "eager" and why.startswith("broken ")
