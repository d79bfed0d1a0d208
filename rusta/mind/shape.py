"""The size of a model, known without its weights: enough to estimate time and memory before any download or load."""

import json
from dataclasses import dataclass, fields
from pathlib import Path

from rusta.core.errors import RustaError


class WrongShape(RustaError):
    """The weights do not have the size that their description states."""


class NoShape(RustaError):
    """The size of the model is not stated anywhere."""


@dataclass(frozen=True)
class Shape:
    """The numbers that fix every tensor of a Qwen2 model.

    `tied` says whether the head is the embedding matrix, which is then stored once.
    """

    hidden: int
    blocks: int
    heads: int
    kv_heads: int
    intermediate: int
    vocab: int
    tied: bool = False

    @property
    def head(self) -> int:
        """The width of one attention head."""
        return self.hidden // self.heads

    @property
    def kv(self) -> int:
        """The width of the keys, and of the values."""
        return self.head * self.kv_heads

    def linear(self, projection: str) -> tuple[int, int]:
        """Return (out, in) of a projection of any block."""
        h, i = self.hidden, self.intermediate
        return {
            "q_proj": (h, h), "k_proj": (self.kv, h), "v_proj": (self.kv, h), "o_proj": (h, h),
            "gate_proj": (i, h), "up_proj": (i, h), "down_proj": (h, i),
        }[projection]  # fmt: skip

    @property
    def parameters(self) -> int:
        """Number of weights: the projections of every block, the embedding, and the head where it is not tied."""
        h, i = self.hidden, self.intermediate
        block = 2 * h * h + 2 * self.kv * h + 3 * i * h
        return self.blocks * block + self.vocab * self.hidden * (1 if self.tied else 2)


def read(folder: Path) -> Shape:
    """Return the shape of the weights in `folder`, from its config.json. Raises `NoShape`."""
    try:
        said = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        return Shape(
            said["hidden_size"], said["num_hidden_layers"], said["num_attention_heads"], said["num_key_value_heads"],
            said["intermediate_size"], said["vocab_size"], said.get("tie_word_embeddings", False),
        )  # fmt: skip
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise NoShape(f"{folder / 'config.json'} does not say how large the model is ({error!r}).") from None


def agree(said: Shape, found: Shape, where: Path) -> None:
    """Raise `WrongShape` unless the weights in `where` have the described shape."""
    apart = [
        f"{f.name} is {getattr(found, f.name)} and not {getattr(said, f.name)}"
        for f in fields(Shape)
        if getattr(found, f.name) != getattr(said, f.name)
    ]
    if apart:
        raise WrongShape(
            f"The weights in {where} are not of the described shape: {', '.join(apart)}. Correct model.shape, or fetch "
            "the weights again: rusta fetch"
        )
