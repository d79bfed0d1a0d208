"""What a name of an old release became in a new one, each with what says so, the likeliest first.

In this order: an entry of a changelog, a guide or a deprecation note that names both; the same item under another
path; an item of the same owner and signature under another name; an item of the same name elsewhere; a trait or a
type with the same members; a near name with the same parameters. Whatever is offered is in the new release.
Everything that is quoted is a stranger's text.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher

from rusta.core.output import visible
from rusta.mirror.api import OWNERS, PublicItem, path_rank
from rusta.upgrade.crate_changes import CrateChanges, ReleaseEntry

MOST_REPLACEMENTS = 5
MOST_OF_ENTRY = 240  # characters of one that are quoted
SHORTEST_NAME = 3  # letters of a name that is looked for in texts
NEAR, NEAR_ANYWHERE, NEAR_BESIDE = 0.55, 0.75, 0.6  # likeness of names: of one owner, of any, of what was there before
LEAST_SENTENCE = 5  # words of a sentence that can be compared
LEAST_DOCUMENTED, DOCUMENTED_ALIKE = 12, 0.7  # words of a documentation that can be compared, and likeness of two
CALLED = ("fn", "method")
MEMBERS = ("method", "field", "variant", "constant", "type")
CODE = re.compile(
    r"`([^`\n]{1,200})`|(?<![\w`])([A-Za-z_]\w*(?:::\w+)+|[a-z]+_\w+|[A-Z][a-z0-9]+[A-Z]\w*)(?:\(\))?(?![\w`])"
)
NAMES = re.compile(r"[A-Za-z_]\w*(?:(?:::|\.)[A-Za-z_]\w*)*")
CALL = re.compile(r"(?:(?P<value>[A-Za-z_][\w:]*)\.)?(?P<method>[a-z_]\w*)\(.{0,80}\)")
REPLACES = re.compile(
    r"\brenam|\breplac|\bmove|\bmoving\b|\binstead\b|\bin favou?r\b|\bnow\b|->|→|=>|\bdeprecat|\buse\b|\bsplit\b"
    r"|\bbecom|\bbecame\b|\bmerg|\bchang",
    re.IGNORECASE,
)
COMMON = frozenset(
    ("new", "default", "from", "into", "build", "len", "is_empty", "iter", "get", "0", "1")
)  # members that say nothing
KEYWORDS = frozenset(
    (
        "fn",
        "struct",
        "enum",
        "trait",
        "mod",
        "type",
        "const",
        "static",
        "macro",
        "pub",
        "self",
        "Self",
        "crate",
        "super",
    )
)


@dataclass(frozen=True)
class Replacement:
    """One thing that a name may have become. `value` is the path of a value whose method it is now, "" for none."""

    old: PublicItem
    new: PublicItem
    why: str
    place: str  # of what says so
    value: str = ""
    by_argument: bool = False  # it is a method of one of its old arguments now


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
    own = [one for one in every if owner in (_name_of_owner(one), changes.owner_now(_owner(one)).rpartition("::")[2])]
    if not owner or own:
        return own or every
    return [one for one in every if _is_trait(changes, _owner(one))]


def _is_trait(changes: CrateChanges, path: str) -> bool:
    return any(one.path == path and one.kind == "trait" for one in changes.was.get(path.rpartition("::")[2], ()))


def _all(changes: CrateChanges, old: PublicItem, now: PublicItem | None) -> Iterator[Replacement]:
    yield from _noted(changes, old, now)
    if now is not None and now.kind == old.kind:
        yield from _entered(changes, old)
        return
    if now is not None and _fits(now, old):
        yield Replacement(old, now, f"it is a {now.kind} now", changes.place(now))
    yield from _only_new(changes, old)
    yield from _moved(changes, old)
    elsewhere = list(_elsewhere(changes, old))
    yield from (one for one in elsewhere if one.new.kind == old.kind)
    yield from _entered(changes, old)
    yield from _alike(changes, old)
    yield from elsewhere
    yield from _same_members(changes, old)
    yield from _members_moved(changes, old)
    yield from _of_successor(changes, old)
    yield from _documented_alike(changes, old)
    yield from _same_sentence(changes, old)
    yield from _constants(changes, old)
    yield from _near(changes, old)


def _owner(one: PublicItem) -> str:
    return one.path.rpartition("::")[0]


def _name(one: PublicItem) -> str:
    return one.path.rpartition("::")[2]


def _noted(changes: CrateChanges, old: PublicItem, now: PublicItem | None) -> Iterator[Replacement]:
    """What a note of deprecation names, of the new release or of the old one."""
    for item, is_old in ((now, False), (old, True)):
        if item is not None and item.deprecated:
            for name in _code_names(item.deprecated):
                for new in _meant(changes, name, old):
                    yield Replacement(
                        old,
                        new,
                        f"its note of deprecation says: {_short(item.deprecated)}",
                        changes.place(item, is_old),
                    )


def _entered(changes: CrateChanges, old: PublicItem) -> Iterator[Replacement]:
    """What an entry of a changelog or a guide names right behind the old name."""
    name, owner = _name(old), _name_of_owner(old)
    if len(name) < SHORTEST_NAME:
        return
    whole = re.compile(rf"(?<![\w]){re.escape(name)}(?!\w)")
    named = [one for one in changes.entries if whole.search(one.block.text)]
    beside = [one for one in named if owner and re.search(rf"\b{re.escape(owner)}\b", one.block.text)]
    for entry in [*beside, *(one for one in named if one not in beside)]:
        yield from _row(changes, old, entry) if entry.block.kind == "row" else _sentence(changes, old, entry)


def _name_of_owner(old: PublicItem) -> str:
    above = _owner(old)
    return above.rpartition("::")[2] if "::" in above else ""


def _sentence(changes: CrateChanges, old: PublicItem, entry: ReleaseEntry) -> Iterator[Replacement]:
    text, name = entry.block.text, _name(old)
    if not REPLACES.search(f"{' '.join(entry.block.headings[-1:])} {text}"):
        return
    spans = [(found.start(), found[1] or found[2]) for found in CODE.finditer(text)]
    at = next(
        (n for n, (_, said) in enumerate(spans) if name in NAMES.findall(said.replace("::", " ").replace(".", " "))),
        None,
    )
    if at is None:
        return
    said = f"the changelog says: {_short(text)}"
    for _, code in spans[at + 1 : at + 3]:
        for new in _meant(changes, code, old):
            yield Replacement(old, new, said, entry.place)


def _row(changes: CrateChanges, old: PublicItem, entry: ReleaseEntry) -> Iterator[Replacement]:
    """What stands in a table beside the old name."""
    cells = [cell.strip() for cell in entry.block.text.strip().strip("|").split("|")]
    if len(cells) < 2 or _name(old) not in re.findall(r"\w+", cells[0])[-1:]:
        return
    said = f"its guide says: {_short(' | '.join(cells))}"
    for code in re.findall(r"`([^`]{1,200})`", cells[1]):
        call = CALL.fullmatch(code)
        if call is None:
            for new in _meant(changes, code, old):
                yield Replacement(old, new, said, entry.place)
            continue
        methods = [one for one in changes.now.get(call["method"], ()) if one.kind == "method"]
        values = _values(changes, call["value"] or "")
        for method in methods[:2]:
            if values:
                yield Replacement(old, method, said, entry.place, values[0].path)
            elif call["value"] and "::" not in call["value"]:
                yield Replacement(old, method, said, entry.place, by_argument=True)


def _values(changes: CrateChanges, path: str) -> list[PublicItem]:
    parts = tuple(path.split("::")) if path else ()
    kinds = ("constant", "static")
    return (
        [one for one in changes.now.get(parts[-1], ()) if one.kind in kinds and _ends(one.path, parts)] if parts else []
    )


def _ends(path: str, parts: Sequence[str]) -> bool:
    return tuple(path.split("::")[-len(parts) :]) == tuple(parts)


def _code_names(text: str) -> Iterator[str]:
    for found in CODE.finditer(text):
        yield found[1] or found[2]


def _meant(changes: CrateChanges, code: str, old: PublicItem) -> list[PublicItem]:
    """The items of the new release that a piece of code names, in the place of an old one: those of its owner first."""
    words = [one for one in NAMES.findall(code) if one not in KEYWORDS]
    if not words or len(words) > 3:
        return []
    parts = [one for one in re.split(r"::|\.", words[0]) if one not in KEYWORDS]
    if not parts:
        return []
    fitting = [
        one for one in changes.now.get(parts[-1], ()) if _fits(one, old) and one.path != old.path and not one.deprecated
    ]
    exact = [one for one in fitting if _ends(one.path, parts)]
    if not exact and len(parts) > 1:
        exact = [one for one in fitting if parts[-2] in one.path.split("::")]
    chosen = exact or (fitting if len(parts) == 1 else [])
    return sorted(chosen, key=lambda one: (_name_of_owner(one) != _name_of_owner(old), path_rank(one.path)))[:2]


def _fits(new: PublicItem, old: PublicItem) -> bool:
    """Whether one kind of item can stand where another stood."""
    alike = (
        CALLED,
        ("struct", "enum", "union", "type", "trait"),
        ("module",),
        ("constant", "static", "variant"),
        ("macro", "derive", "attribute"),
    )
    if old.kind == "field":
        return new.kind in ("field", "method")
    if "type" in (old.kind, new.kind) and old.kind != new.kind and _is_member(new) != _is_member(old):
        return False
    return any(old.kind in group and new.kind in group for group in alike) or (old.kind, new.kind) in (
        ("constant", "fn"),
        ("fn", "constant"),
    )


def _is_member(one: PublicItem) -> bool:
    """Whether an item belongs to a type or a trait, by the way that their names are written."""
    return _name_of_owner(one)[:1].isupper()


def _only_new(changes: CrateChanges, old: PublicItem) -> Iterator[Replacement]:
    """The one field that a type has instead of the one that went."""
    if old.kind != "field" or old.path in changes.by_path:
        return
    was = {_name(one) for one in changes.members(_owner(old), old=True) if one.kind == "field"}
    members = changes.members(changes.owner_now(_owner(old)))
    now = {_name(one): one for one in members if one.kind == "field"}
    gone, come = was - {_name(one) for one in members}, now.keys() - was
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
        fitting = [new for new in changes.now.get(_name(one), ()) if new.kind == one.kind and new.path != one.path]
        best = min(fitting, key=lambda new: (new.shape != one.shape, path_rank(new.path)), default=None)
        if best is not None:
            went[_owner(best)] += 1
    for path, count in went.most_common(2):
        if (new := changes.by_path.get(path)) is not None and new.kind == "module":
            why = f"`{path}` has {count} of its items"
            yield Replacement(old, new, why, changes.place(new))


def _alike(changes: CrateChanges, old: PublicItem) -> Iterator[Replacement]:
    """Items of the same owner that are new and written in the same way but for their names."""
    if old.kind not in CALLED:
        return
    known = {one.path for several in changes.was.values() for one in several}
    for one in changes.members(changes.owner_now(_owner(old))):
        if one.kind == old.kind and one.path not in known and not one.deprecated and _nameless(one) == _nameless(old):
            yield Replacement(old, one, f"`{one.path}` is new there and has the same signature", changes.place(one))


def _nameless(one: PublicItem) -> str:
    return re.sub(rf"\b{re.escape(_name(one))}\b", "_", " ".join(one.signature.split()), count=1)


def _elsewhere(changes: CrateChanges, old: PublicItem) -> Iterator[Replacement]:
    named = _spoken_paths(changes, _name(old))
    for one in sorted(
        changes.now.get(_name(old), ()),
        key=lambda one: (
            _owner(one) != changes.owner_now(_owner(old)),
            one.shape != old.shape,
            not any(of <= set(one.path.split("::")) for of in named),
            path_rank(one.path),
        ),
    ):
        if _fits(one, old) and one.path != old.path and not one.deprecated:
            yield Replacement(old, one, f"there is `{one.path}`", changes.place(one))


def _spoken_paths(changes: CrateChanges, name: str) -> list[set[str]]:
    """The paths to a name that changelogs and guides spell, as their segments."""
    whole = re.compile(rf"(?<![\w:])((?:\w+::)+{re.escape(name)})(?!\w)")
    return [set(found[1].split("::")) for one in changes.entries for found in whole.finditer(one.block.text)]


def _same_members(changes: CrateChanges, old: PublicItem) -> Iterator[Replacement]:
    """A trait or type that came, with what this one had."""
    if old.kind not in OWNERS:
        return
    names = {_name(one) for one in changes.members(old.path, old=True)}
    known = {one.path for several in changes.was.values() for one in several}
    if not names:
        return
    for one in sorted(changes.after.items, key=lambda one: path_rank(one.path)):
        if one.kind == old.kind and one.path not in known:
            shared = names & {_name(member) for member in changes.members(one.path)}
            if 2 * len(shared) > len(names) and shared - COMMON:
                yield Replacement(
                    old,
                    one,
                    f"`{one.path}` is new and has its {', '.join(f'`{each}`' for each in sorted(shared)[:3])}",
                    changes.place(one),
                )


def _of_successor(changes: CrateChanges, old: PublicItem) -> Iterator[Replacement]:
    """The one member of what took the place of its owner that is written like it."""
    owners = [one for one in changes.was.get(_name_of_owner(old), ()) if one.path == _owner(old) and one.kind in OWNERS]
    if old.kind != "method" or not owners or _owner(old) in changes.by_path:
        return
    for owner in [*_same_members(changes, owners[0]), *_documented_alike(changes, owners[0])][:2]:
        alike = [
            one for one in changes.members(owner.new.path) if one.kind == "method" and _nameless(one) == _nameless(old)
        ]
        if len(alike) == 1:
            why = f"`{owner.new.path}` took the place of `{_owner(old)}`: {owner.why}"
            yield Replacement(old, alike[0], why, owner.place)


def _documented_alike(changes: CrateChanges, old: PublicItem) -> Iterator[Replacement]:
    """New items of the same kind whose documentation says almost the same."""
    words = re.findall(r"\w+", old.docs)
    if len(words) < LEAST_DOCUMENTED:
        return
    known = {one.path for several in changes.was.values() for one in several}
    ranked = list[tuple[float, PublicItem]]()
    for one in changes.after.items:
        if one.kind == old.kind and one.path not in known and not one.deprecated and one.docs:
            said = re.findall(r"\w+", one.docs)
            if 2 * len({*words} & {*said}) > len({*words} | {*said}):
                ranked.append((SequenceMatcher(None, words, said, autojunk=False).ratio(), one))
    for likeness, one in sorted(ranked, key=lambda pair: (-pair[0], path_rank(pair[1].path)))[:2]:
        if likeness >= DOCUMENTED_ALIKE:
            yield Replacement(old, one, f"`{one.path}` is new, and its documentation says the same", changes.place(one))


def _same_sentence(changes: CrateChanges, old: PublicItem) -> Iterator[Replacement]:
    """New items of the same owner and kind whose documentation begins in the same words."""
    first = _first_words(old)
    known = {one.path for several in changes.was.values() for one in several}
    for one in changes.members(changes.owner_now(_owner(old))) if len(first) >= LEAST_SENTENCE else ():
        if one.kind == old.kind and one.path not in known and not one.deprecated and _first_words(one) == first:
            yield Replacement(
                old, one, f"`{one.path}` is new, and its documentation begins in the same words", changes.place(one)
            )


def _first_words(one: PublicItem) -> list[str]:
    return re.findall(r"\w+", re.split(r"\n\s*\n|(?<=[.!?])\s", one.docs.strip(), maxsplit=1)[0].lower())


def _constants(changes: CrateChanges, old: PublicItem) -> Iterator[Replacement]:
    """A constant of the same owner with the name of a function without arguments: `MAX` of `max_value()`."""
    if old.kind in CALLED and not _parameters(old):
        name = _name(old).removesuffix("_value").upper()
        for one in changes.members(changes.owner_now(_owner(old))):
            if one.kind == "constant" and _name(one) == name:
                yield Replacement(old, one, f"`{one.path}` is a constant of it", changes.place(one))


def _beside(changes: CrateChanges, old: PublicItem) -> Iterator[Replacement]:
    """What was beside it before, with a near name."""
    name = _name(old).lower()
    for one in changes.members(changes.owner_now(_owner(old))):
        said = _name(one).lower()
        alike = SequenceMatcher(None, said, name).ratio() >= NEAR_BESIDE or (
            name.endswith(said) and len(said) >= SHORTEST_NAME
        )
        if _fits(one, old) and one.path != old.path and alike and not one.deprecated:
            yield Replacement(old, one, f"beside it there is `{one.path}`", changes.place(one))


def _near(changes: CrateChanges, old: PublicItem) -> Iterator[Replacement]:
    """New items with a near name: of the same owner, or of any."""
    known = {one.path for several in changes.was.values() for one in several}
    ranked = list[tuple[float, PublicItem]]()
    for one in changes.after.items:
        if one.kind == "impl" or one.path in known or not _fits(one, old) or one.deprecated:
            continue
        likeness = SequenceMatcher(None, _name(one).lower(), _name(old).lower()).ratio()
        within = _owner(one) in (_owner(old), changes.owner_now(_owner(old)))
        contained = _name(old).lower() in _name(one).lower() or _name(one).lower() in _name(old).lower()
        if likeness >= (NEAR if within else NEAR_ANYWHERE) or (contained and within):
            ranked.append((likeness + within + (_parameters(one) == _parameters(old)), one))
    for _, one in sorted(ranked, key=lambda pair: (-pair[0], path_rank(pair[1].path)))[:3]:
        yield Replacement(old, one, f"`{one.path}` is new, and has a near name", changes.place(one))


def _parameters(one: PublicItem) -> str:
    return "".join(one.signature.partition("(")[2].partition(")")[0].split())


def _short(text: str) -> str:
    said = visible(" ".join(text.split()))
    said = re.sub(r"^(?:[-*+]|\d+\.)\s+", "", said)
    return said if len(said) <= MOST_OF_ENTRY else f"{said[: MOST_OF_ENTRY - 1]}…"
