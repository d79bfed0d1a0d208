"""What a training step takes in memory, by arithmetic: no torch, no weights, nothing woken.

The peak is not the sum of everything but the largest of four moments: the frozen blocks being read, the loss at the
end of the forward pass, the backward pass through the block that holds most, and the optimizer's step. What is said
of a block is a ledger of what autograd keeps of it, tensor by tensor; tests/training/test_footprint.py holds every
moment against what torch really keeps.

Compute is bf16; masters, gradients and optimizer states are fp32.

Not covered: the sealed and development pages (read without autograd).
"""

from collections.abc import Mapping
from dataclasses import dataclass

from rusta.mind.adapters import PROJECTIONS, Adapter
from rusta.mind.quantization import NF4, Unquantised
from rusta.mind.shape import Shape

BF16, FP32, INT64 = 2, 4, 8
SHARE_A_SCALE, SHARE_A_NESTED_SCALE = 64, 256  # weights, and scales
SLICE = 256  # loss.SLICE, which would bring torch
BIASED = ("q_proj", "k_proj", "v_proj")
ATTENTION, MLP = PROJECTIONS[:4], PROJECTIONS[4:]
READ = {"q_proj": "attention", "k_proj": "attention", "v_proj": "attention", "o_proj": "heads",
        "gate_proj": "mlp", "up_proj": "mlp", "down_proj": "product"}  # fmt: skip
TOGETHER = 2**30  # bytes of gradients that Muon steps together: muon.TOGETHER, which would bring torch
GRAMS = 6  # stacks of r-by-r matrices inside the iteration; two are left when the step is applied
STATES = {"Muon": (1, 2), "AdamW": (2, 2)}  # fp32 numbers kept for a number of a matrix, and of a magnitude

Bytes = Mapping[str, int]  # by what they are for, in words


@dataclass(frozen=True)
class Step:
    """All that the memory of a training step follows from."""

    shape: Shape
    quantization: NF4 | Unquantised
    adapter: Adapter
    optimizer: str  # the class: Muon, AdamW
    tokens: int  # in a batch
    accumulate: int  # batches in an optimizer step
    recompute: bool  # whether adapted blocks are computed again in the backward pass
    processes: int = 1  # that read together (DDP), each with all of this

    @property
    def adapted(self) -> int:
        """Blocks that learn."""
        return min(self.adapter.last_blocks, self.shape.blocks)


def matrices(step: Step) -> int:
    """Numbers in all A and B."""
    return step.adapted * step.adapter.rank * sum(sum(step.shape.linear(p)) for p in step.adapter.projections)


def magnitudes(step: Step) -> int:
    """Numbers in all m: one for each output row of an adapted projection, none without DoRA."""
    return step.adapter.dora * step.adapted * _rows(step)


def trainable(step: Step) -> int:
    """Parameters that learn."""
    return matrices(step) + magnitudes(step)


def base(shape: Shape, quantization: NF4 | Unquantised) -> int:
    """Bytes of the frozen model: projections as the quantisation holds them, everything else in bf16."""
    linear = sum(_held(out * into, quantization) for out, into in map(shape.linear, PROJECTIONS))
    biases = sum(shape.linear(p)[0] for p in BIASED)
    block = linear + BF16 * (biases + 2 * shape.hidden)
    outer = (1 if shape.tied else 2) * shape.vocab * shape.hidden + shape.hidden
    return shape.blocks * block + BF16 * outer + FP32 * shape.head  # two halves of frequencies


def moments(step: Step) -> dict[str, Bytes]:
    """What is held in each moment. The largest sum is what the allocator will have seen at most."""
    shape, tokens = step.shape, step.tokens
    h, i = BF16 * shape.hidden * tokens, BF16 * shape.intermediate * tokens  # one tensor of that width
    fixed, matrix = _fixed(step), _dequantised(step)
    gradients = {"gradients": FP32 * trainable(step)}
    # The first batch of a step finds none, unless DDP's buckets, of which they are views, keep their place.
    before = gradients if step.accumulate > 1 or step.processes > 1 else {}
    kept = tokens * (_boundaries(step) if step.recompute else _activations(step))
    name = "block boundaries" if step.recompute else "activations"
    again = tokens * block(step, first=False) if step.recompute else 0
    last_norm = FP32 * (shape.hidden + 1) * tokens
    frozen = step.adapted < shape.blocks
    found: dict[str, Bytes] = {
        # At the end of a block: its input, what its norms make of it, SiLU of gate, up, and their product.
        "forward": {
            **fixed, **before, "block boundaries": tokens * _boundaries(step) - last_norm,
            "one block's forward": 3 * i + (2 + frozen) * h, "a dequantised matrix": matrix,
        },
        # The last norm in fp32, or the logits of a slice.
        "loss": {**fixed, **before, name: kept, "last states and loss": 3 * h, "logits": max(_logits(step), 3 * h)},
        "backward through the last norm": {**fixed, **before, name: kept, "gradients of activations": 10 * h},
        # As gradients of factors are computed, activations go: without gradients before, one block's are enough.
        "backward through a block": {
            **fixed, **(before or {"gradients": FP32 * trainable(step) // step.adapted}), name: kept - last_norm,
            "one block computed again": again, "gradients of activations": i + (2 * h if matrix + 2 * h > i else i),
            "a dequantised matrix": matrix if matrix + 2 * h > i else 0,
        },
        "optimizer": {**fixed, **gradients, "optimizer workspace": _optimizer(step)},
    }  # fmt: skip
    if frozen:
        found["prefix"] = {
            **fixed, **before, "frozen blocks": 3 * i + 4 * h + 2 * BF16 * shape.head * tokens,
            "a dequantised matrix": matrix,
        }  # fmt: skip
    return {moment: {what: size for what, size in parts.items() if size} for moment, parts in found.items()}


def peak(step: Step) -> tuple[str, Bytes]:
    """The moment that takes most, and what is held in it."""
    return max(moments(step).items(), key=lambda moment: sum(moment[1].values()))


def block(step: Step, first: bool) -> int:
    """Bytes that autograd keeps of an adapted block for each token.

    Of the first one, what comes before its first adapted projection has no gradient to pass on.
    """
    return sum(ledger(step, first).values())


def ledger(step: Step, first: bool) -> dict[str, int]:
    """The same, by what they are."""
    shape, adapter = step.shape, step.adapter
    h, i, learns = shape.hidden, shape.intermediate, set(adapter.projections)
    in_attention = not first or bool(learns & set(BIASED))
    in_mlp_input = not first or bool(learns & set(ATTENTION))
    in_mlp = in_mlp_input or bool(learns & {"gate_proj", "up_proj"})
    widths = {"attention": h, "heads": h, "mlp": h, "product": i}
    found = {
        "inputs of the norms, fp32": (not first) * FP32 * (h + 1) + in_mlp_input * FP32 * (h + 1),
        "queries, keys, values and what attention says": in_attention
        * (BF16 * (2 * h + 2 * shape.kv) + FP32 * shape.heads),
        "gate, its SiLU, and up": in_mlp * 3 * BF16 * i,
        "A x": sum(BF16 * adapter.rank for _ in learns),
    }
    if adapter.dora:  # x once for all that read it; y is kept by SiLU and by the product where there is no bias
        found["inputs of adapted projections"] = sum(BF16 * widths[x] for x in {READ[p] for p in learns})
        found["W x, or y"] = sum(BF16 * shape.linear(p)[0] for p in learns - {"gate_proj", "up_proj"})
    else:  # peft brings x to fp32 for every one of them
        found["inputs of adapted projections"] = sum(FP32 * shape.linear(p)[1] for p in learns)
        found["A x"] *= 2
    return found


def flops(step: Step, fresh: float = 1.0) -> int:
    """Of the matrix products of a token: forward through all, backward (and forward again) through what learns.

    `fresh` is the share of tokens whose way through the frozen blocks is not on disk already. Attention's own products,
    some hundredths of the rest at these lengths, are left out.
    """
    shape = step.shape
    block_, adapters = sum(a * b for a, b in map(shape.linear, PROJECTIONS)), matrices(step)
    frozen = fresh * (shape.blocks - step.adapted)
    again = 3 if step.recompute else 2  # forward, the gradient of x, and perhaps forward once more
    head = 2 * shape.vocab * shape.hidden  # logits, and their gradient
    return round(2 * (frozen * block_ + again * step.adapted * block_ + (again + 1) * adapters + head))


def _rows(step: Step) -> int:
    return sum(step.shape.linear(p)[0] for p in step.adapter.projections)


def _held(weights: int, quantization: NF4 | Unquantised) -> int:
    if isinstance(quantization, Unquantised):
        return BF16 * weights
    scales = -(-weights // SHARE_A_SCALE)
    table = FP32 * 16
    if not quantization.double_quant:
        return weights // 2 + FP32 * scales + table
    return weights // 2 + scales + FP32 * -(-scales // SHARE_A_NESTED_SCALE) + table + FP32 * (256 + 1)


def _fixed(step: Step) -> dict[str, int]:
    of_matrix, of_magnitude = STATES.get(step.optimizer, STATES["AdamW"])
    found = {
        "base": base(step.shape, step.quantization),
        "adapters": FP32 * trainable(step),
        "optimizer states": FP32 * (of_matrix * matrices(step) + of_magnitude * magnitudes(step)),
    }
    if step.adapter.dora:
        # bf16 copies of A and B to compute with; by row ‖W‖, the norm, g, its scale and m as it was; and by row and
        # column fingerprints of A and B.
        sides = [(sum(step.shape.linear(p)) + 2 * step.adapter.rank) for p in step.adapter.projections]
        vectors = (4 * FP32 + BF16) * _rows(step) + INT64 * sum(sides)
        found["what DoRA derives"] = BF16 * matrices(step) + step.adapted * vectors
    return found


def _activations(step: Step) -> int:
    """What autograd keeps of a whole forward pass, for each token."""
    return block(step, first=True) + (step.adapted - 1) * block(step, first=False) + _outside(step)


def _boundaries(step: Step) -> int:
    """The same where only what enters each adapted block is kept."""
    return step.adapted * BF16 * step.shape.hidden + _outside(step)


def _outside(step: Step) -> int:
    """The input of the last norm, and the positions' sines and cosines."""
    return FP32 * (step.shape.hidden + 1) + 2 * BF16 * step.shape.head


def _logits(step: Step) -> int:
    # fp32 twice, and the softmax of the slice before.
    return min(SLICE, step.tokens) * step.shape.vocab * (3 if step.tokens > SLICE else 2) * FP32


def _dequantised(step: Step) -> int:
    if isinstance(step.quantization, Unquantised):
        return 0
    return BF16 * max(out * into for out, into in map(step.shape.linear, PROJECTIONS))


def _optimizer(step: Step) -> int:
    numbers = matrices(step)
    if step.optimizer != "Muon":
        return FP32 * numbers  # gradients that clipping shortened
    rank, alike = step.adapter.rank, dict[tuple[int, int], int]()
    for out, into in map(step.shape.linear, step.adapter.projections):
        for key in ((rank, into), (out, rank)):
            alike[key] = alike.get(key, 0) + step.adapted
    together = min(1.0, TOGETHER / (FP32 * numbers))
    grams = sum(count * min(shape) ** 2 for shape, count in alike.items())
    steps = max(count * rows * columns for (rows, columns), count in alike.items())
    return round(FP32 * together * (numbers + max(GRAMS * grams, 2 * grams + steps)))
