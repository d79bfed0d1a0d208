"""The change of manifests and lock that moves a workspace to another release of a dependency, resolved from what is on this machine.

Every manifest that asks for the old release asks for the new one in the same manner; features that the new release
has under another name are named so, and such that it has no longer are dropped. The lock changes for this crate and
what it needs.
"""

import re
from collections.abc import Iterator, Sequence

from rusta.core.errors import RustaError
from rusta.library.cached_crates import cached_versions
from rusta.library.feature_gates import CrateFeatures, crate_features
from rusta.loop.think.hypotheses import Cost, Hypothesis
from rusta.loop.think.situation import Situation
from rusta.loop.think.strategies.dependencies.workspace_manifests import (
    ManifestDependency,
    WorkspaceManifests,
    allows,
)
from rusta.tools.dependency_entries import requirement_like, with_requirement
from rusta.tools.lock_file import LOCK, relocked
from rusta.tools.statements import Rewrite
from rusta.tools.toml_text import TomlText
from rusta.upgrade.crate_changes import ReleaseEntry, crate_changes


class NotResolved(RustaError):
    """Cargo cannot resolve the workspace with this release, or no manifest asks for the crate."""


def requirement_bump(situation: Situation, crate: str, old: str, new: str) -> Hypothesis:
    """Return the change. Raises `NotResolved`."""
    manifests = WorkspaceManifests(situation)
    asking = dict[tuple[str, tuple[str, ...], str], ManifestDependency]()
    for path in manifests.paths:
        for one in manifests.dependencies(path):
            if one.entry.package == crate and one.crate is not None and one.crate.version == old:
                source = manifests.source_of(one)
                asking[source.path, source.entry.table, source.entry.key] = source
    if not asking:
        raise NotResolved(f"No manifest here asks for {crate} at {old}.")
    changes, told = dict[str, bytes | None](), list[str]()
    entries, features = _read(crate, old, new)
    for one in asking.values():
        entry = one.entry
        wanted = entry.requirement if allows(entry.requirement, new) else requirement_like(entry.requirement, new)
        text = manifests.text(one.path, changes)
        if wanted != entry.requirement:
            changes[one.path] = text.rewritten(with_requirement(text, entry, wanted))
            told.append(f"{one.path} asks for {crate} {wanted} instead of {entry.requirement}")
        for feature in entry.features if features else ():
            if features is None or features.known(feature):
                continue
            instead = _renamed(feature, entries, features)
            text = TomlText(changes.get(one.path) or situation.read(one.path) or b"")
            if edits := _feature_edits(text, one, feature, instead):
                changes[one.path] = text.rewritten(edits)
                told.append(f"its feature `{feature}` is {f'`{instead}`' if instead else 'none'} in {new}")
    lock = relocked(situation.root, situation.files, situation.read, changes, (crate, old, new))
    if lock is None:
        raise NotResolved(
            f"cargo finds no set of versions on this machine with {crate} {new}. Let it look further: network=online"
        )
    if situation.read(LOCK) is not None:
        changes[LOCK] = lock
    return Hypothesis(
        "craft", "; ".join(told) or f"the lock has {crate} {new} instead of {old}",
        f"{crate} is another release than the one that was tested here", changes, (), Cost.ASKED,
    )  # fmt: skip


def _read(crate: str, old: str, new: str) -> tuple[Sequence[ReleaseEntry], CrateFeatures | None]:
    roots = {one.version: one.root for one in cached_versions(crate)}
    if new not in roots:
        return (), None
    entries = crate_changes(crate, old, roots[old], new, roots[new]).entries if old in roots else ()
    return entries, crate_features(roots[new])


def _renamed(feature: str, entries: Sequence[ReleaseEntry], known: CrateFeatures) -> str:
    """What an entry of the changelog that names a feature names behind it, of the features that there are; "" for nothing."""
    for entry in entries:
        spoken = list(_code(entry.block.text))
        if feature in spoken:
            for one in spoken[spoken.index(feature) + 1 :]:
                if one != feature and known.known(one):
                    return one
    return ""


def _code(text: str) -> Iterator[str]:
    for found in re.finditer(r"`([\w/-]{1,60})`", text):
        yield found[1]


def _feature_edits(text: TomlText, one: ManifestDependency, feature: str, instead: str) -> list[Rewrite]:
    """The edits of the list of features that replace one, or take it out."""
    listed = text.value(*one.entry.table, one.entry.key, "features")
    if listed is None:
        return []
    kept = list(dict.fromkeys(instead if each == feature else each for each in one.entry.features))
    said = ", ".join(f'"{each}"' for each in kept if each)
    return [text.replaced(listed, f"[{said}]")]
