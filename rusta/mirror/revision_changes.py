"""What changed in a mirror between two of its states, gathered: the API of each package, everything else, and commits."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from rusta.library.source_files import SourceFiles
from rusta.mirror.api import CrateApi, public_api
from rusta.mirror.api_changes import ApiChange, api_changes
from rusta.mirror.change_facts import ChangeFact, change_facts, packages
from rusta.mirror.repository import MirrorCommit

Told = Callable[[int, int], None]


@dataclass(frozen=True)
class RevisionChanges:
    """All that is known of a change. `old` and `new` are revisions: commits, or versions of a crate."""

    mirror: str
    old: str
    new: str
    version: str  # of the mirror's main package at `new`; "" where it has none
    api: tuple[ApiChange, ...]
    facts: tuple[ChangeFact, ...]
    commits: tuple[MirrorCommit, ...]
    unread: int  # parts of the packages' sources that could not be read

    @property
    def empty(self) -> bool:
        """Whether nothing is known to have changed."""
        return not (self.api or self.facts)
