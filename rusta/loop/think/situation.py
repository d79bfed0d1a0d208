"""What a strategy looks at: cargo's errors in one state of the workspace, and the files of that state."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from rusta.loop.think.hypotheses import Cost, FileReader, Hypothesis, name, price
from rusta.tools.diagnostics import Diagnostic
from rusta.tools.statements import Rewrite, Statements
from rusta.upgrade.rules import ProvedReplacement


@dataclass(frozen=True)
class Situation:
    """The errors of one state, and its files.

    `files` are the paths of sources and manifests, relative to `root`, the folder that cargo runs in. The text of a
    file is only what `read` returns: in a state that is not on the disk yet, the disk has something else.
    """

    errors: tuple[Diagnostic, ...]
    read: FileReader
    files: tuple[str, ...]
    root: Path
    moved: Mapping[str, str] = field(
        default_factory=dict
    )  # dependencies that are being upgraded, with their old versions
    proved: Sequence[ProvedReplacement] = ()  # what held in other workspaces for these upgrades
    _parsed: dict[str, Statements | None] = field(default_factory=dict, compare=False)

    def code(self, path: str) -> Statements | None:
        """Return a parsed source, None where there is no such file. Parsed once for all strategies."""
        if path not in self._parsed:
            source = self.read(path)
            self._parsed[path] = None if source is None else Statements(source)
        return self._parsed[path]

    def sources(self) -> Iterator[tuple[str, Statements]]:
        """Yield every `.rs` file, parsed."""
        for path in self.files:
            if path.endswith(".rs") and (code := self.code(path)):
                yield path, code

    def hypothesis(
        self, error: Diagnostic, reason: str, rewrites: "dict[str, list[Rewrite]]", cost: Cost, trade_off: str = ""
    ) -> Hypothesis:
        """Return a hypothesis that ends `error` by edits of parsed sources.

        `trade_off` "" is derived from the text that is added.
        """
        return self.joint_hypothesis([error], reason, rewrites, cost, trade_off)

    def joint_hypothesis(
        self, errors: Sequence[Diagnostic], reason: str, rewrites: "dict[str, list[Rewrite]]", cost: Cost,
        trade_off: str = "",
    ) -> Hypothesis:  # fmt: skip
        """Return a hypothesis that ends all of these errors together."""
        changes: dict[str, bytes | None] = {
            path: code.rewritten(edits) for path, edits in rewrites.items() if (code := self.code(path))
        }
        return Hypothesis(
            "craft",
            reason,
            trade_off or price(changes, self.read),
            changes,
            tuple(dict.fromkeys(map(name, errors))),
            cost,
        )


Strategy = Callable[[Situation], Iterator[Hypothesis]]
