"""mode=devlog: the journals, as a terminal app or one command at a time. Light: no torch, half a second."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rusta.core.errors import ConfigError
from rusta.core.output import Output, tell_facts
from rusta.ui.journal.arguments import COMMANDS, JournalArguments

if TYPE_CHECKING:
    from rusta.memory.recall.ephemeral import Ephemeral
    from rusta.memory.recall.recall import Memory


@dataclass
class DevLog:
    """`rusta devlog`. `said` holds its arguments by key."""

    memory: "Memory | Ephemeral"
    output: Output = Output.text
    said: Mapping[str, str | None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        known = {of.name for of in fields(JournalArguments)}
        if unknown := sorted(set(self.said) - known):
            raise ConfigError(f"devlog.{unknown[0]}: there is no such key. There are: {', '.join(sorted(known))}.")

    def run(self) -> None:
        """Open the app, or run one command and print its result."""
        from rusta.memory.recall.recall import Memory
        from rusta.ui.journal.read_commands import ReadCommands

        said = JournalArguments(**self.said)
        if not isinstance(self.memory, Memory):
            raise ConfigError("memory=ephemeral reads and writes no journals. To open mine, leave it out: rusta devlog")
        if said.do is None:
            return self._open(said, self.memory)
        if said.do not in COMMANDS:
            raise ConfigError(f"devlog.do={said.do}: there are {', '.join(COMMANDS)}.")
        kind = ReadCommands
        if not hasattr(ReadCommands, said.do):  # imported only where needed: it would take half the time of a search
            from rusta.ui.journal.write_commands import Writing as kind
        facts = kind(self.memory, said).run()
        tell_facts(self.output, said.do, facts, lambda: _tell(said.do or "", facts))
        return None

    def _open(self, said: JournalArguments, memory: "Memory") -> None:
        from rusta.ui.terminal.standard_input import can_open

        if self.output != Output.text or not can_open():
            raise ConfigError(
                "rusta devlog opens the journals in a terminal, and this is none. In scripts, say what to do: "
                f"rusta devlog {'|'.join(COMMANDS)} ... output=json"
            )
        from rusta.ui.journal.app import JournalApp

        JournalApp(memory.home.devlogs, memory.home.index, Path(memory.home.root, "drafts"), said.theme or "auto").run()


def _tell(do: str, facts: dict[str, Any]) -> None:
    """Print a command's result; Rich is imported only here."""
    from rusta.ui.journal.cli_render import tell

    tell(do, facts)
