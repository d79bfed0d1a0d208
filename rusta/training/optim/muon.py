"""Muon for adapter matrices and AdamW for all other parameters, in one optimizer and one training loop.

Muon (Jordan et al., 2024) replaces the momentum of a matrix by the nearest matrix with orthonormal rows
(`orthogonal.py`). The step is scaled by 0.2 sqrt(max(rows, columns)), which makes it as large as AdamW's, so that one
learning rate serves both (Moonlight, arXiv 2502.16982).

Parameters have to be fp32, as are momenta and moments: bf16 would lose the small steps at the end of a cosine schedule.
All inverse roots are r by r whatever the long side is, so matrices of every shape share one stack of them: a step of
224 matrices is 75 kernel launches instead of 5,000 (`scripts/bench_muon.py` counts them).
"""

import math
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import groupby
from typing import Any

import torch
from torch import Tensor
from torch.optim import Optimizer

from rusta.core.errors import ConfigError, RustaError
from rusta.training.optim.orthogonal import inverse_root, orthogonalise

__all__ = ["AdamW", "Muon", "Poisoned", "orthogonalise"]

RULES = ("muon", "adamw")
# Bytes of gradients that are stepped together. A copy of them, and the steps of the most frequent shape, are what a
# step needs beside the state. On a GPU few large kernels are fastest, on a CPU work that fits in the cache.
TOGETHER, TOGETHER_ON_CPU = 2**30, 2**22


class Poisoned(RustaError):
    """A gradient is not finite. Parameters and states are as before the step."""


class Muon(Optimizer):
    """An optimizer whose parameter groups each have a `rule`: "muon" for matrices only, "adamw" for any.

    Weight decay is decoupled in both. `state_dict` holds plain tensors, so a resumed run continues bit for bit. Not
    covered: sparse gradients, and parameters that are not fp32.

    Args:
        params: parameters, groups of them, or either with names, which error messages then use.
        lr: learning rate of both rules.
        momentum: of Muon, Nesterov's form.
        betas, eps: of AdamW, which is torch's fused one.
        weight_decay: per unit of learning rate, both rules.
        rule: of groups that name none. `None`: Muon if a group holds matrices only, else AdamW.
        clip: maximum norm of all gradients of a group together; longer ones are scaled down, each group on its own. A
            Muon step does not depend on the size of the gradient, but its momentum does.
        together: bytes of gradients that are stepped together, by stacked kernels. `None`: up to 1 GiB on a GPU, which
            is the memory a step needs beside the state; on a CPU a few MiB for each core. The result is the same.

    Raises:
        ConfigError: on a Muon group with anything but matrices, parameters that are not fp32, unknown rules, and
            invalid rates.
    """

    together: int | None = None  # a class attribute, because torch copies an optimizer without its instance attributes

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 1e-4,  # of a step; the option takes it from phase and model
        momentum: float = 0.95,  # of Muon, Nesterov
        betas: tuple[float, float] = (0.9, 0.95),  # of AdamW: first and second moment
        eps: float = 1e-8,  # of AdamW, beside the second moment
        weight_decay: float = 0.0,  # decoupled, per step times lr
        rule: str | None = None,  # muon or adamw for every parameter; null: matrices by Muon, vectors by AdamW
        clip: float | None = None,  # longest gradient of a group; null never cuts
        together: int | None = None,  # matrices orthogonalised by one kernel; null is by device
    ) -> None:
        self.together = together
        super().__init__(
            params,
            {
                "lr": lr,
                "momentum": momentum,
                "betas": tuple(betas),
                "eps": eps,
                "weight_decay": weight_decay,
                "rule": rule,
                "clip": clip,
            },
        )

    def add_param_group(self, param_group: dict[str, Any]) -> None:
        """Add a group, as in torch; choose its rule if it has none."""
        super().add_param_group(param_group)
        group = self.param_groups[-1]
        flat = all(p.ndim == 2 for p in group["params"])
        group["rule"] = group["rule"] or ("muon" if flat else "adamw")
        if group["rule"] not in RULES:
            raise ConfigError(f"optimizer.rule={group['rule']}: there are {', '.join(RULES)}.")
        if group["rule"] == "muon" and not flat:
            raise ConfigError(
                "optimizer.rule=muon: Muon orthogonalises matrices, and there are vectors among these. "
                "Leave the rule out, and they take AdamW's step: optimizer.rule=null"
            )
        if other := {str(p.dtype) for p in group["params"] if p.dtype != torch.float32}:
            raise ConfigError(
                f"These parameters are {', '.join(sorted(other))}, and what learns has to be fp32: bf16 loses small steps. "
                "Adapters made here are fp32 on any base."
            )
        # Negative values would increase the loss, NaN or infinite ones would make the weights so.
        for name in ("lr", "eps", "weight_decay"):
            if not 0 <= group[name] < math.inf:
                raise ConfigError(f"optimizer.{name}={group[name]}: a number, zero or more.")
        for name, share in (("momentum", group["momentum"]), *(("betas", beta) for beta in group["betas"])):
            if not 0 <= share < 1:
                raise ConfigError(f"optimizer.{name}={group[name]}: from 0 to below 1.")
        if group["clip"] is not None and not group["clip"] > 0:
            raise ConfigError(f"optimizer.clip={group['clip']}: a norm above zero, or null for none.")

    @torch.no_grad()
    def step(self, closure: Callable[[], Tensor] | None = None) -> Tensor | None:  # type: ignore[override]
        """Step every group. `closure` re-evaluates the loss, as in torch.

        Raises:
            Poisoned: when a gradient is not finite, before anything is changed.
        """
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        for group, share in zip(self.param_groups, self._shares(), strict=True):
            params = [p for p in group["params"] if p.grad is not None]
            if group["rule"] == "adamw":
                self._adamw(group, params, share)
            else:
                self._each(partial(self._muon, group, share), list(self._bundles(params)))
        return loss

    def _shares(self) -> list[float]:
        """Return each group's gradient scale by clipping, 1 if it is not clipped. Synchronises once with the device."""
        grads = [p.grad for group in self.param_groups for p in group["params"] if p.grad is not None]
        if not grads:
            return [1.0 for _ in self.param_groups]
        found = [norm.to(grads[0].device) for norm in torch._foreach_norm(grads)]
        norms = iter(torch.stack(found).tolist())
        shares = []
        for at, group in enumerate(self.param_groups):
            own = [0.0 if p.grad is None else next(norms) for p in group["params"]]
            for n, norm in enumerate(own):
                if not math.isfinite(norm):
                    shape = tuple(group["params"][n].shape)
                    name = group["param_names"][n] if "param_names" in group else f"parameter {n}"
                    raise Poisoned(
                        f"The gradient of {name} {shape} in group {at} ({group['rule']}) has norm {norm}. I stopped before "
                        "anything moved. Begin anew with a smaller step (optimizer.lr=...); resume=last would come to the same."
                    )
            clip = group["clip"]
            shares.append(1.0 if clip is None else min(1.0, clip / (math.hypot(*own) + 1e-6)))
        return shares

    def _bundles(self, params: list[Tensor]) -> Iterator[list[Tensor]]:
        """Yield matrices whose inverse roots fit in one stack, equal shapes adjacent, up to `together` bytes."""
        ordered = sorted(params, key=lambda p: (str(p.device), min(p.shape), tuple(p.shape)))
        for _, alike in groupby(ordered, key=lambda p: (p.device, min(p.shape))):
            bundle: list[Tensor] = []
            size = 0
            for p in alike:
                most = self.together or (TOGETHER_ON_CPU if p.is_cpu else TOGETHER)
                if bundle and size + p.nbytes > most:
                    yield bundle
                    bundle, size = [], 0
                bundle.append(p)
                size += p.nbytes
            yield bundle

    def _each(self, step: Callable[[list[Tensor]], None], bundles: list[list[Tensor]]) -> None:
        """Step the bundles, on a CPU one per core: splitting such small products costs more than computing them."""
        cores = torch.get_num_threads()
        if cores == 1 or len(bundles) == 1 or self.together is not None or not bundles[0][0].is_cpu:
            for bundle in bundles:
                step(bundle)
            return
        try:
            with ThreadPoolExecutor(min(cores, len(bundles)), "muon", torch.set_num_threads, (1,)) as pool:
                for _ in pool.map(step, bundles):
                    pass
        finally:
            torch.set_num_threads(cores)  # the number is per thread, and new threads inherit it

    @torch.no_grad()
    def _muon(self, group: dict[str, Any], share: float, bundle: list[Tensor]) -> None:
        parts = [p.grad.reshape(-1) for p in bundle if p.grad is not None]
        ahead = torch.cat(parts) if len(parts) > 1 else parts[0]
        if share < 1:
            ahead = ahead * share if len(parts) == 1 else ahead.mul_(share)
        momentum = self._side_by_side(bundle, "momentum")
        momentum.lerp_(ahead, 1 - group["momentum"])
        # In place, except for the gradient itself, which must not be changed.
        ahead = torch.lerp(ahead, momentum, group["momentum"], out=None if ahead is parts[0] else ahead)

        short = min(bundle[0].shape)
        gram = torch.empty(len(bundle), short, short, device=ahead.device)
        stacks: list[tuple[list[Tensor], Tensor, slice]] = []
        at = done = 0
        for shape, same in groupby(bundle, key=lambda p: p.shape):
            alike = list(same)
            stack = ahead[at : at + len(alike) * shape.numel()].view(len(alike), *shape)
            place = slice(done, done + len(alike))
            at, done = at + stack.numel(), place.stop
            wide = stack.mT if shape[0] > short else stack
            torch.bmm(wide, wide.mT, out=gram[place])
            stacks.append((alike, stack, place))
        root = inverse_root(gram)
        for alike, stack, place in stacks:
            self._apply(group, alike, stack, root[place])

    def _apply(self, group: dict[str, Any], alike: list[Tensor], stack: Tensor, root: Tensor) -> None:
        """p <- (1 - lr decay) p - lr 0.2 sqrt(max(rows, columns)) root X, for all X of the stack (k, rows, columns)."""
        rows, columns = stack.shape[1:]
        length, decay = 0.2 * max(rows, columns) ** 0.5, group["lr"] * group["weight_decay"]
        if stack.is_cpu and self.together is None:  # no launches to save: decay and step are part of the product
            left, right = (stack, root) if rows > columns else (root, stack)
            for p, one, other in zip(alike, left, right, strict=True):
                p.addmm_(one, other, beta=1 - decay, alpha=-group["lr"] * length)
            return
        if decay:  # one pass: p (1 - w) + w target, with w = lr decay and target = -length root X / decay
            root = root * (-length / group["weight_decay"])
        steps = torch.bmm(stack, root) if rows > columns else torch.bmm(root, stack)
        if decay:
            torch._foreach_lerp_(alike, steps.unbind(), decay)
        else:
            torch._foreach_add_(alike, steps.unbind(), alpha=-group["lr"] * length)

    def _adamw(self, group: dict[str, Any], params: list[Tensor], share: float) -> None:
        """Step with torch's fused kernel, on gradients scaled by `share`."""
        for p in params:
            if not self.state[p]:
                self.state[p] = {"mean": torch.zeros_like(p), "square": torch.zeros_like(p), "count": p.new_zeros(())}
        alike: dict[torch.device, list[Tensor]] = {}
        for p in params:
            alike.setdefault(p.device, []).append(p)
        for some in alike.values():
            grads = [p.grad for p in some if p.grad is not None]
            mean, square, count = ([self.state[p][name] for p in some] for name in ("mean", "square", "count"))
            torch._foreach_add_(count, 1)
            torch._fused_adamw_(
                some, torch._foreach_mul(grads, share) if share < 1 else grads, mean, square, [], count,
                lr=group["lr"], beta1=group["betas"][0], beta2=group["betas"][1], weight_decay=group["weight_decay"],
                eps=group["eps"], amsgrad=False, maximize=False,
            )  # fmt: skip

    def _side_by_side(self, bundle: list[Tensor], name: str) -> Tensor:
        """Return the state `name` of all of `bundle` as one vector, of which each parameter's state is a view.

        A state that was loaded, or belonged to another bundle, is copied into a new vector.
        """
        parts = [self.state[p].get(name) for p in bundle]
        sizes = [p.numel() for p in bundle]
        if _adjacent(parts):
            return parts[0].as_strided((sum(sizes),), (1,))
        whole = torch.zeros(sum(sizes), device=bundle[0].device)
        for p, part, place in zip(bundle, parts, whole.split(sizes), strict=True):
            if part is not None:
                place.copy_(part.reshape(-1))
            self.state[p][name] = place.view(p.shape)
        return whole


class AdamW(Muon):
    """AdamW for all parameters, with the same clipping and the same checks: the baseline for Muon."""

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 1e-4,  # of a step; the option takes it from phase and model
        betas: tuple[float, float] = (0.9, 0.95),  # of AdamW: first and second moment
        eps: float = 1e-8,  # of AdamW, beside the second moment
        weight_decay: float = 0.0,  # decoupled, per step times lr
        clip: float | None = None,  # longest gradient of a group; null never cuts
    ) -> None:
        super().__init__(params, lr, betas=betas, eps=eps, weight_decay=weight_decay, rule="adamw", clip=clip)


def _adjacent(parts: list[Tensor | None]) -> bool:
    """Whether these tensors are adjacent in one storage, in this order."""
    first = parts[0]
    if first is None:
        return False
    storage, at = first.untyped_storage().data_ptr(), first.storage_offset()
    for part in parts:
        if part is None or part.untyped_storage().data_ptr() != storage or part.storage_offset() != at:
            return False
        at += part.numel()
    return True
