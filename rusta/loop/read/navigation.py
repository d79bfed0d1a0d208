"""Where a name comes from and goes to: rust-analyzer, started by the first question and kept until her hands are folded."""

import re
from collections.abc import Sequence
from pathlib import Path

from rusta.core.errors import RustaError
from rusta.loop.attempt.actions import Navigate
from rusta.loop.workplace import Workplace
from rusta.tools.analyzer import Analyzer
from rusta.tools.workspace_files import read_file


class Navigator:
    """Answers what `Navigate` asks. Reading a workspace takes a server many seconds, so it is read once."""

    def __init__(self, place: Workplace, command: Sequence[str] = ("rust-analyzer",)) -> None:
        self.place, self.command = place, command
        self._analyzer: Analyzer | None = None

    def ask(self, call: Navigate, path: Path) -> str:
        """What it says, a line a place. Raises `RustaError`; a server that failed is started anew by the next question."""
        try:
            return self._asked(self._awake(), call, read_file(path).decode("utf-8", "replace").splitlines())
        except RustaError:
            self.close()
            raise

    def close(self) -> None:
        """End the server, if there is one."""
        if self._analyzer is not None:
            self._analyzer.close()
            self._analyzer = None

    def _awake(self) -> Analyzer:
        if self._analyzer is None:
            trial = self.place.trial
            analyzer = Analyzer(self.place.root, trial.sandbox, trial.target / "analyzer", self.command)
            self._analyzer = analyzer.__enter__()  # closes itself where it cannot be greeted
        return self._analyzer

    def _asked(self, analyzer: Analyzer, call: Navigate, text: Sequence[str]) -> str:
        if call.what == "symbols":
            found = analyzer.symbols(call.path)
            return "\n".join(f"{one.place.line}: {one.kind} {one.name} {one.detail}".rstrip() for one in found)
        named = re.compile(rf"\b{re.escape(call.symbol)}\b") if call.symbol else None
        line = call.line or next((n for n, said in enumerate(text, 1) if named and named.search(said)), 1)
        place = named.search(text[line - 1]) if named and line <= len(text) else None
        column = place.start() + 1 if place else 1
        if call.what == "hover":
            return analyzer.hover(call.path, line, column) or "rust-analyzer has nothing to say there."
        ask = analyzer.definition if call.what == "definition" else analyzer.references
        return (
            "\n".join(f"{one.path}:{one.line}" for one in ask(call.path, line, column)) or "rust-analyzer finds none."
        )
