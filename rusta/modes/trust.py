"""mode=trust: measure how often the model's accounts of repairs are right, on a fixed set with a grader.

No torch with llama.cpp.
"""

import time
from dataclasses import dataclass, field, replace
from typing import Any

from rusta.core.home import Home
from rusta.core.network import Network
from rusta.core.output import Output, as_json, aside, counted, event, print_plain
from rusta.evaluation.trust import figures, repairs
from rusta.evaluation.trust.figures import Figure, Trust
from rusta.evaluation.trust.repairs import KnownRepair
from rusta.identity.identity import Identity
from rusta.identity.turns import Role, Turn
from rusta.mind.mind import Generation, Mind
from rusta.mind.model import Model
from rusta.registry import lineage
from rusta.registry.lineage import Phase


@dataclass
class MeasureTrust:
    """`rusta judge trust`: ask the model for an account of every repair of the set, grade each, store the share."""

    mind: Mind
    identity: Identity
    generation: Generation
    model: Model
    home: Home
    network: Network
    phase: Phase | None = None
    trust: Trust = field(default_factory=Trust)
    output: Output = Output.text

    def run(self) -> float:
        """Measure, store and print. Returns the share of right accounts."""
        self.network.settle()
        adapter = lineage.grown(self.home, self.phase.name) if self.phase else None
        key = figures.hashed(self.model, adapter, self.home)
        self.mind.wake(adapter)
        began, asked, rows = time.monotonic(), repairs.repairs(), list[dict[str, Any]]()
        bar = counted(f"accounts of {len(asked)} repairs")
        for n, one in enumerate(asked):
            bar(n, len(asked))
            said = self._account(one)
            rows.append({"repair": one.id, "said": said, "wrong": one.wrong(said)})
        bar(len(asked), len(asked))
        name = " + ".join([self.mind.name, *([self.phase.name] if self.phase else [])])
        right = sum(not row["wrong"] for row in rows)
        minutes = round((time.monotonic() - began) / 60, 2)
        figure = Figure(name, right, len(asked), minutes, repairs.version())
        where = figures.store_figure(key, figure, self.home) if key else None
        if where is None:
            aside("Not kept: these weights are not on this machine, so nothing tells them from others of that name.")
        self._tell(figure, rows, str(where) if where else None)
        return figure.share

    def _account(self, of: KnownRepair) -> str:
        """Return the model's account of one repair, decoded greedily (temperature 0)."""
        asked = [self.identity.turn(), Turn(Role.PERSON, f"{of.told}\n\n{repairs.WISH}")]
        steady = replace(self.generation, temperature=0.0, max_tokens=repairs.TOKENS)
        return "".join(piece.text for piece in self.mind.stream(asked, steady)).strip()

    def _tell(self, figure: Figure, rows: list[dict[str, Any]], kept: str | None) -> None:
        bears = figure.share >= self.trust.pages
        means = f"her own words {'go' if bears else 'do not go'} into her journals (trust.pages={self.trust.pages})"
        facts = {
            "mind": figure.mind, "right": figure.right, "of": figure.of, "share": round(figure.share, 3),
            "minutes": figure.minutes, "pages": bears, "version": figure.version, "kept": kept,
        }  # fmt: skip
        if self.output is Output.json:
            as_json({**facts, "accounts": rows})
            return
        if self.output is Output.jsonl:
            for row in rows:
                event("account", **row)
            event("trust", **facts)
            return
        print_plain(
            f"{figure.mind}: {figure.right} of {figure.of} accounts of repairs are right, in {figure.minutes} min: {means}."
        )
        for row in rows:
            print_plain(f"  {row['repair']:<32}{row['wrong'] or 'right'}")
