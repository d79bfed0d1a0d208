"""The forms she can be exported in, one dataclass each: `export=nf4`, `gguf`, `bf16`, `lora`, `merged_nf4`.

Each says what must be so (`ready`), how much it will write (`size`), and writes it (`write`) into an empty folder.
What is written is read back, the way that others read it, by `readers.py`. No torch until then.
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


PACKED = 0.6  # bytes a weight in NF4: the code, and the scales where they are fp32 again


class Lossy(RustaError):
    """The asked-for form would lose much of what was learned."""


@dataclass(frozen=True)
class Form(ABC):
    """What every form answers to, and what can be said of each."""

    name: ClassVar[str]
    verify: int = 8  # questions on which the export is compared with what was trained; 0 takes it on trust
    path: str | None = None  # where to; else `exports/<phase>/<form>` at her home

    def __post_init__(self) -> None:
        if self.verify < 0:
            raise ConfigError(f"export.verify={self.verify}: a number of questions, or 0 to take it on trust.")

    def ready(self, source: ExportSource) -> None:
        """Raise `RustaError` if this cannot be exported so. Nothing is written yet."""
        return

    @abstractmethod
    def size(self, source: ExportSource) -> int:
        """Bytes it will write, about."""

    @abstractmethod
    def write(self, source: ExportSource, folder: Path, at: Path) -> None:
        """Fill `folder`, which will be `at` when it is whole."""

    @abstractmethod
    def serve(self, at: Path, rank: int) -> list[str]:
        """Commands that serve it."""


@dataclass(frozen=True)
class Nf4(Form):
    """The four-bit base with g in the scales of its blocks, and plain LoRA beside it: exact, and 4 bits stay 4 bits."""

    name = "nf4"

    def ready(self, source: ExportSource) -> None:
        """Only what learned on NF4 has exact NF4 codes to keep."""
        _must_be_nf4(source.held.quantization)

    def size(self, source: ExportSource) -> int:
        """Half a byte a weight and its scales; what is not quantised as it is; the LoRA."""
        return source.held.bytes(PACKED, 2) + _lora(source)

    def write(self, source: ExportSource, folder: Path, at: Path) -> None:
        """`model/` for `AutoModelForCausalLM`, `lora/` for `PeftModel`."""
        from rusta.mind.export import nf4
        from rusta.mind.export.folder import plain_lora

        gains = source.gains()
        nf4.write_folder(source, folder / "model", gains)
        plain_lora(source.learned, gains, str(at / "model"), folder / "lora")

    def serve(self, at: Path, rank: int) -> list[str]:
        """Transformers and vLLM."""
        return [
            f'python: PeftModel.from_pretrained(AutoModelForCausalLM.from_pretrained("{at}/model"), "{at}/lora")',
            f"vllm serve {at}/model --enable-lora --max-lora-rank {_rank(rank)} --lora-modules rusta={at}/lora",
        ]


@dataclass(frozen=True)
class GgufForm(Form):
    """A GGUF with g in the scales of its blocks, and a LoRA GGUF beside it: for llama.cpp and Ollama.

    `onto` names the GGUF to scale where the model itself is none: one of the same weights, in any type.
    """

    name = "gguf"
    onto: str | None = None  # a GGUF of the same model; null is the one that it was raised on

    def file(self, source: ExportSource) -> Path:
        """The GGUF that is scaled. Raises `RustaError` if there is none."""
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
        """The file is whole, is Qwen2, and holds every learned layer in a type that can be scaled."""
        from rusta.mind.export import gguf_file
        from rusta.mind.gguf import reader

        gguf_file.check(reader(self.file(source)), source.learned, self.file(source))

    def size(self, source: ExportSource) -> int:
        """The same as the source, and the LoRA."""
        return self.file(source).stat().st_size + _lora(source)

    def write(self, source: ExportSource, folder: Path, at: Path) -> None:
        """`model.gguf` and `lora.gguf`."""
        from rusta.mind.export import gguf_file
        from rusta.mind.gguf import reader

        file, count = self.file(source), len(source.learned.layers)
        opened = reader(file)
        gains = {}
        for n, layer in enumerate(source.learned.layers, 1):
            trained_on = source.held.matrix(layer)
            gguf_file.same(opened, layer, trained_on, file)
            gains[layer] = source.learned.factors(layer).gain(trained_on)
            source.told(n, 2 * count)
        gguf_file.fold(file, folder / "model.gguf", opened, gains, lambda n, _: source.told(count + n, 2 * count))
        gguf_file.lora(source.learned, gains, "qwen2", folder / "lora.gguf")
        (folder / "Modelfile").write_text("FROM ./model.gguf\nADAPTER ./lora.gguf\n", encoding="utf-8")

    def serve(self, at: Path, rank: int) -> list[str]:
        """llama.cpp and Ollama."""
        return [
            f"llama-server -m {at}/model.gguf --lora {at}/lora.gguf",
            f"ollama create rusta -f {at}/Modelfile",
        ]


@dataclass(frozen=True)
class Bf16(Form):
    """All of it merged into 16-bit weights: g ⊙ (W + s B A), one rounding to bf16, no adapter. For any engine."""

    name = "bf16"

    def size(self, source: ExportSource) -> int:
        """Two bytes a weight."""
        return source.held.bytes(2, 2)

    def write(self, source: ExportSource, folder: Path, at: Path) -> None:
        """`model/`, complete in itself."""
        from rusta.mind.export.folder import Parts, beside
        from rusta.mind.export.held import layer_of

        held, learned = source.held, source.learned
        beside(held.folder, folder / "model", {**held.config, "dtype": "bfloat16"})
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
        """Anything that reads safetensors."""
        return [
            f'python: AutoModelForCausalLM.from_pretrained("{at}/model")',
            f"vllm serve {at}/model",
            f"llama.cpp: convert_hf_to_gguf.py {at}/model",
        ]


@dataclass(frozen=True)
class Lora(Form):
    """Plain LoRA alone, for the untouched base. Exact for adapter=qlora; of DoRA it drops what g does to the base."""

    name = "lora"
    insist: bool = False  # export although magnitudes are lost

    def ready(self, source: ExportSource) -> None:
        """DoRA is refused unless insisted on."""
        if source.learned.dora and not self.insist:
            raise Lossy(
                "She learned with magnitudes (DoRA): on the untouched base a plain LoRA is not what was trained. Exact are "
                "export=nf4 and export=gguf, which scale the base as well. To have it all the same: export.insist=true"
            )

    def size(self, source: ExportSource) -> int:
        """Twice: for peft and for llama.cpp."""
        return 2 * _lora(source)

    def write(self, source: ExportSource, folder: Path, at: Path) -> None:
        """`lora/` for peft, `lora.gguf` for llama.cpp; for DoRA, with how much survived."""
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
        """On the base, wherever it is served."""
        return [
            f"vllm serve BASE --enable-lora --max-lora-rank {_rank(rank)} --lora-modules rusta={at}/lora",
            f"llama-server -m BASE.gguf --lora {at}/lora.gguf",
        ]


@dataclass(frozen=True)
class MergedNf4(Form):
    """Merged and quantised to four bits again, which rounds most of what was learned away. Refused unless insisted on."""

    name = "merged_nf4"
    insist: bool = False  # export although much of what was learned is rounded away

    def ready(self, source: ExportSource) -> None:
        """Refused: the fold is as small, and exact."""
        if not self.insist:
            raise Lossy(
                "Merging into four bits rounds most of what was learned away: a step of NF4 is larger than the change. "
                "export=nf4 is as small and exact (the gain in the scales, a plain LoRA beside). To do it all the same and "
                "see how much survives: export.insist=true"
            )
        _must_be_nf4(source.held.quantization)

    def size(self, source: ExportSource) -> int:
        """As the base."""
        return source.held.bytes(PACKED, 2)

    def write(self, source: ExportSource, folder: Path, at: Path) -> None:
        """`model/`, complete in itself, and how much survived."""
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
        """Transformers and vLLM."""
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
    """The ranks vLLM reserves for are powers of two, from 8."""
    reserved = 8
    while reserved < rank:
        reserved *= 2
    return reserved
