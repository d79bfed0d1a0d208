"""One mirror from the state that was understood last to its newest: compare, write into the journals, move the mark."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from rusta.mirror.compared_states import ComparedStates
from rusta.mirror.fact import UsedAt
from rusta.mirror.mirror_lock import mirror_locked
from rusta.mirror.reflection import MirrorJournal, Reflection
from rusta.mirror.revision_changes import StepCount, revision_changes

CountedStep = Callable[[str], StepCount]
"""Gives for a step's name what hears of its progress."""


class ReflectedSource(Protocol):
    """The mirrors that are reflected on: of git repositories (`RepositoryStates`), and of crates by releases (`ReleaseMirrors`)."""

    def waits(self, name: str) -> bool:
        """Whether a mirror has a state that was not reflected on."""
        ...

    def states(self, name: str, since: str | None) -> AbstractContextManager[ComparedStates]:
        """The state reflected on last (or `since`), and the newest."""
        ...

    def mark_reflected(self, name: str, revision: str) -> None:
        """Move the mark."""
        ...

    def lock(self, name: str) -> Path:
        """The file to hold while it is reflected on."""
        ...


@dataclass(frozen=True)
class ReflectionCycle:
    """`used` tells at which sites workspaces use an item; `step` shows progress."""

    source: ReflectedSource
    journal: MirrorJournal
    used: UsedAt = lambda path: ()
    step: CountedStep = lambda what: lambda done, of: None

    def run(self, name: str) -> Reflection:
        """Reflect on what waits in a mirror, and mark it as reflected. Raises `MirrorBusy` where another process does."""
        with mirror_locked(self.source.lock(name), name), self.source.states(name, None) as states:
            changes = revision_changes(states, self.used, self.step(f"{name}: comparing packages"))
            done = self.journal.reflect(changes, self.used, self.step(f"{name}: writing notes"))
            self.source.mark_reflected(name, changes.new.revision)
            return done
