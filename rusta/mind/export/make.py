"""Make an export: check, write completely or not at all, compare with the trained model, and describe it.

The folder holds what `kinds.py` writes and `export.yaml`, the card: what the export was made of, every file's hash, by
how much it differs from the trained model, and the commands that serve it.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from rusta.core.errors import RustaError
from rusta.core.home import need_room, whole_folder
from rusta.mind import adapters
from rusta.mind.bodies import memory_gib
from rusta.mind.export.export_source import ExportSource
from rusta.mind.export.held import Held
from rusta.mind.export.kinds import Form, GgufForm
from rusta.mind.export.learned import LearnedAdapter, digest
from rusta.mind.model import sha256
from rusta.mind.quantization import NF4, Unquantised

CARD = "export.yaml"
VERSION = 1  # version of the written format; exports of another version are made again
TOKENS = 24  # of each answer that is compared

# Bounds on KL(trained ‖ exported) in fp32, nats per token. The 4-bit fold is exact; bf16 rounds every weight once,
# fp16 block scales every block.
BOUNDS = {"nf4": 1e-6, "gguf": 1e-3, "bf16": 1e-3}


class NotTheSame(RustaError):
    """The written export does not match what was trained. It is deleted."""


@dataclass(frozen=True)
class Made:
    """A finished export: its folder, and its card."""

    at: Path
    card: dict[str, Any]


def open_export_source(
    model: Any, home: Any, adapter: Path, told: Callable[[int, int], None] = lambda *_: None
) -> ExportSource:
    """Return the input of an export. Raises `WrongBase`, `BrokenAdapter`, `NoWeights`."""
    from rusta.mind.model import NoWeights

    adapters.check_base(adapter, model.fingerprint(home))
    quantization, learned = adapters.base_quantization(adapter), LearnedAdapter(adapter)
    held = Held(model.folder(home), quantization)
    unknown = [layer for layer in learned.layers if f"{layer}.weight" not in held]
    if unknown:
        raise NotTheSame(f"The adapter in {adapter} learned {unknown[0]}, which {model.name} does not have.")
    try:
        gguf = model.gguf(home)
    except NoWeights:
        gguf = None
    return ExportSource(held, learned, gguf, told)


def write_export(
    kind: Form, source: ExportSource, at: Path, facts: dict[str, Any], fingerprint: str,
    questions: Sequence[str] = (), told: Callable[[str], Callable[[int, int], None]] = lambda _: lambda *_: None,
) -> Made:  # fmt: skip
    """Write `source` as `kind` to `at`, replacing what was there. `questions` are used to verify it.

    Raises what `kind.ready` raises, `NoRoom`, and `NotTheSame`; in these cases `at` is unchanged.
    """
    began = time.monotonic()
    kind.ready(source)
    need_room(at.parent, kind.size(source), f"Exporting as {kind.name}")
    with whole_folder(at) as making:
        source.told = told(f"exporting as {kind.name}, layers")
        kind.write(source, making, at)
        verdict = _verified(kind, source, making, fingerprint, questions, told) if questions else None
        files = {}
        for path in sorted(p for p in making.rglob("*") if p.is_file()):
            stat = path.stat()
            files[str(path.relative_to(making))] = {
                "bytes": stat.st_size, "sha256": sha256(path), "changed_ns": stat.st_mtime_ns,
            }  # fmt: skip
        card = {
            "form": kind.name,
            "version": VERSION,
            **export_key(digest(source.learned.folder), fingerprint, source.held.quantization),
            **facts,
            "dora": source.learned.dora,
            "rank": source.learned.rank,
            "verified": verdict,
            "survived": source.survived.as_dict() if source.survived else None,
            "serve": kind.serve(at, source.learned.rank),
            "files": files,
            "seconds": round(time.monotonic() - began, 1),
        }
        (making / CARD).write_text(
            yaml.safe_dump(card, sort_keys=False, allow_unicode=True, width=110), encoding="utf-8"
        )
    return Made(at, card)


def export_key(adapter: str, fingerprint: str, quantization: NF4 | Unquantised) -> dict[str, Any]:
    """Return what an export depends on: exports with the same key have the same content."""
    held = quantization.name
    if isinstance(quantization, NF4) and quantization.double_quant:
        held += ", double quantised"
    return {"adapter": adapter, "base": fingerprint, "quantization": held}


def _verified(
    kind: Form, source: ExportSource, folder: Path, fingerprint: str, questions: Sequence[str], told: Any
) -> dict[str, Any] | str:
    """Return how far the export differs from the trained model, in fp32; or why that cannot be checked here."""
    from rusta.mind import weights
    from rusta.mind.export import agreement, readers

    quantised = isinstance(source.held.quantization, NF4) and kind.name in ("nf4", "lora", "merged_nf4")
    need, have = source.held.bytes(0.6 if quantised else 4.0, 4.0), _memory()
    if need > 0.9 * have:
        return f"not verified: fp32 takes {need / 1e9:.0f} GB, and this machine has {have / 1e9:.0f} GB"
    tokenizer = weights.tokenizer(source.held.folder)
    model = readers.trained(source.held, source.learned.folder, fingerprint)
    said = agreement.answered(model, tokenizer, questions, TOKENS, told("answers of what was trained"))
    del model
    agreement.let_go()
    other = readers.exported(folder, source.held)
    found = agreement.measure_agreement(said, other, told("answers of the export"))
    del other
    agreement.let_go()
    bound = BOUNDS.get(kind.name)
    if isinstance(kind, GgufForm) and (kind.onto or isinstance(source.held.quantization, NF4)):
        bound = None  # the GGUF's base is not the one trained on: the difference is reported, not bounded
    if bound is not None and not found.kl <= bound:
        raise NotTheSame(
            f"What I wrote as {kind.name} says something else than what was trained: KL {found.kl:.2g} nats per token, and "
            f"at most {bound:.0e} is right. I left nothing of it. Please report this with {source.learned.folder}."
        )
    return {**found.as_dict(), "bound": bound, "computed_in": "fp32"}


def _memory() -> float:
    """Return the total bytes of the device that would hold the model."""
    import torch

    return torch.cuda.get_device_properties(0).total_memory if torch.cuda.is_available() else memory_gib() * 2**30
