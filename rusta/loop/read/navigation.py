"""Answer navigation calls with rust-analyzer, which is started by the first question and kept running."""

import re
from collections.abc import Sequence
from pathlib import Path

from rusta.core.errors import RustaError
from rusta.loop.attempt.actions import Navigate
from rusta.loop.workplace import Workplace
from rusta.tools.analyzer import Analyzer
from rusta.tools.workspace_files import read_file


class Navigator:
    """Answers `Navigate` calls. A server takes many seconds to index a workspace, so one is started and reused."""

    def __init__(self, place: Workplace, command: Sequence[str] = ("rust-analyzer",)) -> None:
        self.place, self.command = place, command
        self._analyzer: Analyzer | None = None

    def ask(self, call: Navigate, path: Path) -> str:
        """Return the answer, one place per line. Raises `RustaError`; the next question then starts a new server."""
        try:
            return self._asked(self._awake(), call, read_file(path).decode("utf-8", "replace").splitlines())
        except RustaError:
            self.close()
            raise

    def close(self) -> None:
        """Stop the server, if it runs."""
        if self._analyzer is not None:
            self._analyzer.close()
            self._analyzer = None

    def _awake(self) -> Analyzer:
        if self._analyzer is None:
            trial = self.place.trial
            analyzer = Analyzer(self.place.root, trial.sandbox, trial.target / "analyzer", self.command)
            self._analyzer = analyzer.__enter__()  # closes itself if the initialize handshake fails
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
