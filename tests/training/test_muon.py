"""Muon: the nearest orthogonal matrix, a step like the plain one, and a state that resumes bit for bit."""

import copy

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from rusta.training.muon import Muon, orthogonalise


def nearest(matrix: Tensor) -> Tensor:
    """U Vᵀ of the singular value decomposition, in fp64."""
    u, _, v = torch.linalg.svd(matrix.double(), full_matrices=False)
    return u @ v


@given(rows=st.integers(1, 24), columns=st.integers(1, 24), seed=st.integers(0, 2**31), size=st.floats(-6, 4))
def test_the_result_is_the_nearest_orthogonal_matrix(rows: int, columns: int, seed: int, size: float) -> None:
    draw = torch.Generator().manual_seed(seed)
    # Well conditioned: singular values between a tenth and one, at any scale.
    u, _, v = torch.linalg.svd(torch.randn(rows, columns, generator=draw), full_matrices=False)
    values = torch.rand(min(rows, columns), generator=draw) * 0.9 + 0.1
    matrix = (u * values) @ v * 10**size
    found = orthogonalise(matrix[None])[0]
    assert found.shape == matrix.shape
    assert (found - nearest(matrix)).abs().max() < 2e-2


def test_a_stack_is_its_matrices_one_by_one_whichever_side_is_longer() -> None:
    torch.manual_seed(0)
    stack = torch.randn(5, 8, 30)
    one_by_one = torch.cat([orthogonalise(matrix[None]) for matrix in stack])
    assert torch.allclose(orthogonalise(stack), one_by_one, atol=1e-6)
    assert torch.allclose(orthogonalise(stack.mT), one_by_one.mT, atol=1e-6)


def test_zeros_stay_zeros() -> None:
    assert torch.equal(orthogonalise(torch.zeros(2, 4, 9)), torch.zeros(2, 4, 9))


def matrices() -> list[torch.nn.Parameter]:
    torch.manual_seed(1)
    return [torch.nn.Parameter(torch.randn(shape)) for shape in ((4, 40), (40, 4), (4, 40), (6, 6))]


def grads(params: list[torch.nn.Parameter], n: int) -> None:
    draw = torch.Generator().manual_seed(n)
    for p in params:
        p.grad = torch.randn(p.shape, generator=draw)


def test_a_step_is_the_plain_one() -> None:
    params = matrices()
    plain = [p.detach().numpy().astype(np.float64) for p in params]
    momenta = [np.zeros_like(p) for p in plain]
    optimizer = Muon(params, lr=0.01, momentum=0.9, weight_decay=0.1)
    for n in range(3):
        grads(params, n)
        optimizer.step()
        for k, p in enumerate(params):
            grad = p.grad.numpy().astype(np.float64)
            momenta[k] = 0.9 * momenta[k] + 0.1 * grad
            ahead = 0.1 * grad + 0.9 * momenta[k]
            u, _, v = np.linalg.svd(ahead, full_matrices=False)
            plain[k] = plain[k] * (1 - 0.01 * 0.1) - 0.01 * 0.2 * max(grad.shape) ** 0.5 * (u @ v)
    for p, reference in zip(params, plain, strict=True):
        moved = 3 * 0.01 * 0.2 * max(p.shape) ** 0.5
        assert np.abs(p.detach().numpy() - reference).max() < 0.02 * moved


def test_vectors_take_torchs_adamw_step() -> None:
    torch.manual_seed(2)
    ours = [torch.nn.Parameter(torch.randn(n)) for n in (3, 50)]
    theirs = copy.deepcopy(ours)
    common = {"lr": 0.01, "betas": (0.9, 0.95), "eps": 1e-8, "weight_decay": 0.1}
    optimizer, reference = Muon(ours, **common), torch.optim.AdamW(theirs, **common)
    assert optimizer.param_groups[0]["rule"] == "adamw"
    for n in range(20):
        grads(ours, n)
        grads(theirs, n)
        optimizer.step()
        reference.step()
    for mine, torchs in zip(ours, theirs, strict=True):
        assert torch.allclose(mine, torchs, rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize("stop", [1, 2, 5])
def test_a_state_that_was_saved_goes_on_bit_for_bit(stop: int, tmp_path) -> None:
    def made() -> tuple[list[torch.nn.Parameter], Muon]:
        params = [*matrices(), torch.nn.Parameter(torch.ones(7))]
        return params, Muon([{"params": params[:-1]}, {"params": params[-1:]}], lr=0.1, weight_decay=0.01)

    params, optimizer = made()
    for n in range(6):
        if n == stop:
            state = {"params": [p.detach().clone() for p in params], "optimizer": optimizer.state_dict()}
            torch.save(state, tmp_path / "state.pt")
        grads(params, n)
        optimizer.step()
    again, resumed = made()
    state = torch.load(tmp_path / "state.pt", weights_only=True)
    resumed.load_state_dict(state["optimizer"])
    with torch.no_grad():
        for p, saved in zip(again, state["params"], strict=True):
            p.copy_(saved)
    for n in range(stop, 6):
        grads(again, n)
        resumed.step()
    assert all(torch.equal(p, q) for p, q in zip(params, again, strict=True))


def test_a_parameter_without_gradient_does_not_move() -> None:
    params = matrices()
    grads(params, 0)
    params[0].grad = None
    before = [p.detach().clone() for p in params]
    Muon(params, lr=0.1, weight_decay=0.1).step()
    assert torch.equal(params[0], before[0])
    assert all(not torch.equal(p, q) for p, q in zip(params[1:], before[1:], strict=True))


def test_bf16_parameters_keep_their_momenta_in_fp32() -> None:
    p = torch.nn.Parameter(torch.randn(4, 8).bfloat16())
    p.grad = torch.randn(4, 8).bfloat16()
    optimizer = Muon([p], lr=0.1)
    optimizer.step()
    assert p.dtype is torch.bfloat16
    assert {value.dtype for value in optimizer.state[p].values()} == {torch.float32}


def test_a_vector_in_a_muon_group_is_refused() -> None:
    with pytest.raises(ValueError, match="matrices"):
        Muon([{"params": [torch.nn.Parameter(torch.ones(3))], "rule": "muon"}])


def test_the_closure_is_asked_for_the_loss() -> None:
    p = torch.nn.Parameter(torch.ones(2, 3))

    def closure() -> Tensor:
        loss = p.square().sum()
        loss.backward()
        return loss

    assert Muon([p]).step(closure) == 6
    assert not torch.equal(p, torch.ones(2, 3))
