"""Cut the changes of a mirror into slices, each about the items of one module and small enough for one note and one prompt.

A section of a changelog or guide is parted by its lines: those that name an item of a slice go with it, the others stay together.
"""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from rusta.mirror.api_changes import ApiChange
from rusta.mirror.fact import ChangeFact, UsedAt

MOST_CHANGES = 8  # of a slice
MOST_IMPLEMENTATIONS = 24  # of a slice of nothing else: they come in rows, one for each type
MOST_FACTS = 4  # that go with them
MOST_CHARACTERS = 4_000  # of the signatures of a slice
ORDER = (
    "removed", "signature", "unsafe", "moved", "deprecated", "hidden", "marks", "gated", "destabilised", "reexported", "ungated",
    "undeprecated", "msrv", "edition", "stabilised", "added",
)  # fmt: skip
"""The kinds of changes, those that break what uses them first."""
TOLD_ALONE = {
    "migration": 8,
    "msrv": 1,
    "edition": 1,
    "changelog": 8,
    "feature": 2,
    "dependency": 1,
    "example": 1,
    "docs": 1,
}
"""The kinds of facts that make slices where they belong to no item's, the most telling first; and how many of a package."""
MEMBERS = ("method", "variant", "field")  # kinds of items that are named with what they belong to
BY_LINES = ("changelog", "migration")  # kinds of facts of which each line is about something else
MOST_LINES_PARTED = 400  # lines of such facts that are parted; those beyond stay with their section


@dataclass(frozen=True)
class ChangeSlice:
    """Changes of one package that belong together. `subject` is the path that all of them stand below."""

    crate: str
    subject: str
    changes: tuple[ApiChange, ...]
    facts: tuple[ChangeFact, ...] = ()
    beyond: tuple[ChangeFact, ...] = ()  # facts of the same kind that are named by their places alone

    @property
    def key(self) -> str:
        """A name that is the same whenever the slice is cut out of the same change."""
        said = [f"{one.change} {one.path} {one.kind}" for one in self.changes]
        said += [f"{one.kind} {one.anchor} {one.text}" for one in (*self.facts, *self.beyond) if not self.changes]
        return hashlib.sha256("\n".join(said).encode()).hexdigest()[:12]

    @property
    def paths(self) -> tuple[str, ...]:
        """The paths of the items."""
        return tuple(dict.fromkeys(one.path for one in self.changes))


def slices(api: Sequence[ApiChange], facts: Sequence[ChangeFact], used: UsedAt = lambda path: ()) -> list[ChangeSlice]:
    """Return the slices of a change, those with an item that workspaces use (`used`: its sites) before the others.

    Facts that name an item of a slice go with it; the others of each package make slices of their own.
    """
    groups = dict[tuple[str, str], list[ApiChange]]()
    for one in filter(_telling, api):
        groups.setdefault((one.crate, _subject(one)), []).append(one)
    cut = [ChangeSlice(crate, subject, part) for (crate, subject), of in groups.items() for part in _parts(of)]
    cut.sort(key=lambda one: (not any(map(used, one.paths)), _rank(one.changes[0]), one.crate, one.subject))
    left, found = list(_by_lines([one for one in facts if not one.minor])), list[ChangeSlice]()
    for one in cut:
        about = [at for at, fact in enumerate(left) if _about(fact, one)][:MOST_FACTS]
        found.append(replace(one, facts=tuple(_joined(left[at] for at in about))))
        left = [fact for at, fact in enumerate(left) if at not in about]
    return [*found, *_of_facts(_joined(left))]


def _by_lines(facts: Sequence[ChangeFact]) -> Iterator[ChangeFact]:
    """The facts, with those of changelogs and guides parted into items of lists."""
    most = MOST_LINES_PARTED
    for one in facts:
        parts = list[str]()
        for line in one.text.split("\n") if one.kind in BY_LINES and "```" not in one.text else ():
            if line.lstrip().startswith(("- ", "* ")) or not parts:
                parts.append(line)
            else:
                parts[-1] += f"\n{line}"
        most -= len(parts)
        yield from [replace(one, text=part) for part in parts] if len(parts) > 1 and most >= 0 else [one]


def _joined(facts: Iterable[ChangeFact]) -> Iterator[ChangeFact]:
    """The facts, with neighbours out of one section as one fact again."""
    for _, group in groupby(facts, key=lambda one: replace(one, text="") if one.kind in BY_LINES else id(one)):
        first, *others = group
        yield replace(first, text="\n".join(one.text for one in (first, *others))) if others else first


def _telling(one: ApiChange) -> bool:
    """Whether a change says something of an item: versions of the package are facts, conditions of a re-export its item's."""
    return one.kind != "package" and not (one.kind == "use" and one.change in ("gated", "ungated"))


def _of_facts(facts: Iterable[ChangeFact]) -> Iterator[ChangeSlice]:
    """Slices of what belongs to no item that changed, for each package and kind."""
    groups = dict[tuple[str, str], list[ChangeFact]]()
    for one in facts:
        if one.kind in TOLD_ALONE:
            groups.setdefault((one.package.replace("-", "_"), one.kind), []).append(one)
    order = list(TOLD_ALONE)
    for (package, kind), of in sorted(groups.items(), key=lambda one: (order.index(one[0][1]), one[0])):
        parts = [tuple(of[at : at + MOST_CHANGES]) for at in range(0, len(of), MOST_CHANGES)]
        told = parts[: TOLD_ALONE[kind]]
        beyond = tuple(one for part in parts[TOLD_ALONE[kind] :] for one in part)
        for part in told:
            yield ChangeSlice(package, kind, (), part, beyond if part is told[-1] else ())


def _subject(one: ApiChange) -> str:
    """The module that a change is grouped by; "" for implementations, which are grouped by their crate."""
    item = one.new or one.old
    if one.kind == "impl":
        return ""
    module = (item.owner if item and item.owner else one.path).rpartition("::")[0]
    return module or one.path


def telling_order(one: ApiChange) -> tuple[bool, int, str]:
    """What sorts changes for a reader: items before implementations, what breaks first."""
    return one.kind == "impl", _rank(one), one.path


def _rank(one: ApiChange) -> int:
    return ORDER.index(one.change) if one.change in ORDER else len(ORDER)


def _parts(changes: Sequence[ApiChange]) -> Iterator[tuple[ApiChange, ...]]:
    part, length = list[ApiChange](), 0
    for one in sorted(changes, key=telling_order):
        size = sum(len(item.signature) for item in (one.old, one.new) if item) + len(one.path)
        most = MOST_IMPLEMENTATIONS if one.kind == "impl" else MOST_CHANGES
        if part and (len(part) >= most or length + size > MOST_CHARACTERS):
            yield tuple(part)
            part, length = [], 0
        part.append(one)
        length += size
    if part:
        yield tuple(part)


def _about(fact: ChangeFact, cut: ChangeSlice) -> bool:
    """Whether a fact is of an item of the slice, or of its package and names one in code."""
    if fact.item:
        return fact.item in cut.paths
    if fact.package and cut.crate not in fact.package.replace("-", "_").split(", "):
        return False
    names = {one.path.rpartition("::")[2] for one in cut.changes if one.kind != "impl"}
    names |= {one.path.split("::")[-2] for one in cut.changes if one.kind in MEMBERS and one.path.count("::") > 1}
    names |= {cut.subject.rpartition("::")[2]} if "::" in cut.subject else set()
    names |= {head for one in cut.changes if one.kind == "impl" and (head := _implemented(one))}
    return any(f"`{name}" in fact.text or f"::{name}" in fact.text for name in names if len(name) > 3)


def _implemented(one: ApiChange) -> str:
    """The trait that an implementation is of, as a changelog writes it: `From<OwnedFd>`, `Debug`."""
    said = one.path.partition(": impl ")[2].partition(" for ")[0]
    return "<".join(part.rpartition("::")[2] for part in said.split("<")) if said.count("<") < 2 else ""
