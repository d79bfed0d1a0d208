"""What changed in a mirror between two of its states, gathered: the API of each published package, everything else, and commits."""

import hashlib
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from rusta.library.source_files import SourceFiles
from rusta.mirror.api_changes import ApiChange
from rusta.mirror.change_facts import ChangeFact, change_facts
from rusta.mirror.commits import MirrorCommit
from rusta.mirror.compared_states import ComparedStates, MirrorState
from rusta.mirror.fact import UsedAt
from rusta.mirror.repository_packages import RepositoryPackage
from rusta.mirror.substance import Substance, weighed
from rusta.mirror.workspace_changes import changed_apis

StepCount = Callable[[int, int], None]
NO_VERSION = "0.0.0"


@dataclass(frozen=True)
class RevisionChanges:
    """All that is known of a change. `versions` are those of the packages in the new state."""

    mirror: str
    old: MirrorState
    new: MirrorState
    api: tuple[ApiChange, ...]
    folders: dict[str, str]  # of the packages, by the name of their library
    versions: dict[str, str]
    facts: tuple[ChangeFact, ...]
    commits: tuple[MirrorCommit, ...]
    substance: Substance
    unread: dict[str, int]  # parts of the packages' sources that could not be read, and how often
    old_versions: dict[str, str] = field(default_factory=dict)  # of the packages in the old state

    @property
    def version(self) -> str:
        """The version of the package that gives the mirror its name, else the one that most packages have."""
        if self.mirror in self.versions:
            return self.versions[self.mirror]
        said = list(self.versions.values())
        return max(dict.fromkeys(said), key=said.count, default="")


def revision_changes(
    states: ComparedStates, used: UsedAt = lambda path: (), told: StepCount = lambda done, of: None
) -> RevisionChanges:
    """Compare two states. `used` tells where workspaces use an item; `told` hears how many packages were compared."""
    old, new, changed = states.old, states.new, states.changed
    before, after = (
        {one.name: one.folder for one in side if one.published} for side in (changed.earlier, changed.later)
    )
    apis = changed_apis(old.files, new.files, before, after, told=told)
    api, unread = apis.changes(), Counter[str]()
    for one in apis.new.values():
        unread.update(dict(one.unread))
    known = {
        _marks(files.below(of[package])): one.items
        for files, of, read in ((old.files, before, apis.old), (new.files, after, apis.new))
        for package, one in read.items()
    }
    facts = change_facts(
        old.files, new.files, lambda files: known.get(_marks(files), ()), changed.counted, changed, used=used,
        told=sum(one.told_length for one in api),
    )  # fmt: skip
    substance = weighed(facts, changed.counts, api, used)
    earlier, later = ([one for one in side if one.published] for side in (changed.earlier, changed.later))
    return RevisionChanges(
        states.mirror, old, new, tuple(api), {_library(one): one.folder for one in later},
        _versions(later), tuple(facts), states.commits, substance, dict(unread), _versions(earlier),
    )  # fmt: skip


def _versions(of: Sequence[RepositoryPackage]) -> dict[str, str]:
    return {_library(one): str(one.said("version")[0] or NO_VERSION) for one in of}


def _library(package: RepositoryPackage) -> str:
    return package.name.replace("-", "_")


def _marks(files: SourceFiles) -> str:
    """What stands for the content of files."""
    return hashlib.sha256("\n".join(f"{path} {mark}" for path, mark in files.paths().items()).encode()).hexdigest()
