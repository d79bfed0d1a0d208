"""The changed items of a dependency that a workspace uses, each with its sites and with what the new release has in its place.

What an item became is said where the sources say it: the new path of what moved, a deprecation note, or one new item of the same
owner, kind and signature under another name. An entry of the changelog or of a migration guide that names the item is quoted.
Not covered: what changed in behaviour alone, and items of other crates that a release re-exports (`rand_core`'s of rand).
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rusta.core.output import visible
from rusta.mirror.api_changes import ApiChange
from rusta.mirror.change_words import PREDICATES, change_anchor
from rusta.mirror.fact import ChangeFact, UsedAt, whole_sentences
from rusta.mirror.revision_changes import RevisionChanges

ASKING = ("removed", "moved", "signature", "unsafe", "deprecated", "hidden", "gated", "reexported", "marks")
"""Changes after which code that uses an item may have to change, those that break it first."""
MOST_SUCCESSORS = 3
LONGEST_QUOTE = 300  # characters of what a changelog says of an item
CALLED = ("fn", "method")
QUOTED = ("migration", "changelog")
SHORTEST_NAME = 4  # letters of a name that is looked for in a changelog


@dataclass(frozen=True)
class AffectedItem:
    """One changed item, and where a workspace uses it (`FILE:LINE`)."""

    path: str  # as the workspace names it, in the old release
    change: str  # as `ApiChange.change`
    kind: str
    old: str  # signatures; "" where the release has no such item
    new: str
    note: str  # of a deprecation
    became: tuple[str, ...]  # paths in the new release, the likeliest first
    quote: str  # what the project says of it, with `quoted_at`; "" for nothing
    quoted_at: str
    place: str  # `crate@version:file::item`
    sites: tuple[str, ...]

    @property
    def said(self) -> str:
        """What happened to it, in a few words."""
        return PREDICATES.get(self.change, self.change)


def affected_items(changes: RevisionChanges, used: UsedAt) -> list[AffectedItem]:
    """Return the changed items that are used, those that break what uses them first. `used` takes paths of the old release."""
    added = [one for one in changes.api if one.change == "added" and one.kind != "impl"]
    found = list[AffectedItem]()
    for one in changes.api:
        path = one.old.path if one.old else one.path
        if one.change not in ASKING or one.kind in ("impl", "package") or not (sites := used(path)):
            continue
        quote, anchor = _quoted(path, changes.facts)
        at = f"{changes.mirror}@{changes.new.short}:{anchor}" if quote else ""
        found.append(
            AffectedItem(
                path, one.change, one.kind, visible(one.old.signature) if one.old else "",
                visible(one.new.signature) if one.new else "",
                visible(one.new.deprecated) if one.new and one.change == "deprecated" else "",
                tuple(_became(one, added)), quote, at, change_anchor(changes, one), tuple(sites),
            )
        )  # fmt: skip
    found = [one for one in found if not _said_below(one, found)]
    return sorted(found, key=lambda one: (ASKING.index(one.change), one.path))


def _said_below(one: AffectedItem, found: Sequence[AffectedItem]) -> bool:
    """Whether a module is told by the items below it that are used at the same sites."""
    below = {site for other in found if other.path.startswith(f"{one.path}::") for site in other.sites}
    return one.kind in ("mod", "module") and set(one.sites) <= below


def _became(one: ApiChange, added: Sequence[ApiChange]) -> list[str]:
    """The paths under which the new release has the item, or what is written like it."""
    if one.new and one.old and one.new.path != one.old.path:
        return [one.new.path]
    if one.change != "removed" or one.old is None:
        return []
    owner, name = _split(one.path)
    shape = _nameless(one.old.signature, name)
    alike = [other for other in added if other.kind == one.kind and other.new]
    renamed = [  # of a type a declaration says too little: `pub enum _` is any
        other.path
        for other in alike
        if other.new
        and one.kind in CALLED
        and _split(other.path)[0] == owner
        and _nameless(other.new.signature, _split(other.path)[1]) == shape
    ]
    elsewhere = [other.path for other in alike if _split(other.path)[1] == name]
    return list(dict.fromkeys([*elsewhere, *renamed]))[:MOST_SUCCESSORS]


def _split(path: str) -> tuple[str, str]:
    owner, _, name = path.rpartition("::")
    return owner, name


def _nameless(signature: str, name: str) -> str:
    """A signature without the item's own name."""
    return re.sub(rf"\b{re.escape(name)}\b", "_", " ".join(signature.split()), count=1)


def _quoted(path: str, facts: Sequence[ChangeFact]) -> tuple[str, str]:
    """What a migration guide or a changelog says of an item, and where; of several places the first that names its owner as well."""
    owner, name = _split(path)
    if len(name) < SHORTEST_NAME:
        return "", ""
    named = list(_naming(name, facts))
    beside = [one for one in named if re.search(rf"\b{re.escape(_split(owner)[1])}\b", one.text)] if owner else []
    first = next(iter([*beside, *named]), None)
    return (whole_sentences(_entry(first.text, name), LONGEST_QUOTE), first.anchor) if first else ("", "")


def _naming(name: str, facts: Sequence[ChangeFact]) -> Iterator[ChangeFact]:
    for kind in QUOTED:
        yield from (
            one for one in facts if one.kind == kind and not one.gone and re.search(rf"\b{re.escape(name)}\b", one.text)
        )


def _entry(text: str, name: str) -> str:
    """The entry of a list that names the item, else all of a text."""
    entries = re.split(r"\n(?=[-*] )", text)
    return next((one.lstrip("-* ") for one in entries if re.search(rf"\b{re.escape(name)}\b", one)), text)
