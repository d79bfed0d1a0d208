"""Muon for adapter matrices and AdamW for everything else, in one optimizer, so that one loop drives both.

Muon (Jordan et al., 2024) replaces the momentum of a matrix by the nearest matrix with orthonormal rows. An
adapter factor is r by n with r much smaller than n, so the iteration runs on its r-by-r Gram matrix in fp32 and
touches the long side only twice (Gram Newton-Schulz, Dao-AILab 2026), with the coefficients of Polar Express
(Amsel et al., arXiv 2505.16932). The step is scaled by 0.2 sqrt(max(r, n)) so that its size is AdamW's and one
learning rate serves both (Moonlight, arXiv 2502.16982).

Masters, momenta and moments are fp32: bf16 would lose the tail of a cosine schedule.
"""

from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import Tensor
from torch.optim import Optimizer

# (a, b, c) of X <- a X + b (X Xᵀ) X + c (X Xᵀ)² X, optimal for singular values in [1e-3, 1]. The safety factor
# keeps an iterate that rounding pushed above 1 from diverging.
SAFETY = 1.02
POLAR_EXPRESS = [
    (a / SAFETY, b / SAFETY**3, c / SAFETY**5)
    for a, b, c in (
        (8.28721201814563, -23.595886519098837, 17.300387312530933),
        (4.107059111542203, -2.9478499167379106, 0.5448431082926601),
        (3.9486908534822946, -2.908902115962949, 0.5518191394370137),
        (3.3184196573706015, -2.488488024314874, 0.51004894012372),
        (2.300652019954817, -1.6689039845747493, 0.4188073119525673),
        (1.891301407787398, -1.2679958271945868, 0.37680408948524835),
    )
] + [(1.875, -1.25, 0.375)]


def orthogonalise(matrices: Tensor) -> Tensor:
    """The nearest matrix with orthonormal rows (or columns, where those are fewer), for a stack (k, rows, columns).

    fp32 in and out. A matrix of zeros stays zeros.
    """
    tall = matrices.shape[-2] > matrices.shape[-1]
    x = matrices.mT if tall else matrices
    gram = x @ x.mT  # (k, r, r)
    size = gram.diagonal(dim1=-2, dim2=-1).sum(-1).clamp_min(1e-30)[:, None, None] * SAFETY**2  # ‖X‖²_F, padded
    gram = gram / size
    eye = torch.eye(gram.shape[-1], device=gram.device).expand_as(gram)
    path = eye  # X_n = path X_0: every factor is a polynomial in the first Gram matrix, so all of them commute
    for a, b, c in POLAR_EXPRESS:
        factor = a * eye + b * gram + c * (gram @ gram)
        path = factor @ path
        gram = factor @ gram @ factor
    x = path @ x / size.sqrt()
    return x.mT if tall else x


class Muon(Optimizer):
    """Each parameter group names its `rule`: "muon" for matrices, "adamw" for the rest.

    Decoupled weight decay in both. `state_dict` is plain tensors, so a resumed run continues bit for bit.

    Args:
        params: parameter groups; a group without `rule` is Muon where it holds matrices only, and AdamW otherwise.
        lr: learning rate of both rules.
        momentum: of Muon, Nesterov's form.
        betas, eps: of AdamW.
        weight_decay: per unit of learning rate, both rules.

    Raises:
        ValueError: on a Muon group that holds anything but matrices.
    """

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 1e-4,
        momentum: float = 0.95,
        betas: tuple[float, float] = (0.9, 0.95),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
    ) -> None:
        super().__init__(
            params,
            {
                "lr": lr,
                "momentum": momentum,
                "betas": tuple(betas),
                "eps": eps,
                "weight_decay": weight_decay,
                "rule": None,
            },
        )
        for group in self.param_groups:
            flat = all(p.ndim == 2 for p in group["params"])
            group["rule"] = group["rule"] or ("muon" if flat else "adamw")
            if group["rule"] == "muon" and not flat:
                raise ValueError("Muon orthogonalises matrices; give vectors to a group with rule='adamw'.")

    @torch.no_grad()
    def step(self, closure: Callable[[], Tensor] | None = None) -> Tensor | None:  # type: ignore[override]
        """One step of every group. `closure` re-evaluates the loss, as in torch."""
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        for group in self.param_groups:
            params = [p for p in group["params"] if p.grad is not None]
            (self._muon if group["rule"] == "muon" else self._adamw)(group, params)
        return loss

    def _muon(self, group: dict[str, Any], params: list[Tensor]) -> None:
        alike: dict[tuple[int, ...], list[Tensor]] = {}
        for p in params:
            alike.setdefault(tuple(p.shape), []).append(p)
        for shape, bucket in alike.items():
            grads = [p.grad.float() for p in bucket if p.grad is not None]
            momenta = [self._state(p, "momentum") for p in bucket]
            torch._foreach_lerp_(momenta, grads, 1 - group["momentum"])
            ahead = torch._foreach_lerp(grads, momenta, group["momentum"])
            steps = orthogonalise(torch.stack(ahead)).mul_(0.2 * max(shape) ** 0.5)
            self._apply(group, bucket, list(steps.unbind()))

    def _adamw(self, group: dict[str, Any], params: list[Tensor]) -> None:
        first, second = group["betas"]
        steps = []
        for p in params:
            grad = p.grad.float()  # type: ignore[union-attr]
            mean, square, count = self._state(p, "mean"), self._state(p, "square"), self._state(p, "count", ())
            count += 1
            mean.lerp_(grad, 1 - first)
            square.lerp_(grad.square(), 1 - second)
            spread = (square / (1 - second**count)).sqrt_().add_(group["eps"])
            steps.append(mean / (1 - first**count) / spread)
        self._apply(group, params, steps)

    def _apply(self, group: dict[str, Any], params: list[Tensor], steps: list[Tensor]) -> None:
        for p, step in zip(params, steps, strict=True):
            p.mul_(1 - group["lr"] * group["weight_decay"]).add_(step.to(p.dtype), alpha=-group["lr"])

    def _state(self, p: Tensor, name: str, shape: tuple[int, ...] | None = None) -> Tensor:
        state = self.state[p]
        if name not in state:
            state[name] = torch.zeros(p.shape if shape is None else shape, dtype=torch.float32, device=p.device)
        return state[name]
