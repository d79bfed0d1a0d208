"""Which dependencies of a workspace may be used as an older release of theirs was: each with what changed since.

The older release is the newest on this machine that a requirement would not have let the locked one replace: after a
manifest asked for another major version it is there still, since the code was built with it. Only dependencies that a
source with an error names are compared.
"""

import re
from collections.abc import Iterator

from rusta.core.errors import RustaError
from rusta.library.cached_crates import CachedCrate, cached_versions
from rusta.loop.think.situation import Situation
from rusta.loop.think.strategies.dependencies.workspace_manifests import ManifestDependency, WorkspaceManifests
from rusta.mirror.release_sources import source_length
from rusta.tools.dependency_entries import compatible_with, numbers_of
from rusta.tools.diagnostics import Diagnostic
from rusta.upgrade.crate_changes import CrateChanges, crate_changes

MOST_COMPARED_HERE = 3  # dependencies
LARGEST_COMPARED = 6_000_000  # bytes of sources of a release
MOST_PATHS_READ = 40  # sources with errors that are searched for names of dependencies


def changed_releases(situation: Situation, errors: list[Diagnostic]) -> Iterator[tuple[CrateChanges, str]]:
    """Yield the changes of dependencies that these errors may be of, each with the name that the sources use for it."""
    manifests, told = WorkspaceManifests(situation), set[tuple[str, str]]()
    said = " ".join(f"{one.message} {' '.join(child.message for child in one.children)}" for one in errors)
    first, others = set(re.findall(r"\w+", said)), _named(situation, errors)
    count = 0
    for among in (first, others - first):
        for package in dict.fromkeys(one.package for one in errors):
            path = manifests.of_package(package)
            for one in manifests.dependencies(path) if path else ():
                if one.entry.rust_name not in among or one.crate is None or (one.crate.name, one.crate.version) in told:
                    continue
                told.add((one.crate.name, one.crate.version))
                if count < MOST_COMPARED_HERE and (changes := _compared(one)) is not None:
                    count += 1
                    yield changes, one.entry.rust_name


def _named(situation: Situation, errors: list[Diagnostic]) -> set[str]:
    """The names in the sources that the errors lie in."""
    paths = dict.fromkeys(span.path for one in errors for span in one.spans)
    return {
        word
        for path in list(paths)[:MOST_PATHS_READ]
        for word in re.findall(
            r"\b[a-z_]\w*(?=\s*::)|(?<=use )\w+", (situation.read(path) or b"").decode("utf-8", "replace")
        )
    }


def _compared(one: ManifestDependency) -> CrateChanges | None:
    crate = one.crate
    older = older_release(crate.name, crate.version) if crate else None
    if crate is None or crate.root is None or older is None:
        return None
    if max(map(source_length, (older.root, crate.root))) > LARGEST_COMPARED:
        return None
    try:
        return crate_changes(crate.name, older.version, older.root, crate.version, crate.root)
    except (RustaError, OSError):
        return None


def older_release(name: str, version: str) -> CachedCrate | None:
    """Return the newest release on this machine before a version, of those that cargo would not take one for the other."""
    before = (one for one in cached_versions(name) if numbers_of(one.version) < numbers_of(version))
    return next((one for one in before if compatible_with(one.version) != compatible_with(version)), None)
