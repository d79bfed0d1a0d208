"""Make a frozen base compute in the chosen dtype: weights unpacked once, or converted one matrix at a time.

Unpacked weights are stored in the dtype of the products, so no product waits for a dequantisation: on two cores a
training step of the 0.5B in NF4 is a quarter shorter. Packed weights stay four bits or bf16, and cost a conversion for
every product. Both multiply by the same numbers: four-bit codes are rounded to bf16, as stock loaders round them,
before they are converted.
"""

from typing import TYPE_CHECKING, Any

import torch
from bitsandbytes.functional import dequantize_4bit
from bitsandbytes.nn import Linear4bit
from torch import Tensor, nn
from torch.nn.functional import linear

from rusta.mind.compute import ComputeChoice

if TYPE_CHECKING:
    from transformers import PreTrainedModel

DTYPES = {"bfloat16": torch.bfloat16, "float32": torch.float32}


class _Product(torch.autograd.Function):
    """x Wᵀ + bias of a frozen layer. W is converted for the forward and again for the backward pass, and not kept."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, layer: "WideningLinear | WideningLinear4bit") -> Tensor:
        ctx.layer = layer
        return linear(x, layer.widened(x.dtype), None if layer.bias is None else layer.bias.to(x.dtype))

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, None]:  # type: ignore[override]
        return grad @ ctx.layer.widened(grad.dtype), None


class WideningLinear(nn.Linear):
    """A bf16 layer that multiplies in the dtype of its input. It shares the weight of the layer it is made from."""

    def __init__(self, packed: nn.Linear) -> None:
        super().__init__(packed.in_features, packed.out_features, packed.bias is not None, device="meta")
        self.weight, self.bias = packed.weight, packed.bias

    def widened(self, dtype: torch.dtype) -> Tensor:
        """Return W in that dtype, (out, in), as a temporary."""
        return self.weight.to(dtype)

    def forward(self, input: Tensor) -> Tensor:
        """Map input (..., in) to (..., out), in the input's dtype."""
        return _Product.apply(input, self)


class WideningLinear4bit(Linear4bit):
    """A four-bit layer that multiplies in the dtype of its input, by its codes rounded to bf16.

    It shares all attributes of the layer it is made from. Without gradients, bitsandbytes' own forward pass would use
    the codes unrounded, and so other numbers than in training.
    """

    def __init__(self, packed: Linear4bit) -> None:
        nn.Module.__init__(self)
        self.__dict__.update(packed.__dict__)

    def widened(self, dtype: torch.dtype) -> Tensor:
        """Return W in that dtype, (out, in), as a temporary."""
        return _bf16(self.weight).to(dtype)

    def forward(self, x: Tensor) -> Tensor:
        """Map x (..., in) to (..., out), in x's dtype."""
        return _Product.apply(x, self)


class WideningEmbedding(nn.Embedding):
    """A bf16 embedding whose rows are converted as they are looked up.

    It shares the table of the one it is made from.
    """

    def __init__(self, packed: nn.Embedding, dtype: torch.dtype) -> None:
        super().__init__(packed.num_embeddings, packed.embedding_dim, packed.padding_idx, _weight=packed.weight)
        self.weight, self.dtype = packed.weight, dtype

    def forward(self, input: Tensor) -> Tensor:
        """Map ids (...) to vectors (..., d), in the compute dtype."""
        return super().forward(input).to(self.dtype)


def compute_in(model: "PreTrainedModel", choice: ComputeChoice) -> None:
    """Change a frozen base, bf16 or four-bit, in place so that it computes as chosen."""
    dtype = DTYPES[choice.dtype]
    if choice.weights == "unpacked":
        _unpack(model, dtype)
    elif dtype is not torch.bfloat16:
        _widen(model, dtype)


def _unpack(model: Any, dtype: torch.dtype) -> None:
    """Convert every number to `dtype`; four-bit layers become plain ones."""
    if getattr(model, "is_loaded_in_4bit", False):
        for name in [name for name, module in model.named_modules() if isinstance(module, Linear4bit)]:
            if module := model.get_submodule(name):  # by name: a list of modules would keep every packed one to the end
                plain = nn.Linear(module.in_features, module.out_features, module.bias is not None, device="meta")
                plain.weight = nn.Parameter(_bf16(module.weight).to(dtype), requires_grad=False)
                plain.bias = module.bias
                model.set_submodule(name, plain)
    _cast(model, dtype)


def _widen(model: Any, dtype: torch.dtype) -> None:
    """Keep matrices packed and convert them for each product; vectors, which are small, are converted at once."""
    for name, module in list(model.named_modules()):
        if isinstance(module, Linear4bit):
            module.compute_dtype = dtype
            model.set_submodule(name, WideningLinear4bit(module))
        elif isinstance(module, nn.Linear):
            model.set_submodule(name, WideningLinear(module))
        elif isinstance(module, nn.Embedding):
            model.set_submodule(name, WideningEmbedding(module, dtype))
    _cast(model, dtype, dimensions=(1,))


def _bf16(packed: Any) -> Tensor:
    """Return the dequantised four-bit codes, rounded to bf16 as stock loaders do, (out, in)."""
    return dequantize_4bit(packed.data, packed.quant_state).bfloat16()


def _cast(model: nn.Module, dtype: torch.dtype, dimensions: tuple[int, ...] = (1, 2)) -> None:
    """Convert floating-point parameters with these numbers of dimensions, one by one; tied ones stay tied."""
    for parameter in model.parameters():
        if parameter.is_floating_point() and parameter.ndim in dimensions:
            parameter.data = parameter.data.to(dtype)
