"""How an item that somebody names differs between two kept states of its crate, and how that is said.

The item is looked up as it is named: by its path, by its last names, or by its name alone. What can still be reached (under another
path, or out of another crate) is never said to be gone. A signature that reads the same counts as the same, also where a name in it
means another item. Not covered: implementations of traits, and documentation.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from rusta.mirror.api import NAMESPACES, path_rank
from rusta.mirror.fact import short
from rusta.mirror.function_arguments import function_arguments
from rusta.mirror.kept_apis import ApiItem, KeptApis, KeptState

FEATURE = re.compile(r'feature\s*=\s*"([^"]{1,100})"')
LOOSE = re.compile(r"([(\[]) |,? ([)\]])")  # what a signature of several lines leaves in one line
MOST_ITEMS_OF_NAME = 16  # that a name by itself may mean
LONGEST_SHOWN = 200  # characters of a signature in a sentence
NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")


@dataclass(frozen=True)
class NamedItem:
    """An item as a text names it: its path by segments, and whether that begins with the crate's name.

    `beside` are the words around it: where one of them is the type or module of some items of this name, these are meant.
    """

    parts: tuple[str, ...]
    whole: bool = False
    macro: bool = False
    beside: frozenset[str] = frozenset()

    @property
    def tail(self) -> tuple[str, ...]:
        """The segments behind the crate's name."""
        return self.parts[1:] if self.whole else self.parts


@dataclass(frozen=True)
class ItemDifference:
    """What differs. `changes`: removed, added, moved, signature, unsafe, safe, gated, deprecated, undeprecated, the most telling first."""

    path: str  # in the first state; of what is added in the second
    changes: tuple[str, ...]
    old: ApiItem | None
    new: ApiItem | None
    near: str = ""  # of what is gone: the only item of its name that is there instead

    def said(self, later: bool) -> str:
        """What is so in the second state, beside the first; `later` tells whether that is the newer one."""
        return "; ".join(filter(None, (self._said(change, later) for change in self.changes)))

    def _said(self, change: str, later: bool) -> str:
        new, shown = self.new, _shown(self.new)
        match change:
            case "removed":
                gone = "is gone" if later else "is not there yet"
                return f"{gone}, but there is `{self.near}`" if self.near else gone
            case "added":
                return f"is there{shown}" if later else f"is still there{shown}"
            case "moved":
                return f"is at `{new.path}`" if new else ""
            case "signature":
                return f"{_arguments(self.old, new)}{shown}"
            case "unsafe" | "safe":
                return f"is {'unsafe' if change == 'unsafe' else 'safe to call'}"
            case "gated":
                return f"needs `{new.gate}`" if new else ""
            case "deprecated":
                return f"is deprecated (“{new.deprecated}”)" if new else ""
            case "undeprecated":
                return "is not deprecated"
        return ""


def found_items(apis: KeptApis, state: KeptState, named: NamedItem) -> list[list[ApiItem]]:
    """Return the items that a name may mean in a state, each with those that stand under the same path; none where it is too vague."""
    last = named.parts[-1]
    alike = [one for one in apis.named(state.api, last) if not named.macro or one.kind == "macro"]
    exact = [one for one in alike if named.whole and one.path == "::".join((state.library, *named.tail))]
    if not exact:
        tail = f"::{'::'.join(named.tail)}"
        exact = [one for one in alike if f"::{one.path}".endswith(tail)]
        exact = exact if len(named.tail) > 1 or not named.whole else []
    by = dict[tuple[str, str], list[ApiItem]]()
    for one in sorted(exact, key=lambda one: path_rank(one.path)):
        by.setdefault((one.place, _space(one)), []).append(one)
    plainest = [[one for one in of if one.path == of[0].path] for of in by.values()]
    merged = dict[tuple[str, str], list[ApiItem]]()
    for of in plainest:  # definitions of one path, of which `cfg`s choose
        merged.setdefault((of[0].path, _space(of[0])), []).extend(of)
    if near := {key: of for key, of in merged.items() if _parent(of[0].path) in named.beside}:
        merged = near
    return list(merged.values()) if len(merged) <= MOST_ITEMS_OF_NAME else []


def item_difference(
    apis: KeptApis, named: NamedItem, old: KeptState, new: KeptState, back: bool = False
) -> ItemDifference | None:
    """Return how a named item differs from one state to another; None where it does not, or is not known.

    Of several items of one name all have to differ. With `back` one that only the second state has counts as well.
    """
    if old.api == new.api:
        return None
    before = found_items(apis, old, named)
    if not before:
        after = found_items(apis, new, named) if back and not _exported(apis, old, named) else []
        return ItemDifference(after[0][0].path, ("added",), None, after[0][0]) if len(after) == 1 else None
    found = [_difference(apis, named, was, old, new) for was in before]
    return found[0] if all(found) else None


def _difference(
    apis: KeptApis, named: NamedItem, was: list[ApiItem], old: KeptState, new: KeptState
) -> ItemDifference | None:
    first, counterparts = was[0], _Counterparts(apis, named, was[0], old, new)
    now, moved = counterparts.found()
    if not now:
        if counterparts.exported():
            return None
        return ItemDifference(first.path, ("removed",), first, None, counterparts.near())
    changes = (*(["moved"] if moved else []), *differences(was, now))
    return ItemDifference(first.path, changes, first, now[0]) if changes else None


class _Counterparts:
    """Where an item of one state is in another."""

    def __init__(self, apis: KeptApis, named: NamedItem, item: ApiItem, old: KeptState, new: KeptState) -> None:
        self.apis, self.named, self.item, self.new = apis, named, item, new
        last = item.path.rpartition("::")[2]
        self.paths = [_under(new.library, path) for path in apis.paths(old.api, item.place)]  # all that it had
        self.alike = [one for one in apis.named(new.api, last) if _space(one) == _space(item)]
        before = {_under(new.library, one.path) for one in apis.named(old.api, last)}
        self.fresh = [one for one in self.alike if one.path not in before]

    def found(self) -> tuple[list[ApiItem], bool]:
        """The definitions of the item, and whether they stand where whoever named it does not look."""
        known = [_under(self.new.library, self.item.path)] if self.named.whole else self.paths
        for path in known:
            if same := [one for one in self.alike if one.path == path]:
                return same, False
        tail = f"::{'::'.join(self.named.tail)}"
        named = [one for one in self.fresh if f"::{one.path}".endswith(tail)] if len(self.named.tail) > 1 else []
        same = [one for one in self.fresh if one.shape == self.item.shape and one.kind == self.item.kind]
        others = [one for one in self.alike if one.path in self.paths]
        # What another crate may still offer under the old path is taken for what is new under its name.
        perhaps = [one for one in self.fresh if one.kind == self.item.kind] if self.exported() else []
        perhaps = perhaps if len({one.place for one in perhaps}) == 1 else []
        found = others or (named if not self.named.whole else []) or same or perhaps
        if not found:
            return [], False
        best = min(found, key=lambda one: (_parent(one.path) != _parent(self.item.path), path_rank(one.path)))
        moved = self.named.whole or not f"::{best.path}".endswith(tail)
        return [one for one in found if one.path == best.path], moved

    def near(self) -> str:
        """The path of the only new item of the same name; "" where there is none, or more."""
        best = min(self.fresh, key=lambda one: path_rank(one.path), default=None)
        return best.path if best is not None and len({one.place for one in self.fresh}) == 1 else ""

    def exported(self) -> bool:
        """Whether it may come out of another crate now."""
        exports = self.apis.exports(self.new.api)
        return any(_covers(one, glob, path) for one, _, glob in exports for path in self.paths)


def _under(library: str, path: str) -> str:
    """A path in a state in which the library has this name."""
    return f"{library}::{path.partition('::')[2]}"


def _parent(path: str) -> str:
    return path.rpartition("::")[0].rpartition("::")[2]


def differences(was: Sequence[ApiItem], now: Sequence[ApiItem]) -> list[str]:
    """Return what differs between the definitions of an item in two states, what breaks its users first."""
    found = list[str]()
    no_longer_const = all(one.constant for one in was) and not all(one.constant for one in now)
    if no_longer_const or _differ(was, now):
        found.append("signature")
    if any(one.unsafe for one in was) != any(one.unsafe for one in now):
        found.append("unsafe" if any(one.unsafe for one in now) else "safe")
    gates, conditions = {one.gate for one in was}, {one.gate for one in now}
    if "" not in conditions and _narrower(gates, conditions):
        found.append("gated")
    noted, notes = all(one.deprecated for one in was), all(one.deprecated for one in now)
    if noted != notes:
        found.append("deprecated" if notes else "undeprecated")
    return found


def _differ(was: Sequence[ApiItem], now: Sequence[ApiItem]) -> bool:
    """Whether signatures differ, both by what their names mean and as they read. Fewer bounds than before break nothing."""
    shapes = {one.shape for one in was} != {one.shape for one in now}
    words = {one.words for one in was} != {one.words for one in now}
    if shapes and words:
        return True
    before, after = (frozenset[str]().union(*(one.bounds for one in side)) for side in (was, now))
    said, says = (frozenset[str]().union(*(one.said_bounds for one in side)) for side in (was, now))
    return bool(after - before) and bool(says - said)


def _narrower(gates: set[str], conditions: set[str]) -> bool:
    """Whether conditions ask for something that the ones before did not."""
    if "" in gates:
        return True
    asked = {one for gate in gates for one in FEATURE.findall(gate)}
    return not any("any(" in one for one in conditions) and any(set(FEATURE.findall(one)) - asked for one in conditions)


def _exported(apis: KeptApis, state: KeptState, named: NamedItem) -> bool:
    """Whether what is named may come out of another crate."""
    path = "::".join((state.library, *named.tail))
    return any(_covers(one, glob, path) for one, _, glob in apis.exports(state.api))


def _covers(export: str, glob: bool, path: str) -> bool:
    return path.startswith(f"{export}::") or (path == export and not glob)


def _space(one: ApiItem) -> str:
    """The namespace of an item, which tells apart what may have one path."""
    return NAMESPACES.get(one.kind, one.kind if one.kind in ("method", "field", "variant") else "type")


def _arguments(old: ApiItem | None, new: ApiItem | None) -> str:
    """In what signatures differ, as far as numbers of arguments and what they are written with tell it."""
    was, now = (function_arguments(one.signature) if one else None for one in (old, new))
    if old is None or new is None or was is None or now is None:
        return "has another signature"
    if was[0] == now[0]:
        if old.words != new.words:
            return "returns something else" if was[1] == now[1] else "has another signature"
        return "is no `const fn`" if old.constant and not new.constant else "asks for other bounds"
    apart = abs(now[0] - was[0])
    count = NUMBERS[apart] if apart < len(NUMBERS) else str(apart)
    return f"takes {count} argument{'s' if apart > 1 else ''} {'more' if now[0] > was[0] else 'fewer'}"


def _shown(item: ApiItem | None) -> str:
    signature = LOOSE.sub(lambda one: one[1] or one[2], item.signature.replace("`", "")) if item else ""
    return f": `{short(signature, LONGEST_SHOWN)}`" if signature else ""
