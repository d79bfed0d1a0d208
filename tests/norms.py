"""DoRA's scale as fp64 has it: what the CPU's tests and the GPU's hold ours against."""

from collections.abc import Iterable

from peft.tuners.lora import LoraLayer
from peft.utils.integrations import dequantize_module_weight


def assert_scales_are_those_of_fp64(layers: Iterable[LoraLayer]) -> float:
    """g = m / ||W + sBA|| within 1e-6 in every row of every layer; how far the farthest is from 1."""
    moved = 0.0
    for layer in layers:
        found = layer.lora_variant["default"]
        a, b = (factor["default"].weight.detach().double() for factor in (layer.lora_A, layer.lora_B))
        dense = dequantize_module_weight(layer.get_base_layer()).double() + layer.scaling["default"] * b @ a
        g = layer.lora_magnitude_vector["default"].weight.detach().double() / dense.norm(dim=1)
        assert ((found.scale.double() / found.s - g) / g).abs().max() <= 1e-6
        moved = max(moved, float((g - 1).abs().max()))
    return moved
