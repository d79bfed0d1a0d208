"""What a package re-exports of other packages, as items of its own, so that two states can be compared where items move between crates.

What is re-exported in the same way on both sides is left out, since its changes are those of the other package; but for a path that
is the package's own on the other side.
"""

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from rusta.mirror.api import CrateApi, ForeignExport, PublicItem, path_rank

DEEPEST_CRATE = 6  # re-exports from crate to crate
MOST_ITEMS = 400_000  # of a package with what it re-exports
PATH = re.compile(r"\b\w+(?:::\w+)+")


def with_foreign(
    old: CrateApi, new: CrateApi, old_beside: Iterable[CrateApi], new_beside: Iterable[CrateApi]
) -> tuple[CrateApi, CrateApi]:
    """Return both states with items that come from crates beside them, as they are called here.

    Where there are such items, what signatures tell of the other crates is named as if it were the package's own, on both sides.
    """
    before, after = _collected(old, old_beside, new), _collected(new, new_beside, old)
    if not before.items and not after.items:
        return old, new
    names = "|".join(re.escape(one) for one in sorted({*before.crates, *after.crates, old.name, new.name}))
    own = re.compile(rf"\b(?:{names})(?:::\w+)*::(\w+)\b")
    return before.joined(own), after.joined(own)


def exported_items(api: CrateApi, beside: Iterable[CrateApi]) -> list[PublicItem]:
    """Return everything that a package re-exports of the crates beside it, under the paths that it has here."""
    return _collected(api, beside, CrateApi(api.name)).items


def _collected(api: CrateApi, beside: Iterable[CrateApi], other: CrateApi) -> "_Foreign":
    if not api.exports:
        return _Foreign(api, {})
    foreign = _Foreign(api, {one.name: _Crate(one) for one in beside if one.name != api.name})
    same = {(one.path, one.target, one.glob) for one in other.exports}
    for export in api.exports:
        if (export.path, export.target, export.glob) not in same:
            foreign.whole(export, 0)
    for kind, path in {(one.kind, one.path) for one in other.items if one.kind not in ("impl", "use")} - foreign.known:
        foreign.single(kind, path)
    return foreign


@dataclass
class _Crate:
    """One crate, with its items in the order of their paths."""

    api: CrateApi
    items: list[PublicItem] = field(init=False)
    paths: list[str] = field(init=False)

    def __post_init__(self) -> None:
        self.items = sorted((one for one in self.api.items if one.kind != "impl"), key=lambda one: one.path)
        self.paths = [one.path for one in self.items]

    def below(self, path: str) -> Iterator[PublicItem]:
        """The items of a path and those below it."""
        at = bisect_left(self.paths, path)
        while at < len(self.paths) and self.paths[at].startswith(path):
            if self.paths[at] == path or self.paths[at].startswith(f"{path}::"):
                yield self.items[at]
            at += 1


@dataclass
class _Foreign:
    """Collects items of other crates under the paths of one."""

    api: CrateApi
    crates: Mapping[str, _Crate]
    items: list[PublicItem] = field(default_factory=list)
    here: dict[str, str] = field(default_factory=dict)  # paths here, by paths in the other crate

    def __post_init__(self) -> None:
        self.known = {(one.kind, one.path) for one in self.api.items}

    def whole(self, export: ForeignExport, depth: int) -> None:
        """Take everything that a re-export brings."""
        of = self.crates.get(export.target.partition("::")[0])
        if of is None or depth > DEEPEST_CRATE:
            return
        for one in of.below(export.target):
            self._take(one, _below(one.path, export), export, of.api.name)
        for other in of.api.exports:
            path = _below(other.path, export)
            if export.glob and other.path == export.target:
                path = export.path
            if path:
                self.whole(ForeignExport(path, other.target, other.glob, export.gate or other.gate), depth + 1)

    def single(self, kind: str, path: str) -> None:
        """Take the item of a kind that one path leads to, if a re-export covers it."""
        for export in self.api.exports:
            prefix = export.path
            if path.startswith(prefix) and (path == prefix or path[len(prefix) : len(prefix) + 2] == "::"):
                of = self.crates.get(export.target.partition("::")[0])
                if of is not None and not (export.glob and path == prefix):
                    wanted = f"{export.target}{path[len(prefix) :]}"
                    for one in of.below(wanted):
                        if (one.kind, one.path) == (kind, wanted):
                            self._take(one, path, export, of.api.name)

    def _take(self, one: PublicItem, path: str, export: ForeignExport, crate: str) -> None:
        if path and (one.kind, path) not in self.known and len(self.items) < MOST_ITEMS:
            self.known.add((one.kind, path))
            if one.path not in self.here or path_rank(path) < path_rank(self.here[one.path]):
                self.here[one.path] = path
            owner = _below(one.owner, export) if one.owner else ""
            self.items.append(replace(one, path=path, owner=owner, gate=export.gate or one.gate, crate=crate))

    def joined(self, own: re.Pattern[str]) -> CrateApi:
        """The API with what was taken; `own` finds the paths that are shortened to their names."""
        items = (*self.api.items, *self.items, *self._implementations())
        return replace(self.api, items=tuple(replace(one, shape=own.sub(r"\1", one.shape)) for one in items))

    def _implementations(self) -> Iterator[PublicItem]:
        """The implementations of what comes from other crates."""
        for of in self.crates.values() if self.here else ():
            for one in of.api.items:
                if one.kind == "impl":
                    said = one.path.partition(": ")[2]
                    if any(found in self.here for found in PATH.findall(said)):
                        told = PATH.sub(lambda found: self.here.get(found[0], found[0]), said)
                        owner = self.here.get(one.owner, one.owner)
                        yield replace(one, path=f"{self.api.name}: {told}", owner=owner, crate=of.api.name)


def _below(path: str, export: ForeignExport) -> str:
    """Where a path of another crate is found by an export; "" where it is not below its target."""
    whole = path == export.target and not export.glob
    below = path.startswith(f"{export.target}::")
    return f"{export.path}{path[len(export.target) :]}" if whole or below else ""
