"""One mirror from the state that was understood last to its newest: compare, write into the journals, move the mark."""

from collections.abc import Callable
from dataclasses import dataclass

from rusta.mirror.changed_files import ChangedFiles
from rusta.mirror.mirror_lock import mirror_locked
from rusta.mirror.mirrors import Mirrors
from rusta.mirror.reflection import MirrorJournal, Reflection
from rusta.mirror.repository import opened_mirror
from rusta.mirror.revision_changes import MirrorState, RevisionChanges, Told, UsedAt, revision_changes

Step = Callable[[str], Told]
"""Gives for a step's name what hears of its progress."""


@dataclass(frozen=True)
class ReflectionCycle:
    """`used` tells at which sites workspaces use an item; `step` shows progress."""

    mirrors: Mirrors
    journal: MirrorJournal
    used: UsedAt = lambda path: ()
    step: Step = lambda what: lambda done, of: None

    def waits(self, name: str) -> bool:
        """Whether a mirror has a state that was not reflected. Raises `NoMirror`."""
        with opened_mirror(self.mirrors.must_be_here(name)) as repository:
            return repository.reflected != repository.newest

    def changes(self, name: str, since: str | None = None) -> RevisionChanges:
        """Return what is known of the change between a state (null: the one reflected last) and the newest."""
        upstream = self.mirrors.upstream(name)
        found = self.mirrors.changes(name, since)
        with opened_mirror(self.mirrors.must_be_here(name)) as repository:
            old, new = (MirrorState(one, repository.files(one)) for one in (found.old, found.new))
            changed = ChangedFiles(old.files, new.files, upstream.counted)
            return revision_changes(
                name, old, new, found.commits, self.used, changed, self.step(f"{name}: comparing packages")
            )

    def run(self, name: str) -> Reflection:
        """Reflect what waits in a mirror, and mark it as reflected. Raises `MirrorBusy` where another process does."""
        with mirror_locked(self.mirrors.records.folder / f"{name}.reflecting", name):
            changes = self.changes(name)
            done = self.journal.reflect(changes, self.used, self.step(f"{name}: writing notes"))
            self.mirrors.mark_reflected(name, changes.new.revision)
            return done
