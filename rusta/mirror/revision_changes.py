"""What changed in a mirror between two of its states, gathered: the API of each published package, everything else, and commits."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from rusta.library.source_files import SourceFiles
from rusta.mirror.api import CrateApi, public_api
from rusta.mirror.api_changes import ApiChange, api_changes
from rusta.mirror.change_facts import ChangedFiles, ChangeFact, change_facts
from rusta.mirror.commits import MirrorCommit
from rusta.mirror.compared_states import ComparedStates, MirrorState
from rusta.mirror.file_kinds import FileKind
from rusta.mirror.repository_packages import RepositoryPackage
from rusta.mirror.substance import Substance, UsedAt, weighed

__all__ = ["ComparedStates", "MirrorState", "RevisionChanges", "StepCount", "UsedAt", "revision_changes"]

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
    apis = KnownApis()
    api, unread = _api(changed, apis, told)
    facts = change_facts(old.files, new.files, lambda files: apis.of(files).items, changed.counted, changed, used=used)
    substance = weighed(facts, changed.counts, api, used)
    later = [one for one in changed.later if one.published]
    return RevisionChanges(
        states.mirror, old, new, tuple(api), {_library(one): one.folder for one in later},
        {_library(one): str(one.said("version")[0] or NO_VERSION) for one in later},
        tuple(facts), states.commits, substance, unread,
    )  # fmt: skip


@dataclass
class KnownApis:
    """The APIs that were read, by the content of what they were read from."""

    read: dict[str, CrateApi] = field(default_factory=dict)

    def of(self, files: SourceFiles) -> CrateApi:
        """Return the API of the package whose files these are."""
        marks = hashlib.sha256("\n".join(f"{path} {mark}" for path, mark in files.paths().items()).encode()).hexdigest()
        if marks not in self.read:
            self.read[marks] = public_api(files)
        return self.read[marks]


@dataclass(frozen=True)
class _Side:
    """The packages of one state."""

    files: SourceFiles
    packages: Sequence[RepositoryPackage]
    apis: KnownApis

    def api(self, library: str) -> CrateApi | None:
        """Return the API of a package by its library's name; None for a name that is none of them."""
        package = next((one for one in self.packages if _library(one) == library), None)
        return self.apis.of(self.files.below(package.folder)) if package else None

    def beside(self, api: CrateApi) -> list[CrateApi]:
        """Return the packages of the repository that an API re-exports, and those that these re-export."""
        found, todo = dict[str, CrateApi](), [api]
        while todo:
            for export in todo.pop().exports:
                name = export.target.partition("::")[0]
                if name not in found and name != api.name and (other := self.api(name)):
                    found[name] = other
                    todo.append(other)
        return list(found.values())


def _api(changed: ChangedFiles, apis: KnownApis, told: StepCount) -> tuple[list[ApiChange], dict[str, int]]:
    """The changes of the API of every published package with a source or a manifest that differs."""
    differ = [path for path, kind in changed.kinds.items() if kind in (FileKind.CODE, FileKind.MANIFEST)]
    was = {one.name for one in changed.earlier if one.published}
    todo = [one for one in changed.later if one.published and one.name in was and _holds(one, differ)]
    before, after = _Side(changed.old, changed.earlier, apis), _Side(changed.new, changed.later, apis)
    found, unread = list[ApiChange](), dict[str, int]()
    for done, one in enumerate(todo):
        told(done, len(todo))
        old, new = before.api(_library(one)), after.api(_library(one))
        if old is None or new is None:
            continue
        found += api_changes(old, new, before.beside(old), after.beside(new))
        for what, count in new.unread:
            unread[what] = unread.get(what, 0) + count
    told(len(todo), len(todo))
    return found, unread


def _library(package: RepositoryPackage) -> str:
    return package.name.replace("-", "_")


def _holds(package: RepositoryPackage, paths: Sequence[str]) -> bool:
    """Whether one of the paths lies in the package's folder."""
    inside = f"{package.folder}/" if package.folder else ""
    return any(path.startswith(inside) for path in paths)
