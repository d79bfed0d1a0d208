"""DoRA on a frozen, possibly quantised base: exact at step 0, and about as cheap as plain LoRA.

    y = bias + g ⊙ (W x + s B A x),      g = m / ‖W + s B A‖_row      (Liu et al., arXiv 2402.09353, eq. 5)

peft's own layer builds B A densely with an identity matrix, dequantises W a second time and takes the norm in
the compute dtype, in every forward pass. Here the norm is factored,

    ‖W + s B A‖²_row = ‖W‖²_row + 2 s Σ_r B ⊙ (W Aᵀ) + s² Σ_r (B (A Aᵀ)) ⊙ B      (arXiv 2603.22276, section 3)

in fp32, with ‖W‖² computed once, and the rest only when A or B have changed, while W is in hand for the forward
pass anyway. The norm carries no gradient, as in the paper (section 4.3). The magnitude m is initialised from the same
formula, so g is exactly 1 and the adapted model is the base model bit for bit until it learns.

Everything enters through peft's doors: layers by its custom modules, the arithmetic by its `LoraVariant`. Parameters,
names and folders on disk are those of stock peft.

Not covered: dropout, LoRA bias, several adapters at a time, convolutions and embeddings, FSDP-sharded bases.
"""

from collections.abc import Callable
from typing import Any

import torch
from bitsandbytes.functional import dequantize_4bit
from bitsandbytes.nn import Linear4bit
from peft import LoraConfig
from peft.tuners.lora import LoraLayer
from peft.tuners.lora import bnb as peft_bnb
from peft.tuners.lora import layer as peft_layer
from peft.tuners.lora.dora import DoraLinearLayer
from peft.tuners.lora.variants import DoraLinearVariant
from torch import Tensor, nn
from torch.nn.functional import linear

from rusta.errors import ConfigError

ROWS = 1_048_576  # elements of W brought to fp32 at a time


class Dora(DoraLinearVariant):
    """The DoRA arithmetic of one layer, and what it remembers between optimizer steps.

    What is remembered is known by a fingerprint of the contents of A, B and m, taken anew in each forward pass: neither
    `_version` (which bitsandbytes' optimizers and `.data.copy_` leave alone) nor hooks have to be trusted.
    """

    def __init__(self) -> None:
        self.squares = self.norm = torch.empty(0)  # ‖W‖² and ‖W + s B A‖ by row, fp32, (out,)
        self.scale = self.gain = self.down = self.up = torch.empty(0)
        self.s = 1.0
        self.factors: Tensor | None = None  # fingerprint of A and B as of the last derivation
        self.magnitude: Tensor | None = None  # m, likewise

    def init(self, module: LoraLayer, adapter_name: str, **_: object) -> None:  # type: ignore[override]
        """The magnitudes of a fresh adapter: ‖W + s B A‖ in fp32, where peft rounds to the compute dtype."""
        a, b = _factors(module, adapter_name)
        self.s = float(module.scaling[adapter_name])
        weight = _weight(module, None)
        squares = torch.cat([rows.float().square().sum(1) for rows in _slices(weight)])
        self.squares = squares.clamp_min(torch.finfo(torch.float32).tiny)  # a row of zeros has a direction, too
        magnitude = DoraLinearLayer(fan_in_fan_out=False)  # only holds m, under its name in peft's folders
        magnitude.weight = nn.Parameter(self._norm(weight, a, b).to(a.device))
        module.lora_magnitude_vector[adapter_name] = magnitude

    def forward(  # type: ignore[override]  peft declares it static; one object a layer is what carries the norm
        self, module: LoraLayer, active_adapter: str, x: Tensor, *_: object, **__: object
    ) -> Tensor:
        """x: (..., in) -> (..., out), in x's dtype."""
        a, b, m = _learned(module, active_adapter)
        base: Any = module.get_base_layer()
        dtype = getattr(base, "compute_dtype", None) or x.dtype
        return _Composed.apply(x.to(dtype), a, b, m, module, self).to(x.dtype)

    @torch.no_grad()
    def gains(self, layer: LoraLayer, adapter: str) -> Tensor:
        """g = m / ‖W + s B A‖_row, fp32, (out,)."""
        a, b, m = _learned(layer, adapter)
        return m.float() / self._norm(_weight(layer, None), a, b)

    # Derived under inference_mode, the tensors could not be used in training afterwards.
    @torch.inference_mode(False)
    @torch.no_grad()
    def settle(self, a: Tensor, b: Tensor, m: Tensor, dtype: torch.dtype, weight: Callable[[], Tensor]) -> None:
        """Have norm, gain and factors be those of A (r, in), B (out, r) and m (out,); `weight()` is W, where needed."""
        factors = _fingerprint(a, b)
        moved = self.factors is None or not torch.equal(factors, self.factors)
        if not moved and self.down.dtype is dtype and self.magnitude is not None and torch.equal(m, self.magnitude):
            return
        if moved:
            self.norm = self._norm(weight(), a, b)
        gain = m.float() / self.norm
        self.scale = gain * self.s  # g s, (out,)
        self.gain = (gain - 1).to(dtype)  # kept as g - 1: bf16 has no numbers near 1 for what g learns
        self.down = a.to(dtype)  # (r, in)
        self.up = (self.scale[:, None] * b).to(dtype)  # g s B, (out, r)
        self.factors, self.magnitude = factors, m.clone()

    @torch.no_grad()
    def _norm(self, weight: Tensor, a: Tensor, b: Tensor) -> Tensor:
        """‖W + s B A‖_row in fp32, (out,), without a dense B A and without an fp32 copy of W."""
        a, b = a.float(), b.float()
        crossed = _times_transposed(weight, a).mul_(b).sum(1)  # Σ_r B ⊙ (W Aᵀ), (out,)
        squared = self.squares + 2 * self.s * crossed + self.s**2 * (b @ (a @ a.T)).mul_(b).sum(1)
        return squared.clamp_min(torch.finfo(torch.float32).tiny).sqrt()


class _Composed(torch.autograd.Function):
    """bias + g ⊙ (W x + s B A x) with its gradients; saves nothing [out, in], and W x only where y cannot tell it.

    dL/dm = Σ_t grad ⊙ (W x + s B A x) / ‖·‖ = Σ_t grad ⊙ (y - bias) / m: what follows the layer keeps y as well,
    so that saving it costs nothing. Where a bias is there y - bias would cancel in bf16, and W x is kept.
    """

    @staticmethod
    def forward(ctx: Any, x: Tensor, a: Tensor, b: Tensor, m: Tensor, layer: LoraLayer, dora: Dora) -> Tensor:
        base: Any = layer.get_base_layer()
        learns = any(ctx.needs_input_grad)
        weight = _weight(layer, x.dtype) if learns else None  # dequantised once for both uses
        dora.settle(a, b, m, x.dtype, lambda: _weight(layer, x.dtype) if weight is None else weight)
        bias = None if base.bias is None else base.bias.to(x.dtype)
        # Without gradients the base may answer for itself: bitsandbytes has a kernel of its own for a single token.
        answer = base(x) if weight is None else linear(x, weight, bias)
        flat, answer = x.reshape(-1, x.shape[-1]), answer.reshape(-1, answer.shape[-1])  # (T, in), (T, out)
        bare = answer if bias is None else answer - bias  # W x, which g scales and the bias not
        inner = flat @ dora.down.T  # A x, (T, r)
        # base + (g - 1) W x + g s B A x: with g = 1 and B = 0 both additions are exact zeros.
        out = torch.addcmul(answer, bare, dora.gain).addmm_(inner, dora.up.T).view(*x.shape[:-1], -1)
        if learns:
            ctx.save_for_backward(flat, out if bias is None else bare, inner, b, m)
            # Another forward pass may derive anew before this one's backward pass.
            ctx.down, ctx.up, ctx.gain, ctx.scale, ctx.norm = dora.down, dora.up, dora.gain, dora.scale, dora.norm
            ctx.layer, ctx.s = layer, dora.s
        return out

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:  # type: ignore[override]
        flat, seen, inner, b, m = ctx.saved_tensors
        shape, grad = grad.shape, grad.reshape(-1, grad.shape[-1])  # (T, out)
        inner_grad = grad @ ctx.up  # (T, r)
        to_x = to_a = to_b = to_m = None
        if ctx.needs_input_grad[0]:
            weight = _weight(ctx.layer, grad.dtype)
            to_x = torch.addcmul(grad, grad, ctx.gain) @ weight
            to_x = to_x.addmm_(inner_grad, ctx.down).view(*shape[:-1], -1)
        if ctx.needs_input_grad[1]:
            to_a = (inner_grad.T @ flat).to(m.dtype)
        through = (grad.T @ inner).float() if any(ctx.needs_input_grad[2:4]) else None  # dL/d(g s B), (out, r)
        if ctx.needs_input_grad[2]:
            to_b = (ctx.scale[:, None] * through).to(b.dtype)
        if ctx.needs_input_grad[3]:
            # As a product with ones: bf16 sums would copy everything to fp32 first.
            straight = (grad.new_ones(1, len(grad)) @ (grad * seen.view_as(grad)))[0].float()
            biased = ctx.layer.get_base_layer().bias is not None
            to_m = (straight + ctx.s * (through * b).sum(1)) / ctx.norm if biased else straight / m
        return to_x, to_a, to_b, to_m, None, None


class _ComposedLayer(nn.Module):
    """A peft layer whose forward pass is the variant's, base and all."""

    def resolve_lora_variant(self, *, config: LoraConfig, **words: Any) -> Any:
        """Ours where peft would take its DoRA."""
        parent: Any = super()
        return Dora() if config.use_dora else parent.resolve_lora_variant(config=config, **words)

    def forward(self, x: Tensor, *words: Any, **named: Any) -> Tensor:
        """x: (..., in) -> (..., out). Raises `ConfigError` where two adapters are active: their norms would be wrong."""
        layer: Any = self
        active = [name for name in layer.active_adapters if name in layer.lora_A]
        ours = [found for name in active if (found := _ours(layer, name))]
        if layer.disable_adapters or layer.merged or not ours:
            return super().forward(x, *words, **named)
        if len(active) > 1:
            raise ConfigError(f"Adapters {', '.join(active)} are active at once, and DoRA's norm is that of one.")
        return ours[0].forward(layer, active[0], x)


class DoraLinear(_ComposedLayer, peft_layer.Linear):
    """On an unquantised layer."""


class DoraLinear4bit(_ComposedLayer, peft_bnb.Linear4bit):
    """On a four-bit layer of bitsandbytes."""


def prepare(config: LoraConfig) -> LoraConfig:
    """Have peft build the layers above. Not saved with the config: needed on loading, too."""
    if config.use_dora:
        config._register_custom_module({Linear4bit: DoraLinear4bit, nn.Linear: DoraLinear})  # the first that fits
    return config


def gains(model: nn.Module, adapter: str = "default") -> dict[str, Tensor]:
    """g of every DoRA layer, fp32, (out,), by the layer's name in `model`."""
    return {
        name: found.gains(layer, adapter)
        for name, layer in model.named_modules()
        if isinstance(layer, LoraLayer) and (found := _ours(layer, adapter))
    }


def _ours(layer: LoraLayer, adapter: str) -> Dora | None:
    found = layer.lora_variant.get(adapter)
    return found if isinstance(found, Dora) else None


def _factors(layer: Any, adapter: str) -> tuple[Tensor, Tensor]:
    """A (r, in) and B (out, r) of a layer."""
    return layer.lora_A[adapter].weight, layer.lora_B[adapter].weight


def _learned(layer: Any, adapter: str) -> tuple[Tensor, Tensor, Tensor]:
    """A (r, in), B (out, r) and m (out,) of a layer."""
    return *_factors(layer, adapter), layer.lora_magnitude_vector[adapter].weight


def _weight(layer: LoraLayer, dtype: torch.dtype | None) -> Tensor:
    """W, (out, in): the layer's own, or dequantised for as long as the caller holds it."""
    weight: Any = layer.get_base_layer().weight
    if isinstance(layer.get_base_layer(), Linear4bit):
        weight = dequantize_4bit(weight.data, weight.quant_state)
    return weight.detach() if dtype is None else weight.detach().to(dtype)


def _slices(weight: Tensor) -> tuple[Tensor, ...]:
    return weight.split(max(1, ROWS // weight.shape[1]))


def _times_transposed(weight: Tensor, a: Tensor) -> Tensor:
    """W Aᵀ in fp32, (out, r), of W (out, in) in any dtype and A (r, in) in fp32.

    A bf16 W stays with the bf16 units, which add up in fp32 and lose by rounding A and, on a CPU, the result. So A goes in
    as a sum of two bf16 numbers, and what the first product lost is had by subtracting it inside another: that leaves
    2⁻¹⁷ of W Aᵀ, which is itself a small part of the norm. fp32 would be three times slower, and bf16 alone 2⁻⁹ off.
    """
    if weight.dtype is not torch.bfloat16:
        return torch.cat([rows.float() @ a.T for rows in _slices(weight)])
    coarse = a.bfloat16()
    fine = (a - coarse.float()).bfloat16()
    if weight.is_cuda:
        return torch.mm(weight, coarse.T, out_dtype=torch.float32) + torch.mm(weight, fine.T, out_dtype=torch.float32)
    product = weight @ coarse.T
    lost = torch.addmm(product, weight, coarse.T, beta=-1).addmm_(weight, fine.T)
    return product.float().add_(lost)


def _fingerprint(a: Tensor, b: Tensor) -> Tensor:
    """Sums of the bits of A (r, in) and B (out, r) along both axes, int64: who changes a number changes two of them."""
    sums = []
    for factor in (a.detach(), b.detach()):
        row = factor.shape[1] * factor.element_size()  # bytes; whole words add up fifteen times faster than halves
        bits = factor.view(torch.int16 if row % 4 else torch.int32 if row % 8 else torch.int64)
        sums += [bits.sum(0), bits.sum(1)]
    return torch.cat(sums)
