"""The note of a slice of changes, composed by code: each fact with its anchor, quotes of the project's own words around them.

No model writes a fact here. What the project says (changelogs, commits, documentation) stands as a quote, with its place.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from rusta.core.output import visible
from rusta.mirror.api import PublicItem
from rusta.mirror.api_changes import ApiChange
from rusta.mirror.fact import ChangeFact, UsedAt, short
from rusta.mirror.revision_changes import RevisionChanges
from rusta.mirror.slices import ChangeSlice

LONGEST_QUOTE = 400  # characters of one quote
LONGEST_SIGNATURE = 300
LONGEST_TITLE = 90
MOST_QUOTES = 5
MOST_SITES = 3
WORDS = {
    "added": "new", "removed": "gone", "signature": "another signature", "unsafe": "another safety", "deprecated": "deprecated",
    "undeprecated": "no longer deprecated", "marks": "other attributes", "gated": "behind a condition now",
    "ungated": "without its condition now", "moved": "moved", "reexported": "comes from another crate now",
    "msrv": "another least Rust", "edition": "another edition",
}  # fmt: skip
PARAMETERS = re.compile(r"<[^<>]*\$\d[^<>]*>")  # of a type, numbered as they are compared
SAME_WORDS = "in the same words: a name in it means another item, or a bound or an associated type around it is another"
HABIT = ("removed", "signature", "deprecated", "moved")
"""Changes that ask whoever writes code for something else than before."""


@dataclass(frozen=True)
class MirrorNote:
    """What is written into the journals of one slice."""

    title: str
    body: str
    tags: tuple[str, ...]
    version: str
    habit: str = ""  # the text of a procedural entry; "" where nothing asks for another habit
    when: tuple[str, ...] = ()


def note_of(cut: ChangeSlice, of: RevisionChanges, used: UsedAt = lambda path: ()) -> MirrorNote:
    """Compose the note of a slice. `used` returns the sites of workspaces at which an item is used."""
    crate = cut.crate if cut.crate in of.versions else of.mirror
    version = of.versions.get(crate, of.version)
    lines = [f"Between {of.mirror} {of.old.short} and {of.new.short}{f' ({crate} {version})' if version else ''}:"]
    lines += [""] if cut.changes else []
    for one in cut.changes:
        lines += [*_change(one), f"  ({change_anchor(of, one)})"]
    quotes = [*_quotes(cut, of)]
    if quotes:
        lines += ["", "In the project's own words:", "", *quotes]
    sites = {one.path: used(one.path) for one in cut.changes if one.change != "added"}
    if touched := [f"- `{path}`: {', '.join(of_one[:MOST_SITES])}" for path, of_one in sites.items() if of_one]:
        lines += ["", "Used in the workspaces that I know:", "", *touched]
    asks = [one for one in cut.changes if one.change in HABIT]
    habit = "\n".join(filter(None, map(_habit, asks)))
    return MirrorNote(
        _title(cut, crate, version), "\n".join(lines).strip(), _tags(cut, crate, of.mirror), f"{crate} {version}".strip(),
        habit, tuple(f"item:{one.path}" for one in asks if habit and one.kind != "impl"),
    )  # fmt: skip


def _title(cut: ChangeSlice, crate: str, version: str) -> str:
    """The crate, its version, and what changed, as far as a heading holds it."""
    head = f"{crate} {version}".strip()
    if not cut.changes:
        return f"{head}: {cut.subject or 'changes'}"
    first = cut.changes[0]
    more = len(cut.changes) - 1
    said = f"{head}: {_name(first)} {WORDS.get(first.change, first.change)}{f', and {more} more' if more else ''}"
    return said if len(said) <= LONGEST_TITLE else f"{said[: LONGEST_TITLE - 1]}…"


def _name(one: ApiChange) -> str:
    """The last two names of a path, which tell an item apart."""
    return f"`{'::'.join(one.path.split('::')[-2:])}`" if one.kind != "impl" else f"`{named_item(one)}`"


def named_item(one: ApiChange) -> str:
    """Return an item's path; of an implementation `Trait for path::of::Type`, without the names that stand for parameters."""
    return PARAMETERS.sub("", one.path.partition(": impl ")[2]) if one.kind == "impl" else one.path


def _change(one: ApiChange) -> Iterator[str]:
    """A change as an entry of a list: what, its path, the old and the new signature."""
    yield f"- {WORDS.get(one.change, one.change)}: {one.kind} `{named_item(one)}`"
    if one.change in ("moved", "reexported") and one.old and one.new and one.old.path != one.new.path:
        yield f"  from `{one.old.path}` to `{one.new.path}`"
    shown = one.change in ("signature", "unsafe", "added", "removed")
    if one.old and one.new and one.old.signature == one.new.signature:
        shown = False
        if one.change == "signature":
            yield f"  {SAME_WORDS}"
    for label, item in (("was", one.old), ("is", one.new)):
        if shown and item and item.signature:
            yield f"  {label}: `{short(item.signature.replace('`', ''), LONGEST_SIGNATURE)}`"
    if one.change == "deprecated" and one.new:
        yield f"  note: {short(one.new.deprecated, LONGEST_QUOTE)}"
    if one.change in ("gated", "ungated") and one.new and one.new.gate:
        yield f"  condition: `{short(one.new.gate, LONGEST_SIGNATURE)}`"


def _quotes(cut: ChangeSlice, of: RevisionChanges) -> Iterator[str]:
    """What the project says of a slice: its facts, then commits that name one of its items."""
    left = MOST_QUOTES if cut.changes else len(cut.facts)
    for one in cut.facts[:left]:
        yield from _quoted(one.text, f"{of.mirror}@{of.new.short}:{one.anchor}{_about(one)}")
    names = {one.path.rpartition("::")[2] for one in cut.changes if one.kind != "impl"}
    names = {name for name in names if len(name) > 3}
    for commit in of.commits:
        if left - len(cut.facts) <= 0:
            return
        if any(name in commit.subject for name in names):
            left -= 1
            yield from _quoted(commit.subject, f"{of.mirror}@{commit.hash[:12]}")


def _quoted(text: str, place: str) -> Iterator[str]:
    yield from (f"> {line}".rstrip() for line in short(text.strip(), LONGEST_QUOTE).splitlines())
    yield f"> ({visible(place)})"
    yield ""


def _about(one: ChangeFact) -> str:
    about = one.item or one.heading
    return f", {short(about, 100)}" if about else ""


def change_anchor(of: RevisionChanges, one: ApiChange) -> str:
    """Return `repo@revision:path::item`, of the state in which the item is."""
    item: PublicItem | None = one.new or one.old
    state = of.new if one.new else of.old
    folder = of.folders.get((item.crate if item and item.crate else one.crate), "")
    file = "/".join(filter(None, (folder, item.file if item else "")))
    named = named_item(one) if one.kind == "impl" else one.path.partition("::")[2] or one.path
    return f"{of.mirror}@{state.short}:{file}::{named}"


def _habit(one: ApiChange) -> str:
    """What to write instead, where the change itself says it."""
    if one.change == "deprecated" and one.new:
        return f"When I meet `{one.path}`, I remember that it is deprecated: {short(one.new.deprecated, LONGEST_QUOTE)}"
    if one.change == "moved" and one.old and one.new:
        return f"When I meet `{one.old.path}`, I write `{one.new.path}`: it moved."
    if one.change == "removed":
        return f"When I meet `{one.path}`, I look for what took its place: it is gone."
    if one.change == "signature" and one.new and one.kind != "impl":
        signature = short(one.new.signature.replace("`", ""), LONGEST_SIGNATURE)
        return f"When I call `{one.path}`, I check the arguments: it is `{signature}` now."
    return ""


def _tags(cut: ChangeSlice, crate: str, mirror: str) -> tuple[str, ...]:
    kinds = ["api-change"] if cut.changes else [cut.subject or "change"]
    names = [
        path.rpartition("::")[2].partition("<")[0].replace("_", "-").lower()
        for path in map(named_item, cut.changes[:4])
    ]
    return tuple(dict.fromkeys([mirror, crate.replace("_", "-"), *kinds, *names]))
