"""What is trained: low-rank factors, with or without DoRA's magnitudes, on the last blocks of a frozen base."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from rusta.errors import ConfigError, RustaError
from rusta.mind.quantization import NF4, Unquantised

if TYPE_CHECKING:
    from peft import PeftModel
    from transformers import PreTrainedModel

PROJECTIONS = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]
FINGERPRINT = "base.json"


class WrongBase(RustaError):
    """An adapter was trained on other weights than those it is to be put on."""


@dataclass(frozen=True)
class Adapter:
    """Rank-r factors on `projections` of the last `last_blocks` blocks; `dora` adds a magnitude per output row."""

    dora: bool = True
    rank: int = 128
    alpha_over_rank: float = 2.0
    last_blocks: int = 16
    projections: list[str] = field(default_factory=lambda: list(PROJECTIONS))

    def __post_init__(self) -> None:
        if self.rank < 1:
            raise ConfigError(f"adapter.rank={self.rank}: a rank is at least 1. The design says 64 to 128.")
        if self.last_blocks < 1:
            raise ConfigError(f"adapter.last_blocks={self.last_blocks}: at least one block has to learn.")
        if unknown := set(self.projections) - set(PROJECTIONS):
            raise ConfigError(
                f"adapter.projections: no {sorted(unknown)} in this architecture. There are {PROJECTIONS}."
            )

    def attach(self, model: "PreTrainedModel", seed: int) -> "PeftModel":
        """A fresh adapter with fp32 masters, drawn from `seed`. The model answers as before until it learns."""
        import torch
        from peft import LoraConfig, get_peft_model

        blocks = model.config.num_hidden_layers
        config = LoraConfig(
            r=self.rank,
            lora_alpha=round(self.rank * self.alpha_over_rank),
            use_dora=self.dora,
            target_modules=list(self.projections),
            # peft refuses "all-linear" together with layers_to_transform: hence the seven names.
            layers_to_transform=list(range(max(0, blocks - self.last_blocks), blocks)),
            task_type="CAUSAL_LM",
        )
        with torch.random.fork_rng():
            torch.manual_seed(seed)
            adapted = get_peft_model(model, config)
        return _refined(adapted, fresh=True)


def load(model: "PreTrainedModel", folder: Path, fingerprint: str, trainable: bool = False) -> "PeftModel":
    """Put a saved adapter on its base. Raises `WrongBase` if it was trained on other weights."""
    from peft import PeftModel

    check_base(folder, fingerprint)
    return _refined(PeftModel.from_pretrained(model, str(folder), is_trainable=trainable))


def save(model: "PeftModel", folder: Path, fingerprint: str) -> None:
    """A folder that stock peft loads, and beside it which weights it belongs to, and how they were held."""
    model.save_pretrained(str(folder))
    config: Any = getattr(model.get_base_model().config, "quantization_config", None)
    held = {"name": "nf4", "double_quant": config.bnb_4bit_use_double_quant} if config else {"name": "none"}
    (folder / FINGERPRINT).write_text(json.dumps({"fingerprint": fingerprint, "quantization": held}), encoding="utf-8")


def held(folder: Path) -> NF4 | Unquantised:
    """How the base was held when the adapter was raised on it: what it learned is relative to those weights.

    Adapters saved before this was written beside them have it on their run's card. Raises `WrongBase` if nobody knows.
    """
    try:
        said = json.loads((folder / FINGERPRINT).read_text(encoding="utf-8")).get("quantization")
        if said is None:
            said = yaml.safe_load((folder.parent / "run.yaml").read_text(encoding="utf-8"))["settings"]["quantization"]
        return NF4(double_quant=bool(said["double_quant"])) if said["name"] == "nf4" else Unquantised()
    except (OSError, ValueError, KeyError, TypeError, AttributeError, yaml.YAMLError):
        raise WrongBase(
            f"{folder} does not say whether its base was held in four bits or unquantised ({FINGERPRINT}). Raise it again, "
            f'or write it there: "quantization": {{"name": "none"}}, or {{"name": "nf4", "double_quant": true}}'
        ) from None


def check_base(folder: Path, fingerprint: str) -> None:
    """Raise `WrongBase` unless the adapter in `folder` was trained on the weights with this fingerprint."""
    try:
        trained_on = json.loads((folder / FINGERPRINT).read_text(encoding="utf-8"))["fingerprint"]
    except (OSError, ValueError, KeyError, TypeError):
        raise WrongBase(
            f"{folder} does not say which base it was trained on ({FINGERPRINT} is missing or broken)."
        ) from None
    if trained_on != fingerprint:
        raise WrongBase(
            f"The adapter in {folder} was trained on weights {trained_on[:12]}, and these are {fingerprint[:12]}. "
            "Put on another base it would be noise. Use the body or model it was raised on, or raise it here."
        )


def _refined(model: Any, fresh: bool = False) -> "PeftModel":
    from rusta.mind.dora import refine

    refine(model, fresh=fresh)
    return model
