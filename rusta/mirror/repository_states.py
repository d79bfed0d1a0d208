"""The mirrors of git repositories as something to reflect on: the state that was understood last, and the newest."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from rusta.mirror.changed_files import ChangedFiles
from rusta.mirror.compared_states import ComparedStates, MirrorState
from rusta.mirror.mirrors import Mirrors
from rusta.mirror.repository import opened_mirror


@dataclass(frozen=True)
class RepositoryStates:
    """States of git mirrors, by the mirror's name."""

    mirrors: Mirrors

    def waits(self, name: str) -> bool:
        """Whether a mirror has a state that was not reflected on. Raises `NoMirror`."""
        with opened_mirror(self.mirrors.must_be_here(name)) as repository:
            return repository.reflected != repository.newest

    @contextmanager
    def states(self, name: str, since: str | None) -> Iterator[ComparedStates]:
        """Yield a state (null: the one that was understood last) and the newest, to be compared."""
        found, counted = self.mirrors.changes(name, since), self.mirrors.upstream(name).counted
        with opened_mirror(self.mirrors.must_be_here(name)) as repository:
            old, new = (MirrorState(one, repository.files(one)) for one in (found.old, found.new))
            yield ComparedStates(name, old, new, tuple(found.commits), ChangedFiles(old.files, new.files, counted))

    def mark_reflected(self, name: str, revision: str) -> None:
        """Move the mark."""
        self.mirrors.mark_reflected(name, revision)

    def lock(self, name: str) -> Path:
        """The file that a process holds while it reflects on a mirror."""
        return self.mirrors.records.folder / f"{name}.reflecting"
