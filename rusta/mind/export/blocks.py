"""Multiply rows of GGUF blocks by a gain: the fp16 scales are multiplied, the codes stay.

Every block and super-block lies inside one row, and its values are linear in its scales (d, and dmin or m where there
is one), so scaling these scales the row. The only loss is one rounding to fp16: at most 2⁻¹¹ of a block, more where a
scale is so small that fp16 is subnormal (some Q4_K and Q6_K blocks). Layouts: ggml, ggml-common.h.

Not covered: IQ1, IQ2, IQ3, TQ and MXFP4, whose rows are refused.
"""

from typing import TYPE_CHECKING, Any

from rusta.mind.export.held import NotFoldable

if TYPE_CHECKING:
    from numpy.typing import NDArray

# Type name -> bytes of a block, and the offsets of the fp16 scales in it.
SCALES: dict[str, tuple[int, tuple[int, ...]]] = {
    "Q4_0": (18, (0,)), "Q4_1": (20, (0, 2)), "Q5_0": (22, (0,)), "Q5_1": (24, (0, 2)), "Q8_0": (34, (0,)),
    "Q2_K": (84, (80, 82)), "Q3_K": (110, (108,)), "Q4_K": (144, (0, 2)), "Q5_K": (176, (0, 2)), "Q6_K": (210, (208,)),
    "IQ4_NL": (18, (0,)), "IQ4_XS": (136, (0,)),
}  # fmt: skip
FLOATS = ("F32", "F16", "BF16")
KINDS = (*FLOATS, *SCALES)


def scaled(rows: "NDArray[Any]", kind: str, gain: "NDArray[Any]", name: str = "tensor") -> bytes:
    """Return the bytes of `rows`, each multiplied by its `gain` (fp32).

    Raises `NotFoldable` for a type without such scales, and where a scaled value overflows.
    """
    import numpy as np

    if kind not in KINDS:
        raise NotFoldable(f"{name} is {kind}, whose scales I cannot multiply. I can: {', '.join(KINDS)}.")
    with np.errstate(over="ignore"):  # an overflow is reported below
        if kind == "BF16":
            values = (rows.view(np.uint16).astype(np.uint32) << 16).view(np.float32).reshape(len(rows), -1)
            values = values * gain[:, None]
            found, finite = _bf16(values), np.isfinite(values).all()
        elif kind in FLOATS:
            values = rows.view(np.float32 if kind == "F32" else np.float16).reshape(len(rows), -1)
            found = (values.astype(np.float32) * gain[:, None]).astype(values.dtype)
            finite = np.isfinite(found).all()
        else:
            size, places = SCALES[kind]
            found = np.array(rows.view(np.uint8).reshape(len(rows), -1, size))
            finite = True
            for at in places:
                d = np.ascontiguousarray(found[:, :, at : at + 2]).view(np.float16)[:, :, 0].astype(np.float32)
                under = (d * gain[:, None]).astype(np.float16)
                finite &= bool(np.isfinite(under).all())
                found[:, :, at : at + 2] = under[:, :, None].view(np.uint8)
    if not finite:
        raise NotFoldable(f"{name}: a gain of {float(gain.max()):.3g} leaves the range of {kind}'s scales.")
    return found.tobytes()


def _bf16(values: "NDArray[Any]") -> "NDArray[Any]":
    """Round fp32 to the nearest bf16, ties to even."""
    import numpy as np

    bits = values.view(np.uint32)
    return ((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16).astype(np.uint16)
