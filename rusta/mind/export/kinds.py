"""The export forms, one dataclass each: `export=nf4`, `gguf`, `bf16`, `lora`, `merged_nf4`.

Each form checks its requirements (`ready`), states how much it will write (`size`), and writes it (`write`) into an
empty folder. `readers.py` reads the result back with the public loaders. No torch is needed before that.
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from rusta.core.errors import ConfigError, RustaError
from rusta.mind.export.export_source import ExportSource
from rusta.mind.quantization import NF4, Unquantised

if TYPE_CHECKING:
    from torch import Tensor


PACKED = 0.6  # bytes per weight in NF4: the code, and fp32 scales


class Lossy(RustaError):
    """The requested form would lose much of what was learned."""


@dataclass(frozen=True)
class Form(ABC):
    """The interface and common settings of every form."""

    name: ClassVar[str]
    verify: int = 8  # number of questions on which the export is compared with the trained model; 0 skips the check
    path: str | None = None  # target folder; by default `exports/<phase>/<form>` in the home folder

    def __post_init__(self) -> None:
        if self.verify < 0:
            raise ConfigError(f"export.verify={self.verify}: a number of questions, or 0 to take it on trust.")

    def ready(self, source: ExportSource) -> None:
        """Raise `RustaError` if this source cannot be exported in this form. Nothing is written yet."""
        return

    @abstractmethod
    def size(self, source: ExportSource) -> int:
        """Return the approximate number of bytes it will write."""

    @abstractmethod
    def write(self, source: ExportSource, folder: Path, at: Path) -> None:
        """Write the export into `folder`, which will be moved to `at` when it is complete."""

    @abstractmethod
    def serve(self, at: Path, rank: int) -> list[str]:
        """Return the commands that serve the export."""


@dataclass(frozen=True)
class Nf4(Form):
    """The four-bit base with g folded into its block scales, and a plain LoRA: exact, and still four-bit."""

    name = "nf4"

    def ready(self, source: ExportSource) -> None:
        """Raise `Lossy` unless the adapter was trained on an NF4 base, the only case in which the codes are exact."""
        _must_be_nf4(source.held.quantization)

    def size(self, source: ExportSource) -> int:
        """Half a byte per weight and its scales; unquantised tensors in bf16; the LoRA."""
        return source.held.bytes(PACKED, 2) + _lora(source)

    def write(self, source: ExportSource, folder: Path, at: Path) -> None:
        """Write `model/` for `AutoModelForCausalLM` and `lora/` for `PeftModel`."""
        from rusta.mind.export import nf4
        from rusta.mind.export.folder import plain_lora

        gains = source.gains()
        nf4.write_folder(source, folder / "model", gains)
        plain_lora(source.learned, gains, str(at / "model"), folder / "lora")

    def serve(self, at: Path, rank: int) -> list[str]:
        """Return commands for transformers and vLLM."""
        return [
            f'python: PeftModel.from_pretrained(AutoModelForCausalLM.from_pretrained("{at}/model"), "{at}/lora")',
            f"vllm serve {at}/model --enable-lora --max-lora-rank {_rank(rank)} --lora-modules rusta={at}/lora",
        ]


@dataclass(frozen=True)
class GgufForm(Form):
    """A GGUF with g folded into its block scales, and a LoRA GGUF: for llama.cpp and Ollama.

    `onto` names the GGUF to scale if the model itself is not one: a GGUF of the same weights, in any type.
    """

    name = "gguf"
    onto: str | None = None  # a GGUF of the same model; null is the one that it was raised on

    def file(self, source: ExportSource) -> Path:
        """Return the GGUF that is scaled. Raises `RustaError` if there is none."""
        if self.onto:
            found = Path(self.onto).expanduser()
            if not found.is_file():
                raise RustaError(f"export.onto={self.onto}: there is no such file. Name a GGUF of the same model.")
            return found
        if source.gguf is None:
            raise RustaError(
                "This model is kept as safetensors, and there is no GGUF to scale. Name one of the same model: "
                "export.onto=FILE.gguf. Or export=nf4, export=bf16"
            )
        return source.gguf

    def ready(self, source: ExportSource) -> None:
        """Check that the file is complete, is Qwen2, and holds every learned layer in a type that can be scaled."""
        from rusta.mind.export import gguf_file
        from rusta.mind.gguf import reader

        gguf_file.check(reader(self.file(source)), source.learned, self.file(source))

    def size(self, source: ExportSource) -> int:
        """The size of the source GGUF, and of the LoRA."""
        return self.file(source).stat().st_size + _lora(source)

    def write(self, source: ExportSource, folder: Path, at: Path) -> None:
        """Write `model.gguf`, `lora.gguf` and an Ollama `Modelfile`."""
        from rusta.mind.export import gguf_file
        from rusta.mind.gguf import reader

        file, count = self.file(source), len(source.learned.layers)
        opened = reader(file)
        gains = {}
        for n, layer in enumerate(source.learned.layers, 1):
            trained_on = source.held.matrix(layer)
            gguf_file.check_same_weights(opened, layer, trained_on, file)
            gains[layer] = source.learned.factors(layer).gain(trained_on)
            source.told(n, 2 * count)
        gguf_file.fold(file, folder / "model.gguf", opened, gains, lambda n, _: source.told(count + n, 2 * count))
        gguf_file.lora(source.learned, gains, "qwen2", folder / "lora.gguf")
        (folder / "Modelfile").write_text("FROM ./model.gguf\nADAPTER ./lora.gguf\n", encoding="utf-8")

    def serve(self, at: Path, rank: int) -> list[str]:
        """Return commands for llama.cpp and Ollama."""
        return [
            f"llama-server -m {at}/model.gguf --lora {at}/lora.gguf",
            f"ollama create rusta -f {at}/Modelfile",
        ]


@dataclass(frozen=True)
class Bf16(Form):
    """Everything merged into bf16 weights, g ⊙ (W + s B A), rounded once; no adapter. For any engine."""

    name = "bf16"

    def size(self, source: ExportSource) -> int:
        """Two bytes per weight."""
        return source.held.bytes(2, 2)

    def write(self, source: ExportSource, folder: Path, at: Path) -> None:
        """Write `model/`, which needs no other file."""
        from rusta.mind.export.folder import Parts, write_config_and_tokenizer
        from rusta.mind.export.held import layer_of

        held, learned = source.held, source.learned
        write_config_and_tokenizer(held.folder, folder / "model", {**held.config, "dtype": "bfloat16"})
        parts = Parts(folder / "model")
        for n, name in enumerate(held, 1):
            layer = layer_of(name)
            matrix = held.matrix(layer) if layer else held.stored(name).bfloat16()
            if layer and layer in learned.layers:
                factors = learned.factors(layer)
                matrix = factors.merged(matrix, factors.gain(matrix))
            parts.add(name, matrix)
            source.told(n, len(held))
        parts.close()

    def serve(self, at: Path, rank: int) -> list[str]:
        """Return commands for engines that read safetensors, and for llama.cpp's converter."""
        return [
            f'python: AutoModelForCausalLM.from_pretrained("{at}/model")',
            f"vllm serve {at}/model",
            f"llama.cpp: convert_hf_to_gguf.py {at}/model",
        ]


@dataclass(frozen=True)
class Lora(Form):
    """A plain LoRA for the unchanged base. Exact for adapter=qlora; for DoRA it drops the effect of g on the base."""

    name = "lora"
    insist: bool = False  # export although magnitudes are lost

    def ready(self, source: ExportSource) -> None:
        """Raise `Lossy` for a DoRA adapter unless `insist` is set."""
        if source.learned.dora and not self.insist:
            raise Lossy(
                "She learned with magnitudes (DoRA): on the untouched base a plain LoRA is not what was trained. Exact are "
                "export=nf4 and export=gguf, which scale the base as well. To have it all the same: export.insist=true"
            )

    def size(self, source: ExportSource) -> int:
        """Twice the adapter: for peft and for llama.cpp."""
        return 2 * _lora(source)

    def write(self, source: ExportSource, folder: Path, at: Path) -> None:
        """Write `lora/` for peft and `lora.gguf` for llama.cpp; for DoRA, also compute how much survived."""
        from rusta.mind.export import gguf_file
        from rusta.mind.export.folder import plain_lora
        from rusta.mind.export.survival import Survival

        learned, gains, survival = source.learned, source.gains(), Survival()
        if learned.dora:
            for layer in learned.layers:
                survival.add_plain(layer, learned.factors(layer), source.held.matrix(layer), gains[layer])
            source.survived = survival
        plain_lora(learned, gains, str(source.held.folder), folder / "lora")
        gguf_file.lora(learned, gains, "qwen2", folder / "lora.gguf")

    def serve(self, at: Path, rank: int) -> list[str]:
        """Return commands that serve the LoRA on the base."""
        return [
            f"vllm serve BASE --enable-lora --max-lora-rank {_rank(rank)} --lora-modules rusta={at}/lora",
            f"llama-server -m BASE.gguf --lora {at}/lora.gguf",
        ]


@dataclass(frozen=True)
class MergedNf4(Form):
    """Merged and quantised to four bits again, which rounds away most of what was learned. Needs `insist`."""

    name = "merged_nf4"
    insist: bool = False  # export although much of what was learned is rounded away

    def ready(self, source: ExportSource) -> None:
        """Raise `Lossy` unless `insist` is set: `Nf4` is as small, and exact."""
        if not self.insist:
            raise Lossy(
                "Merging into four bits rounds most of what was learned away: a step of NF4 is larger than the change. "
                "export=nf4 is as small and exact (the gain in the scales, a plain LoRA beside). To do it all the same and "
                "see how much survives: export.insist=true"
            )
        _must_be_nf4(source.held.quantization)

    def size(self, source: ExportSource) -> int:
        """The size of the base."""
        return source.held.bytes(PACKED, 2)

    def write(self, source: ExportSource, folder: Path, at: Path) -> None:
        """Write `model/`, which needs no other file, and compute how much survived."""
        from bitsandbytes.functional import dequantize_4bit

        from rusta.mind.export import nf4
        from rusta.mind.export.survival import Survival

        learned, held = source.learned, source.held
        survival = source.survived = Survival()

        def merge(layer: str, matrix: "Tensor") -> "Tensor":
            factors = learned.factors(layer)
            merged = factors.merged(matrix, factors.gain(matrix))
            codes, state = held.packed(merged)
            survival.add(
                layer, merged.float() - matrix.float(), dequantize_4bit(codes, state).float().cpu() - matrix.float()
            )
            return merged

        nf4.write_folder(source, folder / "model", {}, merge)

    def serve(self, at: Path, rank: int) -> list[str]:
        """Return commands for transformers and vLLM."""
        return [f'python: AutoModelForCausalLM.from_pretrained("{at}/model")', f"vllm serve {at}/model"]


def _must_be_nf4(quantization: NF4 | Unquantised) -> None:
    if not isinstance(quantization, NF4):
        raise Lossy(
            "She was raised on unquantised weights: in four bits it would be another base. Exact are export=bf16, and "
            "export=gguf to the precision of the GGUF."
        )


def _lora(source: ExportSource) -> int:
    return (source.learned.folder / "adapter_model.safetensors").stat().st_size


def _rank(rank: int) -> int:
    """Round up to the ranks that vLLM accepts: powers of two, from 8."""
    reserved = 8
    while reserved < rank:
        reserved *= 2
    return reserved
