"""The files llama.cpp loads for a trained phase: the GGUF with the gain folded in and the LoRA, exported once.

They are kept under `exports/<phase>/gguf`, where `mode=export` writes them too, and identified by the adapter's hash,
the base's hash and the base's quantisation. Anything else there, or a changed file, is exported again. If the export
exists, nothing heavy is imported.
"""

from pathlib import Path
from typing import TYPE_CHECKING

import yaml

from rusta.core.home import in_bytes
from rusta.core.output import aside, aside_on_terminal, counted
from rusta.core.regular_file import read_file
from rusta.mind import adapters
from rusta.mind.export import learned

if TYPE_CHECKING:
    from rusta.core.home import Home
    from rusta.mind.model import Model


def served(model: "Model", home: "Home", adapter: Path) -> tuple[Path, Path, str]:
    """Return the folded GGUF, its LoRA, and the adapter's digest. Raises `WrongBase`, `BrokenAdapter`, `NoRoom`."""
    from rusta.mind.export.make import VERSION, export_key

    adapters.check_base(adapter, model.fingerprint(home))
    digest, fingerprint = learned.digest(adapter), model.fingerprint(home)
    name = adapter.parent.name if adapter.name == "adapter" else adapter.name
    at = home.exports / name / "gguf"
    wanted = {"version": VERSION, **export_key(digest, fingerprint, adapters.base_quantization(adapter))}
    if not _here(at, wanted):
        from rusta.mind.export.kinds import GgufForm
        from rusta.mind.export.make import open_export_source, write_export

        source = open_export_source(model, home, adapter)
        aside(
            f"I put {name} into a form that llama.cpp reads, once ({in_bytes(model.gguf(home).stat().st_size)} in {at})."
        )
        told = counted if aside_on_terminal() else (lambda _: lambda *_: None)  # one line is enough in a log
        write_export(GgufForm(verify=0), source, at, {"phase": name, "model": model.name}, fingerprint, told=told)
    return at / "model.gguf", at / "lora.gguf", digest


def _here(at: Path, wanted: dict) -> bool:
    """Whether an export with this key is there, with unchanged files."""
    try:
        card = yaml.safe_load(read_file(at / "export.yaml"))
        same = all(card[name] == value for name, value in wanted.items())
        return same and all(
            ((stat := (at / name).stat()).st_size, stat.st_mtime_ns) == (file["bytes"], file["changed_ns"])
            for name, file in card["files"].items()
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError, yaml.YAMLError):
        return False
