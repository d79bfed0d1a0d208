"""Two states of a mirror that are compared, whatever the mirror is of."""

from dataclasses import dataclass

from rusta.library.source_files import SourceFiles
from rusta.mirror.changed_files import ChangedFiles
from rusta.mirror.commits import MirrorCommit


@dataclass(frozen=True)
class MirrorState:
    """One state of a mirror: its files, and what it is called: a commit, or the version of a crate."""

    revision: str
    files: SourceFiles

    @property
    def short(self) -> str:
        """The revision as it is shown."""
        return self.revision[:12] if len(self.revision) == 40 else self.revision


@dataclass(frozen=True)
class ComparedStates:
    """Two states of a mirror, with the commits between them where there are such, and which files differ."""

    mirror: str
    old: MirrorState
    new: MirrorState
    commits: tuple[MirrorCommit, ...]
    changed: ChangedFiles
