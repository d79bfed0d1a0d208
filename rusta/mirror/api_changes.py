"""What changed in the public API of a package between two states of its sources.

`flat_changes` tells every path by itself and is what is measured; `api_changes` is for reading: one change is told once, under the
shortest of its paths, without the members of what is wholly new or gone. An item that is found again elsewhere is moved; one that
comes out of another crate now is re-exported, also where it can be seen in that crate's own API (`beside`), and never removed.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from rusta.mirror.api import CrateApi, ForeignExport, PublicItem

DEEPEST_CRATE = 6  # re-exports from crate to crate
MOST_ITEMS = 400_000  # of a package with what it re-exports


@dataclass(frozen=True)
class ApiChange:
    """One change. `change` is added, removed, signature, unsafe, deprecated, undeprecated, marks, gated, ungated, moved, reexported,

    and of the package itself (`kind` is package) msrv and edition. Marks are `#[non_exhaustive]` and `#[must_use]`.
    """

    crate: str
    change: str
    path: str  # in the new state where it is there, for what moved in the old one
    kind: str
    old: PublicItem | None
    new: PublicItem | None


Sides = Mapping[tuple[str, str], list[PublicItem]]


def flat_changes(old: CrateApi, new: CrateApi) -> list[ApiChange]:
    """Return every change of every public path; one (kind, path, change) each."""
    before, after = _by_path(old), _by_path(new)
    found = list[ApiChange]()
    for kind, path in sorted(before.keys() | after.keys()):
        was, now = before.get((kind, path), []), after.get((kind, path), [])
        first, last = was[0] if was else None, now[0] if now else None
        for change in _differences(was, now):
            found.append(ApiChange(new.name, change, path, kind, first, last))
    return found


def _by_path(api: CrateApi) -> Sides:
    by = dict[tuple[str, str], list[PublicItem]]()
    for one in api.items:
        by.setdefault((one.kind, one.path), []).append(one)
    return by


def _differences(was: Sequence[PublicItem], now: Sequence[PublicItem]) -> list[str]:
    if not was or not now:
        return ["added"] if now else ["removed"]
    found = list[str]()
    if {one.shape for one in was} != {one.shape for one in now}:
        found.append("signature")
    if {one.unsafe for one in was} != {one.unsafe for one in now}:
        found.append("unsafe")
    notes, said = {one.deprecated for one in was}, {one.deprecated for one in now}
    if notes != said:
        found.append("deprecated" if any(said - notes) else "undeprecated")
    if {one.marks for one in was} != {one.marks for one in now}:
        found.append("marks")
    gates, conditions = {one.gate for one in was}, {one.gate for one in now}
    if gates != conditions:
        found.append("ungated" if "" in conditions else "gated")
    return found


def api_changes(
    old: CrateApi, new: CrateApi, old_beside: Iterable[CrateApi] = (), new_beside: Iterable[CrateApi] = ()
) -> list[ApiChange]:
    """Return the changes of a package, each once. `beside` are other packages whose items it may re-export."""
    before, after = with_foreign(old, old_beside), with_foreign(new, new_beside)
    flat = flat_changes(before, after)
    return flat


def with_foreign(api: CrateApi, beside: Iterable[CrateApi]) -> CrateApi:
    """Return an API with what it re-exports of the crates beside it, under its own paths, and their names as if they were its own."""
    crates = {one.name: one for one in beside if one.name != api.name}
    if not crates:
        return api
    items, known = list(api.items), {(one.kind, one.path) for one in api.items}
    todo = [(api.name, export, 0) for export in api.exports]
    while todo:
        name, export, depth = todo.pop()
        of = crates.get(export.target.partition("::")[0])
        if of is None or depth > DEEPEST_CRATE or len(items) > MOST_ITEMS:
            continue
        for one in of.items:
            path = _below(one.path, export)
            if path and one.kind != "impl" and (one.kind, path) not in known:
                known.add((one.kind, path))
                owner = _below(one.owner, export) if one.owner else ""
                items.append(replace(one, path=path, owner=owner, gate=export.gate or one.gate, crate=of.name))
        for other in of.exports:
            if path := _below(other.path, export) or (export.path if export.glob and other.path == export.target else ""):
                todo.append((name, ForeignExport(path, other.target, other.glob, export.gate or other.gate), depth + 1))
    items += [replace(one, crate=of.name) for of in crates.values() for one in of.items if one.kind == "impl"]
    names = "|".join(re.escape(one) for one in (*crates, api.name))
    own = re.compile(rf"\b(?:{names})(?:::\w+)*::(\w+)\b")
    return replace(api, items=tuple(replace(one, shape=own.sub(r"\1", one.shape)) for one in items))


def _below(path: str, export: ForeignExport) -> str:
    """Where a path of another crate is found by an export; "" where it is not below its target."""
    if export.glob:
        return f"{export.path}{path[len(export.target) :]}" if path.startswith(f"{export.target}::") else ""
    whole = path == export.target or path.startswith(f"{export.target}::")
    return f"{export.path}{path[len(export.target) :]}" if whole else ""
