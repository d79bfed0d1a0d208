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
from rusta.mirror.item_shapes import group, head, rust_tokens, split_at
from rusta.mirror.kept_apis import KeptApis, KeptItem, KeptState

FEATURE = re.compile(r'feature\s*=\s*"([^"]{1,100})"')
MOST_ITEMS_OF_NAME = 4  # that a name by itself may mean
LONGEST_SHOWN = 200  # characters of a signature in a sentence
NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")


@dataclass(frozen=True)
class NamedItem:
    """An item as a text names it: its path by segments, and whether that begins with the crate's name."""

    parts: tuple[str, ...]
    whole: bool = False
    macro: bool = False

    @property
    def tail(self) -> tuple[str, ...]:
        """The segments behind the crate's name."""
        return self.parts[1:] if self.whole else self.parts


@dataclass(frozen=True)
class ItemDifference:
    """What differs. `changes`: removed, added, moved, signature, unsafe, safe, gated, deprecated, undeprecated, the most telling first."""

    path: str  # in the first state; of what is added in the second
    changes: tuple[str, ...]
    old: KeptItem | None
    new: KeptItem | None

    def said(self, later: bool) -> str:
        """What is so in the second state, beside the first; `later` tells whether that is the newer one."""
        return "; ".join(filter(None, (self._said(change, later) for change in self.changes)))

    def _said(self, change: str, later: bool) -> str:
        new, shown = self.new, _shown(self.new)
        match change:
            case "removed":
                return "is gone" if later else "is not there yet"
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


def found_items(apis: KeptApis, state: KeptState, named: NamedItem) -> list[list[KeptItem]]:
    """Return the items that a name may mean in a state, each with those that stand under the same path; none where it is too vague."""
    last = named.parts[-1]
    alike = [one for one in apis.named(state.api, last) if not named.macro or one.kind == "macro"]
    exact = [one for one in alike if named.whole and one.path == "::".join((state.library, *named.tail))]
    if not exact:
        tail = f"::{'::'.join(named.tail)}"
        exact = [one for one in alike if f"::{one.path}".endswith(tail)]
        exact = exact if len(named.tail) > 1 or not named.whole else []
    by = dict[tuple[str, str], list[KeptItem]]()
    for one in sorted(exact, key=lambda one: path_rank(one.path)):
        by.setdefault((one.place, _space(one)), []).append(one)
    plainest = [[one for one in of if one.path == of[0].path] for of in by.values()]
    merged = dict[tuple[str, str], list[KeptItem]]()
    for of in plainest:  # definitions of one path, of which `cfg`s choose
        merged.setdefault((of[0].path, _space(of[0])), []).extend(of)
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
    apis: KeptApis, named: NamedItem, was: list[KeptItem], old: KeptState, new: KeptState
) -> ItemDifference | None:
    first = was[0]
    now, moved = _counterpart(apis, named, was, old, new)
    if not now:
        covered = any(
            _covers(export.path, export.glob, path)
            for export in apis.exports(new.api)
            for path in apis.paths(old.api, first.place)
        )
        return None if covered else ItemDifference(first.path, ("removed",), first, None)
    changes = (*(["moved"] if moved else []), *differences(was, now))
    return ItemDifference(first.path, tuple(changes), first, now[0]) if changes else None


def _counterpart(
    apis: KeptApis, named: NamedItem, was: list[KeptItem], old: KeptState, new: KeptState
) -> tuple[list[KeptItem], bool]:
    """The same item in another state, and whether it is found under a path that whoever named it does not know."""
    first = was[0]
    alike = [one for one in apis.named(new.api, first.path.rpartition("::")[2]) if _space(one) == _space(first)]
    renamed = lambda path: path.replace(old.library, new.library, 1) if path.startswith(old.library) else path  # noqa: E731
    known = [renamed(first.path)] if named.whole else [renamed(path) for path in apis.paths(old.api, first.place)]
    for path in known:
        if same := [one for one in alike if one.path == path]:
            return same, False
    tail = f"::{'::'.join(named.tail)}"
    others = [renamed(path) for path in apis.paths(old.api, first.place)]
    elsewhere = [one for one in alike if one.path in others]  # it had more than one path
    there = {one.path for one in apis.named(old.api, first.path.rpartition("::")[2])}
    elsewhere = elsewhere or [
        one for one in alike if one.shape == first.shape and one.path not in there and one.kind == first.kind
    ]
    if not named.whole and len(named.tail) > 1:
        elsewhere = [one for one in alike if f"::{one.path}".endswith(tail) and one.path not in there] or elsewhere
    if not elsewhere:
        return [], False
    parent = first.path.rpartition("::")[0].rpartition("::")[2]
    best = min(
        elsewhere, key=lambda one: (one.path.rpartition("::")[0].rpartition("::")[2] != parent, path_rank(one.path))
    )
    unknown = named.whole or not f"::{best.path}".endswith(tail)
    return [one for one in elsewhere if one.path == best.path], unknown


def differences(was: Sequence[KeptItem], now: Sequence[KeptItem]) -> list[str]:
    """Return what differs between the definitions of an item in two states, what breaks its users first."""
    found = list[str]()
    if {one.shape for one in was} != {one.shape for one in now} and {one.words for one in was} != {
        one.words for one in now
    }:
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


def _narrower(gates: set[str], conditions: set[str]) -> bool:
    """Whether conditions ask for something that the ones before did not."""
    if "" in gates:
        return True
    asked = {one for gate in gates for one in FEATURE.findall(gate)}
    return not any("any(" in one for one in conditions) and any(set(FEATURE.findall(one)) - asked for one in conditions)


def _exported(apis: KeptApis, state: KeptState, named: NamedItem) -> bool:
    """Whether what is named may come out of another crate."""
    path = "::".join((state.library, *named.tail))
    return any(_covers(one.path, one.glob, path) for one in apis.exports(state.api))


def _covers(export: str, glob: bool, path: str) -> bool:
    return path.startswith(f"{export}::") or (path == export and not glob)


def _space(one: KeptItem) -> str:
    """The namespace of an item, which tells apart what may have one path."""
    return NAMESPACES.get(one.kind, one.kind if one.kind in ("method", "field", "variant") else "type")


def function_arguments(signature: str) -> tuple[int, list[str]] | None:
    """Return how many arguments a function's signature has (the receiver does not count), and their types as written."""
    of = rust_tokens(signature)
    if "fn" not in of or "…" in of:
        return None
    said = head(of, "fn")
    if said.rest[:1] != ["("]:
        return None
    inputs = split_at(said.rest[1 : group(said.rest, 0) - 1], ",")
    given = [one for one in inputs if not _receiver(one)]
    return len(given), ["".join(one[one.index(":") + 1 :] if ":" in one else one) for one in given]


def _receiver(part: Sequence[str]) -> bool:
    before = part[: part.index(":")] if ":" in part else part
    return before[-1:] == ["self"]


def _arguments(old: KeptItem | None, new: KeptItem | None) -> str:
    """How the signatures of a function differ, as far as numbers of arguments tell it."""
    was, now = (function_arguments(one.signature) if one else None for one in (old, new))
    if was is None or now is None or was[0] == now[0]:
        same = was is not None and now is not None and was[1] == now[1]
        return "returns something else, or asks for other bounds" if same else "has another signature"
    apart = abs(now[0] - was[0])
    count = NUMBERS[apart] if apart < len(NUMBERS) else str(apart)
    return f"takes {count} argument{'s' if apart > 1 else ''} {'more' if now[0] > was[0] else 'fewer'}"


def _shown(item: KeptItem | None) -> str:
    return f": `{short(item.signature.replace('`', ''), LONGEST_SHOWN)}`" if item and item.signature else ""
