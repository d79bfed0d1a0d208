"""The change of manifests and lock that moves a workspace to another release of a dependency, resolved from what is on this machine.

Every manifest that asks for the old release asks for the new one in the same manner; features that the new release
has under another name are named so, and such that it has no longer are dropped. The lock changes for this crate and
what it needs.
"""

import json
import re
from collections.abc import Iterator, Sequence
from typing import Any

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
from rusta.tools.dependency_entries import dependency_entries, parsed_manifest, requirement_like, with_requirement
from rusta.tools.lock_file import LOCK, relocked
from rusta.tools.manifest import nested_table
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
    for path in manifests.paths if features else ():
        text = manifests.text(path, changes)
        edits, said = _fitting_features(text, crate, features, entries)
        if edits:
            changes[path] = text.rewritten(edits)
            told += said
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


def _fitting_features(
    text: TomlText, crate: str, known: CrateFeatures | None, entries: Sequence[ReleaseEntry]
) -> tuple[list[Rewrite], list[str]]:
    """The edits of a manifest after which it names no feature that the new release has not, and what they are.

    These are the features that a dependency asks for, and those that the package's own features forward to it.
    """
    edits, said = list[Rewrite](), dict[str, None]()
    if known is None:
        return [], []

    def fitting(feature: str) -> str:
        if known.known(feature):
            return feature
        instead = _renamed(feature, entries, known)
        said.setdefault(f"its feature `{feature}` is {f'`{instead}`' if instead else 'none'} now")
        return instead

    def put(node: Any, was: Sequence[str], now: Sequence[str]) -> None:
        if list(was) != list(now):
            edits.append(text.replaced(node, json.dumps(list(dict.fromkeys(one for one in now if one)))))

    manifest = parsed_manifest(text.source)
    for entry in dependency_entries(manifest):
        listed = text.value(*entry.table, entry.key, "features") if entry.package == crate and entry.features else None
        if listed is not None:
            put(listed, entry.features, [fitting(one) for one in entry.features])
    keys = {one.key for one in dependency_entries(manifest) if one.package == crate}
    for name, asked in nested_table(manifest, "features").items():
        listed = text.value("features", name)
        if listed is None or not isinstance(asked, list):
            continue
        now = list[str]()
        for one in asked:
            of, slash, feature = str(one).partition("/")
            if slash and of.rstrip("?") in keys:
                feature = fitting(feature)
                now.append(f"{of}/{feature}" if feature else "")
            else:
                now.append(str(one))
        put(listed, asked, now)
    return edits, list(said)
