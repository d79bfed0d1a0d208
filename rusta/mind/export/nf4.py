"""Fold DoRA's gain into four-bit blocks: codes are unchanged, and scales are multiplied by g of their row.

A block of 64 lies inside one row if the row's length is a multiple of 64. In the changed layers, scales that were
quantised (double quantisation) are stored in fp32 again, 0.5 bits per weight, so that nothing is rounded.
"""

from typing import TYPE_CHECKING, Any

from rusta.mind.export.folder import Parts, write_config_and_tokenizer
from rusta.mind.export.held import NotFoldable, layer_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from torch import Tensor

    from rusta.mind.export.export_source import ExportSource


def fold(state: Any, gain: "Tensor", layer: str) -> Any:
    """Return the state of the same codes under diag(g). `gain` is (out,). Raises `NotFoldable`."""
    from bitsandbytes.functional import QuantState

    rows, columns = state.shape
    if columns % state.blocksize:
        raise NotFoldable(
            f"{layer} has rows of {columns}, and four-bit blocks of {state.blocksize} do not lie inside them: no gain can "
            "be folded in. Export it unquantised: export=bf16"
        )
    scales = unnested(state).view(rows, -1) * gain[:, None].to(state.absmax.device)
    return QuantState(
        absmax=scales.reshape(-1), shape=state.shape, code=state.code, blocksize=state.blocksize,
        quant_type=state.quant_type, dtype=state.dtype,
    )  # fmt: skip


def unnested(state: Any) -> "Tensor":
    """Return the scale of every block in fp32, as dequantisation computes it."""
    from bitsandbytes.functional import dequantize_blockwise

    if not state.nested:
        return state.absmax.float()
    return (dequantize_blockwise(state.absmax, state.state2) + state.offset).float()


def write_folder(
    source: "ExportSource",
    folder: "Path",
    gains: "dict[str, Tensor]",
    merge: "Callable[[str, Tensor], Tensor] | None" = None,
) -> None:
    """Write a folder like `save_pretrained` of a four-bit model; layers in `gains` scaled, learned ones merged."""
    held = source.held
    quantization: Any = held.quantization.config()
    write_config_and_tokenizer(held.folder, folder, {**held.config, "quantization_config": quantization.to_dict()})
    parts = Parts(folder)
    for n, name in enumerate(held, 1):
        layer = layer_of(name)
        if layer is None:
            parts.add(name, held.stored(name).bfloat16())
        else:
            changed = merge is not None and layer in source.learned.layers
            weight = merge(layer, held.matrix(layer)) if merge and changed else held.stored(name)
            codes, state = held.packed(weight)
            if layer in gains and source.learned.dora:
                state = fold(state, gains[layer], layer)
            parts.add(name, codes)
            for part, tensor in state.as_dict(packed=True).items():
                parts.add(f"{name}.{part}", tensor)
        source.told(n, len(held))
    parts.close()
