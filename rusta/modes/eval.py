"""mode=eval: compare a trained adapter with its base model on the sealed pages."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rusta.core.errors import ConfigError
from rusta.core.home import Home
from rusta.core.network import Network
from rusta.core.output import Output, aside, counted, tell_facts
from rusta.evaluation import report, sealed
from rusta.mind.attention import Attention
from rusta.mind.compute import Compute
from rusta.mind.model import Model
from rusta.mind.quantization import NF4, Unquantised
from rusta.registry import lineage
from rusta.registry.lineage import Phase
from rusta.ui.terminal.verdict_table import show_verdict


@dataclass
class Eval:
    """Measures an adapter on the sealed pages: `rusta +phase=personality mode=eval`."""

    phase: Phase | None
    model: Model
    quantization: NF4 | Unquantised
    attention: Attention
    home: Home
    network: Network
    compute: Compute = field(default_factory=Compute)
    output: Output = Output.text
    init_from: str | None = None
    seed: int = 0

    def run(self) -> float:
        """Measure and print. Returns by how much the margin rose over the base."""
        name = self.phase.name if self.phase else ""
        if not name and self.init_from is None:
            raise ConfigError(
                "mode=eval compares the base with what was raised on it. Name a phase: rusta +phase=personality mode=eval. "
                "Or an adapter folder: init_from=PATH"
            )
        self.network.settle()
        from rusta.mind import adapters, weights

        adapter = Path(self.init_from).expanduser() if self.init_from else lineage.grown(self.home, name)
        fingerprint = self.model.fingerprint(self.home)
        adapters.check_base(adapter, fingerprint)
        if words := adapters.held_otherwise(adapter, self.quantization):
            aside(words)
        folder = self.model.folder(self.home)
        tokenizer = weights.tokenizer(folder)
        choice = weights.computing(self.compute, self.home, self.model.measure(self.home))
        aside(f"compute: {choice}")
        base = weights.wake(folder, self.quantization, self.attention, compute=choice)

        def read(model: Any, who: str) -> list[sealed.Pair]:
            return sealed.score(model, tokenizer, self.model.context, counted(f"the sealed pages, as {who}"))

        key = f"{fingerprint} {self.quantization}{choice.tag}"
        before = sealed.remembered(self.home.models / "sealed", key, lambda: read(base, "the bare base"))
        model = adapters.load(base, adapter, fingerprint).eval()
        found = sealed.compare(before, read(model, name or adapter.name), self.seed)
        word, sentence = report.verdict(found)
        figures = {"adapter": str(adapter), "verdict": word, "sentence": sentence, **found.as_dict()}
        tell_facts(self.output, "evaluated", figures, lambda: show_verdict(found))
        return found.margin.mean
