"""What changed in the public API of a package between two states of its sources.

`flat_changes` tells every path by itself and is what is measured; `api_changes` is for reading: one change is told once, under the
shortest of its paths, without the members of what is wholly new or gone, or of what came behind the same condition; a result that
is spelled by std's alias is the same, and what only the documentation leaves out is not gone. An item that is found again elsewhere
is moved; one that comes out of another crate now is re-exported, also where it can be seen in that crate's own API (`beside`), and
never removed.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from rusta.mirror.api import OWNERS, CrateApi, ForeignExport, PublicItem, path_rank
from rusta.mirror.foreign_items import with_foreign


@dataclass(frozen=True)
class ApiChange:
    """One change. `change` is added, removed, signature, unsafe, deprecated, undeprecated, marks, gated, ungated, moved, hidden,

    reexported; of std also stabilised and destabilised; of the package itself (`kind` is package) msrv and edition.
    Marks are `#[non_exhaustive]` and `#[must_use]`.
    """

    crate: str
    change: str
    path: str  # in the new state where it is there, for what moved in the old one
    kind: str
    old: PublicItem | None
    new: PublicItem | None

    @property
    def told_length(self) -> int:
        """About how many characters it takes to tell the change: its path, and the signatures that say what it is."""
        sides = {
            "signature": (self.old, self.new),
            "unsafe": (self.old, self.new),
            "added": (self.new,),
            "removed": (self.old,),
        }
        shown = () if self.kind == "impl" and self.change != "signature" else sides.get(self.change, ())
        return len(self.change) + len(self.kind) + len(self.path) + sum(len(one.signature) for one in shown if one)


CONDITION = re.compile(r"not\([^()]{0,200}\)|\w+ = \"[^\"]{0,100}\"|\b\w+\b(?!\s*[=(\"])")  # that is no group of others


def gate_step(one: ApiChange) -> tuple[frozenset[str], frozenset[str]]:
    """Return the single conditions that an item's `cfg`s have no longer, and those that they had not before."""
    was, now = (
        frozenset(CONDITION.findall(" ".join(item.gate.split()))) if item else frozenset[str]()
        for item in (one.old, one.new)
    )
    return was - now, now - was


IO_RESULT, FORMATTED, MOST_ALIASES = "std::io::Result<", re.compile(r"std::fmt::Result(?!<|\w)"), 20
KINDS = (
    "module", "struct", "enum", "union", "trait", "type", "fn", "constant", "static", "macro", "derive", "attribute", "method",
    "variant", "field",
)  # fmt: skip
WHOLE = ("module", *OWNERS)
MOVABLE = (*WHOLE, "type", "fn", "constant", "static", "macro", "derive", "attribute")
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
    new_beside = list(new_beside)
    before, after = with_foreign(old, new, old_beside, new_beside)
    found = list(_package_changes(old, new))
    told = dict[tuple[object, ...], ApiChange]()
    for change in _Condensed(old, new, before, after, {one.name for one in new_beside}).changes():
        one = _still_there(change, new.hidden)
        if one.change == "signature" and one.old and one.new and _plain(one.old.shape) == _plain(one.new.shape):
            continue
        item = one.new or one.old
        key = (
            one.change,
            one.kind,
            one.old and one.old.place,
            one.new and one.new.place,
            "" if item and item.file else item.shape if item and one.kind == "use" else one.path,
        )
        known = told.get(key)
        if known is None or path_rank(one.path) < path_rank(known.path):
            told[key] = one
    return found + sorted(_without_gated_members(told.values()), key=lambda one: (one.path, one.kind, one.change))


def _plain(shape: str) -> str:
    """A shape with the aliases of std for results replaced by what they stand for: `io::Result<T>` is `Result<T, io::Error>`."""
    shape = FORMATTED.sub("Result<(),std::fmt::Error>", shape)
    for _ in range(MOST_ALIASES):
        at = shape.rfind(IO_RESULT)
        if at < 0:
            break
        inside, depth = at + len(IO_RESULT), 1
        end = inside
        while end < len(shape) and depth:
            depth += {"<": 1, ">": -(shape[end - 1] != "-")}.get(shape[end], 0)
            end += 1
        shape = f"{shape[:at]}Result<{shape[inside : end - 1]},std::io::Error>{shape[end:]}"
    return shape


def _still_there(one: ApiChange, hidden: Mapping[str, str]) -> ApiChange:
    """The change; instead of the removal of an item that only the documentation leaves out now, that it is hidden, or deprecated."""
    if one.change != "removed" or one.old is None or one.path not in hidden:
        return one
    note = hidden[one.path]
    if not note or note == one.old.deprecated:
        return replace(one, change="hidden", new=one.old)
    return replace(one, change="deprecated", new=replace(one.old, deprecated=f"{note} (hidden from the documentation)"))


def _without_gated_members(changes: Collection[ApiChange]) -> Iterator[ApiChange]:
    """The changes, without those of conditions that an item shares with what it belongs to."""
    steps = {one.path: gate_step(one) for one in changes if one.change in ("gated", "ungated") and one.kind in WHOLE}
    for one in changes:
        owner = one.path.rpartition("::")[0]
        if one.change not in ("gated", "ungated") or one.kind == "impl" or steps.get(owner) != gate_step(one):
            yield one


def _package_changes(old: CrateApi, new: CrateApi) -> Iterator[ApiChange]:
    for change, was, now in (("edition", old.edition, new.edition), ("msrv", old.rust_version, new.rust_version)):
        if was != now:
            sides = [PublicItem(new.name, "package", said, said) if said else None for said in (was, now)]
            yield ApiChange(new.name, change, new.name, "package", *sides)


@dataclass
class _Condensed:
    """Makes of changes of paths what is told. `before` and `after` are with what comes from the crates beside."""

    old: CrateApi
    new: CrateApi
    before: CrateApi
    after: CrateApi
    crates: set[str]  # whose items are known

    def __post_init__(self) -> None:
        """Sort the items by their paths."""
        self.was, self.now = _by_path(self.before), _by_path(self.after)
        known = {(one.path, one.target, one.glob) for one in self.old.exports}
        self.exports = [one for one in self.new.exports if (one.path, one.target, one.glob) not in known]

    def changes(self) -> Iterator[ApiChange]:
        """Yield the changes; one of an item with several paths comes for each of them."""
        flat = flat_changes(self.before, self.after)
        gone = {one.path: one for one in flat if one.change == "removed" and one.kind not in ("impl", "use")}
        come = {one.path: one for one in flat if one.change == "added" and one.kind not in ("impl", "use")}
        moved = self._moves(gone, come)
        exported = dict[str, ApiChange]()
        places = {new.path for _, new in moved.values()}
        renamed = self._renamed(moved)
        for one in flat:
            if one.kind == "impl" and one.path in renamed:
                if one.change == "removed" and (new := renamed[one.path]).shape != (one.old.shape if one.old else ""):
                    yield ApiChange(one.crate, "signature", new.path, "impl", one.old, new)
                continue
            if one.change == "removed":
                export = self._export(one.path)
                if export is not None and export.target.partition("::")[0] not in self.crates:
                    exported.setdefault(export.path, self._reexported(export, one.old))
                elif one.path in moved and one.kind == moved[one.path][0].kind:
                    old, new = moved[one.path]
                    yield ApiChange(one.crate, "moved", one.path, one.kind, old, new)
                    yield from self._within(old, new)
                elif not self._inside(one, gone):
                    yield one
            elif one.change == "added":
                if one.kind == "use" and any(export.path == one.path.removesuffix("::*") for export in self.exports):
                    if one.path.removesuffix("::*") not in exported and (one.path not in self._paths_of(self.was)):
                        yield one
                elif one.path not in places and not self._inside(one, come) and not self._arrived(one.path, places):
                    yield one
            elif one.kind != "use" or self._export(one.path) is None:
                yield one
        for (_, path), several in self.now.items():
            own = next((one for kind in KINDS for one in self.was.get((kind, path), ()) if not one.crate), None)
            if own is not None and all(one.crate for one in several) and (export := self._export(path)) is not None:
                exported.setdefault(export.path, self._reexported(export, own))
        yield from exported.values()

    @staticmethod
    def _paths_of(side: Sides) -> set[str]:
        return {path for _, path in side}

    def _export(self, path: str) -> ForeignExport | None:
        """The new re-export of another crate by which a path is still found, the shortest."""
        exact = [one for one in self.exports if not one.glob and (path == one.path or path.startswith(f"{one.path}::"))]
        globs = [one for one in self.exports if one.glob and path.startswith(f"{one.path}::")]
        return min((*exact, *globs), key=lambda one: (one.glob, len(one.path)), default=None)

    def _reexported(self, export: ForeignExport, old: PublicItem | None) -> ApiChange:
        path = f"{export.path}::*" if export.glob else export.path
        here = next((one for kind in KINDS for one in self.was.get((kind, export.path), ())), old)
        new = next((one for kind in KINDS for one in self.now.get((kind, export.path), ())), None)
        use = PublicItem(
            path, "use", f"pub use {export.target}{'::*' if export.glob else ''}", export.target, gate=export.gate
        )
        kind = "use" if export.glob or here is None else here.kind
        return ApiChange(
            self.new.name, "reexported", path, kind, here, new if new is not None and not export.glob else use
        )

    @staticmethod
    def _inside(one: ApiChange, whole: Mapping[str, ApiChange]) -> bool:
        """Whether something belongs to what is wholly new or gone."""
        item = one.new or one.old
        owner = item.owner if item is not None and one.kind == "impl" else one.path.rpartition("::")[0]
        while owner:
            if owner in whole and whole[owner].kind in WHOLE:
                return True
            owner = owner.rpartition("::")[0]
        return False

    @staticmethod
    def _arrived(path: str, places: set[str]) -> bool:
        return any(path.startswith(f"{place}::") for place in places)

    def _moves(
        self, gone: Mapping[str, ApiChange], come: Mapping[str, ApiChange]
    ) -> dict[str, tuple[PublicItem, PublicItem]]:
        """The items that are found again under another path: with the same name, kind and shape."""
        by = dict[tuple[str, str, str], list[PublicItem]]()
        for (kind, path), several in self.now.items():
            if kind in MOVABLE and "::" in path:
                by.setdefault((kind, path.rpartition("::")[2], several[0].shape), []).append(several[0])
        found, taken = dict[str, tuple[PublicItem, PublicItem]](), set[str]()
        for path, one in sorted(gone.items(), key=lambda pair: (pair[0].count("::"), pair[0])):
            if one.kind not in MOVABLE or one.old is None or self._inside_moved(path, found):
                continue
            beside = [
                other for other in by.get((one.kind, path.rpartition("::")[2], one.old.shape), ())
                if other.path not in taken and self._alike(path, other.path)
                and (other.path in come or self._same(one.old, one.kind, other.path))
            ]  # fmt: skip
            if beside:
                new = min(beside, key=lambda other: path_rank(other.path))
                found[path] = one.old, new
                taken |= {new.path} & come.keys()
        return found

    def _renamed(self, moved: Mapping[str, tuple[PublicItem, PublicItem]]) -> dict[str, PublicItem]:
        """The implementations of what moved, or has a shorter path, under the paths that they had and have, with what each is now."""
        paths = self._called_otherwise() | {old: new.path for old, (_, new) in moved.items()}
        whole = (
            re.compile(rf"(?<![\w:])(?:{'|'.join(map(re.escape, sorted(paths, key=len, reverse=True)))})\b")
            if paths
            else None
        )
        found = dict[str, PublicItem]()
        for kind, path in self.was if whole is not None else ():
            if kind == "impl" and whole is not None:
                crate, _, said = path.partition(": ")
                new = f"{crate}: {whole.sub(lambda one: paths[one[0]], said)}"
                if new != path and (now := self.now.get((kind, new))):
                    found[path] = found[new] = now[0]
        return found

    def _called_otherwise(self) -> dict[str, str]:
        """The paths by which traits and types were called that are there still, and by which another path is called now."""
        shortest = dict[tuple[object, ...], str]()
        for (kind, path), (item, *_) in self.now.items():
            if kind in OWNERS and (item.place not in shortest or path_rank(path) < path_rank(shortest[item.place])):
                shortest[item.place] = path
        both = (
            (path, self.now[kind, path][0]) for kind, path in self.was if kind in OWNERS and (kind, path) in self.now
        )
        return {path: shortest[item.place] for path, item in both if shortest[item.place] != path}

    @staticmethod
    def _inside_moved(path: str, found: Mapping[str, object]) -> bool:
        return any(path.startswith(f"{whole}::") for whole in found)

    def _same(self, old: PublicItem, kind: str, path: str) -> bool:
        """Whether a path was another name of the same item before."""
        return any(one.place == old.place for one in self.was.get((kind, path), ()))

    def _members(self, side: Sides, path: str) -> dict[tuple[str, str], list[PublicItem]]:
        start = f"{path}::"
        return {(kind, at.removeprefix(start)): several for (kind, at), several in side.items() if at.startswith(start)}

    def _alike(self, old: str, new: str) -> bool:
        """Whether most of what belongs to one belongs to the other."""
        was, now = self._members(self.was, old).keys(), self._members(self.now, new).keys()
        return 2 * len(was & now) >= max(len(was), len(now)) if was or now else True

    def _within(self, old: PublicItem, new: PublicItem) -> Iterator[ApiChange]:
        """What changed inside of an item that moved."""
        was, now = self._members(self.was, old.path), self._members(self.now, new.path)
        for kind, path in sorted(was.keys() | now.keys()):
            first, last = was.get((kind, path), []), now.get((kind, path), [])
            for change in _differences(first, last):
                where = f"{(new if last else old).path}::{path}"
                yield ApiChange(
                    self.new.name, change, where, kind, first[0] if first else None, last[0] if last else None
                )
