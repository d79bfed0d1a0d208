"""The packages of a workspace in one state: their manifests as text, by folder and by name, and changes of them."""

import posixpath
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from rusta.loop.think.hypotheses import Cost, Hypothesis, name
from rusta.loop.think.situation import Situation
from rusta.tools.dependency_entries import DependencyEntry, dependency_entries, parsed_manifest
from rusta.tools.diagnostics import Diagnostic
from rusta.tools.lock_file import LOCK, relocked
from rusta.tools.manifest import nested_table
from rusta.tools.statements import Rewrite
from rusta.tools.toml_text import TomlText

MANIFEST = "Cargo.toml"
MOST_LOCKS = 64  # that are remembered
_LOCKS: dict[object, bytes | None] = {}


@dataclass(frozen=True)
class PackageManifests:
    """Every manifest of a `Situation` by its path, whether the workspace lists it or not."""

    situation: Situation
    _texts: dict[str, TomlText] = field(default_factory=dict, compare=False)

    @cached_property
    def tables(self) -> Mapping[str, dict[str, Any]]:
        """Each manifest, parsed; {} for one that is no TOML."""
        return manifest_tables(self.situation)

    @cached_property
    def packages(self) -> Mapping[str, list[str]]:
        """The folders of the packages of each name."""
        found: dict[str, list[str]] = {}
        for path, said in self.tables.items():
            if isinstance(called := nested_table(said, "package").get("name"), str):
                found.setdefault(called, []).append(posixpath.dirname(path))
        return found

    def text(self, path: str) -> TomlText:
        """Return a manifest as text that can be edited."""
        if path not in self._texts:
            self._texts[path] = TomlText(self.situation.read(path) or b"")
        return self._texts[path]

    def entries(self) -> Iterator[tuple[str, DependencyEntry]]:
        """Yield every dependency of every manifest."""
        for path, said in self.tables.items():
            yield from ((path, entry) for entry in dependency_entries(said))

    def sources(self, folder: str) -> Iterator[str]:
        """Yield the text of each source of a package."""
        inner = [posixpath.dirname(path) for path in self.tables if posixpath.dirname(path) != folder]
        deeper = tuple(f"{one}/" for one in inner if one.startswith(f"{folder}/" if folder else ""))
        for path in self.situation.files:
            if path.endswith(".rs") and path.startswith(f"{folder}/" if folder else "") and not path.startswith(deeper):
                yield (self.situation.read(path) or b"").decode("utf-8", "replace")

    def hypothesis(
        self,
        errors: Sequence[Diagnostic],
        reason: str,
        rewrites: Mapping[str, Sequence[Rewrite]],
        trade_off: str,
        cost: Cost,
        fetched: bool = False,
    ) -> Hypothesis | None:
        """Return a change of manifests; None where it changes nothing.

        With `fetched` the lock that belongs to it is resolved, as a dependency that is not on this machine would be in
        it: None where cargo cannot do so offline.
        """
        manifests = {path: self.text(path).rewritten(edits) for path, edits in rewrites.items() if edits}
        return manifest_change(self.situation, errors, reason, trade_off, manifests, cost, fetched)


def manifest_tables(situation: Situation) -> Mapping[str, dict[str, Any]]:
    """Return each manifest, parsed, by its path, the root's first; {} for one that is no TOML."""
    paths = [path for path in situation.files if posixpath.basename(path) == MANIFEST]
    return {
        path: parsed_manifest(situation.read(path)) for path in sorted(paths, key=lambda one: (one.count("/"), one))
    }


def manifest_change(
    situation: Situation,
    errors: Sequence[Diagnostic],
    reason: str,
    trade_off: str,
    manifests: Mapping[str, bytes | None],
    cost: Cost,
    locked: bool,
) -> Hypothesis | None:
    """Return a change of manifests; None where it changes nothing.

    With `locked` the lock that belongs to it is part of it: None where cargo cannot resolve that offline.
    """
    changes = {path: content for path, content in manifests.items() if content != situation.read(path)}
    if not changes:
        return None
    if locked:
        lock = _relocked(situation, changes)
        if lock is None:
            return None
        if situation.read(LOCK) is not None:
            changes[LOCK] = lock
    return Hypothesis("craft", reason, trade_off, changes, tuple(dict.fromkeys(map(name, errors))), cost)


def _relocked(situation: Situation, changes: Mapping[str, bytes | None]) -> bytes | None:
    """Return the lock of these changes: asked of cargo once, since states of a search differ mostly in their sources."""
    was = tuple(situation.read(path) for path in situation.files if posixpath.basename(path) in (MANIFEST, LOCK))
    key = (situation.root, situation.files, was, tuple(sorted(changes.items())))
    if key not in _LOCKS:
        if len(_LOCKS) >= MOST_LOCKS:
            _LOCKS.clear()
        _LOCKS[key] = relocked(situation.root, situation.files, situation.read, changes)
    return _LOCKS[key]


def path_from(folder: str, to: str) -> str:
    """Return the path from one folder of the workspace to another, as a manifest writes it."""
    return posixpath.relpath(to or ".", folder or ".")
