"""DoRA on a frozen, possibly quantised base: exact at step 0, and about as cheap as plain LoRA.

    y = bias + g ⊙ (W x + s B A x),      g = m / ‖W + s B A‖_row      (Liu et al., arXiv 2402.09353, eq. 5)

peft's own layer builds B A densely with an identity matrix, dequantises W a second time and takes the norm in
the compute dtype, in every forward pass. Here the norm is factored,

    ‖W + s B A‖²_row = ‖W‖²_row + 2 s Σ_r B ⊙ (W Aᵀ) + s² Σ_r (B (A Aᵀ)) ⊙ B      (arXiv 2603.22276, section 3)

in fp32, with ‖W‖² computed once, and the rest only when A or B have changed. The magnitude m is initialised
from the same formula, so g is exactly 1 and the adapted model is the base model bit for bit until it learns.

The variant plugs into peft's `LoraVariant` seam: same parameters, same names, same folders on disk.

Not covered: dropout, LoRA bias, convolutions and embeddings, FSDP-sharded bases.
"""

from collections.abc import Iterator
from typing import Any

import torch
from peft.tuners.lora import LoraLayer
from peft.tuners.lora.variants import DoraLinearVariant
from peft.utils.integrations import dequantize_module_weight
from torch import Tensor, nn

ROWS = 1_048_576  # elements of W brought to fp32 at a time


class Dora(DoraLinearVariant):
    """The DoRA arithmetic of one layer, and what it remembers between optimizer steps.

    What is remembered is keyed by the contents of A, B and m, compared anew in each forward pass: neither
    `_version` (which bitsandbytes' optimizers and `.data.copy_` leave alone) nor hooks have to be trusted.
    """

    def __init__(self, layer: LoraLayer, adapter: str, fresh: bool) -> None:
        self.s = float(layer.scaling[adapter])
        self.squares = torch.cat([rows.square().sum(1) for rows in _fp32_rows(layer)])  # ‖W‖²_row, (out,)
        self.seen: tuple[Tensor, Tensor, Tensor] | None = None  # A, B, m as of the last derivation
        self.norm = self.gain = self.down = self.up = torch.empty(0)
        if fresh:
            a, b, m = _learned(layer, adapter)
            m.data = self._norm(layer, a, b).to(m.device)

    def forward(  # type: ignore[override]  peft declares it static; one object a layer is what carries the norm
        self, module: LoraLayer, active_adapter: str, x: Tensor, result: Tensor, **_: object
    ) -> Tensor:
        """`result` is what the base layer answered to `x`; both (..., features) in the compute dtype."""
        a, b, m = _learned(module, active_adapter)
        self._refresh(module, active_adapter, x.dtype)
        bias = module.get_base_layer().bias
        return _Compose.apply(x, result, a, b, m, bias, self)

    @torch.no_grad()
    def gains(self, layer: LoraLayer, adapter: str) -> Tensor:
        """g = m / ‖W + s B A‖_row, fp32, (out,)."""
        a, b, m = _learned(layer, adapter)
        return m.float() / self._norm(layer, a, b)

    # Derived under inference_mode, the tensors could not be used in training afterwards.
    @torch.inference_mode(False)
    @torch.no_grad()
    def _refresh(self, layer: LoraLayer, adapter: str, dtype: torch.dtype) -> None:
        a, b, m = now = _learned(layer, adapter)
        if self.seen and self.down.dtype is dtype and all(map(torch.equal, now, self.seen)):
            return
        if not self.seen or not (torch.equal(a, self.seen[0]) and torch.equal(b, self.seen[1])):
            self.norm = self._norm(layer, a, b)
        gain = m.float() / self.norm
        self.scale = gain * self.s  # g s, (out,)
        self.gain = (gain - 1).to(dtype)  # kept as g - 1: bf16 has no numbers near 1 for what g learns
        self.down = a.to(dtype)  # (r, in)
        self.up = (self.scale[:, None] * b).to(dtype)  # g s B, (out, r)
        self.seen = (a.clone(), b.clone(), m.clone())

    @torch.no_grad()
    def _norm(self, layer: LoraLayer, a: Tensor, b: Tensor) -> Tensor:
        """‖W + s B A‖_row in fp32, (out,), without a dense B A and without an fp32 copy of W."""
        a, b = a.float(), b.float()
        if not b.any():
            return self.squares.sqrt()
        crossed = torch.cat([rows @ a.T for rows in _fp32_rows(layer)])  # W Aᵀ, (out, r)
        squared = self.squares + 2 * self.s * (b * crossed).sum(1) + self.s**2 * ((b @ (a @ a.T)) * b).sum(1)
        return squared.clamp_min(torch.finfo(torch.float32).tiny).sqrt()


class _Compose(torch.autograd.Function):
    """g ⊙ (W x + s B A x) with its gradients; saves x, the base's answer, and A x, and nothing [out, in]."""

    @staticmethod
    def forward(
        ctx: Any, x: Tensor, base: Tensor, a: Tensor, b: Tensor, m: Tensor, bias: Tensor | None, dora: Dora
    ) -> Tensor:
        flat, answer = x.reshape(-1, x.shape[-1]), base.reshape(-1, base.shape[-1])  # (T, in), (T, out)
        inner = flat @ dora.down.T  # A x, (T, r)
        bare = answer if bias is None else answer - bias.to(answer.dtype)  # W x, which g scales and the bias not
        # base + (g - 1) W x + g s B A x: with g = 1 and B = 0 both additions are exact zeros.
        out = torch.addcmul(answer, bare, dora.gain).addmm_(inner, dora.up.T)
        ctx.save_for_backward(flat, bare, inner, b, dora.down, dora.up, dora.gain, dora.scale, dora.norm)
        ctx.shape, ctx.s = x.shape, dora.s
        return out.view(*base.shape)

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:  # type: ignore[override]
        flat, bare, inner, b, down, up, gain, scale, norm = ctx.saved_tensors
        grad = grad.reshape(-1, grad.shape[-1])  # (T, out)
        through = grad.T @ inner  # dL/d(g s B), (out, r)
        inner_grad = grad @ up  # (T, r)
        to_a = (inner_grad.T @ flat).float() if ctx.needs_input_grad[2] else None
        to_b = scale[:, None] * through.float() if ctx.needs_input_grad[3] else None
        to_m = None
        if ctx.needs_input_grad[4]:
            # Σ_t grad ⊙ (W x + s B A x), of which the second half is Σ_r (gradᵀ A x) ⊙ s B. The norm is detached.
            straight = (grad * bare).sum(0, dtype=torch.float32)
            to_m = (straight + ctx.s * (through.float() * b.float()).sum(1)) / norm
        to_x = (inner_grad @ down).view(ctx.shape) if ctx.needs_input_grad[0] else None
        to_base = torch.addcmul(grad, grad, gain) if ctx.needs_input_grad[1] else None
        return to_x, to_base.view(*ctx.shape[:-1], -1) if to_base is not None else None, to_a, to_b, to_m, None, None


def refine(model: nn.Module, adapter: str = "default", fresh: bool = False) -> int:
    """Give every DoRA layer of a peft model the arithmetic above. Returns how many there were.

    `fresh` initialises the magnitudes, which peft does in the compute dtype; those of a loaded adapter were learned.
    """
    layers = [m for m in model.modules() if isinstance(m, LoraLayer) and adapter in m.lora_variant]
    for layer in layers:
        layer.lora_variant[adapter] = Dora(layer, adapter, fresh)
        # Without this peft brings x to the dtype of the masters, fp32, in every forward pass.
        layer.cast_input_dtype_enabled = False
    return len(layers)


def gains(model: nn.Module, adapter: str = "default") -> dict[str, Tensor]:
    """g of every DoRA layer, fp32, (out,), by the layer's name in `model`."""
    return {
        name: layer.lora_variant[adapter].gains(layer, adapter)
        for name, layer in model.named_modules()
        if isinstance(layer, LoraLayer) and isinstance(layer.lora_variant.get(adapter), Dora)
    }


def _learned(layer: Any, adapter: str) -> tuple[Tensor, Tensor, Tensor]:
    """A (r, in), B (out, r) and m (out,) of a layer."""
    return layer.lora_A[adapter].weight, layer.lora_B[adapter].weight, layer.lora_magnitude_vector[adapter].weight


def _fp32_rows(layer: LoraLayer) -> Iterator[Tensor]:
    weight = dequantize_module_weight(layer.get_base_layer()).detach()
    for rows in weight.split(max(1, ROWS // weight.shape[1])):
        yield rows.float()
