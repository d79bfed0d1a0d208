"""Two releases of a crate compared, as far as code that uses it is concerned: what each offers, and what the project says between them.

Items of other crates that a release re-exports count as its own, at the version that its manifest asks for. Both
releases have to lie on this machine. Not covered: what changed in behaviour alone.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path

from rusta.library.source_files import FolderFiles
from rusta.mirror.api import OWNERS, CrateApi, PublicItem, path_rank, public_api
from rusta.mirror.api_changes import ApiChange, api_changes
from rusta.mirror.exported_crates import dependency_sources, with_exported
from rusta.mirror.file_kinds import FileKind, file_kind
from rusta.mirror.markdown_blocks import LONGEST_MARKDOWN, MarkdownBlock, markdown_blocks
from rusta.mirror.registry_index import version_order

ALIAS = re.compile(r"=\s*(?:\w+::)*(\w+)")
MOST_COMPARED = 16  # pairs of releases that are remembered
MOST_ENTRIES = 4_000  # blocks of changelogs and guides


@dataclass(frozen=True)
class ReleaseEntry:
    """An entry of a changelog or of a migration guide, and where it stands (`crate@version:file:line`)."""

    block: MarkdownBlock
    place: str
    guide: bool = False  # of a migration guide


@dataclass(frozen=True)
class CrateChanges:
    """What differs between two releases. Paths begin with the library's name."""

    crate: str
    old: str
    new: str
    old_root: Path
    new_root: Path
    before: CrateApi
    after: CrateApi
    api: tuple[ApiChange, ...]
    entries: tuple[ReleaseEntry, ...]

    @cached_property
    def was(self) -> Mapping[str, Sequence[PublicItem]]:
        """The items of the old release, by their last name, without implementations."""
        return _by_part(self.before, 2)

    @cached_property
    def now(self) -> Mapping[str, Sequence[PublicItem]]:
        """The items of the new release, by their last name, without implementations."""
        return _by_part(self.after, 2)

    @cached_property
    def old_paths(self) -> frozenset[str]:
        """The paths of the old release."""
        return frozenset(one.path for several in self.was.values() for one in several)

    @cached_property
    def by_path(self) -> Mapping[str, PublicItem]:
        """The items of the new release by their paths."""
        return {one.path: one for several in self.now.values() for one in several}

    @cached_property
    def _shortest(self) -> Mapping[tuple[object, ...], PublicItem]:
        found = dict[tuple[object, ...], PublicItem]()
        for several in self.now.values():
            for one in several:
                known = found.get(_same(one))
                if known is None or path_rank(one.path) < path_rank(known.path):
                    found[_same(one)] = one
        return found

    def shortest(self, item: PublicItem) -> PublicItem:
        """Return an item of the new release under the shortest of its paths."""
        return self._shortest.get(_same(item), item)

    def owner_now(self, path: str) -> str:
        """Return the path that a type of the old release has in the new one: of one that is an alias now, what it stands for."""
        one = self.by_path.get(path)
        if one is None or one.kind != "type" or not (found := ALIAS.search(one.signature)):
            return path
        there = [other for other in self.now.get(found[1], ()) if other.kind in OWNERS]
        return min(there, key=lambda other: path_rank(other.path)).path if there else path

    def members(self, owner: str, old: bool = False) -> list[PublicItem]:
        """Return what belongs to a type or a trait directly."""
        return (self._old_members if old else self._new_members).get(owner, [])

    @cached_property
    def _old_members(self) -> Mapping[str, list[PublicItem]]:
        return _by_part(self.before, 0)

    @cached_property
    def _new_members(self) -> Mapping[str, list[PublicItem]]:
        return _by_part(self.after, 0)

    def place(self, item: PublicItem, old: bool = False) -> str:
        """Return where an item is: `crate@version:file::path`."""
        crate = item.crate.replace("_", "-") if item.crate else self.crate
        version = (self.old if old else self.new) if not item.crate else ""
        return f"{crate}{f'@{version}' if version else ''}:{item.file}::{item.path.partition('::')[2]}"


def _same(one: PublicItem) -> tuple[object, ...]:
    """What the paths of one item have in common."""
    return (*one.place, one.crate) if one.file else (one.kind, one.path)


def _by_part(api: CrateApi, part: int) -> dict[str, list[PublicItem]]:
    """The items without implementations, by their owners' paths (`part` 0) or their last names (2)."""
    found = dict[str, list[PublicItem]]()
    for one in api.items:
        if one.kind != "impl":
            found.setdefault(one.path.rpartition("::")[part], []).append(one)
    return found


@lru_cache(maxsize=MOST_COMPARED)
def crate_changes(crate: str, old: str, old_root: Path, new: str, new_root: Path) -> CrateChanges:
    """Compare two releases whose sources lie in these folders."""
    before, after = (with_exported(public_api(FolderFiles(root)), root) for root in (old_root, new_root))
    beside = _beside(before, after, old_root, new_root)
    texts = [*_entries(crate, old, new, new_root), *(entry for one in beside for entry in _entries(*one))]
    return CrateChanges(
        crate,
        old,
        new,
        old_root,
        new_root,
        before,
        after,
        tuple(api_changes(before, after)),
        tuple(texts[:MOST_ENTRIES]),
    )


def _beside(before: CrateApi, after: CrateApi, old: Path, new: Path) -> Iterator[tuple[str, str, str, Path]]:
    """The crates whose items both releases re-export, with the versions of each and the folder of the later one."""
    shared = {one.crate for one in before.items if one.crate} & {one.crate for one in after.items if one.crate}
    sides = [dict(dependency_sources(root, shared)) for root in (old, new)]
    for name in sorted(sides[0].keys() & sides[1].keys()):
        was, now = sides[0][name], sides[1][name]
        if was.version != now.version:
            yield now.name, was.version, now.version, now.root


def _entries(crate: str, old: str, new: str, root: Path) -> Iterator[ReleaseEntry]:
    """What changelogs and guides of a release say of the versions after the old one."""
    files = FolderFiles(root)
    for path in sorted(files.paths()):
        kind = file_kind(path)
        if kind not in (FileKind.CHANGELOG, FileKind.MIGRATION):
            continue
        text = (files.read(path, LONGEST_MARKDOWN) or b"").decode("utf-8", "replace")
        past = False  # the newest release stands first, and sections without a version are of the one above them
        for block in markdown_blocks(text):
            if block.version and block.version != "unreleased":
                past = version_order(block.version) <= version_order(old)
            if block.kind != "heading" and not past:
                yield ReleaseEntry(block, f"{crate}@{new}:{path}:{block.line}", kind is FileKind.MIGRATION)
