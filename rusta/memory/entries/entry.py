"""A journal entry: Markdown with frontmatter, written by the agent or by a person."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import PurePosixPath

from rusta.core.errors import RustaError
from rusta.memory.entries import frontmatter
from rusta.memory.entries.amend import CannotAmend, set_key
from rusta.memory.entries.frontmatter import NotFrontmatter, Settable, Value

__all__ = [
    "BadEntry",
    "CannotAmend",
    "Confidence",
    "Entry",
    "Journal",
    "Status",
    "parse",
    "parse_leniently",
    "render",
    "set_key",
]

REQUIRED = ("date", "type", "tags", "confidence", "context")
OPTIONAL = (
    "repo",
    "commit",
    "version",
    "source",
    "when",
    "status",
    "supersedes",
    "links",
    "importance",
    "pinned",
    "stale",
)
LISTS = ("tags", "when", "supersedes", "links")
STALE = "stale"
"""Tag of an entry that the documentation contradicts, and the key that says in what."""
DIGEST = "compress/"
"""Prefix of the `source` of a digest: an entry made from other entries, which it names in `links`."""
HEADING = re.compile(r"\s*+# ++([^\n]++)")
DAY = re.compile(r"(\d{4}-\d\d-\d\d)(?:[_ -]|\.|\Z)")


class BadEntry(RustaError):
    """A file that cannot be read as an entry; the message names the path, the line and the fault."""


class Journal(StrEnum):
    """The folder an entry lies in. The first four are from the original design; didactic and lab were added later."""

    EPISODIC = "episodic"
    SEMANTIC = "semantic"
    PROCEDURAL = "procedural"
    EMOTIONAL = "emotional"
    DIDACTIC = "didactic"
    LAB = "lab"


class Confidence(StrEnum):
    """How certain the writer was of an entry."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


class Status(StrEnum):
    """Superseded: no longer true. Archived: no longer relevant. Both keep their file; a forgotten entry has none."""

    ACTIVE = "active"
    SUPERSEDED = "superseded"
    ARCHIVED = "archived"


@dataclass(frozen=True)
class Entry:
    """One parsed entry. `path` is its identity: relative to the journals folder, with forward slashes.

    `meta` is the frontmatter: text, lists of text and mappings. `problems` are sentences for `doctor`: a file by a
    person whose frontmatter has missing, extra or different keys is still an entry.
    """

    path: str
    meta: Mapping[str, Value]
    body: str
    problems: tuple[str, ...] = field(default=(), compare=False)

    @property
    def journal(self) -> Journal | None:
        """The journal by folder; by the `type` key only if the entry has no path yet."""
        folder = self.path.partition("/")[0] if self.path else self.text("type")
        return Journal(folder) if folder in set(Journal) else None

    @property
    def title(self) -> str:
        """The heading at the start of the body; without one, a title made from the file name."""
        if heading := _heading(self.body[:1000]):
            return heading
        stem = PurePosixPath(self.path).stem
        return DAY.sub("", stem, count=1).replace("-", " ").strip() or stem

    @property
    def date(self) -> datetime | None:
        """The `date` key, else the day in the file name, else None. A time without a zone is read as UTC."""
        named = DAY.match(PurePosixPath(self.path).name)
        return moment(self.text("date")) or (moment(named.group(1)) if named else None)

    @property
    def tags(self) -> tuple[str, ...]:
        """The tags of the entry."""
        return self.words("tags")

    @property
    def confidence(self) -> Confidence:
        """The `confidence` key; medium if it is missing or unknown."""
        said = self.text("confidence").lower()
        return Confidence(said) if said in set(Confidence) else Confidence.MEDIUM

    @property
    def status(self) -> Status:
        """The `status` key; active if it is missing or unknown."""
        said = self.text("status").lower()
        return Status(said) if said in set(Status) else Status.ACTIVE

    @property
    def when(self) -> tuple[str, ...]:
        """The patterns that trigger a habit: `E0502`, `clippy::redundant_clone`, `crate:burn`, a path pattern."""
        return self.words("when")

    @property
    def supersedes(self) -> tuple[str, ...]:
        """Paths of the entries that this one replaces."""
        return self.words("supersedes")

    @property
    def links(self) -> tuple[str, ...]:
        """Paths of related entries: its evidence, or what it answers."""
        return self.words("links")

    @property
    def importance(self) -> int | None:
        """From 1 to 10; None if missing or invalid."""
        said = self.text("importance")
        return int(said) if said.isascii() and said.isdigit() and 1 <= int(said[:4]) <= 10 else None

    @property
    def pinned(self) -> bool:
        """Whether it is pinned: it ranks with the highest importance; compression does not supersede or archive it."""
        return self.text("pinned").lower() in {"true", "yes", "on", "1"}

    def text(self, key: str) -> str:
        """Return the value of a key as text; empty if it is missing or is a list."""
        said = self.meta.get(key)
        return said if isinstance(said, str) else ""

    def words(self, key: str) -> tuple[str, ...]:
        """Return the value of a key as a tuple of text: a YAML list, or text separated by commas."""
        said = self.meta.get(key)
        if isinstance(said, str):
            return tuple(word for part in said.split(",") if (word := part.strip()))
        return tuple(item for item in said if isinstance(item, str)) if isinstance(said, list) else ()


def moment(said: str) -> datetime | None:
    """Parse an ISO 8601 date or time (UTC if no zone is given); None if it is not one."""
    try:
        when = datetime.fromisoformat(said.strip())
        when = when if when.tzinfo else when.replace(tzinfo=UTC)
        when.astimezone(UTC)  # the index keeps UTC; 9999-12-31T23:59-01:00 would overflow there
        return when
    except (ValueError, OverflowError):
        return None


def parse(raw: bytes, path: str = "") -> Entry:
    """Parse an entry from its bytes. Raises `BadEntry` where the text or the frontmatter cannot be read."""
    try:
        text = raw.decode("utf-8")
        where = frontmatter.fences(text)
        if where is None:
            return _judged(Entry(path, {}, text.removeprefix("\ufeff")), ("it has no frontmatter",))
        meta, repeated = frontmatter.values(text[where.yaml : where.closing])
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise BadEntry(f"{path or 'the entry'}, line {line}: not UTF-8. Save it as UTF-8.") from None
    except NotFrontmatter as error:
        raise BadEntry(f"{path or 'the entry'}, {error}.") from None
    twice = tuple(f"`{key}` stands twice; the last one counts" for key in repeated)
    return _judged(Entry(path, meta, text[where.body :].removeprefix("\r").removeprefix("\n")), twice)


def parse_leniently(raw: bytes, path: str = "") -> Entry:
    """Parse like `parse` but never raise: unreadable frontmatter becomes body, and the reason a problem."""
    try:
        return parse(raw, path)
    except BadEntry as bad:
        return Entry(path, {}, raw.decode("utf-8", "replace").removeprefix("\ufeff"), (str(bad),))


def _judged(entry: Entry, problems: tuple[str, ...]) -> Entry:
    return Entry(entry.path, entry.meta, entry.body, (*problems, *_lacking(entry)) if entry.meta else problems)


def _lacking(entry: Entry) -> list[str]:
    """List missing, invalid and inconsistent frontmatter keys as sentences."""
    found = [f"`{key}` is missing" for key in REQUIRED if key not in entry.meta]
    said = {key: entry.text(key) for key in ("date", "type", "confidence", "status", "importance") if key in entry.meta}
    if "date" in said and moment(said["date"]) is None:
        found.append(f"`date: {said['date']}` is no date such as 2025-10-23T14:30:00Z")
    for key, known in {"type": Journal, "confidence": Confidence, "status": Status}.items():
        if key in said and said[key].lower() not in set(known):
            found.append(f"`{key}: {said[key]}` is none of {', '.join(known)}")
    if "importance" in said and entry.importance is None:
        found.append(f"`importance: {said['importance']}` is not a number from 1 to 10")
    if entry.path and entry.journal and said.get("type") in set(Journal) and said["type"] != entry.journal:
        found.append(f"`type: {said['type']}`, and it lies in {entry.journal}/; the folder counts")
    return found


def _heading(body: str) -> str:
    """Return the text of the heading that opens the body, without closing `#` marks; empty if there is none."""
    found = HEADING.match(body)
    row = found[1].rstrip() if found else ""
    return row.rstrip("#").rstrip() or row[:1]


def render(journal: Journal, title: str, body: str, meta: Mapping[str, Settable]) -> bytes:
    """Render the bytes of a new entry. The title becomes the heading, unless the body starts with a heading itself.

    Raises `BadEntry` for text that cannot be encoded as UTF-8.
    """
    ordered = {key: meta[key] for key in (*REQUIRED, *OPTIONAL) if key in meta and key != "type"}
    ordered = {"date": ordered.pop("date"), "type": journal.value, **ordered}
    body = body.strip()
    heading = "" if not title or _heading(body) else f"# {title}\n\n"
    try:
        return f"{frontmatter.render_frontmatter(ordered)}\n{heading}{body}\n".encode()
    except UnicodeEncodeError as error:
        raise BadEntry(f"The entry holds a character that no text file can: {error.object[error.start]!r}.") from None


def slug(title: str, longest: int = 60) -> str:
    """Turn a title into a file name: letters and digits of any script joined by dashes, at most `longest` characters
    and 180 bytes.
    """
    plain = unicodedata.normalize("NFC", unicodedata.normalize("NFKC", re.sub("['’]", "", title)).lower())
    kept = (letter if letter.isalnum() or unicodedata.category(letter)[0] == "M" else " " for letter in plain)
    words = "".join(kept).split()
    name = ""
    for word in words:
        longer = f"{name}-{word}" if name else word[:longest]
        if len(longer) > longest:
            break
        name = longer
    while len(name.encode()) > 180:
        name = name[:-1]
    return name.strip("-") or "untitled"
