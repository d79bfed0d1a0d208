"""DoRA on a frozen, possibly quantised base: exact at step 0, and about as cheap as plain LoRA.

    y = bias + g ⊙ (W x + s B A x),      g = m / ‖W + s B A‖_row      (Liu et al., arXiv 2402.09353, eq. 5)

In every forward pass, peft's own layer computes B A densely with an identity matrix, dequantises W a second time and
takes the norm in the compute dtype. Here the norm is factored,

    ‖W + s B A‖²_row = ‖W‖²_row + 2 s Σ_r B ⊙ (W Aᵀ) + s² Σ_r (B (A Aᵀ)) ⊙ B      (arXiv 2603.22276, section 3)

in fp32. ‖W‖² is computed once, and the other terms only when A or B have changed, using the W that the forward pass has
dequantised anyway. The norm carries no gradient, as in the paper (section 4.3). The magnitude m is initialised from the
same formula, so that g is exactly 1 and the untrained adapted model equals the base model bit for bit.

Only peft's extension points are used: custom modules for the layers, `LoraVariant` for the arithmetic. Parameters,
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

ROWS = 524_288  # elements of W in fp32 at a time: twice as many are no faster, and take 80 MB of a step on the 0.5B

LearnedLayer = tuple[Tensor, Tensor, Tensor]  # A (r, in), B (out, r) and m (out,)


class Dora(DoraLinearVariant):
    """The DoRA arithmetic of one layer, with the norm and the scaled factors cached between optimizer steps.

    The cache is validated by a fingerprint of the contents of A, B and m, computed in each forward pass. `_version`
    counters and hooks would not do: bitsandbytes' optimizers and `.data.copy_` do not change `_version`.
    """

    def __init__(self) -> None:
        self.squares = self.norm = torch.empty(0)  # ‖W‖² and ‖W + s B A‖ by row, fp32, (out,)
        self.scale = self.gain = self.down = self.up = torch.empty(0)
        self.s = 1.0
        self.seen: list[Tensor] = []  # fingerprints of A, B and m at the last check
        self.holds = False  # whether the cached values belong to these fingerprints
        self.resting = False  # whether A, B and m are known not to change, so that the check is skipped: see `at_rest`

    def init(self, module: LoraLayer, adapter_name: str, **_: object) -> None:  # type: ignore[override]
        """Initialise the magnitudes of a new adapter: ‖W + s B A‖ in fp32, where peft rounds to the compute dtype."""
        a, b = _factors(module, adapter_name)
        self.s = float(module.scaling[adapter_name])
        weight = _weight(module, None)
        squares = torch.cat([rows.float().square().sum(1) for rows in _slices(weight)])
        self.squares = squares.clamp_min(torch.finfo(torch.float32).tiny)  # no division by zero
        magnitude = DoraLinearLayer(fan_in_fan_out=False)  # only holds m, under the name it has in peft's folders
        magnitude.weight = nn.Parameter(self._norm(weight, a, b).to(a.device))
        module.lora_magnitude_vector[adapter_name] = magnitude

    def forward(  # type: ignore[override]  peft declares it static; one object a layer is what carries the norm
        self, module: LoraLayer, active_adapter: str, x: Tensor, *_: object, **__: object
    ) -> Tensor:
        """Map x of shape (..., in) to (..., out), in x's dtype."""
        a, b, m = _learned(module, active_adapter)
        base: Any = module.get_base_layer()
        dtype = getattr(base, "compute_dtype", None) or x.dtype
        with torch.autocast(x.device.type, enabled=False):  # dtypes are chosen here, and the norm's products are fp32
            return _Composed.apply(x.to(dtype), a, b, m, module, self).to(x.dtype)

    @torch.no_grad()
    def gains(self, layer: LoraLayer, adapter: str) -> Tensor:
        """Return g = m / ‖W + s B A‖_row, fp32, (out,)."""
        a, b, m = _learned(layer, adapter)
        return m.float() / self._norm(_weight(layer, None), a, b)

    # Tensors that are created under inference_mode could not be used in training afterwards.
    @torch.inference_mode(False)
    @torch.no_grad()
    def settle(self, learned: LearnedLayer, dtype: torch.dtype, weight: Callable[[], Tensor]) -> None:
        """Update the cached norm, gain and factors if A, B or m changed; only then is `weight()` called for W."""
        if not self.resting:
            _look([(self, learned)])
        if self.holds and self.down.dtype is dtype:
            return
        a, b, m = learned
        self.norm = self._norm(weight(), a, b)
        gain = m.float() / self.norm
        self.scale = gain * self.s  # g s, (out,)
        self.gain = (gain - 1).to(dtype)  # kept as g - 1: near 1, bf16 is too coarse for the small changes of g
        self.down = a.to(dtype)  # (r, in)
        self.up = (self.scale[:, None] * b).to(dtype)  # g s B, (out, r)
        self.holds = True

    @torch.no_grad()
    def _norm(self, weight: Tensor, a: Tensor, b: Tensor) -> Tensor:
        """Return ‖W + s B A‖_row in fp32, (out,), without a dense B A and without an fp32 copy of W."""
        a, b = a.float(), b.float()
        self.squares = self.squares.to(weight.device)
        # The rest of the squared norm, besides ‖W‖², is Σ_r B ⊙ (2 s W Aᵀ + s² B A Aᵀ).
        lacking = _times_transposed(weight, a).addmm_(b, a @ a.T, beta=2 * self.s, alpha=self.s**2)  # (out, r)
        squared = lacking.mul_(b).sum(1).add_(self.squares)
        return squared.clamp_min_(torch.finfo(torch.float32).tiny).sqrt_()


class _Composed(torch.autograd.Function):
    """bias + g ⊙ (W x + s B A x) with its gradients; saves no [out, in] matrix, and W x only if there is a bias.

    dL/dm = Σ_t grad ⊙ (W x + s B A x) / ‖·‖ = Σ_t grad ⊙ (y - bias) / m. The next operation keeps y for its own
    backward pass, so saving it costs nothing. With a bias, y - bias would cancel in bf16, so W x is saved instead.
    """

    @staticmethod
    def forward(ctx: Any, x: Tensor, a: Tensor, b: Tensor, m: Tensor, layer: LoraLayer, dora: Dora) -> Tensor:
        base: Any = layer.get_base_layer()
        learns = any(ctx.needs_input_grad)
        weight = _weight(layer, x.dtype) if learns else None  # dequantised once for both uses
        dora.settle((a, b, m), x.dtype, lambda: _weight(layer, x.dtype) if weight is None else weight)
        bias = None if base.bias is None else base.bias.to(x.dtype)
        # Without gradients the base layer computes its own product: bitsandbytes has a kernel for a single token.
        answer = base(x) if weight is None else linear(x, weight, bias)
        flat, answer = x.reshape(-1, x.shape[-1]), answer.reshape(-1, answer.shape[-1])  # (T, in), (T, out)
        bare = answer if bias is None else answer - bias  # W x: g scales it, but not the bias
        inner = flat @ dora.down.T  # A x, (T, r)
        # base + (g - 1) W x + g s B A x: with g = 1 and B = 0 both additions are exact zeros.
        out = torch.addcmul(answer, bare, dora.gain).addmm_(inner, dora.up.T).view(*x.shape[:-1], -1)
        if learns:
            ctx.save_for_backward(flat, out if bias is None else bare, inner, b, m)
            # Another forward pass may recompute the cache before this one's backward pass.
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
            # A product with ones, because a bf16 sum would first copy everything to fp32.
            straight = (grad.new_ones(1, len(grad)) @ (grad * seen.view_as(grad)))[0].float()
            biased = ctx.layer.get_base_layer().bias is not None
            to_m = (straight + ctx.s * (through * b).sum(1)) / ctx.norm if biased else straight / m
        return to_x, to_a, to_b, to_m, None, None


class _ComposedLayer(nn.Module):
    """A peft layer whose whole forward pass, base included, is computed by the DoRA variant."""

    def resolve_lora_variant(self, *, config: LoraConfig, **words: Any) -> Any:
        """Return our `Dora` where peft would use its own DoRA."""
        parent: Any = super()
        return Dora() if config.use_dora else parent.resolve_lora_variant(config=config, **words)

    def forward(self, x: Tensor, *words: Any, **named: Any) -> Tensor:
        """Map x (..., in) to (..., out). Raises `ConfigError` for two active adapters, whose norms would be wrong."""
        layer: Any = self
        active = [name for name in layer.active_adapters if name in layer.lora_A]
        ours = [found for name in active if (found := _ours(layer, name))]
        if layer.disable_adapters or layer.merged or not ours:
            return super().forward(x, *words, **named)
        if len(active) > 1:
            raise ConfigError(f"Adapters {', '.join(active)} are active at once, and DoRA's norm is that of one.")
        return ours[0].forward(layer, active[0], x)


class DoraLinear(_ComposedLayer, peft_layer.Linear):
    """The DoRA layer for an unquantised base."""


class DoraLinear4bit(_ComposedLayer, peft_bnb.Linear4bit):
    """The DoRA layer for a four-bit base of bitsandbytes."""


def prepare(config: LoraConfig) -> LoraConfig:
    """Register the layers above with peft. This is not saved with the config, so loading needs it, too."""
    if config.use_dora:
        config._register_custom_module({Linear4bit: DoraLinear4bit, nn.Linear: DoraLinear})  # the first match is used
    return config


@contextmanager
def at_rest(module: nn.Module) -> Iterator[None]:
    """Within this context, A, B and m of the active DoRA layers of `module` must not change (no step, load or copy).

    They are fingerprinted once, all together. The comparison is made on the host, so each one synchronises with the
    device: here it happens once, instead of in every layer of a forward pass.
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
    """Return g of every DoRA layer, fp32, (out,), by the layer's name in `model`."""
    return {
        name: found.gains(layer, adapter)
        for name, layer in model.named_modules()
        if isinstance(layer, LoraLayer) and (found := _ours(layer, adapter))
    }


def _ours(layer: LoraLayer, adapter: str) -> Dora | None:
    found = layer.lora_variant.get(adapter)
    return found if isinstance(found, Dora) else None


def _factors(layer: Any, adapter: str) -> tuple[Tensor, Tensor]:
    """Return A (r, in) and B (out, r) of a layer."""
    return layer.lora_A[adapter].weight, layer.lora_B[adapter].weight


def _learned(layer: Any, adapter: str) -> tuple[Tensor, Tensor, Tensor]:
    """Return A (r, in), B (out, r) and m (out,) of a layer."""
    return *_factors(layer, adapter), layer.lora_magnitude_vector[adapter].weight


def _weight(layer: LoraLayer, dtype: torch.dtype | None) -> Tensor:
    """Return W, (out, in): the layer's own tensor, or a dequantised temporary."""
    weight: Any = layer.get_base_layer().weight
    if isinstance(layer.get_base_layer(), Linear4bit):
        weight = dequantize_4bit(weight.data, weight.quant_state)
    return weight.detach() if dtype is None else weight.detach().to(dtype)


def _slices(weight: Tensor) -> tuple[Tensor, ...]:
    return weight.split(max(1, ROWS // weight.shape[1]))


def _times_transposed(weight: Tensor, a: Tensor) -> Tensor:
    """Return W Aᵀ in fp32, (out, r), for W (out, in) in any dtype and A (r, in) in fp32.

    Where the hardware has bf16 matrix units, a bf16 W is multiplied there: they accumulate in fp32 and lose precision
    only by rounding A and, on a CPU, the result. A is therefore passed as the sum of two bf16 numbers, and the rounding
    error of the first product is recovered by subtracting it inside another product. The remaining error is 2⁻¹⁷ of W
    Aᵀ, which is itself a small part of the norm. With plain bf16 the error would be 2⁻⁹.
    """
    tiles = weight.is_cuda or torch.cpu.get_capabilities().get("amx_bf16", False)
    if weight.dtype is torch.float32:
        return weight @ a.T
    if weight.dtype is not torch.bfloat16 or not tiles:  # without bf16 units, fp32 costs no more
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
    """Check whether A, B and m of these layers still match their caches, and store the result in `holds`.

    The result is the same for all layers: one change invalidates every cache.
    """
    now = fingerprints([part.detach() for _, learned in some for part in learned])
    before = [seen for dora, _ in some for seen in dora.seen]
    known = len(now) == len(before) and now[0].device == before[0].device
    same = known and torch.equal(torch.cat(now), torch.cat(before))
    for n, (dora, _) in enumerate(some):
        dora.seen, dora.holds = now[3 * n : 3 * n + 3], dora.holds and same
