"""Cut the changes of a mirror into slices, each about neighbouring items and small enough for one note and one prompt."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rusta.mirror.api_changes import ApiChange
from rusta.mirror.change_facts import ChangeFact

MOST_CHANGES = 8  # of a slice
MOST_CHARACTERS = 4_000  # of the signatures and notes of a slice
ORDER = (
    "removed",
    "signature",
    "unsafe",
    "moved",
    "renamed",
    "deprecated",
    "gated",
    "reexported",
    "trait_item",
    "added",
)
"""What a person has to know first, first."""


@dataclass(frozen=True)
class ChangeSlice:
    """Changes of one package that belong together. `subject` is the path that all of them stand below."""

    crate: str
    subject: str
    changes: tuple[ApiChange, ...]
    facts: tuple[ChangeFact, ...] = ()

    @property
    def key(self) -> str:
        """A name that is the same whenever the slice is cut out of the same change."""
        said = [f"{one.change} {one.path} {one.kind}" for one in self.changes]
        said += [f"{one.kind} {one.path} {one.text}" for one in self.facts]
        return hashlib.sha256("\n".join(said).encode()).hexdigest()[:12]

    @property
    def paths(self) -> tuple[str, ...]:
        """The paths of the items, as they are now."""
        return tuple(dict.fromkeys(one.path for one in self.changes))


def slices(api: Sequence[ApiChange], facts: Sequence[ChangeFact], first: Sequence[str] = ()) -> Iterator[ChangeSlice]:
    """Yield the slices of a change, those with an item of `first` (the paths that a person uses) before the others.

    Facts that name an item of a slice go with it; what is left of them makes slices of its own.
    """
    wanted, left = set(first), list(facts)
    groups = dict[tuple[str, str], list[ApiChange]]()
    for one in api:
        groups.setdefault((one.crate, _module(one)), []).append(one)
    cut = [ChangeSlice(crate, subject, part) for (crate, subject), of in groups.items() for part in _parts(of)]
    cut.sort(key=lambda one: (not wanted & set(one.paths), _rank(one.changes[0]), one.crate, one.subject))
    for one in cut:
        about = tuple(fact for fact in left if _about(fact, one))[:MOST_CHANGES]
        left = [fact for fact in left if fact not in about]
        yield ChangeSlice(one.crate, one.subject, one.changes, about)
    for at in range(0, len(left), MOST_CHANGES):
        yield ChangeSlice("", "", (), tuple(left[at : at + MOST_CHANGES]))


def _module(one: ApiChange) -> str:
    """The path that a change is grouped by: the type of a method or field, the module of an item."""
    return one.path.rpartition("::")[0] or one.path


def _rank(one: ApiChange) -> int:
    return ORDER.index(one.change) if one.change in ORDER else len(ORDER)


def _parts(changes: list[ApiChange]) -> Iterator[tuple[ApiChange, ...]]:
    part, length = list[ApiChange](), 0
    for one in sorted(changes, key=lambda one: (_rank(one), one.path)):
        size = sum(len(item.signature) for item in (one.old, one.new) if item) + len(one.path)
        if part and (len(part) >= MOST_CHANGES or length + size > MOST_CHARACTERS):
            yield tuple(part)
            part, length = [], 0
        part.append(one)
        length += size
    if part:
        yield tuple(part)


def _about(fact: ChangeFact, cut: ChangeSlice) -> bool:
    """Whether a fact names an item of the slice, by a name that is not an everyday word."""
    names = {path.rpartition("::")[2] for path in cut.paths} | {cut.subject.rpartition("::")[2]}
    return any(len(name) > 3 and f"`{name}" in fact.text or f"::{name}" in fact.text for name in names if name)
