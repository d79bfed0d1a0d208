"""The changed items of a dependency that a workspace uses, each with its sites and with what the new release has in its place.

What an item became is said by `replacements`; an entry of the changelog or of a migration guide that names the item
is quoted. Items of other crates that a release re-exports count as its own. Not covered: what changed in behaviour
alone.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rusta.core.output import visible
from rusta.mirror.change_words import PREDICATES
from rusta.mirror.fact import UsedAt, whole_sentences
from rusta.upgrade.crate_changes import CrateChanges, ReleaseEntry
from rusta.upgrade.replacement import Replacement
from rusta.upgrade.replacements import replacements

ASKING = ("removed", "moved", "signature", "unsafe", "deprecated", "hidden", "gated", "reexported", "marks")
"""Changes after which code that uses an item may have to change, those that break it first."""
MOST_SUCCESSORS = 3
LONGEST_QUOTE = 300  # characters of what a changelog says of an item
SHORTEST_NAME = 4  # letters of a name that is looked for in a changelog
REPLACED = ("removed", "deprecated", "hidden", "moved")


@dataclass(frozen=True)
class AffectedItem:
    """One changed item, and where a workspace uses it (`FILE:LINE`)."""

    path: str  # as the workspace names it, in the old release
    change: str  # as `ApiChange.change`
    kind: str
    old: str  # signatures; "" where the release has no such item
    new: str  # of what took its place, where it is gone
    note: str  # of a deprecation
    became: tuple[str, ...]  # paths in the new release, the likeliest first
    why: str  # what says that the first of them took its place
    quote: str  # what the project says of it, with `quoted_at`; "" for nothing
    quoted_at: str
    place: str  # `crate@version:file::item`
    sites: tuple[str, ...]

    @property
    def said(self) -> str:
        """What happened to it, in a few words."""
        return PREDICATES.get(self.change, self.change)


def affected_items(changes: CrateChanges, used: UsedAt) -> list[AffectedItem]:
    """Return the changed items that are used, those that break what uses them first. `used` takes paths of the old release."""
    found = list[AffectedItem]()
    for one in changes.api:
        path = one.old.path if one.old else one.path
        if one.change not in ASKING or one.kind in ("impl", "package", "use") or not (sites := used(path)):
            continue
        owner, name = _split(path)
        entry = _entry_of(path, changes.entries)
        became = (
            _became(replacements(changes, name, _split(owner)[1] if "::" in owner else ""))
            if one.change in REPLACED
            else []
        )
        item = one.new or one.old
        found.append(
            AffectedItem(
                path, one.change, one.kind, visible(one.old.signature) if one.old else "",
                visible(one.new.signature if one.new else became[0].new.signature if became else ""),
                visible(one.new.deprecated) if one.new and one.change == "deprecated" else "",
                tuple(each.written for each in became), f"{became[0].why} ({became[0].place})" if became else "",
                whole_sentences(_item_text(entry.block.text, name), LONGEST_QUOTE) if entry else "",
                entry.place if entry else "",
                changes.place(item, old=one.new is None) if item else "", tuple(sites),
            )
        )  # fmt: skip
    found = [one for one in found if not _said_below(one, found)]
    return sorted(found, key=lambda one: (ASKING.index(one.change), one.path))


def _became(found: Sequence[Replacement]) -> list[Replacement]:
    """What code can be written with: a value's method where the project names the value, and not the method alone."""
    valued = {one.new.path for one in found if one.value}
    return [one for one in found if one.value or one.new.path not in valued][:MOST_SUCCESSORS]


def _said_below(one: AffectedItem, found: Sequence[AffectedItem]) -> bool:
    """Whether a module is told by the items below it that are used at the same sites."""
    below = {site for other in found if other.path.startswith(f"{one.path}::") for site in other.sites}
    return one.kind in ("mod", "module") and set(one.sites) <= below


def _split(path: str) -> tuple[str, str]:
    owner, _, name = path.rpartition("::")
    return owner, name


def _entry_of(path: str, entries: Sequence[ReleaseEntry]) -> ReleaseEntry | None:
    """What a migration guide or a changelog says of an item; of several entries the first that names its owner as well."""
    owner, name = _split(path)
    if len(name) < SHORTEST_NAME:
        return None
    named = list(_naming(name, entries))
    above = _split(owner)[1] if "::" in owner else ""
    beside = [one for one in named if above and re.search(rf"\b{re.escape(above)}\b", one.block.text)]
    return next(iter([*beside, *named]), None)


def _naming(name: str, entries: Sequence[ReleaseEntry]) -> Iterator[ReleaseEntry]:
    whole = re.compile(rf"\b{re.escape(name)}\b")
    for guide in (True, False):
        yield from (one for one in entries if one.guide is guide and whole.search(one.block.text))


def _item_text(text: str, name: str) -> str:
    """The item of a list that names the item, else all of a text."""
    entries = re.split(r"\n(?=[-*] )", text)
    return next((one.lstrip("-* ") for one in entries if re.search(rf"\b{re.escape(name)}\b", one)), text)
