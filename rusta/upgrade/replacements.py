"""What a name of an old release became in a new one, each with what says so, the likeliest first.

In this order: an entry of a changelog, a guide or a deprecation note that names both; the same item under another
path; an item of the same owner and signature under another name; an item of the same name elsewhere; a trait or a
type with the same members; a near name with the same parameters. Whatever is offered is in the new release.
Everything that is quoted is a stranger's text.
"""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from difflib import SequenceMatcher

from rusta.mirror.api import OWNERS, PublicItem, path_rank
from rusta.upgrade.crate_changes import CrateChanges
from rusta.upgrade.replacement import CALLED, Replacement, can_stand_for, item_name, item_owner, item_owner_name
from rusta.upgrade.text_replacements import SHORTEST_NAME, entered_replacements, noted_replacements

MOST_REPLACEMENTS = 5
NEAR, NEAR_ANYWHERE, NEAR_BESIDE = 0.55, 0.75, 0.6  # likeness of names: of one owner, of any, of what was there before
LEAST_SENTENCE = 5  # words of a sentence that can be compared
LEAST_DOCUMENTED, DOCUMENTED_ALIKE = 12, 0.7  # words of a documentation that can be compared, and likeness of two
COMMON = frozenset(
    ("new", "default", "from", "into", "build", "len", "is_empty", "iter", "get", "0", "1")
)  # members that say nothing


def replacements(changes: CrateChanges, name: str, owner: str = "") -> list[Replacement]:
    """Return what a name became that is gone, or deprecated, or another thing now.

    `owner` is the last name of what it belongs to, "" for any.
    """
    found = dict[tuple[str, str, str], Replacement]()
    for old in old_items(changes, name, owner):
        now = changes.by_path.get(old.path)
        if now is not None and not now.deprecated and now.kind == old.kind and now.shape == old.shape:
            continue
        for one in _all(changes, old, now):
            one = replace(one, new=changes.shortest(one.new))
            found.setdefault((one.new.path, one.value, one.new.kind), one)
        if not found and old.path not in changes.by_path:
            found |= {(one.new.path, "", one.new.kind): one for one in _beside(changes, old)}
    return list(found.values())[:MOST_REPLACEMENTS]


def old_items(changes: CrateChanges, name: str, owner: str = "") -> list[PublicItem]:
    """Return the items of the old release with a name, those with the shortest paths first.

    Of a type those are its own, also where it has another name now, else what traits bring.
    """
    every = sorted(changes.was.get(name, ()), key=lambda one: path_rank(one.path))
    own = [
        one for one in every if owner in (item_owner_name(one), changes.owner_now(item_owner(one)).rpartition("::")[2])
    ]
    if not owner or own:
        return own or every
    return [one for one in every if _is_trait(changes, item_owner(one))]


def _is_trait(changes: CrateChanges, path: str) -> bool:
    return any(one.path == path and one.kind == "trait" for one in changes.was.get(path.rpartition("::")[2], ()))


def _all(changes: CrateChanges, old: PublicItem, now: PublicItem | None) -> Iterator[Replacement]:
    yield from noted_replacements(changes, old, now)
    if now is not None and now.kind == old.kind:
        yield from entered_replacements(changes, old)
        return
    if now is not None and can_stand_for(now, old):
        yield Replacement(old, now, f"it is a {now.kind} now", changes.place(now))
    yield from _only_new(changes, old)
    yield from _moved(changes, old)
    elsewhere = list(_elsewhere(changes, old))
    yield from (one for one in elsewhere if one.new.kind == old.kind)
    yield from entered_replacements(changes, old)
    yield from _alike(changes, old)
    yield from elsewhere
    yield from _same_members(changes, old)
    yield from _members_moved(changes, old)
    yield from _of_successor(changes, old)
    yield from _documented_alike(changes, old)
    yield from _same_sentence(changes, old)
    yield from _constants(changes, old)
    yield from _near(changes, old)


def _only_new(changes: CrateChanges, old: PublicItem) -> Iterator[Replacement]:
    """The one field that a type has instead of the one that went."""
    if old.kind != "field" or old.path in changes.by_path:
        return
    was = {item_name(one) for one in changes.members(item_owner(old), old=True) if one.kind == "field"}
    members = changes.members(changes.owner_now(item_owner(old)))
    now = {item_name(one): one for one in members if one.kind == "field"}
    gone, come = was - {item_name(one) for one in members}, now.keys() - was
    if len(gone) == len(come) == 1:
        new = now[next(iter(come))]
        yield Replacement(old, new, f"`{new.path}` is the one new field of it", changes.place(new))


def _moved(changes: CrateChanges, old: PublicItem) -> Iterator[Replacement]:
    for one in changes.api:
        if one.change == "moved" and one.old and one.new and one.kind != "impl":
            if one.old.path == old.path:
                yield Replacement(old, one.new, f"it moved to `{one.new.path}`", changes.place(one.new))
            elif old.path.startswith(f"{one.old.path}::"):
                there = changes.by_path.get(one.new.path + old.path[len(one.old.path) :])
                if there is not None:
                    yield Replacement(old, there, f"`{one.old.path}` moved to `{one.new.path}`", changes.place(there))


def _members_moved(changes: CrateChanges, old: PublicItem) -> Iterator[Replacement]:
    """The modules in which what a module had lies now, those with most of it first."""
    if old.kind != "module":
        return
    went = Counter[str]()
    for one in changes.members(old.path, old=True):
        fitting = [new for new in changes.now.get(item_name(one), ()) if new.kind == one.kind and new.path != one.path]
        best = min(fitting, key=lambda new: (new.shape != one.shape, path_rank(new.path)), default=None)
        if best is not None:
            went[item_owner(best)] += 1
    for path, count in went.most_common(2):
        if (new := changes.by_path.get(path)) is not None and new.kind == "module":
            why = f"`{path}` has {count} of its items"
            yield Replacement(old, new, why, changes.place(new))


def _alike(changes: CrateChanges, old: PublicItem) -> Iterator[Replacement]:
    """Items of the same owner that are new and written in the same way but for their names."""
    if old.kind not in CALLED:
        return
    for one in changes.members(changes.owner_now(item_owner(old))):
        if (
            one.kind == old.kind
            and one.path not in changes.old_paths
            and not one.deprecated
            and _nameless(one) == _nameless(old)
        ):
            yield Replacement(old, one, f"`{one.path}` is new there and has the same signature", changes.place(one))


def _nameless(one: PublicItem) -> str:
    return re.sub(rf"\b{re.escape(item_name(one))}\b", "_", " ".join(one.signature.split()), count=1)


def _elsewhere(changes: CrateChanges, old: PublicItem) -> Iterator[Replacement]:
    named = _spoken_paths(changes, item_name(old))
    for one in sorted(
        changes.now.get(item_name(old), ()),
        key=lambda one: (
            item_owner(one) != changes.owner_now(item_owner(old)),
            one.shape != old.shape,
            old.kind in CALLED and _parameters(one) != _parameters(old),
            not any(of <= set(one.path.split("::")) for of in named),
            path_rank(one.path),
        ),
    ):
        if can_stand_for(one, old) and one.path != old.path and not one.deprecated:
            yield Replacement(old, one, f"there is `{one.path}`", changes.place(one))


def _spoken_paths(changes: CrateChanges, name: str) -> list[set[str]]:
    """The paths to a name that changelogs and guides spell, as their segments."""
    whole = re.compile(rf"(?<![\w:])((?:\w+::)+{re.escape(name)})(?!\w)")
    return [set(found[1].split("::")) for one in changes.entries for found in whole.finditer(one.block.text)]


def _same_members(changes: CrateChanges, old: PublicItem) -> Iterator[Replacement]:
    """A trait or type that came, with what this one had."""
    if old.kind not in OWNERS:
        return
    names = {item_name(one) for one in changes.members(old.path, old=True)}
    if not names:
        return
    for one in sorted(changes.after.items, key=lambda one: path_rank(one.path)):
        if one.kind == old.kind and one.path not in changes.old_paths:
            shared = names & {item_name(member) for member in changes.members(one.path)}
            if 2 * len(shared) > len(names) and shared - COMMON:
                yield Replacement(
                    old,
                    one,
                    f"`{one.path}` is new and has its {', '.join(f'`{each}`' for each in sorted(shared)[:3])}",
                    changes.place(one),
                )


def _of_successor(changes: CrateChanges, old: PublicItem) -> Iterator[Replacement]:
    """The one member of what took the place of its owner that is written like it."""
    owners = [
        one for one in changes.was.get(item_owner_name(old), ()) if one.path == item_owner(old) and one.kind in OWNERS
    ]
    if old.kind != "method" or not owners or item_owner(old) in changes.by_path:
        return
    for owner in [*_same_members(changes, owners[0]), *_documented_alike(changes, owners[0])][:2]:
        alike = [
            one for one in changes.members(owner.new.path) if one.kind == "method" and _nameless(one) == _nameless(old)
        ]
        if len(alike) == 1:
            why = f"`{owner.new.path}` took the place of `{item_owner(old)}`: {owner.why}"
            yield Replacement(old, alike[0], why, owner.place)


def _documented_alike(changes: CrateChanges, old: PublicItem) -> Iterator[Replacement]:
    """New items of the same kind whose documentation says almost the same."""
    words = re.findall(r"\w+", old.docs)
    if len(words) < LEAST_DOCUMENTED:
        return
    ranked = list[tuple[float, PublicItem]]()
    for one in changes.after.items:
        if one.kind == old.kind and one.path not in changes.old_paths and not one.deprecated and one.docs:
            said = re.findall(r"\w+", one.docs)
            if 2 * len({*words} & {*said}) > len({*words} | {*said}):
                ranked.append((SequenceMatcher(None, words, said, autojunk=False).ratio(), one))
    for likeness, one in sorted(ranked, key=lambda pair: (-pair[0], path_rank(pair[1].path)))[:2]:
        if likeness >= DOCUMENTED_ALIKE:
            yield Replacement(old, one, f"`{one.path}` is new, and its documentation says the same", changes.place(one))


def _same_sentence(changes: CrateChanges, old: PublicItem) -> Iterator[Replacement]:
    """New items of the same owner and kind whose documentation begins in the same words."""
    first = _first_words(old)
    for one in changes.members(changes.owner_now(item_owner(old))) if len(first) >= LEAST_SENTENCE else ():
        if (
            one.kind == old.kind
            and one.path not in changes.old_paths
            and not one.deprecated
            and _first_words(one) == first
        ):
            yield Replacement(
                old, one, f"`{one.path}` is new, and its documentation begins in the same words", changes.place(one)
            )


def _first_words(one: PublicItem) -> list[str]:
    return re.findall(r"\w+", re.split(r"\n\s*\n|(?<=[.!?])\s", one.docs.strip(), maxsplit=1)[0].lower())


def _constants(changes: CrateChanges, old: PublicItem) -> Iterator[Replacement]:
    """A constant of the same owner with the name of a function without arguments: `MAX` of `max_value()`."""
    if old.kind in CALLED and not _parameters(old):
        name = item_name(old).removesuffix("_value").upper()
        for one in changes.members(changes.owner_now(item_owner(old))):
            if one.kind == "constant" and item_name(one) == name:
                yield Replacement(old, one, f"`{one.path}` is a constant of it", changes.place(one))


def _beside(changes: CrateChanges, old: PublicItem) -> Iterator[Replacement]:
    """What was beside it before, with a near name."""
    name = item_name(old).lower()
    for one in changes.members(changes.owner_now(item_owner(old))):
        said = item_name(one).lower()
        alike = SequenceMatcher(None, said, name).ratio() >= NEAR_BESIDE or (
            name.endswith(said) and len(said) >= SHORTEST_NAME
        )
        if can_stand_for(one, old) and one.path != old.path and alike and not one.deprecated:
            yield Replacement(old, one, f"beside it there is `{one.path}`", changes.place(one))


def _near(changes: CrateChanges, old: PublicItem) -> Iterator[Replacement]:
    """New items with a near name: of the same owner, or of any."""
    ranked = list[tuple[float, PublicItem]]()
    for one in changes.after.items:
        if one.kind == "impl" or one.path in changes.old_paths or not can_stand_for(one, old) or one.deprecated:
            continue
        likeness = SequenceMatcher(None, item_name(one).lower(), item_name(old).lower()).ratio()
        within = item_owner(one) in (item_owner(old), changes.owner_now(item_owner(old)))
        contained = item_name(old).lower() in item_name(one).lower() or item_name(one).lower() in item_name(old).lower()
        if likeness >= (NEAR if within else NEAR_ANYWHERE) or (contained and within):
            ranked.append((likeness + within + (_parameters(one) == _parameters(old)), one))
    for _, one in sorted(ranked, key=lambda pair: (-pair[0], path_rank(pair[1].path)))[:3]:
        yield Replacement(old, one, f"`{one.path}` is new, and has a near name", changes.place(one))


def _parameters(one: PublicItem) -> str:
    return "".join(one.signature.partition("(")[2].partition(")")[0].split())
