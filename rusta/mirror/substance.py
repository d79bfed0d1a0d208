"""Whether a change is worth a reflection, and why, in words.

The heuristic: more than `CORE_LINES` lines in core, a change of the public API, documentation or examples that say
something new, features, the Rust version or an incompatible dependency. Spelling, CI, build files, tests and benchmarks
do not count, and neither do packages that are never published. What touches items that the owner's workspaces use counts
whatever its size. Not covered: whether a change of behaviour hides in few lines of code.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from rusta.core.output import many
from rusta.mirror.changed_files import ChangeCounts
from rusta.mirror.fact import ChangeFact, UsedAt
from rusta.mirror.file_kinds import FileKind

CORE_LINES = 50
USED = 10  # an item that a workspace uses weighs as much as so many others
MOST_SITES = 3  # places of a workspace named in a reason
MOST_ITEMS = 5
WEIGHTS = {
    "migration": 4,
    "msrv": 3,
    "feature": 2,
    "changelog": 2,
    "example": 1,
    "docs": 1,
    "dependency": 1,
    "package": 1,
    "edition": 0,
}
API_WEIGHTS = {"removed": 5, "signature": 5, "deprecated": 4, "moved": 3, "added": 3}
OF_MANIFESTS = ("msrv", "edition")  # changes that facts tell as well
IDLE = (FileKind.CI, FileKind.BUILD, FileKind.TEST, FileKind.BENCH, FileKind.OTHER, FileKind.MANIFEST)
PLURALS = {
    FileKind.TEST: "tests",
    FileKind.BENCH: "benchmarks",
    FileKind.BUILD: "the build",
    FileKind.OTHER: "other kinds",
}


class ChangedItem(Protocol):
    """What is read of a change of the API."""

    @property
    def change(self) -> str: ...  # noqa: D102
    @property
    def path(self) -> str: ...  # noqa: D102


@dataclass(frozen=True)
class TouchedItem:
    """An item that changed and that a workspace uses."""

    path: str
    change: str  # added, removed, signature, ..., or the kind of a fact: docs, example
    sites: tuple[str, ...]


@dataclass(frozen=True)
class Substance:
    """The judgement, with its reasons as a person reads them. `weight` orders changes, the heavier first."""

    substantial: bool
    reasons: tuple[str, ...]
    touched: tuple[TouchedItem, ...]
    weight: int

    @property
    def said(self) -> str:
        """It in one sentence."""
        return ("" if self.substantial else "nothing substantial: ") + "; ".join(self.reasons)


def weighed(
    facts: Sequence[ChangeFact], counts: ChangeCounts, api: Sequence[ChangedItem] = (), used: UsedAt = lambda path: ()
) -> Substance:
    """Judge a change by its facts, how much changed, and what changed in the API."""
    api = [one for one in api if one.change not in OF_MANIFESTS]
    touched = tuple(_touched(facts, api, used))
    reasons = [_use(one) for one in touched[:MOST_ITEMS]]
    if len(touched) > MOST_ITEMS:
        reasons.append(f"{len(touched) - MOST_ITEMS} more items that your workspaces use changed")
    changes = Counter(one.change for one in api)
    if changes:
        named = ", ".join(f"{count} {kind}" for kind, count in changes.most_common())
        reasons.append(f"the public API changed: {named}")
    if counts.core_lines > CORE_LINES:
        reasons.append(f"{counts.core_lines} lines changed in core")
    reasons += _new_words(facts)
    weight = sum(WEIGHTS.get(one.kind, 0) for one in facts if not one.minor)
    weight += sum(API_WEIGHTS.get(one.change, 2) for one in api) + counts.core_lines // CORE_LINES
    weight += USED * len(touched)
    if reasons:
        return Substance(True, tuple(reasons), touched, weight)
    return Substance(False, tuple(_idle(facts, counts)) or ("no file differs",), touched, weight)


def _touched(facts: Sequence[ChangeFact], api: Sequence[ChangedItem], used: UsedAt) -> Iterator[TouchedItem]:
    seen = set[tuple[str, str]]()
    changed = [(one.path, one.change) for one in api if one.change != "added"]
    changed += [(one.item, one.kind) for one in facts if one.item and not one.minor]
    for path, change in changed:
        if (path, change) not in seen and (sites := used(path)):
            seen.add((path, change))
            yield TouchedItem(path, change, tuple(sites))


def _use(one: TouchedItem) -> str:
    what = {
        "removed": "is gone", "signature": "has another signature", "deprecated": "is deprecated", "moved": "moved",
        "docs": "is documented anew", "example": "has a new example",
    }.get(one.change, f"changed ({one.change})")  # fmt: skip
    more = f" and {len(one.sites) - MOST_SITES} more places" if len(one.sites) > MOST_SITES else ""
    return f"`{one.path}`, which you use at {', '.join(one.sites[:MOST_SITES])}{more}, {what}"


def _new_words(facts: Sequence[ChangeFact]) -> Iterator[str]:
    """The facts that say something new, by their kinds."""
    kinds = Counter(one.kind for one in facts if not one.minor)
    gone = Counter(one.kind for one in facts if not one.minor and one.gone)
    for kind, one, several in (
        ("migration", "a migration guide says something new", "{} sections of migration guides are new"),
        ("changelog", "the changelog has a new section", "{} sections of changelogs are new"),
        (
            "docs",
            "one place of the documentation says something new",
            "{} places of the documentation say something new",
        ),
        ("example", "one example changed", "{} examples changed"),
        ("feature", "a feature changed", "{} features changed"),
        ("msrv", "it needs another version of Rust", "{} packages need another version of Rust"),
        ("package", "a package came or went", "{} packages came or went"),
    ):
        if count := kinds[kind]:
            yield one if count == 1 else several.format(count)
    if count := kinds["dependency"]:
        said = "one dependency changed incompatibly" if count == 1 else f"{count} dependencies changed incompatibly"
        lost = f", {gone['dependency']} of them gone" if gone["dependency"] else ""
        yield said + lost


def _idle(facts: Sequence[ChangeFact], counts: ChangeCounts) -> Iterator[str]:
    """What there is of a change that does not count."""
    if counts.core_lines:
        yield f"{many(counts.core_lines, 'line')} of core, not more than {CORE_LINES}"
    for kind in IDLE:
        if count := counts.files.get(kind, 0):
            yield f"{many(count, 'file')} of {PLURALS.get(kind, kind.value)}"
    if counts.comment_slips:
        yield f"{many(counts.comment_slips, 'file')} with slips in comments"
    if counts.comments:
        yield f"{many(counts.comments, 'file')} with comments that are no documentation"
    slips = sum(1 for one in facts if one.minor and one.kind in ("docs", "example", "changelog", "migration"))
    if slips:
        yield f"{many(slips, 'slip')} in documentation"
    for kind, words in (("package", "a new version number"), ("dependency", "compatible versions of dependencies")):
        if any(one.minor and one.kind == kind for one in facts):
            yield words
