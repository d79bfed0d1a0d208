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

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
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

from rusta.core.errors import ConfigError
from rusta.mind.fingerprint import fingerprints

ROWS = 524_288  # elements of W brought to fp32 at a time: twice as many are no faster, and take 80 MB of a step on the 0.5B

LearnedLayer = tuple[Tensor, Tensor, Tensor]  # A (r, in), B (out, r) and m (out,)


class Dora(DoraLinearVariant):
    """The DoRA arithmetic of one layer, and what it remembers between optimizer steps.

    What is remembered is known by a fingerprint of the contents of A, B and m, taken anew in each forward pass: neither
    `_version` (which bitsandbytes' optimizers and `.data.copy_` leave alone) nor hooks have to be trusted.
    """

    def __init__(self) -> None:
        self.squares = self.norm = torch.empty(0)  # ‖W‖² and ‖W + s B A‖ by row, fp32, (out,)
        self.scale = self.gain = self.down = self.up = torch.empty(0)
        self.s = 1.0
        self.seen: list[Tensor] = []  # fingerprints of A, B and m as of the last look
        self.holds = False  # whether what is remembered is theirs
        self.resting = False  # whether they stay as they were looked at, so that no look is needed: `at_rest`

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
        with torch.autocast(x.device.type, enabled=False):  # dtypes are chosen here, and the norm's products are fp32
            return _Composed.apply(x.to(dtype), a, b, m, module, self).to(x.dtype)

    @torch.no_grad()
    def gains(self, layer: LoraLayer, adapter: str) -> Tensor:
        """g = m / ‖W + s B A‖_row, fp32, (out,)."""
        a, b, m = _learned(layer, adapter)
        return m.float() / self._norm(_weight(layer, None), a, b)

    # Derived under inference_mode, the tensors could not be used in training afterwards.
    @torch.inference_mode(False)
    @torch.no_grad()
    def settle(self, learned: LearnedLayer, dtype: torch.dtype, weight: Callable[[], Tensor]) -> None:
        """Have norm, gain and factors be those of A, B and m; `weight()` is W, where it is needed."""
        if not self.resting:
            _look([(self, learned)])
        if self.holds and self.down.dtype is dtype:
            return
        a, b, m = learned
        self.norm = self._norm(weight(), a, b)
        gain = m.float() / self.norm
        self.scale = gain * self.s  # g s, (out,)
        self.gain = (gain - 1).to(dtype)  # kept as g - 1: bf16 has no numbers near 1 for what g learns
        self.down = a.to(dtype)  # (r, in)
        self.up = (self.scale[:, None] * b).to(dtype)  # g s B, (out, r)
        self.holds = True

    @torch.no_grad()
    def _norm(self, weight: Tensor, a: Tensor, b: Tensor) -> Tensor:
        """‖W + s B A‖_row in fp32, (out,), without a dense B A and without an fp32 copy of W."""
        a, b = a.float(), b.float()
        self.squares = self.squares.to(weight.device)
        # What ‖W‖² lacks is Σ_r B ⊙ (2 s W Aᵀ + s² B A Aᵀ).
        lacking = _times_transposed(weight, a).addmm_(b, a @ a.T, beta=2 * self.s, alpha=self.s**2)  # (out, r)
        squared = lacking.mul_(b).sum(1).add_(self.squares)
        return squared.clamp_min_(torch.finfo(torch.float32).tiny).sqrt_()


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
        dora.settle((a, b, m), x.dtype, lambda: _weight(layer, x.dtype) if weight is None else weight)
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


@contextmanager
def at_rest(module: nn.Module) -> Iterator[None]:
    """Within, A, B and m of the active DoRA layers of `module` stay as they are: nothing steps, loads or copies into them.

    They are looked at once, together. Whether a norm still holds is for the host to decide, so that every look waits for
    the device: once here, where a forward pass would wait in every layer.
    """
    some = [
        (found, _learned(layer, name))
        for layer in module.modules()
        if isinstance(layer, LoraLayer)
        for name in layer.active_adapters
        if (found := _ours(layer, name)) and not found.resting
    ]
    if some:
        _look(some)
    try:
        for dora, _ in some:
            dora.resting = True
        yield
    finally:
        for dora, _ in some:
            dora.resting = False


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

    Where there are bf16 units, a bf16 W stays with them: they add up in fp32 and lose only by rounding A and, on a CPU, the
    result. So A goes in as a sum of two bf16 numbers, and what the first product lost is had by subtracting it inside
    another: that leaves 2⁻¹⁷ of W Aᵀ, which is itself a small part of the norm. bf16 alone would be 2⁻⁹ off.
    """
    tiles = weight.is_cuda or torch.cpu.get_capabilities().get("amx_bf16", False)
    if weight.dtype is torch.float32:
        return weight @ a.T
    if weight.dtype is not torch.bfloat16 or not tiles:  # without units for it, fp32 is no dearer than those three
        return torch.cat([rows.float() @ a.T for rows in _slices(weight)])
    coarse = a.bfloat16()
    fine = (a - coarse.float()).bfloat16()
    if weight.is_cuda:
        return torch.mm(weight, coarse.T, out_dtype=torch.float32) + torch.mm(weight, fine.T, out_dtype=torch.float32)
    product = weight @ coarse.T
    lost = torch.addmm(product, weight, coarse.T, beta=-1).addmm_(weight, fine.T)
    return product.float().add_(lost)


@torch.inference_mode(False)
@torch.no_grad()
def _look(some: Sequence[tuple[Dora, LearnedLayer]]) -> None:
    """Note of these layers whether their A, B and m are still those they were derived from: all are, or none is."""
    now = fingerprints([part.detach() for _, learned in some for part in learned])
    before = [seen for dora, _ in some for seen in dora.seen]
    known = len(now) == len(before) and now[0].device == before[0].device
    same = known and torch.equal(torch.cat(now), torch.cat(before))
    for n, (dora, _) in enumerate(some):
        dora.seen, dora.holds = now[3 * n : 3 * n + 3], dora.holds and same
