"""Scaling a block's scales scales what it stands for, in every type, to one rounding of fp16."""

import gguf
import numpy as np
import pytest
from gguf import GGMLQuantizationType as Kind
from hypothesis import given
from hypothesis import strategies as st

from rusta.mind.export.blocks import FLOATS, KINDS, SCALES, scaled
from rusta.mind.export.held import NotFoldable

from .conftest import random_codes

HALF = 2.0**-11  # relative error of one rounding to fp16


def test_every_table_entry_has_the_size_that_ggml_gives_it() -> None:
    assert {kind: size for kind, (size, _) in SCALES.items()} == {
        kind: gguf.GGML_QUANT_SIZES[Kind[kind]][1] for kind in SCALES
    }


@pytest.mark.parametrize("kind", SCALES)
@given(seed=st.integers(0, 2**32 - 1), spread=st.floats(0.0, 2.0))
def test_a_scaled_row_is_the_row_times_its_gain(kind: str, seed: int, spread: float) -> None:
    draw = np.random.default_rng(seed)
    rows = random_codes(Kind[kind], 3, 512, draw)
    gain = (1 + spread * draw.uniform(-0.45, 1, 3)).astype(np.float32)
    found = np.frombuffer(scaled(rows, kind, gain), np.uint8).reshape(rows.shape)
    before, after = (gguf.dequantize(x, Kind[kind]).astype(np.float64) for x in (rows, found))
    # Where a minimum is subtracted, d and dmin round apart, and each may be larger than the difference.
    size, _ = SCALES[kind]
    largest = np.abs(before).reshape(3, -1, 32 if size < 40 else 256).max(2, keepdims=True)
    error = np.abs(after - gain[:, None] * before).reshape(3, -1, 32 if size < 40 else 256)
    assert (error <= 4 * HALF * gain[:, None, None] * largest * (1 + 1e-3) + 1e-9).all()


@pytest.mark.parametrize("kind", SCALES)
def test_only_scales_change_and_a_gain_of_one_changes_nothing(kind: str) -> None:
    rows = random_codes(Kind[kind], 4, 512, np.random.default_rng(0))
    assert scaled(rows, kind, np.ones(4, np.float32)) == rows.tobytes()
    size, places = SCALES[kind]
    found = np.frombuffer(scaled(rows, kind, np.full(4, 1.5, np.float32)), np.uint8).reshape(-1, size)
    changed = {int(n) for n in np.nonzero((found != rows.reshape(-1, size)).any(0))[0]}
    assert changed and changed <= {at + n for at in places for n in (0, 1)}


@pytest.mark.parametrize("kind", FLOATS)
@given(seed=st.integers(0, 2**32 - 1))
def test_floats_are_multiplied_and_rounded_once(kind: str, seed: int) -> None:
    draw = np.random.default_rng(seed)
    rows = gguf.quants.quantize(draw.normal(size=(3, 64)).astype(np.float32), Kind[kind])
    gain = draw.uniform(0.5, 1.5, 3).astype(np.float32)
    exact = gguf.dequantize(rows, Kind[kind]) * gain[:, None]
    expected = gguf.quants.quantize(exact, Kind[kind])
    assert scaled(rows, kind, gain) == expected.tobytes()


def test_a_type_without_such_scales_is_refused_with_those_that_have_them() -> None:
    with pytest.raises(NotFoldable, match=r"IQ1_M.*Q4_K"):
        scaled(np.zeros((1, 56), np.uint8), "IQ1_M", np.ones(1, np.float32), "blk.0.ffn_up.weight")
    assert "Q8_0" in KINDS


@pytest.mark.parametrize("kind", ["Q8_0", "Q4_K", "F16"])
def test_a_gain_that_leaves_half_precision_is_refused(kind: str) -> None:
    rows = (
        random_codes(Kind[kind], 1, 256, np.random.default_rng(0), d=(1.0, 1.0))
        if kind in SCALES
        else np.ones((1, 256), np.float16)
    )
    with pytest.raises(NotFoldable, match="range"):
        scaled(rows, kind, np.array([1e6], np.float32), "blk.0.ffn_up.weight")
