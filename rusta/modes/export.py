"""mode=export: write a trained model for use elsewhere: llama.cpp, Ollama, vLLM, stock transformers and peft."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rusta.core.errors import ConfigError
from rusta.core.home import Home, in_bytes
from rusta.core.network import Network
from rusta.core.output import Output, aside, counted, print_plain, tell_facts
from rusta.mind.export.kinds import Form
from rusta.mind.model import Model
from rusta.registry import lineage
from rusta.registry.lineage import Phase


@dataclass
class Export:
    """`rusta export personality`, `rusta +phase=personality mode=export export=nf4`."""

    kind: Form
    model: Model
    home: Home
    network: Network
    phase: Phase | None = None
    output: Output = Output.text
    init_from: str | None = None

    def run(self) -> None:
        """Write the export, verify it, and print how to serve it."""
        if self.phase is None and self.init_from is None:
            raise ConfigError(
                "mode=export takes what was raised elsewhere. Name a phase: rusta +phase=personality mode=export. "
                "Or an adapter folder: init_from=PATH"
            )
        self.network.settle()
        adapter = self._adapter()
        name = self.phase.name if self.phase and not self.init_from else adapter.name
        at = (
            Path(self.kind.path).expanduser().resolve() if self.kind.path else self.home.exports / name / self.kind.name
        )
        _must_be_mine(at)
        from rusta.mind import weights
        from rusta.mind.export.make import open_export_source, write_export
        from rusta.registry import run_card

        source = open_export_source(self.model, self.home, adapter)
        facts = {"phase": name, "model": self.model.name, **run_card.origins()}
        asked = questions(self.kind.verify, weights.tokenizer(source.held.folder)) if self.kind.verify else []
        made = write_export(self.kind, source, at, facts, self.model.fingerprint(self.home), asked, counted)
        if source.survived:
            aside(source.survived.words())
        self._tell(made.at, made.card)

    def _adapter(self) -> Path:
        if not self.init_from:
            assert self.phase is not None
            return lineage.grown(self.home, self.phase.name)
        given = Path(self.init_from).expanduser()
        return given / lineage.ADAPTER if (given / lineage.ADAPTER).is_dir() else given

    def _tell(self, at: Path, run_card: dict[str, Any]) -> None:
        size = sum(file["bytes"] for file in run_card["files"].values())
        facts = {"path": str(at), "bytes": size, **run_card}
        tell_facts(self.output, "exported", facts, lambda: _show(at, size, run_card))


def _show(at: Path, size: int, run_card: dict[str, Any]) -> None:
    print_plain(f"{at}  ({in_bytes(size)}, {run_card['seconds']:.0f} s)")
    for name, file in run_card["files"].items():
        if name.endswith((".safetensors", ".gguf")):
            print_plain(f"  {name}  {in_bytes(file['bytes'])}  sha256 {file['sha256'][:16]}")
    print_plain(f"\n{_verdict(run_card['verified'])}\n\nServe it:")
    for command in run_card["serve"]:
        print_plain(f"  {command}")


def _verdict(found: dict[str, Any] | str | None) -> str:
    if found is None:
        return "Not verified (export.verify=0)."
    if isinstance(found, str):
        return f"{found[0].upper()}{found[1:]}."
    bound = f" (at most {found['bound']:.0e} is right)" if found["bound"] else ""
    return (
        f"Against what was trained, both in fp32: KL {found['kl']:.2g} nats per token over {found['tokens']} tokens{bound}, "
        f"{found['same']} of {found['prompts']} greedy answers the same."
    )


def _must_be_mine(at: Path) -> None:
    """Raise `ConfigError` unless `at` is free, or holds an earlier export, which may be replaced."""
    if at.exists() and not (at.is_dir() and ((at / "export.yaml").is_file() or not any(at.iterdir()))):
        raise ConfigError(
            f"{at} is not empty, and no export of mine: I would replace it. Name another: export.path=FOLDER"
        )


def questions(count: int, tokenizer: Any) -> list[str]:
    """Return the `count` shortest questions of the corpus, rendered as prompts by the chat template."""
    from rusta.data import corpus
    from rusta.data.pages import PageKind as Page
    from rusta.identity.identity import NAME
    from rusta.identity.turns import Role

    asked = sorted(
        {page.turns[0] for page in corpus.pages(Page.DIALOGUE) if page.turns[0].role is Role.PERSON},
        key=lambda turn: (len(turn.text), turn.text),
    )
    return [
        tokenizer.apply_chat_template(
            [NAME.as_message(), turn.as_message()], tokenize=False, add_generation_prompt=True
        )
        for turn in asked[:count]
    ]
