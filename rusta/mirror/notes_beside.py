"""Notes of the journals about the items of a mirror, quoted, and compared with the mirror: where they differ, the note is stale.

A note is compared by what code can read in it: the changes that a reflection listed, with their signatures; the version that it is of;
and whether an item that it names is still there, is deprecated, or changed since that version. Its words are not judged.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from rusta.library.selection import QuestionTerms
from rusta.memory.entries.entry import STALE
from rusta.memory.index.index import IndexRow
from rusta.memory.index.tags import contains_name
from rusta.memory.recall.recall import Memory
from rusta.mirror.change_words import noted_signature, same_signature
from rusta.mirror.crate_states import fits_version
from rusta.mirror.fact import short
from rusta.mirror.item_history import ItemTeller, MirrorItem
from rusta.mirror.state_index import IndexedChange

MOST_ROWS = 400  # entries that are looked through
MOST_NOTES_TOLD = 2
LONGEST_NOTE = 600  # characters that are quoted
BULLET = re.compile(
    r"^- (?P<what>[a-z ]{1,40}): (?P<kind>\w+) `(?P<path>[^`\n]{1,300})`\n(?P<more>(?:  [^\n]*\n?)*)", re.MULTILINE
)
OF_STATES = re.compile(
    r"mirror/[^@#\n]{1,100}@(?P<old>[^.#\n]{1,60}(?:\.[^.#\n]{1,60}){0,4})\.\.(?P<new>[^#\n]{1,80})#"
)
GONE = ("gone",)
BREAKING = ("signature", "unsafe", "removed", "moved", "deprecated")


@dataclass(frozen=True)
class NoteBeside:
    """A note about what was asked. `stale` says what the mirror has instead, with its anchor; "" where nothing speaks against it."""

    path: str
    date: str
    of: str  # the version that it is of; "" where it says none
    text: str
    stale: str = ""

    @property
    def told(self) -> str:
        """As a person reads it."""
        quoted = "\n".join(f"> {line}".rstrip() for line in self.text.splitlines())
        head = f"My note of {self.date} (`{self.path}`{f', {self.of}' if self.of else ''}):"
        return "\n\n".join(filter(None, [head, quoted, f"That is stale: {self.stale}" if self.stale else ""]))


def notes_beside(
    memory: Memory,
    mirror: str,
    items: Sequence[tuple[MirrorItem, Sequence[IndexedChange]]],
    teller: ItemTeller,
    question: str,
) -> list[NoteBeside]:
    """Return the notes that name one of these items, those of the mirror's own reflections first, each compared with the mirror."""
    if not items or not memory.home.devlogs.is_dir():
        return []
    memory.index.refresh()
    rows = [hit.row for hit in memory.index.search("", repo=teller.label, limit=MOST_ROWS)]
    for item, _ in items:
        rows += [hit.row for hit in memory.index.search(" ".join(item.path.split("::")[-2:]), limit=20)]
    found = list[NoteBeside]()
    for row in sorted({row.path: row for row in rows}.values(), key=lambda row: row.source.endswith("/habit")):
        for item, changes in items:
            if _is_about(row, item.path, teller.label):
                found.append(_note(row, item, changes, teller, question))
                break
    holds, stale = ([one for one in found if bool(one.stale) is of] for of in (False, True))
    return [*holds[: MOST_NOTES_TOLD - bool(stale)], *stale[: MOST_NOTES_TOLD - bool(holds)]]


def _is_about(row: IndexRow, path: str, label: str) -> bool:
    """Whether an entry is about an item: a reflection lists or quotes it; any other names it, where it is about the crate."""
    if row.source.startswith("mirror/") and not row.source.endswith("/habit"):
        listed = [one["path"] for one in BULLET.finditer(f"{row.body}\n")]
        return any(one in (path, path.partition("::")[2]) for one in listed) or bool(_quoted_of(row.body, path))
    text, parts = f"{row.title}\n{row.body}", path.split("::")
    if re.search(rf"(?<![\w:]){re.escape(path)}(?!\w|::\w)", text):
        return True
    crate = parts[0].replace("_", "-")
    about = label in (row.repo, *row.tags) or crate in row.tags or contains_name(text, crate)
    named = re.escape("::".join(parts[-2:])) if len(parts) > 2 else re.escape(parts[-1])
    return bool(about and re.search(rf"(?<![\w:]){named}(?!\w|::\w)|`{re.escape(parts[-1])}(?:\(\))?`", text))


def _quoted_of(body: str, path: str) -> str:
    """What a reflection quotes of the project about an item, with its place; "" for nothing."""
    lines = body.splitlines()
    for n, line in enumerate(lines):
        if line.startswith("> (") and line.endswith(f", `{path}`)"):  # below the quote
            start = n
            while start and lines[start - 1].startswith(">"):
                start -= 1
            return "\n".join(one.removeprefix("> ") for one in lines[start : n + 1])
        if line.startswith(f"`{path}` (") and line.endswith("):"):  # above it
            below = [one.removeprefix("> ") for one in lines[n + 2 : n + 12] if one.startswith(">")]
            return "\n".join([line, *below])
    return ""


def _note(
    row: IndexRow, of: MirrorItem, changes: Sequence[IndexedChange], teller: ItemTeller, question: str
) -> NoteBeside:
    bullet = next(
        (one for one in BULLET.finditer(f"{row.body}\n") if one["path"] in (of.path, of.path.partition("::")[2])), None
    )
    if bullet is not None:
        text = bullet[0].rstrip()
    elif row.source.endswith("/habit") and (habits := [one for one in row.body.splitlines() if f"`{of.path}`" in one]):
        text = "\n".join(habits)
    elif row.source.startswith("mirror/") and (quoted := _quoted_of(row.body, of.path)):
        text = quoted
    else:
        text = " ".join(one.text for one in QuestionTerms.of(question, "").chosen(row.body)) or row.title
    date = f"{datetime.fromtimestamp(row.date, UTC):%Y-%m-%d}"
    stale = next(_against(row, bullet, of, changes, teller), "")
    if not stale and STALE in row.tags:
        stale = "it is marked so in my journals."
    return NoteBeside(row.path, date, row.version, short(text, LONGEST_NOTE), stale)


def _against(
    row: IndexRow, bullet: "re.Match[str] | None", of: MirrorItem, changes: Sequence[IndexedChange], teller: ItemTeller
) -> Iterator[str]:
    """What the mirror has instead, the plainest contradiction first."""
    called = teller.called(of.path.partition("::")[0], of.place)
    said_gone = bullet is not None and bullet["what"] in GONE
    if of.item is None:
        if not said_gone and not _says(row, r"\b(?:gone|remov|renam|moved|replac|no longer)"):
            yield f"`{of.path}` is not in {called} any more."
        return
    if said_gone:
        yield f"`{of.path}` is in {called}. ({teller.anchor(of.item, of.place)})"
    noted = noted_signature(bullet[0]) if bullet is not None and bullet["kind"] == of.item.kind else ""
    now = short(of.item.signature.replace("`", ""), 300)
    if noted and not same_signature(noted, of.item.signature):
        yield f"in {called} it is `{now}`. ({teller.anchor(of.item, of.place)})"
    written = _written_at(row, teller)
    since = [
        one
        for one in changes
        if written is not None and one.new > written and one.new <= of.place and one.change in BREAKING
    ]
    if since:
        last = since[0]
        what = (
            f"it is `{now}` now"
            if last.change == "signature"
            else f"{last.change}{f': {last.note}' if last.note else ''}"
        )
        yield f"since then, in {teller.called(last.crate, last.new)}, `{of.path}` changed ({what}). ({last.anchor})"
    if of.item.deprecated and not _says(row, r"\bdeprecat"):
        yield f"in {called} it is deprecated: {of.item.deprecated.rstrip('.')}. ({teller.anchor(of.item, of.place)})"


def _says(row: IndexRow, pattern: str) -> bool:
    return bool(re.search(pattern, f"{row.title}\n{row.body}", re.IGNORECASE))


def _written_at(row: IndexRow, teller: ItemTeller) -> int | None:
    """The place of the state that a note is of: by its source, else by the version that it names; None where neither tells."""
    states = teller.index.states
    if found := OF_STATES.match(row.source):
        return next(
            (one.place for one in states if one.shown == found["new"] or one.revision.startswith(found["new"])), None
        )
    version = row.version.rpartition(" ")[2]
    if not version:
        return None
    crate = row.version.partition(" ")[0].replace("-", "_")
    known = [
        one for one in teller.index.packages if one.name == crate or len({p.name for p in teller.index.packages}) == 1
    ]
    return max((one.place for one in known if fits_version(one.version, version)), default=None)
