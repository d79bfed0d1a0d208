"""The memory of a training step, calculated without torch and without weights.

The peak is not the sum of all parts but the maximum over several moments: the frozen blocks, the forward pass through
blocks that keep nothing, the loss, the backward pass at its beginning and where a block is recomputed, and the
optimizer's step. For a block, the tensors that autograd keeps are listed one by one; tests/training/test_footprint.py
compares every moment with what torch really keeps.

Activations are in the compute dtype; trained parameters, gradients and optimizer states are fp32.

Not covered: the sealed and development pages (evaluated without autograd).
"""

from collections.abc import Mapping
from dataclasses import dataclass

from rusta.mind.adapters import PROJECTIONS, Adapter
from rusta.mind.quantization import NF4, Unquantised
from rusta.mind.shape import Shape

BF16, FP32, INT64 = 2, 4, 8
SHARE_A_SCALE, SHARE_A_NESTED_SCALE = 64, 256  # weights per scale, and scales per nested scale
SLICE, ROWS = 256, 16_384  # loss.SLICE and loss.ROWS, whose import would load torch
BIASED = ("q_proj", "k_proj", "v_proj")
ATTENTION, MLP = PROJECTIONS[:4], PROJECTIONS[4:]
READ = {"q_proj": "attention", "k_proj": "attention", "v_proj": "attention", "o_proj": "heads",
        "gate_proj": "mlp", "up_proj": "mlp", "down_proj": "product"}  # fmt: skip
TOGETHER = 2**30  # bytes of gradients that Muon steps together: muon.TOGETHER, whose import would load torch
GRAMS = 6  # stacks of r-by-r matrices inside the iteration; two remain when the step is applied
STATES = {"Muon": (1, 2), "AdamW": (2, 2)}  # fp32 values per element of a matrix, and of a magnitude

Bytes = Mapping[str, int]  # by purpose, in words


@dataclass(frozen=True)
class TrainingStep:
    """Everything that determines the memory of a training step."""

    shape: Shape
    quantization: NF4 | Unquantised
    adapter: Adapter
    optimizer: str  # the class: Muon, AdamW
    tokens: int  # in a batch
    accumulate: int  # batches in an optimizer step
    recompute: int = 0  # adapted blocks, from the lowest, that are recomputed in the backward pass
    processes: int = 1  # in DDP, each with all of this
    dtype: str = "bfloat16"  # compute dtype, or float32
    weights: str = "packed"  # as stored, or "unpacked" into the compute dtype

    @property
    def width(self) -> int:
        """Bytes per value in the compute dtype."""
        return FP32 if self.dtype == "float32" else BF16

    @property
    def unpacked(self) -> bool:
        """Whether the base is held in the compute dtype."""
        return self.weights == "unpacked"

    @property
    def adapted(self) -> int:
        """Number of adapted blocks."""
        return min(self.adapter.last_blocks, self.shape.blocks)

    @property
    def again(self) -> int:
        """Number of adapted blocks that are recomputed."""
        return min(self.recompute, self.adapted)


def matrices(step: TrainingStep) -> int:
    """Return the number of elements in all A and B."""
    return step.adapted * step.adapter.rank * sum(sum(step.shape.linear(p)) for p in step.adapter.projections)


def magnitudes(step: TrainingStep) -> int:
    """Return the number of elements in all m: one per output row of an adapted projection, none without DoRA."""
    return step.adapter.dora * step.adapted * _rows(step)


def trainable(step: TrainingStep) -> int:
    """Return the number of trained parameters."""
    return matrices(step) + magnitudes(step)


def base(shape: Shape, quantization: NF4 | Unquantised, width: int = BF16, unpacked: bool = False) -> int:
    """Return the bytes of the frozen model.

    Packed, projections are stored as quantised, embeddings and head in bf16, vectors with `width` bytes per value;
    unpacked, everything has `width` bytes per value.
    """
    sizes = [out * into for out, into in map(shape.linear, PROJECTIONS)]
    linear = sum(width * size if unpacked else _held(size, quantization) for size in sizes)
    biases = sum(shape.linear(p)[0] for p in BIASED)
    block = linear + width * (biases + 2 * shape.hidden)
    tables = (1 if shape.tied else 2) * shape.vocab * shape.hidden * (width if unpacked else BF16)
    return shape.blocks * block + tables + width * shape.hidden + FP32 * shape.head  # two rotary frequency tables


def moments(step: TrainingStep) -> dict[str, Bytes]:
    """Return what is held in each moment. The largest sum is the allocator's peak."""
    shape, tokens = step.shape, step.tokens
    h, i = step.width * shape.hidden * tokens, step.width * shape.intermediate * tokens  # one tensor of that width
    fixed, matrix = _fixed(step), {"a dequantised matrix": _dequantised(step)}
    start = {**fixed, **_gradients(step, 0), "positions": tokens * 2 * step.width * shape.head}
    at_the_end = {**start, **_kept(step), "the last norm's input": tokens * FP32 * (shape.hidden + 1)}
    found: dict[str, Bytes] = {
        # The last norm in fp32, or the logits of a slice.
        "loss": {**at_the_end, "last states and loss": 3 * h, "logits": max(_logits(step), 3 * h)},
        "backward through the last norm": {**at_the_end, "gradients of activations": 10 * h},
        "optimizer": {**fixed, **_gradients(step, step.adapted), "optimizer workspace": _optimizer(step)},
    }
    if step.adapted < shape.blocks:
        # Gate, up and their product exist together when no matrix does, and two of them together with one.
        wide = (
            {"frozen blocks": 3 * i + 4 * h} if i > _dequantised(step) else {**matrix, "frozen blocks": 2 * i + 4 * h}
        )
        found["prefix"] = {**start, **wide}
    if step.again:  # a block's forward pass ends with the outputs of its norms, SiLU of gate, up, and their product
        passing = {"one block's forward": 3 * i + 2 * h, "block boundaries": (step.again + 1) * h}
        found["forward"] = {**start, **matrix, **passing}
        found["backward through a block computed again"] = max(_computed_again(step), key=_size)
    if step.again < step.adapted:
        found["backward through a block"] = max(_through_kept(step), key=_size)
    return {moment: {what: size for what, size in parts.items() if size} for moment, parts in found.items()}


def _through_kept(step: TrainingStep) -> tuple[Bytes, Bytes]:
    """Return two moments: the highest block, and the lowest whose activations are kept.

    While activations are freed, gradients of the factors are added.
    """
    held, lowest = _backward(step), step.tokens * block_bytes(step, first=not step.again)
    return (
        {**held, **_gradients(step, 1), **_kept(step)},
        {**held, **_gradients(step, step.adapted - step.again), **_kept(step), "activations": lowest},
    )


def _computed_again(step: TrainingStep) -> tuple[Bytes, Bytes]:
    """Return two moments: the highest block that is recomputed, and the lowest."""
    boundary = step.width * step.shape.hidden * step.tokens
    one = {"one block computed again": step.tokens * block_bytes(step, first=step.again == step.adapted)}
    held = {**_backward(step), **one}
    return (
        {**held, **_gradients(step, step.adapted - step.again + 1), "block boundaries": step.again * boundary},
        {**held, **_gradients(step, step.adapted), "block boundaries": boundary},
    )


def _backward(step: TrainingStep) -> dict[str, int]:
    """Return what the backward pass of any block allocates, and what is there all the time."""
    h, i = step.width * step.shape.hidden * step.tokens, step.width * step.shape.intermediate * step.tokens
    matrix = _dequantised(step)
    wide = matrix + 2 * h > i  # the matrix exists together with two narrow gradients, or two wide ones exist together
    return {
        **_fixed(step),
        "positions": step.tokens * 2 * step.width * step.shape.head,
        "gradients of activations": i + (2 * h if wide else i),
        "a dequantised matrix": matrix if wide else 0,
    }


def _kept(step: TrainingStep) -> dict[str, int]:
    """Return what autograd keeps of the adapted blocks until their backward pass."""
    keep = step.adapted - step.again
    tokens = step.tokens if keep else 0
    return {
        "activations": tokens * (block_bytes(step, first=not step.again) + (keep - 1) * block_bytes(step, first=False)),
        "block boundaries": step.again * step.width * step.shape.hidden * step.tokens,
    }


def _gradients(step: TrainingStep, blocks: int) -> dict[str, int]:
    """Return the gradients after the backward pass of so many blocks.

    The first batch of a step starts without gradients, unless they are views of DDP's buckets, which stay allocated.
    """
    whole = FP32 * trainable(step)
    there = step.accumulate > 1 or step.processes > 1
    return {"gradients": whole if there else whole * blocks // step.adapted}


def _size(parts: Bytes) -> int:
    return sum(parts.values())


def peak(step: TrainingStep) -> tuple[str, Bytes]:
    """Return the moment of peak memory, and what is held in it."""
    return max(moments(step).items(), key=lambda moment: _size(moment[1]))


def block_bytes(step: TrainingStep, first: bool) -> int:
    """Return the bytes per token that autograd keeps of an adapted block.

    In the first adapted block, nothing before its first adapted projection needs a gradient.
    """
    return sum(ledger(step, first).values())


def ledger(step: TrainingStep, first: bool) -> dict[str, int]:
    """Return the same, by purpose."""
    shape, adapter, width = step.shape, step.adapter, step.width
    h, i, learns = shape.hidden, shape.intermediate, set(adapter.projections)
    in_attention = not first or bool(learns & set(BIASED))
    in_mlp_input = not first or bool(learns & set(ATTENTION))
    in_mlp = in_mlp_input or bool(learns & {"gate_proj", "up_proj"})
    widths = {"attention": h, "heads": h, "mlp": h, "product": i}
    found = {
        "inputs of the norms, fp32": (not first) * FP32 * (h + 1) + in_mlp_input * FP32 * (h + 1),
        "queries, keys, values and what attention says": in_attention
        * (width * (2 * h + 2 * shape.kv) + FP32 * shape.heads),
        "gate, its SiLU, and up": in_mlp * 3 * width * i,
        "A x": sum((width if adapter.dora else FP32) * adapter.rank for _ in learns),
    }
    if adapter.dora or width == FP32:  # x once for all projections that read it
        found["inputs of adapted projections"] = sum(width * widths[x] for x in {READ[p] for p in learns})
    else:  # peft converts x to fp32 for each of them
        found["inputs of adapted projections"] = sum(FP32 * shape.linear(p)[1] for p in learns)
    if adapter.dora:  # without a bias, y is kept by SiLU and by the product anyway
        found["W x, or y"] = sum(width * shape.linear(p)[0] for p in learns - {"gate_proj", "up_proj"})
    return found


def flops(step: TrainingStep, fresh: float = 1.0) -> int:
    """Return the FLOPs of a token's matrix products: forward through all blocks, backward through the adapted ones.

    Blocks that are recomputed count forward once more. `fresh` is the share of tokens whose states are not in the
    prefix cache. Attention's own products, some hundredths of the rest at these lengths, are left out.
    """
    shape = step.shape
    block_, adapters = sum(a * b for a, b in map(shape.linear, PROJECTIONS)), matrices(step)
    frozen = fresh * (shape.blocks - step.adapted)
    head = 2 * shape.vocab * shape.hidden  # logits, and their gradient
    # Forward and the gradient of x; for a factor also its own; and forward once more for recomputed blocks.
    once_more = step.again * (block_ + adapters / step.adapted)
    return round(2 * (frozen * block_ + 2 * step.adapted * block_ + 3 * adapters + once_more + head))


def _rows(step: TrainingStep) -> int:
    return sum(step.shape.linear(p)[0] for p in step.adapter.projections)


def _held(weights: int, quantization: NF4 | Unquantised) -> int:
    if isinstance(quantization, Unquantised):
        return BF16 * weights
    scales = -(-weights // SHARE_A_SCALE)
    table = FP32 * 16
    if not quantization.double_quant:
        return weights // 2 + FP32 * scales + table
    return weights // 2 + scales + FP32 * -(-scales // SHARE_A_NESTED_SCALE) + table + FP32 * (256 + 1)


def _fixed(step: TrainingStep) -> dict[str, int]:
    of_matrix, of_magnitude = STATES.get(step.optimizer, STATES["AdamW"])
    found = {
        "base": base(step.shape, step.quantization, step.width, step.unpacked),
        "adapters": FP32 * trainable(step),
        "optimizer states": FP32 * (of_matrix * matrices(step) + of_magnitude * magnitudes(step)),
    }
    if step.adapter.dora:
        # Copies of A and B in the compute dtype (fp32 needs none of A); per row ‖W‖, the norm, g and its scale; and
        # fingerprints, of A and B by row and column.
        sides = [sum(step.shape.linear(p)) + 2 * step.adapter.rank for p in step.adapter.projections]
        vectors = (3 * FP32 + step.width) * _rows(step) + INT64 * (sum(sides) + _rows(step))
        copied = matrices(step) if step.width == BF16 else step.adapted * step.adapter.rank * _rows(step)
        found["what DoRA derives"] = step.width * copied + step.adapted * vectors
    return found


def _logits(step: TrainingStep) -> int:
    """Return the bytes of a slice's logits in fp32, with a narrower copy.

    Or those of the rows of a bf16 head that are converted, and their logits.
    """
    tokens, narrow = min(SLICE, step.tokens), step.width == BF16
    if narrow or step.unpacked:
        return tokens * step.shape.vocab * (FP32 + BF16 * narrow)
    return FP32 * (tokens * step.shape.vocab + min(ROWS, step.shape.vocab) * (step.shape.hidden + tokens))


def _dequantised(step: TrainingStep) -> int:
    """Return the bytes of the largest matrix converted to the compute dtype; 0 if it is held in that dtype."""
    if step.unpacked or (isinstance(step.quantization, Unquantised) and step.width == BF16):
        return 0
    return step.width * max(out * into for out, into in map(step.shape.linear, PROJECTIONS))


def _optimizer(step: TrainingStep) -> int:
    numbers = matrices(step)
    if step.optimizer != "Muon":
        return FP32 * numbers  # gradients scaled by clipping
    rank, alike = step.adapter.rank, dict[tuple[int, int], int]()
    for out, into in map(step.shape.linear, step.adapter.projections):
        for key in ((rank, into), (out, rank)):
            alike[key] = alike.get(key, 0) + step.adapted
    together = min(1.0, TOGETHER / (FP32 * numbers))
    grams = sum(count * min(shape) ** 2 for shape, count in alike.items())
    steps = max(count * rows * columns for (rows, columns), count in alike.items())
    return round(FP32 * together * (numbers + max(GRAMS * grams, 2 * grams + steps)))
