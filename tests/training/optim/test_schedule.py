"""Up in a straight line, then down to the floor, or not."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from rusta.core.errors import ConfigError
from rusta.training.optim.schedule import Constant, Cosine

steps = st.integers(1, 2000)
shares = st.floats(0, 0.5)


@given(total=steps, warmup=shares, floor=st.floats(0, 1))
def test_a_cosine_rises_to_one_and_falls_to_its_floor(total: int, warmup: float, floor: float) -> None:
    factors = [Cosine(warmup, floor).factor(step, total) for step in range(total + 1)]
    rising = max(1, round(warmup * total))
    assert all(0 < factor <= 1 for factor in factors[:rising]) and factors[rising - 1] == 1
    assert factors[:rising] == sorted(factors[:rising])
    assert factors[rising:] == sorted(factors[rising:], reverse=True)
    assert all(floor - 1e-9 <= factor for factor in factors[rising:])
    if total > rising:
        assert factors[total] == pytest.approx(floor, abs=1e-9)


@given(total=steps, warmup=shares)
def test_a_constant_rises_to_one_and_stays(total: int, warmup: float) -> None:
    factors = [Constant(warmup).factor(step, total) for step in range(total + 1)]
    rising = max(1, round(warmup * total))
    assert factors[:rising] == sorted(factors[:rising]) and set(factors[rising - 1 :]) == {1.0}


def test_without_warm_up_a_cosine_is_torchs() -> None:
    p = torch.nn.Parameter(torch.zeros(1))
    optimizer = torch.optim.SGD([p], lr=1.0)
    torchs = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=49, eta_min=0.1)
    cosine = Cosine(warmup=0.0, floor=0.1)
    for step in range(1, 50):  # one step of ours is always warm-up
        assert cosine.factor(step, 50) == pytest.approx(optimizer.param_groups[0]["lr"], abs=1e-9)
        optimizer.step()
        torchs.step()


@pytest.mark.parametrize("wrong", [{"floor": float("nan")}, {"floor": 1.5}, {"warmup": -0.1}], ids=str)
def test_what_is_no_share_is_refused_by_its_name(wrong: dict) -> None:
    with pytest.raises(ConfigError, match=rf"scheduler\.{next(iter(wrong))}"):
        Cosine(**wrong)
