"""Muon: the nearest orthogonal matrix, a step like the plain one, and a state that resumes bit for bit."""

import copy
import importlib.util
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor
from torch.nn import Parameter

from rusta.core.errors import ConfigError
from rusta.training.optim.muon import TOGETHER, AdamW, Muon, Poisoned
from rusta.training.optim.orthogonal import orthogonalise

BENCH = Path(__file__).parents[3] / "scripts" / "bench_muon.py"
SHAPES = [(4, 40), (40, 4), (4, 40), (4, 30), (6, 6), (40, 4), (3, 9)]


def nearest(matrix: Tensor) -> Tensor:
    """U Vᵀ of the singular value decomposition, in fp64."""
    u, _, v = torch.linalg.svd(matrix.double(), full_matrices=False)
    return u @ v


def distance(found: Tensor, matrix: Tensor) -> float:
    """Relative, in the Frobenius norm."""
    exact = nearest(matrix)
    return ((found.double() - exact).norm() / exact.norm()).item()


def with_values(values: Tensor, columns: int, seed: int = 0) -> Tensor:
    """A random wide matrix with these singular values."""
    draw = torch.Generator().manual_seed(seed)
    left, _ = torch.linalg.qr(torch.randn(len(values), len(values), generator=draw).double())
    right, _ = torch.linalg.qr(torch.randn(columns, len(values), generator=draw).double())
    return ((left * values.double()) @ right.T).float()


@given(rows=st.integers(1, 24), columns=st.integers(1, 24), seed=st.integers(0, 2**31), size=st.floats(-12, 14))
def test_the_result_is_the_nearest_orthogonal_matrix_at_any_scale(rows: int, columns: int, seed: int, size: float):
    draw = torch.Generator().manual_seed(seed)
    u, _, v = torch.linalg.svd(torch.randn(rows, columns, generator=draw), full_matrices=False)
    values = torch.rand(min(rows, columns), generator=draw) * 0.9 + 0.1
    matrix = (u * values) @ v * 10**size
    found = orthogonalise(matrix[None])[0]
    assert found.shape == matrix.shape
    assert distance(found, matrix) < 1e-4


@pytest.mark.parametrize("columns", [1024, 5120])
def test_a_gaussian_factor_is_exact_to_a_hundred_thousandth_and_torchs_is_not(columns: int) -> None:
    matrix = torch.randn(128, columns, generator=torch.Generator().manual_seed(0))
    assert distance(orthogonalise(matrix[None])[0], matrix) < 2e-5
    theirs = Parameter(torch.zeros_like(matrix))
    theirs.grad = matrix
    torch.optim.Muon([theirs], lr=1.0, momentum=0.0, weight_decay=0.0).step()
    assert distance(-theirs.detach(), matrix) > 0.2


@pytest.mark.parametrize(("smallest", "error"), [(1e-2, 1e-4), (1e-3, 5e-3), (1e-4, 0.3)])
def test_small_singular_values_come_up_as_far_as_seven_steps_bring_them(smallest: float, error: float) -> None:
    matrix = with_values(torch.logspace(0, np.log10(smallest), 64), 512)
    found = orthogonalise(matrix[None])[0]
    assert distance(found, matrix) < error
    assert torch.linalg.svdvals(found.double()).max() < 1.01  # and none is thrown beyond 1


@pytest.mark.parametrize("rank", [1, 2, 31, 63])
@pytest.mark.parametrize("rows", [64, 128])
def test_what_a_matrix_has_not_does_not_explode(rank: int, rows: int) -> None:
    draw = torch.Generator().manual_seed(rank)
    matrix = torch.randn(rows, rank, generator=draw) @ torch.randn(rank, 300, generator=draw)
    values = torch.linalg.svdvals(orthogonalise(matrix[None])[0].double())
    assert values[rank - 1] > 0.99 and values[0] < 1.02
    assert values[rank] < 1e-2


def test_a_stack_is_its_matrices_one_by_one_whichever_side_is_longer() -> None:
    torch.manual_seed(0)
    stack = torch.randn(5, 8, 30)
    one_by_one = torch.cat([orthogonalise(matrix[None]) for matrix in stack])
    assert torch.allclose(orthogonalise(stack), one_by_one, atol=1e-5)
    assert torch.allclose(orthogonalise(stack.mT), one_by_one.mT, atol=1e-5)


def test_zeros_stay_zeros_and_do_not_touch_their_neighbours() -> None:
    stack = torch.stack([torch.zeros(4, 9), torch.randn(4, 9)])
    found = orthogonalise(stack)
    assert torch.equal(found[0], torch.zeros(4, 9))
    assert distance(found[1], stack[1]) < 1e-3


def matrices(shapes: list[tuple[int, ...]] = SHAPES) -> list[Parameter]:
    draw = torch.Generator().manual_seed(1)
    return [Parameter(torch.randn(shape, generator=draw)) for shape in shapes]


def grads(params: list[Parameter], n: int, size: float = 1.0) -> None:
    draw = torch.Generator().manual_seed(n)
    for p in params:
        p.grad = torch.randn(p.shape, generator=draw) * size


def plainly(params: list[Parameter], steps: int, clip: float | None, decay: float) -> list[np.ndarray]:
    """The same optimizer as a loop over matrices, in fp64, with a singular value decomposition."""
    plain = [p.detach().numpy().astype(np.float64) for p in params]
    momenta = [np.zeros_like(p) for p in plain]
    twins = [Parameter(p.detach().clone()) for p in params]
    for n in range(steps):
        grads(twins, n)
        if clip is not None:
            torch.nn.utils.clip_grad_norm_(twins, clip)
        for k, p in enumerate(twins):
            grad = p.grad.numpy().astype(np.float64)  # type: ignore[union-attr]
            momenta[k] = 0.9 * momenta[k] + 0.1 * grad
            u, _, v = np.linalg.svd(0.1 * grad + 0.9 * momenta[k], full_matrices=False)
            plain[k] = plain[k] * (1 - 0.01 * decay) - 0.01 * 0.2 * max(grad.shape) ** 0.5 * (u @ v)
    return plain


@pytest.mark.parametrize("together", [None, 1, 1000, TOGETHER])
@pytest.mark.parametrize("clip", [None, 0.5])
@pytest.mark.parametrize("decay", [0.0, 0.1])
def test_a_step_is_the_plain_one(together: int | None, clip: float | None, decay: float) -> None:
    params = matrices()
    reference = plainly(params, 3, clip, decay)
    optimizer = Muon(params, lr=0.01, momentum=0.9, weight_decay=decay, clip=clip, together=together)
    for n in range(3):
        grads(params, n)
        optimizer.step()
    for p, plain in zip(params, reference, strict=True):
        moved = 3 * 0.01 * 0.2 * max(p.shape) ** 0.5
        assert np.abs(p.detach().numpy() - plain).max() < 1e-3 * moved


@settings(deadline=None)
@given(
    shapes=st.lists(st.tuples(st.integers(1, 9), st.integers(1, 40)), min_size=1, max_size=8),
    together=st.integers(1, 4000),
)
def test_how_many_are_stepped_together_changes_nothing(shapes: list[tuple[int, int]], together: int) -> None:
    ours, alone = matrices(shapes), matrices(shapes)
    optimizer = Muon(ours, lr=0.01, weight_decay=0.1, together=together)
    ones = [Muon([p], lr=0.01, weight_decay=0.1) for p in alone]
    for n in range(2):
        # Well conditioned: with a single step of momentum, rounding would decide about the smallest singular values.
        for p, q in zip(ours, alone, strict=True):
            p.grad = nearest(torch.randn(p.shape, generator=torch.Generator().manual_seed(1))).float() * (n + 1)
            q.grad = p.grad.clone()
        optimizer.step()
        for one in ones:
            one.step()
    for p, q in zip(ours, alone, strict=True):
        assert torch.allclose(p, q, atol=1e-5)


def test_decay_shortens_what_has_no_gradient_to_follow() -> None:
    for rule in ("muon", "adamw"):
        p = Parameter(torch.ones(2, 3))
        p.grad = torch.zeros(2, 3)
        optimizer = Muon([p], lr=0.1, weight_decay=0.5, rule=rule)
        optimizer.step()
        assert torch.allclose(p, torch.full((2, 3), 0.95), atol=1e-7)


@pytest.mark.parametrize("share", [None, 0.7])
def test_the_adamw_rule_takes_torchs_step_also_for_matrices(share: float | None) -> None:
    torch.manual_seed(2)
    ours = [Parameter(torch.randn(shape)) for shape in ((3,), (50,), (4, 5))]
    theirs, fused = copy.deepcopy(ours), copy.deepcopy(ours)
    common: dict[str, Any] = {"lr": 0.01, "betas": (0.9, 0.95), "eps": 1e-8, "weight_decay": 0.1}
    optimizer = AdamW(ours, **common, clip=share)
    references = [torch.optim.AdamW(theirs, **common), torch.optim.AdamW(fused, **common, fused=True)]
    for n in range(20):
        for params in (ours, theirs, fused):
            grads(params, n)
        if share:
            torch.nn.utils.clip_grad_norm_(theirs, share)
            torch.nn.utils.clip_grad_norm_(fused, share)
        optimizer.step()
        for reference in references:
            reference.step()
    for mine, torchs, exactly in zip(ours, theirs, fused, strict=True):
        assert torch.allclose(mine, torchs, rtol=1e-5, atol=1e-6)
        assert share or torch.equal(mine, exactly)


def test_each_group_is_clipped_on_its_own_and_gradients_are_left_alone() -> None:
    def moved(size: float, clip: float | None) -> list[Tensor]:
        params = [Parameter(torch.zeros(4, 8)), Parameter(torch.zeros(6))]
        optimizer = Muon([{"params": params[:1], "clip": None}, {"params": params[1:], "clip": clip}], lr=0.1)
        for n, factor in enumerate((1.0, size)):
            grads(params, n, factor)
            kept = [p.grad.clone() for p in params]  # type: ignore[union-attr]
            optimizer.step()
            assert all(torch.equal(p.grad, grad) for p, grad in zip(params, kept, strict=True))
        return [p.detach() for p in params]

    free, cut, gentle = moved(100.0, None), moved(100.0, 1.0), moved(1.0, 1.0)
    assert torch.equal(free[0], cut[0])  # the other group is not touched
    assert not torch.allclose(free[1], cut[1])
    assert torch.allclose(cut[1], gentle[1])  # a hundredfold gradient is as long as a plain one after clipping


@pytest.mark.parametrize("bad", [float("nan"), float("inf"), -float("inf")])
@pytest.mark.parametrize("where", [0, 3, 7])
@pytest.mark.parametrize("named", [True, False])
def test_a_gradient_that_is_no_number_moves_nothing_and_is_named(bad: float, where: int, named: bool) -> None:
    params = [*matrices(), Parameter(torch.ones(7))]
    pairs: list[Any] = [(f"layer.{n}", p) for n, p in enumerate(params)] if named else list(params)
    optimizer = Muon([{"params": pairs[:-1]}, {"params": pairs[-1:]}], lr=0.1, weight_decay=0.1)
    grads(params, 0)
    optimizer.step()
    before = copy.deepcopy([p.detach() for p in params]), copy.deepcopy(optimizer.state_dict())
    grads(params, 1)
    params[where].grad.view(-1)[-1] = bad  # type: ignore[union-attr]
    name = f"layer.{where}" if named else f"parameter {where % 7}"
    with pytest.raises(Poisoned, match=rf"{name} .*(muon|adamw).* has norm (nan|inf)"):
        optimizer.step()
    assert all(torch.equal(p, q) for p, q in zip(params, before[0], strict=True))
    after = optimizer.state_dict()["state"]
    assert all(
        torch.equal(value, after[n][key]) for n, state in before[1]["state"].items() for key, value in state.items()
    )


@pytest.mark.parametrize("together", [None, 1000, TOGETHER])
@pytest.mark.parametrize("stop", [1, 2, 5])
def test_a_state_that_was_saved_goes_on_bit_for_bit(stop: int, together: int | None, tmp_path: Path) -> None:
    def made() -> tuple[list[Parameter], Muon]:
        params = [*matrices(), Parameter(torch.ones(7))]
        groups = [{"params": params[:-1]}, {"params": params[-1:]}]
        return params, Muon(groups, lr=0.1, weight_decay=0.01, clip=1.0, together=together)

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


def test_the_cores_share_the_work_and_agree_bit_for_bit() -> None:
    before = torch.get_num_threads()
    results = []
    try:
        for cores in (1, 2, 5):
            torch.set_num_threads(cores)
            params = matrices([(64, 2000)] * 9 + [(2000, 64)] * 9)  # half a megabyte each: several bundles
            optimizer = Muon(params, lr=0.1, weight_decay=0.1)
            for n in range(3):
                grads(params, n)
                optimizer.step()
            assert torch.get_num_threads() == cores
            results.append(params)
    finally:
        torch.set_num_threads(before)
    for other in results[1:]:
        assert all(torch.equal(p, q) for p, q in zip(results[0], other, strict=True))


def test_a_copy_of_the_optimizer_steps_like_the_optimizer() -> None:
    params = matrices()
    optimizer = Muon(params, lr=0.1)
    grads(params, 0)
    optimizer.step()
    other = copy.deepcopy(optimizer)
    for p, q in zip(params, other.param_groups[0]["params"], strict=True):
        q.grad = p.grad.clone()  # type: ignore[union-attr]
    optimizer.step()
    other.step()
    assert all(torch.equal(p, q) for p, q in zip(params, other.param_groups[0]["params"], strict=True))


def test_a_saved_state_is_as_large_as_what_it_holds(tmp_path: Path) -> None:
    params = matrices([(8, 512)] * 40)
    optimizer = Muon(params)
    grads(params, 0)
    optimizer.step()
    torch.save(optimizer.state_dict(), tmp_path / "state.pt")
    assert (tmp_path / "state.pt").stat().st_size < 1.1 * sum(p.nbytes for p in params)


def test_a_parameter_without_gradient_does_not_move_and_may_have_one_later() -> None:
    params, all_along = matrices(), matrices()
    optimizer, other = Muon(params, lr=0.1, weight_decay=0.1), Muon(all_along[1:], lr=0.1, weight_decay=0.1)
    grads(params, 0)
    params[0].grad = None
    for p, q in zip(params, all_along, strict=True):
        q.grad = p.grad
    before = params[0].detach().clone()
    optimizer.step()
    other.step()
    assert torch.equal(params[0], before)
    assert all(torch.equal(p, q) for p, q in zip(params[1:], all_along[1:], strict=True))
    grads(params, 1)
    for p, q in zip(params, all_along, strict=True):
        q.grad = p.grad
    optimizer.step()  # laid out anew, with the momenta that there were
    other.step()
    assert not torch.equal(params[0], before)
    assert all(torch.allclose(p, q, atol=1e-5) for p, q in zip(params[1:], all_along[1:], strict=True))


def test_a_step_without_any_gradient_is_none() -> None:
    params = matrices()
    Muon(params).step()
    assert all(torch.equal(p, q) for p, q in zip(params, matrices(), strict=True))


@pytest.mark.parametrize(
    ("params", "options", "word"),
    [
        ([Parameter(torch.ones(3))], {"rule": "muon"}, "matrices"),
        ([Parameter(torch.ones(3, 4))], {"rule": "sgd"}, "muon, adamw"),
        ([Parameter(torch.ones(3, 4).bfloat16())], {}, "bfloat16"),
        ([Parameter(torch.ones(3, 4).double())], {"rule": "adamw"}, "float64"),
        ([Parameter(torch.ones(3, 4))], {"clip": 0.0}, "clip"),
        ([Parameter(torch.ones(3, 4))], {"lr": -1e-4}, "optimizer.lr=-0.0001"),
        ([Parameter(torch.ones(3, 4))], {"lr": math.nan}, "optimizer.lr=nan"),
        ([Parameter(torch.ones(3, 4))], {"weight_decay": -0.1}, "optimizer.weight_decay"),
        ([Parameter(torch.ones(3, 4))], {"momentum": 1.0}, "optimizer.momentum"),
        ([Parameter(torch.ones(3))], {"betas": (0.9, 1.5)}, "optimizer.betas"),
    ],
)
def test_what_makes_no_sense_is_refused(params: list[Parameter], options: dict[str, Any], word: str) -> None:
    with pytest.raises(ConfigError, match=word):
        Muon(params, **options)


def test_matrices_and_vectors_choose_their_rule() -> None:
    optimizer = Muon([{"params": [Parameter(torch.ones(2, 3))]}, {"params": [Parameter(torch.ones(3))]}])
    assert [group["rule"] for group in optimizer.param_groups] == ["muon", "adamw"]


def test_the_closure_is_asked_for_the_loss() -> None:
    p = Parameter(torch.ones(2, 3))

    def closure() -> Tensor:
        loss = p.square().sum()
        loss.backward()
        return loss

    assert Muon([p]).step(closure) == 6
    assert not torch.equal(p, torch.ones(2, 3))


def test_a_step_of_the_14bs_matrices_is_few_launches() -> None:
    spec = importlib.util.spec_from_file_location("bench_muon", BENCH)
    assert spec is not None and spec.loader is not None
    bench = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(bench)
    shapes = bench.factors(4)
    assert len(shapes) == 224
    like = {shape: torch.ones(shape) for shape in shapes}
    params = bench.given(shapes, [like[shape] for shape in shapes])
    optimizer = Muon(params, together=TOGETHER)
    optimizer.step()
    kernels, _ = bench.launches(optimizer.step, "cpu")
    assert kernels <= 70  # at rank 128, where a foreach takes more of them, eight more: scripts/bench_muon.py
    torchs = torch.optim.Muon(bench.given(shapes[:14], [like[shape] for shape in shapes[:14]]))
    torchs.step()
    assert bench.launches(torchs.step, "cpu")[0] * 16 > 4000


@pytest.mark.parametrize(
    ("sizes", "lists", "launched"),
    [
        ([1] * 110, 1, 1),
        ([1] * 111, 1, 2),
        ([1] * 64, 2, 1),
        ([65_536 * 320], 2, 1),
        ([65_536 * 320 + 1], 2, 2),
        ([65_536 * 10] * 96, 2, 3),
        ([1] * 112, 4, 4),
    ],
)
def test_launches_of_a_foreach_are_counted_as_cuda_takes_them(sizes: list[int], lists: int, launched: int) -> None:
    spec = importlib.util.spec_from_file_location("bench_muon", BENCH)
    assert spec is not None and spec.loader is not None
    bench = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(bench)
    tensors = [torch.empty(n, device="meta") for n in sizes]
    assert bench.Launches().multi_tensor(tensors, lists) == launched
