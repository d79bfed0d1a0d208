"""Adapters, the part that is trained: LoRA or DoRA factors on the last blocks of a frozen base."""

import json
import math
import warnings
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from rusta.core.derived_files import MISSHAPEN
from rusta.core.errors import ConfigError, RustaError
from rusta.core.home import whole_folder
from rusta.core.regular_file import read_file
from rusta.mind.quantization import NF4, Unquantised

if TYPE_CHECKING:
    from peft import PeftModel
    from transformers import PreTrainedModel

PROJECTIONS = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]
FINGERPRINT = "base.json"
FILE = "adapter_model.safetensors"


class WrongBase(RustaError):
    """An adapter was trained on other weights than those it is to be applied to."""


class WrongAdapterShape(RustaError):
    """An adapter that is to be trained further does not have the requested shape."""


class BrokenAdapter(RustaError):
    """The file of a saved adapter is missing, truncated, or lacks a tensor."""


@dataclass(frozen=True)
class Adapter:
    """Rank-r factors on `projections` of the last `last_blocks` blocks; `dora` adds a magnitude per output row."""

    dora: bool = True  # magnitudes are learned apart from directions (DoRA); false is plain low-rank factors (LoRA)
    rank: int = 128  # inner dimension of the two factors
    alpha_over_rank: float = 2.0  # scale of what the factors add: alpha divided by rank
    last_blocks: int = 16  # how many transformer blocks are adapted, counted from the last
    projections: list[str] = field(
        default_factory=lambda: list(PROJECTIONS)
    )  # names of the linear layers of a block that are adapted

    def __post_init__(self) -> None:
        if self.rank < 1:
            raise ConfigError(f"adapter.rank={self.rank}: a rank is at least 1. The design says 64 to 128.")
        if not 0 < self.alpha_over_rank < math.inf:
            raise ConfigError(
                f"adapter.alpha_over_rank={self.alpha_over_rank}: more than zero, or what is learned would never be heard. "
                "The design says 2."
            )
        if self.last_blocks < 1:
            raise ConfigError(f"adapter.last_blocks={self.last_blocks}: at least one block has to learn.")
        if not self.projections:
            raise ConfigError(f"adapter.projections=[]: at least one has to learn. There are {PROJECTIONS}.")
        if unknown := set(self.projections) - set(PROJECTIONS):
            raise ConfigError(
                f"adapter.projections: no {sorted(unknown)} in this architecture. There are {PROJECTIONS}."
            )

    def layers(self, blocks: int) -> list[int]:
        """Return the indices of the trained blocks: the last ones, or all if there are fewer than `last_blocks`."""
        return list(range(max(0, blocks - self.last_blocks), blocks))

    def _alpha(self) -> int | float:
        """Return alpha as peft writes it, an int if it is whole. Always rounding would turn rank 1 at 0.5 into 0."""
        alpha = self.rank * self.alpha_over_rank
        return int(alpha) if float(alpha).is_integer() else alpha

    def reach(self, model: "PreTrainedModel") -> str:
        """Describe the trained blocks in words."""
        blocks = model.config.num_hidden_layers
        if self.last_blocks > blocks:
            return f"all {blocks} blocks: there are no {self.last_blocks}, as adapter.last_blocks asks"
        return f"the last {self.last_blocks} of {blocks} blocks"

    def attach(self, model: "PreTrainedModel", seed: int) -> "PeftModel":
        """Add a new adapter with fp32 parameters, drawn from `seed`. Until trained, the model's output is unchanged."""
        import torch
        from peft import LoraConfig, get_peft_model

        from rusta.mind.dora import prepare

        blocks = model.config.num_hidden_layers
        config = LoraConfig(
            r=self.rank,
            lora_alpha=self._alpha(),  # type: ignore[arg-type]  peft only divides by the rank
            use_dora=self.dora,
            target_modules=list(self.projections),
            # peft does not accept "all-linear" together with layers_to_transform, so all seven names are listed.
            layers_to_transform=self.layers(blocks),
            task_type="CAUSAL_LM",
        )
        with torch.random.fork_rng():
            torch.manual_seed(seed)
            return get_peft_model(model, prepare(config))


def load(model: "PreTrainedModel", folder: Path, fingerprint: str, trainable: bool = False) -> "PeftModel":
    """Apply a saved adapter to its base. Raises `WrongBase` if it was trained on other weights, and `BrokenAdapter`."""
    from peft import LoraConfig, PeftModel, get_peft_model_state_dict

    from rusta.mind.dora import prepare

    check_base(folder, fingerprint)
    saved = set(_parts(folder))
    try:
        read_file(folder / "adapter_config.json")
        config = LoraConfig.from_pretrained(str(folder))
    except (OSError, *MISSHAPEN) as error:
        raise BrokenAdapter(
            f"{folder / 'adapter_config.json'} cannot be read ({type(error).__name__}: {error}). Raise it again, or take "
            "another: init_from=PATH"
        ) from None
    if not isinstance(config, LoraConfig):
        raise WrongBase(f"{folder} holds a {config.peft_type} adapter. I know LoRA and DoRA.")
    config.inference_mode = not trainable
    with warnings.catch_warnings():
        # For a tensor missing from the file, peft only warns and keeps its random initial values.
        warnings.filterwarnings("ignore", "Found missing adapter keys")
        adapted = PeftModel.from_pretrained(model, str(folder), config=prepare(config), is_trainable=trainable)
    if lacking := sorted(set(get_peft_model_state_dict(adapted)) - saved):
        raise BrokenAdapter(
            f"{folder / FILE} lacks {len(lacking)} parts, first {lacking[0]}. Raise it again, or take another."
        )
    return adapted


def check(
    folder: Path, fingerprint: str, wanted: Adapter, blocks: int, quantization: NF4 | Unquantised | None = None
) -> None:
    """Check that a saved adapter can be trained further as `wanted` on a base with so many blocks.

    No weight is loaded. Raises `WrongBase`, `WrongAdapterShape`, and `BrokenAdapter`.
    """
    check_base(folder, fingerprint)
    if quantization and (words := held_otherwise(folder, quantization)):
        raise WrongBase(words)
    _parts(folder)
    try:
        saved = json.loads(read_file(folder / "adapter_config.json"))
        layers = saved["layers_to_transform"] or list(range(blocks))
        found = {
            "rank": (saved["r"], wanted.rank),
            "alpha_over_rank": (round(saved["lora_alpha"] / saved["r"], 6), round(float(wanted.alpha_over_rank), 6)),
            "dora": (saved["use_dora"], wanted.dora),
            "last_blocks": (len(layers), len(wanted.layers(blocks))),
            "projections": (sorted(saved["target_modules"]), sorted(wanted.projections)),
        }
    except (OSError, ValueError, KeyError, TypeError, ZeroDivisionError) as error:
        raise BrokenAdapter(
            f"{folder / 'adapter_config.json'} cannot be read ({type(error).__name__}: {error})."
        ) from None
    other = {name: pair for name, pair in found.items() if pair[0] != pair[1]}
    if not other and sorted(layers) != wanted.layers(blocks):
        raise WrongAdapterShape(
            f"The adapter in {folder} is on blocks {', '.join(map(str, sorted(layers)))} of {blocks}, and I train the last ones "
            "further, so that those below need not learn. Begin anew, or take another: init_from=PATH"
        )
    if other:
        told = ", ".join(f"{name} {had} (asked for: {asked})" for name, (had, asked) in other.items())
        words = " ".join(f"adapter.{name}={json.dumps(had).replace(' ', '')}" for name, (had, _) in other.items())
        raise WrongAdapterShape(f"The adapter in {folder} has {told}. Go on as it is: {words.replace(chr(34), '')}")


def _parts(folder: Path) -> list[str]:
    """Return the names of the tensors in the file. Opening it also checks the length that its header states."""
    from safetensors import SafetensorError, safe_open

    try:
        if not (folder / FILE).is_file():
            raise FileNotFoundError("no file")
        with safe_open(folder / FILE, "pt") as file:
            return list(file.keys())
    except (OSError, SafetensorError) as error:
        raise BrokenAdapter(
            f"{folder / FILE} cannot be read ({error}). Raise it again, or take another: init_from=PATH"
        ) from None


def save(model: "PeftModel", folder: Path, fingerprint: str) -> None:
    """Save a folder that stock peft loads, with a file that names the base's fingerprint and quantisation.

    The old folder is kept until the new one is complete.
    """
    config: Any = getattr(model.get_base_model().config, "quantization_config", None)
    held = {"name": "nf4", "double_quant": config.bnb_4bit_use_double_quant} if config else {"name": "none"}
    with whole_folder(folder) as making:
        model.save_pretrained(str(making))
        told = json.dumps({"fingerprint": fingerprint, "quantization": held})
        (making / FINGERPRINT).write_text(told, encoding="utf-8")


def base_quantization(folder: Path) -> NF4 | Unquantised:
    """Return the quantisation of the base on which the adapter was trained.

    What an adapter learned is relative to those weights. Older adapters, saved without this, have it on
    their run card. Raises `WrongBase` if it is stated nowhere.
    """
    try:
        said = json.loads(read_file(folder / FINGERPRINT)).get("quantization")
        if said is None:
            said = yaml.safe_load(read_file(folder.parent / "run.yaml"))["settings"]["quantization"]
        return NF4(double_quant=bool(said["double_quant"])) if said["name"] == "nf4" else Unquantised()
    except (OSError, ValueError, KeyError, TypeError, AttributeError, yaml.YAMLError):
        raise WrongBase(
            f"{folder} does not say whether its base was held in four bits or unquantised ({FINGERPRINT}). Raise it again, "
            f'or write it there: "quantization": {{"name": "none"}}, or {{"name": "nf4", "double_quant": true}}'
        ) from None


def held_otherwise(folder: Path, quantization: NF4 | Unquantised) -> str | None:
    """Return a warning if the base is quantised differently than when the adapter was trained; else None.

    The warning names the settings that correct it.
    """
    try:
        raised = base_quantization(folder)
    except WrongBase:  # the quantisation of training is unknown
        return None
    was, now = (
        f"quantization={way.name}" + ("" if getattr(way, "double_quant", True) else " quantization.double_quant=false")
        for way in (raised, quantization)
    )
    if was == now:
        return None
    return (
        f"The adapter in {folder} was raised under {was}, and what it learned is relative to those weights; these are "
        f"{now}. To have her as she was: {was}"
    )


def check_base(folder: Path, fingerprint: str) -> None:
    """Raise `WrongBase` unless the adapter in `folder` was trained on the weights with this fingerprint."""
    if not folder.is_dir():
        raise WrongBase(f"There is no adapter in {folder}: there is no such folder.")
    try:
        trained_on = json.loads(read_file(folder / FINGERPRINT))["fingerprint"]
    except (OSError, ValueError, KeyError, TypeError):
        raise WrongBase(
            f"{folder} does not say which base it was trained on ({FINGERPRINT} is missing or broken). Raise it again, or take "
            "another: init_from=PATH"
        ) from None
    if trained_on != fingerprint:
        raise WrongBase(
            f"The adapter in {folder} was trained on weights {trained_on[:12]}, and these are {fingerprint[:12]}. "
            "Put on another base it would be noise. Use the body or model it was raised on, or raise it here."
        )
