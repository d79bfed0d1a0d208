"""An entry as the index needs it: a glance at the frontmatter, a hundred times faster than a YAML parser.

What a glance cannot read (nested, quoted in odd ways, over several lines) goes to the parser of `entry`, so both agree.
"""

import re
from dataclasses import dataclass, field
from datetime import UTC, date, datetime

JOURNALS = ("episodic", "semantic", "procedural", "emotional", "didactic", "lab")
FENCE = re.compile(r"\A\ufeff?---[ \t]*\r?\n(.*?)^(?:---|\.\.\.)[ \t]*(?:\r?\n|\Z)", re.DOTALL | re.MULTILINE)
# A key and a value that YAML reads as the text it is: no quotes, anchors, comments, flows or colons within.
PLAIN = re.compile(
    r"([A-Za-z_][\w-]*):(?:[ \t]+([^\s\"'\[\]{}&*!|>%@`#,?:-][^\"'\[\]{}#\r\n]*?|\[[^\"'\[\]{}#\r\n]*\]))?[ \t]*\Z"
)
HEADING = re.compile(r"^#{1,3}[ \t]+(.+?)[ \t]*#*$", re.MULTILINE)
STAMP = re.compile(r"(\d{4})-(\d\d)-(\d\d)")

Meta = dict[str, object]


@dataclass(frozen=True, slots=True)
class Glance:
    """What the index knows of an entry. Times are seconds since 1970, UTC; `date` 0 where the entry has none."""

    journal: str
    date: int
    title: str
    body: str
    tags: tuple[str, ...] = ()
    confidence: str = ""
    context: str = ""
    repo: str = ""
    version: str = ""
    status: str = "active"
    when: tuple[str, ...] = ()
    supersedes: tuple[str, ...] = ()
    importance: float = 0.0
    pinned: bool = False
    meta: Meta = field(default_factory=dict)


def glance(path: str, text: str, written: int = 0) -> Glance:
    """Read an entry at `path` (relative to the journals). `written` stands in where neither key nor name has a date."""
    meta, body = front(text)
    folder = path.partition("/")[0]
    said = str(meta.get("type", ""))
    heading = HEADING.search(body[:400])
    name = path.rpartition("/")[2]
    stem = STAMP.sub("", name.removesuffix(".md")).replace("-", " ").replace("_", " ").strip()
    return Glance(
        journal=folder if folder in JOURNALS else said,
        date=moment(meta.get("date")) or moment(name) or written,
        title=one(meta.get("title")) or (heading.group(1) if heading else "") or stem,
        body=body,
        tags=many(meta.get("tags")),
        confidence=one(meta.get("confidence")),
        context=one(meta.get("context")),
        repo=one(meta.get("repo")),
        version=one(meta.get("version")),
        status=one(meta.get("status")) or "active",
        when=tuple(part.strip() for said in many(meta.get("when")) for part in said.split("|") if part.strip()),
        supersedes=many(meta.get("supersedes")),
        importance=number(meta.get("importance")),
        pinned=str(meta.get("pinned", "")).lower() in ("true", "yes", "1"),
        meta=meta,
    )


def front(text: str) -> tuple[Meta, str]:
    """The frontmatter and the body. What is no frontmatter that can be read is body: nothing is lost to a search."""
    fence = FENCE.match(text)
    if not fence:
        return {}, text
    meta: Meta = {}
    for line in fence.group(1).splitlines():
        if not line.strip():
            continue
        plain = PLAIN.match(line)
        if not plain or plain.group(1) in meta or ": " in (plain.group(2) or ""):
            return _slowly(fence.group(1), text, fence.end())
        value = plain.group(2) or ""
        if value.startswith("["):
            meta[plain.group(1)] = [item for part in value[1:-1].split(",") if (item := part.strip())]
        else:
            meta[plain.group(1)] = value
    return meta, text[fence.end() :]


def _slowly(block: str, text: str, end: int) -> tuple[Meta, str]:
    import yaml

    try:
        meta = yaml.load(block, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    except (yaml.YAMLError, ValueError, RecursionError):
        return {}, text
    if not isinstance(meta, dict):
        return {}, text
    return {str(key): value for key, value in meta.items()}, text[end:]


def one(value: object) -> str:
    """A value as one line of text."""
    if value is None or isinstance(value, dict):
        return ""
    return " ".join(map(str, value)) if isinstance(value, list) else str(value)


def many(value: object) -> tuple[str, ...]:
    """A value as several: a list, or a text with commas."""
    if isinstance(value, list):
        return tuple(str(item) for item in value if item is not None)
    return tuple(part for piece in one(value).split(",") if (part := piece.strip()))


def number(value: object) -> float:
    """A number, or 0 for what is none."""
    try:
        return float(str(value))
    except ValueError:
        return 0.0


def moment(value: object) -> int:
    """Seconds since 1970 of a date, a time, or the date that a text begins with; 0 for none. No zone means UTC."""
    if isinstance(value, date) and not isinstance(value, datetime):
        value = datetime(value.year, value.month, value.day, tzinfo=UTC)
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value.strip())
        except ValueError:
            if not (stamp := STAMP.match(value.strip())):
                return 0
            try:
                value = datetime(*map(int, stamp.groups()), tzinfo=UTC)
            except ValueError:
                return 0
    if not isinstance(value, datetime):
        return 0
    return int((value if value.tzinfo else value.replace(tzinfo=UTC)).timestamp())
