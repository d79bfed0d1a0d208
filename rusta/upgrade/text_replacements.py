"""What a changelog, a guide or a note of deprecation names as having taken the place of an item; all of it is a stranger's text."""

import re
from collections.abc import Iterator, Sequence

from rusta.core.output import visible
from rusta.mirror.api import PublicItem, path_rank
from rusta.upgrade.crate_changes import CrateChanges, ReleaseEntry
from rusta.upgrade.replacement import Replacement, can_stand_for, item_name, item_owner_name

MOST_OF_ENTRY = 240  # characters of one that are quoted
SHORTEST_NAME = 3  # letters of a name that is looked for in texts
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


def noted_replacements(changes: CrateChanges, old: PublicItem, now: PublicItem | None) -> Iterator[Replacement]:
    """Yield what a note of deprecation names, of the new release or of the old one."""
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


def entered_replacements(changes: CrateChanges, old: PublicItem) -> Iterator[Replacement]:
    """Yield what an entry of a changelog or a guide names right behind the old name."""
    name, owner = item_name(old), item_owner_name(old)
    if len(name) < SHORTEST_NAME:
        return
    whole = re.compile(rf"(?<![\w]){re.escape(name)}(?!\w)")
    named = [one for one in changes.entries if whole.search(one.block.text)]
    beside = [one for one in named if owner and re.search(rf"\b{re.escape(owner)}\b", one.block.text)]
    for entry in [*beside, *(one for one in named if one not in beside)]:
        yield from _row(changes, old, entry) if entry.block.kind == "row" else _sentence(changes, old, entry)


def _sentence(changes: CrateChanges, old: PublicItem, entry: ReleaseEntry) -> Iterator[Replacement]:
    text, name = entry.block.text, item_name(old)
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
    if len(cells) < 2 or item_name(old) not in re.findall(r"\w+", cells[0])[-1:]:
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
        one
        for one in changes.now.get(parts[-1], ())
        if can_stand_for(one, old) and one.path != old.path and not one.deprecated
    ]
    exact = [one for one in fitting if _ends(one.path, parts)]
    if not exact and len(parts) > 1:
        exact = [one for one in fitting if parts[-2] in one.path.split("::")]
    chosen = exact or (fitting if len(parts) == 1 else [])
    return sorted(chosen, key=lambda one: (item_owner_name(one) != item_owner_name(old), path_rank(one.path)))[:2]


def _short(text: str) -> str:
    said = visible(" ".join(text.split()))
    said = re.sub(r"^(?:[-*+]|\d+\.)\s+", "", said)
    return said if len(said) <= MOST_OF_ENTRY else f"{said[: MOST_OF_ENTRY - 1]}…"
