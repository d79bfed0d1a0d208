"""Writers of standard formats: a safetensors folder in parts of bounded size, and a peft folder of plain LoRA."""

import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rusta.mind.export.held import INDEX
from rusta.mind.export.learned import CONFIG, PREFIX, WEIGHTS, LearnedAdapter

if TYPE_CHECKING:
    from torch import Tensor

PART = 2_000_000_000  # maximum bytes of a file, and of the tensors in memory


class Parts:
    """Writer of tensors, one by one, to `model.safetensors` or to numbered parts with an index."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self._held: dict[str, Tensor] = {}
        self._files: list[list[str]] = []
        self._size = self._all = 0

    def add(self, name: str, tensor: "Tensor") -> None:
        """Add the next tensor."""
        size = tensor.numel() * tensor.element_size()
        if self._held and self._size + size > PART:
            self._write()
        self._held[name] = tensor.cpu().contiguous()
        self._size += size
        self._all += size

    def close(self) -> None:
        """Write the remaining tensors, name the files, and write an index if there are several."""
        self._write()
        count = len(self._files)
        names = [f"model-{n:05}-of-{count:05}.safetensors" if count > 1 else "model.safetensors"
                 for n in range(1, count + 1)]  # fmt: skip
        for n, name in enumerate(names):
            (self.folder / f"{n}.part").rename(self.folder / name)
        if count > 1:
            table = {tensor: names[n] for n, held in enumerate(self._files) for tensor in held}
            index = {"metadata": {"total_size": self._all}, "weight_map": table}
            (self.folder / INDEX).write_text(json.dumps(index, indent=2), encoding="utf-8")

    def _write(self) -> None:
        from safetensors.torch import save_file

        if self._held:
            save_file(self._held, self.folder / f"{len(self._files)}.part", metadata={"format": "pt"})
            self._files.append(list(self._held))
        self._held, self._size = {}, 0


def write_config_and_tokenizer(source: Path, folder: Path, config: dict[str, Any]) -> None:
    """Write `config`, and copy the tokenizer's files from `source`."""
    folder.mkdir(parents=True, exist_ok=True)
    for path in source.iterdir():
        wanted = path.suffix in (".json", ".jinja", ".txt") and path.name not in ("config.json", INDEX, "fetched.json")
        if path.is_file() and wanted:
            shutil.copy2(path, folder / path.name)
    (folder / "config.json").write_text(json.dumps(config, indent=2), encoding="utf-8")


def plain_lora(learned: LearnedAdapter, gains: "dict[str, Tensor]", base: str, folder: Path) -> None:
    """Write the peft folder of B' = g ⊙ B and A in fp32, which any peft loads: no magnitudes, `use_dora` false."""
    from safetensors.torch import save_file

    tensors = {}
    for layer in learned.layers:
        factors = learned.factors(layer)
        tensors[f"{PREFIX}{layer}.lora_A.weight"] = factors.a
        tensors[f"{PREFIX}{layer}.lora_B.weight"] = gains[layer][:, None] * factors.b
    folder.mkdir(parents=True, exist_ok=True)
    save_file(tensors, folder / WEIGHTS, metadata={"format": "pt"})
    config = {**learned.config, "use_dora": False, "base_model_name_or_path": base, "inference_mode": True}
    (folder / CONFIG).write_text(json.dumps(config, indent=2), encoding="utf-8")
