"""Which dependencies of a workspace may be used as an older release of theirs was: each with what changed since.

The older release is the newest on this machine that a requirement would not have let the locked one replace: after a
manifest asked for another major version it is there still, since the code was built with it. Only dependencies that a
source with an error names are compared.
"""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import suppress

from rusta.core.errors import RustaError
from rusta.library.cached_crates import CachedCrate, cached_versions
from rusta.library.feature_gates import crate_sources_text
from rusta.loop.think.situation import Situation
from rusta.loop.think.strategies.dependencies.workspace_manifests import ManifestDependency, WorkspaceManifests
from rusta.mirror.release_sources import source_length
from rusta.tools.dependency_entries import compatible_with, numbers_of
from rusta.tools.diagnostics import Diagnostic
from rusta.upgrade.crate_changes import CrateChanges, crate_changes

MOST_COMPARED_HERE = 3  # dependencies
MOST_OLDER = 3  # releases of each
LARGEST_COMPARED = 6_000_000  # bytes of sources of a release
MOST_PATHS_READ = 40  # sources with errors that are searched for names of dependencies


def changed_releases(
    situation: Situation, errors: Sequence[Diagnostic], names: Collection[str], used: Collection[str] = ()
) -> Iterator[tuple[CrateChanges, str]]:
    """Yield the changes of dependencies that these errors may be of, each with the name that the sources use for it.

    `names` are the items that the errors are about: an older release without any of them is not compared. `used` are
    further names of dependencies that are looked at.
    """
    if not names:
        return
    manifests, told = WorkspaceManifests(situation), set[tuple[str, str]]()
    said = " ".join(f"{one.message} {' '.join(child.message for child in one.children)}" for one in errors)
    first, others = {*re.findall(r"\w+", said), *used}, _named(situation, errors)
    count = 0
    for among in (first, others - first):
        for package in dict.fromkeys(one.package for one in errors):
            path = manifests.of_package(package)
            for one in manifests.dependencies(path) if path else ():
                if one.entry.rust_name not in among or one.crate is None or (one.crate.name, one.crate.version) in told:
                    continue
                told.add((one.crate.name, one.crate.version))
                compared = list(_compared(one, situation.moved, names)) if count < MOST_COMPARED_HERE else []
                count += bool(compared)
                yield from ((changes, one.entry.rust_name) for changes in compared)


def _named(situation: Situation, errors: Sequence[Diagnostic]) -> set[str]:
    """The names in the sources that the errors lie in."""
    paths = dict.fromkeys(span.path for one in errors for span in one.spans)
    return {
        word
        for path in list(paths)[:MOST_PATHS_READ]
        for word in re.findall(
            r"\b[a-z_]\w*(?=\s*::)|(?<=use )\w+", (situation.read(path) or b"").decode("utf-8", "replace")
        )
    }


def _compared(one: ManifestDependency, moved: Mapping[str, str], names: Collection[str]) -> Iterator[CrateChanges]:
    crate = one.crate
    if crate is None or crate.root is None or source_length(crate.root) > LARGEST_COMPARED:
        return
    for older in older_releases(crate.name, crate.version, moved.get(crate.name, ""))[:MOST_OLDER]:
        if crate.name not in moved and not _has(older, names):
            continue
        if source_length(older.root) <= LARGEST_COMPARED:
            with suppress(RustaError, OSError):
                yield crate_changes(crate.name, older.version, older.root, crate.version, crate.root)


def _has(older: CachedCrate, names: Collection[str]) -> bool:
    """Whether a release may define one of these names, by its text."""
    said = "|".join(map(re.escape, names))
    item = r"\b(?:fn|struct|enum|union|trait|mod|type|const|static|macro_rules!)\s+"
    member = r"(?:^|[{,(])\s*(?:pub(?:\([^)]*\))?\s+)?"
    defined = re.compile(rf"(?:{item}|{member})(?:r#)?(?:{said})\b", re.MULTILINE)
    return any(defined.search(text) for text in crate_sources_text(older.root).files.values())


def older_releases(name: str, version: str, was: str = "") -> list[CachedCrate]:
    """Return the releases on this machine that code may have been written for before a version, the newest first.

    That is `was`, where it is known; else the newest of each major version, since cargo would not take one for another.
    """
    before = [one for one in cached_versions(name) if numbers_of(one.version) < numbers_of(version)]
    if known := [one for one in before if one.version == was]:
        return known
    newest = dict[tuple[int, ...], CachedCrate]()
    for one in before:
        newest.setdefault(compatible_with(one.version), one)
    return [one for major, one in newest.items() if major != compatible_with(version)]
