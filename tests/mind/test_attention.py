"""The kernel is chosen by a look at the machine, named with a reason, and refused where it cannot run."""

import pytest
import torch

from rusta.errors import ConfigError
from rusta.home import Home
from rusta.mind import weights
from rusta.mind.attention import NAMES, Attention, NoSuchAttention
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
